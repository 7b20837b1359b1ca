/// A bounded pool of threads for work that blocks or computes for long.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace alma {

/// Threads that run jobs in the order they were posted. May be used from any thread.
/// The destructor finishes the job each thread is at and those still queued, then joins.
class WorkerPool {
public:
    using Job = std::move_only_function<void()>;

    /// @param name shown in thread lists, at most 15 bytes of it
    /// @param max_waiting jobs that may wait for a thread; one more is refused
    WorkerPool(std::string name, std::size_t threads, std::size_t max_waiting);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// @throws Error{unavailable} with a Retry-After of one second when the queue is full
    void post(Job job);

    /// Jobs that wait now; for metrics.
    [[nodiscard]] std::size_t waiting() const;

private:
    void run();

    const std::string name_;
    const std::size_t max_waiting_;
    mutable std::mutex mutex_;
    std::condition_variable job_posted_;
    std::deque<Job> jobs_;
    bool is_stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace alma
