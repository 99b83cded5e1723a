#include "monoidal/expression/derive.hpp"

#include <optional>
#include <string>
#include <vector>

#include "monoidal/common/error.hpp"

namespace monoidal::expression {
namespace {

using Id = Builder::Id;
using Slope = std::optional<Id>;  // none: zero

class Deriver {
public:
    Deriver(Program const& program, Wrt wrt, std::size_t index)
        : program_(program), wrt_(wrt), index_(index), out_(program.n_variables()) {}

    Program run() {
        auto const nodes = program_.nodes();
        std::vector<Slope> slope(nodes.size());
        value_.resize(nodes.size());
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            Node const& node = nodes[i];
            value_[i] = copy(node);
            if (arity(node.op) == 0) {
                bool const is_it =
                    node.op == (wrt_ == Wrt::constants ? Op::constant : Op::variable);
                if (is_it && node.a == index_) slope[i] = out_.number(1);
                continue;
            }
            auto const da = slope[node.a];
            auto const db = arity(node.op) > 1 ? slope[node.b] : Slope{};
            if (!da && !db) continue;
            slope[i] = arity(node.op) > 1 ? binary(node, value_[i], da, db)
                                          : unary(node.op, value_[node.a], value_[i], *da);
        }
        return out_.build(slope.back() ? *slope.back() : out_.number(0));
    }

private:
    Id copy(Node const& node) {
        switch (node.op) {
            case Op::number: return out_.number(static_cast<std::int32_t>(node.a));
            case Op::constant: return out_.constant(program_.constants()[node.a]);
            case Op::variable: return out_.variable(node.a);
            case Op::pi: return out_.apply(Op::pi);
            default: break;
        }
        return out_.apply(node.op, value_[node.a], arity(node.op) > 1 ? value_[node.b] : 0);
    }

    Id one() { return out_.number(1); }
    Id neg(Id a) { return out_.apply(Op::neg, a); }
    Id square(Id a) { return out_.apply(Op::pow2, a); }
    Id times(Id a, Id b) {
        if (out_.is_number(a, 1)) return b;
        return out_.is_number(b, 1) ? a : out_.apply(Op::mul, a, b);
    }
    Id over(Id a, Id b) {
        return out_.is_number(a, 1) ? out_.apply(Op::inv, b) : out_.apply(Op::div, a, b);
    }
    Slope sum(Slope a, Slope b) {
        if (!a || !b) return a ? a : b;
        return out_.apply(Op::add, *a, *b);
    }
    Slope difference(Slope a, Slope b) {
        if (!b) return a;
        return a ? out_.apply(Op::sub, *a, *b) : neg(*b);
    }

    Id unary(Op op, Id a, Id y, Id da) {
        switch (op) {
            case Op::neg: return neg(da);
            case Op::inv: return neg(over(da, square(a)));
            case Op::abs: return times(out_.apply(Op::sign, a), da);
            case Op::sqrt: return over(da, times(out_.number(2), y));
            case Op::pow2: return times(times(out_.number(2), a), da);
            case Op::pow3: return times(times(out_.number(3), square(a)), da);
            case Op::exp: return times(y, da);
            case Op::log: return over(da, a);
            case Op::sin: return times(out_.apply(Op::cos, a), da);
            case Op::cos: return neg(times(out_.apply(Op::sin, a), da));
            case Op::tan: return times(out_.apply(Op::add, square(y), one()), da);
            case Op::asin: return over(da, complement_root(a));
            case Op::acos: return neg(over(da, complement_root(a)));
            case Op::atan: return over(da, out_.apply(Op::add, square(a), one()));
            case Op::sinh: return times(out_.apply(Op::cosh, a), da);
            case Op::cosh: return times(out_.apply(Op::sinh, a), da);
            case Op::tanh: return times(out_.apply(Op::sub, one(), square(y)), da);
            default: return out_.number(0);  // sign
        }
    }
    Id complement_root(Id a) { return out_.apply(Op::sqrt, out_.apply(Op::sub, one(), square(a))); }

    Slope binary(Node const& node, Id y, Slope da, Slope db) {
        auto const a = value_[node.a];
        auto const b = value_[node.b];
        switch (node.op) {
            case Op::add: return sum(da, db);
            case Op::sub: return difference(da, db);
            case Op::mul:
                return sum(da ? Slope(times(*da, b)) : Slope{},
                           db ? Slope(times(a, *db)) : Slope{});
            case Op::div: return over(*difference(da, db ? Slope(times(y, *db)) : Slope{}), b);
            case Op::pow: return power(a, b, y, da, db);
            default: return extreme(node.op == Op::min, a, b, da, db);
        }
    }

    Slope power(Id a, Id b, Id y, Slope da, Slope db) {
        Slope by_base;
        if (da) by_base = times(times(b, power_below(a, b)), *da);
        Slope by_exponent;
        if (db) by_exponent = times(times(y, out_.apply(Op::log, a)), *db);
        return sum(by_base, by_exponent);
    }
    /// a^(b - 1)
    Id power_below(Id a, Id b) {
        if (out_.node(b).op != Op::number) {
            return out_.apply(Op::pow, a, out_.apply(Op::sub, b, one()));
        }
        auto const n = static_cast<std::int64_t>(static_cast<std::int32_t>(out_.node(b).a)) - 1;
        if (n == 1) return a;
        if (n == 2) return square(a);
        if (n == 3) return out_.apply(Op::pow3, a);
        return out_.apply(Op::pow, a,
                          n < -2147483647 ? out_.apply(Op::sub, b, one())
                                          : out_.number(static_cast<std::int32_t>(n)));
    }

    /// Each operand counts by (1 + sign(its lead)) / 2.
    Slope extreme(bool is_min, Id a, Id b, Slope da, Slope db) {
        auto const lead = [&](Id mine, Id other, Id slope) {
            auto const gap =
                is_min ? out_.apply(Op::sub, other, mine) : out_.apply(Op::sub, mine, other);
            auto const weight = out_.apply(Op::add, one(), out_.apply(Op::sign, gap));
            return out_.apply(Op::div, times(weight, slope), out_.number(2));
        };
        return sum(da ? Slope(lead(a, b, *da)) : Slope{}, db ? Slope(lead(b, a, *db)) : Slope{});
    }

    Program const& program_;
    Wrt wrt_;
    std::size_t index_;
    Builder out_;
    std::vector<Id> value_;
};

}  // namespace

Program derive(Program const& program, Wrt wrt, std::size_t index) {
    auto const n = wrt == Wrt::constants ? program.n_constants() : program.n_variables();
    if (index >= n) {
        throw ShapeError("index has " + std::to_string(index) + ", expected below " +
                         std::to_string(n));
    }
    return Deriver(program, wrt, index).run();
}

}  // namespace monoidal::expression
