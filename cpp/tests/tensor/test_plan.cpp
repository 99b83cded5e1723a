#include <doctest/doctest.h>

#include "monoidal/common/error.hpp"
#include "monoidal/tensor/plan.hpp"
#include "support.hpp"

namespace monoidal::tensor {
namespace {

Network matrix_product() {
    return {.operands = {{0, 1}, {1, 2}}, .output = {0, 2}, .dimension = {2, 3, 4}, .n_given = 2};
}

}  // namespace

TEST_CASE("cost: a matrix product has the multiplications and sizes of the schoolbook") {
    auto const c = cost(matrix_product(), {{0, 1}});
    CHECK(c.multiplications.value() == 24);
    CHECK(c.largest.value() == 12);
    CHECK(c.total.value() == 6 + 12 + 8);
}

TEST_CASE("compile: offsets are those of row-major tensors, output in its own order") {
    auto net = matrix_product();
    net.output = {2, 0};
    auto const plan = compile(net, {{1, 0}});
    REQUIRE(plan.steps.size() == 1);
    CHECK(plan.steps[0].left_out == std::vector<std::uint32_t>{0, 0, 1, 1, 2, 2, 3, 3});
    CHECK(plan.steps[0].right_out == std::vector<std::uint32_t>{0, 3, 0, 3, 0, 3, 0, 3});
    CHECK(plan.steps[0].left_sum == std::vector<std::uint32_t>{0, 4, 8});
    CHECK(plan.steps[0].right_sum == std::vector<std::uint32_t>{0, 1, 2});
    CHECK(plan.begin == std::vector<std::uint64_t>{0, 6, 18, 26});
}

TEST_CASE("compile: an order that is none is refused") {
    auto const net = matrix_product();
    CHECK_THROWS_AS(compile(net, {}), ShapeError);
    CHECK_THROWS_AS(compile(net, {{0, 1}, {2, 1}}), ShapeError);
    CHECK_THROWS_AS(compile(net, {{0, 0}}), ShapeError);
    CHECK_THROWS_AS(compile(net, {{0, 2}}), ShapeError);
    CHECK_THROWS_AS(cost(net, {{1, 1}}), ShapeError);
}

TEST_CASE("compile: too large a tensor is refused, by sums that cannot wrap") {
    Network net = matrix_product();
    net.dimension = {std::uint64_t{1} << 40, 1, std::uint64_t{1} << 40};
    CHECK(cost(net, {{0, 1}}).largest.is_saturated());
    CHECK_THROWS_AS(compile(net, {{0, 1}}), TooLargeError);
    net.dimension = {std::uint64_t{1} << 16, 1, std::uint64_t{1} << 15};
    CHECK_THROWS_AS(compile(net, {{0, 1}}), TooLargeError);
}

TEST_CASE("compile: no tensor at all is the scalar one") {
    auto const plan = compile({}, {});
    CHECK(plan.output_size == 1);
    auto tensors = tests::laid_out(plan, {{}});
    tests::with_task([&](Task& task) { contract(plan, 1, tensors, task); });
    CHECK(tests::lane_of(plan, tensors, 1, 2, 0) == tests::Tensor{1.0});
}

TEST_CASE("print: one step a line, with its multiplications") {
    CHECK(print(matrix_product(), {{0, 1}}) ==
          "2 = 0[0 1] * 1[1 2] -> [0 2]  24 multiplications\n");
}

}  // namespace monoidal::tensor
