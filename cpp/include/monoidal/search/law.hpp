#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "monoidal/expression/program.hpp"
#include "monoidal/search/normal_form.hpp"
#include "monoidal/search/table.hpp"

namespace monoidal::search {

/// How a target is rewritten before it is looked up: a law for T(y) is one for y.
enum class Transform : std::uint8_t {
    identity,
    inverse,
    square,
    inverse_square,
    root,
    log,
    exp,
    sin,
    cos,
    tan,
};
inline constexpr std::size_t kTransforms = static_cast<std::size_t>(Transform::tan) + 1;

/// What stands between a target and the rest of its law, which is h.
enum class Peel : std::uint8_t {
    none,
    factor,      // y = f h
    numerator,   // y = f / h
    summand,     // y = f + h
    subtrahend,  // y = h - f
};
inline constexpr std::size_t kPeels = static_cast<std::size_t>(Peel::subtrahend) + 1;

/// y as seen through a peel by one entry and a transform of what is left.
struct Shell {
    Peel peel = Peel::none;
    std::uint32_t entry = 0;
    Transform transform = Transform::identity;
};

/// A term of a law: an entry, or two joined by mul or div, or an entry to a real power.
struct Term {
    Op join = Op::number;  // mul, div, pow, log of |first|; number for the first entry alone
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    double exponent = 1.0;
};

/// T(peeled y) = sum of coefficients times terms, plus an offset.
struct Law {
    Shell shell;
    std::vector<Term> terms;
    std::vector<double> coefficients;
    double offset = 0.0;
    int sign = 0;            // of y over what a logarithm's law says; 0: that of the first value
    double residual = 0.0;   // norm of the misfit of T over norm of T less its mean, on the points
    std::uint32_t cost = 0;  // of everything but the coefficients
};

/// The target through a shell; false where that is not finite, or is (nearly) constant, or does
/// not determine y (the square of what changes sign, the sine of an angle past a quarter turn).
/// `any_sign`: the logarithm of the size of what changes sign is looked at all the same.
bool look(Table const& table, std::span<double const> y, Shell shell, std::span<double> out,
          bool any_sign = false);

/// Fits coefficients and offset to the target as seen through the law's shell, each point with its
/// weight (1 without). False where the terms are dependent or not finite. With weights `residual`
/// is the norm of the weighted misfit.
bool fit_linear(Table const& table, std::span<double const> target, Law& law, bool with_offset,
                std::span<double const> weights = {});

std::uint32_t cost_of(Table const& table, Law const& law);

/// The law as an expression for y; `is_negative` says that y is, where a root has two signs.
/// Coefficients are constants; an offset that is nothing beside the target is left out.
expression::Program program(Table const& table, Law const& law, bool is_negative);

/// Of a misfit and a cost, both better where less: half the logarithm of the squared misfit a
/// point, and so much a unit of cost.
double score(double residual, std::uint32_t cost, std::size_t n_points) noexcept;

/// Keeps the n best of laws that come in a fixed order: by score, then cost, then order.
void keep_best(std::vector<Law>& laws, std::size_t n, std::size_t n_points);

}  // namespace monoidal::search
