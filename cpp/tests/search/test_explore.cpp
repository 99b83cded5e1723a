#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/search/explore.hpp"

namespace monoidal::search {
namespace {

using F = std::function<double(double, double, double)>;
using Explore = std::vector<Law> (*)(Table const&, std::span<double const>, ExploreOptions const&,
                                     ThreadPool&, Poll const&);

constexpr std::size_t kPoints = 24;
constexpr std::size_t kRows = 60;  // the rest of them were not seen by the search

struct World {
    std::vector<double> all;  // a row after another
    std::vector<double> x;    // columns of the first points
    ThreadPool pool;
    Table table;

    explicit World(std::size_t n_threads = 1)
        : all(rows()), x(columns(all)), pool(n_threads), table(make()) {}

    static std::vector<double> rows() {
        std::mt19937_64 random(11);  // NOLINT(bugprone-random-generator-seed)
        std::uniform_real_distribution<double> uniform(1.0, 4.0);
        std::vector<double> values(3 * kRows);
        for (double& v : values) v = uniform(random);
        return values;
    }
    static std::vector<double> columns(std::vector<double> const& all) {
        std::vector<double> x(3 * kPoints);
        for (std::size_t k = 0; k < kPoints; ++k) {
            for (std::size_t c = 0; c < 3; ++c) x[c * kPoints + k] = all[3 * k + c];
        }
        return x;
    }
    Table make() {
        TableOptions options;
        options.operations = {Op::add,  Op::sub, Op::mul, Op::div, Op::sqrt,
                              Op::pow2, Op::exp, Op::log, Op::sin, Op::cos};
        options.max_entries = 20'000;
        return {{.data = x.data(), .n_rows = kPoints, .n_columns = 3}, options, pool, {}};
    }
    [[nodiscard]] std::vector<double> values(F const& f, std::size_t n) const {
        std::vector<double> y;
        y.reserve(n);
        for (std::size_t k = 0; k < n; ++k) {
            y.push_back(f(all[3 * k], all[3 * k + 1], all[3 * k + 2]));
        }
        return y;
    }
};

/// Does the first law hold on rows that the search did not see?
bool finds(World& world, Explore explore, F const& f, std::size_t n_peels = 0) {
    ExploreOptions options;
    options.n_peels = n_peels;
    options.max_terms = 4;
    if (explore == &pursue) options.n_entries = 200;
    auto const y = world.values(f, kRows);
    std::vector<double> const points(y.begin(), y.begin() + kPoints);
    auto const laws = explore(world.table, points, options, world.pool, {});
    if (laws.empty()) return false;
    auto const law = program(world.table, laws[0], y[0] < 0.0);
    for (std::size_t k = 0; k < kRows; ++k) {
        double const v =
            expression::evaluate_point(law, law.constants(), {world.all.data() + 3 * k, 3});
        if (!(std::abs(v - y[k]) <= 1e-7 * std::abs(y[k]))) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("match: finds one entry behind a transform, an affine map and a peel") {
    World world;
    CHECK(finds(world, match, [](double a, double b, double) { return 2.5 * a / b - 1.0; }));
    CHECK(finds(world, match, [](double a, double b, double) { return std::pow(a * b, 1.7); }));
    CHECK(finds(world, match, [](double a, double b, double) { return -std::exp(-a * a / b); }));
    F const velocities = [](double a, double b, double c) {
        return (a + b) / (1 + a * b / (c * c));
    };
    CHECK(finds(world, match, velocities, 100));
}

TEST_CASE("meet: finds products, quotients and sums of two entries") {
    World world;
    F const product = [](double a, double b, double c) {
        return 3.0 * (a + b * c) * std::sin(a - c);
    };
    CHECK(finds(world, meet, product));
    F const distance = [](double a, double b, double c) {
        return std::sqrt((a - b) * (a - b) + std::exp(c) * c);
    };
    CHECK(finds(world, meet, distance));
}

TEST_CASE("pursue: finds linear combinations with free weights") {
    World world;
    CHECK(finds(world, pursue, [](double a, double b, double c) {
        return 1.3 * a * a - 0.7 * std::sin(b) + 2.1 * std::log(c) + 0.4;
    }));
}

TEST_CASE("pursue: joins a simple entry with one far beyond the first, in pairs and triples") {
    World world;
    CHECK(finds(world, pursue, [](double a, double b, double c) {
        return 1.3 * a - 0.7 * std::sqrt(b * b + c * c);
    }));
    CHECK(finds(world, pursue, [](double a, double b, double c) {
        return 1.3 * a + 0.4 * b - 0.7 * std::sqrt(a * a + c * c);
    }));
}

TEST_CASE("pursue: finds products of powers of entries, up to a monomial") {
    World world;
    CHECK(finds(world, pursue, [](double a, double b, double c) {
        return 0.3 * a * a / std::sqrt(c) * std::pow(a + b, 1.7) * std::exp(-0.6 * b / c);
    }));
}

TEST_CASE("pursue: finds the pair that noise hides from equality") {
    World world;
    F const law = [](double a, double b, double c) { return a * a + 2.0 * std::sin(b * c); };
    auto y = world.values(law, kPoints);
    for (std::size_t k = 0; k < y.size(); ++k) y[k] += k % 3 == 0 ? 0.02 : -0.01;
    auto const laws = pursue(world.table, y, {.n_entries = 1000}, world.pool, {});
    REQUIRE(!laws.empty());
    CHECK(laws[0].residual < 0.01);
    CHECK(laws[0].cost < 14);
}

TEST_CASE("scan: the nearest entry comes first where nothing is equal") {
    World world;
    auto y = world.values([](double a, double b, double) { return a * std::sin(b); }, kPoints);
    for (std::size_t k = 0; k < y.size(); ++k) y[k] += k % 2 == 0 ? 0.01 : -0.01;
    auto const laws = scan(world.table, y, {}, world.pool, {});
    REQUIRE(!laws.empty());
    CHECK(laws[0].residual < 0.02);
    CHECK(match(world.table, y, {}, world.pool, {}).empty());
}

TEST_CASE("explore: the same laws for any number of threads") {
    World one(1);
    World three(3);
    F const f = [](double a, double b, double c) { return a * std::exp(-b) + c / a; };
    auto const y = one.values(f, kPoints);
    ExploreOptions options;
    options.n_peels = 20;
    for (auto const explore : {&match, &meet, &scan, &pursue}) {
        options.n_entries = explore == &pursue ? 200 : 1'000;
        auto const a = explore(one.table, y, options, one.pool, {});
        auto const b = explore(three.table, y, options, three.pool, {});
        REQUIRE(a.size() == b.size());
        for (std::size_t k = 0; k < a.size(); ++k) {
            REQUIRE(program(one.table, a[k], false) == program(three.table, b[k], false));
        }
    }
}

TEST_CASE("explore: a target of another length or not finite is refused") {
    World world;
    CHECK_THROWS_AS(match(world.table, std::vector<double>(3, 1.0), {}, world.pool, {}),
                    ShapeError);
    std::vector<double> y(kPoints, 1.0);
    y[5] = std::nan("");
    CHECK_THROWS_AS(meet(world.table, y, {}, world.pool, {}), DomainError);
}

TEST_CASE("explore: what the poll throws ends the search") {
    World world;
    auto const y = world.values([](double a, double b, double c) { return a * b + c; }, kPoints);
    ExploreOptions options;
    options.n_peels = 1'000;
    CHECK_THROWS_AS(meet(world.table, y, options, world.pool, [] { throw Error("stop"); }), Error);
}

}  // namespace monoidal::search
