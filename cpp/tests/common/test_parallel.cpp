#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "monoidal/common/parallel.hpp"

namespace monoidal {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

void wait_for(std::atomic<bool> const& flag) {
    auto const begin = Clock::now();
    while (!flag && seconds_since(begin) < 5.0) std::this_thread::yield();
}

/// Works, listening, until it is stopped or ten seconds are over.
void listen(Task& task) {
    auto const begin = Clock::now();
    while (seconds_since(begin) < 10.0) {
        task.check();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

void check_each_runs_once(ThreadPool& pool, std::size_t n) {
    std::vector<std::atomic<int>> count(n);
    std::atomic<bool> is_in_range{true};
    pool.run(n, {}, [&](std::size_t index, Task& task) {
        ++count[index];
        if (task.worker() >= pool.n_threads()) is_in_range = false;
    });
    CHECK(is_in_range);
    for (auto const& c : count) CHECK(c == 1);
}

}  // namespace

TEST_CASE("ThreadPool: each task runs once, whatever the number of threads") {
    for (std::size_t const n_threads : {1, 2, 4, 8}) {
        ThreadPool pool(n_threads);
        for (std::size_t const n : {0, 1, 2, 3, 64, 1000}) check_each_runs_once(pool, n);
    }
}

TEST_CASE("ThreadPool: no threads asked for is one") { CHECK(ThreadPool(0).n_threads() == 1); }

TEST_CASE("ThreadPool: an exception in a worker comes out once and the pool stays usable") {
    for (std::size_t const n_threads : {1, 2, 4}) {
        ThreadPool pool(n_threads);
        for (int round = 0; round < 20; ++round) {
            int n_caught = 0;
            try {
                pool.run(50, {}, [&](std::size_t index, Task&) {
                    if (index % 7 == 3) throw std::runtime_error("task failed");
                });
            } catch (std::runtime_error const& e) {
                ++n_caught;
                CHECK(std::string(e.what()) == "task failed");
            }
            CHECK(n_caught == 1);
            check_each_runs_once(pool, 20);
        }
    }
}

TEST_CASE("ThreadPool: the failure of one task stops those that listen") {
    ThreadPool pool(2);
    std::atomic<bool> is_other_running{false};
    auto const begin = Clock::now();
    CHECK_THROWS_AS(pool.run(2, {},
                             [&](std::size_t index, Task& task) {
                                 if (index == 0) {
                                     wait_for(is_other_running);
                                     throw std::runtime_error("first");
                                 }
                                 is_other_running = true;
                                 listen(task);
                             }),
                    std::runtime_error);
    CHECK(seconds_since(begin) < 5.0);
}

TEST_CASE("ThreadPool: a call made by a task runs, and so does one made beside it") {
    ThreadPool pool(3);
    std::atomic<int> total{0};
    pool.run(6, {},
             [&](std::size_t, Task&) { pool.run(5, {}, [&](std::size_t, Task&) { ++total; }); });
    CHECK(total == 30);
    total = 0;
    std::vector<std::thread> callers;
    for (int k = 0; k < 8; ++k) {
        callers.emplace_back([&] {
            for (int round = 0; round < 50; ++round) {
                pool.run(9, {}, [&](std::size_t, Task&) { ++total; });
            }
        });
    }
    for (auto& caller : callers) caller.join();
    CHECK(total == 8 * 50 * 9);
}

TEST_CASE("ThreadPool: only the calling thread polls, and what the poll throws ends the call") {
    for (std::size_t const n_threads : {1, 2, 4}) {
        ThreadPool pool(n_threads);
        auto const caller = std::this_thread::get_id();
        std::atomic<bool> is_elsewhere{false};
        Poll const poll = [&] {
            if (std::this_thread::get_id() != caller) is_elsewhere = true;
            throw std::domain_error("interrupted");
        };
        auto const begin = Clock::now();
        CHECK_THROWS_AS(pool.run(8, poll, [&](std::size_t, Task& task) { listen(task); }),
                        std::domain_error);
        CHECK(seconds_since(begin) < 5.0);
        CHECK_FALSE(is_elsewhere);
        check_each_runs_once(pool, 10);
    }
}

TEST_CASE("ThreadPool: the calling thread polls while it waits for the others' last tasks") {
    ThreadPool pool(2);
    std::atomic<bool> is_other_running{false};
    Poll const poll = [&] {
        if (is_other_running) throw std::domain_error("interrupted");
    };
    auto const begin = Clock::now();
    CHECK_THROWS_AS(pool.run(2, poll,
                             [&](std::size_t, Task& task) {
                                 if (task.worker() == 0) {
                                     wait_for(is_other_running);
                                     return;
                                 }
                                 is_other_running = true;
                                 listen(task);
                             }),
                    std::domain_error);
    CHECK(seconds_since(begin) < 5.0);
    check_each_runs_once(pool, 10);
}

}  // namespace monoidal
