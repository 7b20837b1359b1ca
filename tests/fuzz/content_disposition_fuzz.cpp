// The download header: any name gives one line that reads back as the name, but for what must not be in it.
#include "base/encoding.hpp"
#include "http/content_disposition.hpp"
#include "http/grammar.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

/// As a browser reads it: filename* before filename.
std::string file_name_in(std::string_view header) {
    using namespace alma::http;
    require(header.starts_with("attachment; "));
    header.remove_prefix(std::string_view("attachment").size());
    std::string plain;
    std::string extended;
    while (!header.empty()) {
        const std::optional<Parameter> parameter = take_parameter(header);
        require(parameter.has_value());
        (parameter->name == "filename*" ? extended : plain) = parameter->value;
    }
    if (extended.empty()) return plain;
    const std::string_view charset = "UTF-8''";
    require(extended.starts_with(charset));
    return alma::percent_decode(std::string_view(extended).substr(charset.size()), false).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string name(reinterpret_cast<const char*>(data), size);
    const std::string header = alma::http::attachment_named(name);
    for (const char c : header)
        require(c >= 0x20 && c < 0x7f);
    const std::string read = file_name_in(header);
    require(!read.empty() && alma::is_utf8(read) && !alma::has_control_character(read));
    require(read.find_first_of("/\\") == std::string::npos);
    // A name that came through once comes through again as it is.
    require(file_name_in(alma::http::attachment_named(read)) == read);
    return 0;
}
