#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "monoidal/common/parallel.hpp"
#include "monoidal/expression/program.hpp"

namespace monoidal::generate {

inline constexpr std::size_t kMaxVariables = 8;
inline constexpr std::size_t kMaxExtraOperations = 64;
inline constexpr std::size_t kMaxPoints = 1 << 20;

struct FunctionOptions {
    std::size_t max_variables = 5;  // their number is uniform from 1
    std::size_t max_extra = 4;      // operations of two operands, above the number of variables
    std::size_t max_unary = 4;      // operations of one operand
    std::size_t n_points = 200;
    double max_value = 1e6;  // no |y| is larger

    /// Throws DomainError where one is out of range.
    void check() const;
};

/// A random function with points on which it is finite.
struct Function {
    expression::Program program;  // every variable is used
    std::uint64_t key;            // equal where the canonical forms are
    std::uint64_t skeleton;       // equal where the canonical forms are but for constants' values
    std::uint64_t fingerprint;    // of the values on fixed points
    std::vector<float> x;         // n_points of the first variable, then of the next, ...
    std::vector<float> y;
};

/// Hash of the canonical form in which every constant has the same value.
std::uint64_t skeleton(expression::Program const& program);

/// The function of a seed: a random binary tree, operations of one operand put in at random nodes,
/// variables and numbers at the leaves, an affine map before some; simplified. One that is
/// constant or not finite on enough points gives way to the next of the same seed.
///
/// Trees after Lample and Charton, arXiv:1912.01412; weights and points after Kamienny et al.,
/// arXiv:2204.10532, and Meidani et al. (SNIP), arXiv:2310.02227, but for exact integers, for terms
/// without a constant, and for inputs of physical ranges.
Function sample_function(std::uint64_t seed, FunctionOptions const& options);

/// Those of the items `first` to `first + n - 1` of a seed, each from its own seed: the result does
/// not depend on the number of threads.
std::vector<Function> sample_functions(std::uint64_t seed, std::uint64_t first, std::size_t n,
                                       FunctionOptions const& options, ThreadPool& pool,
                                       Poll const& poll);

}  // namespace monoidal::generate
