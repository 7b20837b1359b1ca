#include "live/events_api.hpp"

#include "http/live_source.hpp"

namespace alma::live {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr http::Failure failures[] = {
    {.status = 503, .detail = "Too many clients listen. Please try again in a moment."}};

/// Ends with the listener, or with the right to listen.
class EventStream final : public http::LiveSource {
public:
    /// All references outlive the answer.
    EventStream(std::unique_ptr<Listener> listener, const http::Authenticate& authenticate,
                http::Request& request, std::chrono::milliseconds keep_alive)
        : listener_(std::move(listener)),
          authenticate_(authenticate),
          request_(request),
          keep_alive_(keep_alive),
          keep_alive_due_(SteadyClock::now() + keep_alive) {}

    awaitable<std::string_view> next() override {
        if (!std::exchange(has_begun_, true)) co_return "retry: 3000\n\n";
        // Due also when there is more and more to tell: the caller has to be looked at.
        if (SteadyClock::now() < keep_alive_due_) {
            news_ = co_await listener_->next(keep_alive_due_);
            if (news_) co_return *news_;
        }
        if (listener_->is_over() || !co_await authenticate_(request_)) co_return std::string_view();
        keep_alive_due_ = SteadyClock::now() + keep_alive_;
        co_return ": keep-alive\n\n";
    }

private:
    std::unique_ptr<Listener> listener_;
    const http::Authenticate& authenticate_;
    http::Request& request_;
    std::chrono::milliseconds keep_alive_;
    SteadyClock::time_point keep_alive_due_;
    Listener::News news_;
    bool has_begun_ = false;
};

}  // namespace

const http::Operation EventsApi::stream_operation{
    .id = "listen_to_leads",
    .tag = "Leads",
    .summary = "Listen to changes of leads",
    .description =
        "Server-sent events, for `EventSource`: an event `lead` whose `data` is "
        "`{\"uuid\": ..., \"change\": \"CREATED\" | \"CHANGED\" | \"ERASED\"}` for each change of a lead, "
        "its "
        "assignee or its notes, at once, or within about a second when another instance made it. Nothing is "
        "told twice, nor later: a client that was not connected reads anew what it shows. A comment every "
        "15 seconds keeps the connection alive. The stream ends when the caller's access does, when the "
        "client is too slow, and when the service stops.",
    .answer_type = "text/event-stream",
    .failures = failures,
};

EventsApi::EventsApi(Publisher& publisher, http::Authenticate authenticate,
                     std::chrono::milliseconds keep_alive)
    : publisher_(publisher), authenticate_(std::move(authenticate)), keep_alive_(keep_alive) {}

awaitable<http::Response> EventsApi::stream(http::Request& request) {
    std::unique_ptr<Listener> listener = co_await publisher_.listen();
    http::Response response;
    response.content_type = "text/event-stream";
    response.source = std::make_unique<EventStream>(std::move(listener), authenticate_, request, keep_alive_);
    // nginx would keep events until it has a few KiB of them.
    response.with("X-Accel-Buffering", "no");
    co_return response;
}

}  // namespace alma::live
