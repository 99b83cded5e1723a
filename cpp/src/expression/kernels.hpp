#pragma once

#include <cstddef>

#include "monoidal/common/isa.hpp"
#include "monoidal/expression/operation.hpp"

namespace monoidal::expression {

/// Every kernel works on a multiple of this many values.
inline constexpr std::size_t kPad = 16;

/// Which operands of a binary operation are one value for all rows.
enum class Form : unsigned char { both_vary, right_fixed, left_fixed };

/// The inner loops for one instruction set. `out` never overlaps an operand.
template <class T>
struct Kernels {
    using Unary = void (*)(T const* a, T* out, std::size_t n) noexcept;
    using Binary = void (*)(T const* a, T const* b, T* out, std::size_t n) noexcept;
    using Partial = void (*)(T const* a, T const* b, T const* out, T* partial,
                             std::size_t n) noexcept;

    Unary unary[kOps];
    Binary binary[kOps][3];
    /// The derivative by the left and the right operand, where it is not simply 1, -1, 0, an
    /// operand or the result: those are null, and the driver knows them.
    Partial partial[kOps][2];
    /// sin a and cos a at the cost of one.
    void (*sine_cosine)(T const* a, T* sine, T* cosine, std::size_t n) noexcept;
    void (*add)(T const* x, T* sum, std::size_t n) noexcept;
    void (*subtract)(T const* x, T* sum, std::size_t n) noexcept;
    void (*add_product)(T const* x, T const* y, T* sum, std::size_t n) noexcept;
    void (*subtract_product)(T const* x, T const* y, T* sum, std::size_t n) noexcept;
    /// Sum of x y, added in an order that no instruction set changes.
    T (*dot)(T const* x, T const* y, std::size_t n) noexcept;
};

template <class T>
Kernels<T> const& kernels() noexcept;
/// Those of one instruction set, for tests: the processor must have it.
template <class T>
Kernels<T> const& kernels(Isa isa) noexcept;

}  // namespace monoidal::expression
