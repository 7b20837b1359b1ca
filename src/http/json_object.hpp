/// A JSON object as the body of a request (RFC 8259).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace alma::http {

struct JsonMember {
    std::string name;
    std::string value;  ///< of a string, its text; of all else, its JSON
    bool is_string = false;
};

/// Reads an object that nests at most 8 deep. A name that is repeated, at any depth, is refused: whoever
/// reads the other one of the two sees another request than we do.
/// @throws Error{unprocessable} "json_invalid" with the offset of the fault, or "model_attributes_type" when
/// it
///         is no object, as FastAPI does
std::vector<JsonMember> parse_json_object(std::string_view text);

}  // namespace alma::http
