#pragma once
// What each file of this folder adds to the extension `symnum._core`.

#include "bindings.hpp"

namespace monoidal::bindings::symnum {

void bind_errors(py::module_& m);
/// Programs: to make, read, write and rewrite them.
void bind_expression(py::module_& m);
/// Programs on data: values, derivatives, fits. After `bind_expression`.
void bind_expression_run(py::module_& m);
/// Search for laws. After `bind_expression`.
void bind_search(py::module_& m);
/// Systems of differential equations. After `bind_expression`.
void bind_ode(py::module_& m);
/// Random formulas. After `bind_expression`.
void bind_generate(py::module_& m);

}  // namespace monoidal::bindings::symnum
