#include "monoidal/expression/operation.hpp"

#include <algorithm>
#include <utility>

namespace monoidal::expression {
namespace {

using precedence::kAtom;
using precedence::kMinus;
using precedence::kPower;
using precedence::kProduct;
using precedence::kSum;

constexpr std::array<std::pair<std::string_view, Op>, 9> kAlso{{{"ln", Op::log},
                                                                {"arcsin", Op::asin},
                                                                {"arccos", Op::acos},
                                                                {"arctan", Op::atan},
                                                                {"square", Op::pow2},
                                                                {"sqr", Op::pow2},
                                                                {"cube", Op::pow3},
                                                                {"sgn", Op::sign},
                                                                {"power", Op::pow}}};

constexpr Operation leaf(Op op, std::string_view name, std::string_view text,
                         std::string_view latex, std::string_view c) noexcept {
    return {op, name, Domain::everywhere, Units::free, Notation(text), Notation(latex), c};
}

}  // namespace

// clang-format off
constinit std::array<Operation, kOps> const kOperations{{
    leaf(Op::number, "number", "", "", ""),
    leaf(Op::constant, "constant", "", "", ""),
    leaf(Op::variable, "variable", "", "", ""),
    leaf(Op::pi, "pi", "pi", R"(\pi)", "3.14159265358979323846"),

    Operation(Op::add, "add", Domain::everywhere, Units::same,
     Notation("#1 + #2", kSum, kSum, kProduct), Notation("#1 + #2", kSum, kSum, kProduct), "#1 + #2"),
    Operation(Op::sub, "sub", Domain::everywhere, Units::same,
     Notation("#1 - #2", kSum, kSum, kProduct), Notation("#1 - #2", kSum, kSum, kProduct), "#1 - #2"),
    Operation(Op::mul, "mul", Domain::everywhere, Units::product,
     Notation("#1*#2", kProduct, kProduct, kMinus), Notation(R"(#1 \cdot #2)", kProduct, kProduct, kPower), "#1 * #2"),
    Operation(Op::div, "div", Domain::nonzero, Units::quotient,
     Notation("#1/#2", kProduct, kProduct, kMinus), Notation(R"(\frac{#1}{#2})", kPower), "#1 / #2"),
    Operation(Op::pow, "pow", Domain::power, Units::power,
     Notation("#1**#2", kPower, kAtom, kMinus), Notation("#1^{#2}", kPower, kAtom), "pow(#1, #2)"),
    Operation(Op::min, "min", Domain::everywhere, Units::same,
     Notation("min(#1, #2)"), Notation(R"(\min\left(#1, #2\right))"),
     "#1 < #2 ? #1 : #2 <= #1 ? #2 : #1 + #2"),
    Operation(Op::max, "max", Domain::everywhere, Units::same,
     Notation("max(#1, #2)"), Notation(R"(\max\left(#1, #2\right))"),
     "#1 > #2 ? #1 : #2 >= #1 ? #2 : #1 + #2"),

    Operation(Op::neg, "neg", Domain::everywhere, Units::same,
     Notation("-#1", kMinus, kMinus), Notation("-#1", kSum, kProduct), "-#1"),
    Operation(Op::inv, "inv", Domain::nonzero, Units::reciprocal,
     Notation("1/#1", kProduct, kMinus), Notation(R"(\frac{1}{#1})", kPower), "1.0 / #1"),
    Operation(Op::abs, "abs", Domain::everywhere, Units::same,
     Notation("abs(#1)"), Notation(R"(\left|#1\right|)"), "fabs(#1)"),
    Operation(Op::sign, "sign", Domain::everywhere, Units::dropped,
     Notation("sign(#1)"), Notation(R"(\operatorname{sign}\left(#1\right))"),
     "#1 > 0.0 ? 1.0 : #1 < 0.0 ? -1.0 : #1"),
    Operation(Op::sqrt, "sqrt", Domain::nonnegative, Units::root,
     Notation("sqrt(#1)"), Notation(R"(\sqrt{#1})"), "sqrt(#1)"),
    Operation(Op::pow2, "pow2", Domain::everywhere, Units::square,
     Notation("#1**2", kPower, kAtom), Notation("#1^{2}", kPower, kAtom), "#1 * #1"),
    Operation(Op::pow3, "pow3", Domain::everywhere, Units::cube,
     Notation("#1**3", kPower, kAtom), Notation("#1^{3}", kPower, kAtom), "#1 * #1 * #1"),
    Operation(Op::exp, "exp", Domain::everywhere, Units::dimensionless,
     Notation("exp(#1)"), Notation("e^{#1}", kPower), "exp(#1)"),
    Operation(Op::log, "log", Domain::positive, Units::dimensionless,
     Notation("log(#1)"), Notation(R"(\log\left(#1\right))"), "log(#1)"),
    Operation(Op::sin, "sin", Domain::everywhere, Units::dimensionless,
     Notation("sin(#1)"), Notation(R"(\sin\left(#1\right))"), "sin(#1)"),
    Operation(Op::cos, "cos", Domain::everywhere, Units::dimensionless,
     Notation("cos(#1)"), Notation(R"(\cos\left(#1\right))"), "cos(#1)"),
    Operation(Op::tan, "tan", Domain::everywhere, Units::dimensionless,
     Notation("tan(#1)"), Notation(R"(\tan\left(#1\right))"), "tan(#1)"),
    Operation(Op::asin, "asin", Domain::unit_interval, Units::dimensionless,
     Notation("asin(#1)"), Notation(R"(\arcsin\left(#1\right))"), "asin(#1)"),
    Operation(Op::acos, "acos", Domain::unit_interval, Units::dimensionless,
     Notation("acos(#1)"), Notation(R"(\arccos\left(#1\right))"), "acos(#1)"),
    Operation(Op::atan, "atan", Domain::everywhere, Units::dimensionless,
     Notation("atan(#1)"), Notation(R"(\arctan\left(#1\right))"), "atan(#1)"),
    Operation(Op::sinh, "sinh", Domain::everywhere, Units::dimensionless,
     Notation("sinh(#1)"), Notation(R"(\sinh\left(#1\right))"), "sinh(#1)"),
    Operation(Op::cosh, "cosh", Domain::everywhere, Units::dimensionless,
     Notation("cosh(#1)"), Notation(R"(\cosh\left(#1\right))"), "cosh(#1)"),
    Operation(Op::tanh, "tanh", Domain::everywhere, Units::dimensionless,
     Notation("tanh(#1)"), Notation(R"(\tanh\left(#1\right))"), "tanh(#1)"),
}};
// clang-format on

Operation const* find_operation(std::string_view name) noexcept {
    for (auto const& [other, op] : kAlso) {
        if (other == name) return &operation(op);
    }
    auto const* const found = std::ranges::find_if(
        kOperations, [&](Operation const& o) { return arity(o.op) > 0 && o.name == name; });
    return found == kOperations.end() ? nullptr : &*found;
}

}  // namespace monoidal::expression
