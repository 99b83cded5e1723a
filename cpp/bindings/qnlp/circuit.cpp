#include "bindings.hpp"

#include <complex>

#include "monoidal/circuit/circuit.hpp"
#include "monoidal/circuit/simulate.hpp"
#include "monoidal/common/error.hpp"
#include "qnlp/qnlp.hpp"

namespace monoidal::bindings::qnlp {
namespace {

using circuit::Circuit;
using circuit::Operation;

/// (name, qubits, parameter or -1, scale, shift)
using Row = std::tuple<std::string, std::vector<std::int64_t>, std::int32_t, double, double>;

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

Operation operation(std::size_t index, Row const& row) {
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

Circuit make(std::int64_t n_qubits, std::vector<Row> const& rows,
             std::vector<std::int64_t> const& inputs, std::vector<std::int64_t> const& outputs,
             std::uint32_t n_parameters, double factor) {
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

void check_memory(Circuit const& c, std::uint64_t memory_limit) {
    auto const n_bytes = (c.state_size() + c.tensor_size()) * Size(2 * sizeof(double));
    if (n_bytes.value() <= memory_limit) return;
    auto const amount = n_bytes.is_saturated() ? "over 2^64" : std::to_string(n_bytes.value());
    throw TooLargeError("circuit of " + std::to_string(c.n_qubits()) + " qubits needs " + amount +
                        " bytes, the limit is " + std::to_string(memory_limit));
}

py::array_t<std::complex<double>> evaluate(Circuit const& c, Array<double> const& theta,
                                           std::uint64_t memory_limit) {
    auto const values = view(theta);
    if (values.size() != c.n_parameters()) {
        throw ShapeError("theta has " + std::to_string(values.size()) +
                         " values, the circuit has " + std::to_string(c.n_parameters()) +
                         " parameters");
    }
    check_memory(c, memory_limit);
    py::array_t<std::complex<double>> out(static_cast<py::ssize_t>(c.tensor_size().value()));
    auto* const numbers = reinterpret_cast<double*>(out.mutable_data());
    {
        NoGil const nogil;
        std::uint32_t const first = 0;
        circuit::Lanes const lanes{1, values, {&first, 1}};
        auto const angles = circuit::angles(c, lanes);
        ThreadPool::run_alone(1, poll_signals, [&](std::size_t, Task& task) {
            Buffer state(2 * c.state_size().value());
            circuit::simulate(c, 1, angles, state, task);
            circuit::read_tensor(c, 1, state, {numbers, 2 * c.tensor_size().value()}, task);
        });
    }
    return out;
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
        .def(py::init(&make), "n_qubits"_a, "operations"_a, "inputs"_a, "outputs"_a,
             "n_parameters"_a, "factor"_a)
        .def_property_readonly("n_qubits", &Circuit::n_qubits)
        .def_property_readonly("n_parameters", &Circuit::n_parameters);
    m.def("evaluate", &evaluate, "circuit"_a, "theta"_a.noconvert(), "memory_limit"_a);
}

}  // namespace monoidal::bindings::qnlp
