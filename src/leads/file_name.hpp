/// The rule for the name of an uploaded file.
#pragma once

#include <string_view>

namespace alma::leads {

/// What follows the last dot, as it is written; empty without a dot.
///
///     extension_of("Jane.Doe.PDF")   // "PDF"
std::string_view extension_of(std::string_view file_name);

/// 1 to 255 characters of UTF-8 without `..`, any of `/ \ < > : " | ? *`, and control characters: what no
/// file system and no shell could mistake for anything but a name. Ours never uses it as a path all the same.
bool is_simple_file_name(std::string_view file_name);

}  // namespace alma::leads
