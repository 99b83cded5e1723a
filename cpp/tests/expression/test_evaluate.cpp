#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "../../src/expression/hash.hpp"
#include "../../src/expression/kernels.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/expression/differentiate.hpp"
#include "monoidal/expression/parse.hpp"
#include "monoidal/expression/simplify.hpp"

namespace monoidal::expression {
namespace {

Program read(std::string const& text) {
    return parse(text, std::vector<std::string>{"x", "y"}, {}).program;
}

std::vector<double> run(Program const& program, std::vector<double> const& x, std::size_t rows,
                        std::size_t n_threads = 1) {
    std::vector<double> out(rows);
    Candidate const candidate{&program, program.constants()};
    ThreadPool pool(n_threads);
    evaluate<double>({&candidate, 1}, {x.data(), rows, x.size() / rows}, out, pool, {});
    return out;
}

template <class T>
void check_same_bits(Isa isa) {
    auto const& one = kernels<T>(Isa::baseline);
    auto const& other = kernels<T>(isa);
    std::uint64_t count = 0;
    auto const bits = [&] { return mix(++count); };
    std::vector<T> a(64 * kPad);
    std::vector<T> b(a.size());
    for (std::size_t k = 0; k < a.size(); ++k) {
        auto const scale = std::ldexp(1.0, static_cast<int>(bits() % 40) - 20);
        a[k] = static_cast<T>(scale * (static_cast<double>(bits() >> 11U) * 0x1p-52 - 1.0));
        b[k] = static_cast<T>(static_cast<double>(bits() >> 11U) * 0x1p-50 - 4.0);
    }
    std::vector<T> first(a.size());
    std::vector<T> second(a.size());
    using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
    auto const same = [&] {
        for (std::size_t k = 0; k < a.size(); ++k) {
            if (std::isnan(first[k]) && std::isnan(second[k])) continue;
            if (std::bit_cast<Bits>(first[k]) != std::bit_cast<Bits>(second[k])) return false;
        }
        return true;
    };
    for (std::size_t op = kFirstBinary; op < kOps; ++op) {
        INFO(std::string(kOperations[op].name));
        if (op >= kFirstUnary) {
            one.unary[op](a.data(), first.data(), a.size());
            other.unary[op](a.data(), second.data(), a.size());
            CHECK(same());
        }
        for (std::size_t form = 0; op < kFirstUnary && form < 3; ++form) {
            one.binary[op][form](a.data(), b.data(), first.data(), a.size());
            other.binary[op][form](a.data(), b.data(), second.data(), a.size());
            CHECK(same());
        }
    }
    CHECK(one.dot(a.data(), b.data(), a.size()) == other.dot(a.data(), b.data(), a.size()));
}

}  // namespace

TEST_CASE("kernels: every instruction set that runs here gives the same bits") {
    for (auto const isa : {Isa::baseline, Isa::avx2, Isa::avx512}) {
        if (isa > best_isa()) continue;
        check_same_bits<double>(isa);
        check_same_bits<float>(isa);
    }
}

TEST_CASE("kernels: every operation has a value, and a partial derivative unless it is simple") {
    auto const& k = kernels<double>();
    for (std::size_t op = kFirstBinary; op < kOps; ++op) {
        INFO(std::string(kOperations[op].name));
        CHECK((op >= kFirstUnary ? k.unary[op] != nullptr : k.binary[op][2] != nullptr));
        auto const which = static_cast<Op>(op);
        bool const simple = which == Op::add || which == Op::sub || which == Op::mul ||
                            which == Op::neg || which == Op::exp || which == Op::sign ||
                            which == Op::sin || which == Op::cos;
        CHECK((k.partial[op][0] == nullptr) == simple);
    }
}

TEST_CASE("evaluate: log of a negative number is NaN, not a protected value") {
    CHECK(std::isnan(run(read("log(x)"), {-1.0, 0.0}, 1)[0]));
}

TEST_CASE("evaluate: any number of rows is run, none read beyond its end") {
    auto const program = read("sin(x)*y + 2.5 - x/y");
    for (std::size_t rows = 1; rows < 600; rows += rows < 40 ? 1 : 61) {
        std::vector<double> x(2 * rows);
        for (std::size_t k = 0; k < x.size(); ++k) x[k] = 0.5 + static_cast<double>(k % 97);
        auto const out = run(program, x, rows);
        for (std::size_t k = 0; k < rows; ++k) {
            auto const expected = std::sin(x[k]) * x[rows + k] + 2.5 - x[k] / x[rows + k];
            CHECK(out[k] == doctest::Approx(expected).epsilon(1e-13));
            std::array const point{x[k], x[rows + k]};
            CHECK(evaluate_point(program, program.constants(), point) == out[k]);
        }
    }
}

TEST_CASE("evaluate: threads change no bit") {
    auto const program = read("exp(-x)*cos(3.5*y) + x**y");
    std::vector<double> x(std::size_t{2} * 50'001);
    for (std::size_t k = 0; k < x.size(); ++k) x[k] = static_cast<double>(k % 1'013) / 500.0;
    CHECK(run(program, x, 50'001, 1) == run(program, x, 50'001, 3));
}

TEST_CASE("evaluate: a constant of the wrong number is refused") {
    auto const program = read("2.5*x");
    std::vector<double> const x{1.0};
    std::vector<double> out(1);
    Candidate const candidate{&program, {}};
    ThreadPool pool(1);
    CHECK_THROWS_AS(evaluate<double>({&candidate, 1}, {x.data(), 1, 1}, out, pool, {}), ShapeError);
}

TEST_CASE("value_and_jacobian: agrees with central differences on every operation") {
    ThreadPool pool(1);
    for (auto const& operation : kOperations) {
        if (arity(operation.op) == 0 || operation.op == Op::sign) continue;
        INFO(std::string(operation.name));
        auto const call =
            std::string(operation.name) + (arity(operation.op) == 1 ? "(x)" : "(x, y)");
        auto const program = read(call);
        Candidate const candidate{&program, program.constants()};
        std::vector<double> const x{0.3, 0.7, 0.45, 0.8, 0.6, 0.9};  // three rows of x, then y
        std::vector<double> values(3);
        std::vector<double> slopes(6);
        value_and_jacobian(candidate, {x.data(), 3, 2}, Wrt::variables, values, slopes, pool, {});
        for (std::size_t k = 0; k < x.size(); ++k) {
            auto up = x;
            auto down = x;
            up[k] += 1e-6;
            down[k] -= 1e-6;
            auto const gap = run(program, up, 3)[k % 3] - run(program, down, 3)[k % 3];
            CHECK(slopes[k] == doctest::Approx(gap / 2e-6).epsilon(1e-6));
        }
    }
}

TEST_CASE("canonical: like terms and factors are collected, and a shared sum is not walked twice") {
    CHECK(canonical(read("x + y - x - y")) == read("0"));
    CHECK(canonical(read("x*y/x")) == canonical(read("y*x/x")));
    Builder b(1);
    auto id = b.variable(0);
    for (int k = 0; k < 30; ++k) id = b.apply(Op::add, id, id);  // 2^30 x
    auto const sum = canonical(b.build(id));
    CHECK(sum.size() == 3);
    CHECK(evaluate_point(sum, sum.constants(), std::array{1.0}) == 1073741824.0);
}

}  // namespace monoidal::expression
