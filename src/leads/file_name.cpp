#include "leads/file_name.hpp"

#include "base/encoding.hpp"

#include <cstddef>

namespace alma::leads {
namespace {

// What Windows and macOS allow, which count characters and not bytes.
constexpr std::size_t max_name_characters = 255;

}  // namespace

std::string_view extension_of(std::string_view file_name) {
    const std::size_t dot = file_name.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : file_name.substr(dot + 1);
}

bool is_simple_file_name(std::string_view file_name) {
    return !file_name.empty() && is_utf8(file_name) && utf8_length(file_name) <= max_name_characters &&
           !file_name.contains("..") && file_name.find_first_of(R"(/\<>:"|?*)") == std::string_view::npos &&
           !has_control_character(file_name);
}

}  // namespace alma::leads
