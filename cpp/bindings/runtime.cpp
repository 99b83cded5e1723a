#include "runtime.hpp"

#include <mutex>

#include "monoidal/common/error.hpp"

namespace monoidal::bindings {
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
    set_num_threads(n_threads);
}

}  // namespace

std::shared_ptr<ThreadPool> pool() {
    std::scoped_lock const lock(runtime()->mutex);
    return runtime()->pool;
}

void poll_signals() {
    py::gil_scoped_acquire const gil;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

void bind_threads(py::module_& m) {
    m.def("set_num_threads", &set_num_threads, "n_threads"_a);
    m.def("num_threads", [] { return pool()->n_threads(); });
    m.def("restart_after_fork", &restart_after_fork, "n_threads"_a);
}

}  // namespace monoidal::bindings
