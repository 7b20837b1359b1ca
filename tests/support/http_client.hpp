/// A client on a plain socket that says exactly what a test wants said.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace alma::http {

/// One answer as it came over the wire.
struct RawAnswer {
    int status = 0;
    std::multimap<std::string, std::string> headers;  ///< names in lower case
    std::string body;                                 ///< chunks put together

    /// The first field of that name (in lower case), or "".
    [[nodiscard]] std::string header(const std::string& name) const;
};

/// Blocking, with a deadline on each read.
class RawClient {
public:
    /// @param receive_buffer bytes of SO_RCVBUF, for a client that takes little at a time; 0: the system's
    explicit RawClient(std::uint16_t port, int receive_buffer = 0);
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    /// @return false when the server has closed
    bool send(std::string_view bytes);
    void finish_sending();
    /// The next answer. Absent when the connection ends, or 5 seconds pass, before it is whole.
    std::optional<RawAnswer> receive(bool is_head = false);
    /// Whether the server closes within the time, and says nothing before.
    bool is_closed_within(std::chrono::milliseconds time);
    /// All that comes until the server closes.
    std::string receive_rest();

    /// One request and its answer.
    std::optional<RawAnswer> ask(std::string_view request);

private:
    bool read_more();
    std::optional<std::string> take_line();
    std::optional<std::string> take(std::size_t bytes);

    int socket_ = -1;
    std::string input_;
};

}  // namespace alma::http
