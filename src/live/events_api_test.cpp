#include "live/events_api.hpp"

#include "audit/log.hpp"
#include "support/manual_clock.hpp"
#include "support/test_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::live {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class EventsApiTest : public testing::Test {
protected:
    using Source = std::unique_ptr<http::BodySource>;
    void play(awaitable<void> scene) {
        std::exception_ptr failure;
        asio::co_spawn(loop, std::move(scene), [&](std::exception_ptr error) {
            failure = error;
            publisher.stop();
        });
        loop.run();
        if (failure) std::rethrow_exception(failure);
    }
    awaitable<Source> listen() {
        http::Response response = co_await api.stream(request);
        EXPECT_EQ(response.content_type, "text/event-stream");
        EXPECT_EQ(co_await response.source->next(), "retry: 3000\n\n");
        co_return std::move(response.source);
    }
    awaitable<void> change_a_lead() {
        co_await database->write(audit::record(
            {.action = audit::Action::note_added, .actor = {}, .lead = random_uuid(), .at = clock.now()}));
        publisher.wake();
    }

    ManualClock clock;
    TestDatabase database;
    asio::io_context loop;
    Publisher publisher{{.interval = 1h, .pause = 1ms}, *database, loop};
    bool may_listen = true;
    http::Authenticate authenticate = [this](http::Request&) -> awaitable<std::optional<http::Principal>> {
        co_return may_listen ? std::optional(http::Principal{}) : std::nullopt;
    };
    EventsApi api{publisher, authenticate, 30ms};
    http::Request request;
};

TEST_F(EventsApiTest, TellsChangesAndKeepsTheConnectionAlive) {
    const auto scene = [this]() -> awaitable<void> {
        const Source stream = co_await listen();
        EXPECT_EQ(co_await stream->next(), ": keep-alive\n\n");
        co_await change_a_lead();
        // A slow machine may keep the connection alive before it has looked for the change.
        std::string told(co_await stream->next());
        while (told == ": keep-alive\n\n")
            told = co_await stream->next();
        EXPECT_THAT(told, HasSubstr("event: lead\n"));
        EXPECT_EQ(co_await stream->next(), ": keep-alive\n\n");
    };
    play(scene());
}

TEST_F(EventsApiTest, EndsAtTheNextKeepAliveWhenTheCallerMayNotListenAnyMore) {
    const auto scene = [this]() -> awaitable<void> {
        const Source stream = co_await listen();
        EXPECT_EQ(co_await stream->next(), ": keep-alive\n\n");
        may_listen = false;
        EXPECT_EQ(co_await stream->next(), "");
    };
    play(scene());
}

TEST_F(EventsApiTest, LooksAtTheCallerAlsoWhileThereIsAlwaysMoreToTell) {
    const auto scene = [this]() -> awaitable<void> {
        const Source stream = co_await listen();
        may_listen = false;
        const auto end = std::chrono::steady_clock::now() + 10s;
        bool has_ended = false;
        while (!has_ended && std::chrono::steady_clock::now() < end) {
            co_await change_a_lead();
            has_ended = (co_await stream->next()).empty();
        }
        EXPECT_TRUE(has_ended);
    };
    play(scene());
}

TEST_F(EventsApiTest, EndsAtOnceWhenTheServiceStops) {
    EventsApi patient(publisher, authenticate, 1h);
    const auto scene = [&]() -> awaitable<void> {
        http::Response response = co_await patient.stream(request);
        co_await response.source->next();
        asio::post(loop, [this] { publisher.stop(); });
        EXPECT_EQ(co_await response.source->next(), "");
    };
    play(scene());
}

}  // namespace
}  // namespace alma::live
