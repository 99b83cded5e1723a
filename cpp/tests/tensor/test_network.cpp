#include <doctest/doctest.h>

#include "diagram/fixture.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/diagram/graph.hpp"
#include "monoidal/tensor/network.hpp"
#include "support.hpp"

namespace monoidal::tensor {

using tests::Diagrams;
using Axes = std::vector<std::uint32_t>;

namespace {

struct Networks : Diagrams {
    std::vector<std::uint64_t> dimension = {2, 3, 4, 5};

    Network of_diagram(Diagram const& d) const {
        return network(diagram::wire(d), *signature, dimension);
    }
};

}  // namespace

TEST_CASE_FIXTURE(Networks, "network: axes are domain then codomain, an atom its dimension") {
    auto const n = object("n"), s = object("s");
    auto const net = of_diagram(box("f", {n}, {s, n}));
    CHECK(net.operands == std::vector<Axes>{{0, 1, 2}});
    CHECK(net.output == Axes{0, 1, 2});
    CHECK(net.dimension == std::vector<std::uint64_t>{2, 3, 2});
    CHECK(net.n_given == 1);
}

TEST_CASE_FIXTURE(Networks, "network: a turned box is read backwards, a daggered one in halves") {
    auto const a = object("a"), b = object("b"), c = object("c");
    auto const f = box("f", {a}, {b, c});
    CHECK(of_diagram(f.dagger()).operands == std::vector<Axes>{{2, 0, 1}});   // ports b c a
    CHECK(of_diagram(f.rotate(1)).operands == std::vector<Axes>{{2, 1, 0}});  // ports c b a
    CHECK(of_diagram(f.rotate(1).rotate(1)).operands == of_diagram(f).operands);
    // Ports of the turned dagger: a, then c b. The named box reads a b c.
    CHECK(of_diagram(f.dagger().rotate(1)).operands == std::vector<Axes>{{0, 2, 1}});
    CHECK(of_diagram(f.rotate(-1).dagger()).operands == std::vector<Axes>{{0, 2, 1}});
}

TEST_CASE_FIXTURE(Networks, "network: bare wires and spiders at the boundary are copy tensors") {
    auto const n = object("n");
    auto const identity = of_diagram(id({n}));
    CHECK(identity.n_given == 0);
    CHECK(identity.operands.size() == 1);
    CHECK(identity.output[0] != identity.output[1]);
    auto const value = tests::naive(identity, {});
    CHECK(tests::distance(value, {1.0, 0.0, 0.0, 1.0}) == 0.0);
    auto const copied = of_diagram(then({word("w", {n}), spider(1, 3, n)}));
    CHECK(copied.n_given == 1);
    CHECK(copied.output.size() == 3);
    auto const w = tests::Tensor{2.0, 3.0};
    CHECK(tests::distance(tests::naive(copied, {w}), {2.0, 0, 0, 0, 0, 0, 0, 3.0}) == 0.0);
    CHECK(tests::distance(tests::naive(of_diagram(spider(0, 1, n)), {}), {1.0, 1.0}) == 0.0);
}

TEST_CASE_FIXTURE(Networks,
                  "network: a closed loop is a factor, an atom without dimension an error") {
    auto const n = object("n"), s = object("s"), n_r = object("n", 1);
    auto const loop = then({cap(n), swap(n_r, n), cup(n)});
    CHECK(of_diagram(beside({loop, loop, then({spider(0, 1, s), spider(1, 0, s)})})).scale == 12.0);
    dimension = {2};
    CHECK_THROWS_WITH_AS(of_diagram(id({s})), "atom 's' has no dimension", ShapeError);
    dimension = {2, 0};
    CHECK_THROWS_AS(of_diagram(id({s})), ShapeError);
}

}  // namespace monoidal::tensor
