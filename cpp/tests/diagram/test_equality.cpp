#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "diagram/fixture.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/diagram/equality.hpp"

namespace monoidal::diagram {

using tests::Diagrams;

namespace {

void check_equal(Diagram const& a, Diagram const& b) {
    CHECK(are_equal(a, b));
    CHECK(are_equal(b, a));
    CHECK(hash(a) == hash(b));
}

}  // namespace

TEST_CASE_FIXTURE(Diagrams, "equality: boxes side by side have no order") {
    auto const n = object("n"), s = object("s");
    auto const f = box("f", {n}, {s});
    auto const g = box("g", {s}, {n});
    auto const left = then({beside({f, id({s})}), beside({id({s}), g})});
    auto const right = then({beside({id({n}), g}), beside({f, id({n})})});
    CHECK(left != right);
    check_equal(left, right);
    check_equal(then({left, swap(s, n)}), then({swap(n, s), beside({g, f})}));
    CHECK_FALSE(are_equal(left, beside({f, box("h", {s}, {n})})));
    CHECK_FALSE(are_equal(id({n, n}), swap(n, n)));
}

TEST_CASE_FIXTURE(Diagrams, "equality: a turned box is the box bent round, a daggered one is not") {
    auto const n = object("n"), n_r = object("n", 1), s = object("s"), s_r = object("s", 1);
    auto const f = box("f", {n}, {s});
    auto const bent = then({beside({cap(n), id({s_r})}), beside({id({n_r}), f, id({s_r})}),
                            beside({id({n_r}), cup(s)})});
    check_equal(f.rotate(1), bent);
    auto const g = box("g", {n}, {n});
    CHECK_FALSE(are_equal(g.dagger(), g));
    CHECK_FALSE(are_equal(f.rotate(1), bent.rotate(2)));
}

TEST_CASE_FIXTURE(Diagrams, "equality: closed parts are compared as a whole, wherever they are") {
    auto const n = object("n"), n_r = object("n", 1);
    auto const scalar = [&](std::string const& name) {
        return then({word(name, {n}), spider(1, 0, n)});
    };
    check_equal(beside({scalar("u"), scalar("v"), id({n})}),
                beside({id({n}), scalar("v"), scalar("u")}));
    CHECK_FALSE(are_equal(beside({scalar("u"), scalar("u")}), beside({scalar("u"), scalar("v")})));
    auto const circle = then({of(Kind::cap, "", {}, {n_r, n}), swap(n_r, n), cup(n)});
    check_equal(beside({circle, scalar("u")}), beside({scalar("u"), circle}));
    CHECK_FALSE(are_equal(beside({circle, circle}), circle));
}

TEST_CASE_FIXTURE(Diagrams, "equality: symmetric parts that refinement cannot tell apart") {
    auto const n = object("n");
    // Closed cubic graphs on one symmetric box look alike everywhere: a prism and K(3, 3).
    auto const v = word("v", {n, n, n});
    auto const closed = [&](std::vector<std::pair<std::size_t, std::size_t>> const& edges) {
        std::vector<Diagram> parts(6, v);
        auto d = beside(parts);
        std::vector<std::size_t> next(6, 0);
        std::vector<std::size_t> row;
        for (std::size_t k = 0; k < 18; ++k) row.push_back(k);
        for (auto const& [a, b] : edges) {
            auto const x = 3 * a + next[a]++, y = 3 * b + next[b]++;
            auto i = static_cast<std::size_t>(std::ranges::find(row, x) - row.begin());
            auto const j = static_cast<std::size_t>(std::ranges::find(row, y) - row.begin());
            auto lo = std::min(i, j), hi = std::max(i, j);
            for (; hi > lo + 1; --hi) {
                d = then({d, beside({id(Type(hi - 1, n)), swap(n, n),
                                     id(Type(row.size() - hi - 1, n))})});
                std::swap(row[hi - 1], row[hi]);
            }
            d = then(
                {d, beside({id(Type(lo, n)), spider(2, 0, n), id(Type(row.size() - lo - 2, n))})});
            row.erase(row.begin() + static_cast<std::ptrdiff_t>(lo),
                      row.begin() + static_cast<std::ptrdiff_t>(lo + 2));
        }
        return d;
    };
    auto const ring =
        closed({{0, 1}, {2, 3}, {4, 5}, {1, 2}, {3, 4}, {5, 0}, {0, 3}, {1, 4}, {2, 5}});
    auto const same =
        closed({{2, 3}, {4, 5}, {0, 1}, {3, 4}, {5, 0}, {1, 2}, {2, 5}, {3, 0}, {4, 1}});
    auto const two =
        closed({{0, 1}, {2, 0}, {1, 2}, {3, 4}, {5, 3}, {4, 5}, {0, 3}, {1, 4}, {2, 5}});
    check_equal(ring, same);
    CHECK_FALSE(are_equal(ring, two));
}

TEST_CASE_FIXTURE(Diagrams, "equality: the time is linear in the length of a chain") {
    auto const n = object("n");
    auto const f = box("f", {n}, {n});
    auto const seconds = [&](std::size_t length) {
        auto const a = then(std::vector<Diagram>(length, f));
        auto const b = then({a, then({spider(1, 2, n), spider(2, 1, n)})});
        auto const begin = std::chrono::steady_clock::now();
        CHECK(are_equal(a, b));
        CHECK(hash(a) == hash(b));
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    static_cast<void>(seconds(20'000));
    double const small = std::min({seconds(20'000), seconds(20'000), seconds(20'000)});
    CHECK(seconds(160'000) < 32 * small);  // 64 times as long if it were quadratic
}

}  // namespace monoidal::diagram
