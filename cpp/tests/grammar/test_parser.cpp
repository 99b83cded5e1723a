#include <doctest/doctest.h>

#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/grammar/parser.hpp"

namespace monoidal::grammar {
namespace {

/// A small English, with every token's categories written out.
class Fixture {
public:
    Fixture() : parser_(make()) {
        auto& c = *parser_.grammar().categories;
        goals_ = {{c.parse("S[dcl,q]"), 0}, {c.parse("NP"), 1000}};
    }

    std::uint32_t word(std::vector<char const*> const& categories) {
        std::vector<Lexical> entry;
        std::int32_t cost = 0;
        for (auto const* text : categories) {
            entry.push_back({parser_.grammar().categories->parse(text), cost});
            cost += 100;
        }
        return parser_.add_entry(std::move(entry));
    }

    Outcome parse(std::vector<std::uint32_t> const& sentence, bool fragments = false,
                  Limits const& limits = {}) {
        std::vector<std::vector<std::uint32_t>> const one{sentence};
        return parser_.parse(pool_, {}, one, {limits, goals_, fragments, -1}).front();
    }

    [[nodiscard]] std::string types(Wired const& wired) const {
        std::string out;
        for (auto const& wires : wired.types) {
            for (auto const& wire : wires) {
                out += parser_.grammar().categories->name(wire.name);
                for (auto z = wire.winding; z > 0; --z) out += ".r";
                for (auto z = wire.winding; z < 0; ++z) out += ".l";
                out += ' ';
            }
            out += "| ";
        }
        return out;
    }

    Parser& parser() { return parser_; }
    [[nodiscard]] Options options() const { return {{}, goals_, true, -1}; }

    /// Every cup joins adjoints, none cross, and the open wires are under none.
    static void check_links(Wired const& wired) {
        std::vector<Simple> row;
        for (auto const& wires : wired.types) row.insert(row.end(), wires.begin(), wires.end());
        std::vector<int> partner(row.size(), -1);
        for (auto const& [i, j] : wired.links) {
            REQUIRE(i < j);
            REQUIRE(j < row.size());
            CHECK(row[i].name == row[j].name);
            CHECK(row[i].winding + 1 == row[j].winding);
            CHECK(partner[i] == -1);
            CHECK(partner[j] == -1);
            partner[i] = static_cast<int>(j);
            partner[j] = static_cast<int>(i);
        }
        std::vector<std::size_t> open;
        for (std::size_t k = 0; k < row.size(); ++k) {
            if (partner[k] < 0) {
                CHECK(open.empty());
            } else if (static_cast<std::size_t>(partner[k]) > k) {
                open.push_back(k);
            } else {
                REQUIRE(!open.empty());
                CHECK(std::cmp_equal(open.back(), partner[k]));
                open.pop_back();
            }
        }
    }

private:
    static Parser make() {
        Grammar grammar;
        grammar.categories = std::make_shared<Categories>();
        auto& c = *grammar.categories;
        auto const add = [&](char const* from, char const* to, Place place) {
            grammar.changes.push_back({c.parse(from), c.parse(to), 100, place});
        };
        add("N", "NP", Place::anywhere);
        add("NP", R"(S[X]/(S[X]\NP))", Place::raise);
        add("NP", R"((S[X]\NP)\((S[X]\NP)/NP))", Place::raise_back);
        add("NP", R"(((S[X]\NP)/NP)\(((S[X]\NP)/NP)/NP))", Place::raise_back);
        add(R"(S[pss]\NP)", R"(NP\NP)", Place::anywhere);
        add(R"(S[ng]\NP)", "NP", Place::anywhere);
        add("S[dcl]/NP", R"(NP\NP)", Place::anywhere);
        grammar.weights.fill(50);
        return Parser(std::move(grammar));
    }

    Parser parser_;
    ThreadPool pool_{1};
    std::vector<Goal> goals_;
};

constexpr char const* kAdverb = R"((S[X]\NP)\(S[X]\NP))";
constexpr char const* kTransitive = R"((S[dcl]\NP)/NP)";

}  // namespace

TEST_CASE("parser: application is cups") {
    Fixture f;
    auto const he = f.word({"NP"});
    auto const found = f.parse({he, f.word({kTransitive}), f.word({"NP/N"}), f.word({"N"})});
    REQUIRE(found.status == Status::parsed);
    CHECK(f.types(found.readings[0].wired) == "n | n.r s n.l | n n.l | n | ");
    Fixture::check_links(found.readings[0].wired);
}

TEST_CASE("parser: type raising leaves no cap behind") {
    Fixture f;
    auto const noun = f.word({"N"});
    auto const that = f.word({R"((NP\NP)/(S[dcl]/NP))"});
    auto const found = f.parse({noun, that, noun, f.word({kTransitive})});
    REQUIRE(found.status == Status::parsed);
    CHECK(f.types(found.readings[0].wired) == "n | n.r n n.l.l s.l | n | n.r s n.l | ");
    Fixture::check_links(found.readings[0].wired);
}

TEST_CASE("parser: a crossed composition is made planar by the adverb's type") {
    Fixture f;
    auto const np = f.word({"NP"});
    auto const found = f.parse({np, f.word({kTransitive}), f.word({kAdverb}), np});
    REQUIRE(found.status == Status::parsed);
    CHECK(f.types(found.readings[0].wired) == "n | n.r s n.l | n s.r n.r.r n.r s n.l | n | ");
    Fixture::check_links(found.readings[0].wired);
}

TEST_CASE("parser: a change goes through modifiers to the words") {
    Fixture f;
    auto const np = f.word({"NP"});
    auto const broken = f.word({R"(S[pss]\NP)"});
    auto const found = f.parse({np, broken, f.word({kAdverb})});
    REQUIRE(found.status == Status::parsed);
    CHECK(f.types(found.readings[0].wired) == "n | n.r n | n.r n.r.r n.r n | ");
    Fixture::check_links(found.readings[0].wired);
    auto const eating = f.word({R"((S[ng]\NP)/NP)"});
    auto const gerund = f.parse({eating, np, f.word({kAdverb})});
    REQUIRE(gerund.status == Status::parsed);
    CHECK(f.types(gerund.readings[0].wired) == "n n.l | n | n.r n | ");
    Fixture::check_links(gerund.readings[0].wired);
}

TEST_CASE("parser: a list gives its conjunction one wire more, and its commas none") {
    Fixture f;
    auto const np = f.word({"NP"});
    auto const found = f.parse({np, f.word({"comma"}), np, f.word({"conj"}), np});
    REQUIRE(found.status == Status::parsed);
    CHECK(f.types(found.readings[0].wired) == "n | | n | n.r n.r n n.l | n | ");
    Fixture::check_links(found.readings[0].wired);
}

TEST_CASE("parser: argument clusters and shared objects are coordinated") {
    Fixture f;
    auto const np = f.word({"NP"});
    auto const conj = f.word({"conj"});
    auto const gave = f.word({R"(((S[dcl]\NP)/NP)/NP)"});
    auto const cluster = f.parse({np, gave, np, np, conj, np, np});
    REQUIRE(cluster.status == Status::parsed);
    Fixture::check_links(cluster.readings[0].wired);
    auto const likes = f.word({kTransitive});
    auto const shared = f.parse({np, likes, conj, np, likes, np});
    REQUIRE(shared.status == Status::parsed);
    Fixture::check_links(shared.readings[0].wired);
}

TEST_CASE("parser: the normal form leaves one derivation where there is no ambiguity") {
    Fixture f;
    Limits limits;
    limits.n_best = 10;
    auto const aux = f.word({R"((S[X]\NP)/(S[X]\NP))"});
    auto const sleeps = f.word({R"(S[dcl]\NP)"});
    auto const found = f.parse({f.word({"NP"}), aux, aux, aux, sleeps}, false, limits);
    CHECK(found.readings.size() == 1);
    auto const np = f.word({"NP"});
    auto const conj = f.word({"conj"});
    CHECK(f.parse({np, conj, np, conj, np}, false, limits).readings.size() == 1);
}

TEST_CASE("parser: n best readings are sorted and the first is the best one alone") {
    Fixture f;
    Limits limits;
    limits.n_best = 5;
    auto const np = f.word({"NP"});
    auto const in = f.word({R"(((S[X]\NP)\(S[X]\NP))/NP)", R"((NP\NP)/NP)"});
    std::vector<std::uint32_t> const sentence{np, f.word({kTransitive}), np, in, np, in, np};
    auto const found = f.parse(sentence, false, limits);
    REQUIRE(found.readings.size() == 5);
    for (std::size_t k = 1; k < 5; ++k) {
        CHECK(found.readings[k - 1].cost <= found.readings[k].cost);
    }
    CHECK(f.parse(sentence).readings[0].cost == found.readings[0].cost);
}

TEST_CASE("parser: a reading costs its features times their weights, and its words") {
    Fixture f;
    auto options = f.options();
    options.features = true;
    options.limits.n_best = 9;
    auto const np = f.word({"NP"});
    auto const noun = f.word({"N"});
    auto const conj = f.word({"conj"});
    auto const likes = f.word({kTransitive});
    auto const adverb = f.word({kAdverb});
    auto const comma = f.word({"comma"});
    std::vector<std::vector<std::uint32_t>> const sentences{
        {np, likes, conj, np, likes, noun},
        {np, comma, comma, likes, np, adverb, adverb},
        {np, comma, np, conj, np},
        {np, likes, noun, adverb},
        {f.word({R"(S[X]/S[X])"}), np, likes, np}};
    ThreadPool one(1);
    std::size_t n_readings = 0;
    for (auto const& outcome : f.parser().parse(one, {}, sentences, options)) {
        REQUIRE(outcome.status == Status::parsed);
        for (auto const& reading : outcome.readings) {
            // Every word costs nothing, every weight 50 and every change 100.
            auto const& counts = reading.features;
            auto const middle = counts.begin() + kNWeights;
            auto const n_weights = std::accumulate(counts.begin(), middle, 0U);
            auto const n_changes = std::accumulate(middle, counts.end(), 0U);
            std::int32_t n_marks = 0;
            for (auto const& node : reading.wired.tree) {
                bool const is_mark = f.parser().grammar().categories->is_mark(node.cat);
                n_marks += is_mark && node.end > node.begin + 1 ? 1 : 0;
            }
            CHECK(std::cmp_equal(50 * n_weights + 100 * n_changes + n_marks, reading.cost));
            CHECK(reading.total >= reading.cost);
            ++n_readings;
        }
    }
    CHECK(n_readings > 5);
}

TEST_CASE("parser: fragments are joined to a goal whatever they are") {
    Fixture f;
    std::vector<std::uint32_t> const words{
        f.word({"NP/N"}),  f.word({kTransitive}), f.word({"conj"}),     f.word({"comma"}),
        f.word({kAdverb}), f.word({"N/N"}),       f.word({R"(NP\NP)"}), f.word({R"(S\S)"})};
    for (std::size_t a = 0; a < words.size(); ++a) {
        for (std::size_t b = 0; b < words.size(); ++b) {
            for (std::size_t c = 0; c < words.size(); ++c) {
                if (a == 3 && b == 3 && c == 3) continue;
                auto const found = f.parse({words[a], words[b], words[c]}, true);
                REQUIRE(found.readings.size() == 1);
                Fixture::check_links(found.readings[0].wired);
            }
        }
    }
    CHECK_THROWS_AS(f.parse({words[3]}, true), SyntaxError);
}

TEST_CASE("parser: what is refused says why") {
    Fixture f;
    auto const det = f.word({"NP/N"});
    CHECK(f.parse({det, det}).status == Status::no_parse);
    Limits limits;
    limits.max_steps = 1;
    CHECK(f.parse({det, det, det}, false, limits).status == Status::out_of_steps);
    limits.max_words = 2;
    CHECK(f.parse({det, det, det}, false, limits).status == Status::too_long);
    CHECK_THROWS_AS(f.parse({99999}), ShapeError);
    CHECK_THROWS_AS(f.parser().add_entry({}), ShapeError);
    CHECK_THROWS_AS(f.word({"N", "comma"}), SyntaxError);
    CHECK_THROWS_AS(f.word({"stop/N"}), SyntaxError);
}

TEST_CASE("parser: threads give the readings that one gives") {
    Fixture f;
    auto const np = f.word({"N", "NP", "N/N", kTransitive});
    auto const in = f.word({R"(((S[X]\NP)\(S[X]\NP))/NP)", R"((NP\NP)/NP)", "conj"});
    std::vector<std::vector<std::uint32_t>> sentences;
    for (std::uint32_t k = 0; k < 60; ++k) {
        auto& sentence = sentences.emplace_back();
        for (std::uint32_t w = 0; w < 4 + k % 9; ++w) sentence.push_back((w * k) % 3 ? np : in);
    }
    ThreadPool one(1);
    ThreadPool four(4);
    auto const a = f.parser().parse(one, {}, sentences, f.options());
    auto const b = f.parser().parse(four, {}, sentences, f.options());
    for (std::size_t k = 0; k < sentences.size(); ++k) {
        REQUIRE(a[k].readings.size() == b[k].readings.size());
        CHECK(a[k].n_steps == b[k].n_steps);
        CHECK(a[k].readings[0].wired.types == b[k].readings[0].wired.types);
        CHECK(a[k].readings[0].wired.links == b[k].readings[0].wired.links);
    }
}

TEST_CASE("parser: a poll that throws stops the batch, and the parser stays usable") {
    Fixture f;
    auto const np = f.word({"N", "NP", "N/N", kTransitive});
    std::vector<std::vector<std::uint32_t>> const sentences(200,
                                                            std::vector<std::uint32_t>(30, np));
    ThreadPool two(2);
    Poll const poll = [] { throw std::runtime_error("stop"); };
    CHECK_THROWS_AS(f.parser().parse(two, poll, sentences, f.options()), std::runtime_error);
    CHECK(f.parse({np, np, np}).status == Status::parsed);
}

TEST_CASE("parser: a diagram has the words that have a type") {
    Fixture f;
    auto const np = f.word({"NP"});
    auto const found = f.parse({np, f.word({"comma"}), f.word({R"(S[dcl]\NP)"})});
    auto const signature = std::make_shared<diagram::Signature>();
    std::vector<std::string> const names{"he", ",", "sleeps"};
    auto const d = to_diagram(signature, f.parser().grammar(), names, found.readings[0].wired);
    CHECK(d.layers().size() == 3);
    CHECK(signature->print(d.cod()) == "s");
}

}  // namespace monoidal::grammar
