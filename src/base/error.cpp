#include "base/error.hpp"

namespace alma {

Error Error::busy() {
    return {ErrorKind::unavailable, "The service is busy. Please try again in a moment.",
            std::chrono::seconds(1)};
}

Error Error::cannot_store() {
    return {ErrorKind::unavailable, "The service cannot store anything now. Please try again later.",
            std::chrono::seconds(30)};
}

}  // namespace alma
