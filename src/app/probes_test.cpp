#include "app/probes.hpp"

#include "app/gauges.hpp"
#include "base/log.hpp"
#include "db/migrator.hpp"
#include "support/memory_object_store.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace alma::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

int newest_schema() {
    const auto known =
        chosen_engine() == Engine::sqlite ? db::sqlite_migrations() : db::postgresql_migrations();
    return known.back().version;
}

class ProbesTest : public ::testing::Test {
protected:
    [[nodiscard]] http::Response ready(Probes& asked) { return run(asked.readiness(request)); }

    TestDatabase database;
    MemoryObjectStore objects;
    Gauges gauges;
    Probes probes{*database, objects, newest_schema(), {&gauges}};
    http::Request request;
};

TEST_F(ProbesTest, IsReadyWhenEverythingWorks) {
    const http::Response response = ready(probes);
    EXPECT_EQ(response.status, http::Status::ok);
    EXPECT_EQ(response.body, R"({"status":"ok"})");
}

TEST_F(ProbesTest, NamesThePartThatFailsAndNotWhy) {
    objects.down = true;
    const http::Response response = ready(probes);
    EXPECT_EQ(response.status, http::Status::service_unavailable);
    EXPECT_EQ(response.body, R"({"detail":"Not ready: store","failing":["store"]})");
}

TEST_F(ProbesTest, ASchemaOfAnotherVersionIsNotReady) {
    Probes newer(*database, objects, newest_schema() + 1, {});
    EXPECT_THAT(ready(newer).body, HasSubstr(R"("failing":["migrations"])"));
}

awaitable<void> fail_when(const bool& is_broken) {
    if (is_broken) throw std::runtime_error("broken");
    co_return;
}

TEST_F(ProbesTest, AFurtherPartMustWorkToo) {
    bool is_broken = true;
    probes.require("uploads", [&] { return fail_when(is_broken); });
    EXPECT_EQ(ready(probes).body, R"({"detail":"Not ready: uploads","failing":["uploads"]})");
    is_broken = false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1050));
    EXPECT_EQ(ready(probes).status, http::Status::ok);
}

TEST_F(ProbesTest, AsksAtMostOnceASecond) {
    EXPECT_EQ(ready(probes).status, http::Status::ok);
    objects.down = true;
    EXPECT_EQ(ready(probes).status, http::Status::ok);
    std::this_thread::sleep_for(std::chrono::milliseconds(1050));
    EXPECT_EQ(ready(probes).status, http::Status::service_unavailable);
}

TEST_F(ProbesTest, NobodyIsToldReadyBeforeTheFirstCheckIsDone) {
    objects.down = true;
    std::vector<http::Status> answers;
    asio::io_context loop;
    http::Request other;
    for (http::Request* asking : {&request, &other})
        asio::co_spawn(loop, probes.readiness(*asking),
                       [&](const std::exception_ptr&, const http::Response& response) {
                           answers.push_back(response.status);
                       });
    loop.run();
    EXPECT_THAT(answers, testing::Each(http::Status::service_unavailable));
}

/// Takes until it is cancelled. Counts how often it was begun.
awaitable<void> hang_on(asio::steady_timer& release, int& begun) {
    ++begun;
    boost::system::error_code is_released;
    co_await release.async_wait(asio::redirect_error(asio::use_awaitable, is_released));
}

TEST_F(ProbesTest, WhileACheckLastsCallersGetTheLastAnswer) {
    asio::io_context& loop = new_loop();
    asio::steady_timer release(loop, std::chrono::hours(1));
    int begun = 0;
    Probes asked(*database, objects, newest_schema(), {}, std::chrono::milliseconds(0));
    asked.require("uploads", [&] { return hang_on(release, begun); });
    std::vector<std::string> answers;
    const auto ask = [&] {
        asio::co_spawn(loop, asked.readiness(request),
                       [&](const std::exception_ptr&, const http::Response& response) {
                           answers.push_back(response.body);
                       });
    };
    const auto run_until = [&](const auto& is_reached) {
        loop.restart();
        while (!is_reached() && loop.run_one_for(std::chrono::seconds(10)) > 0) {
        }
        EXPECT_TRUE(is_reached());
    };
    ask();
    run_until([&] { return begun == 1; });
    ask();
    run_until([&] { return answers.size() == 1; });
    EXPECT_EQ(answers.back(), R"({"detail":"Not ready: starting","failing":["starting"]})");
    release.cancel();
    run_until([&] { return answers.size() == 2; });
    EXPECT_EQ(answers.back(), R"({"status":"ok"})");
    ask();
    run_until([&] { return begun == 2; });
    ask();
    run_until([&] { return answers.size() == 3; });
    EXPECT_EQ(answers.back(), R"({"status":"ok"})");
    release.cancel();
    run_until([&] { return answers.size() == 4; });
    EXPECT_EQ(begun, 2);
}

TEST_F(ProbesTest, TheLogTellsOfChangesOnly) {
    Probes each_time(*database, objects, newest_schema(), {}, std::chrono::milliseconds(0));
    const auto logged_by_probe = [&] {
        testing::internal::CaptureStdout();
        run(each_time.readiness(request));
        log::flush();
        return testing::internal::GetCapturedStdout();
    };
    objects.down = true;
    EXPECT_THAT(logged_by_probe(),
                AllOf(HasSubstr("not ready part=\"store\""), HasSubstr("The store is down")));
    EXPECT_EQ(logged_by_probe(), "");
    objects.down = false;
    EXPECT_THAT(logged_by_probe(), HasSubstr("ready again part=\"store\""));
    EXPECT_EQ(logged_by_probe(), "");
}

TEST_F(ProbesTest, IsAliveButNotReadyWhileDraining) {
    probes.drain();
    EXPECT_THAT(ready(probes).body, HasSubstr("draining"));
    EXPECT_EQ(run(probes.health(request)).status, http::Status::ok);
}

TEST_F(ProbesTest, IsAliveWhateverFails) {
    objects.down = true;
    EXPECT_EQ(run(probes.health(request)).body, R"({"status":"ok"})");
}

TEST_F(ProbesTest, MetricsAreReadWhenTheyAreAskedFor) {
    double value = 1;
    gauges.add("alma_test", "A test.", [&] { return value; });
    value = 42;
    const http::Response response = run(probes.metrics(request));
    EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_THAT(response.body, AllOf(HasSubstr("# TYPE alma_test gauge"), HasSubstr("alma_test 42\n")));
}

TEST_F(ProbesTest, MetricsSayWhichPartsCanBeUsed) {
    bool is_broken = true;
    probes.require("uploads", [&] { return fail_when(is_broken); });
    EXPECT_THAT(run(probes.metrics(request)).body,
                AllOf(HasSubstr("alma_part_ready{part=\"database\"} 1\n"),
                      HasSubstr("alma_part_ready{part=\"migrations\"} 1\n"),
                      HasSubstr("alma_part_ready{part=\"store\"} 1\n"),
                      HasSubstr("alma_part_ready{part=\"uploads\"} 0\n")));
}

TEST_F(ProbesTest, TheProcessKnowsItself) {
    add_process_gauges(gauges);
    const std::string text = run(probes.metrics(request)).body;
    EXPECT_THAT(text, HasSubstr("# TYPE process_cpu_seconds_total counter"));
    for (const char* name :
         {"process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"})
        EXPECT_THAT(text, AllOf(HasSubstr(fmt::format("\n{} ", name)),
                                Not(HasSubstr(fmt::format("\n{} 0\n", name)))));
}

}  // namespace
}  // namespace alma::app
