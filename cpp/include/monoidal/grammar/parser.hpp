#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "monoidal/common/parallel.hpp"
#include "monoidal/diagram/diagram.hpp"
#include "monoidal/grammar/wiring.hpp"

namespace monoidal::grammar {

/// How a sentence fared. The last two are reasons why there is no full parse.
enum class Status : std::uint8_t { parsed, no_parse, out_of_steps, too_long };

/// One reading of a sentence.
struct Reading {
    Wired wired;
    std::int32_t cost = 0;
    std::int32_t total = 0;  ///< with the cost of its goal: what readings are ordered by
    std::vector<std::uint32_t> features;  ///< `Chart::features`, if asked for
};

/// A sentence's readings, best first: full parses, or one joined from fragments if asked for.
struct Outcome {
    Status status = Status::no_parse;
    std::vector<Reading> readings;
    std::uint64_t n_steps = 0;
    double seconds = 0.0;
};

struct Options {
    Limits limits;
    std::vector<Goal> goals;
    bool fragments = false;
    std::int32_t codomain = -1;  ///< a category that every reading is given, or -1
    bool features = false;       ///< whether readings say what they are made of
};

/// A grammar with a lexicon, for many sentences and threads.
class Parser {
public:
    explicit Parser(Grammar grammar) : grammar_(std::move(grammar)) {}

    /// The number of a list of categories, given once for all tokens that have it. Throws
    /// SyntaxError where a mark of punctuation stands beside or inside another category: a token is
    /// a mark or a word.
    std::uint32_t add_entry(std::vector<Lexical> categories);
    [[nodiscard]] Grammar const& grammar() const { return grammar_; }

    /// Sentences as numbers of entries. Each outcome is the same for any number of threads.
    std::vector<Outcome> parse(ThreadPool& pool, Poll const& poll,
                               std::span<std::vector<std::uint32_t> const> sentences,
                               Options const& options);

private:
    std::vector<std::vector<Token>> look_up(std::span<std::vector<std::uint32_t> const> sentences);
    Outcome parse_one(Chart& chart, std::vector<Token> const& tokens, Options const& options,
                      Task& task) const;
    Wired in_parts(Chart const& chart, std::span<Goal const> goals,
                   std::span<Token const> tokens) const;
    std::unique_ptr<Chart> take_chart();
    void give_back(std::unique_ptr<Chart> chart);

    Grammar grammar_;
    std::vector<std::vector<Lexical>> entries_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Chart>> charts_;
};

/// A derivation from elsewhere as wires: every part before its whole, the root last, tokens in
/// order. Throws ShapeError where the items are no such tree, SyntaxError where a rule does not
/// make its category, Error where `Crossing::nest` finds no word to write a nested wire into.
Wired wire_tree(Grammar const& grammar, std::span<Item const> items, std::size_t n_tokens,
                Crossing crossing);

/// Words side by side, then the cups; tokens without a type are left out.
diagram::Diagram to_diagram(std::shared_ptr<diagram::Signature> const& signature,
                            Grammar const& grammar, std::span<std::string const> names,
                            Wired const& wired);

}  // namespace monoidal::grammar
