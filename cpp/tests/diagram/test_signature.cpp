#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/diagram/signature.hpp"

namespace monoidal::diagram {

TEST_CASE("adjoint: reverses the word, shifts its windings, and has an inverse") {
    Type const type{{0, 0}, {1, -2}, {2, 3}};
    CHECK(adjoint(type, 1) == Type{{2, 4}, {1, -1}, {0, 1}});
    CHECK(adjoint(adjoint(type, 1), -1) == type);
    CHECK(adjoint({}, 1).empty());
}

TEST_CASE("check: structural generators whose wires do not fit are refused") {
    auto const refused = [](Kind kind, Type dom, Type cod) {
        CHECK_THROWS_AS(check({kind, "", std::move(dom), std::move(cod)}), TypeMismatch);
    };
    Object const x{0, 0}, x_r{0, 1}, x_l{0, -1}, y{1, 0}, y_r{1, 1};
    CHECK_NOTHROW(check({Kind::cup, "", {x, x_r}, {}}));
    CHECK_NOTHROW(check({Kind::cup, "", {x_l, x}, {}}));
    CHECK_NOTHROW(check({Kind::cap, "", {}, {x_r, x}}));
    CHECK_NOTHROW(check({Kind::cap, "", {}, {x, x_l}}));
    refused(Kind::cup, {x_r, x}, {});
    refused(Kind::cup, {x, x}, {});
    refused(Kind::cup, {x, y_r}, {});
    refused(Kind::cup, {x}, {});
    refused(Kind::cup, {x, x_r}, {x});
    refused(Kind::cap, {}, {x, x_r});
    refused(Kind::cap, {}, {y_r, x});
    refused(Kind::cap, {x}, {x_r, x});
    refused(Kind::swap, {x, y}, {x, y});
    refused(Kind::swap, {x}, {x});
    refused(Kind::spider, {}, {});
    refused(Kind::spider, {x, y}, {x});
    refused(Kind::spider, {x}, {x_r});
}

TEST_CASE("Signature: equal names have equal numbers") {
    Signature s;
    CHECK(s.atom("n") == s.atom("n"));
    CHECK(s.atom("n") != s.atom("s"));
    Type const n{{s.atom("n"), 0}};
    auto const f = s.intern({Kind::box, "f", n, n});
    CHECK(s.intern({Kind::box, "f", n, n}) == f);
    CHECK(s.intern({Kind::word, "f", n, n}) != f);
    CHECK(s.intern({Kind::box, "f", n, {}}) != f);
    CHECK(s.n_generators() == 3);
}

TEST_CASE("Signature: dagger is an involution, turns have inverses, both lead back to the box") {
    Signature s;
    Object const a{s.atom("a"), 0}, b{s.atom("b"), 2};
    auto const f = s.intern({Kind::box, "f", {a, b}, {b}});
    CHECK(s.dagger(s.dagger(f)) == f);
    CHECK(s.rotate(s.rotate(f, 1), -1) == f);
    CHECK(s.rotate(s.dagger(f), 1) == s.dagger(s.rotate(f, 1)));
    auto const turned = s[s.rotate(f, 1)];
    CHECK(turned.dom == adjoint({b}, 1));
    CHECK(turned.cod == adjoint({a, b}, 1));
    for (auto const g : {s.rotate(s.rotate(s.dagger(f), 1), 1), s.rotate(s.rotate(f, -1), -1)}) {
        CHECK(g != f);
        CHECK(s.base(g) == f);
    }
}

TEST_CASE("Signature: cups turn into caps, swaps and spiders into themselves") {
    Signature s;
    Object const x{s.atom("x"), 0}, x_r{s.atom("x"), 1}, y{s.atom("y"), 0};
    auto const cup = s.intern({Kind::cup, "", {x, x_r}, {}});
    CHECK(s[s.dagger(cup)].kind == Kind::cap);
    CHECK(s[s.dagger(cup)].cod == Type{x, x_r});
    CHECK(s.dagger(s.dagger(cup)) == cup);
    CHECK(s[s.rotate(cup, 1)].kind == Kind::cap);
    CHECK(s[s.rotate(cup, 1)].cod == adjoint({x, x_r}, 1));
    auto const swap = s.intern({Kind::swap, "", {x, y}, {y, x}});
    CHECK(s[s.dagger(swap)].dom == Type{y, x});
    CHECK_FALSE(s[s.dagger(swap)].is_dagger);
    auto const spider = s.intern({Kind::spider, "", {x}, {x, x}});
    CHECK(s[s.dagger(spider)].dom == Type{x, x});
    CHECK(s[s.rotate(spider, 1)].rotation == 0);
}

TEST_CASE("Signature: types print with their adjoints") {
    Signature s;
    auto const n = s.atom("n");
    CHECK(s.print({{n, 0}, {n, -1}, {s.atom("s"), 2}}) == "n @ n.l @ s.r.r");
    CHECK(s.print({}) == "Ty()");
}

TEST_CASE("Signature: many threads may intern and read at once") {
    Signature s;
    std::vector<std::thread> threads;
    std::vector<std::vector<std::uint32_t>> found(4);
    for (std::size_t t = 0; t < 4; ++t) {
        threads.emplace_back([&s, &mine = found[t]] {
            for (int k = 0; k < 300; ++k) {
                Type const x{{s.atom(std::string(1, static_cast<char>('a' + k % 7))), 0}};
                mine.push_back(s.intern({Kind::box, std::to_string(k % 50), x, x}));
                static_cast<void>(s[mine.back()].name.size());
                static_cast<void>(s.base(s.rotate(s.dagger(mine.back()), 1)));
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (auto const& list : found) CHECK(list == found.front());
}

}  // namespace monoidal::diagram
