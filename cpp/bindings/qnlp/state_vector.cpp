#include "bindings.hpp"

#include <complex>
#include <memory>
#include <variant>

#include "monoidal/circuit/evolution.hpp"
#include "monoidal/circuit/state_vector.hpp"
#include "monoidal/common/error.hpp"
#include "qnlp/qnlp.hpp"

namespace monoidal::bindings::qnlp {
namespace {

using circuit::Action;
using circuit::Evolution;
using circuit::Instruction;
using circuit::PauliWord;
using circuit::StateVector;
using circuit::Workers;

using Complex = std::complex<double>;
/// (name, qubits, parameter or -1, scale, shift, controls to be 0, matrix or None)
using Row = std::tuple<std::string, std::vector<std::int64_t>, std::int32_t, double, double,
                       std::vector<std::int64_t>, std::optional<Array<Complex>>>;

std::uint32_t bit(std::int64_t qubit, std::int64_t n_qubits, std::string const& what) {
    if (qubit < 0 || qubit >= n_qubits) {
        throw ShapeError(what + " names qubit " + std::to_string(qubit) + ", the circuit has " +
                         std::to_string(n_qubits));
    }
    return static_cast<std::uint32_t>(n_qubits - 1 - qubit);
}

std::vector<std::uint32_t> bits(std::vector<std::int64_t> const& qubits, std::int64_t n_qubits) {
    std::vector<std::uint32_t> out;
    for (auto const qubit : qubits) out.push_back(bit(qubit, n_qubits, "qubits"));
    return out;
}

void add_control(Instruction& in, std::uint32_t at, std::string const& text) {
    auto const mask = std::uint64_t{1} << at;
    if ((in.controls & mask) != 0) throw ShapeError(text + " has a control twice");
    in.controls |= mask;
    in.values |= mask;
}

/// Fills in the gate; returns how many qubits are its targets.
std::size_t gate_of(Instruction& in, Row const& row, std::string const& text) {
    auto const& matrix = std::get<6>(row);
    if (matrix) {
        auto const values = view(*matrix);
        in.matrix.assign(values.begin(), values.end());
        std::size_t n = 0;
        while (n <= Evolution::kMaxTargets && std::size_t{1} << 2 * n < values.size()) ++n;
        return n;
    }
    auto const id = circuit::find_gate(std::get<0>(row));
    if (!id) throw ShapeError(text + ": no gate '" + std::get<0>(row) + "'");
    auto const& gate = circuit::gate(*id);
    in.action = gate.action;
    if (gate.action == Action::matrix) in.matrix.assign(gate.matrix.begin(), gate.matrix.end());
    if (std::get<1>(row).size() < gate.n_qubits) {
        throw ShapeError(text + " names " + std::to_string(std::get<1>(row).size()) +
                         " qubits, expected " + std::to_string(gate.n_qubits));
    }
    return static_cast<std::size_t>(gate.n_qubits) - gate.n_controls;
}

Instruction instruction(std::size_t index, Row const& row, std::int64_t n_qubits) {
    auto const& [name, qubits, parameter, scale, shift, zeros, matrix] = row;
    auto const text = "operation " + std::to_string(index) + " (" + name + ")";
    Instruction in;
    in.parameter = parameter;
    in.scale = scale;
    in.shift = shift;
    auto const n_targets = gate_of(in, row, text);
    if (qubits.size() < n_targets) {
        throw ShapeError(text + " names " + std::to_string(qubits.size()) + " qubits, expected " +
                         std::to_string(n_targets));
    }
    for (std::size_t k = 0; k < qubits.size(); ++k) {
        auto const at = bit(qubits[k], n_qubits, text);
        if (k + n_targets < qubits.size()) {
            add_control(in, at, text);
        } else {
            in.targets.push_back(at);
        }
    }
    for (auto const qubit : zeros) {
        auto const mask = std::uint64_t{1} << bit(qubit, n_qubits, text);
        if ((in.controls & mask) == 0) throw ShapeError(text + " wants 0 of what is no control");
        in.values &= ~mask;
    }
    return in;
}

Evolution make_evolution(std::int64_t n_qubits, std::vector<Row> const& rows,
                         std::uint32_t n_parameters) {
    if (n_qubits < 0) {
        throw ShapeError("n_qubits is " + std::to_string(n_qubits) + ", expected 0 or more");
    }
    if (n_qubits > Evolution::kMaxBits) {
        throw TooLargeError("circuit needs a state of " + std::to_string(n_qubits) +
                            " qubits, at most " + std::to_string(Evolution::kMaxBits) +
                            " can be addressed");
    }
    std::vector<Instruction> instructions;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        instructions.push_back(instruction(k, rows[k], n_qubits));
    }
    return {static_cast<std::uint32_t>(n_qubits), std::move(instructions), n_parameters};
}

using Words = std::tuple<Array<std::uint64_t>, Array<std::uint64_t>, Array<double>>;

std::vector<PauliWord> pauli_words(Words const& given) {
    auto const x = view(std::get<0>(given));
    auto const z = view(std::get<1>(given));
    auto const factor = view(std::get<2>(given));
    if (x.size() != z.size() || x.size() != factor.size()) {
        throw ShapeError("Pauli words have arrays of different lengths");
    }
    std::vector<PauliWord> out(x.size());
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = {x[k], z[k], factor[k]};
    return out;
}

/// A state in one of two precisions.
class State {
public:
    State(std::int64_t n_qubits, bool is_single, std::uint64_t memory_limit)
        : numbers_(allocate(n_qubits, is_single, memory_limit)) {}

    [[nodiscard]] std::int64_t n_qubits() const {
        return std::visit([](auto const& s) { return static_cast<std::int64_t>(s.n_bits()); },
                          numbers_);
    }
    [[nodiscard]] bool is_single() const { return numbers_.index() == 0; }
    [[nodiscard]] State copy() const { return *this; }

    void evolve(Evolution const& evolution, Array<double> const& theta) {
        auto const values = view(theta);
        run([&](auto& state, Workers workers) {
            before_ = state.support();
            circuit::evolve(evolution, values, state, workers);
        });
    }

    py::array_t<double> pull_back(Evolution const& evolution, Array<double> const& theta,
                                  State& adjoint) {
        auto const values = view(theta);
        if (numbers_.index() != adjoint.numbers_.index()) {
            throw ShapeError("state and adjoint have different precisions");
        }
        if (&adjoint == this) throw ShapeError("adjoint is the state itself, expected another");
        std::vector<double> gradient(evolution.n_parameters(), 0.0);
        run([&](auto& state, Workers workers) {
            auto& other = std::get<std::decay_t<decltype(state)>>(adjoint.numbers_);
            circuit::pull_back(evolution, values, before_, state, other, gradient, workers);
        });
        return array(gradient);
    }

    double expectation(Words const& words) {
        auto const read = pauli_words(words);
        double out = 0.0;
        run([&](auto& state, Workers workers) {
            out = circuit::expectation(state, std::span<PauliWord const>(read), workers);
        });
        return out;
    }

    void apply(Words const& words, State& out) {
        auto const read = pauli_words(words);
        if (numbers_.index() != out.numbers_.index() || &out == this) {
            throw ShapeError("out must be another state of the same precision");
        }
        run([&](auto& state, Workers workers) {
            auto& other = std::get<std::decay_t<decltype(state)>>(out.numbers_);
            circuit::apply(state, std::span<PauliWord const>(read), other, workers);
        });
    }

    double squared_norm() {
        double out = 0.0;
        run([&](auto& state, Workers workers) { out = circuit::squared_norm(state, workers); });
        return out;
    }

    py::array_t<double> probabilities(std::vector<std::int64_t> const& qubits) {
        auto const named = bits(qubits, n_qubits());
        py::array_t<double> out(static_cast<py::ssize_t>(std::size_t{1} << named.size()));
        std::span<double> const values(out.mutable_data(), static_cast<std::size_t>(out.size()));
        run([&](auto& state, Workers workers) {
            circuit::probabilities(state, std::span<std::uint32_t const>(named), values, workers);
        });
        return out;
    }

    py::array amplitudes(std::vector<std::int64_t> const& qubits) {
        auto const named = bits(qubits, n_qubits());
        return is_single() ? read<float>(named) : read<double>(named);
    }

    void set_amplitudes(Array<Complex> const& values, std::vector<std::int64_t> const& qubits) {
        auto const named = bits(qubits, n_qubits());
        auto const given = view(values);
        run([&]<class T>(StateVector<T>& state, Workers workers) {
            std::vector<std::complex<T>> const cast(given.begin(), given.end());
            circuit::write(std::span<std::complex<T> const>(cast),
                           std::span<std::uint32_t const>(named), state, workers);
        });
    }

    py::array_t<std::uint64_t> sample(std::size_t n_shots, std::uint64_t seed) {
        py::array_t<std::uint64_t> out(static_cast<py::ssize_t>(n_shots));
        std::span<std::uint64_t> const values(out.mutable_data(), n_shots);
        run([&](auto& state, Workers workers) { circuit::sample(state, seed, values, workers); });
        return out;
    }

private:
    using Numbers = std::variant<StateVector<float>, StateVector<double>>;

    static Numbers allocate(std::int64_t n_qubits, bool is_single, std::uint64_t memory_limit) {
        if (n_qubits < 0) {
            throw ShapeError("n_qubits is " + std::to_string(n_qubits) + ", expected 0 or more");
        }
        auto const n = static_cast<std::uint64_t>(n_qubits);
        auto const needed =
            is_single ? StateVector<float>::n_bytes(n) : StateVector<double>::n_bytes(n);
        if (n > Evolution::kMaxBits || needed.value() > memory_limit) {
            auto const amount =
                needed.is_saturated() ? "over 2^64" : std::to_string(needed.value());
            throw TooLargeError("a state vector of " + std::to_string(n_qubits) + " qubits needs " +
                                amount + " bytes, the limit is " + std::to_string(memory_limit));
        }
        auto const shared = pool();
        NoGil const nogil;
        Poll const poll = poll_signals;
        Workers const workers{*shared, poll};
        auto const n_bits = static_cast<std::uint32_t>(n);
        if (is_single) return StateVector<float>(n_bits, workers);
        return StateVector<double>(n_bits, workers);
    }

    template <class Body>
    void run(Body body) {
        auto const shared = pool();
        NoGil const nogil;
        Poll const poll = poll_signals;
        std::visit([&](auto& state) { body(state, Workers{*shared, poll}); }, numbers_);
    }

    template <class T>
    py::array read(std::vector<std::uint32_t> const& named) {
        py::array_t<std::complex<T>> out(static_cast<py::ssize_t>(std::size_t{1} << named.size()));
        std::span<std::complex<T>> const values(out.mutable_data(),
                                                static_cast<std::size_t>(out.size()));
        auto const& state = std::get<StateVector<T>>(numbers_);
        auto const shared = pool();
        {
            NoGil const nogil;
            Poll const poll = poll_signals;
            circuit::read(state, std::span<std::uint32_t const>(named), values, {*shared, poll});
        }
        return out;
    }

    Numbers numbers_;
    std::uint64_t before_ = 0;  // the support before the last evolution
};

}  // namespace

void bind_state_vector(py::module_ m) {
    py::class_<Evolution>(m, "Evolution")
        .def(py::init(&make_evolution), "n_qubits"_a, "operations"_a, "n_parameters"_a)
        .def_static(
            "of_circuit",
            [](circuit::Circuit const& c) {
                return py::make_tuple(circuit::evolution_of(c), circuit::tensor_factor(c));
            },
            "circuit"_a)
        .def_property_readonly("n_qubits", &Evolution::n_bits)
        .def_property_readonly("n_parameters", &Evolution::n_parameters);
    py::class_<State>(m, "State")
        .def(py::init<std::int64_t, bool, std::uint64_t>(), "n_qubits"_a, "is_single"_a,
             "memory_limit"_a)
        .def_property_readonly("n_qubits", &State::n_qubits)
        .def_property_readonly("is_single", &State::is_single)
        .def("copy", &State::copy)
        .def("evolve", &State::evolve, "evolution"_a, "theta"_a.noconvert())
        .def("pull_back", &State::pull_back, "evolution"_a, "theta"_a.noconvert(), "adjoint"_a)
        .def("expectation", &State::expectation, "words"_a)
        .def("apply", &State::apply, "words"_a, "out"_a)
        .def("squared_norm", &State::squared_norm)
        .def("probabilities", &State::probabilities, "qubits"_a)
        .def("amplitudes", &State::amplitudes, "qubits"_a)
        .def("set_amplitudes", &State::set_amplitudes, "values"_a.noconvert(), "qubits"_a)
        .def("sample", &State::sample, "n_shots"_a, "seed"_a);
}

}  // namespace monoidal::bindings::qnlp
