#include "bindings.hpp"

#include <atomic>
#include <mutex>

#include "monoidal/common/error.hpp"
#include "qnlp/qnlp.hpp"

namespace monoidal::bindings::qnlp {
namespace {

/// Never destroyed: at exit its threads may still wait, and joining them then can hang.
struct Runtime {
    std::mutex mutex;
    std::shared_ptr<ThreadPool> pool = std::make_shared<ThreadPool>(1);
};

Runtime*& runtime() {
    static Runtime* one = new Runtime;
    return one;
}

/// The thread that Python gives signals to. Only it asks for the GIL in the middle of a call.
std::atomic<unsigned long> main_thread{0};

void set_num_threads(std::int64_t n_threads) {
    if (n_threads < 1 || n_threads > 1024) {
        throw DomainError("n_threads is " + std::to_string(n_threads) + ", expected 1 to 1024");
    }
    std::scoped_lock const lock(runtime()->mutex);
    runtime()->pool = std::make_shared<ThreadPool>(static_cast<std::size_t>(n_threads));
}

/// In a forked child the threads are gone and a mutex may be locked for ever: begin anew.
void restart_after_fork(std::int64_t n_threads) {
    runtime() = new Runtime;
    main_thread = PyThread_get_thread_ident();
    set_num_threads(n_threads);
}

/// For tests: tasks that wait, and one that fails.
void run_tasks(std::size_t n_tasks, double seconds_each, std::int64_t failing) {
    auto const shared = pool();
    NoGil const nogil;
    shared->run(n_tasks, poll_signals, [&](std::size_t index, Task& task) {
        if (static_cast<std::int64_t>(index) == failing) {
            throw DomainError("task " + std::to_string(index) + " failed as asked");
        }
        auto const end =
            std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds_each);
        while (std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            task.check();
        }
    });
}

}  // namespace

std::shared_ptr<ThreadPool> pool() {
    std::scoped_lock const lock(runtime()->mutex);
    return runtime()->pool;
}

void poll_signals() {
    if (PyThread_get_thread_ident() != main_thread) return;
    py::gil_scoped_acquire const gil;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

void bind_runtime(py::module_& m) {
    main_thread =
        py::module_::import("threading").attr("main_thread")().attr("ident").cast<unsigned long>();
    m.def("set_num_threads", &set_num_threads, "n_threads"_a);
    m.def("num_threads", [] { return pool()->n_threads(); });
    m.def("restart_after_fork", &restart_after_fork, "n_threads"_a);
    m.def("run_tasks", &run_tasks, "n_tasks"_a, "seconds_each"_a, "failing"_a);
}

}  // namespace monoidal::bindings::qnlp
