#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace monoidal {

/// Called now and then by the thread that called a kernel; throws to stop it (Ctrl-C in Python).
using Poll = std::function<void()>;

/// What a task of `ThreadPool::run` may ask while it works.
class Task {
public:
    /// Throws where the whole call is to stop. Cheap: call it between pieces of under 10 ms.
    void check();
    /// Which of the workers runs this task: 0 to n_threads - 1.
    [[nodiscard]] std::size_t worker() const { return worker_; }

private:
    friend class ThreadPool;
    Task(std::size_t worker, std::atomic<bool> const* stop, Poll const* poll)
        : worker_(worker), stop_(stop), poll_(poll) {}

    std::size_t worker_;
    std::atomic<bool> const* stop_;
    Poll const* poll_;  // null on all but the calling thread
};

/// Fills a large buffer, in pieces that take about a millisecond.
void fill(std::span<double> values, double value, Task& task);

/// Thrown inside a worker when another one failed or the call was interrupted; never leaves `run`.
struct Stopped : std::exception {
    [[nodiscard]] char const* what() const noexcept override { return "stopped"; }
};

/// Threads that share the tasks of one call at a time. The calling thread works too. A call made
/// while the pool is busy runs alone on its own thread: no call ever waits for another.
class ThreadPool {
public:
    explicit ThreadPool(std::size_t n_threads);
    ~ThreadPool();
    ThreadPool(ThreadPool const&) = delete;
    ThreadPool& operator=(ThreadPool const&) = delete;

    [[nodiscard]] std::size_t n_threads() const { return n_threads_; }

    using Body = std::function<void(std::size_t index, Task& task)>;

    /// Runs `body` for index 0 to n - 1, each once, in no set order. The first exception is thrown
    /// again here after all workers have stopped; the pool stays usable.
    void run(std::size_t n, Poll const& poll, Body const& body);
    /// The same on the calling thread alone, in order.
    static void run_alone(std::size_t n, Poll const& poll, Body const& body);

private:
    struct Job;
    void work(std::size_t worker);
    void start_workers();

    std::size_t n_threads_;
    std::vector<std::thread> threads_;
    std::mutex busy_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable idle_;
    Job* job_ = nullptr;
    std::size_t generation_ = 0;
    std::size_t active_ = 0;
    bool closing_ = false;
};

}  // namespace monoidal
