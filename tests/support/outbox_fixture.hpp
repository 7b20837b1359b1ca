/// An outbox worker on a loop of its own, with a mailer and a clock that tests steer.
#pragma once

#include "mail/outbox_metrics.hpp"
#include "support/mail_rows.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_mailer.hpp"
#include "support/test_database.hpp"
#include "support/wait_until.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace alma::mail {

struct OutboxFixture : ::testing::Test {
    TestDatabase database;
    RecordingMailer mailer;
    ManualClock clock;
    prometheus::Registry registry;
    OutboxMetrics metrics{registry};  // the same series as the worker's
    OutboxConfig config{.poll_interval = std::chrono::milliseconds(20),
                        .owner = "test",
                        .public_base_url = "https://leads.example",
                        .link_key = "a key of thirty-two bytes or more"};
    db::Database* served = nullptr;  // what the worker gets instead of `database`
    asio::io_context loop;
    std::optional<OutboxWorker> worker;
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard;
    std::thread thread;

    void start(bool is_only_process = true) {
        loop.restart();
        guard.emplace(loop.get_executor());
        worker.emplace(config, served ? *served : *database, mailer, clock, loop, registry);
        worker->start(is_only_process);
        thread = std::thread([this] { loop.run(); });
    }
    void stop() {
        if (!worker) return;
        asio::co_spawn(loop, worker->stop(), asio::use_future).get();
        guard.reset();
        thread.join();
        worker.reset();
    }
    ~OutboxFixture() override { stop(); }

    std::int64_t queued() { return count(*database, "SELECT count(*) FROM outbox"); }
    std::int64_t failed() { return count(*database, "SELECT count(*) FROM failed_emails"); }
    bool becomes_empty() {
        return wait_until([this] { return queued() == 0; });
    }
    std::string text(std::string_view select) {
        return run(database->read(db::sql(select))).front().get<std::string>(0);
    }
    /// JSON without the blanks that an engine may put into it.
    std::string json(std::string_view select) {
        return boost::json::serialize(boost::json::parse(text(select)));
    }
    double attempts(MailKind kind, AttemptResult result) { return metrics.attempts(kind, result).Value(); }
};

}  // namespace alma::mail
