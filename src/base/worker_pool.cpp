#include "base/worker_pool.hpp"

#include "base/error.hpp"

#include <pthread.h>

namespace alma {

WorkerPool::WorkerPool(std::string name, std::size_t threads, std::size_t max_waiting)
    : name_(std::move(name)), max_waiting_(max_waiting) {
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { run(); });
        pthread_setname_np(threads_.back().native_handle(), name_.substr(0, 15).c_str());
    }
}

WorkerPool::~WorkerPool() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    job_posted_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

void WorkerPool::post(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (jobs_.size() >= max_waiting_) throw Error::busy();
        jobs_.push_back(std::move(job));
    }
    job_posted_.notify_one();
}

std::size_t WorkerPool::waiting() const {
    const std::lock_guard lock(mutex_);
    return jobs_.size();
}

void WorkerPool::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        job_posted_.wait(lock, [this] { return is_stopping_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        Job job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
    }
}

}  // namespace alma
