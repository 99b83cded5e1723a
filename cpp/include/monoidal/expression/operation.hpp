#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace monoidal::expression {

/// What a node of a program does. Leaves first, then two operands, then one.
enum class Op : std::uint8_t {
    number,    // an exact integer
    constant,  // a parameter of the program: its value is an argument of every evaluation
    variable,
    pi,
    add,
    sub,
    mul,
    div,
    pow,
    min,
    max,
    neg,
    inv,
    abs,
    sign,
    sqrt,
    pow2,
    pow3,
    exp,
    log,
    sin,
    cos,
    tan,
    asin,
    acos,
    atan,
    sinh,
    cosh,
    tanh,
};

inline constexpr std::size_t kOps = static_cast<std::size_t>(Op::tanh) + 1;
inline constexpr std::size_t kFirstBinary = static_cast<std::size_t>(Op::add);
inline constexpr std::size_t kFirstUnary = static_cast<std::size_t>(Op::neg);

/// How tightly a text binds. An operand that binds less than its place asks for is put in brackets.
namespace precedence {
inline constexpr int kSum = 1;
inline constexpr int kProduct = 2;
inline constexpr int kMinus = 3;
inline constexpr int kPower = 4;
inline constexpr int kAtom = 5;
}  // namespace precedence

/// How an operation is written in one language: `form` holds the operands as #1 and #2.
struct Notation {
    constexpr explicit Notation(std::string_view written, int binds_so = precedence::kAtom,
                                int left_needs = 0, int right_needs = 0) noexcept
        : form(written), binds(binds_so), left(left_needs), right(right_needs) {}

    std::string_view form;
    int binds;
    int left;  // how tightly each operand must bind to stand without brackets
    int right;
};

/// Where an operation of finite reals is finite; the value elsewhere is IEEE 754's, NaN or inf.
enum class Domain : std::uint8_t {
    everywhere,
    nonzero,  // of the last operand
    nonnegative,
    positive,
    unit_interval,  // [-1, 1]
    power,          // base > 0, or base = 0 and exponent >= 0, or base < 0 and integer exponent
};

/// What an operation does to units of measurement.
enum class Units : std::uint8_t {
    free,  // a leaf: none, or those of its variable
    same,  // operands alike, result the same
    product,
    quotient,
    reciprocal,
    power,  // exponent is a pure number; the result has that power of the units
    root,   // square root of the units
    square,
    cube,
    dropped,        // any operand, result a pure number
    dimensionless,  // pure numbers only
};

/// One line of the table of operations.
struct Operation {
    constexpr Operation(Op code, std::string_view its_name, Domain its_domain, Units its_units,
                        Notation as_text, Notation as_latex, std::string_view as_c) noexcept
        : op(code),
          name(its_name),
          domain(its_domain),
          units(its_units),
          text(as_text),
          latex(as_latex),
          c(as_c) {}

    Op op;
    std::string_view name;
    Domain domain;
    Units units;
    Notation text;
    Notation latex;
    std::string_view c;  // over operands that are names
};

/// In the order of `Op`.
extern std::array<Operation, kOps> const kOperations;

inline Operation const& operation(Op op) noexcept {
    return kOperations[static_cast<std::size_t>(op)];
}
constexpr std::size_t arity(Op op) noexcept {
    auto const index = static_cast<std::size_t>(op);
    if (index < kFirstBinary) return 0;
    return index < kFirstUnary ? 2 : 1;
}
constexpr bool is_commutative(Op op) noexcept {
    return op == Op::add || op == Op::mul || op == Op::min || op == Op::max;
}

/// The operation that a formula calls `name`, as in "sqrt(x)"; other common names count too
/// ("ln", "arcsin", "square"). Null where there is none: leaves have no call.
Operation const* find_operation(std::string_view name) noexcept;

}  // namespace monoidal::expression
