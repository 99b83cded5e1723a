#include <doctest/doctest.h>

#include "diagram/fixture.hpp"
#include "monoidal/common/error.hpp"

namespace monoidal::diagram {

using tests::Diagrams;

namespace {

std::string message_of(auto const& run) {
    try {
        run();
    } catch (Error const& e) {
        return e.what();
    }
    return "nothing was thrown";
}

}  // namespace

TEST_CASE_FIXTURE(Diagrams, "Diagram: a box whose wires are not there is refused by layer") {
    auto const n = object("n"), s = object("s");
    auto const f = signature->intern({Kind::box, "f", {n, s}, {n}});
    auto const make = [&](Type dom, std::uint32_t offset) {
        return [=, this] { static_cast<void>(Diagram(signature, dom, {{f, offset}})); };
    };
    CHECK_NOTHROW(make({s, n, s}, 1)());
    CHECK(message_of(make({s, n, s}, 0)) ==
          "layer 0, box 'f' at offset 0: the wires there are s @ n, its domain is n @ s");
    CHECK_THROWS_AS(make({n, s}, 1)(), TypeMismatch);
    CHECK_THROWS_AS(make({n, s}, 7)(), TypeMismatch);
    CHECK_THROWS_AS(make({n, s}, 0xffffffff)(), TypeMismatch);
    CHECK_THROWS_AS(make({}, 0)(), TypeMismatch);
}

TEST_CASE_FIXTURE(Diagrams, "compose: parts that do not meet are refused by wire") {
    auto const n = object("n"), s = object("s");
    auto const f = box("f", {n}, {n, s});
    CHECK(
        message_of([&] { static_cast<void>(then({f, box("g", {n, n}, {})})); }) ==
        "cannot compose part 0 with part 1: codomain n @ s is not domain n @ n; wire 1 is s above "
        "and n below");
    CHECK(message_of([&] {
              static_cast<void>(then({f, id({n})}));
          }).ends_with("wire 1 is s above and missing below"));
    CHECK_THROWS_AS(then({}), ShapeError);
    CHECK_THROWS_AS(beside({}), ShapeError);
    CHECK_THROWS_AS(then({id({n}), Diagrams().id({n})}), TypeMismatch);
}

TEST_CASE_FIXTURE(Diagrams, "compose and tensor: associative, with units, on terms") {
    auto const a = object("a"), b = object("b");
    auto const f = box("f", {a}, {b, b}), g = box("g", {b, b}, {a}), h = box("h", {a}, {});
    CHECK(then({then({f, g}), h}) == then({f, then({g, h})}));
    CHECK(then({f, g, h}) == then({f, then({g, h})}));
    CHECK(beside({beside({f, g}), h}) == beside({f, beside({g, h})}));
    CHECK(then({id({a}), f, id({b, b})}) == f);
    CHECK(beside({id({}), f, id({})}) == f);
    CHECK(beside({f, g}).cod() == Type{b, b, a});
}

TEST_CASE_FIXTURE(Diagrams, "dagger and rotate: undone by themselves, contravariant") {
    auto const a = object("a"), b = object("b", 2);
    auto const f = beside({box("f", {a}, {b, b}), cap(a)});
    auto const g = beside({box("g", {b, b}, {a}), id(cap(a).cod())});
    auto const both = then({f, g});
    CHECK(both.dagger().dagger() == both);
    CHECK(both.dagger() == then({g.dagger(), f.dagger()}));
    CHECK(both.rotate(1).rotate(-1) == both);
    CHECK(both.rotate(1) == then({g.rotate(1), f.rotate(1)}));
    CHECK(both.rotate(1).dom() == adjoint(both.cod(), 1));
    CHECK(beside({f, swap(a, b)}).rotate(1).cod() == adjoint(beside({f, swap(a, b)}).dom(), 1));
    // The layers of a turned diagram are well typed: the checked constructor takes them.
    for (auto const& d : {both.rotate(1), both.rotate(-1), both.dagger()}) {
        CHECK(Diagram(signature, d.dom(), d.layers()) == d);
    }
}

TEST_CASE_FIXTURE(Diagrams, "pregroup: cups where the links are, in the order that they close") {
    auto const n = object("n"), n_r = object("n", 1), n_l = object("n", -1), s = object("s");
    auto const id_of = [&](Diagram const& d) { return d.layers().front().generator; };
    std::vector<std::uint32_t> const words{
        id_of(word("Alice", {n})), id_of(word("loves", {n_r, s, n_l})), id_of(word("Bob", {n}))};
    auto const make = [&](std::vector<std::uint32_t> const& links) {
        return Diagram::pregroup(signature, words, links);
    };
    auto const sentence = make({3, 4, 0, 1});
    CHECK(sentence.cod() == Type{s});
    CHECK(count(sentence, Kind::cup) == 2);
    CHECK(Diagram(signature, {}, sentence.layers()) == sentence);
    CHECK(make({}).cod() == Type{n, n_r, s, n_l, n});
    CHECK_THROWS_AS(make({0, 2}), TypeMismatch);        // n and s
    CHECK_THROWS_AS(make({0, 1, 1, 3}), TypeMismatch);  // one wire twice
    CHECK_THROWS_AS(make({1, 0}), ShapeError);
    CHECK_THROWS_AS(make({0, 5}), ShapeError);
    CHECK_THROWS_AS(make({0, 0xffffffff}), ShapeError);
    CHECK_THROWS_AS(make({0, 4}), TypeMismatch);  // goes round open wires
}

}  // namespace monoidal::diagram
