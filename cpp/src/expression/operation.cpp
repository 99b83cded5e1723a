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

constexpr Operation leaf(Op op, std::string_view name, std::string_view text,
                         std::string_view latex, std::string_view c) {
    return {op, name, 0, Domain::everywhere, Units::free, {text}, {latex}, c};
}

}  // namespace

// clang-format off
std::array<Operation, kOps> const kOperations{{
    leaf(Op::number, "number", "", "", ""),
    leaf(Op::constant, "constant", "", "", ""),
    leaf(Op::variable, "variable", "", "", ""),
    leaf(Op::pi, "pi", "pi", "\\pi", "3.14159265358979323846"),

    {Op::add, "add", 2, Domain::everywhere, Units::same,
     {"#1 + #2", kSum, kSum, kProduct}, {"#1 + #2", kSum, kSum, kProduct}, "#1 + #2"},
    {Op::sub, "sub", 2, Domain::everywhere, Units::same,
     {"#1 - #2", kSum, kSum, kProduct}, {"#1 - #2", kSum, kSum, kProduct}, "#1 - #2"},
    {Op::mul, "mul", 2, Domain::everywhere, Units::product,
     {"#1*#2", kProduct, kProduct, kMinus}, {"#1 \\cdot #2", kProduct, kProduct, kPower}, "#1 * #2"},
    {Op::div, "div", 2, Domain::nonzero, Units::quotient,
     {"#1/#2", kProduct, kProduct, kMinus}, {"\\frac{#1}{#2}", kPower}, "#1 / #2"},
    {Op::pow, "pow", 2, Domain::power, Units::power,
     {"#1**#2", kPower, kAtom, kMinus}, {"#1^{#2}", kPower, kAtom}, "pow(#1, #2)"},
    {Op::min, "min", 2, Domain::everywhere, Units::same,
     {"min(#1, #2)"}, {"\\min\\left(#1, #2\\right)"},
     "#1 < #2 ? #1 : #2 <= #1 ? #2 : #1 + #2"},
    {Op::max, "max", 2, Domain::everywhere, Units::same,
     {"max(#1, #2)"}, {"\\max\\left(#1, #2\\right)"},
     "#1 > #2 ? #1 : #2 >= #1 ? #2 : #1 + #2"},

    {Op::neg, "neg", 1, Domain::everywhere, Units::same,
     {"-#1", kMinus, kMinus}, {"-#1", kSum, kProduct}, "-#1"},
    {Op::inv, "inv", 1, Domain::nonzero, Units::reciprocal,
     {"1/#1", kProduct, kMinus}, {"\\frac{1}{#1}", kPower}, "1.0 / #1"},
    {Op::abs, "abs", 1, Domain::everywhere, Units::same,
     {"abs(#1)"}, {"\\left|#1\\right|"}, "fabs(#1)"},
    {Op::sign, "sign", 1, Domain::everywhere, Units::dropped,
     {"sign(#1)"}, {"\\operatorname{sign}\\left(#1\\right)"},
     "#1 > 0.0 ? 1.0 : #1 < 0.0 ? -1.0 : #1"},
    {Op::sqrt, "sqrt", 1, Domain::nonnegative, Units::root,
     {"sqrt(#1)"}, {"\\sqrt{#1}"}, "sqrt(#1)"},
    {Op::pow2, "pow2", 1, Domain::everywhere, Units::square,
     {"#1**2", kPower, kAtom}, {"#1^{2}", kPower, kAtom}, "#1 * #1"},
    {Op::pow3, "pow3", 1, Domain::everywhere, Units::cube,
     {"#1**3", kPower, kAtom}, {"#1^{3}", kPower, kAtom}, "#1 * #1 * #1"},
    {Op::exp, "exp", 1, Domain::everywhere, Units::dimensionless,
     {"exp(#1)"}, {"e^{#1}", kPower}, "exp(#1)"},
    {Op::log, "log", 1, Domain::positive, Units::dimensionless,
     {"log(#1)"}, {"\\log\\left(#1\\right)"}, "log(#1)"},
    {Op::sin, "sin", 1, Domain::everywhere, Units::dimensionless,
     {"sin(#1)"}, {"\\sin\\left(#1\\right)"}, "sin(#1)"},
    {Op::cos, "cos", 1, Domain::everywhere, Units::dimensionless,
     {"cos(#1)"}, {"\\cos\\left(#1\\right)"}, "cos(#1)"},
    {Op::tan, "tan", 1, Domain::everywhere, Units::dimensionless,
     {"tan(#1)"}, {"\\tan\\left(#1\\right)"}, "tan(#1)"},
    {Op::asin, "asin", 1, Domain::unit_interval, Units::dimensionless,
     {"asin(#1)"}, {"\\arcsin\\left(#1\\right)"}, "asin(#1)"},
    {Op::acos, "acos", 1, Domain::unit_interval, Units::dimensionless,
     {"acos(#1)"}, {"\\arccos\\left(#1\\right)"}, "acos(#1)"},
    {Op::atan, "atan", 1, Domain::everywhere, Units::dimensionless,
     {"atan(#1)"}, {"\\arctan\\left(#1\\right)"}, "atan(#1)"},
    {Op::sinh, "sinh", 1, Domain::everywhere, Units::dimensionless,
     {"sinh(#1)"}, {"\\sinh\\left(#1\\right)"}, "sinh(#1)"},
    {Op::cosh, "cosh", 1, Domain::everywhere, Units::dimensionless,
     {"cosh(#1)"}, {"\\cosh\\left(#1\\right)"}, "cosh(#1)"},
    {Op::tanh, "tanh", 1, Domain::everywhere, Units::dimensionless,
     {"tanh(#1)"}, {"\\tanh\\left(#1\\right)"}, "tanh(#1)"},
}};
// clang-format on

Operation const* find_operation(std::string_view name) noexcept {
    constexpr std::array<std::pair<std::string_view, Op>, 9> kAlso{{{"ln", Op::log},
                                                                    {"arcsin", Op::asin},
                                                                    {"arccos", Op::acos},
                                                                    {"arctan", Op::atan},
                                                                    {"square", Op::pow2},
                                                                    {"sqr", Op::pow2},
                                                                    {"cube", Op::pow3},
                                                                    {"sgn", Op::sign},
                                                                    {"power", Op::pow}}};
    for (auto const& [other, op] : kAlso) {
        if (other == name) return &operation(op);
    }
    auto const* const found =
        std::find_if(kOperations.begin(), kOperations.end(),
                     [&](Operation const& o) { return o.arity > 0 && o.name == name; });
    return found == kOperations.end() ? nullptr : &*found;
}

}  // namespace monoidal::expression
