#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <set>
#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/search/table.hpp"

namespace monoidal::search {
namespace {

std::vector<double> sample(std::size_t n_columns, std::size_t n_rows) {
    std::mt19937_64 random(7);  // NOLINT(bugprone-random-generator-seed)
    std::uniform_real_distribution<double> uniform(1.0, 5.0);
    std::vector<double> x(n_columns * n_rows);
    for (double& v : x) v = uniform(random);
    return x;
}

TableOptions options(std::size_t max_entries) {
    TableOptions o;
    o.operations = {Op::add, Op::sub, Op::mul, Op::div, Op::sqrt, Op::pow2, Op::log, Op::sin};
    o.max_entries = max_entries;
    return o;
}

Table make(std::vector<double> const& x, std::size_t n_columns, std::size_t max_entries,
           std::size_t n_threads) {
    ThreadPool pool(n_threads);
    expression::Columns<double> const data{
        .data = x.data(), .n_rows = x.size() / n_columns, .n_columns = n_columns};
    return {data, options(max_entries), pool, {}};
}

}  // namespace

TEST_CASE("Table: every entry is the program that its values say, cheapest first") {
    auto const x = sample(2, 16);
    auto const table = make(x, 2, 3'000, 1);
    REQUIRE(table.size() == 3'000);
    for (std::size_t k = 0; k < table.size(); k += 7) {
        auto const program = table.program(k);
        for (std::size_t p = 0; p < 16; ++p) {
            std::vector<double> const point{x[p], x[16 + p]};
            CHECK(expression::evaluate_point(program, {}, point) ==
                  doctest::Approx(table.values(k)[p]).epsilon(1e-12));
        }
        if (k > 0) CHECK(table.entry(k - 1).cost <= table.entry(k).cost);
    }
}

TEST_CASE("Table: each function of the points stands once") {
    auto const x = sample(2, 16);
    auto const table = make(x, 2, 3'000, 1);
    std::set<std::uint64_t> keys;
    for (std::size_t k = 0; k < table.size(); ++k) keys.insert(value_key(table.values(k)));
    CHECK(keys.size() == table.size());
}

TEST_CASE("Table: the same entries for any number of threads") {
    auto const x = sample(3, 24);
    auto const one = make(x, 3, 20'000, 1);
    auto const four = make(x, 3, 20'000, 4);
    REQUIRE(one.size() == four.size());
    for (std::size_t k = 0; k < one.size(); ++k) {
        REQUIRE(one.entry(k).op == four.entry(k).op);
        REQUIRE(one.entry(k).a == four.entry(k).a);
        REQUIRE(one.entry(k).b == four.entry(k).b);
    }
}

TEST_CASE("Table: too few or too many points, too many entries are refused") {
    auto const x = sample(1, 40);
    ThreadPool pool(1);
    CHECK_THROWS_AS(Table({x.data(), 3, 1}, options(100), pool, {}), ShapeError);
    CHECK_THROWS_AS(Table({x.data(), 33, 1}, options(100), pool, {}), ShapeError);
    CHECK_THROWS_AS(Table({x.data(), 8, 1}, options(std::size_t{1} << 25U), pool, {}),
                    TooLargeError);
}

TEST_CASE("Table: constant and duplicate columns add nothing") {
    std::vector<double> x = sample(1, 8);
    x.insert(x.end(), x.begin(), x.begin() + 8);
    x.insert(x.end(), 8, 3.0);
    auto const table = make(x, 3, 500, 1);
    std::size_t variables = 0;
    for (std::size_t k = 0; k < table.size(); ++k) variables += table.entry(k).op == Op::variable;
    CHECK(variables == 1);
}

TEST_CASE("normal forms: keys forget a factor, an offset and nothing else") {
    std::vector<double> const f{1.0, 2.5, -0.5, 4.0, 0.25};
    std::vector<double> g;
    std::vector<double> h;
    g.reserve(f.size());
    h.reserve(f.size());
    for (double const v : f) {
        g.push_back(-3.0 * v + 7.0);
        h.push_back(v * v);
    }
    CHECK(affine_key(f) == affine_key(g));
    CHECK(affine_key(f) != affine_key(h));
    CHECK(value_key(f) != value_key(g));
    std::vector<double> scaled;
    scaled.reserve(f.size());
    for (double const v : f) scaled.push_back(-0.1 * v);
    auto const a = log_form(f);
    auto const b = log_form(scaled);
    REQUIRE(a.has_value());
    REQUIRE(b.has_value());
    if (!a || !b) return;
    CHECK(scale_key({a->logs.data(), 5}, a->signs) == scale_key({b->logs.data(), 5}, b->signs));
    CHECK_FALSE(log_form(std::vector<double>{1.0, 0.0, 2.0}));
    CHECK_FALSE(affine_key(std::vector<double>(5, 2.0)));
    CHECK_FALSE(is_usable(std::vector<double>{1.0, std::nan(""), 2.0}));
}

}  // namespace monoidal::search
