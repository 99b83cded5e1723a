#pragma once

#include <cstddef>

#include "monoidal/circuit/gate.hpp"
#include "monoidal/common/isa.hpp"

namespace monoidal::circuit {

/// The pairs of amplitudes that a gate mixes: all numbers with the target's bit 0 and the control's
/// bit 1 (a control of 0 asks for nothing), and their partners with the target's bit 1.
struct Pairs {
    std::size_t begin;  // of the numbers with the target's bit left out
    std::size_t end;
    std::size_t target;   // a power of two
    std::size_t control;  // a power of two, or 0
    std::size_t lanes;
};

/// The inner loops of simulation for one instruction set. `c` and `s`: `lanes` cosines and sines
/// of pi p.
struct GateKernels {
    void (*hadamard)(Pairs const&, double* state) noexcept;
    /// `m`: 8 numbers, the row-major 2 x 2 matrix as real, imaginary.
    void (*matrix)(Pairs const&, double const* m, double* state) noexcept;
    void (*rotate_x)(Pairs const&, double const* c, double const* s, double* state) noexcept;
    void (*rotate_y)(Pairs const&, double const* c, double const* s, double* state) noexcept;
    void (*rotate_z)(Pairs const&, double const* c, double const* s, double* state) noexcept;
    /// The amplitude with the target's bit 1 times (c + i s)^2.
    void (*phase)(Pairs const&, double const* c, double const* s, double* state) noexcept;

    /// sum[lane] += Im <adjoint| P |state> over the pairs, P the gate's Pauli matrix (for a phase,
    /// minus twice the projector on 1): a rotation's derivative is pi times that.
    void (*overlap_x)(Pairs const&, double const* state, double const* adjoint,
                      double* sum) noexcept;
    void (*overlap_y)(Pairs const&, double const* state, double const* adjoint,
                      double* sum) noexcept;
    void (*overlap_z)(Pairs const&, double const* state, double const* adjoint,
                      double* sum) noexcept;
    void (*overlap_phase)(Pairs const&, double const* state, double const* adjoint,
                          double* sum) noexcept;
};

GateKernels const& gate_kernels(Isa isa) noexcept;

}  // namespace monoidal::circuit
