#include <doctest/doctest.h>

#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/search/table.hpp"

namespace monoidal::search {
namespace {

constexpr std::int16_t kOne = 12;  // a power of one, in twelfths

// m, m, m/s; y in m
Dimensions lengths() { return {{{kOne, 0}, {kOne, 0}, {kOne, -kOne}}, {kOne, 0}}; }

}  // namespace

TEST_CASE("Dimensions: without units every operation gives a pure number") {
    Dimensions const none;
    CHECK(!none.is_typed());
    CHECK(none.find(Op::add, 0, 0) == Dimensions::kPure);
    CHECK(none.is_power(0, 0.3, 0));
}

TEST_CASE("Dimensions: operations keep to the units") {
    auto const d = lengths();
    auto const length = d.variable(0);
    auto const speed = d.variable(2);
    CHECK(d.target() == length);
    CHECK(d.find(Op::add, length, length) == length);
    CHECK(d.find(Op::add, length, speed) == Dimensions::kNone);
    CHECK(d.find(Op::div, length, length) == Dimensions::kPure);
    CHECK(d.find(Op::sin, length) == Dimensions::kNone);
    CHECK(d.find(Op::sin, Dimensions::kPure) == Dimensions::kPure);
    CHECK(d.find(Op::sqrt, d.find(Op::pow2, length)) == length);
    CHECK(d.find(Op::pow, length, Dimensions::kPure) == Dimensions::kNone);
    CHECK(d.find(Op::mul, length, speed) == Dimensions::kNone);  // of no use here
    CHECK(d.is_power(d.find(Op::pow2, length), 0.5, length));
    CHECK(!d.is_power(length, 0.5, length));
}

TEST_CASE("Dimensions: another number of exponents is refused") {
    CHECK_THROWS_AS(Dimensions({{kOne}, {kOne, 0}}, {kOne, 0}), ShapeError);
}

TEST_CASE("Table: with units all entries have those of a column or of the target") {
    std::vector<double> x;
    for (int k = 0; k < 30; ++k) x.push_back(1.0 + 0.37 * k - 0.01 * k * k);
    TableOptions options;
    options.operations = {Op::add, Op::sub, Op::mul, Op::div, Op::sqrt, Op::exp};
    options.max_entries = 2'000;
    options.dimensions = lengths();
    ThreadPool pool(1);
    Table const table({.data = x.data(), .n_rows = 10, .n_columns = 3}, options, pool, {});
    auto const& d = table.dimensions();
    for (std::size_t k = 0; k < table.size(); ++k) {
        auto const& e = table.entry(k);
        REQUIRE(e.dimension < d.size());
        if (expression::arity(e.op) == 0) continue;
        auto const b =
            expression::arity(e.op) == 2 ? table.entry(e.b).dimension : Dimensions::kPure;
        REQUIRE(d.find(e.op, table.entry(e.a).dimension, b) == e.dimension);
    }
}

}  // namespace monoidal::search
