#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/expression/parse.hpp"
#include "monoidal/expression/print.hpp"

namespace monoidal::expression {
namespace {

Program read(std::string const& text) { return parse(text, std::nullopt, {}).program; }

}  // namespace

TEST_CASE("Builder: an equal node is made once, a constant each time") {
    Builder b(1);
    auto const x = b.variable(0);
    CHECK(b.apply(Op::sin, x) == b.apply(Op::sin, x));
    CHECK(b.constant(1.0) != b.constant(1.0));
    CHECK(b.number(-3) == b.number(-3));
}

TEST_CASE("Builder: what the result does not use is left out, and constants are renumbered") {
    Builder b(1);
    b.constant(7.0);
    auto const kept = b.constant(8.0);
    b.apply(Op::exp, b.variable(0));
    auto const program = b.build(b.apply(Op::neg, kept));
    CHECK(program.size() == 2);
    REQUIRE(program.n_constants() == 1);
    CHECK(program.constants()[0] == 8.0);
}

TEST_CASE("Program: an operand that is not before its operation is refused") {
    CHECK_THROWS_AS(Program({{Op::neg, 0, 0}}, {}, 0), SyntaxError);
    CHECK_THROWS_AS(Program({{Op::pi, 0, 0}, {Op::neg, 1, 0}}, {}, 0), SyntaxError);
}

TEST_CASE("Program: a node that nothing uses is refused") {
    CHECK_THROWS_AS(Program({{Op::pi, 0, 0}, {Op::number, 1, 0}}, {}, 0), SyntaxError);
}

TEST_CASE("Program: an operation code that does not exist is refused") {
    CHECK_THROWS_AS(Program({{static_cast<Op>(200), 0, 0}}, {}, 0), SyntaxError);
}

TEST_CASE("Program: size, depth and tree size count what they say") {
    Builder b(1);
    auto id = b.variable(0);
    for (int k = 0; k < 70; ++k) id = b.apply(Op::mul, id, id);
    auto const program = b.build(id);
    CHECK(program.size() == 71);
    CHECK(program.depth() == 71);
    CHECK(program.tree_size() > (std::uint64_t{1} << 60));  // saturates
    CHECK_THROWS_AS(print(program, std::vector<std::string>{"x"}), TooLargeError);
}

TEST_CASE("parse and print: a chain of 5,000 terms needs no deep stack") {
    std::string text = "x";
    for (int k = 1; k < 4'900; ++k) text += " + x*x";
    auto const program = read(text);
    CHECK(print(program, std::vector<std::string>{"x"}) == text);
}

TEST_CASE("parse: the column of an error counts characters") {
    try {
        read("x + \xc3\xa9");
        FAIL("no error");
    } catch (ParseError const& e) {
        CHECK(e.column == 5);
    }
}

TEST_CASE("print: the shortest text of each double reads back as its bits") {
    for (double const value : {0.1, 1e-320, 1.7976931348623157e308, -0.0, 123456789.0, 1e22}) {
        Builder b(0);
        auto const program = b.build(b.constant(value));
        auto const again = read(print(program, {}));
        CHECK(again == program);
        CHECK(std::signbit(again.constants()[0]) == std::signbit(value));
    }
}

TEST_CASE("kOperations: stands in the order of Op") {
    for (std::size_t k = 0; k < kOps; ++k) {
        CHECK(static_cast<std::size_t>(kOperations[k].op) == k);
    }
}

}  // namespace monoidal::expression
