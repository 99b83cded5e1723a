#include "bindings.hpp"

#include "monoidal/circuit/circuit.hpp"
#include "monoidal/common/error.hpp"
#include "qnlp/qnlp.hpp"

namespace monoidal::bindings::qnlp {
namespace {

using circuit::Circuit;
using circuit::Operation;

/// (name, qubits, parameter or -1, scale, shift)
using GateRow = std::tuple<std::string, std::vector<std::int64_t>, std::int32_t, double, double>;

std::uint32_t qubit(std::int64_t value, std::string const& what) {
    if (value < 0 || value > std::numeric_limits<std::int32_t>::max()) {
        throw ShapeError(what + " names qubit " + std::to_string(value));
    }
    return static_cast<std::uint32_t>(value);
}

std::vector<std::uint32_t> qubits(std::vector<std::int64_t> const& values, char const* what) {
    std::vector<std::uint32_t> out;
    for (auto const value : values) out.push_back(qubit(value, what));
    return out;
}

Operation operation(std::size_t index, GateRow const& row) {
    auto const& [name, wires, parameter, scale, shift] = row;
    auto const text = "operation " + std::to_string(index) + " (" + name + ")";
    auto const id = circuit::find_gate(name);
    if (!id) throw ShapeError("operation " + std::to_string(index) + ": no gate '" + name + "'");
    auto const& gate = circuit::gate(*id);
    if (wires.size() != gate.n_qubits) {
        throw ShapeError(text + " names " + std::to_string(wires.size()) + " qubits, expected " +
                         std::to_string(gate.n_qubits));
    }
    Operation op{*id, {0, 0}, parameter, scale, shift};
    for (std::size_t k = 0; k < wires.size(); ++k) op.qubits[k] = qubit(wires[k], text);
    return op;
}

Circuit make_circuit(std::int64_t n_qubits, std::vector<GateRow> const& rows,
                     std::vector<std::int64_t> const& inputs,
                     std::vector<std::int64_t> const& outputs, std::uint32_t n_parameters,
                     double factor) {
    if (n_qubits < 0) {
        throw ShapeError("n_qubits is " + std::to_string(n_qubits) + ", expected 0 or more");
    }
    if (n_qubits > std::numeric_limits<std::int32_t>::max()) {
        throw TooLargeError("circuit has " + std::to_string(n_qubits) + " qubits");
    }
    std::vector<Operation> operations;
    for (std::size_t k = 0; k < rows.size(); ++k) operations.push_back(operation(k, rows[k]));
    return {static_cast<std::uint32_t>(n_qubits), std::move(operations), qubits(inputs, "inputs"),
            qubits(outputs, "outputs"),           n_parameters,          factor};
}

py::tuple gates() {
    py::list out;
    for (auto const& g : circuit::kGates) {
        out.append(py::make_tuple(std::string(g.name), g.n_qubits, g.n_controls, g.has_parameter(),
                                  g.n_shift_terms));
    }
    return py::tuple(out);
}

}  // namespace

void bind_circuit(py::module_ m) {
    m.attr("GATES") = gates();
    py::class_<Circuit>(m, "Circuit")
        .def(py::init(&make_circuit), "n_qubits"_a, "operations"_a, "inputs"_a, "outputs"_a,
             "n_parameters"_a, "factor"_a)
        .def_property_readonly("n_qubits", &Circuit::n_qubits)
        .def_property_readonly("n_parameters", &Circuit::n_parameters);
}

}  // namespace monoidal::bindings::qnlp
