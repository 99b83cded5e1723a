#include "monoidal/circuit/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "kernels.hpp"
#include "monoidal/common/error.hpp"

namespace monoidal::circuit {

namespace baseline {
extern GateKernels const kKernels;
}
#ifdef MONOIDAL_X86
namespace avx2 {
extern GateKernels const kKernels;
}
namespace avx512 {
extern GateKernels const kKernels;
}
#endif

GateKernels const& gate_kernels(Isa isa) noexcept {
#ifdef MONOIDAL_X86
    if (isa == Isa::avx512) return avx512::kKernels;
    if (isa == Isa::avx2) return avx2::kKernels;
#endif
    static_cast<void>(isa);
    return baseline::kKernels;
}

namespace {

/// Amplitudes times lanes that take about a millisecond, so that an interrupt is heard in time.
constexpr std::size_t kPiece = 1 << 19;
constexpr std::size_t kCopies = 1 << 15;
/// Of angles, an operation: cosines, sines, negated sines.
constexpr std::size_t kRows = 3;

std::size_t bit(Circuit const& circuit, std::uint32_t qubit) {
    return std::size_t{1} << (circuit.n_qubits() - 1 - qubit);
}

/// An amplitude's number from bits of the tensor's: inputs (copied), then outputs.
class Places {
public:
    explicit Places(Circuit const& circuit) : n_in_(circuit.inputs().size()) {
        auto const n = circuit.n_qubits();
        for (std::size_t k = 0; k < n_in_; ++k)
            mask_.push_back(std::size_t{1} << (n + n_in_ - 1 - k));
        for (auto const qubit : circuit.outputs()) mask_.push_back(bit(circuit, qubit));
    }

    std::size_t operator()(std::size_t element) const {
        std::size_t place = 0;
        for (std::size_t k = mask_.size(); k-- > 0; element >>= 1) {
            if ((element & 1) != 0) place |= mask_[k];
        }
        return place;
    }

private:
    std::size_t n_in_;
    std::vector<std::size_t> mask_;
};

void prepare(Circuit const& circuit, std::size_t lanes, std::span<double> state, Task& task) {
    fill(state, 0.0, task);
    auto const& inputs = circuit.inputs();
    for (std::size_t value = 0; value < (std::size_t{1} << inputs.size()); ++value) {
        std::size_t place = value << circuit.n_qubits();
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            if ((value >> (inputs.size() - 1 - k) & 1) != 0) place |= bit(circuit, inputs[k]);
        }
        std::fill_n(state.begin() + static_cast<std::ptrdiff_t>(2 * lanes * place), lanes,
                    circuit.factor());
    }
}

Pairs pairs(Circuit const& circuit, Operation const& op, std::size_t lanes) {
    auto const& g = gate(op.gate);
    auto const target = op.qubits[g.n_qubits - 1];
    return {0, std::size_t{1} << (circuit.n_bits() - 1), bit(circuit, target),
            g.n_controls > 0 ? bit(circuit, op.qubits[0]) : 0, lanes};
}

template <class Run>
void in_pieces(Pairs all, Task& task, Run run) {
    auto const piece = std::max<std::size_t>(1, kPiece / all.lanes);
    for (auto part = all; part.begin < all.end; part.begin = part.end) {
        part.end = std::min(all.end, part.begin + piece);
        run(part);
        if (part.end < all.end) task.check();
    }
}

/// Row-major real, imaginary; of the inverse when asked.
std::array<double, 8> numbers(Matrix2 const& m, bool inverse) {
    if (inverse) {
        return {m[0].real(), -m[0].imag(), m[2].real(), -m[2].imag(),
                m[1].real(), -m[1].imag(), m[3].real(), -m[3].imag()};
    }
    return {m[0].real(), m[0].imag(), m[1].real(), m[1].imag(),
            m[2].real(), m[2].imag(), m[3].real(), m[3].imag()};
}

void apply_swap(Circuit const& circuit, Operation const& op, std::size_t lanes,
                std::span<double> state, Task& task) {
    auto const a = bit(circuit, op.qubits[0]);
    auto const b = bit(circuit, op.qubits[1]);
    auto const n = 2 * lanes;
    for (std::size_t k = 0; k < (std::size_t{1} << circuit.n_bits()); ++k) {
        if (k % (kPiece / 8) == 0) task.check();
        if ((k & a) == 0 || (k & b) != 0) continue;
        auto const other = state.begin() + static_cast<std::ptrdiff_t>(n * (k ^ a ^ b));
        auto const here = state.begin() + static_cast<std::ptrdiff_t>(n * k);
        std::swap_ranges(here, here + static_cast<std::ptrdiff_t>(n), other);
    }
}

/// Applies an operation, or its inverse. `angles`: cosines, sines and negated sines, a row each.
void apply(Circuit const& circuit, Operation const& op, std::size_t lanes, double const* angles,
           bool inverse, std::span<double> state, Task& task) {
    auto const& kernels = gate_kernels(best_isa());
    auto const& g = gate(op.gate);
    auto const all = pairs(circuit, op, lanes);
    switch (g.action) {
        case Action::swap: apply_swap(circuit, op, lanes, state, task); return;
        case Action::matrix: {
            if (op.gate == GateId::H) {
                in_pieces(all, task, [&](Pairs const& p) { kernels.hadamard(p, state.data()); });
                return;
            }
            auto const m = numbers(g.matrix, inverse);
            in_pieces(all, task,
                      [&](Pairs const& p) { kernels.matrix(p, m.data(), state.data()); });
            return;
        }
        case Action::rotate_x:
        case Action::rotate_y:
        case Action::rotate_z:
        case Action::phase: break;
    }
    auto const rotate = g.action == Action::rotate_x   ? kernels.rotate_x
                        : g.action == Action::rotate_y ? kernels.rotate_y
                        : g.action == Action::rotate_z ? kernels.rotate_z
                                                       : kernels.phase;
    double const* const sine = angles + (inverse ? 2 : 1) * lanes;
    in_pieces(all, task, [&](Pairs const& p) { rotate(p, angles, sine, state.data()); });
}

/// sum[lane] = Im <adjoint| P |state> of the operation's generator P.
void overlap(Circuit const& circuit, Operation const& op, std::span<double const> state,
             std::span<double const> adjoint, std::span<double> sum, Task& task) {
    auto const& kernels = gate_kernels(best_isa());
    auto const action = gate(op.gate).action;
    auto const run = action == Action::rotate_x   ? kernels.overlap_x
                     : action == Action::rotate_y ? kernels.overlap_y
                     : action == Action::rotate_z ? kernels.overlap_z
                                                  : kernels.overlap_phase;
    std::ranges::fill(sum, 0.0);
    in_pieces(pairs(circuit, op, sum.size()), task,
              [&](Pairs const& p) { run(p, state.data(), adjoint.data(), sum.data()); });
}

void check_length(char const* name, std::size_t got, Size elements, std::size_t lanes) {
    auto const expected = elements * Size(2 * lanes);
    if (got == expected.value()) return;
    throw ShapeError(std::string(name) + " has " + std::to_string(got) + " numbers, expected " +
                     std::to_string(expected.value()));
}

}  // namespace

Buffer angles(Circuit const& circuit, Lanes const& lanes) {
    auto const& operations = circuit.operations();
    Buffer out(kRows * lanes.count * operations.size(), 0.0);
    for (std::size_t k = 0; k < operations.size(); ++k) {
        auto const& op = operations[k];
        if (!gate(op.gate).has_parameter()) continue;
        double* const cosine = out.data() + kRows * lanes.count * k;
        for (std::size_t lane = 0; lane < lanes.count; ++lane) {
            double turns = op.shift;
            if (op.parameter >= 0) {
                turns += op.scale *
                         lanes.theta[lanes.first[lane] + static_cast<std::size_t>(op.parameter)];
            }
            if (!std::isfinite(turns)) {
                throw DomainError("angle of operation " + std::to_string(k) + " is not finite");
            }
            // R_P(p + 2) = R_P(p); the remainder is exact, so that large angles lose nothing more.
            if (std::abs(turns) > 2.0) turns = std::remainder(turns, 2.0);
            cosine[lane] = std::cos(std::numbers::pi * turns);
            cosine[lanes.count + lane] = std::sin(std::numbers::pi * turns);
            cosine[2 * lanes.count + lane] = -cosine[lanes.count + lane];
        }
    }
    return out;
}

void simulate(Circuit const& circuit, std::size_t lanes, std::span<double const> angles,
              std::span<double> state, Task& task) {
    check_length("state", state.size(), circuit.state_size(), lanes);
    prepare(circuit, lanes, state, task);
    auto const& operations = circuit.operations();
    for (std::size_t k = 0; k < operations.size(); ++k) {
        apply(circuit, operations[k], lanes, angles.data() + kRows * lanes * k, false, state, task);
        task.check();
    }
}

void read_tensor(Circuit const& circuit, std::size_t lanes, std::span<double const> state,
                 std::span<double> tensor, Task& task) {
    check_length("state", state.size(), circuit.state_size(), lanes);
    check_length("tensor", tensor.size(), circuit.tensor_size(), lanes);
    Places const places(circuit);
    auto const n = 2 * lanes;
    for (std::size_t e = 0; e < circuit.tensor_size().value(); ++e) {
        if (e % kCopies == 0) task.check();
        std::ranges::copy(state.subspan(n * places(e), n), tensor.subspan(n * e, n).begin());
    }
}

void simulate_adjoint(Circuit const& circuit, Lanes const& lanes, std::size_t n_lanes,
                      std::span<double const> angles, std::span<double> state,
                      std::span<double const> tensor_adjoint, std::span<double> state_adjoint,
                      std::span<double> gradient, Task& task) {
    check_length("state", state.size(), circuit.state_size(), lanes.count);
    check_length("state_adjoint", state_adjoint.size(), circuit.state_size(), lanes.count);
    check_length("tensor_adjoint", tensor_adjoint.size(), circuit.tensor_size(), lanes.count);
    auto const n = 2 * lanes.count;
    fill(state_adjoint, 0.0, task);
    Places const places(circuit);
    for (std::size_t e = 0; e < circuit.tensor_size().value(); ++e) {
        if (e % kCopies == 0) task.check();
        std::ranges::copy(tensor_adjoint.subspan(n * e, n),
                          state_adjoint.subspan(n * places(e), n).begin());
    }
    auto const& operations = circuit.operations();
    auto const first_free =
        std::ranges::find_if(operations, [](Operation const& op) { return op.parameter >= 0; });
    Buffer sum(lanes.count);
    for (auto it = operations.end(); it != first_free;) {
        auto const& op = *--it;
        auto const* const row =
            angles.data() + kRows * lanes.count * static_cast<std::size_t>(it - operations.begin());
        if (op.parameter >= 0 && gate(op.gate).has_parameter()) {
            overlap(circuit, op, state, state_adjoint, sum, task);
            for (std::size_t lane = 0; lane < n_lanes; ++lane) {
                gradient[lanes.first[lane] + static_cast<std::size_t>(op.parameter)] +=
                    std::numbers::pi * op.scale * sum[lane];
            }
        }
        if (it == first_free) return;  // nothing above depends on a parameter
        apply(circuit, op, lanes.count, row, true, state, task);
        apply(circuit, op, lanes.count, row, true, state_adjoint, task);
        task.check();
    }
}

}  // namespace monoidal::circuit
