#include "leads/eraser.hpp"

#include "leads/lead_store.hpp"
#include "leads/notes_store.hpp"
#include "leads/retention.hpp"
#include "mail/outbox.hpp"
#include "storage/object_keys.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_object_store.hpp"
#include "support/run.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace alma::leads {
namespace {

using std::chrono::days;

class EraserTest : public testing::Test {
protected:
    Uuid insert(const std::string& path, LeadStatus status = LeadStatus::pending) {
        const Lead lead{.uuid = random_uuid(),
                        .first_name = "John",
                        .last_name = "Doe",
                        .email = "john@example.com",
                        .status = status,
                        .created_at = clock.now(),
                        .updated_at = clock.now()};
        std::vector<db::Statement> transaction;
        transaction.push_back(
            insert_lead(lead, {.path = path, .name = "cv.pdf", .type = "application/pdf", .size = 4}));
        for (db::Statement& mail : mail::enqueue_mails_about(lead.uuid, clock.now()))
            transaction.push_back(std::move(mail));
        run(database->write(std::move(transaction)));
        return lead.uuid;
    }
    /// A key as the service hands them out, with an object under it.
    std::string stored_key() {
        const std::string key = run(keys.next());
        storage::Spool spool(directory.path(), files);
        run([&]() -> awaitable<void> { co_await objects.put(key, spool, "application/pdf"); });
        run(database->write(storage::ObjectKeys::keep(key)));
        return key;
    }
    std::int64_t count(std::string_view sql) { return select_number(*database, sql); }

    TemporaryDirectory directory;
    WorkerPool files{"files", 1, 16};
    ManualClock clock;
    TestDatabase database;
    MemoryObjectStore objects;
    storage::ObjectKeys keys{*database, clock, "this process"};
    Eraser eraser{*database, objects, clock};
    const audit::Actor admin{.kind = audit::ActorKind::user, .id = 1};
};

TEST_F(EraserTest, NothingOfALeadIsLeftButAReceipt) {
    const std::string key = stored_key();
    const Uuid lead = insert(key);
    const http::Principal ann{.id = insert_user(*database, {.email = "ann@example.com"}),
                              .email = "ann@example.com"};
    run(add_note(*database, lead, "a note", ann, clock.now()));
    const std::optional<Receipt> receipt = run(eraser.erase(lead, admin));
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->resume, ResumeFate::removed);
    EXPECT_EQ(receipt->details, R"({"status":"PENDING","notes":1,"queued_mails":2,"failed_mails":0})");
    EXPECT_FALSE(objects.contains(key));
    for (const std::string_view table : {"SELECT count(*) FROM leads", "SELECT count(*) FROM lead_notes",
                                         "SELECT count(*) FROM outbox", "SELECT count(*) FROM failed_emails"})
        EXPECT_EQ(count(table), 0) << table;
    EXPECT_EQ(select_number(*database, "SELECT count(*) FROM upload_intents WHERE object_key = $1", key), 0);
    EXPECT_EQ(select_number(*database,
                            "SELECT count(*) FROM audit_pending WHERE action = 'LEAD_ERASED' AND id = $1",
                            receipt->audit_id),
              1);
    EXPECT_FALSE(run(eraser.erase(lead, admin))) << "twice";
}

TEST_F(EraserTest, AResumeThatTheStoreDoesNotLetGoIsSwept) {
    const std::string key = stored_key();
    const Uuid lead = insert(key);
    objects.down = true;
    EXPECT_EQ(run(eraser.erase(lead, admin))->resume, ResumeFate::queued);
    EXPECT_EQ(count("SELECT count(*) FROM leads"), 0);
    objects.down = false;
    clock.advance(std::chrono::seconds(1));
    run(storage::sweep_uploads(*database, objects, clock, "this process", false));
    EXPECT_FALSE(objects.contains(key));
}

TEST_F(EraserTest, AResumeInAnothersBucketIsLeftThere) {
    const Uuid lead = insert("https://bucket.s3.amazonaws.com/resumes/cv.pdf");
    EXPECT_EQ(run(eraser.erase(lead, admin))->resume, ResumeFate::elsewhere);
    EXPECT_EQ(count("SELECT count(*) FROM leads"), 0);
}

TEST_F(EraserTest, ALeadThatHasChangedIsLeftAlone) {
    const Uuid lead = insert(stored_key());
    EXPECT_FALSE(run(eraser.erase(lead, admin, 2)));
    EXPECT_EQ(count("SELECT count(*) FROM leads"), 1);
    EXPECT_EQ(count("SELECT count(*) FROM audit_pending"), 0);
    EXPECT_TRUE(run(eraser.erase(lead, admin, 1)));
}

TEST_F(EraserTest, LeadsPastTheirRetentionAreErasedByStatus) {
    const Uuid old_pending = insert(stored_key());
    const Uuid old_reached = insert(stored_key(), LeadStatus::reached_out);
    clock.advance(days(30));
    const Uuid young_pending = insert(stored_key());
    const auto erase = [&](RetentionConfig config) {
        return run(erase_expired(*database, eraser, clock, config));
    };
    EXPECT_EQ(erase({.pending = days(30), .reached_out = std::nullopt}), 0u) << "to the day";
    clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(erase({.pending = days(30), .reached_out = std::nullopt}), 1u);
    EXPECT_FALSE(run(find_lead(*database, old_pending)));
    EXPECT_TRUE(run(find_lead(*database, old_reached)));
    EXPECT_TRUE(run(find_lead(*database, young_pending)));
    EXPECT_EQ(erase({.pending = std::nullopt, .reached_out = days(1)}), 1u);
    EXPECT_FALSE(run(find_lead(*database, old_reached)));
    EXPECT_EQ(
        count("SELECT count(*) FROM audit_pending WHERE action = 'LEAD_ERASED' AND actor_kind = 'SERVICE'"),
        2);
}

TEST_F(EraserTest, MoreThanAPageIsErasedInOneGo) {
    for (int i = 0; i < 105; ++i)
        insert("https://bucket.s3.amazonaws.com/resumes/cv.pdf");
    clock.advance(days(2));
    const RetentionConfig config{.pending = days(1), .reached_out = std::nullopt};
    EXPECT_EQ(run(erase_expired(*database, eraser, clock, config)), 105u);
    EXPECT_EQ(count("SELECT count(*) FROM leads"), 0);
}

}  // namespace
}  // namespace alma::leads
