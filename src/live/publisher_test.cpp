#include "live/publisher.hpp"

#include "audit/log.hpp"
#include "base/error.hpp"
#include "support/manual_clock.hpp"
#include "support/test_database.hpp"
#include "support/unreliable_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::live {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::chrono::steady_clock::time_point in(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

class PublisherTest : public testing::Test {
protected:
    void use(PublisherConfig config) { publisher = std::make_unique<Publisher>(config, counting, loop); }
    /// Runs the scene to its end, and the publisher's with it.
    void play(awaitable<void> scene) {
        std::exception_ptr failure;
        asio::co_spawn(loop, std::move(scene), [&](std::exception_ptr error) {
            failure = error;
            publisher->stop();
        });
        loop.run();
        if (failure) std::rethrow_exception(failure);
    }
    awaitable<void> change_lead(Uuid lead) {
        co_await database->write(audit::record(
            {.action = audit::Action::note_added, .actor = {}, .lead = lead, .at = clock.now()}));
    }
    awaitable<void> pause(std::chrono::milliseconds time) {
        asio::steady_timer timer(loop, time);
        co_await timer.async_wait(asio::use_awaitable);
    }

    static constexpr PublisherConfig only_when_woken{.most_listeners = 2, .interval = 1h, .pause = 1ms};
    static constexpr PublisherConfig often{.most_listeners = 2, .interval = 5ms, .pause = 1ms};

    ManualClock clock;
    TestDatabase database;
    UnreliableDatabase counting{*database};
    asio::io_context loop;
    std::unique_ptr<Publisher> publisher;
    const Uuid ada = random_uuid();
};

TEST_F(PublisherTest, TellsEveryListenerAtOnceWhenWoken) {
    use(only_when_woken);
    const auto scene = [this]() -> awaitable<void> {
        const std::unique_ptr<Listener> one = co_await publisher->listen();
        const std::unique_ptr<Listener> other = co_await publisher->listen();
        co_await pause(20ms);  // it rests
        co_await change_lead(ada);
        publisher->wake();
        const Listener::News news = co_await one->next(in(10s));
        EXPECT_TRUE(news);
        if (news) {
            EXPECT_EQ(*news, fmt::format("event: lead\ndata: {{\"uuid\":\"{}\",\"change\":\"CHANGED\"}}\n\n",
                                         to_text(ada)));
        }
        EXPECT_EQ(co_await other->next(in(10s)), news) << "all share one text";
    };
    play(scene());
}

TEST_F(PublisherTest, SeesByItselfWhatOthersChange) {
    use(often);
    const auto scene = [this]() -> awaitable<void> {
        const std::unique_ptr<Listener> listener = co_await publisher->listen();
        co_await change_lead(ada);
        EXPECT_TRUE(co_await listener->next(in(10s)));
    };
    play(scene());
}

TEST_F(PublisherTest, DoesNotTellWhatWasCommittedBeforeOneListened) {
    use(often);
    const auto scene = [this]() -> awaitable<void> {
        co_await change_lead(random_uuid());
        const std::unique_ptr<Listener> listener = co_await publisher->listen();
        co_await change_lead(ada);
        const Listener::News news = co_await listener->next(in(10s));
        EXPECT_TRUE(news);
        if (news) {
            EXPECT_THAT(*news, HasSubstr(to_text(ada)));
        }
        EXPECT_FALSE(co_await listener->next(in(50ms)));
    };
    play(scene());
}

TEST_F(PublisherTest, AsksTheDatabaseNothingWhileNobodyListens) {
    use(often);
    int looks = 0;
    const auto count_next = [&] { counting.before("audit_pending", [&] { ++looks; }); };
    const auto scene = [&]() -> awaitable<void> {
        {
            const std::unique_ptr<Listener> listener = co_await publisher->listen();
            count_next();
            co_await pause(50ms);
            EXPECT_EQ(looks, 1) << "it looks while somebody listens";
        }
        co_await pause(50ms);
        count_next();
        publisher->wake();
        co_await pause(50ms);
        EXPECT_EQ(looks, 1);
        const std::unique_ptr<Listener> next = co_await publisher->listen();
        EXPECT_EQ(looks, 2) << "and again";
    };
    play(scene());
}

TEST_F(PublisherTest, TakesAsManyListenersAsItMay) {
    use(only_when_woken);
    const auto scene = [this]() -> awaitable<void> {
        const std::unique_ptr<Listener> one = co_await publisher->listen();
        std::unique_ptr<Listener> other = co_await publisher->listen();
        EXPECT_EQ(publisher->listeners(), 2u);
        std::optional<Error> refusal;
        try {
            co_await publisher->listen();
        } catch (const Error& error) {
            refusal = error;
        }
        EXPECT_TRUE(refusal && refusal->kind() == ErrorKind::unavailable && refusal->retry_after());
        other.reset();
        other = co_await publisher->listen();
        EXPECT_TRUE(other) << "a place is free again";
    };
    play(scene());
}

TEST_F(PublisherTest, GoesOnWhereItWasAfterAnOutage) {
    use(often);
    const auto scene = [this]() -> awaitable<void> {
        const std::unique_ptr<Listener> listener = co_await publisher->listen();
        counting.fail("audit_pending", 3, busy());
        co_await change_lead(ada);
        EXPECT_TRUE(co_await listener->next(in(10s)));
    };
    play(scene());
}

TEST_F(PublisherTest, RefusesAListenerWhenTheDatabaseDoesNotAnswer) {
    use(often);
    const auto scene = [this]() -> awaitable<void> {
        counting.fail("audit_pending", 1, busy());
        bool is_refused = false;
        try {
            co_await publisher->listen();
        } catch (const Error&) {
            is_refused = true;
        }
        EXPECT_TRUE(is_refused);
        EXPECT_EQ(publisher->listeners(), 0u);
    };
    play(scene());
}

TEST_F(PublisherTest, WhenItStopsItIsOverForAll) {
    use(only_when_woken);
    const auto scene = [this]() -> awaitable<void> {
        const std::unique_ptr<Listener> listener = co_await publisher->listen();
        asio::post(loop, [this] { publisher->stop(); });
        EXPECT_FALSE(co_await listener->next(in(10s)));
        EXPECT_TRUE(listener->is_over());
        bool is_refused = false;
        try {
            co_await publisher->listen();
        } catch (const Error&) {
            is_refused = true;
        }
        EXPECT_TRUE(is_refused);
    };
    const auto begin = std::chrono::steady_clock::now();
    play(scene());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(PublisherTest, AListenerThatTakesNothingIsDroppedAndTheOthersAreNot) {
    const auto listeners = std::make_shared<Listeners>(2);
    const auto scene = [&]() -> awaitable<void> {
        const std::unique_ptr<Listener> slow = listeners->add(loop.get_executor());
        const std::unique_ptr<Listener> quick = listeners->add(loop.get_executor());
        for (std::size_t i = 0; i <= Listeners::most_waiting; ++i) {
            EXPECT_FALSE(slow->is_over());
            listeners->publish("text");
            EXPECT_TRUE(co_await quick->next(in(10s)));
        }
        EXPECT_TRUE(slow->is_over());
        EXPECT_FALSE(co_await slow->next(in(10s)));
        EXPECT_FALSE(quick->is_over());
    };
    use(only_when_woken);
    play(scene());
}

}  // namespace
}  // namespace alma::live
