#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels.hpp"
#include "monoidal/common/aligned.hpp"
#include "monoidal/expression/evaluate.hpp"

namespace monoidal::expression {

/// A program made ready to run on blocks of rows: what depends on no variable is computed once,
/// the rest is a list of kernel calls on few slots. Used again for the next program, so that
/// memory is asked for once.
template <class T>
class Tape {
public:
    /// Rows of a block: 2 KiB a slot.
    static constexpr std::size_t kBlock = 2048 / sizeof(T);

    void compile(Candidate const& candidate, std::size_t n_columns);
    /// Rows `begin` to `end` of `x` into `out[0]` on.
    void run(Columns<T> x, std::size_t begin, std::size_t end, T* out);

private:
    using Place = std::uint32_t;
    struct Step {
        Op op;
        Form form;
        Place a;
        Place b;
        Place out;
    };

    void compile_node(std::size_t index, Node const& node, std::span<double const> constants);
    void compile_fixed(std::size_t index, Node const& node, std::span<double const> constants);
    void compile_step(std::size_t index, Node const& node);
    void release(std::size_t index);
    void lay_out();
    void run_block(std::size_t n, T* out);
    void call(Step const& step, T* out, std::size_t n) const;

    Kernels<T> const* kernels_ = &kernels<T>();
    std::size_t n_columns_ = 0;
    std::size_t n_slots_ = 0;
    std::vector<Step> steps_;
    std::vector<Place> place_;         // of a node's result: column, then fixed, then slot
    std::vector<bool> varies_;         // node depends on a variable
    std::vector<std::uint32_t> uses_;  // still to come
    std::vector<Place> free_;          // slots that hold nothing
    std::vector<T, AlignedAllocator<T>> fixed_;  // kPad equal values each
    std::vector<T, AlignedAllocator<T>> slots_;
    std::vector<T const*> pointer_;  // of each place
    std::vector<bool> reads_;        // columns that the program reads
};

}  // namespace monoidal::expression
