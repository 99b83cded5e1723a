#include "monoidal/grammar/chart.hpp"

#include <algorithm>
#include <functional>
#include <limits>

namespace monoidal::grammar {
namespace {

using C = Categories;

constexpr auto kNever = std::numeric_limits<std::int32_t>::max() / 2;
/// A subject before a clause that is longer than this is not raised.
constexpr std::uint32_t kMaxRaised = 8;

std::size_t slot_of(Item const& item) {
    return std::size_t{item.cat} * kNForms + static_cast<std::size_t>(item.form);
}

}  // namespace

void Chart::find_breaks(std::vector<Token> const& tokens) {
    auto const& categories = *grammar_.categories;
    hard_before_.assign(n_ + 1, 0);
    is_edge_.assign(n_ + 1, 0);
    is_hard_edge_.assign(n_ + 1, 0);
    is_edge_[0] = is_edge_[n_] = is_hard_edge_[0] = is_hard_edge_[n_] = 1;
    is_comma_.assign(n_, 0);
    has_conjunction_ = false;
    for (std::uint32_t k = 0; k < n_; ++k) {
        auto const& node = categories[tokens[k].front().cat];
        bool const is_atom = node.shape == Shape::atom;
        bool const hard = is_atom && node.atom == C::kStop;
        hard_before_[k + 1] = hard_before_[k] + (hard ? 1 : 0);
        if (hard) is_hard_edge_[k] = is_hard_edge_[k + 1] = 1;
        if (hard || (is_atom && node.atom == C::kDash)) is_edge_[k] = is_edge_[k + 1] = 1;
        is_comma_[k] = is_atom && node.atom == C::kComma ? 1 : 0;
        has_conjunction_ = has_conjunction_ || (is_atom && node.atom == C::kConj);
    }
}

/// A constituent with a full stop inside it is made of whole sentences.
bool Chart::may_span(std::uint32_t begin, std::uint32_t end) const {
    if (hard_before_[end - 1] == hard_before_[begin]) return true;
    return is_hard_edge_[begin] != 0 && is_hard_edge_[end] != 0;
}

void Chart::parse(std::vector<Token> const& tokens, Limits const& limits, Task& task) {
    limits_ = limits;
    n_ = static_cast<std::uint32_t>(tokens.size());
    band_ = is_banded() ? std::min(limits.band, n_) : n_;
    steps_ = 0;
    items_.clear();
    cells_.assign(std::size_t{n_} * band_, {});
    if (n_ == 0) return;
    if (epoch_ > std::numeric_limits<std::uint32_t>::max() / 2) {
        std::ranges::fill(slots_, Slot{});
        epoch_ = 0;
    }
    find_breaks(tokens);
    for (std::uint32_t k = 0; k < n_; ++k) {
        proposed_.clear();
        ++epoch_;
        best_ = kNever;
        for (std::uint32_t c = 0; c < tokens[k].size(); ++c) {
            auto const& entry = tokens[k][c];
            propose({entry.cat, Rule::word, Form::plain, entry.cost, c, 0, k, k + 1});
        }
        settle(k, k + 1);
    }
    for (std::uint32_t length = 2; length <= band_; ++length) {
        for (std::uint32_t begin = 0; begin + length <= n_; ++begin) {
            if (is_exhausted()) return;
            if (may_span(begin, begin + length)) fill(begin, begin + length, task);
        }
    }
}

void Chart::fill(std::uint32_t begin, std::uint32_t end, Task& task) {
    task.check();
    proposed_.clear();
    ++epoch_;
    best_ = kNever;
    for (auto middle = begin + 1; middle < end; ++middle) {
        join(cell(begin, middle), cell(middle, end));
    }
    settle(begin, end);
}

void Chart::join(Cell left, Cell right) {
    if (left.begin == left.end || right.begin == right.end) return;
    auto const least = items_[right.begin].cost;
    for (auto l = left.begin; l < left.end; ++l) {
        auto const limit = best_ + limits_.width - items_[l].cost;
        if (least > limit) break;
        for (auto r = right.begin; r < right.end; ++r) {
            if (items_[r].cost > limit) break;
            pair(l, r);
        }
    }
}

void Chart::pair(std::uint32_t left, std::uint32_t right) {
    auto const& l = items_[left];
    auto const& r = items_[right];
    ++steps_;
    if (combiner_.make_nothing(l.cat, r.cat)) return;
    for (auto const& made : combiner_.binary(l.cat, r.cat)) {
        if ((made.forbid_left >> static_cast<unsigned>(l.form) & 1U) != 0) continue;
        if ((made.forbid_right >> static_cast<unsigned>(r.form) & 1U) != 0) continue;
        auto const length = static_cast<std::int32_t>(l.end - l.begin);
        auto const cost = l.cost + r.cost + made.cost + weight(Weight::length) * length;
        auto form = made.form;
        if (made.keeps_form) form = made.rule == Rule::mark_left ? r.form : l.form;
        propose({made.cat, made.rule, form, cost, left, right, l.begin, r.end});
    }
}

/// Keep what was proposed; where one way is enough, only the cheapest of those that are alike.
void Chart::propose(Item const& item) {
    if (item.cost > best_ + limits_.width) return;
    best_ = std::min(best_, item.cost);
    if (limits_.n_best == 1) {
        auto& slot = slots_[slot_of(item)];
        if (slot.epoch == epoch_) {
            auto& known = proposed_[slot.index];
            if (item.cost < known.cost) known = item;
            return;
        }
        slot = {epoch_, static_cast<std::uint32_t>(proposed_.size())};
    }
    proposed_.push_back(item);
}

/// Move what was proposed into the cell, cheapest first, with its unary changes.
void Chart::settle(std::uint32_t begin, std::uint32_t end) {
    auto const first = static_cast<std::uint32_t>(items_.size());
    queue_.clear();
    for (std::uint32_t k = 0; k < proposed_.size(); ++k) {
        queue_.emplace_back(proposed_[k].cost, k);
    }
    std::ranges::make_heap(queue_, std::greater<>{});
    ++epoch_;
    std::uint32_t n_kinds = 0;
    while (!queue_.empty() && n_kinds < limits_.beam) {
        std::ranges::pop_heap(queue_, std::greater<>{});
        auto const item = proposed_[queue_.back().second];
        queue_.pop_back();
        if (item.cost > best_ + limits_.width) break;
        auto& slot = slots_[slot_of(item)];
        if (slot.epoch != epoch_) {
            slot = {epoch_, 0};
            ++n_kinds;
        }
        if (slot.index >= limits_.n_best) continue;
        ++slot.index;
        items_.push_back(item);
        if (item.form != Form::raised) {
            change(static_cast<std::uint32_t>(items_.size()) - 1);
        }
    }
    cell(begin, end) = {first, static_cast<std::uint32_t>(items_.size())};
}

/// Whether a constituent stands where such changes apply.
bool Chart::may_change(Item const& from, Place place) const {
    bool const is_end = is_edge_[from.end] != 0;
    switch (place) {
        case Place::anywhere: return !is_bare(from);
        // What a change made is no ellipsis: a noun phrase is no adverb that is a sentence.
        case Place::clause:
            return is_edge_[from.begin] != 0 && is_end && from.rule != Rule::change &&
                   !is_bare(from);
        case Place::opened:
            return is_end && (is_edge_[from.begin] != 0 || is_comma_[from.begin - 1] != 0) &&
                   !is_bare(from);
        case Place::fronted:
            return (is_comma_[from.end - 1] != 0 || (from.end < n_ && is_comma_[from.end] != 0)) &&
                   !is_bare(from);
        case Place::raise: return from.end - from.begin <= kMaxRaised;
        case Place::raise_back: return has_conjunction_ && from.end - from.begin <= kMaxRaised;
    }
    return false;
}

void Chart::change(std::uint32_t item) {
    auto const from = items_[item];
    for (auto const& unary : combiner_.unary(from.cat)) {
        if (!may_change(from, unary.place)) continue;
        auto rule = Rule::change;
        if (unary.place == Place::raise) rule = Rule::raise;
        if (unary.place == Place::raise_back) rule = Rule::raise_back;
        auto const form = rule == Rule::change ? Form::plain : Form::raised;
        proposed_.push_back({unary.to, rule, form, from.cost + std::max(unary.cost, 1), item, item,
                             from.begin, from.end});
        queue_.emplace_back(proposed_.back().cost,
                            static_cast<std::uint32_t>(proposed_.size()) - 1);
        std::ranges::push_heap(queue_, std::greater<>{});
    }
}

std::vector<std::pair<std::int32_t, std::uint32_t>> Chart::roots(
    std::span<Goal const> goals) const {
    if (n_ == 0 || band_ < n_) return {};
    std::vector<std::pair<std::int32_t, std::uint32_t>> found;
    auto const whole = cell(0, n_);
    for (auto k = whole.begin; k < whole.end; ++k) {
        auto least = kNever;
        for (auto const& goal : goals) {
            Binding binding;
            if (items_[k].form == Form::raised) continue;
            if (grammar_.categories->match(goal.cat, items_[k].cat, binding)) {
                least = std::min(least, items_[k].cost + goal.cost);
            }
        }
        if (least < kNever) found.emplace_back(least, k);
    }
    std::ranges::sort(found);
    if (found.size() > limits_.n_best) found.resize(limits_.n_best);
    return found;
}

std::vector<std::uint32_t> Chart::features(std::uint32_t root) {
    std::vector<std::uint32_t> counts(kNWeights + grammar_.changes.size(), 0);
    std::vector<std::uint32_t> waiting{root};
    while (!waiting.empty()) {
        auto const& item = items_[waiting.back()];
        waiting.pop_back();
        auto const n = n_parts(item.rule);
        if (n > 0) waiting.push_back(item.left);
        if (n > 1) waiting.push_back(item.right);
        if (n > 0) count(item, counts);
    }
    return counts;
}

/// What one step of a derivation adds: that rule or change of those that make this category which
/// costs what the step did.
void Chart::count(Item const& item, std::vector<std::uint32_t>& counts) {
    auto const& left = items_[item.left];
    if (n_parts(item.rule) == 1) {
        for (auto const& unary : combiner_.unary(left.cat)) {
            if (unary.to != item.cat || item.cost - left.cost != std::max(unary.cost, 1)) continue;
            ++counts[kNWeights + unary.number];
            return;
        }
        return;
    }
    auto const& right = items_[item.right];
    auto const length = left.end - left.begin;
    counts[static_cast<std::size_t>(Weight::length)] += length;
    auto const own = item.cost - left.cost - right.cost -
                     weight(Weight::length) * static_cast<std::int32_t>(length);
    for (auto const& made : combiner_.binary(left.cat, right.cat)) {
        if (made.cat != item.cat || made.rule != item.rule || made.cost != own) continue;
        for (auto const& [counted, times] : made.charges) {
            if (times != 0) counts[static_cast<std::size_t>(counted)] += times;
        }
        return;
    }
}

/// Whether the head of a constituent is one end of a raised type's cap: no word owns that wire.
bool Chart::is_bare(Item const& item) const {
    switch (item.rule) {
        case Rule::raise:
        case Rule::raise_back: return true;
        case Rule::adjoin:
        case Rule::mark_left: return is_bare(items_[item.right]);
        case Rule::mark_right: return is_bare(items_[item.left]);
        case Rule::forward:
        case Rule::backward:
        case Rule::compose:
        case Rule::compose_twice:
        case Rule::compose_back:
        case Rule::compose_back_twice:
        case Rule::cross:
        case Rule::cross_back:
        case Rule::cross_back_twice:
            return is_bare(items_[item.left]) && is_bare(items_[item.right]);
        default: return false;
    }
}

/// What it costs to have this constituent in a cover.
std::int32_t Chart::fragment_cost(Item const& item, std::span<Goal const> goals) const {
    auto const& categories = *grammar_.categories;
    auto const& node = categories[item.cat];
    if (node.shape == Shape::coordinate || node.shape == Shape::adjoin || is_bare(item)) {
        return kNever;
    }
    bool is_goal = false;
    for (auto const& goal : goals) {
        Binding binding;
        is_goal = is_goal || categories.match(goal.cat, item.cat, binding);
    }
    auto const n_wires = static_cast<std::int32_t>(categories.wires(item.cat).wires.size());
    return weight(Weight::fragment) * (is_goal ? 1 : 2) + weight(Weight::fragment_word) * n_wires;
}

std::vector<std::uint32_t> Chart::cover(std::span<Goal const> goals, std::uint32_t longest) const {
    std::vector<std::int64_t> cost(n_ + 1, std::numeric_limits<std::int64_t>::max() / 2);
    std::vector<std::uint32_t> by(n_ + 1, 0);
    cost[0] = 0;
    for (std::uint32_t begin = 0; begin < n_; ++begin) {
        for (auto end = begin + 1; end <= std::min({n_, begin + band_, begin + longest}); ++end) {
            auto const& range = cell(begin, end);
            for (auto k = range.begin; k < range.end; ++k) {
                auto const own = fragment_cost(items_[k], goals);
                if (own == kNever) continue;
                auto const total = cost[begin] + items_[k].cost + own;
                if (total >= cost[end]) continue;
                cost[end] = total;
                by[end] = k;
            }
        }
    }
    std::vector<std::uint32_t> out;
    for (auto end = n_; end > 0; end = items_[by[end]].begin) out.push_back(by[end]);
    std::ranges::reverse(out);
    return out;
}

}  // namespace monoidal::grammar
