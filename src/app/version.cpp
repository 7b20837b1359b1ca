#include "app/version.hpp"

namespace alma::app {

std::string_view version() {
    return ALMA_VERSION;
}

}  // namespace alma::app
