#include "monoidal/expression/simplify.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include "canonical.hpp"
#include "hash.hpp"
#include "monoidal/expression/evaluate.hpp"

namespace monoidal::expression {
namespace {

bool is_additive(Op op) { return op == Op::add || op == Op::sub || op == Op::neg; }
bool is_multiplicative(Op op) { return op == Op::mul || op == Op::div || op == Op::inv; }

/// Walks a program into its canonical form. A chain of sums is collected once, at its top, and so
/// is a chain of products: a sum of n terms costs n log n.
class Canonicaliser {
public:
    explicit Canonicaliser(Program const& program)
        : program_(program), nodes_(program.nodes()), canon_(program.n_variables()) {}

    Program run() {
        find_interior();
        map_.resize(nodes_.size());
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            if (!is_interior_[i]) map_[i] = translate(i);
        }
        return canon_.build(map_.back());
    }

private:
    /// A node of a chain that only the chain uses.
    void find_interior() {
        std::vector<std::uint32_t> uses(nodes_.size(), 0);
        std::vector<Op> user(nodes_.size(), Op::number);
        auto const use = [&](std::uint32_t id, Op op) {
            ++uses[id];
            user[id] = op;
        };
        for (auto const& node : nodes_) {
            if (arity(node.op) > 0) use(node.a, node.op);
            if (arity(node.op) > 1) use(node.b, node.op);
        }
        is_interior_.resize(nodes_.size());
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            auto const op = nodes_[i].op;
            is_interior_[i] =
                uses[i] == 1 && ((is_additive(op) && is_additive(user[i])) ||
                                 (is_multiplicative(op) && is_multiplicative(user[i])));
        }
    }

    Id translate(std::uint32_t id) {
        Node const& node = nodes_[id];
        if (is_additive(node.op)) return sum(id);
        if (is_multiplicative(node.op)) return product(id);
        switch (node.op) {
            case Op::pow2: return power(node.a, 2);
            case Op::pow3: return power(node.a, 3);
            case Op::pow: return canon_.power(map_[node.a], map_[node.b]);
            case Op::min:
            case Op::max: return canon_.extreme(node.op, map_[node.a], map_[node.b]);
            default: break;
        }
        if (arity(node.op) == 1) return canon_.function(node.op, map_[node.a]);
        return canon_.leaf(node, node.op == Op::constant ? program_.constants()[node.a] : 0.0);
    }

    struct Signed {
        std::uint32_t id;
        bool flip;
    };

    /// Calls `take(node, flip)` for what the chain at `id` adds or multiplies, `flip` where it
    /// subtracts or divides.
    template <class Take>
    void unfold(std::uint32_t id, Take take) {
        stack_.assign(1, {.id = id, .flip = false});
        bool is_top = true;
        while (!stack_.empty()) {
            auto const [at, flip] = stack_.back();
            stack_.pop_back();
            if (!is_top && !is_interior_[at]) {
                take(map_[at], flip);
                continue;
            }
            is_top = false;
            Node const& node = nodes_[at];
            bool const flips_last = node.op != Op::add && node.op != Op::mul;
            if (arity(node.op) > 1) stack_.push_back({.id = node.b, .flip = flip != flips_last});
            stack_.push_back(
                {.id = node.a, .flip = arity(node.op) > 1 ? flip : flip != flips_last});
        }
    }

    Id sum(std::uint32_t id) {
        Sum sum;
        unfold(id, [&](Id part, bool minus) {
            canon_.add_to(sum, part, Coefficient::integer(minus ? -1 : 1));
        });
        return canon_.sum(std::move(sum));
    }
    Id product(std::uint32_t id) {
        Product product;
        unfold(id,
               [&](Id part, bool under) { canon_.multiply_into(product, part, under ? -1 : 1); });
        return canon_.product(std::move(product));
    }
    Id power(std::uint32_t base, std::int64_t exponent) {
        Product product;
        canon_.multiply_into(product, map_[base], exponent);
        return canon_.product(std::move(product));
    }

    Program const& program_;
    std::span<Node const> nodes_;
    Canon canon_;
    std::vector<bool> is_interior_;
    std::vector<Id> map_;
    std::vector<Signed> stack_;
};

constexpr std::size_t kPoints = 24;

/// Positive and negative, of sizes 1/8 to 8, the same on every machine.
double coordinate(std::size_t point, std::size_t variable) {
    auto const random = mix(hash(point, variable));
    auto const unit = static_cast<double>(random >> 12U) * 0x1p-52;
    auto const size = (1.0 + unit) * std::ldexp(1.0, static_cast<int>(random & 0xfffU) % 6 - 3);
    return point % 3 == 2 && (random & 0x800U) != 0 ? -size : size;
}

}  // namespace

Program canonical(Program const& program) { return Canonicaliser(program).run(); }

Program simplify(Program const& program) {
    if (auto form = canonical(program); form.tree_size() <= program.tree_size()) return form;
    return program;
}

std::uint64_t structural_hash(Program const& program) {
    std::vector<std::uint64_t> of(program.size());
    for (std::size_t i = 0; i < program.size(); ++i) {
        Node const& node = program.nodes()[i];
        auto const op = static_cast<std::uint64_t>(node.op);
        switch (arity(node.op)) {
            case 1: of[i] = hash(of[node.a], op); break;
            case 2: of[i] = hash(hash(of[node.a], of[node.b]), op); break;
            default:
                of[i] = node.op == Op::constant
                            ? hash(std::bit_cast<std::uint64_t>(program.constants()[node.a]), op)
                            : hash(node.a, op);
        }
    }
    return of.back();
}

std::uint64_t fingerprint(Program const& program) {
    auto const n = std::max<std::size_t>(program.n_variables(), 1);
    std::vector<double> x(n * kPoints);
    for (std::size_t k = 0; k < x.size(); ++k) x[k] = coordinate(k % kPoints, k / kPoints);
    std::array<double, kPoints> y{};
    Candidate const candidate{.program = &program, .constants = program.constants()};
    ThreadPool alone(1);
    evaluate<double>({&candidate, 1}, {.data = x.data(), .n_rows = kPoints, .n_columns = n}, y,
                     alone, {});
    double largest = 0.0;
    for (double const value : y) {
        if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
    }
    if (largest == 0.0) return std::ranges::all_of(y, [](double v) { return v == 0.0; });
    std::uint64_t result = mix(static_cast<std::uint64_t>(std::ilogb(largest)) + 2000);
    auto const scale = std::ldexp(1.0, 30 - std::ilogb(largest));
    for (double const value : y) {
        // Off the half-way points, where rounding would split equal values.
        auto const rounded = std::isfinite(value) ? std::floor(value * scale + 0.37) : 0x1p40;
        result = hash(result, std::bit_cast<std::uint64_t>(rounded + 0.0));
    }
    return result;
}

}  // namespace monoidal::expression
