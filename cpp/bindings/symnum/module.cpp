// Table of contents of the extension `symnum._core`.

#include "bindings.hpp"

#include "monoidal/common/isa.hpp"
#include "runtime.hpp"
#include "symnum/symnum.hpp"

PYBIND11_MODULE(_core, m) {
    using namespace monoidal::bindings::symnum;
    m.attr("__version__") = MONOIDAL_VERSION;
    m.attr("isa") = monoidal::name(monoidal::best_isa());
    bind_errors(m);
    monoidal::bindings::bind_threads(m);
    auto expression = m.def_submodule("expression");
    bind_expression(expression);
    bind_expression_run(expression);
    auto search = m.def_submodule("search");
    bind_search(search);
    auto ode = m.def_submodule("ode");
    bind_ode(ode);
    auto generate = m.def_submodule("generate");
    bind_generate(generate);
}
