#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "monoidal/expression/program.hpp"

namespace monoidal::ode {

/// More states, with all sensitivities counted, are refused.
inline constexpr std::size_t kMaxStates = 2'000;

/// dy/dt = f(y, t, p): one program a component of f, over the variables y, t, p in this order.
///
/// Immutable. What is constant along a trajectory is a parameter: the last variables of the
/// programs, then the constants of the first program, of the second, and so on.
class System {
public:
    /// Throws ShapeError where a program has another number of variables, DomainError without
    /// programs, TooLargeError.
    System(std::vector<expression::Program> const& programs, std::size_t n_named);

    /// The components of y, and after those of the sensitivities.
    [[nodiscard]] std::size_t n_states() const { return equations_.size(); }
    /// The components of y: the initial condition has values for these, and the step size is
    /// chosen for them.
    [[nodiscard]] std::size_t n_own_states() const { return n_own_; }
    [[nodiscard]] std::size_t n_parameters() const { return n_parameters_; }
    /// One a state, over all states, t and all parameters; without constants.
    [[nodiscard]] std::span<expression::Program const> equations() const { return equations_; }
    /// Where the sensitivities begin: n_states() - n_own_states() values.
    [[nodiscard]] std::span<double const> start_of_sensitivities() const { return start_; }

    /// The same with the derivatives of y by its initial value and by parameters as more states:
    /// n_own_states() for each index of `initial`, then for each of `parameters`. They follow
    /// S' = (df/dy) S + df/dp. Throws ShapeError where an index is out of range.
    [[nodiscard]] System with_sensitivities(std::span<std::size_t const> initial,
                                            std::span<std::size_t const> parameters) const;

    /// df/dy row by row, then df/dt, over the same variables.
    [[nodiscard]] std::vector<expression::Program> jacobian() const;

private:
    System() = default;

    std::vector<expression::Program> equations_;
    std::vector<double> start_;
    std::size_t n_own_ = 0;
    std::size_t n_parameters_ = 0;
};

}  // namespace monoidal::ode
