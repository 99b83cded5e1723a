#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "coefficient.hpp"
#include "monoidal/expression/program.hpp"

namespace monoidal::expression {

using Id = Builder::Id;

struct Term {
    Id node;
    Coefficient factor;
};
struct Sum {
    Coefficient offset;
    std::vector<Term> terms;
};
struct Factor {
    Id base;
    std::int64_t exponent;
};
struct Product {
    Coefficient factor = Coefficient::integer(1);
    std::vector<Factor> factors;
};

/// What is known of a node for all finite inputs, in real arithmetic.
struct Facts {
    constexpr Facts() = default;
    constexpr Facts(bool finite, bool nonnegative, bool nonzero)
        : is_finite(finite), is_nonnegative(nonnegative), is_nonzero(nonzero) {}

    bool is_finite = false;
    bool is_nonnegative = false;  // wherever it is a number
    bool is_nonzero = false;
};

/// The nodes of a canonical form, each with its facts, its hash and, where it is one, its sum or
/// product. What it makes is canonical provided that the operands are.
class Canon {
public:
    explicit Canon(std::size_t n_variables) : out_(n_variables) {}

    Id leaf(Node const& node, double constant);
    Id value(Coefficient const& c);
    Id sum(Sum sum);
    Id product(Product product);
    Id function(Op op, Id a);
    Id extreme(Op op, Id a, Id b);
    Id power(Id a, Id b);

    /// into += scale * node
    void add_to(Sum& into, Id node, Coefficient const& scale);
    /// into *= node^exponent
    void multiply_into(Product& into, Id node, std::int64_t exponent);

    [[nodiscard]] Program build(Id result) const { return out_.build(result); }

private:
    Id node(Op op, Id a = 0, Id b = 0);
    void learn(Id id);
    [[nodiscard]] Facts facts_of(Node const& node) const;
    [[nodiscard]] std::uint64_t hash_of(Id id) const;
    [[nodiscard]] bool comes_before(Id a, Id b, bool larger_first) const;
    [[nodiscard]] std::optional<Coefficient> value_of(Id id) const;
    [[nodiscard]] bool leads_negative(Id id) const;
    Id negated(Id id);

    void collect(Sum& sum) const;
    Id build_sum(Sum const& sum);
    Id scaled(Term const& term);
    void collect(Product& product);
    Id build_product(Product const& product);
    Id build_side(Product const& product, Coefficient const& factor, bool numerator);
    Id build_power(Id base, std::int64_t exponent);
    void multiply_by_sum(Product& into, Id node, std::int64_t exponent);
    bool multiply_by_function(Product& into, Id node, std::int64_t exponent);
    void merge_exponentials(Product& product);
    std::optional<Id> folded(Op op, Id a);

    Builder out_;
    std::vector<Facts> facts_;
    std::vector<std::uint64_t> hash_;
    std::vector<std::uint32_t> size_;
    std::unordered_map<Id, Sum> sums_;
    std::unordered_map<Id, Product> products_;
    std::unordered_map<std::uint64_t, Id> constants_;  // by the bits of the value
};

}  // namespace monoidal::expression
