/// An object store that can be looked into, and be down.
#pragma once

#include "base/error.hpp"
#include "storage/object_store.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <string>

namespace alma {

/// A real store that forgets everything. Set `down` to make every call fail as an unreachable store does.
class MemoryObjectStore final : public storage::ObjectStore {
public:
    std::atomic<bool> down = false;

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return objects_.size();
    }
    [[nodiscard]] bool contains(const std::string& key) const {
        const std::lock_guard lock(mutex_);
        return objects_.contains(key);
    }
    /// @throws std::out_of_range
    [[nodiscard]] std::string content(const std::string& key) const { return object(key).bytes; }
    [[nodiscard]] std::string media_type(const std::string& key) const { return object(key).media_type; }

    awaitable<void> put(std::string key, const storage::Spool& content, std::string media_type) override {
        require_up(key);
        std::string bytes(content.head());
        if (content.descriptor() >= 0) read_some(content.descriptor(), bytes, content.size(), 0);
        const std::lock_guard lock(mutex_);
        objects_.insert_or_assign(std::move(key), Object{std::move(bytes), std::move(media_type)});
        co_return;
    }

    awaitable<std::unique_ptr<storage::ObjectReader>> open(std::string key,
                                                           std::optional<storage::ByteRange> range) override {
        require_up(key);
        if (!contains(key)) throw Error(ErrorKind::not_found, "Not Found");
        std::string bytes = content(key);
        const std::size_t size = bytes.size();
        if (range && range->last < bytes.size()) bytes.resize(range->last + 1);
        if (range) bytes.erase(0, std::min<std::size_t>(range->first, bytes.size()));
        co_return std::make_unique<Reader>(std::move(bytes), size);
    }

    awaitable<void> remove(std::string key) override {
        require_up(key);
        const std::lock_guard lock(mutex_);
        objects_.erase(key);
        co_return;
    }

    awaitable<void> check() override {
        require_up("any");
        co_return;
    }

private:
    struct Object {
        std::string bytes;
        std::string media_type;
    };

    class Reader final : public storage::ObjectReader {
    public:
        Reader(std::string bytes, std::size_t size) : bytes_(std::move(bytes)), size_(size) {}
        [[nodiscard]] std::uint64_t size() const override { return size_; }
        awaitable<std::string_view> next() override {
            const std::string_view piece = std::string_view(bytes_).substr(offset_, 256 * 1024);
            offset_ += piece.size();
            co_return piece;
        }

    private:
        const std::string bytes_;
        const std::size_t size_;
        std::size_t offset_ = 0;
    };

    void require_up(std::string_view key) const {
        storage::require_valid_key(key);
        if (down) throw Error(ErrorKind::unavailable, "The store is down.", std::chrono::seconds(1));
    }
    [[nodiscard]] Object object(const std::string& key) const {
        const std::lock_guard lock(mutex_);
        return objects_.at(key);
    }

    mutable std::mutex mutex_;
    std::map<std::string, Object> objects_;
};

}  // namespace alma
