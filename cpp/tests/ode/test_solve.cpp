#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "../../src/ode/step_kernels.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/expression/parse.hpp"
#include "monoidal/ode/solve.hpp"

namespace monoidal::ode {
namespace {

System read(std::vector<std::string> const& texts, std::vector<std::string> variables) {
    auto const n_named = variables.size() - texts.size() - 1;
    std::vector<expression::Program> programs;
    programs.reserve(texts.size());
    for (auto const& text : texts) {
        programs.push_back(expression::parse(text, variables, {}).program);
    }
    return {programs, n_named};
}

struct Run {
    std::vector<double> values;
    std::vector<Trajectory> results;
};

Run run(System const& system, std::vector<double> const& initial,
        std::vector<double> const& parameters, std::vector<double> const& times,
        SolveOptions options, std::size_t n_threads = 1) {
    auto const n = initial.size() / system.n_own_states();
    options.tol_abs.resize(system.n_own_states(), 1e-9);
    Run out{.values = std::vector<double>(n * times.size() * system.n_states()), .results = {}};
    ThreadPool pool(n_threads);
    out.results = solve(system,
                        {.n = n,
                         .n_times = times.size(),
                         .initial = initial,
                         .parameters = parameters,
                         .times = times},
                        options, out.values, pool, {});
    return out;
}

SolveOptions with(Method method, double tol_rel = 1e-8) {
    SolveOptions options;
    options.method = method;
    options.tol_rel = tol_rel;
    return options;
}

Outcome outcome_of(std::string const& text, double start, SolveOptions const& options,
                   double end = 2.0) {
    return run(read({text}, {"x", "t"}), {start}, {}, {0.0, end}, options).results[0].outcome;
}

/// Error at the end of steps of fixed size, and inside them.
double fixed_step_error(Method method, double step, double time) {
    auto const system = read({"-x*y + sin(t)", "x - y*t/2"}, {"x", "y", "t"});
    auto options = with(method, 1e300);
    options.first_step = options.max_step = step;
    auto const coarse = run(system, {1.0, 0.5}, {}, {0.0, time, 1.0}, options);
    auto reference = with(Method::dormand_prince, 1e-13);
    reference.tol_abs = {1e-15, 1e-15};
    auto const fine = run(system, {1.0, 0.5}, {}, {0.0, time, 1.0}, reference);
    return std::abs(coarse.values[2] - fine.values[2]);
}

}  // namespace

TEST_CASE("solve: each method has its order, at the end of steps and inside them") {
    // At 1/3 both step sizes have the time at the same place inside a step.
    auto const order = [](Method method, double step, double time) {
        return std::log2(fixed_step_error(method, step, time) /
                         fixed_step_error(method, step / 4, time)) /
               2;
    };
    CHECK(order(Method::dormand_prince, 1.0 / 8, 1.0) > 4.7);
    CHECK(order(Method::dormand_prince, 1.0 / 8, 1.0 / 3) > 3.7);
    CHECK(order(Method::rosenbrock, 1.0 / 32, 1.0) > 3.7);
    CHECK(order(Method::rosenbrock, 1.0 / 32, 1.0 / 3) > 2.7);
}

TEST_CASE("solve: an oscillator returns where it began") {
    auto const system = read({"y", "-w^2*x"}, {"x", "y", "t", "w"});
    auto const period = 2 * std::acos(-1.0);
    for (auto const method : {Method::dormand_prince, Method::rosenbrock, Method::automatic}) {
        auto const out =
            run(system, {1, 0, 1, 0}, {1, 2}, {0, period / 2, period, period}, with(method, 1e-10));
        CHECK(out.results[0].outcome == Outcome::finished);
        CHECK(out.values[2] == doctest::Approx(-1.0).epsilon(1e-7));
        CHECK(out.values[4] == doctest::Approx(1.0).epsilon(1e-7));
        CHECK(out.values[8 + 2] == doctest::Approx(1.0).epsilon(1e-7));
        CHECK(out.values[6] == out.values[4]);
    }
}

TEST_CASE("solve: a trajectory that ends says why") {
    for (auto const method : {Method::dormand_prince, Method::rosenbrock, Method::automatic}) {
        auto const options = with(method);
        CHECK(outcome_of("x^2", 1.0, options) == Outcome::blow_up);
        CHECK(outcome_of("exp(x)", 0.0, options) == Outcome::blow_up);
        CHECK(outcome_of("sqrt(1 - t) + 0*x", 1.0, options) == Outcome::not_finite);
        CHECK(outcome_of("log(-1 - x)", 1.0, options) == Outcome::not_finite);
        CHECK(outcome_of("-x", 1.0, options) == Outcome::finished);
        auto bounded = options;
        bounded.limit = 3.0;
        CHECK(outcome_of("x", 1.0, bounded) == Outcome::blow_up);
        auto few = options;
        few.max_steps = 3;
        CHECK(outcome_of("sin(100*t) + x", 1.0, few) == Outcome::steps_spent);
        auto brief = options;
        brief.max_seconds = 1e-3;
        CHECK(outcome_of("sin(1000*t)*x", 1.0, brief, 1e6) == Outcome::seconds_spent);
    }
}

TEST_CASE("solve: values after the end of a trajectory are NaN, those before are kept") {
    auto const out =
        run(read({"x^2"}, {"x", "t"}), {1.0}, {}, {0.0, 0.5, 2.0}, with(Method::dormand_prince));
    CHECK(out.values[1] == doctest::Approx(2.0));
    CHECK(std::isnan(out.values[2]));
    CHECK(out.results[0].time == doctest::Approx(1.0));
}

TEST_CASE("solve: a stiff system is found, and handed to the stiff method") {
    auto const system = read({"y", "1000*(1 - x^2)*y - x"}, {"x", "y", "t"});
    auto const out = run(system, {2.0, 0.0}, {}, {0.0, 1500.0}, with(Method::automatic, 1e-6));
    CHECK(out.results[0].outcome == Outcome::finished);
    CHECK(out.results[0].was_stiff);
    CHECK(out.results[0].n_steps < 3000);
    CHECK_FALSE(
        run(system, {2.0, 0.0}, {}, {0.0, 0.001}, with(Method::automatic)).results[0].was_stiff);
}

TEST_CASE("solve: no lane depends on the others, nor on the number of threads") {
    auto const system =
        read({"s*(y - x)", "x*(r - z) - y", "x*y - 8*z/3"}, {"x", "y", "z", "t", "s", "r"});
    std::vector<double> initial;
    std::vector<double> parameters;
    for (std::size_t k = 0; k < 700; ++k) {
        auto const u = static_cast<double>(k);
        for (auto const v : {std::sin(u), std::cos(u), 20 + std::sin(3 * u)}) initial.push_back(v);
        for (auto const v : {10.0, 20 + u / 70}) parameters.push_back(v);
    }
    std::vector<double> const times{0.0, 0.3, 0.31, 1.0};
    for (auto const method : {Method::dormand_prince, Method::rosenbrock, Method::automatic}) {
        auto const all = run(system, initial, parameters, times, with(method, 1e-4));
        auto const shared = run(system, initial, parameters, times, with(method, 1e-4), 3);
        CHECK(all.values == shared.values);
        for (std::size_t const k : {std::size_t{0}, std::size_t{333}, std::size_t{699}}) {
            auto const one =
                run(system, {&initial[3 * k], &initial[3 * k] + 3},
                    {&parameters[2 * k], &parameters[2 * k] + 2}, times, with(method, 1e-4));
            CHECK(one.values == std::vector<double>(&all.values[12 * k], &all.values[12 * k] + 12));
        }
    }
}

TEST_CASE("solve: every instruction set takes the same steps") {
    std::vector<double> y(std::size_t{32}), next(y.size()), step(16), out(y.size()),
        other(y.size());
    for (std::size_t k = 0; k < y.size(); ++k) {
        y[k] = std::sin(static_cast<double>(k));
        next[k] = k == 5 ? NAN : 1.0 / (1.0 + static_cast<double>(k));
        step[k % 16] = 0.1 * static_cast<double>(k);
    }
    Rows const rows{.n_rows = 2, .stride = 16, .n = 16};
    Rows const row{.n_rows = 1, .stride = 16, .n = 16};
    Sum const sum{
        .stage = {y.data(), next.data(), y.data()}, .weight = {0.3, -0.7, 1.9}, .n_terms = 3};
    std::vector<double> const tol{1e-3, 1e-4};
    auto const run_all = [&](StepKernels const& k, std::vector<double>& to) {
        k.error(rows, y.data(), next.data(), step.data(), sum, tol.data(), 1e-2, to.data());
        k.advance(row, y.data(), step.data(), sum, to.data() + 16);
        k.select(row, step.data(), next.data(), to.data() + 16);
    };
    run_all(step_kernels(Isa::baseline), out);
    CHECK(std::isnan(out[5]));
    for (auto const isa : {Isa::avx2, Isa::avx512}) {
        if (isa > best_isa()) continue;
        run_all(step_kernels(isa), other);
        for (std::size_t k = 0; k < out.size(); ++k) {
            CHECK((out[k] == other[k] || (std::isnan(out[k]) && std::isnan(other[k]))));
        }
    }
}

TEST_CASE("solve: wrong calls are refused") {
    auto const system = read({"x"}, {"x", "t"});
    auto const options = with(Method::dormand_prince);
    CHECK_THROWS_AS(run(system, {1.0}, {}, {1.0, 0.0}, options), DomainError);
    CHECK_THROWS_AS(run(system, {1.0}, {}, {}, options), ShapeError);
    CHECK_THROWS_AS(run(system, {NAN}, {}, {0.0}, options), DomainError);
    CHECK_THROWS_AS(run(system, {1.0}, {2.0}, {0.0}, options), ShapeError);
    auto bad = options;
    bad.tol_abs = {0.0};
    CHECK_THROWS_AS(run(system, {1.0}, {}, {0.0, 1.0}, bad), DomainError);
}

}  // namespace monoidal::ode
