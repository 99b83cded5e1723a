#include "monoidal/grammar/parser.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "monoidal/common/error.hpp"

namespace monoidal::grammar {

std::uint32_t Parser::add_entry(std::vector<Lexical> categories) {
    if (categories.empty()) throw ShapeError("an entry has no category, expected at least one");
    auto const& known = *grammar_.categories;
    for (auto const& one : categories) {
        if (known.is_mark(one.cat) && categories.size() == 1) continue;
        auto const makes_mark = [](Simple type) {
            return type.name >= Categories::kComma && type.name <= Categories::kMark;
        };
        if (known.is_mark(one.cat) || std::ranges::any_of(known.wires(one.cat).wires, makes_mark)) {
            throw SyntaxError("an entry has " + known.print(one.cat) +
                              ", expected a mark of punctuation by itself or categories of words");
        }
    }
    std::scoped_lock const lock(mutex_);
    entries_.push_back(std::move(categories));
    return static_cast<std::uint32_t>(entries_.size()) - 1;
}

std::unique_ptr<Chart> Parser::take_chart() {
    std::scoped_lock const lock(mutex_);
    if (charts_.empty()) return std::make_unique<Chart>(grammar_);
    auto chart = std::move(charts_.back());
    charts_.pop_back();
    return chart;
}

void Parser::give_back(std::unique_ptr<Chart> chart) {
    std::scoped_lock const lock(mutex_);
    charts_.push_back(std::move(chart));
}

std::vector<Outcome> Parser::parse(ThreadPool& pool, Poll const& poll,
                                   std::span<std::vector<std::uint32_t> const> sentences,
                                   Options const& options) {
    auto const tokens = look_up(sentences);
    std::vector<Outcome> out(sentences.size());
    std::vector<std::unique_ptr<Chart>> charts(pool.n_threads());
    pool.run(sentences.size(), poll, [&](std::size_t index, Task& task) {
        auto& chart = charts[task.worker()];
        if (!chart) chart = take_chart();
        out[index] = parse_one(*chart, tokens[index], options, task);
    });
    for (auto& chart : charts) {
        if (chart) give_back(std::move(chart));
    }
    return out;
}

/// Entries stay where they are while others are added, so only this needs the lock.
std::vector<std::vector<Token>> Parser::look_up(
    std::span<std::vector<std::uint32_t> const> sentences) {
    std::scoped_lock const lock(mutex_);
    std::vector<std::vector<Token>> out;
    for (auto const& sentence : sentences) {
        auto& tokens = out.emplace_back();
        tokens.reserve(sentence.size());
        for (auto const entry : sentence) {
            if (entry >= entries_.size()) throw ShapeError("no entry " + std::to_string(entry));
            tokens.emplace_back(entries_[entry]);
        }
    }
    return out;
}

/// The cheapest cover, or one by single words where that cannot be wired.
Wired Parser::in_parts(Chart const& chart, std::span<Goal const> goals,
                       std::span<Token const> tokens) const {
    try {
        return Wiring(grammar_, chart.items(), tokens.size()).fragments(chart.cover(goals), goals);
    } catch (UnwiredError const&) {
        return Wiring(grammar_, chart.items(), tokens.size())
            .fragments(chart.cover(goals, 1), goals);
    }
}

Outcome Parser::parse_one(Chart& chart, std::vector<Token> const& tokens, Options const& options,
                          Task& task) const {
    auto const start = std::chrono::steady_clock::now();
    chart.parse(tokens, options.limits, task);
    Outcome out;
    auto const codomain = [&](Cat own) {
        return options.codomain < 0 ? own : static_cast<Cat>(options.codomain);
    };
    for (auto const& [total, root] : chart.roots(options.goals)) {
        Wiring wiring(grammar_, chart.items(), tokens.size());
        try {
            auto wired = wiring.whole(root, codomain(chart[root].cat));
            Reading reading{std::move(wired), chart[root].cost, total, {}};
            if (options.features) reading.features = chart.features(root);
            out.readings.push_back(std::move(reading));
        } catch (UnwiredError const&) {  // rare enough that the next reading does as well
        }
    }
    if (!out.readings.empty()) {
        out.status = Status::parsed;
    } else {
        out.status = chart.is_banded()      ? Status::too_long
                     : chart.is_exhausted() ? Status::out_of_steps
                                            : Status::no_parse;
        if (options.fragments && !tokens.empty()) {
            auto goals = options.goals;
            if (options.codomain >= 0) goals = {{static_cast<Cat>(options.codomain), 0}};
            out.readings.push_back({in_parts(chart, goals, tokens), 0, 0, {}});
        }
    }
    out.n_steps = chart.n_steps();
    out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return out;
}

Wired wire_tree(Grammar const& grammar, std::span<Item const> items, std::size_t n_tokens,
                Crossing crossing) {
    if (items.empty()) throw ShapeError("a tree has no nodes");
    for (std::size_t k = 0; k < items.size(); ++k) {
        auto const& item = items[k];
        auto const n = n_parts(item.rule);
        auto const right = n == 2 ? item.right : item.left;
        bool is_good = n == 0 || (item.left < k && right < k);
        if (n == 0) is_good = item.end == item.begin + 1;
        if (n > 0 && is_good) {
            is_good = items[item.left].begin == item.begin && items[right].end == item.end &&
                      (n == 1 || items[item.left].end == items[right].begin);
        }
        if (!is_good) throw ShapeError("node " + std::to_string(k) + " of a tree is ill-placed");
    }
    auto const root = static_cast<std::uint32_t>(items.size() - 1);
    if (items[root].begin != 0 || items[root].end != n_tokens) {
        throw ShapeError("the root of a tree does not cover its tokens");
    }
    return Wiring(grammar, items, n_tokens, crossing, true).whole(root, items[root].cat);
}

diagram::Diagram to_diagram(std::shared_ptr<diagram::Signature> const& signature,
                            Grammar const& grammar, std::span<std::string const> names,
                            Wired const& wired) {
    if (names.size() != wired.types.size()) throw ShapeError("names and tokens differ in number");
    std::vector<std::uint32_t> words;
    for (std::size_t k = 0; k < names.size(); ++k) {
        if (wired.types[k].empty()) continue;
        diagram::Generator word;
        word.kind = diagram::Kind::word;
        word.name = names[k];
        for (auto const& wire : wired.types[k]) {
            word.cod.push_back(
                {signature->atom(grammar.categories->name(wire.name)), wire.winding});
        }
        words.push_back(signature->intern(word));
    }
    std::vector<std::uint32_t> links;
    for (auto const& [i, j] : wired.links) {
        links.push_back(i);
        links.push_back(j);
    }
    return diagram::Diagram::pregroup(signature, words, links);
}

}  // namespace monoidal::grammar
