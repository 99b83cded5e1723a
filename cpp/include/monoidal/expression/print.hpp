#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "monoidal/expression/program.hpp"

namespace monoidal::expression {

/// A text of more leaves and operations than this is refused (TooLargeError).
inline constexpr std::uint64_t kMaxPrinted = 100'000;

/// Infix text. `parse` of it gives an equal program, provided that no constant stands twice in it
/// (a derivative may have such; its text then has one literal for each place).
std::string print(Program const& program, std::span<std::string const> variables);

/// LaTeX for math mode. A name such as alpha_12 becomes \alpha_{12}.
std::string print_latex(Program const& program, std::span<std::string const> variables);

/// A C99 function `double name(const double *x)` that needs math.h only: x has one value a
/// variable, in order, and the constants stand in its text.
std::string print_c(Program const& program, std::span<std::string const> variables,
                    std::string const& name);

}  // namespace monoidal::expression
