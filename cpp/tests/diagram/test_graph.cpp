#include <doctest/doctest.h>

#include "diagram/fixture.hpp"
#include "monoidal/diagram/graph.hpp"

namespace monoidal::diagram {

using tests::Diagrams;
using Numbers = std::vector<std::uint32_t>;

TEST_CASE_FIXTURE(Diagrams, "wire: a snake is a wire, and so is a swap undone") {
    auto const n = object("n"), n_l = object("n", -1), s = object("s");
    auto const snake = then({beside({cap(n_l), id({n})}), beside({id({n}), cup(n_l)})});
    CHECK(wire(snake) == wire(id({n})));
    CHECK(wire(snake).dom_wire == Numbers{0});
    CHECK(wire(snake).cod_wire == Numbers{0});
    CHECK(wire(then({swap(n, s), swap(s, n)})) == wire(id({n, s})));
    CHECK(wire(swap(n, s)).cod_wire == Numbers{1, 0});
}

TEST_CASE_FIXTURE(Diagrams, "wire: spiders fuse, and a closed loop is known by its atom") {
    auto const n = object("n");
    auto const fused = then({spider(2, 1, n), spider(1, 3, n)});
    CHECK(wire(fused) == wire(spider(2, 3, n)));
    CHECK(wire(fused).n_wires() == 1);
    auto const loop = then({spider(0, 2, n), spider(2, 0, n)});
    CHECK(wire(loop).loop_atom == Numbers{n.atom});
    CHECK(wire(loop).n_wires() == 0);
    auto const n_r = object("n", 1);
    auto const circle = then({cap(n), swap(n_r, n), cup(n)});
    CHECK(wire(circle).loop_atom == Numbers{n.atom});
    CHECK(wire(beside({circle, circle})).loop_atom.size() == 2);
}

TEST_CASE_FIXTURE(Diagrams, "wire: ports are domain then codomain, wires numbered as met") {
    auto const n = object("n"), s = object("s");
    auto const graph = wire(then({box("f", {s}, {n, s}), swap(n, s), box("g", {s, n}, {})}));
    CHECK(graph.n_nodes() == 2);
    CHECK(graph.port_begin == Numbers{0, 3, 5});
    CHECK(graph.port_wire == Numbers{0, 1, 2, 2, 1});
    CHECK(graph.dom_wire == Numbers{0});
    CHECK(graph.wire_atom == Numbers{s.atom, n.atom, s.atom});
}

TEST_CASE_FIXTURE(Diagrams, "turned_nodes: in a sentence the nouns turn and the verb stays") {
    auto const n = object("n"), n_r = object("n", 1), n_l = object("n", -1), s = object("s");
    auto const words = beside({word("Alice", {n}), word("loves", {n_r, s, n_l}), word("Bob", {n})});
    auto const sentence = then({words, beside({cup(n), id({s}), cup(n_l)})});
    CHECK(turned_nodes(wire(sentence)) == std::vector<std::uint8_t>{1, 0, 1});
}

TEST_CASE_FIXTURE(Diagrams, "turned_nodes: nodes at the boundary stay, a scalar turns one of two") {
    auto const n = object("n"), n_r = object("n", 1);
    auto const open = beside({word("a", {n}), word("b", {n_r})});
    CHECK(turned_nodes(wire(open)) == std::vector<std::uint8_t>{0, 0});
    CHECK(turned_nodes(wire(then({open, cup(n)}))) == std::vector<std::uint8_t>{0, 1});
    // An odd cycle cannot alternate: one cup stays.
    auto const triangle =
        then({beside({word("a", {n, n}), word("b", {n_r, n}), word("c", {n_r, n_r})}),
              beside({id({n}), cup(n), cup(n), id({n_r})}), cup(n)});
    auto const turned = turned_nodes(wire(triangle));
    CHECK(turned[0] + turned[1] + turned[2] > 0);
    CHECK(turned[0] + turned[1] + turned[2] < 3);
}

}  // namespace monoidal::diagram
