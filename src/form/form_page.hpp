/// The pages of the public form, as HTML.
#pragma once

#include "form/messages.hpp"
#include "form/problems.hpp"
#include "http/form.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace alma::form {

/// The hidden field that holds the token, and the field that only a program fills in.
constexpr std::string_view token_field = "form_token";
constexpr std::string_view trap_field = "topic";

/// What both pages need to know.
struct PageContext {
    const Language& language;
    std::string_view firm_name;  ///< empty: the firm is not named
    std::string path;            ///< of the form: "/apply" or "/apply/embed", behind what a proxy puts before
    std::string assets;          ///< what a proxy puts before "/assets/"
    std::string_view style;      ///< paths of the assets
    std::string_view script;
    std::string_view icon;
    bool is_embedded = false;  ///< within a page of the firm, which has a heading and a language of its own
};

/// What somebody filled in, and what is wrong with it.
struct FormState {
    std::string token;
    http::SentTexts texts;  ///< shown again; anybody's
    std::vector<Problem> problems;
};

std::string form_page(const PageContext& context, const FormState& state);

/// @param reference "550E-8400"; empty: none is shown
std::string thank_you_page(const PageContext& context, std::string_view reference);

}  // namespace alma::form
