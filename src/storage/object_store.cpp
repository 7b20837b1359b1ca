#include "storage/object_store.hpp"

#include <algorithm>
#include <stdexcept>

namespace alma::storage {
namespace {

constexpr std::size_t longest_key = 100;

constexpr bool may_be_in_key(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '_' || c == '-';
}

}  // namespace

bool is_valid_key(std::string_view key) {
    return !key.empty() && key.size() <= longest_key && std::ranges::all_of(key, may_be_in_key) &&
           key.front() != '/' && key.front() != '.' && key.back() != '/' && !key.contains("//") &&
           !key.contains("..") && !key.contains("/.");
}

void require_valid_key(std::string_view key) {
    if (!is_valid_key(key)) throw std::logic_error("no key of an object: " + std::string(key));
}

awaitable<std::optional<std::size_t>> ObjectReader::send_to(int) {
    throw std::logic_error("an object that is not sent but read");
}

}  // namespace alma::storage
