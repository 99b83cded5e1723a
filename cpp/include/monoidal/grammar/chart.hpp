#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "monoidal/common/parallel.hpp"
#include "monoidal/grammar/rules.hpp"

namespace monoidal::grammar {

/// One category that a token may have.
struct Lexical {
    Cat cat = 0;
    std::int32_t cost = 0;
};

/// A token's categories; a mark of punctuation has one only, the atom comma, dash, stop or mark.
using Token = std::span<Lexical const>;

/// What the whole sentence may be, and what to add to its cost.
struct Goal {
    Cat cat = 0;
    std::int32_t cost = 0;
};

struct Limits {
    std::uint32_t beam = 24;            ///< constituents kept for each pair of boundaries
    std::int32_t width = 9000;          ///< and how much dearer than the best they may be
    std::uint64_t max_steps = 4000000;  ///< pairs of neighbours looked at, for one sentence
    std::uint32_t max_words = 100;      ///< of a longer sentence, only parts of `band` are parsed
    std::uint32_t band = 24;
    std::uint32_t n_best = 1;
};

/// A constituent, and how it was made. `left` and `right` are numbers of items; a word has the
/// number of its category there, a unary change has one part.
struct Item {
    Cat cat = 0;
    Rule rule = Rule::word;
    Form form = Form::plain;
    std::int32_t cost = 0;
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

/// A weighted CKY chart: all constituents of a sentence within the limits, cheapest first in each
/// cell. The same sentence and limits give the same chart, whatever was parsed before.
class Chart {
public:
    explicit Chart(Grammar const& grammar)
        : grammar_(grammar), combiner_(grammar), slots_(Categories::kCapacity * kNForms) {}

    void parse(std::vector<Token> const& tokens, Limits const& limits, Task& task);

    /// The cheapest ways to be one of the goals, at most `n_best`: costs with that of the goal, and
    /// item numbers.
    [[nodiscard]] std::vector<std::pair<std::int32_t, std::uint32_t>> roots(
        std::span<Goal const> goals) const;
    /// How often a derivation counts each weight, then how often it makes each unary change. Its
    /// cost is that of its words, and each count times its weight or the cost of its change.
    [[nodiscard]] std::vector<std::uint32_t> features(std::uint32_t root);
    /// The cheapest sequence of constituents that covers the sentence, whatever they are, each of
    /// at most so many tokens.
    [[nodiscard]] std::vector<std::uint32_t> cover(std::span<Goal const> goals,
                                                   std::uint32_t longest = 1U << 30) const;

    [[nodiscard]] Item const& operator[](std::uint32_t item) const { return items_[item]; }
    [[nodiscard]] std::span<Item const> items() const { return items_; }
    [[nodiscard]] std::uint32_t n_tokens() const { return n_; }
    [[nodiscard]] std::uint64_t n_steps() const { return steps_; }
    [[nodiscard]] bool is_exhausted() const { return steps_ >= limits_.max_steps; }
    [[nodiscard]] bool is_banded() const { return n_ > limits_.max_words; }

private:
    struct Cell {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
    };
    struct Slot {
        std::uint32_t epoch = 0;
        std::uint32_t index = 0;
    };

    void find_breaks(std::vector<Token> const& tokens);
    [[nodiscard]] bool may_span(std::uint32_t begin, std::uint32_t end) const;
    void fill(std::uint32_t begin, std::uint32_t end, Task& task);
    void join(Cell left, Cell right);
    void pair(std::uint32_t left, std::uint32_t right);
    void propose(Item const& item);
    void settle(std::uint32_t begin, std::uint32_t end);
    void change(std::uint32_t item);
    [[nodiscard]] bool may_change(Item const& from, Place place) const;
    [[nodiscard]] Cell& cell(std::uint32_t begin, std::uint32_t end) {
        return cells_[std::size_t{begin} * band_ + (end - begin - 1)];
    }
    [[nodiscard]] Cell const& cell(std::uint32_t begin, std::uint32_t end) const {
        return cells_[std::size_t{begin} * band_ + (end - begin - 1)];
    }
    [[nodiscard]] std::int32_t weight(Weight w) const {
        return grammar_.weights[static_cast<std::size_t>(w)];
    }
    void count(Item const& item, std::vector<std::uint32_t>& counts);
    [[nodiscard]] bool is_bare(Item const& item) const;
    [[nodiscard]] std::int32_t fragment_cost(Item const& item, std::span<Goal const> goals) const;

    Grammar const& grammar_;
    Combiner combiner_;
    Limits limits_;
    std::uint32_t n_ = 0;
    std::uint32_t band_ = 0;
    std::uint64_t steps_ = 0;
    bool has_conjunction_ = false;
    std::vector<std::uint32_t> hard_before_;  // boundaries -> full stops before it
    std::vector<std::uint8_t> is_edge_;       // boundaries at which a clause may begin or end
    std::vector<std::uint8_t> is_hard_edge_;
    std::vector<std::uint8_t> is_comma_;  // tokens
    std::vector<Cell> cells_;
    std::vector<Item> items_;
    // Of the cell that is being filled.
    std::vector<Item> proposed_;
    std::vector<std::pair<std::int64_t, std::uint32_t>> queue_;
    std::vector<Slot> slots_;
    std::uint32_t epoch_ = 0;
    std::int32_t best_ = 0;
};

}  // namespace monoidal::grammar
