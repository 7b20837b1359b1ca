#pragma once

#include <string_view>

namespace alma::app {

/// "0.1.0", from CMakeLists.txt.
std::string_view version();

}  // namespace alma::app
