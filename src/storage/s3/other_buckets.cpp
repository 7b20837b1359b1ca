#include "storage/s3/other_buckets.hpp"

#include "storage/s3/s3_error.hpp"

#include <fmt/format.h>

namespace alma::storage {
namespace {

/// Enough for those who read what was not copied yet; each is a thread.
constexpr std::size_t connections = 8;

S3Location location_of(const std::string& url) {
    std::optional<S3Location> location = split_s3_url(url);
    if (!location || !is_valid(*location)) throw s3::S3Error("a resume's place is no URL of an S3 object");
    return std::move(*location);
}

S3Config of_another(S3Config access) {
    access.connections = connections;
    access.names.bucket = "its URL";
    access.names.region = "the region of its URL";
    return access;
}

/// Runs what returns an awaitable, and says of its failures which bucket it was.
template <class Action>
auto naming_the_bucket(S3Location location, Action action) -> decltype(action()) {
    std::string cause;
    try {
        co_return co_await action();
    } catch (const s3::S3Error& error) {
        cause = error.what();
    }
    throw s3::S3Error(fmt::format("of the resumes in the bucket {}: {}", location.bucket, cause));
}

}  // namespace

OtherBuckets::OtherBuckets(S3Config access) : access_(of_another(std::move(access))) {}

s3::Client& OtherBuckets::client_of(const S3Location& location) {
    const auto refuse = [&](std::string_view problem) {
        throw s3::S3Error(fmt::format("of the resumes in the bucket {}: {}", location.bucket, problem));
    };
    if (access_.credentials.access_key_id.empty() || access_.credentials.secret_access_key.empty())
        refuse(fmt::format("{} and {} are needed to read them, and not both set", access_.names.access_key_id,
                           access_.names.secret_access_key));
    const std::lock_guard lock(mutex_);
    std::unique_ptr<s3::Client>& client = clients_[{location.bucket, location.region}];
    if (client) return *client;
    if (clients_.size() > most_buckets) {
        clients_.erase({location.bucket, location.region});
        refuse(fmt::format("leads have their resumes in more than {} buckets", most_buckets));
    }
    S3Config config = access_;
    config.bucket = location.bucket;
    config.region = location.region;
    try {
        client = std::make_unique<s3::Client>(std::move(config));
    } catch (const Error& error) {
        clients_.erase({location.bucket, location.region});
        refuse(error.detail());
    }
    return *client;
}

awaitable<std::optional<std::uint64_t>> OtherBuckets::size_of(std::string url) {
    const S3Location location = location_of(url);
    auto ask = [&client = client_of(location), &location] { return s3::object_size(client, location.key); };
    co_return co_await naming_the_bucket(location, std::move(ask));
}

awaitable<std::unique_ptr<s3::Reader>> OtherBuckets::open(std::string url, std::optional<ByteRange> range) {
    const S3Location location = location_of(url);
    auto reader = std::make_unique<s3::Reader>(client_of(location), location.key, range);
    auto begin = [&reader] { return reader->begin(); };
    co_await naming_the_bucket(location, std::move(begin));
    co_return reader;
}

}  // namespace alma::storage
