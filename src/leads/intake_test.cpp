#include "leads/intake.hpp"

#include "base/error.hpp"
#include "db/outcome_unknown.hpp"
#include "leads/lead_store.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_object_store.hpp"
#include "support/run.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_database.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

namespace alma::leads {
namespace {

class IntakeTest : public testing::Test {
protected:
    LeadForm a_form(std::string_view content = "%PDF-1.7\n") {
        LeadForm form{.first_name = "John",
                      .last_name = "Doe",
                      .email = "john@example.com",
                      .resume_name = "Łukasz.pdf",
                      .resume_type = "application/pdf",
                      .resume = std::make_unique<storage::Spool>(directory.path(), files)};
        run(form.resume->append(content));
        return form;
    }
    std::int64_t count(std::string_view select) {
        return run(database->read(db::sql(select))).front().get<std::int64_t>(0);
    }
    /// The second mail of a lead breaks a rule, since it is made at the same time as the first.
    void allow_no_mails() {
        static constexpr std::string_view rule =
            "CREATE UNIQUE INDEX one_mail_at_a_time ON outbox (created_at)";
        run(database->write(db::sql(rule)));
    }
    std::int64_t leads() { return count("SELECT count(*) FROM leads"); }
    std::int64_t mails() { return count("SELECT count(*) FROM outbox"); }

    TemporaryDirectory directory;
    WorkerPool files{"files", 1, 16};
    ManualClock clock;
    TestDatabase database;
    MemoryObjectStore objects;
    storage::ObjectKeys keys{*database, clock, "this process"};
    int wakes = 0;
    Intake intake{*database, objects, keys, clock, [this] { ++wakes; }};
};

TEST_F(IntakeTest, AnsweredMeansStoredWithResumeAndMails) {
    const Lead lead = run(intake.submit(a_form("%PDF-1.7\nJohn")));
    EXPECT_EQ(lead.first_name, "John");
    EXPECT_EQ(lead.status, LeadStatus::pending);
    EXPECT_EQ(lead.created_at, clock.now());
    EXPECT_EQ(lead.updated_at, clock.now());
    EXPECT_TRUE(run(find_lead(*database, lead.uuid)));

    const std::optional<Resume> resume = run(find_resume(*database, lead.uuid));
    ASSERT_TRUE(resume);
    EXPECT_EQ(resume->name, "Łukasz.pdf");
    EXPECT_EQ(resume->type, "application/pdf");
    EXPECT_EQ(resume->size, 13);
    EXPECT_EQ(objects.content(resume->path), "%PDF-1.7\nJohn");
    EXPECT_EQ(mails(), 2);
    EXPECT_EQ(wakes, 1);
}

TEST_F(IntakeTest, AKeptKeyIsNoLongerToBeSwept) {
    const Lead lead = run(intake.submit(a_form()));
    const std::string key = run(find_resume(*database, lead.uuid))->path;
    EXPECT_TRUE(
        run(database->read(db::sql("SELECT 1 FROM upload_intents WHERE object_key = $1", key))).empty());
}

TEST_F(IntakeTest, UuidsAreRandomAndNothingIsADuplicate) {
    const Lead one = run(intake.submit(a_form()));
    const Lead other = run(intake.submit(a_form()));
    EXPECT_NE(one.uuid, other.uuid);
    EXPECT_EQ(one.uuid.version(), boost::uuids::uuid::version_random_number_based);
    EXPECT_EQ(leads(), 2);
}

TEST_F(IntakeTest, NothingIsStoredWhenTheResumeCannotBe) {
    objects.down = true;
    EXPECT_THROW(run(intake.submit(a_form())), Error);
    EXPECT_EQ(leads(), 0);
    EXPECT_EQ(mails(), 0);
    EXPECT_EQ(wakes, 0);
}

TEST_F(IntakeTest, NothingStaysWhenTheSweeperTookTheKeyFirst) {
    // Reserves a block of keys, then takes them all off the list.
    run(intake.submit(a_form()));
    run(database->write(db::sql("DELETE FROM upload_intents")));
    try {
        run(intake.submit(a_form()));
        ADD_FAILURE() << "a lead was stored whose resume may be swept";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    }
    EXPECT_EQ(leads(), 1);
    EXPECT_EQ(mails(), 2);
    EXPECT_EQ(objects.size(), 1u);
    EXPECT_EQ(wakes, 1);
}

TEST_F(IntakeTest, NothingStaysWhenARuleOfTheDatabaseRefusesAMail) {
    allow_no_mails();
    EXPECT_THROW(run(intake.submit(a_form())), db::DatabaseError);
    EXPECT_EQ(leads(), 0);
    EXPECT_EQ(objects.size(), 0u);
    EXPECT_EQ(wakes, 0);
}

TEST_F(IntakeTest, AResumeIsKeptForTheSweeperWhenTheFailureProvesNothing) {
    run(database->write(db::sql("DROP TABLE outbox")));
    EXPECT_THROW(run(intake.submit(a_form())), db::DatabaseError);
    EXPECT_EQ(leads(), 0);
    EXPECT_EQ(objects.size(), 1u);
    EXPECT_GE(count("SELECT count(*) FROM upload_intents"), 1) << "the sweeper would not know";
}

/// A store that goes down as soon as it has taken something.
class StoreThatGoesDown final : public storage::ObjectStore {
public:
    awaitable<void> put(std::string key, const storage::Spool& content, std::string media_type) override {
        co_await objects.put(std::move(key), content, std::move(media_type));
        objects.down = true;
    }
    awaitable<std::unique_ptr<storage::ObjectReader>> open(std::string key,
                                                           std::optional<storage::ByteRange> range) override {
        return objects.open(std::move(key), range);
    }
    awaitable<void> remove(std::string key) override { return objects.remove(std::move(key)); }
    awaitable<void> check() override { return objects.check(); }

    MemoryObjectStore objects;
};

TEST_F(IntakeTest, AnObjectThatCannotBeRemovedHidesNoFailure) {
    StoreThatGoesDown store;
    Intake unlucky(*database, store, keys, clock, [] {});
    allow_no_mails();
    EXPECT_THROW(run(unlucky.submit(a_form())), db::DatabaseError);
    EXPECT_EQ(store.objects.size(), 1u) << "left to the sweeper";
}

/// Loses its connection in the middle of commits.
class ForgetfulDatabase final : public db::Database {
public:
    explicit ForgetfulDatabase(db::Database& real) : real_(real) {}

    enum class Loss { none, before_the_commit, after_the_commit, of_the_server };
    std::vector<Loss> losses;                     ///< of the next transactions, the last one first
    std::chrono::milliseconds longest_commit{0};  ///< how long a commit takes to be lost

    awaitable<db::Rows> read(db::Statement statement) override { return real_.read(std::move(statement)); }
    awaitable<db::Rows> search(db::Statement statement) override {
        return real_.search(std::move(statement));
    }
    using db::Database::write;
    awaitable<std::optional<std::vector<db::Rows>>> write(std::vector<db::Statement> transaction) override {
        const Loss loss = losses.empty() ? Loss::none : losses.back();
        if (!losses.empty()) losses.pop_back();
        if (loss == Loss::of_the_server) throw Error(ErrorKind::unavailable, "The service has no database.");
        if (loss == Loss::before_the_commit) {
            asio::steady_timer pause(co_await asio::this_coro::executor, longest_commit);
            co_await pause.async_wait(asio::use_awaitable);
            throw db::OutcomeUnknown();
        }
        auto results = co_await real_.write(std::move(transaction));
        if (loss == Loss::after_the_commit) throw db::OutcomeUnknown();
        co_return results;
    }
    awaitable<void> check() override { return real_.check(); }

private:
    db::Database& real_;
};

class IntakeOnALossyLineTest : public IntakeTest {
protected:
    using Loss = ForgetfulDatabase::Loss;

    void submit_with(std::vector<Loss> losses) {
        LeadForm form = a_form();
        run(keys.next());  // so that the list of keys is there, and the next write is the submission's
        forgetful.losses = std::move(losses);
        const Lead lead = run(lossy_intake.submit(std::move(form)));
        EXPECT_TRUE(run(find_lead(*database, lead.uuid)));
        EXPECT_EQ(leads(), 1);
        EXPECT_EQ(mails(), 2);
        EXPECT_EQ(objects.size(), 1u);
        EXPECT_EQ(wakes, 1);
    }

    ForgetfulDatabase forgetful{*database};
    Intake lossy_intake{forgetful, objects, keys, clock, [this] { ++wakes; }, std::chrono::seconds(1)};
};

TEST_F(IntakeOnALossyLineTest, ACommitWhoseAnswerWasLostIsAnsweredAndNotDoubled) {
    submit_with({Loss::after_the_commit});
}

TEST_F(IntakeOnALossyLineTest, ACommitThatWasLostIsMadeUpFor) {
    submit_with({Loss::before_the_commit});
}

TEST_F(IntakeOnALossyLineTest, AServerThatIsAwayForAWhileChangesNothing) {
    // From the back: the first commit is lost, then the server is away.
    submit_with({Loss::of_the_server, Loss::of_the_server, Loss::after_the_commit});
}

TEST_F(IntakeOnALossyLineTest, ALeadThatIsSeenIsAnsweredOnlyOnceItsCommitIsDurable) {
    // The commit, its repetition (void, since the key is gone), and then each look at the lead.
    LeadForm form = a_form();
    run(keys.next());
    forgetful.losses = std::vector(1000, Loss::before_the_commit);
    forgetful.losses.push_back(Loss::none);
    forgetful.losses.push_back(Loss::after_the_commit);
    EXPECT_THROW(run(lossy_intake.submit(std::move(form))), db::OutcomeUnknown);
    EXPECT_EQ(leads(), 1);
    EXPECT_EQ(objects.size(), 1u);
    EXPECT_EQ(wakes, 0);
}

TEST_F(IntakeOnALossyLineTest, ACommitThatIsLostLateIsFollowedUpForAsLong) {
    forgetful.longest_commit = std::chrono::milliseconds(300);
    Intake hasty(forgetful, objects, keys, clock, [this] { ++wakes; }, std::chrono::milliseconds(200));
    LeadForm form = a_form();
    run(keys.next());
    forgetful.losses = {Loss::before_the_commit};
    EXPECT_NO_THROW(run(hasty.submit(std::move(form))));
    EXPECT_EQ(leads(), 1);
}

TEST_F(IntakeOnALossyLineTest, WhatStaysUnknownKeepsItsResume) {
    LeadForm form = a_form();
    run(keys.next());
    forgetful.losses = std::vector(1000, Loss::before_the_commit);
    EXPECT_THROW(run(lossy_intake.submit(std::move(form))), db::OutcomeUnknown);
    EXPECT_EQ(objects.size(), 1u) << "the lead may stand, and its resume must";
    EXPECT_EQ(wakes, 0);
}

TEST_F(IntakeOnALossyLineTest, AServerThatIsDownFromTheStartRefusesAtOnce) {
    LeadForm form = a_form();
    run(keys.next());
    forgetful.losses = {Loss::of_the_server};
    EXPECT_THROW(run(lossy_intake.submit(std::move(form))), Error);
    EXPECT_EQ(objects.size(), 0u);
    EXPECT_EQ(leads(), 0);
}

}  // namespace
}  // namespace alma::leads
