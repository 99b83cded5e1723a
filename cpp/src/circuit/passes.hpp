#pragma once
// One pass over a state: the gates of a stage, block by block.

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>

#include "gates.hpp"
#include "monoidal/circuit/state_vector.hpp"

namespace monoidal::circuit {

/// Blocks that a pass does one after another: so many tasks at most, whatever the threads.
inline constexpr std::size_t kMostTasks = 256;

/// A gate inside the blocks of a stage, and what it asks of the bits outside.
struct LocalGate {
    BoundGate::Kind kind = BoundGate::Kind::pair;
    Condition outside;
    PairGate pair;
    Scale scale;
    DenseGate dense;
    std::vector<double> numbers;  // of `dense`
};

/// How the blocks of a stage lie in the state.
class BlockLayout {
public:
    /// `support`: bits outside it are 0, so those blocks are left out.
    BlockLayout(Stage const& stage, std::uint32_t n_bits, std::uint64_t support);

    [[nodiscard]] std::size_t n_blocks() const { return std::size_t{1} << std::popcount(outer_); }
    /// The bits of a block's number that are outside it, in their places.
    [[nodiscard]] std::uint64_t base(std::size_t block) const { return deposit(block, outer_); }
    [[nodiscard]] std::uint32_t n_bits() const { return n_block_bits_; }
    /// A condition on the state's bits, as one on the block's and one on those outside.
    [[nodiscard]] std::pair<Condition, Condition> split(Condition const& where) const;
    [[nodiscard]] std::uint32_t place(std::uint32_t bit) const;
    [[nodiscard]] std::uint64_t inner() const { return inner_; }

    /// Copies a block out of the state, and back.
    template <class T>
    void gather(StateVector<T> const& state, std::uint64_t base, Block<T> const& block) const {
        for_each_row([&](std::size_t in_state, std::size_t in_block, std::size_t n) {
            std::memcpy(block.re + in_block, state.re() + (base | in_state), n * sizeof(T));
            std::memcpy(block.im + in_block, state.im() + (base | in_state), n * sizeof(T));
        });
    }
    template <class T>
    void scatter(Block<T> const& block, std::uint64_t base, StateVector<T>& state) const {
        for_each_row([&](std::size_t in_state, std::size_t in_block, std::size_t n) {
            std::memcpy(state.re() + (base | in_state), block.re + in_block, n * sizeof(T));
            std::memcpy(state.im() + (base | in_state), block.im + in_block, n * sizeof(T));
        });
    }

private:
    template <class Body>
    void for_each_row(Body body) const {
        std::size_t const row = std::size_t{1} << n_row_bits_;
        std::uint64_t const high = inner_ & ~(row - 1);
        std::uint64_t place = 0;
        for (std::size_t k = 0; k < std::size_t{1} << (n_held_ - n_row_bits_); ++k) {
            body(place, k << n_row_bits_, row);
            place = ((place | ~high) + 1) & high;
        }
    }

    std::uint64_t inner_ = 0;
    std::uint64_t outer_ = 0;
    std::uint32_t n_held_ = 0;        // bits of the state that a block holds
    std::uint32_t n_block_bits_ = 0;  // at least kRowBits: the rest of a small block is 0
    std::uint32_t n_row_bits_ = 0;
};

/// A gate as its blocks apply it; a diagonal one gives up to two.
std::vector<LocalGate> localise(BoundGate const& gate, BlockLayout const& layout);

/// A block's own memory. The planes are a cache line apart from a power of two.
template <class T>
class Scratch {
public:
    explicit Scratch(std::uint32_t n_bits)
        : n_bits_(n_bits), numbers_(2 * (std::size_t{1} << n_bits) + kGap, T{0}) {}
    Block<T> block() {
        return {numbers_.data(), numbers_.data() + (std::size_t{1} << n_bits_) + kGap, n_bits_};
    }

private:
    static constexpr std::size_t kGap = 64 / sizeof(T);
    std::uint32_t n_bits_;
    std::vector<T, AlignedAllocator<T>> numbers_;
};

template <class T>
void apply(BlockKernels<T> const& kernels, LocalGate const& gate, std::uint64_t base,
           Block<T> const& block) {
    if ((base & gate.outside.mask) != gate.outside.values) return;
    switch (gate.kind) {
        case BoundGate::Kind::pair: kernels.pair(block, gate.pair); return;
        case BoundGate::Kind::diagonal: kernels.scale(block, gate.scale); return;
        case BoundGate::Kind::dense: {
            auto dense = gate.dense;
            dense.m = gate.numbers.data();
            kernels.dense(block, dense);
            return;
        }
    }
}

/// Calls `body(task_number, block_number, task)` for all blocks, those of one task in order.
template <class Body>
void for_each_block(std::size_t n_blocks, Workers workers, Body body) {
    auto const n_tasks = std::min(n_blocks, kMostTasks);
    workers.pool.run(n_tasks, workers.poll, [&](std::size_t index, Task& task) {
        auto const end = n_blocks * (index + 1) / n_tasks;
        for (auto block = n_blocks * index / n_tasks; block < end; ++block) {
            task.check();
            body(index, block, task);
        }
    });
}

}  // namespace monoidal::circuit
