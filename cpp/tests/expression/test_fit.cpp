#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/expression/fit.hpp"
#include "monoidal/expression/parse.hpp"

namespace monoidal::expression {
namespace {

struct Data {
    std::vector<double> x;
    std::vector<double> y;
};

Data decay(std::size_t rows) {
    Data data;
    for (std::size_t k = 0; k < rows; ++k) {
        data.x.push_back(static_cast<double>(k) / 20.0);
        data.y.push_back(3.0 * std::exp(-0.8 * data.x.back()) + 0.5);
    }
    return data;
}

std::vector<FitResult> run(std::vector<Program> const& programs, Data const& data,
                           std::size_t n_threads, bool project) {
    std::vector<Candidate> candidates;
    for (auto const& program : programs) candidates.push_back({&program, program.constants()});
    FitOptions options;
    options.project_linear = project;
    ThreadPool pool(n_threads);
    return fit(candidates, {data.x.data(), data.x.size(), 1}, data.y, {}, options, pool, {});
}

Program read(std::string const& text) {
    return parse(text, std::vector<std::string>{"x"}, {}).program;
}

}  // namespace

TEST_CASE("fit: finds the constants of exact data, with projection in fewer steps") {
    auto const data = decay(83);  // not a multiple of a block
    auto const with = run({read("1.0*exp(-1.0*x) + 0.0")}, data, 1, true)[0];
    auto const without = run({read("1.0*exp(-1.0*x) + 0.0")}, data, 1, false)[0];
    for (auto const* found : {&with, &without}) {
        CHECK(is_converged(found->outcome));
        CHECK(found->constants[0] == doctest::Approx(3.0));
        CHECK(found->constants[1] == doctest::Approx(-0.8));
        CHECK(found->constants[2] == doctest::Approx(0.5));
    }
    CHECK(with.iterations < without.iterations);
}

TEST_CASE("fit: each candidate may have weights of its own") {
    auto const data = decay(100);
    auto const program = read("1.0*x + 0.0");
    std::vector<Candidate> const two(2, {&program, program.constants()});
    Columns<double> const x{data.x.data(), data.x.size(), 1};
    std::vector<double> weights(200, 1.0);
    for (std::size_t k = 130; k < 200; ++k) weights[k] = 0.0;  // the second sees 30 rows alone
    ThreadPool pool(2);
    auto const both = fit(two, x, data.y, weights, {}, pool, {});
    for (std::size_t k : {0U, 1U}) {
        auto const own = std::span<double const>(weights).subspan(100 * k, 100);
        auto const alone = fit({&two[k], 1}, x, data.y, own, {}, pool, {})[0];
        CHECK(both[k].constants == alone.constants);
    }
    CHECK(both[0].constants != both[1].constants);
    weights.pop_back();
    CHECK_THROWS_AS(fit(two, x, data.y, weights, {}, pool, {}), ShapeError);
}

TEST_CASE("fit: results do not depend on the number of threads") {
    auto const data = decay(300);
    std::vector<Program> programs;
    for (int k = 1; k < 20; ++k) {
        programs.push_back(read(std::to_string(k) + ".5*exp(-1.0*x) + sin(0.5*x)*0.1"));
    }
    auto const one = run(programs, data, 1, true);
    auto const three = run(programs, data, 3, true);
    for (std::size_t k = 0; k < programs.size(); ++k) {
        CHECK(one[k].constants == three[k].constants);
        CHECK(one[k].cost == three[k].cost);
    }
}

TEST_CASE("fit: a direction that the data does not see is left where it is") {
    auto const data = decay(40);
    auto const found = run({read("1.0*x + 2.0*x + 0.0*x**2")}, data, 1, true)[0];
    CHECK(is_converged(found.outcome));
    CHECK(std::isfinite(found.constants[0]));
}

TEST_CASE("fit: every outcome has a name and a message") {
    for (std::size_t k = 0; k < kFitOutcomes; ++k) {
        CHECK(!name(static_cast<FitOutcome>(k)).empty());
        CHECK(!message(static_cast<FitOutcome>(k)).empty());
    }
}

TEST_CASE("fit: a target that is not finite is refused") {
    auto data = decay(10);
    data.y[3] = NAN;
    CHECK_THROWS_AS(run({read("1.0*x")}, data, 1, true), DomainError);
}

}  // namespace monoidal::expression
