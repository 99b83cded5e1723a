#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/grammar/parser.hpp"

namespace monoidal::grammar {
namespace {

/// Rows of a tree from elsewhere.
class Tree {
public:
    Tree() { grammar_.categories = std::make_shared<Categories>(); }

    std::uint32_t word(char const* category) {
        auto const at = n_words_++;
        return add(Rule::word, category, 0, 0, at, at + 1);
    }
    std::uint32_t unary(Rule rule, char const* category, std::uint32_t part) {
        return add(rule, category, part, 0, items_[part].begin, items_[part].end);
    }
    std::uint32_t binary(Rule rule, char const* category, std::uint32_t left, std::uint32_t right) {
        return add(rule, category, left, right, items_[left].begin, items_[right].end);
    }
    [[nodiscard]] Wired wire(Crossing crossing = Crossing::nest) const {
        return wire_tree(grammar_, items_, n_words_, crossing);
    }
    std::vector<Item>& items() { return items_; }

private:
    std::uint32_t add(Rule rule, char const* category, std::uint32_t left, std::uint32_t right,
                      std::uint32_t begin, std::uint32_t end) {
        auto const cat = grammar_.categories->parse(category);
        items_.push_back({cat, rule, {}, 0, left, right, begin, end});
        return static_cast<std::uint32_t>(items_.size()) - 1;
    }

    Grammar grammar_;
    std::vector<Item> items_;
    std::uint32_t n_words_ = 0;
};

using Links = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

TEST_CASE("wire_tree: a crossed composition is nested, or its links cross") {
    Tree tree;
    auto const left = tree.word("PP/NP");
    auto const right = tree.word("S\\PP");
    tree.binary(Rule::cross_back, "S/NP", left, right);
    auto const nested = tree.wire();
    CHECK(nested.types[1].size() == 4);
    CHECK(nested.links == Links{{0, 3}, {1, 2}});
    auto const swapped = tree.wire(Crossing::swap);
    CHECK(swapped.types[1].size() == 2);
    CHECK(swapped.links == Links{{0, 2}});
    CHECK(swapped.open == std::vector<std::uint32_t>{3, 1});
}

TEST_CASE("wire_tree: composition takes any arguments on either side") {
    Tree tree;
    auto const left = tree.word("S/PP");
    auto const right = tree.word("(PP\\NP)/S");
    tree.binary(Rule::cross, "(S\\NP)/S", left, right);
    CHECK(tree.wire(Crossing::swap).open == std::vector<std::uint32_t>{2, 0, 4});
    CHECK(tree.wire().open == std::vector<std::uint32_t>{0, 1, 6});
}

TEST_CASE("wire_tree: type raising is a cap that vanishes") {
    Tree tree;
    auto const raised = tree.unary(Rule::raise, "S/(S\\NP)", tree.word("NP"));
    tree.binary(Rule::forward, "S", raised, tree.word("S\\NP"));
    CHECK(tree.wire().links == Links{{0, 1}});
}

TEST_CASE("wire_tree: a tree of 200,000 levels needs no stack") {
    Tree tree;
    auto whole = tree.word("S");
    for (int k = 0; k < 200000; ++k) {
        whole = tree.binary(Rule::backward, "S", whole, tree.word("S\\S"));
    }
    CHECK(tree.wire().links.size() == 200000);
}

TEST_CASE("wire_tree: a rule that does not make its category is refused") {
    for (auto const rule : {Rule::forward, Rule::backward, Rule::compose, Rule::compose_back,
                            Rule::cross, Rule::cross_back, Rule::list, Rule::sequence,
                            Rule::conjoin, Rule::coordinate, Rule::mark_left, Rule::mark_right}) {
        for (auto const* category : {"NP", "S/NP", "mark"}) {
            Tree tree;
            auto const left = tree.word("NP");
            auto const right = tree.word(category);
            tree.binary(rule, "(S/S)/S", left, right);
            CHECK_THROWS_AS(static_cast<void>(tree.wire()), Error);
        }
    }
    Tree mark;
    mark.unary(Rule::change, "NP", mark.word("mark"));
    CHECK_THROWS_AS(static_cast<void>(mark.wire()), SyntaxError);
    Tree joined;
    auto const left = joined.word("S/NP");
    joined.binary(Rule::forward, "S", left, joined.word("PP"));
    CHECK_THROWS_AS(static_cast<void>(joined.wire()), SyntaxError);
}

TEST_CASE("wire_tree: items that are no tree are refused") {
    Tree tree;
    CHECK_THROWS_AS(static_cast<void>(tree.wire()), ShapeError);
    auto const left = tree.word("S/NP");
    tree.binary(Rule::forward, "S", left, tree.word("NP"));
    auto const good = tree.items();
    for (std::size_t k = 0; k < good.size(); ++k) {
        tree.items() = good;
        tree.items()[k].end = 7;
        CHECK_THROWS_AS(static_cast<void>(tree.wire()), ShapeError);
    }
    tree.items() = good;
    tree.items()[2].right = 2;
    CHECK_THROWS_AS(static_cast<void>(tree.wire()), ShapeError);
}

}  // namespace
}  // namespace monoidal::grammar
