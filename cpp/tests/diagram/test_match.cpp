#include <doctest/doctest.h>

#include "diagram/fixture.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/diagram/equality.hpp"
#include "monoidal/diagram/match.hpp"

namespace monoidal::diagram {

using tests::Diagrams;

namespace {
constexpr std::size_t kAll = 1000;
}

TEST_CASE_FIXTURE(Diagrams, "match: found up to interchange, and replaced") {
    auto const n = object("n"), s = object("s");
    auto const f = box("f", {n}, {s}), g = box("g", {s}, {n}), h = box("h", {n}, {n});
    auto const host = then({beside({f, f}), beside({g, id({s})}), beside({id({n}), g})});
    auto const pattern = then({f, g});
    auto const found = find(pattern, host, kAll);
    REQUIRE(found.size() == 2);
    CHECK(find(pattern, host, 1).size() == 1);
    auto const once = replace(pattern, host, found[0], h);
    CHECK(are_equal(once, beside({h, pattern})));
    auto const twice = replace(pattern, once, find(pattern, once, kAll)[0], h);
    CHECK(are_equal(twice, beside({h, h})));
    CHECK(find(then({g, f}), host, kAll).empty());
}

TEST_CASE_FIXTURE(Diagrams, "match: a replacement may be wire, and may close a circle") {
    auto const n = object("n"), n_r = object("n", 1);
    auto const f = box("f", {n}, {n});
    auto const chain = then({f, f, f});
    CHECK(are_equal(replace(f, chain, {1}, id({n})), then({f, f})));
    auto const traced =
        then({of(Kind::cap, "", {}, {n_r, n}), beside({id({n_r}), f}), swap(n_r, n), cup(n)});
    auto const found = find(f, traced, kAll);
    REQUIRE(found.size() == 1);
    auto const circle = then({of(Kind::cap, "", {}, {n_r, n}), swap(n_r, n), cup(n)});
    CHECK(are_equal(replace(f, traced, found[0], id({n})), circle));
}

TEST_CASE_FIXTURE(Diagrams, "match: what does not fit is refused") {
    auto const n = object("n"), s = object("s");
    auto const f = box("f", {n}, {n});
    CHECK_THROWS_AS(find(id({n}), f, kAll), ShapeError);
    CHECK_THROWS_AS(find(beside({f, id({n})}), f, kAll), ShapeError);
    CHECK_THROWS_AS(replace(f, f, {0}, box("g", {n}, {s})), TypeMismatch);
    CHECK_THROWS_AS(replace(f, f, {1}, f), ShapeError);
    CHECK_THROWS_AS(replace(f, f, {}, f), ShapeError);
    CHECK_THROWS_AS(replace(then({f, f}), then({f, f, f}), {0, 2}, f), ShapeError);
}

}  // namespace monoidal::diagram
