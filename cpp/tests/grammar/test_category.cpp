#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/grammar/category.hpp"

namespace monoidal::grammar {
namespace {

std::string type(Categories const& categories, Cat cat) {
    std::string out;
    for (auto const& wire : categories.wires(cat).wires) {
        out += categories.name(wire.name);
        for (auto z = wire.winding; z > 0; --z) out += ".r";
        for (auto z = wire.winding; z < 0; ++z) out += ".l";
        out += ' ';
    }
    return out;
}

}  // namespace

TEST_CASE("category: printing is the inverse of reading") {
    Categories categories;
    for (auto const* text : {"S[dcl]", "NP", "N[sg]", "N", "PP", R"((S[dcl,b]\NP)/NP)",
                             R"((S[X]\NP)\(S[X]\NP))", "N[X]/N[X]", "conj", "N[any]"}) {
        auto const printed = categories.print(categories.parse(text));
        CHECK(categories.parse(printed) == categories.parse(text));
    }
    CHECK(categories.parse(R"(S\NP/NP)") == categories.parse(R"((S\NP)/NP)"));
}

TEST_CASE("category: wires are X @ Y.l and Y.r @ X, the head is the innermost result") {
    Categories categories;
    auto const relative = categories.parse(R"((NP\NP)/(S[dcl]/NP))");
    CHECK(type(categories, relative) == "n.r n n.l.l s.l ");
    CHECK(categories.wires(relative).head == 1);
    CHECK(type(categories, categories.parse(R"((S\NP)/(S\NP))")) == "n.r s s.l n ");
}

TEST_CASE("category: features match where they share one, and variables take them over") {
    Categories categories;
    auto const verb = categories.parse(R"(S[dcl,b]\NP)");
    auto const adverb = categories.parse(R"((S[X]\NP)\(S[X]\NP))");
    Binding binding;
    REQUIRE(categories.match(categories[adverb].argument, verb, binding));
    CHECK(categories.substitute(categories[adverb].result, binding) == verb);
    Binding other;
    CHECK_FALSE(categories.match(categories.parse(R"(S[ng]\NP)"), verb, other));
    CHECK_FALSE(categories.match(categories.parse("N"), categories.parse("NP"), other));
    CHECK(categories.match(categories.parse("N[any]"), categories.parse("NP"), other));
}

TEST_CASE("category: a faulty text is quoted with its column") {
    Categories categories;
    for (auto const* text : {"", "S[", "S[foo]", "(S", "S)", "S/", "N[odd]", "S\\\\NP"}) {
        CHECK_THROWS_AS(categories.parse(text), SyntaxError);
    }
    CHECK_THROWS_AS(categories.parse(std::string(10000, '(')), SyntaxError);
}

TEST_CASE("category: threads that intern at once agree") {
    Categories categories;
    std::vector<Cat> found(4);
    {
        std::vector<std::jthread> threads;
        for (std::size_t t = 0; t < found.size(); ++t) {
            threads.emplace_back([&, t] {
                for (int k = 0; k < 200; ++k) {
                    found[t] = categories.parse("(a" + std::to_string(k) + R"(\NP)/NP)");
                }
            });
        }
    }
    for (auto const cat : found) CHECK(cat == found[0]);
}

TEST_CASE("categories: pronouns and times are noun phrases and nouns that few functions take") {
    Categories c;
    auto const matches = [&](char const* a, char const* b) {
        Binding binding;
        return c.match(c.parse(a), c.parse(b), binding);
    };
    CHECK(matches("NP", "NP[pro]"));
    CHECK(matches("NP", "NP[np]"));
    CHECK_FALSE(matches("NP[np]", "NP[pro]"));
    CHECK(matches("N[X]", "N[tm]"));
    CHECK_FALSE(matches("N", "N[tm]"));
    CHECK_FALSE(matches("N[any]", "N[tm]"));
    CHECK(matches("N[any]", "NP[pro]"));
    for (auto const* text : {"NP", "NP[pro]", "NP[np]", "N", "N[tm]", "N[any]", "N[X]"}) {
        CHECK(c.print(c.parse(text)) == text);
    }
    CHECK(c.are_alike(c.parse("NP"), c.parse("NP[np]")));
    CHECK(c.are_alike(c.parse(R"(S[b]\NP)"), c.parse(R"(S[b]\NP[pro])")));
    CHECK_FALSE(c.are_alike(c.parse("NP"), c.parse("N")));
    CHECK_FALSE(c.are_alike(c.parse(R"(S[b]\NP)"), c.parse(R"(S[dcl]\NP)")));
}

}  // namespace monoidal::grammar
