#pragma once
// What each file of this folder adds to the extension `qnlp._core`.

#include "bindings.hpp"

namespace monoidal::bindings::qnlp {

void bind_errors(py::module_& m);

}  // namespace monoidal::bindings::qnlp
