#include "base/line_writer.hpp"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace alma {
namespace {

/// @return what could not be written: the other end is closed, or the disk is full
std::string_view write_most(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {  // whoever shares the descriptor made it so
            pollfd output{.fd = descriptor, .events = POLLOUT, .revents = 0};
            ::poll(&output, 1, -1);
        } else if (errno != EINTR) {
            break;
        }
    }
    return bytes;
}

}  // namespace

struct LineWriter::State {
    State(int to, Notice on_drop, Limits bounds)
        : descriptor(to), notice(std::move(on_drop)), limits(bounds) {}

    const int descriptor;
    const Notice notice;
    const Limits limits;

    std::mutex mutex;
    std::condition_variable changed;  ///< for the writing thread
    std::condition_variable written;  ///< for those who wait for it
    std::string waiting;
    std::uint64_t added = 0;       ///< lines that were ever in `waiting`
    std::uint64_t done = 0;        ///< of these, written or lost
    std::uint64_t dropped = 0;     ///< lines
    std::uint64_t unreported = 0;  ///< of the dropped ones, those that no notice told of
    bool is_urgent = false;
    bool is_stopping = false;
    bool is_running = false;
    bool is_inside_line = false;  ///< where the last write ended; the writing thread's own

    [[nodiscard]] bool has_block() const {
        return is_urgent || is_stopping || waiting.size() >= limits.block_bytes;
    }

    void count_dropped(std::uint64_t lines) {
        dropped += lines;
        unreported += lines;
    }

    static void run(const std::shared_ptr<State>& state) {
        std::string block;
        std::unique_lock lock(state->mutex);
        while (true) {
            state->changed.wait(lock, [&] { return state->is_stopping || !state->waiting.empty(); });
            if (state->waiting.empty()) break;
            state->changed.wait_for(lock, state->limits.wait, [&] { return state->has_block(); });
            state->write_waiting(lock, block);
        }
        state->is_running = false;
        state->written.notify_all();
    }

    void write_waiting(std::unique_lock<std::mutex>& lock, std::string& block) {
        block.swap(waiting);
        is_urgent = false;
        const std::uint64_t taken = added;
        const std::uint64_t told = unreported;
        lock.unlock();
        // The rest of that line is lost: the next one must not run together with its beginning.
        const bool is_line_ended = is_inside_line;
        if (is_line_ended) block.insert(block.begin(), '\n');
        // They came after all that had room.
        if (told > 0) block += notice(told) + '\n';
        const std::string_view lost = write_most(descriptor, block);
        const std::size_t written_bytes = block.size() - lost.size();
        auto lost_lines = static_cast<std::uint64_t>(std::ranges::count(lost, '\n'));
        if (written_bytes > 0) {
            is_inside_line = block[written_bytes - 1] != '\n';
        } else if (is_line_ended) {
            --lost_lines;  // it was counted when it was cut
        }
        block.clear();
        if (block.capacity() > 2 * limits.block_bytes) block.shrink_to_fit();
        lock.lock();
        done = taken;
        if (lost.empty()) {
            unreported -= told;
        } else {
            count_dropped(lost_lines - (told > 0 ? 1 : 0));
        }
        written.notify_all();
    }
};

LineWriter::LineWriter(int descriptor, Notice notice, Limits limits)
    : state_(std::make_shared<State>(descriptor, std::move(notice), limits)) {}

LineWriter::~LineWriter() {
    std::unique_lock lock(state_->mutex);
    state_->is_stopping = true;
    state_->changed.notify_one();
    state_->written.wait_for(lock, state_->limits.last_wait, [this] { return !state_->is_running; });
}

void LineWriter::add(std::string_view line, bool at_once) {
    const std::lock_guard lock(state_->mutex);
    if (state_->waiting.size() + line.size() >= state_->limits.waiting_bytes) return state_->count_dropped(1);
    if (!state_->is_running) {
        try {
            std::thread thread([state = state_] { State::run(state); });
            pthread_setname_np(thread.native_handle(), "log");
            // Not to be joined: it may hang in a write that nobody takes.
            thread.detach();
        } catch (const std::system_error&) {  // no room for a thread: perhaps for the next line
            return state_->count_dropped(1);
        }
        state_->is_running = true;
    }
    const bool is_first = state_->waiting.empty();
    state_->waiting.append(line);
    state_->waiting += '\n';
    ++state_->added;
    state_->is_urgent |= at_once;
    if (is_first || state_->has_block()) state_->changed.notify_one();
}

bool LineWriter::flush(std::chrono::milliseconds longest) {
    std::unique_lock lock(state_->mutex);
    const std::uint64_t all = state_->added;
    state_->is_urgent = !state_->waiting.empty();
    state_->changed.notify_one();
    return state_->written.wait_for(lock, longest, [&] { return state_->done >= all; });
}

std::uint64_t LineWriter::dropped() const {
    const std::lock_guard lock(state_->mutex);
    return state_->dropped;
}

}  // namespace alma
