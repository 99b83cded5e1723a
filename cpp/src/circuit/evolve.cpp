#include <cmath>
#include <numbers>
#include <string>

#include "monoidal/common/error.hpp"
#include "passes.hpp"

namespace monoidal::circuit {

namespace baseline {
extern BlockKernels<float> const kBlocksOfFloat;
extern BlockKernels<double> const kBlocksOfDouble;
}  // namespace baseline
#ifdef MONOIDAL_X86
namespace avx2 {
extern BlockKernels<float> const kBlocksOfFloat;
extern BlockKernels<double> const kBlocksOfDouble;
}  // namespace avx2
namespace avx512 {
extern BlockKernels<float> const kBlocksOfFloat;
extern BlockKernels<double> const kBlocksOfDouble;
}  // namespace avx512
#endif

template <>
BlockKernels<float> const& block_kernels<float>(Isa isa) noexcept {
#ifdef MONOIDAL_X86
    if (isa == Isa::avx512) return avx512::kBlocksOfFloat;
    if (isa == Isa::avx2) return avx2::kBlocksOfFloat;
#endif
    static_cast<void>(isa);
    return baseline::kBlocksOfFloat;
}

template <>
BlockKernels<double> const& block_kernels<double>(Isa isa) noexcept {
#ifdef MONOIDAL_X86
    if (isa == Isa::avx512) return avx512::kBlocksOfDouble;
    if (isa == Isa::avx2) return avx2::kBlocksOfDouble;
#endif
    static_cast<void>(isa);
    return baseline::kBlocksOfDouble;
}

namespace {

/// Bits of a block: forwards it stays in the second-level cache and passes are few; backwards two
/// blocks stay in the first. Measured at 16 to 22 qubits.
template <class T>
constexpr std::uint32_t kForwardBits = sizeof(T) == 8 ? 13 : 14;
template <class T>
constexpr std::uint32_t kBackwardBits = sizeof(T) == 8 ? 10 : 11;

template <class T>
void run(Stage const& stage, std::vector<BoundGate> const& gates, StateVector<T>& state,
         Workers workers) {
    BlockLayout const layout(stage, state.n_bits(), stage.support);
    std::vector<LocalGate> local;
    for (auto const index : stage.gates) {
        for (auto& gate : localise(gates[index], layout)) local.push_back(std::move(gate));
    }
    auto const& kernels = block_kernels<T>(best_isa());
    std::vector<std::unique_ptr<Scratch<T>>> scratch(workers.pool.n_threads());
    for_each_block(layout.n_blocks(), workers, [&](std::size_t, std::size_t number, Task& task) {
        auto& own = scratch[task.worker()];
        if (!own) own = std::make_unique<Scratch<T>>(layout.n_bits());
        auto const base = layout.base(number);
        auto const block = own->block();
        layout.gather(state, base, block);
        for (auto const& gate : local) {
            apply(kernels, gate, base, block);
            if (local.size() > 1000) task.check();
        }
        layout.scatter(block, base, state);
    });
    state.set_support(stage.support);
}

/// One parameter's derivative inside the blocks of a stage: weight times the overlap.
struct LocalOverlap {
    Condition outside;
    Overlap overlap;
    double weight = 0.0;
};

std::vector<LocalOverlap> derivative(BoundGate const& gate, BlockLayout const& layout) {
    auto const bit = std::uint64_t{1} << gate.targets[0];
    double const weight = std::numbers::pi * gate.scale;
    auto const diagonal = [&](bool value, double factor) {
        auto where = gate.where;
        where.mask |= bit;
        if (value) where.values |= bit;
        auto const [inside, outside] = layout.split(where);
        return LocalOverlap{outside, {Pauli::diagonal, 0, inside}, factor};
    };
    if (gate.action == Action::phase) return {diagonal(true, -2.0 * weight)};
    if (gate.action == Action::rotate_z) return {diagonal(false, weight), diagonal(true, -weight)};
    auto const [inside, outside] = layout.split(gate.where);
    auto const pauli = gate.action == Action::rotate_x ? Pauli::x : Pauli::y;
    return {{outside, {pauli, layout.place(gate.targets[0]), inside}, weight}};
}

/// A gate on the way back: its derivative, then its inverse.
struct ReverseGate {
    std::int32_t parameter = -1;
    std::vector<LocalOverlap> overlaps;
    std::vector<LocalGate> undo;
};

std::vector<ReverseGate> reversed(Stage const& stage, std::vector<BoundGate> const& gates,
                                  std::size_t first, BlockLayout const& layout) {
    std::vector<ReverseGate> out;
    for (auto it = stage.gates.rbegin(); it != stage.gates.rend(); ++it) {
        if (*it < first) continue;  // nothing before depends on a parameter
        auto const& gate = gates[*it];
        ReverseGate made;
        made.parameter = gate.parameter;
        if (gate.parameter >= 0) made.overlaps = derivative(gate, layout);
        made.undo = localise(gate.inverse(), layout);
        out.push_back(std::move(made));
    }
    return out;
}

template <class T>
class Reverse {
public:
    Reverse(StateVector<T>& state, StateVector<T>& adjoint, std::span<double> gradient,
            Workers workers)
        : state_(state), adjoint_(adjoint), gradient_(gradient), workers_(workers) {}

    void run(Stage const& stage, std::vector<BoundGate> const& gates, std::size_t first) {
        BlockLayout const layout(stage, state_.n_bits(), stage.support);
        auto const steps = reversed(stage, gates, first, layout);
        auto const n_tasks = std::min(layout.n_blocks(), kMostTasks);
        std::vector<double> sums(n_tasks * steps.size(), 0.0);
        std::vector<std::unique_ptr<Scratch<T>>> scratch(2 * workers_.pool.n_threads());
        for_each_block(layout.n_blocks(), workers_,
                       [&](std::size_t index, std::size_t number, Task& task) {
                           auto* const own = &scratch[2 * task.worker()];
                           for (int k = 0; k < 2; ++k) {
                               if (!own[k]) own[k] = std::make_unique<Scratch<T>>(layout.n_bits());
                           }
                           auto const base = layout.base(number);
                           block(layout, steps, base, own[0]->block(), own[1]->block(),
                                 sums.data() + index * steps.size(), task);
                       });
        for (std::size_t k = 0; k < steps.size(); ++k) {
            if (steps[k].parameter < 0) continue;
            double total = 0.0;
            for (std::size_t t = 0; t < n_tasks; ++t) total += sums[t * steps.size() + k];
            gradient_[static_cast<std::size_t>(steps[k].parameter)] += total;
        }
    }

private:
    void block(BlockLayout const& layout, std::vector<ReverseGate> const& steps, std::uint64_t base,
               Block<T> const& own, Block<T> const& other, double* sums, Task& task) {
        auto const& kernels = block_kernels<T>(best_isa());
        layout.gather(state_, base, own);
        layout.gather(adjoint_, base, other);
        for (std::size_t k = 0; k < steps.size(); ++k) {
            for (auto const& o : steps[k].overlaps) {
                if ((base & o.outside.mask) != o.outside.values) continue;
                sums[k] += o.weight * kernels.overlap(own, other, o.overlap);
            }
            for (auto const& gate : steps[k].undo) {
                apply(kernels, gate, base, own);
                apply(kernels, gate, base, other);
            }
            if (steps.size() > 1000) task.check();
        }
        layout.scatter(own, base, state_);
        layout.scatter(other, base, adjoint_);
    }

    StateVector<T>& state_;
    StateVector<T>& adjoint_;
    std::span<double> gradient_;
    Workers workers_;
};

void check_unitary(BoundGate const& gate) {
    std::size_t const n = std::size_t{1} << gate.targets.size();
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b <= a; ++b) {
            std::complex<double> sum = a == b ? -1.0 : 0.0;
            for (std::size_t k = 0; k < n; ++k) {
                sum += gate.matrix[n * a + k] * std::conj(gate.matrix[n * b + k]);
            }
            if (std::abs(sum) > 1e-6) {
                throw DomainError("operation " + std::to_string(gate.instruction) +
                                  " has a matrix that is not unitary: the adjoint method cannot "
                                  "undo it");
            }
        }
    }
}

template <class T>
void check_bits(Evolution const& evolution, StateVector<T> const& state) {
    if (evolution.n_bits() == state.n_bits()) return;
    throw ShapeError("state has " + std::to_string(state.n_bits()) + " qubits, the circuit has " +
                     std::to_string(evolution.n_bits()));
}

}  // namespace

template <class T>
void evolve(Evolution const& evolution, std::span<double const> theta, StateVector<T>& state,
            Workers workers) {
    check_bits(evolution, state);
    auto const gates = fuse(bind_angles(evolution, theta), false);
    for (auto const& stage : plan_stages(gates, state.n_bits(), kForwardBits<T>, state.support())) {
        run(stage, gates, state, workers);
    }
}

template <class T>
void pull_back(Evolution const& evolution, std::span<double const> theta, std::uint64_t support,
               StateVector<T>& state, StateVector<T>& adjoint, std::span<double> gradient,
               Workers workers) {
    check_bits(evolution, state);
    check_bits(evolution, adjoint);
    if (gradient.size() != evolution.n_parameters()) {
        throw ShapeError("gradient has " + std::to_string(gradient.size()) +
                         " values, the circuit has " + std::to_string(evolution.n_parameters()) +
                         " parameters");
    }
    auto const gates = fuse(bind_angles(evolution, theta), true);
    auto const found =
        std::ranges::find_if(gates, [](BoundGate const& gate) { return gate.parameter >= 0; });
    auto const first = static_cast<std::size_t>(found - gates.begin());
    for (std::size_t k = first; k < gates.size(); ++k) {
        if (gates[k].action == Action::matrix) check_unitary(gates[k]);
    }
    auto const stages = plan_stages(gates, state.n_bits(), kBackwardBits<T>, support);
    Reverse<T> reverse(state, adjoint, gradient, workers);
    for (auto it = stages.rbegin(); it != stages.rend(); ++it) reverse.run(*it, gates, first);
}

template void evolve(Evolution const&, std::span<double const>, StateVector<float>&, Workers);
template void evolve(Evolution const&, std::span<double const>, StateVector<double>&, Workers);
template void pull_back(Evolution const&, std::span<double const>, std::uint64_t,
                        StateVector<float>&, StateVector<float>&, std::span<double>, Workers);
template void pull_back(Evolution const&, std::span<double const>, std::uint64_t,
                        StateVector<double>&, StateVector<double>&, std::span<double>, Workers);

}  // namespace monoidal::circuit
