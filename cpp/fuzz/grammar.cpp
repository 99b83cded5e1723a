// Random bytes as a small lexicon and a sentence over it: no crash, no fault under ASan and UBSan,
// and no cup of a reading joins a wire that is not there or that another cup has.
//
// A line is the categories of one token, with tabs between them. What is no category is refused by
// the library and left out here.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/grammar/parser.hpp"

namespace {

using namespace monoidal;
using namespace monoidal::grammar;

constexpr std::size_t kMaxTokens = 12;
constexpr std::size_t kMaxCategories = 6;

/// The next piece up to a separator, taken off the front.
std::string_view take(std::string_view& text, char separator) {
    auto const end = text.find(separator);
    auto const piece = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return piece;
}

Grammar make_grammar() {
    Grammar made;
    made.categories = std::make_shared<Categories>();
    auto& c = *made.categories;
    made.changes.push_back({c.parse("N[pl]"), c.parse("NP"), 100, Place::anywhere});
    made.changes.push_back({c.parse("S[adj]\\NP"), c.parse("NP\\NP"), 200, Place::anywhere});
    made.changes.push_back({c.parse("NP"), c.parse("S[X]/(S[X]\\NP)"), 300, Place::raise});
    for (auto& weight : made.weights) weight = 50;
    return made;
}

/// One parser for many inputs: a fresh one takes more time than most sentences.
Parser& shared_parser() {
    constexpr std::size_t kMost = 20000;
    static auto parser = std::make_unique<Parser>(make_grammar());
    if (parser->grammar().categories->size() > kMost) {
        parser = std::make_unique<Parser>(make_grammar());
    }
    return *parser;
}

std::vector<Lexical> read_token(Parser& parser, std::string_view line) {
    std::vector<Lexical> entry;
    while (!line.empty() && entry.size() < kMaxCategories) {
        auto const text = take(line, '\t');
        try {
            auto const cost = static_cast<std::int32_t>(100 * entry.size());
            entry.push_back({parser.grammar().categories->parse(text), cost});
        } catch (Error const&) {  // refused, as it should be
        }
    }
    return entry;
}

void check(Wired const& wired) {
    std::size_t n_wires = 0;
    for (auto const& wires : wired.types) n_wires += wires.size();
    std::vector<bool> is_linked(n_wires);
    for (auto const& [i, j] : wired.links) {
        if (i >= j || j >= n_wires || is_linked[i] || is_linked[j]) std::abort();
        is_linked[i] = is_linked[j] = true;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view text{reinterpret_cast<char const*>(data), size};
    auto& parser = shared_parser();
    auto& categories = *parser.grammar().categories;
    std::vector<std::vector<std::uint32_t>> sentences(1);
    bool has_word = false;
    while (!text.empty() && sentences[0].size() < kMaxTokens) {
        auto entry = read_token(parser, take(text, '\n'));
        if (entry.empty()) continue;
        bool const is_word = !categories.is_mark(entry.front().cat);
        try {
            sentences[0].push_back(parser.add_entry(std::move(entry)));
        } catch (SyntaxError const&) {  // a mark and a word at once, refused as it should be
            continue;
        }
        has_word = has_word || is_word;
    }
    if (sentences[0].empty()) return 0;
    Options options;
    options.limits.max_steps = 20000;
    options.limits.n_best = 3;
    options.goals = {{categories.parse("S"), 0}, {categories.parse("NP"), 1000}};
    options.fragments = true;
    static ThreadPool pool{1};
    try {
        for (auto const& outcome : parser.parse(pool, {}, sentences, options)) {
            for (auto const& reading : outcome.readings) check(reading.wired);
        }
    } catch (TooLargeError const&) {  // more categories than there is room for
    } catch (Error const& error) {
        if (!has_word) return 0;
        // What the chart makes can be wired, and words can be joined.
        std::fprintf(stderr, "%s\n", error.what());
        std::abort();
    }
    return 0;
}
