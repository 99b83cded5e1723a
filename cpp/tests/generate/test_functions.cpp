#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "monoidal/common/error.hpp"
#include "monoidal/expression/evaluate.hpp"
#include "monoidal/expression/parse.hpp"
#include "monoidal/expression/simplify.hpp"
#include "monoidal/generate/functions.hpp"

namespace monoidal::generate {
namespace {

expression::Program read(std::string const& text) {
    return expression::parse(text, std::nullopt, {}).program;
}

}  // namespace

TEST_CASE("sample_functions: each is finite on its points and uses all its variables") {
    ThreadPool pool(1);
    for (auto const& f : sample_functions(3, 0, 200, {}, pool, {})) {
        auto const n = f.program.n_variables();
        REQUIRE(f.y.size() == 200);
        REQUIRE(f.x.size() == 200 * n);
        CHECK(std::ranges::all_of(f.y, [](float y) { return std::abs(y) <= 1e6F; }));
        std::vector<double> point(n);
        for (std::size_t k = 0; k < n; ++k) point[k] = static_cast<double>(f.x[k * 200 + 7]);
        auto const y = expression::evaluate_point(f.program, f.program.constants(), point);
        CHECK(static_cast<float>(y) == f.y[7]);
        std::vector<bool> used(n);
        for (auto const& node : f.program.nodes()) {
            if (node.op == expression::Op::variable) used[node.a] = true;
        }
        CHECK(std::ranges::all_of(used, [](bool is) { return is; }));
    }
}

TEST_CASE("sample_functions: an item depends on the seed and its index alone") {
    ThreadPool one(1);
    ThreadPool four(4);
    auto const a = sample_functions(5, 0, 300, {}, one, {});
    auto const b = sample_functions(5, 100, 200, {}, four, {});
    for (std::size_t k = 0; k < b.size(); ++k) {
        CHECK(a[100 + k].program == b[k].program);
        CHECK(a[100 + k].x == b[k].x);
    }
    CHECK_FALSE(a[0].program == sample_functions(6, 0, 1, {}, one, {})[0].program);
}

TEST_CASE("skeleton: constants' values do not count, exact integers do") {
    CHECK(skeleton(read("2.5*sin(x) + 0.5")) == skeleton(read("0.1 + 7.5*sin(x)")));
    CHECK(skeleton(read("2.5*sin(x) + 0.5")) != skeleton(read("2.5*cos(x) + 0.5")));
    CHECK(skeleton(read("x**2")) != skeleton(read("x**3")));
}

TEST_CASE("sample_functions: options out of range are refused") {
    ThreadPool pool(1);
    CHECK_THROWS_AS(sample_functions(0, 0, 1, {.max_variables = 9}, pool, {}), DomainError);
    CHECK_THROWS_AS(sample_functions(0, 0, 1, {.n_points = 1}, pool, {}), DomainError);
    CHECK_THROWS_AS(sample_functions(0, 0, 1, {.max_value = 0.0}, pool, {}), DomainError);
}

}  // namespace monoidal::generate
