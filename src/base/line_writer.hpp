/// Lines on their way out of the process, on a thread of their own: whoever logs never waits for whoever
/// reads.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace alma {

/// Writes lines to a descriptor in the order they were added. What does not fit while the other end takes
/// nothing is dropped and counted, and a line says how many were. May be used from any thread; the thread
/// that writes starts with the first line.
class LineWriter {
public:
    struct Limits {
        std::size_t waiting_bytes = 1024 * 1024;    ///< as many again may be at the descriptor
        std::size_t block_bytes = 64 * 1024;        ///< written without waiting for more
        std::chrono::milliseconds wait{200};        ///< for a block to fill: one system call for many lines
        std::chrono::milliseconds last_wait{1000};  ///< of the destructor
    };
    /// Makes the line that tells of so many dropped ones. Called on the writing thread.
    using Notice = std::function<std::string(std::uint64_t dropped)>;

    /// @param descriptor outlives this; when nobody takes what is written to it, also the process's last
    /// second
    LineWriter(int descriptor, Notice notice, Limits limits);
    LineWriter(int descriptor, Notice notice) : LineWriter(descriptor, std::move(notice), Limits()) {}
    /// What waits gets a last moment to leave; then it is lost, with the thread that is stuck.
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    /// @param line without its end  @param at_once and all before it: not when a block is full
    void add(std::string_view line, bool at_once);

    /// Waits until all lines that were added before are written, or dropped.
    /// @return false when that takes longer
    bool flush(std::chrono::milliseconds longest);

    /// Lines that were dropped, or could not be written, since the beginning.
    [[nodiscard]] std::uint64_t dropped() const;

private:
    struct State;
    std::shared_ptr<State> state_;  ///< with the thread, which may be left behind
};

}  // namespace alma
