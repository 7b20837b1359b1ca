#include "base/reference.hpp"

#include <algorithm>

namespace alma {

std::string reference_of(const Uuid& uuid) {
    std::string digits = to_text(uuid).substr(0, 8);
    std::ranges::transform(digits, digits.begin(),
                           [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    return digits.insert(4, "-");
}

}  // namespace alma
