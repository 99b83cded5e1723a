#include <doctest/doctest.h>

#include "diagram/fixture.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/model/shapes.hpp"

namespace monoidal::model {

using tests::Diagrams;

namespace {

struct Sentences : Diagrams {
    Object n = object("n"), n_r = object("n", 1), n_l = object("n", -1), s = object("s");
    std::vector<std::uint64_t> dimension{2, 4};

    Diagram transitive(std::string const& a, std::string const& v, std::string const& b) const {
        auto const words = beside({word(a, {n}), word(v, {n_r, s, n_l}), word(b, {n})});
        return then({words, beside({cup(n), id({s}), cup(n_l)})});
    }
};

}  // namespace

TEST_CASE_FIXTURE(Sentences, "group: sentences that differ in names alone share a shape") {
    std::vector<Diagram> const list{transitive("Alice", "loves", "Bob"),
                                    then({word("a", {s}), box("f", {s}, {s})}),
                                    transitive("Bob", "loves", "Bob")};
    auto const shapes = group(list, dimension);
    CHECK(shapes.shape_of == std::vector<std::uint32_t>{0, 1, 0});
    CHECK(shapes.networks.size() == 2);
    CHECK(shapes.operands[0].size() == 3);
    REQUIRE(shapes.words.size() == 8);
    CHECK((*signature)[shapes.words[5]].name == "Bob");
    CHECK(shapes.words[5] == shapes.words[7]);
}

TEST_CASE_FIXTURE(Sentences, "group: daggers, turns and bends tell shapes apart") {
    auto const f = box("f", {n}, {n});
    auto const in = [&](Diagram const& middle) {
        return then({word("w", {n}), middle, word("v", {n}).dagger()});
    };
    Object const n_ll{n.atom, -2};
    auto const turned = box("f", {n_ll}, {n_ll}).rotate(1).rotate(1);
    std::vector<Diagram> const list{in(f), in(f.dagger()), in(turned), in(box("g", {n}, {n}))};
    CHECK(group(std::span(list).first(2), dimension).networks.size() == 2);
    CHECK(group(list, dimension).shape_of == std::vector<std::uint32_t>{0, 1, 2, 0});
    auto const bent = then({beside({word("w", {n}), word("v", {n_r})}), cup(n)});
    auto const merged = then({beside({word("w", {n}), word("v", {n})}), spider(2, 0, n)});
    CHECK(group(std::vector{bent, merged}, dimension).log2_success ==
          std::vector<double>{-1.0, -1.0});
}

TEST_CASE_FIXTURE(Sentences, "group: each cup and cap costs the dimension of its wire") {
    auto const s_l = object("s", -1);
    auto const snake = then({beside({cap(s_l), word("w", {s})}), beside({id({s}), cup(s_l)})});
    std::vector<Diagram> const list{transitive("a", "b", "c"), snake, word("w", {s})};
    CHECK(group(list, dimension).log2_success == std::vector<double>{-2.0, -4.0, 0.0});
}

TEST_CASE_FIXTURE(Sentences, "group: words of turned and daggered boxes are the named ones") {
    auto const f = box("f", {n}, {n});
    std::vector<Diagram> const list{f.dagger().rotate(1)};
    auto const shapes = group(list, dimension);
    CHECK(shapes.words == std::vector{f.layers().front().generator});
    CHECK((*signature)[shapes.operands[0][0]].is_dagger);
    dimension = {2};
    std::vector<Diagram> const no_dimension{word("w", {s})};
    CHECK_THROWS_AS(group(no_dimension, dimension), ShapeError);
    CHECK(group({}, dimension).networks.empty());
}

TEST_CASE_FIXTURE(Sentences,
                  "doubled: operands come twice and share outputs and hidden axes alone") {
    std::vector<Diagram> const list{transitive("a", "b", "c")};
    auto const pure = group(list, dimension);
    std::vector<std::uint64_t> const hidden{1, 8, 1};
    auto const made = doubled(pure, hidden, {false, true, false}, std::vector{0U});
    CHECK(made.mixed);
    auto const& net = made.networks[0];
    REQUIRE(net.n_given == 6);
    CHECK(net.operands[2].size() == 4);
    CHECK(net.dimension[net.operands[2][3]] == 8);
    CHECK(net.operands[2][3] == net.operands[3][3]);  // the hidden axis
    CHECK(net.operands[2][1] == net.operands[3][1]);  // the output
    CHECK(net.operands[2][0] != net.operands[3][0]);
    CHECK(net.output == pure.networks[0].output);
    CHECK(made.words == std::vector{pure.words[0], pure.words[0], pure.words[1], pure.words[1],
                                    pure.words[2], pure.words[2]});
    CHECK(made.log2_success[0] == pure.log2_success[0] - 3.0);
    CHECK(doubled(pure, hidden, {false, true, false}, std::vector{1U}).networks[0].output.empty());
    CHECK_THROWS_AS(doubled(pure, hidden, {false}, std::vector{0U}), ShapeError);
    CHECK_THROWS_AS(doubled(pure, hidden, {false, true, false}, std::vector{5U}), ShapeError);
    CHECK_THROWS_AS(doubled(made, hidden, {false, true, false}, std::vector{0U}), ShapeError);
}

}  // namespace monoidal::model
