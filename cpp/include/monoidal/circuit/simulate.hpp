#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "monoidal/circuit/circuit.hpp"
#include "monoidal/common/aligned.hpp"
#include "monoidal/common/parallel.hpp"

namespace monoidal::circuit {

/// Many parameter vectors of one circuit side by side, the batch innermost, laid out as in
/// tensor/contract.hpp. Lane b has the parameters theta[first[b]], theta[first[b] + 1], ...
struct Lanes {
    std::size_t count = 0;  ///< lanes, those that pad included
    std::span<double const> theta;
    std::span<std::uint32_t const> first;  ///< `count` values
};

/// Cosines and sines of all angles, once a parameter vector: for every operation `count` cosines of
/// pi p, as many sines, and the sines negated. Throws DomainError where an angle is not finite.
Buffer angles(Circuit const& circuit, Lanes const& lanes);

/// The final states: circuit.state_size() amplitudes of `lanes.count` lanes each. Bits of an
/// amplitude's number: copies of the inputs, then the qubits.
void simulate(Circuit const& circuit, std::size_t lanes, std::span<double const> angles,
              std::span<double> state, Task& task);

/// The tensor of the circuit, axes inputs then outputs, out of its final state.
void read_tensor(Circuit const& circuit, std::size_t lanes, std::span<double const> state,
                 std::span<double> tensor, Task& task);

/// Reverse mode by the adjoint method: undoes the gates one by one, so it needs no memory but the
/// two states. `state` comes from `simulate` and is used up; `state_adjoint` is scratch of the same
/// length. Adds to gradient[first[b] + parameter], for the first `n_lanes` lanes.
void simulate_adjoint(Circuit const& circuit, Lanes const& lanes, std::size_t n_lanes,
                      std::span<double const> angles, std::span<double> state,
                      std::span<double const> tensor_adjoint, std::span<double> state_adjoint,
                      std::span<double> gradient, Task& task);

}  // namespace monoidal::circuit
