#include "base/error.hpp"
#include "base/log.hpp"
#include "support/outbox_fixture.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>

namespace alma::mail {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

/// Passes all on, but for searches: those hang or are refused, as behind those of many attorneys.
class CrowdedDatabase final : public db::Database {
public:
    explicit CrowdedDatabase(db::Database& real) : real_(real) {}

    awaitable<db::Rows> read(db::Statement statement) override { return real_.read(std::move(statement)); }
    awaitable<db::Rows> search(db::Statement statement) override {
        ++searches;
        while (hangs) {
            asio::steady_timer pause(co_await asio::this_coro::executor, 2ms);
            co_await pause.async_wait(asio::use_awaitable);
        }
        if (refuses) throw Error(ErrorKind::unavailable, "The service is busy.");
        co_return co_await real_.search(std::move(statement));
    }
    awaitable<std::optional<std::vector<db::Rows>>> write(std::vector<db::Statement> transaction) override {
        return real_.write(std::move(transaction));
    }
    using db::Database::write;
    awaitable<void> check() override { return real_.check(); }

    std::atomic<bool> hangs = false;
    std::atomic<bool> refuses = false;
    std::atomic<int> searches = 0;

private:
    db::Database& real_;
};

struct OutboxMetricsTest : OutboxFixture {
    CrowdedDatabase crowded{*database};

    OutboxMetricsTest() { served = &crowded; }
    ~OutboxMetricsTest() override {
        crowded.hangs = false;
        stop();  // before what the worker uses
    }
};

TEST_F(OutboxMetricsTest, TheyStandThereFromTheStartAndShowTheBacklog) {
    const auto families = registry.Collect();
    std::vector<std::string> names;
    for (const auto& family : families)
        names.push_back(family.name);
    EXPECT_THAT(names,
                UnorderedElementsAre("alma_mail_attempts_total", "alma_mail_failed_total",
                                     "alma_mail_owed_to_nobody_total", "alma_mail_recipients_refused_total",
                                     "alma_outbox_depth", "alma_outbox_oldest_age_seconds"));
    add_user(*database, "ann@law.example", "ATTORNEY");
    mailer.fail_with(MailError("451 later", false));
    add_lead(*database, clock.now() - 7s);
    start();
    EXPECT_TRUE(
        wait_until([this] { return metrics.depth().Value() == 2 && metrics.oldest_age().Value() >= 7; }));
}

TEST_F(OutboxMetricsTest, ASearchThatHangsHoldsUpNeitherMailsNorTheStop) {
    crowded.hangs = true;
    start();
    ASSERT_TRUE(wait_until([this] { return crowded.searches > 0; }));
    add_lead(*database, clock.now());
    EXPECT_TRUE(becomes_empty());
    const auto begin = std::chrono::steady_clock::now();
    asio::co_spawn(loop, worker->stop(), asio::use_future).get();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 1500ms) << "less than the grace of a mail";
    EXPECT_EQ(crowded.searches, 1) << "they do not pile up";
}

TEST_F(OutboxMetricsTest, ASearchThatIsRefusedIsNoFailureOfTheOutboxAndLoggedOnce) {
    crowded.refuses = true;
    testing::internal::CaptureStdout();
    start();
    EXPECT_TRUE(wait_until([this] { return crowded.searches >= 5; }));
    stop();
    log::flush();
    const std::string log = testing::internal::GetCapturedStdout();
    EXPECT_THAT(log, Not(HasSubstr("cannot be read or written")));
    const std::size_t first = log.find("the outbox cannot be measured");
    EXPECT_NE(first, std::string::npos);
    EXPECT_EQ(log.find("the outbox cannot be measured", first + 1), std::string::npos);
}

}  // namespace
}  // namespace alma::mail
