#pragma once
// What each file of this folder adds to the extension `qnlp._core`.

#include "bindings.hpp"

#include <memory>

#include "monoidal/common/parallel.hpp"

namespace monoidal::bindings::qnlp {

void bind_errors(py::module_& m);
void bind_runtime(py::module_& m);
void bind_diagram(py::module_ m);
void bind_grammar(py::module_ m);
void bind_tensor(py::module_ m);
void bind_contraction(py::module_& m);  // into the module of bind_tensor
void bind_circuit(py::module_ m);
void bind_state_vector(py::module_ m);
void bind_model(py::module_ m);

/// The threads that kernels share. A call keeps the pool that it began with.
std::shared_ptr<ThreadPool> pool();

/// Raises what a signal handler raised (KeyboardInterrupt). Called without the GIL.
void poll_signals();

}  // namespace monoidal::bindings::qnlp
