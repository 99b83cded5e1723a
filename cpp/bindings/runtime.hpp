#pragma once
// Threads and signals of one extension; each extension has its own pool.

#include "bindings.hpp"

#include <memory>

#include "monoidal/common/parallel.hpp"

namespace monoidal::bindings {

/// The threads that kernels share. A call keeps the pool that it began with.
std::shared_ptr<ThreadPool> pool();

/// Raises what a signal handler raised (KeyboardInterrupt). Called without the GIL.
void poll_signals();

/// Adds set_num_threads, num_threads and restart_after_fork.
void bind_threads(py::module_& m);

}  // namespace monoidal::bindings
