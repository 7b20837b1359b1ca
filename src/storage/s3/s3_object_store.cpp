#include "storage/s3/s3_object_store.hpp"

#include "base/error.hpp"
#include "storage/s3/answers.hpp"
#include "storage/s3/reader.hpp"

#include <algorithm>

namespace alma::storage {
namespace {

using s3::Answer;
using s3::Request;

/// So long does one upload prove that others will pass.
constexpr std::chrono::minutes proof_lasts{1};
constexpr std::size_t most_listing_bytes = 4 * 1024 * 1024;

/// Media types go into a header as they are.
std::string header_value(std::string media_type) {
    const bool is_plain =
        !media_type.empty() && std::ranges::all_of(media_type, [](char c) { return c >= ' ' && c < '\x7f'; });
    return is_plain ? std::move(media_type) : "application/octet-stream";
}

Request put_request(std::string key, std::shared_ptr<s3::Upload> body, std::string media_type) {
    Request request{.method = "PUT", .key = std::move(key), .body = std::move(body)};
    request.headers.emplace_back("Content-Type", header_value(std::move(media_type)));
    return request;
}

void require_success(const Answer& answer) {
    if (answer.status >= 300)
        throw s3::S3Error(s3::failure_of_answer(answer.status, answer.code, "", {}).cause);
}

class S3ObjectListing final : public ObjectListing {
public:
    S3ObjectListing(s3::Client& client, std::size_t page_size)
        : client_(client), page_size_(std::to_string(page_size)) {}

    awaitable<std::vector<ObjectInfo>> next() override {
        std::vector<ObjectInfo> objects;
        // A page may be empty and not the last.
        while (objects.empty() && !is_at_end_) {
            Request request{.method = "GET", .max_answer_bytes = most_listing_bytes};
            request.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"max-keys", page_size_}};
            if (!token_.empty()) request.query.emplace_back("continuation-token", token_);
            const Answer answer = co_await client_.send(std::move(request));
            require_success(answer);
            s3::ListingPage page = s3::parse_listing(answer.body);
            is_at_end_ = page.next.empty();
            token_ = std::move(page.next);
            objects = std::move(page.objects);
            std::erase_if(objects,
                          [](const ObjectInfo& object) { return object.key == S3ObjectStore::probe_key; });
        }
        co_return objects;
    }

private:
    s3::Client& client_;
    const std::string page_size_;
    std::string token_;
    bool is_at_end_ = false;
};

}  // namespace

/// What one upload says about the next, however it ends.
class S3ObjectStore::Proof {
public:
    explicit Proof(S3ObjectStore& store) : store_(store) {}
    ~Proof() { store_.stored_at_ = is_stored ? std::chrono::steady_clock::now() : Moment::min(); }
    Proof(const Proof&) = delete;
    Proof& operator=(const Proof&) = delete;

    bool is_stored = false;

private:
    S3ObjectStore& store_;
};

S3ObjectStore::S3ObjectStore(S3Config config)
    : listing_page_(config.listing_page), client_(std::move(config)) {}

bool S3ObjectStore::has_lately_stored() const {
    const Moment at = stored_at_;
    return at != Moment::min() && std::chrono::steady_clock::now() - at < proof_lasts;
}

awaitable<void> S3ObjectStore::put(std::string key, const Spool& content, std::string media_type) {
    require_valid_key(key);
    Request request =
        put_request(std::move(key), std::make_shared<s3::Upload>(content), std::move(media_type));
    Proof proof(*this);
    require_success(co_await client_.send(std::move(request)));
    proof.is_stored = true;
}

awaitable<std::unique_ptr<ObjectReader>> S3ObjectStore::open(std::string key,
                                                             std::optional<ByteRange> range) {
    require_valid_key(key);
    auto reader = std::make_unique<s3::Reader>(client_, std::move(key), range);
    co_await reader->begin();
    co_return reader;
}

awaitable<void> S3ObjectStore::remove(std::string key) {
    require_valid_key(key);
    Request request{.method = "DELETE", .key = std::move(key)};
    const Answer answer = co_await client_.send(std::move(request));
    if (answer.status != 404) require_success(answer);
}

awaitable<void> S3ObjectStore::check() {
    if (has_lately_stored()) {
        Request request{.method = "HEAD"};
        require_success(co_await client_.probe(std::move(request)));
        co_return;
    }
    Request request = put_request(std::string(probe_key), nullptr, "text/plain");
    Proof proof(*this);
    require_success(co_await client_.probe(std::move(request)));
    proof.is_stored = true;
}

awaitable<std::optional<std::uint64_t>> S3ObjectStore::size_of(std::string key) {
    return s3::object_size(client_, std::move(key));
}

std::unique_ptr<ObjectListing> S3ObjectStore::list() {
    return std::make_unique<S3ObjectListing>(client_, listing_page_);
}

}  // namespace alma::storage
