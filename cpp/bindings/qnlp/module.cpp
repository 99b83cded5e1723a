// Table of contents of the extension `qnlp._core`.

#include "bindings.hpp"

#include "monoidal/common/isa.hpp"
#include "qnlp/qnlp.hpp"

PYBIND11_MODULE(_core, m) {
    using namespace monoidal::bindings::qnlp;
    m.attr("__version__") = MONOIDAL_VERSION;
    m.attr("isa") = monoidal::name(monoidal::best_isa());
    bind_errors(m);
    bind_runtime(m);
    bind_diagram(m.def_submodule("diagram"));
    bind_grammar(m.def_submodule("grammar"));
    bind_tensor(m.def_submodule("tensor"));
    bind_circuit(m.def_submodule("circuit"));
    bind_state_vector(m.def_submodule("state_vector"));
    bind_model(m.def_submodule("model"));
}
