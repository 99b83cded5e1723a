#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels.hpp"
#include "monoidal/common/aligned.hpp"
#include "monoidal/expression/differentiate.hpp"

namespace monoidal::expression {

/// Runs a program on one block of rows and keeps every node's values, to differentiate them.
class Sweep {
public:
    /// Rows of a block: half a KiB a node.
    static constexpr std::size_t kBlock = 64;

    /// By which leaves to differentiate: all constants, all variables, or both.
    void prepare(Candidate const& candidate, bool by_constants, bool by_variables);
    /// By the constants that are marked.
    void prepare(Candidate const& candidate, std::vector<bool> const& by_constants,
                 bool by_variables);
    /// Other values for the constants of the program that was prepared.
    void set_constants(std::span<double const> constants);
    /// Values of all nodes on rows `begin` to `end`, at most kBlock of them.
    void forward(Columns<double> x, std::size_t begin, std::size_t end);
    /// After `forward`: the derivative of the result by each active node.
    void reverse();
    /// After `forward`: the derivative of each active node along a direction.
    void tangent(std::span<double const> constants_direction, Columns<double> x_direction,
                 std::size_t begin, std::size_t end);

    [[nodiscard]] double const* value() const { return value_.back(); }
    /// The derivative by a leaf, or along the direction for the result; null where it is 0.
    [[nodiscard]] double const* derivative_by_constant(std::size_t k) const;
    [[nodiscard]] double const* derivative_by_variable(std::size_t k) const;
    [[nodiscard]] double const* result_tangent() const;
    /// Rows of the block, rounded up; those beyond `end` repeat the first row.
    [[nodiscard]] std::size_t n_padded() const { return n_; }

private:
    static constexpr std::uint32_t kNone = 0xffffffffU;

    void fill_fixed(std::size_t index);
    void run_node(std::size_t index);
    void contribute(std::size_t index, bool right, double const* source, double* target);
    [[nodiscard]] double* own(std::size_t index) { return values_.data() + index * kBlock; }
    /// Of a sine or cosine the other one, which comes with it; the first block is scratch.
    [[nodiscard]] double* kept_partial(std::size_t index) {
        return partial_.data() + (index + 1) * kBlock;
    }
    [[nodiscard]] double* slope(std::size_t index) {
        return slopes_.data() + slope_of_[index] * kBlock;
    }

    Kernels<double> const* kernels_ = &kernels<double>();
    std::span<Node const> nodes_;
    std::span<double const> constants_;
    std::size_t n_ = 0;
    std::vector<bool> varies_;
    std::vector<std::uint32_t> slope_of_;  // place of a node's derivative, kNone if inactive
    std::vector<std::uint32_t> constant_node_;
    std::vector<std::uint32_t> variable_node_;
    std::vector<double const*> value_;
    Buffer values_;
    Buffer slopes_;
    Buffer partial_;
};

}  // namespace monoidal::expression
