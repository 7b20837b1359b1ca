/// What makes the value of an input field acceptable, in the words of pydantic v2.
#pragma once

#include "base/error.hpp"
#include "http/operation.hpp"

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace alma::http {

/// A value as the client sent it.
struct SentValue {
    enum class Form {
        text,
        json,  ///< a JSON value that is no string; `text` is its JSON
        file,  ///< a file where text belongs; `text` is empty
    };

    std::string text;
    Form form = Form::text;
    bool is_from_query = false;
};

/// Whether the items of a Kind::list are ids, see there.
bool has_ids(const InputField& list);

/// Bytes that need to be kept of a value to know what is wrong with it.
std::size_t max_bytes_kept(const InputField& field);

/// @return the value of the field, or what is wrong with it
std::expected<std::string, FieldError> check_field(const InputField& field, SentValue sent);

/// @param place where the client should have put it: "body" or "query"
FieldError missing_field(const InputField& field, std::string_view place);

}  // namespace alma::http
