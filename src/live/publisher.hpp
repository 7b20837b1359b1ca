/// Tells every listener of this process which leads have changed, whichever process changed them.
#pragma once

#include "base/async.hpp"
#include "db/database.hpp"
#include "live/listeners.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>

namespace alma::live {

struct PublisherConfig {
    std::size_t most_listeners = 512;
    /// Between two looks for what other processes have changed.
    std::chrono::milliseconds interval{1000};
    /// Between two looks when there is much to see: what changes meanwhile shares one.
    std::chrono::milliseconds pause{20};
};

/// One for each process: it reads the audit log for all its listeners, and only while there are some. Runs on
/// one event loop; what is public may be called from any.
class Publisher {
public:
    Publisher(PublisherConfig config, db::Database& db, asio::io_context& loop);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    /// What is committed when this returns is told by nobody; what is committed later is published as events
    /// of a stream (HTML Living Standard section 9.2), one or more in a text: "event: lead\ndata: {...}\n\n".
    /// @throws Error{unavailable} when there are too many, or the database does not answer
    awaitable<std::unique_ptr<Listener>> listen();

    /// Something may have changed: it looks at once. Costs nothing while nobody listens.
    void wake() noexcept;

    /// It is over for all listeners, and for those who come now.
    void stop();

    [[nodiscard]] std::size_t listeners() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace alma::live
