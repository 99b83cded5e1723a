#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "diagram/fixture.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/diagram/graph.hpp"
#include "monoidal/diagram/normal_form.hpp"
#include "monoidal/tensor/network.hpp"
#include "support.hpp"

namespace monoidal::diagram {

using tests::Diagrams;

namespace {

struct Snakes : Diagrams {
    /// Down, left and down again: x through a cap on its left.
    Diagram left_snake(Object x) const {
        Object const l{x.atom, x.winding - 1};
        return then({beside({cap(l), id({x})}), beside({id({x}), cup(l)})});
    }
    Diagram right_snake(Object x) const {
        return then({beside({id({x}), cap(x)}), beside({cup(x), id({x})})});
    }
    /// One full turn: x to its double adjoint, which no yanking undoes.
    Diagram spiral(Object x) const {
        Object const r{x.atom, x.winding + 1}, rr{x.atom, x.winding + 2};
        return then({beside({id({x}), cap(r)}), beside({id({x}), swap(rr, r)}),
                     beside({cup(x), id({rr})})});
    }
    /// The partial trace of f: a @ x -> b @ x over x.
    Diagram trace(Diagram const& f, Type const& a, Type const& b, Object x) const {
        Object const l{x.atom, x.winding - 1};
        return then({beside({id(a), cap(l)}), beside({f, id({l})}), beside({id(b), swap(x, l)}),
                     beside({id(b), cup(l)})});
    }

    /// The tensor of a diagram by a naive sum, its boxes' entries drawn from their names.
    tests::Tensor value(Diagram const& d) const {
        auto const graph = wire(d);
        std::vector<std::uint64_t> dimension;
        for (std::uint32_t k = 0; k < signature->n_atoms(); ++k) dimension.push_back(2 + k % 2);
        auto const net = tensor::network(graph, *signature, dimension);
        std::vector<tests::Tensor> operands;
        for (std::size_t k = 0; k < graph.n_nodes(); ++k) {
            auto const& g = (*signature)[graph.generator[k]];
            tests::Random random(std::hash<std::string>{}(g.name));
            operands.push_back(random.tensor(tests::product(net.operands[k], net.dimension)));
            for (auto& z : operands.back()) z = g.is_dagger ? std::conj(z) : z;
        }
        return tests::naive(net, operands);
    }

    void check_keeps_its_meaning(Diagram const& d) const {
        auto const normal = normal_form(d);
        CHECK(normal.dom() == d.dom());
        CHECK(normal.cod() == d.cod());
        CHECK(Diagram(signature, normal.dom(), normal.layers()) == normal);  // well typed
        CHECK(normal_form(normal) == normal);
        CHECK(tests::distance(value(normal), value(d)) < 1e-12);
    }
};

}  // namespace

TEST_CASE_FIXTURE(Snakes, "normal_form: a snake of any winding is a wire") {
    for (std::int32_t winding = -3; winding <= 3; ++winding) {
        auto const x = object("n", winding);
        CHECK(normal_form(left_snake(x)) == id({x}));
        CHECK(normal_form(right_snake(x)) == id({x}));
        CHECK(normal_form(left_snake(x).dagger()) == id({x}));
        CHECK(normal_form(left_snake(x).rotate(1)) == id(adjoint({x}, 1)));
        CHECK(normal_form(then({left_snake(x), right_snake(x), left_snake(x)})) == id({x}));
        CHECK(normal_form(beside({left_snake(x), right_snake(x)})) == id({x, x}));
    }
}

TEST_CASE_FIXTURE(Snakes, "normal_form: snakes on many wires, one inside the other") {
    auto const n = object("n"), s = object("s", 1);
    Type const both{n, s};
    auto const l = adjoint(both, -1);
    auto const caps =
        then({cap(object("n", -1)), beside({id({n}), cap(object("s", 0)), id({l[1]})})});
    auto const cups = then({beside({id({l[0]}), cup(object("n", -1)), id({s})}), cup(l[0])});
    auto const snake = then({beside({caps, id(both)}), beside({id(both), cups})});
    CHECK(normal_form(snake) == id(both));
}

TEST_CASE_FIXTURE(Snakes, "normal_form: boxes in a snake slide out, in order and untouched") {
    auto const n = object("n"), n_l = object("n", -1);
    auto const f = box("f", {n}, {n});
    auto const g = box("g", {n_l}, {n_l});
    auto const snake = then({f, beside({cap(n_l), id({n})}), beside({id({n}), g, id({n})}),
                             beside({id({n}), cup(n_l)}), f});
    auto const normal = normal_form(snake);
    CHECK(count(normal, Kind::box) == 3);
    CHECK(count(normal, Kind::swap) == 0);
    check_keeps_its_meaning(snake);
    // Without the box on the adjoint wire the snake goes altogether.
    auto const plain = then({f, left_snake(n), f});
    CHECK(normal_form(plain) == then({f, f}));
}

TEST_CASE_FIXTURE(Snakes, "normal_form: full turns stay, typed, and undo each other") {
    for (std::int32_t winding = -2; winding <= 2; ++winding) {
        auto const x = object("n", winding);
        auto const once = spiral(x);
        auto const twice = then({once, spiral({x.atom, x.winding + 2})});
        CHECK(normal_form(once).cod() == Type{{x.atom, x.winding + 2}});
        CHECK(count(normal_form(once), Kind::cup) == 1);
        CHECK(count(normal_form(twice), Kind::cup) == 2);
        check_keeps_its_meaning(once);
        check_keeps_its_meaning(twice);
        CHECK(normal_form(then({once, once.dagger()})) == id({x}));
        check_keeps_its_meaning(beside({once, box("f", {x}, {x}), once.rotate(1)}));
    }
}

TEST_CASE_FIXTURE(Snakes, "normal_form: traces of boxes and of wires keep their value") {
    auto const a = object("a"), b = object("b"), x = object("x");
    check_keeps_its_meaning(trace(box("f", {a, x}, {b, x}), {a}, {b}, x));
    check_keeps_its_meaning(trace(swap(x, x), {x}, {x}, x));  // yanking: the identity
    CHECK(normal_form(trace(swap(x, x), {x}, {x}, x)) == id({x}));
    auto const loop = trace(id({a, x}), {a}, {a}, x);
    check_keeps_its_meaning(loop);
    CHECK(tests::distance(value(loop), value(beside({id({a}), trace(id({a, x}), {a}, {a}, x)}))) >
          0);
    auto const twice =
        trace(then({box("f", {a, x}, {b, x}), box("g", {b, x}, {a, x})}), {a}, {a}, x);
    check_keeps_its_meaning(twice);
    check_keeps_its_meaning(
        trace(trace(box("h", {a, x, x}, {b, x, x}), {a, x}, {b, x}, x), {a}, {b}, x));
}

TEST_CASE_FIXTURE(Snakes, "normal_form: planar diagrams need no swap") {
    auto const n = object("n"), n_r = object("n", 1), n_l = object("n", -1), s = object("s");
    auto const words = beside({word("Alice", {n}), word("loves", {n_r, s, n_l}), word("Bob", {n})});
    auto const sentence = then({words, beside({cup(n), id({s}), cup(n_l)})});
    CHECK(count(normal_form(sentence), Kind::swap) == 0);
    CHECK(count(normal_form(sentence), Kind::cup) == 2);
    check_keeps_its_meaning(sentence);
    auto const scalar = then({word("a", {n}), box("e", {n}, {})});
    auto const inside = beside({word("Bob", {n}), scalar, word("c", {s})});
    CHECK(count(normal_form(inside), Kind::swap) == 0);
    check_keeps_its_meaning(inside);
    check_keeps_its_meaning(then(
        {beside({spider(0, 2, n), word("a", {n_r})}), beside({id({n}), cup(n)}), spider(1, 3, n)}));
}

TEST_CASE_FIXTURE(Snakes, "normal_form: a state in a snake's fold needs no swap") {
    auto const b_r = object("b", 1), a = object("a"), b_rr = object("b", 2);
    // The wire b.r goes down, up between the two legs of the cap, and down again right of a state.
    auto const d = then({beside({id({b_r, a}), of(Kind::cap, "", {}, {b_rr, b_r})}),
                         beside({id({b_r}), spider(1, 0, a), id({b_rr, b_r})}),
                         beside({id({b_r, b_rr}), word("f", {a}), id({b_r})}),
                         beside({cup(b_r), id({a, b_r})})});
    CHECK(count(normal_form(d), Kind::swap) == 0);
    CHECK(count(normal_form(d), Kind::cup) == 0);
    check_keeps_its_meaning(d);
}

TEST_CASE_FIXTURE(Snakes, "normal_form: swaps dissolve and come back only where wires cross") {
    auto const a = object("a"), b = object("b"), c = object("c");
    CHECK(normal_form(then({swap(a, b), swap(b, a)})) == id({a, b}));
    CHECK(normal_form(swap(a, b)) == swap(a, b));
    auto const hexagon = then({beside({swap(a, b), id({c})}), beside({id({b}), swap(a, c)}),
                               beside({swap(b, c), id({a})})});
    CHECK(count(normal_form(hexagon), Kind::swap) == 3);
    check_keeps_its_meaning(hexagon);
    // Naturality: a box slides through a swap.
    auto const f = box("f", {a}, {c});
    check_keeps_its_meaning(then({beside({f, id({b})}), swap(c, b)}));
}

TEST_CASE_FIXTURE(Snakes, "normal_form: the time is linear in the length of a chain of snakes") {
    auto const n = object("n");
    auto const seconds = [&](std::size_t length) {
        auto const chain = then(std::vector<Diagram>(length, left_snake(n)));
        auto const begin = std::chrono::steady_clock::now();
        CHECK(normal_form(chain) == id({n}));
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    static_cast<void>(seconds(50'000));
    double const small = std::min({seconds(50'000), seconds(50'000), seconds(50'000)});
    CHECK(seconds(400'000) < 32 * small);  // 64 times as long if it were quadratic
}

}  // namespace monoidal::diagram
