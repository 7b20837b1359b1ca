/// GET /leads/events: what happens to leads, as it happens.
#pragma once

#include "http/operation.hpp"
#include "http/router.hpp"
#include "live/publisher.hpp"

#include <chrono>

namespace alma::live {

class EventsApi {
public:
    /// @param authenticate asked again with each keep-alive: who may not listen any more is not told on
    EventsApi(Publisher& publisher, http::Authenticate authenticate,
              std::chrono::milliseconds keep_alive = std::chrono::seconds(15));

    awaitable<http::Response> stream(http::Request& request);

    static const http::Operation stream_operation;

private:
    Publisher& publisher_;
    http::Authenticate authenticate_;
    std::chrono::milliseconds keep_alive_;
};

}  // namespace alma::live
