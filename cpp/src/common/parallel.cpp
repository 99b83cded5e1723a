#include "monoidal/common/parallel.hpp"

#include <algorithm>
#include <chrono>

namespace monoidal {
namespace {

constexpr std::chrono::milliseconds kPollEvery{10};

}  // namespace

void Task::check() {
    if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) throw Stopped{};
    if (poll_ == nullptr || !*poll_) return;
    // Of the thread, not of the task: a call may be thousands of runs, each shorter than the pause.
    thread_local std::chrono::steady_clock::time_point last{};
    auto const now = std::chrono::steady_clock::now();
    if (now - last < kPollEvery) return;
    last = now;
    (*poll_)();
}

void fill(std::span<double> values, double value, Task& task) {
    constexpr std::size_t kPiece = 1 << 18;
    while (values.size() > kPiece) {
        std::ranges::fill(values.first(kPiece), value);
        values = values.subspan(kPiece);
        task.check();
    }
    std::ranges::fill(values, value);
}

struct ThreadPool::Job {
    std::size_t n;
    Body const* body;
    std::atomic<std::size_t> next{0};
    std::atomic<bool> stop{false};
    std::mutex mutex;
    std::exception_ptr error;

    void run(Task& task) noexcept {
        attempt([&] {
            for (std::size_t i = next++; i < n; i = next++) {
                task.check();
                (*body)(i, task);
            }
        });
    }

    /// Keeps the first exception and stops the others' work.
    template <class Work>
    void attempt(Work work) noexcept {
        try {
            work();
        } catch (Stopped const&) {  // another worker holds the reason
        } catch (...) {
            std::scoped_lock const lock(mutex);
            if (!error) error = std::current_exception();
            stop = true;
        }
    }
};

ThreadPool::ThreadPool(std::size_t n_threads) : n_threads_(std::max<std::size_t>(n_threads, 1)) {}

ThreadPool::~ThreadPool() {
    {
        std::scoped_lock const lock(mutex_);
        closing_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void ThreadPool::start_workers() {
    while (threads_.size() + 1 < n_threads_) {
        threads_.emplace_back([this, worker = threads_.size() + 1] { work(worker); });
    }
}

void ThreadPool::work(std::size_t worker) {
    std::size_t seen = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [&] { return closing_ || (job_ != nullptr && generation_ != seen); });
        if (closing_) return;
        seen = generation_;
        Job* const job = job_;
        ++active_;
        lock.unlock();
        Task task(worker, &job->stop, nullptr);
        job->run(task);
        lock.lock();
        if (--active_ == 0) idle_.notify_one();
    }
}

void ThreadPool::run_alone(std::size_t n, Poll const& poll, Body const& body) {
    Task task(0, nullptr, &poll);
    for (std::size_t i = 0; i < n; ++i) {
        task.check();
        body(i, task);
    }
}

void ThreadPool::run(std::size_t n, Poll const& poll, Body const& body) {
    std::unique_lock const busy(busy_, std::try_to_lock);
    if (n <= 1 || n_threads_ == 1 || !busy.owns_lock()) {
        run_alone(n, poll, body);
        return;
    }
    start_workers();
    Job job{.n = n, .body = &body, .mutex = {}, .error = {}};
    {
        std::scoped_lock const lock(mutex_);
        job_ = &job;
        ++generation_;
    }
    wake_.notify_all();
    Task task(0, &job.stop, &poll);
    job.run(task);
    std::unique_lock lock(mutex_);
    job_ = nullptr;
    while (!idle_.wait_for(lock, kPollEvery, [&] { return active_ == 0; })) {
        lock.unlock();
        job.attempt([&] { task.check(); });
        lock.lock();
    }
    if (job.error) std::rethrow_exception(job.error);
}

}  // namespace monoidal
