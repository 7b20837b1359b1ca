#include "audit/sealer.hpp"

#include "audit/entry_list.hpp"
#include "audit/log.hpp"
#include "audit/recorder.hpp"
#include "audit/verification.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/run_all.hpp"
#include "support/test_database.hpp"

#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

namespace alma::audit {
namespace {

class AuditSealerTest : public testing::Test {
protected:
    void record_entries(std::size_t count, std::optional<Uuid> lead = std::nullopt) {
        std::vector<db::Statement> transaction;
        for (std::size_t i = 0; i < count; ++i)
            transaction.push_back(record({.action = Action::lead_submitted,
                                          .actor = {.kind = ActorKind::prospect},
                                          .lead = lead,
                                          .at = clock.now()}));
        run(database->write(std::move(transaction)));
    }
    std::int64_t count(std::string_view sql) { return select_number(*database, sql); }
    std::int64_t pending() { return count("SELECT count(*) FROM audit_pending"); }
    std::int64_t sealed() { return count("SELECT count(*) FROM audit_log"); }
    std::int64_t findings() {
        return run(verify(*database, clock, {}, [](const Finding&) {}, [](std::int64_t) {})).findings;
    }

    ManualClock clock;
    TestDatabase database;
};

TEST_F(AuditSealerTest, EntriesAreChainedInOrderAndOnce) {
    record_entries(3);
    EXPECT_EQ(run(seal(*database)), 3u);
    EXPECT_EQ(pending(), 0);
    EXPECT_EQ(count("SELECT count(*) FROM audit_log WHERE position = id"), 3);
    EXPECT_EQ(run(seal(*database)), 0u);
    EXPECT_EQ(run(read_head(*database)).position, 3);
    EXPECT_EQ(findings(), 0);
}

TEST_F(AuditSealerTest, MoreThanABatchIsSealedAtOnce) {
    record_entries(250);
    EXPECT_EQ(run(seal(*database)), 250u);
    EXPECT_EQ(sealed(), 250);
    EXPECT_EQ(findings(), 0);
}

TEST_F(AuditSealerTest, SealersAtTheSameTimeMakeOneChain) {
    record_entries(220);
    std::vector<awaitable<std::size_t>> sealers;
    for (int i = 0; i < 4; ++i)
        sealers.push_back(seal(*database));
    std::size_t total = 0;
    for (const auto& done : run_all(std::move(sealers)))
        total += done.value();
    EXPECT_EQ(total, 220u);
    EXPECT_EQ(sealed(), 220);
    EXPECT_EQ(findings(), 0);
}

TEST_F(AuditSealerTest, TheLogRefusesChanges) {
    record_entries(2);
    run(seal(*database));
    for (const std::string_view sql :
         {"UPDATE audit_log SET action = 'X' WHERE position = 1", "DELETE FROM audit_log WHERE position = 1"})
        EXPECT_THROW(run(database->write(db::sql(sql))), db::DatabaseError) << sql;
    EXPECT_EQ(sealed(), 2);
}

TEST_F(AuditSealerTest, ASealerSealsUntilItIsStopped) {
    asio::io_context loop;
    Sealer sealer(*database, loop, std::chrono::milliseconds(1));
    sealer.start();
    record_entries(1);
    asio::co_spawn(
        loop,
        [&]() -> awaitable<void> {
            asio::steady_timer pause(loop);
            while ((co_await read_head(*database)).position < 1) {
                pause.expires_after(std::chrono::milliseconds(1));
                co_await pause.async_wait(asio::use_awaitable);
            }
            // Too late for a turn of its own: the stop seals it.
            co_await database->write(
                record({.action = Action::lead_submitted, .actor = {}, .at = clock.now()}));
            co_await sealer.stop();
        },
        [](const std::exception_ptr& failure) {
            if (failure) std::rethrow_exception(failure);
        });
    loop.run();
    EXPECT_EQ(sealed(), 2);
    EXPECT_EQ(pending(), 0);
}

TEST_F(AuditSealerTest, ATimelineHasWhatIsSealedAndWhatWaits) {
    const Uuid lead = random_uuid();
    const std::int64_t ann = insert_user(*database, {.email = "ann@example.com"});
    record_entries(2, lead);
    record_entries(1, random_uuid());
    run(seal(*database));
    run(database->write(record({.action = Action::resume_read,
                                .actor = {.kind = ActorKind::user, .id = ann},
                                .lead = lead,
                                .at = clock.now()})));
    const std::vector<TimelineEntry> all = run(timeline_of(*database, lead, std::nullopt, 10));
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].action, "RESUME_READ");
    EXPECT_EQ(all[0].actor, "ann@example.com");
    EXPECT_EQ(all[1].actor_kind, "PROSPECT");
    const std::vector<TimelineEntry> page = run(timeline_of(*database, lead, all[0].id, 1));
    ASSERT_EQ(page.size(), 1u);
    EXPECT_EQ(page[0].id, all[1].id);
}

TEST_F(AuditSealerTest, ARecorderWritesBehindItsCallersBack) {
    Recorder recorder(*database);
    run([&]() -> awaitable<void> {
        for (int i = 0; i < 2 * Recorder::most_under_way; ++i)
            co_await recorder.record({.action = Action::login_failed, .actor = {}, .at = clock.now()});
        co_await recorder.drain();
    });
    EXPECT_EQ(pending(), 2 * Recorder::most_under_way);
}

}  // namespace
}  // namespace alma::audit
