#include "storage/object_keys.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/uuid.hpp"
#include "db/outcome_unknown.hpp"

namespace alma::storage {
namespace {

constexpr std::size_t keys_per_write = 64;
constexpr std::chrono::minutes sweep_age{60};
constexpr std::chrono::minutes least_time_left{10};
constexpr std::size_t sweep_batch = 100;

std::string random_key() {
    // Spread over 256 directories: none grows so long that listing it is a burden.
    const std::string text = to_text(random_uuid());
    return text.substr(0, 2) + '/' + text;
}

/// The next ones behind `after`, in the order of their keys.
awaitable<std::vector<std::string>> claim_stale(db::Database& db, Instant now, std::string owner,
                                                bool is_only_process, std::string after) {
    // 'sweeper' is no process's name (they are random), and what keep() looks for.
    static constexpr std::string_view claim = R"(
        UPDATE upload_intents SET owner = 'sweeper'
        WHERE object_key IN (SELECT object_key FROM upload_intents
                             WHERE object_key > $1 AND (reserved_at < $2 OR ($3 AND owner <> $4))
                             ORDER BY object_key LIMIT $5)
        RETURNING object_key)";
    const db::Rows rows = co_await db.write(
        db::sql(claim, std::move(after), now - sweep_age, is_only_process, std::move(owner), sweep_batch));
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < rows.size(); ++i)
        keys.emplace_back(rows[i][0].text());
    std::ranges::sort(keys);  // RETURNING promises no order
    co_return keys;
}

/// What became of some claimed keys.
struct Removal {
    std::vector<std::string> removed;
    std::size_t failed = 0;
    std::string first_error;
    std::exception_ptr store_failure;  ///< the store as a whole does not answer: the rest was not tried
};

awaitable<Removal> remove_each(ObjectStore& objects, const std::vector<std::string>& keys) {
    Removal removal;
    for (const std::string& key : keys) {
        try {
            co_await objects.remove(key);
            removal.removed.push_back(key);
        } catch (const Error&) {
            removal.store_failure = std::current_exception();
            break;
        } catch (const std::exception& failure) {
            if (++removal.failed == 1) removal.first_error = failure.what();
        }
    }
    co_return removal;
}

awaitable<void> forget(db::Database& db, const std::vector<std::string>& keys) {
    if (keys.empty()) co_return;
    std::vector<db::Statement> transaction;
    for (const std::string& key : keys)
        transaction.push_back(db::sql("DELETE FROM upload_intents WHERE object_key = $1", key));
    co_await db.write(std::move(transaction));
}

}  // namespace

/// Ends a refill however it ends, and tells those who wait for it: of its failure too, for they would fail as
/// well, one after the other. When the coroutine is destroyed instead, with an event loop that was given up,
/// they try for themselves; their own loops are still there, since whoever waits is work that keeps a loop
/// alive.
class ObjectKeys::Refill {
public:
    explicit Refill(ObjectKeys& keys) : keys_(keys) {}
    ~Refill() {
        std::vector<Wake> waiting;
        {
            const std::lock_guard lock(keys_.mutex_);
            keys_.is_refilling_ = false;
            waiting.swap(keys_.waiting_);
        }
        for (Wake& wake : waiting)
            wake(failure_);
    }
    Refill(const Refill&) = delete;
    Refill& operator=(const Refill&) = delete;

    void fail(std::exception_ptr failure) { failure_ = std::move(failure); }

private:
    ObjectKeys& keys_;
    std::exception_ptr failure_;
};

ObjectKeys::ObjectKeys(db::Database& db, const Clock& clock, std::string owner)
    : db_(db), clock_(clock), owner_(std::move(owner)) {}

awaitable<std::string> ObjectKeys::next() {
    while (true) {
        if (std::optional<std::string> key = take()) co_return std::move(*key);
        if (begin_refill()) {
            co_await refill();
        } else {
            co_await refilled_by_another();
        }
    }
}

db::Statement ObjectKeys::keep(const std::string& key) {
    return db::required(
        "DELETE FROM upload_intents WHERE object_key = $1 AND owner <> 'sweeper' RETURNING object_key", key);
}

db::Statement ObjectKeys::give_up(const std::string& key, Instant now) {
    return db::sql("INSERT INTO upload_intents (object_key, owner, reserved_at) VALUES ($1, 'sweeper', $2)",
                   key, now - sweep_age);
}

db::Statement ObjectKeys::forget(const std::string& key) {
    return db::sql("DELETE FROM upload_intents WHERE object_key = $1", key);
}

std::optional<std::string> ObjectKeys::take() {
    const Instant oldest = clock_.now() - (sweep_age - least_time_left);
    const std::lock_guard lock(mutex_);
    // Keys that have grown old unused stay on the list, and are swept.
    while (!free_.empty() && free_.front().at <= oldest)
        free_.pop_front();
    if (free_.empty()) return std::nullopt;
    std::string key = std::move(free_.front().key);
    free_.pop_front();
    return key;
}

bool ObjectKeys::begin_refill() {
    const std::lock_guard lock(mutex_);
    return !std::exchange(is_refilling_, true);
}

awaitable<void> ObjectKeys::refill() {
    Refill ends(*this);
    try {
        std::deque<Reserved> fresh = co_await write_down();
        const std::lock_guard lock(mutex_);
        std::ranges::move(fresh, std::back_inserter(free_));
    } catch (...) {
        ends.fail(std::current_exception());
        throw;
    }
}

awaitable<std::deque<ObjectKeys::Reserved>> ObjectKeys::write_down() {
    const Instant now = clock_.now();
    std::deque<Reserved> fresh;
    std::vector<db::Statement> transaction;
    for (std::size_t i = 0; i < keys_per_write; ++i) {
        fresh.push_back({random_key(), now});
        transaction.push_back(
            db::sql("INSERT INTO upload_intents (object_key, owner, reserved_at) VALUES ($1, $2, $3)",
                    fresh.back().key, owner_, now));
    }
    try {
        co_await db_.write(std::move(transaction));
    } catch (const db::OutcomeUnknown&) {
        // Of keys that nobody uses, the sweeper takes those that were written down: nothing of the caller's
        // is in doubt.
        throw Error(ErrorKind::unavailable, "The service lost its database for a moment. Please try again.",
                    std::chrono::seconds(1));
    }
    co_return fresh;
}

awaitable<void> ObjectKeys::refilled_by_another() {
    auto initiate = [this](auto handler) {
        auto wake = on_own_executor(std::move(handler));
        {
            const std::lock_guard lock(mutex_);
            if (is_refilling_) {
                waiting_.emplace_back(std::move(wake));
                return;
            }
        }
        wake(std::exception_ptr());
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
        std::move(initiate), asio::use_awaitable);
}

awaitable<std::size_t> sweep_uploads(db::Database& db, ObjectStore& objects, const Clock& clock,
                                     const std::string& owner, bool is_only_process) {
    std::size_t swept = 0;
    std::string last;
    while (true) {
        const std::vector<std::string> claimed =
            co_await claim_stale(db, clock.now(), owner, is_only_process, last);
        const Removal removal = co_await remove_each(objects, claimed);
        // The rows go last: a sweep that is killed here finds them again.
        co_await forget(db, removal.removed);
        swept += removal.removed.size();
        if (removal.failed > 0)
            log::error("objects that no lead kept could not be removed; the next sweep tries again",
                       {{"objects", removal.failed}, {"first_error", removal.first_error}});
        if (removal.store_failure) std::rethrow_exception(removal.store_failure);
        if (claimed.size() < sweep_batch) co_return swept;
        last = claimed.back();
    }
}

}  // namespace alma::storage
