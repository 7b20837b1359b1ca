/// Sends answers over a connection.
#pragma once

#include "http/connection.hpp"
#include "http/file_source.hpp"
#include "http/message.hpp"
#include "http/pace.hpp"
#include "http/response_head.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace alma::http {

/// One answer after the other, each at the least pace that the limits ask of a client. All parameters outlive
/// it.
class ResponseWriter {
public:
    ResponseWriter(Connection& connection, asio::io_context& context, const Limits& limits)
        : connection_(connection), context_(context), limits_(limits), pace_(limits) {}

    /// @param first_piece of response.source, which was read before: as long as nothing is sent, a source
    /// that fails can still be answered for
    /// @return false when the connection has to end, so that the client takes no part of an answer for the
    /// whole: it is gone or too slow, or the source failed
    awaitable<bool> send(const Response& response, const ResponseFrame& frame, std::string_view first_piece);

    /// Of the last answer.
    [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }

private:
    awaitable<bool> send_source(BodySource& source, const ResponseFrame& frame, std::string_view piece);
    awaitable<std::string_view> next_piece(BodySource& source);
    awaitable<std::string_view> next_live_piece(BodySource& source);
    template <class Ask>
    std::invoke_result_t<Ask> patiently(Ask ask);
    awaitable<bool> send_file(FileSource& file, std::uint64_t bytes);
    awaitable<bool> write_paced(std::string_view bytes, std::string_view more = {},
                                std::string_view rest = {});

    Connection& connection_;
    asio::io_context& context_;
    const Limits& limits_;
    std::string head_;
    std::uint64_t bytes_sent_ = 0;
    Pace pace_;
};

}  // namespace alma::http
