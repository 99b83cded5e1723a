#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "../../src/ode/tape.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/expression/evaluate.hpp"
#include "monoidal/expression/parse.hpp"
#include "monoidal/ode/system.hpp"

namespace monoidal::ode {
namespace {

using expression::kPad;
using expression::Program;

Program read(std::string const& text) {
    return expression::parse(text, std::vector<std::string>{"x", "y", "t", "a"}, {}).program;
}

}  // namespace

TEST_CASE("Tape: gives on every lane what each program gives on that point") {
    std::vector<std::string> const texts{"x", "a*2.5",    "sin(x)*y + t*a^2 - pi/3",  "3",
                                         "x", "sin(x)*y", "2 - exp(sin(x)*y)/(a + 1)"};
    std::vector<Program> programs;
    programs.reserve(texts.size());
    for (auto const& text : texts) programs.push_back(read(text));
    System const system({read("x*1.5 + 2.5*a"), read("t*x/0.5")}, 1);
    CHECK(system.n_parameters() == 4);
    programs[1] = read("a*7");  // a tape's programs hold no constants
    auto const stride = 2 * kPad;
    Tape tape(programs, 2, stride);
    CHECK(tape.reads_time());
    std::vector<double> states(2 * stride);
    std::vector<double> time(stride);
    std::vector<double> parameters(stride);
    for (std::size_t k = 0; k < stride; ++k) {
        states[k] = 0.1 * static_cast<double>(k) - 1.0;
        states[stride + k] = 1.0 / (1.0 + static_cast<double>(k));
        time[k] = static_cast<double>(k);
        parameters[k] = 0.5 + static_cast<double>(k);
    }
    tape.set_parameters(parameters.data());
    tape.prepare(0, stride);
    std::vector<double> out(programs.size() * stride);
    tape.run(states.data(), time.data(), out.data(), stride);
    for (std::size_t i = 0; i < programs.size(); ++i) {
        for (std::size_t k = 0; k < stride; ++k) {
            std::array<double, 4> const point{states[k], states[stride + k], time[k],
                                              parameters[k]};
            CHECK(out[i * stride + k] == expression::evaluate_point(programs[i], {}, point));
        }
    }
}

TEST_CASE("System: equations of the sensitivities are (df/dy) S + df/dp") {
    System const system({read("a*x*y"), read("1.5*x")}, 1);
    auto const all =
        system.with_sensitivities(std::array<std::size_t, 1>{1}, std::array<std::size_t, 1>{0});
    CHECK(all.n_states() == 6);
    CHECK(all.n_own_states() == 2);
    CHECK(std::vector<double>(all.start_of_sensitivities().begin(),
                              all.start_of_sensitivities().end()) ==
          std::vector<double>{0, 1, 0, 0});
    // x y, then S by y(0), then S by a, t, a, the constant
    std::array<double, 9> const point{2, 3, 5, 7, 11, 13, 0, 17, 1.5};
    auto const value = [&](std::size_t k) {
        return expression::evaluate_point(all.equations()[k], {}, point);
    };
    CHECK(value(0) == 17 * 2 * 3);
    CHECK(value(2) == 17 * 3 * 5 + 17 * 2 * 7);
    CHECK(value(3) == 1.5 * 5);
    CHECK(value(4) == 6 + 17 * 3 * 11 + 17 * 2 * 13);
    CHECK(value(5) == 1.5 * 11);
}

TEST_CASE("System: what does not fit is refused") {
    CHECK_THROWS_AS(System({}, 0), DomainError);
    CHECK_THROWS_AS(System({read("x")}, 1), ShapeError);
    System const system({read("x"), read("y")}, 1);
    std::array<std::size_t, 1> const two{2};
    CHECK_THROWS_AS(static_cast<void>(system.with_sensitivities(two, {})), ShapeError);
    CHECK_THROWS_AS(static_cast<void>(system.with_sensitivities({}, two)), ShapeError);
}

}  // namespace monoidal::ode
