/// What the OpenAPI document says of a route, and what the reader of its input enforces: the same fields
/// serve both.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace alma::http {

/// One input of a form, a JSON object or the query.
struct InputField {
    enum class Kind {
        text,
        multiline,  ///< text that may hold any character but NUL, which PostgreSQL cannot store
        password,
        email,
        choice,
        file,
        integer,
        boolean,  ///< "true" or "false"
        list      ///< a JSON array of items like the example: of ids (integers from 1 on), or else of texts
    };

    std::string_view name;
    Kind kind = Kind::text;
    bool is_required = true;
    std::size_t min_length = 0;     ///< in characters; of Kind::integer, the least value; of a list, items
    std::size_t max_length = 4096;  ///< in characters; of Kind::integer, the greatest value; of a list, items
    std::span<const std::string_view>
        choices{};  ///< documented for Kind::choice; the handler refuses others with its own text
    std::string_view default_value{};  ///< when not required and not sent
    std::string_view description{};
    std::string_view example{};
    bool is_nullable = false;  ///< a JSON null is an empty text
};

/// How the input may be sent. Every form is also accepted as query parameters, but for files.
enum class Encoding { none, json, urlencoded, multipart };

/// A documented failure: status and the exact detail.
struct Failure {
    int status;
    std::string_view detail;
};

/// The schema names of the answers; http/openapi.cpp does not know the structs, their modules register them.
struct Operation {
    std::string_view id{};   ///< "submit_lead"
    std::string_view tag{};  ///< "Leads"
    std::string_view summary{};
    std::string_view description{};
    std::span<const Encoding> encodings{};  ///< of the body, in the order of preference
    std::span<const InputField> body{};     ///< fields of the body
    std::span<const InputField> query{};    ///< parameters that only the query has
    std::string_view answer_schema{};  ///< component name of the 200 answer: "Lead"; empty: see answer_type
    bool answers_array = false;        ///< the 200 answer is an array of answer_schema
    std::string_view answer_type = "application/json";
    std::span<const Failure> failures{};  ///< beyond those that follow from access and body limit
};

}  // namespace alma::http
