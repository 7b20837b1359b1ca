#include "leads/intake.hpp"

#include "audit/log.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "db/outcome_unknown.hpp"
#include "leads/lead_store.hpp"
#include "mail/outbox.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>

namespace alma::leads {
namespace {

/// The engine refused, or a rule was broken, before there was anything to commit. After any other failure (an
/// fsync that failed, say) the lead may still stand after a restart, and its resume must: the key stays among
/// the upload intents if the lead does not, so the sweeper knows.
bool proves_that_nothing_was_stored(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const db::OutcomeUnknown&) {
        return false;
    } catch (const Error& error) {
        return error.kind() == ErrorKind::unavailable;
    } catch (const db::DatabaseError& error) {
        return !error.constraint().empty();
    } catch (...) {
        return false;
    }
}

constexpr std::chrono::milliseconds follow_up_pause{200};

bool is_unavailable(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        return error.kind() == ErrorKind::unavailable;
    } catch (...) {
        return false;
    }
}

bool is_unknown(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const db::OutcomeUnknown&) {
        return true;
    } catch (...) {
        return false;
    }
}

/// The sweeper would find the object as well; removing it at once keeps a time of failures from filling the
/// store.
awaitable<void> remove_quietly(storage::ObjectStore& objects, std::string key) {
    try {
        co_await objects.remove(std::move(key));
    } catch (const std::exception& failure) {
        log::warning("the resume of a failed submission is left to the sweeper", {{"error", failure.what()}});
    }
}

/// A commit that a read shows need not be everywhere it has to be: after a crash of the server it stands
/// there, though no standby may have it. So the look is a transaction that commits, and that waits for all
/// that was committed before it.
awaitable<bool> is_stored_for_good(db::Database& db, Uuid lead) {
    static constexpr std::string_view commit_something =
        "SELECT 1 /*postgresql FROM pg_logical_emit_message(true, 'alma-leads', 'seen')*/";
    std::vector<db::Statement> look;
    look.push_back(db::sql(commit_something));
    look.push_back(db::sql("SELECT uuid FROM leads WHERE uuid = $1", lead));
    const std::optional<std::vector<db::Rows>> results = co_await db.write(std::move(look));
    co_return !results->back().empty();
}

}  // namespace

Intake::Intake(db::Database& db, storage::ObjectStore& objects, storage::ObjectKeys& keys, const Clock& clock,
               std::function<void()> mails_queued, std::chrono::milliseconds follow_up)
    : db_(db),
      objects_(objects),
      keys_(keys),
      clock_(clock),
      mails_queued_(std::move(mails_queued)),
      follow_up_(follow_up) {}

awaitable<Lead> Intake::submit(LeadForm form) {
    if (form.key) {
        if (std::optional<Lead> earlier = co_await find_earlier(*form.key)) co_return std::move(*earlier);
    }
    const std::string key = co_await keys_.next();
    // The file goes first: an object without a lead is swept later, a lead without its file is a broken
    // promise.
    co_await objects_.put(key, *form.resume, form.resume_type);

    const Instant now = clock_.now();
    Lead lead{.uuid = random_uuid(),
              .first_name = std::move(form.first_name),
              .last_name = std::move(form.last_name),
              .email = std::move(form.email),
              .created_at = now,
              .updated_at = now};
    const Resume resume{.path = key,
                        .name = std::move(form.resume_name),
                        .type = std::move(form.resume_type),
                        .size = static_cast<std::int64_t>(form.resume->size())};
    std::vector<db::Statement> transaction;
    transaction.push_back(storage::ObjectKeys::keep(key));
    transaction.push_back(insert_lead(lead, resume));
    if (form.key) transaction.push_back(take_key(*form.key, lead.uuid, now));
    for (db::Statement& mail : mail::enqueue_mails_about(lead.uuid, now))
        transaction.push_back(std::move(mail));
    transaction.push_back(audit::record({.action = audit::Action::lead_submitted,
                                         .actor = {.kind = audit::ActorKind::prospect},
                                         .lead = lead.uuid,
                                         .at = now}));

    bool is_stored = false;
    std::exception_ptr failure;
    try {
        is_stored = co_await store(std::move(transaction), lead.uuid);
    } catch (...) {
        failure = std::current_exception();
    }
    if (!is_stored) {
        if (!failure || proves_that_nothing_was_stored(failure)) co_await remove_quietly(objects_, key);
        if (failure) std::rethrow_exception(failure);
        if (form.key) {
            // Another one with the same key was faster.
            if (std::optional<Lead> earlier = co_await find_earlier(*form.key)) co_return std::move(*earlier);
        }
        throw Error(ErrorKind::unavailable, "The upload took too long. Please try again.");
    }
    mails_queued_();
    co_return lead;
}

awaitable<std::optional<Lead>> Intake::find_earlier(SubmissionKey key) {
    std::optional<Lead> earlier = co_await find_submitted(db_, std::move(key), clock_.now());
    if (earlier && !co_await is_stored_for_good(db_, earlier->uuid)) earlier.reset();
    co_return earlier;
}

awaitable<bool> Intake::store(std::vector<db::Statement> transaction, Uuid lead) {
    std::exception_ptr unknown;
    std::chrono::steady_clock::time_point end;  // the first try may take long before it gets lost
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (true) {
        std::exception_ptr failure;
        try {
            const bool is_stored = (co_await db_.write(transaction)).has_value();
            if (is_stored || !unknown) co_return is_stored;
            // Void, since the key is gone: by the first try, or by the sweeper.
            co_return co_await is_stored_for_good(db_, lead);
        } catch (...) {
            failure = std::current_exception();
        }
        if (!unknown && is_unknown(failure)) {
            unknown = failure;
            end = std::chrono::steady_clock::now() + follow_up_;
        }
        if (!unknown) std::rethrow_exception(failure);
        if (!is_unavailable(failure) || std::chrono::steady_clock::now() >= end)
            std::rethrow_exception(unknown);
        pause.expires_after(follow_up_pause);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

}  // namespace alma::leads
