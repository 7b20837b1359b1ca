/// Text in HTML.
#pragma once

#include <string>
#include <string_view>

namespace alma {

/// For HTML text and double-quoted attributes.
std::string escape_html(std::string_view text);

}  // namespace alma
