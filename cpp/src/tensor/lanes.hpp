#pragma once

#include <cstddef>
#include <cstdint>

#include "monoidal/common/isa.hpp"

namespace monoidal::tensor {

/// One step of a plan, or a part of its result elements, as raw arrays.
struct StepView {
    std::uint32_t const* left_out;
    std::uint32_t const* right_out;
    std::uint32_t const* left_sum;
    std::uint32_t const* right_sum;
    std::size_t begin;  // first and last + 1 result element to work on
    std::size_t end;
    std::size_t n_terms;
    std::size_t lanes;
};

/// The inner loops of contraction for one instruction set.
struct LaneKernels {
    void (*forward)(StepView const&, double const* left, double const* right, double* out) noexcept;
    void (*backward)(StepView const&, double const* left, double const* right,
                     double const* out_adjoint, double* left_adjoint,
                     double* right_adjoint) noexcept;
};

LaneKernels const& lane_kernels(Isa isa) noexcept;

}  // namespace monoidal::tensor
