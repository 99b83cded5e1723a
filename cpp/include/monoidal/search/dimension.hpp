#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "monoidal/expression/operation.hpp"

namespace monoidal::search {

/// Exponents of base units in twelfths, so that square and cube roots are whole.
using Exponents = std::vector<std::int16_t>;

/// Units of measurement of expressions, each kind once, and what operations make of them.
///
/// The kinds are those of the variables, of the target and of its inverse, square, root and inverse
/// square; a result of another kind is of no use to a search, as it could only be multiplied until
/// it has one of these. A column for a product of variables adds its kind. Built without units
/// everything is a pure number and every operation is allowed.
class Dimensions {
public:
    using Id = std::uint16_t;
    static constexpr Id kPure = 0;
    static constexpr Id kNone = 0xffff;  // not consistent, or of no kind that is kept

    Dimensions() = default;
    /// `variables` and `target` have one exponent a base unit each. Throws ShapeError.
    Dimensions(std::vector<Exponents> const& variables, Exponents const& target);

    [[nodiscard]] bool is_typed() const { return n_bases_ > 0; }
    [[nodiscard]] std::size_t size() const { return kinds_.size(); }
    [[nodiscard]] Id variable(std::size_t k) const { return is_typed() ? variables_[k] : kPure; }
    [[nodiscard]] Id target() const { return target_; }

    /// Of an operation on operands of these kinds.
    [[nodiscard]] Id find(expression::Op op, Id a, Id b = kPure) const;
    /// Whether `f` to that power has the kind of `result`.
    [[nodiscard]] bool is_power(Id f, double power, Id result) const;

private:
    [[nodiscard]] bool combine(expression::Op op, Id a, Id b, Exponents& out) const;
    Id intern(Exponents const& kind);

    std::size_t n_bases_ = 0;
    std::vector<Exponents> kinds_ = {Exponents{}};
    std::map<Exponents, Id> ids_;
    std::vector<Id> variables_;
    Id target_ = kPure;
};

}  // namespace monoidal::search
