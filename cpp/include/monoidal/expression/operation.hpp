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
    std::string_view form;
    int binds = precedence::kAtom;
    int left = 0;  // how tightly each operand must bind to stand without brackets
    int right = 0;
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
    Op op;
    std::string_view name;
    std::uint8_t arity;
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
inline constexpr std::size_t arity(Op op) noexcept {
    auto const index = static_cast<std::size_t>(op);
    if (index < kFirstBinary) return 0;
    return index < kFirstUnary ? 2 : 1;
}
inline constexpr bool is_commutative(Op op) noexcept {
    return op == Op::add || op == Op::mul || op == Op::min || op == Op::max;
}

/// The operation that a formula calls `name`, as in "sqrt(x)"; other common names count too
/// ("ln", "arcsin", "square"). Null where there is none: leaves have no call.
Operation const* find_operation(std::string_view name) noexcept;

}  // namespace monoidal::expression
