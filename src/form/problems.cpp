#include "form/problems.hpp"

#include "base/error.hpp"
#include "leads/lead_form.hpp"

#include <array>

namespace alma::form {
namespace {

/// The rules of leads/lead_form.hpp, by what they say to users of the API, and the form's own.
struct Rule {
    std::string_view detail;
    std::string_view field;
    std::string_view text_key;
};
constexpr std::array rules = {
    Rule{leads::email_refused, "email", "problem_email_invalid"},
    Rule{leads::file_missing, "resume", "problem_resume_missing"},
    Rule{leads::file_too_large, "resume", "problem_resume_large"},
    Rule{leads::file_type_refused, "resume", "problem_resume_type"},
    Rule{leads::file_name_refused, "resume", "problem_resume_name"},
    Rule{form_without_token, "", "problem_expired"},
    Rule{form_too_fast, "", "problem_too_fast"},
    Rule{form_expired, "", "problem_expired"},
};

Problem unknown() {
    return {.field = {}, .text_key = "problem_unknown"};
}

/// "problem_first_name_missing", "..._long", "..._characters".
Problem problem_of(const FieldError& error) {
    std::string field = error.location.back();
    if (std::ranges::find(leads::lead_form_fields, field, &http::InputField::name) ==
        leads::lead_form_fields.end())
        return unknown();  // a field that no person fills in
    std::string key = "problem_" + field;
    if (error.type == "missing" || error.type == "string_too_short" || field == "resume") {
        key += "_missing";
    } else if (field == "email") {
        key += "_invalid";
    } else {
        key += error.type == "string_too_long" ? "_long" : "_characters";
    }
    return {.field = std::move(field), .text_key = std::move(key)};
}

Problem problem_of(const Error& error) {
    for (const Rule& rule : rules) {
        if (rule.detail == error.detail())
            return {.field = std::string(rule.field), .text_key = std::string(rule.text_key)};
    }
    if (error.kind() == ErrorKind::rate_limited)
        return {.field = {},
                .text_key = "problem_too_often",
                .seconds = error.retry_after().value_or(std::chrono::seconds(60)).count()};
    if (error.kind() == ErrorKind::unavailable) return {.field = {}, .text_key = "problem_unavailable"};
    if (error.kind() == ErrorKind::timed_out) return {.field = {}, .text_key = "problem_connection"};
    return unknown();
}

}  // namespace

std::vector<Problem> problems_of(const std::exception_ptr& failure) {
    std::vector<Problem> problems;
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        for (const FieldError& field : error.fields())
            problems.push_back(problem_of(field));
        if (problems.empty()) problems.push_back(problem_of(error));
    } catch (...) {
        problems.push_back(unknown());
    }
    return problems;
}

}  // namespace alma::form
