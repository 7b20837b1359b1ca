/// Answers that the kernel sends by itself.
#pragma once

#include "http/message.hpp"

#include <cstddef>
#include <optional>

namespace alma::http {

/// A source whose bytes can go from a file to a socket without passing through this process: sendfile(2)
/// spares two copies of each byte. What next() has returned is not sent again.
class FileSource : public BodySource {
public:
    /// False: use next().
    [[nodiscard]] virtual bool can_send() const = 0;
    /// Sends as much of what comes next as the socket, which does not block, takes now. Only while there is
    /// more.
    /// @param socket may be closed as soon as this waits
    /// @return bytes, 0 when it takes none now; nothing when its other end is gone
    /// @throws as next() does
    virtual awaitable<std::optional<std::size_t>> send_to(int socket) = 0;
};

}  // namespace alma::http
