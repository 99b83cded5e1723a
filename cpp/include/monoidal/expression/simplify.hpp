#pragma once

#include <cstdint>

#include "monoidal/expression/program.hpp"

namespace monoidal::expression {

/// The canonical form: sums of terms with like terms collected, products of powers with like bases
/// collected, operands in a fixed order, numbers folded, constants of equal value made one.
///
/// Where the expression and its parts are finite numbers, the canonical form is the same number to
/// rounding; where it is NaN or infinite, so is the canonical form. That is said of real
/// arithmetic: what IEEE 754 makes of an infinite part (1/(1/0), tanh(1/0)) or of an overflow on
/// the way (exp(800)/exp(799)) is not kept. So x/x stays, as it is NaN at 0, while x - x is 0, and
/// exp(x)/exp(x) is 1. Exact integers stay exact up to 31 bits.
Program canonical(Program const& program);

/// The canonical form where that is no larger, else the expression itself.
Program simplify(Program const& program);

/// Hash of the expression's tree with the values of its constants. Equal expressions have equal
/// hashes on every machine. Take it of the canonical form to find expressions equal up to algebra.
std::uint64_t structural_hash(Program const& program);

/// Hash of the values on 24 fixed points, rounded to about 9 digits of the largest: expressions
/// that are equal up to algebra nearly always agree, others nearly never. 0 where no value is
/// finite.
std::uint64_t fingerprint(Program const& program);

}  // namespace monoidal::expression
