#include "storage/s3/s3_location.hpp"

#include "base/encoding.hpp"

#include <fmt/format.h>

namespace alma::storage {
namespace {

constexpr std::string_view scheme = "https://";
constexpr std::string_view before_region = ".s3.";
constexpr std::string_view domain = ".amazonaws.com";
constexpr std::size_t longest_name = 63;
constexpr std::size_t longest_key = 1024;

constexpr std::string_view alphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789";

bool holds_only(std::string_view text, std::string_view allowed) {
    return text.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

bool is_bucket_name(std::string_view text) {
    return text.size() >= 3 && text.size() <= longest_name &&
           holds_only(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") &&
           alphanumeric.contains(text.front()) && alphanumeric.contains(text.back()) && !text.contains("..");
}

bool is_region_name(std::string_view text) {
    return !text.empty() && text.size() <= longest_name &&
           holds_only(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

std::optional<S3Location> split_s3_url(std::string_view url) {
    if (!url.starts_with(scheme)) return std::nullopt;
    url.remove_prefix(scheme.size());
    const std::size_t slash = url.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    std::string_view host = url.substr(0, slash);
    if (!host.ends_with(domain)) return std::nullopt;
    host.remove_suffix(domain.size());
    // The last one: a bucket's name may hold dots, a region's never does.
    const std::size_t middle = host.rfind(before_region);
    if (middle == std::string_view::npos) return std::nullopt;
    return S3Location{.bucket = std::string(host.substr(0, middle)),
                      .region = std::string(host.substr(middle + before_region.size())),
                      .key = std::string(url.substr(slash + 1))};
}

bool is_valid(const S3Location& location) {
    return is_bucket_name(location.bucket) && is_region_name(location.region) && !location.key.empty() &&
           location.key.size() <= longest_key && is_utf8(location.key) &&
           !has_control_character(location.key);
}

std::string to_url(const S3Location& location) {
    return fmt::format("{}{}{}{}{}/{}", scheme, location.bucket, before_region, location.region, domain,
                       location.key);
}

}  // namespace alma::storage
