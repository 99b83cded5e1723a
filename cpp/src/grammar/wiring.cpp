#include "monoidal/grammar/wiring.hpp"

#include <algorithm>
#include <iterator>

#include "monoidal/common/error.hpp"

namespace monoidal::grammar {
namespace {

using C = Categories;

Simple turned(Simple type, int by) {
    return {type.name, static_cast<std::int16_t>(type.winding + by)};
}

bool is_mark(Node const& node) {
    return node.shape == Shape::atom && node.atom >= C::kComma && node.atom <= C::kMark;
}

/// `left` without its last `n`, then `right` without its first `n`.
template <class T>
std::vector<T> around(std::vector<T> const& left, std::vector<T> const& right, std::size_t n) {
    std::vector<T> out(left.begin(), left.end() - static_cast<std::ptrdiff_t>(n));
    out.insert(out.end(), right.begin() + static_cast<std::ptrdiff_t>(n), right.end());
    return out;
}

}  // namespace

std::int32_t Wiring::add(Simple type, std::int32_t word) {
    wires_.push_back({type, word, -1, -1, -1, -1});
    return static_cast<std::int32_t>(wires_.size()) - 1;
}

std::int32_t Wiring::resolve(std::int32_t wire) const {
    while (wires_[index(wire)].alias >= 0) wire = wires_[index(wire)].alias;
    return wire;
}

std::int32_t Wiring::real(std::int32_t wire) const {
    auto const found = resolve(wire);
    if (wires_[index(found)].word < 0) throw Error("a derivation changes the type of a bare cap");
    return found;
}

/// A new wire in the word of `near`, just before it or just after it.
std::int32_t Wiring::insert(std::int32_t near, Simple type, std::size_t after) {
    near = real(near);
    auto const word = wires_[index(near)].word;
    auto& row = words_[index(word)];
    auto const made = add(type, word);
    auto const found = std::ranges::find(row, near);
    if (found == row.end()) throw Error("a wire is added beside one that is gone");
    row.insert(found + static_cast<std::ptrdiff_t>(after), made);
    return made;
}

void Wiring::rename(std::int32_t wire, std::uint16_t name) {
    while (wire >= 0) {
        wires_[index(wire)].type.name = name;
        auto const twin = wires_[index(wire)].twin;
        if (twin < 0 || wires_[index(twin)].link < 0) return;
        wires_[index(twin)].type.name = name;
        wire = wires_[index(twin)].link;
    }
}

/// Take a wire out of its word; false if it is gone already.
bool Wiring::remove(std::int32_t wire) {
    auto& row = words_[index(wires_[index(wire)].word)];
    auto const found = std::ranges::find(row, wire);
    if (found == row.end()) return false;
    row.erase(found);
    return true;
}

void Wiring::erase(std::int32_t wire) {
    wire = real(wire);
    while (remove(wire)) {
        auto const twin = wires_[index(wire)].twin;
        if (twin < 0 || wires_[index(twin)].link < 0 || !remove(twin)) return;
        wire = wires_[index(twin)].link;
    }
}

/// Of a lexical modifier, which wire of its result is which of its argument.
void Wiring::pair_twins(Cat cat, Open const& open) {
    auto const& categories = *grammar_.categories;
    std::size_t first = 0;
    while (categories[cat].shape != Shape::atom &&
           categories[cat].result != categories[cat].argument) {
        auto const& node = categories[cat];
        if (node.shape == Shape::backward) first += n_wires(node.argument);
        cat = node.result;
    }
    auto const& node = categories[cat];
    if (node.shape == Shape::atom) return;
    auto const n = n_wires(node.result);
    for (std::size_t k = 0; k < n; ++k) {
        auto const mirror = first + 2 * n - 1 - k;
        auto const own = node.shape == Shape::forward ? first + k : mirror;
        auto const other = node.shape == Shape::forward ? mirror : first + k;
        wires_[index(open[own])].twin = open[other];
    }
}

void Wiring::cup(std::int32_t left, std::int32_t right) {
    left = resolve(left);
    right = resolve(right);
    if (wires_[index(left)].word < 0) {
        wires_[index(wires_[index(left)].partner)].alias = right;
    } else if (wires_[index(right)].word < 0) {
        wires_[index(wires_[index(right)].partner)].alias = left;
    } else {
        wires_[index(left)].link = right;
        wires_[index(right)].link = left;
    }
}

Wiring::Open Wiring::leaf(Item const& item) {
    auto const& node = (*grammar_.categories)[item.cat];
    if (is_mark(node)) return {};
    auto const word = item.begin;
    for (auto const& type : grammar_.categories->wires(item.cat).wires) {
        words_[word].push_back(add(type, static_cast<std::int32_t>(word)));
    }
    pair_twins(item.cat, words_[word]);
    return words_[word];
}

Wiring::Open Wiring::build(std::uint32_t number, std::uint32_t depth) {
    auto const item = chart_[number];
    tree_.push_back({depth, item.rule, item.cat, item.begin, item.end});
    switch (item.rule) {
        case Rule::word: return leaf(item);
        case Rule::change:
            return change(build(item.left, depth + 1), chart_[item.left].cat, item.cat);
        case Rule::raise:
        case Rule::raise_back: return raise(item, build(item.left, depth + 1));
        case Rule::conjoin: return conjoin(item, depth);
        default: return binary(item, depth);
    }
}

Wiring::Open Wiring::binary(Item const& item, std::uint32_t depth) {
    auto const& categories = *grammar_.categories;
    auto left = build(item.left, depth + 1);
    auto right = build(item.right, depth + 1);
    auto const argument_of = [&](std::uint32_t part) {
        return n_wires(categories[chart_[part].cat].argument);
    };
    std::size_t n = 0;
    switch (item.rule) {
        case Rule::forward: n = right.size(); break;
        case Rule::backward: n = left.size(); break;
        case Rule::compose:
        case Rule::compose_twice: n = argument_of(item.left); break;
        case Rule::compose_back:
        case Rule::compose_back_twice: n = argument_of(item.right); break;
        case Rule::cross: return cross(left, right, argument_of(item.left));
        case Rule::cross_back:
        case Rule::cross_back_twice: return cross_back(left, right, argument_of(item.right));
        case Rule::coordinate: n = left.size(); break;
        case Rule::list: return list(right);
        case Rule::sequence: {
            rename(real(right[0]), categories.wires(item.cat).wires[0].name);
            right.insert(right.begin(), insert(right[0], turned(type(left[0]), 1), 0));
            n = 1;
            break;
        }
        case Rule::mark_right: return left;
        default: return right;  // mark_left, adjoin
    }
    for (std::size_t k = 0; k < n; ++k) cup(left[left.size() - 1 - k], right[k]);
    return around(left, right, n);
}

/// A conjunction of T has the type T.r T T.l.
Wiring::Open Wiring::conjoin(Item const& item, std::uint32_t depth) {
    build(item.left, depth + 1);
    auto const right = build(item.right, depth + 1);
    // The token itself may stand between marks of punctuation.
    auto number = item.left;
    while (chart_[number].rule != Rule::word) {
        number =
            chart_[number].rule == Rule::mark_left ? chart_[number].right : chart_[number].left;
    }
    auto const word = chart_[number].begin;
    auto const own = grammar_.categories->wires(chart_[item.right].cat).wires;
    auto& row = words_[word];
    row.clear();
    auto const put = [&](Simple type) {
        row.push_back(add(type, static_cast<std::int32_t>(word)));
    };
    for (auto k = own.size(); k > 0; --k) put(turned(own[k - 1], 1));
    for (auto const& type : own) put(type);
    for (auto k = own.size(); k > 0; --k) put(turned(own[k - 1], -1));
    for (std::size_t k = 0; k < right.size(); ++k) cup(row[row.size() - 1 - k], right[k]);
    return {row.begin(), row.end() - static_cast<std::ptrdiff_t>(right.size())};
}

/// An element of a list without a conjunction has the type T.r T: its mark is no word.
Wiring::Open Wiring::list(Open open) {
    Open out;
    for (auto k = open.size(); k > 0; --k) {
        out.push_back(insert(open.front(), turned(type(open[k - 1]), 1), 0));
    }
    out.insert(out.end(), open.begin(), open.end());
    return out;
}

Wiring::Open Wiring::raise(Item const& item, Open open) {
    auto const& wires = grammar_.categories->wires(item.cat).wires;
    auto const n = (wires.size() - open.size()) / 2;
    bool const is_forward = item.rule == Rule::raise;
    Open caps;
    for (std::size_t k = 0; k < 2 * n; ++k) {
        caps.push_back(add(wires[is_forward ? k : open.size() + k], -1));
    }
    for (std::size_t k = 0; k < 2 * n; ++k) wires_[index(caps[k])].partner = caps[2 * n - 1 - k];
    if (is_forward) {
        caps.insert(caps.end(), open.begin(), open.end());
        return caps;
    }
    open.insert(open.end(), caps.begin(), caps.end());
    return open;
}

Wiring::Open Wiring::cross(Open left, Open right, std::size_t n) {
    auto const m = right.size() - n;
    Open out;
    for (std::size_t k = 0; k < m; ++k) out.push_back(insert(left.front(), type(right[k]), 0));
    out.insert(out.end(), left.begin(), left.end() - static_cast<std::ptrdiff_t>(n));
    for (auto k = m; k > 0; --k) {
        left.push_back(insert(left.back(), turned(type(right[k - 1]), -1), 1));
    }
    for (std::size_t k = 0; k < n + m; ++k) cup(left[left.size() - 1 - k], right[k]);
    return out;
}

Wiring::Open Wiring::cross_back(Open left, Open right, std::size_t n) {
    auto const m = left.size() - n;
    Open out(right.begin() + static_cast<std::ptrdiff_t>(n), right.end());
    for (std::size_t k = n; k < n + m; ++k) {
        out.push_back(insert(out.back(), type(left[k]), 1));
    }
    Open outer;
    for (auto k = n + m; k > n; --k) {
        outer.push_back(insert(right.front(), turned(type(left[k - 1]), 1), 0));
    }
    outer.insert(outer.end(), right.begin(), right.end());
    for (std::size_t k = 0; k < n + m; ++k) cup(left[left.size() - 1 - k], outer[k]);
    return out;
}

Wiring::Open Wiring::change(Open const& open, Cat from, Cat to) {
    auto const& a = grammar_.categories->wires(from);
    auto const& b = grammar_.categories->wires(to);
    std::size_t kept_left = 0;
    while (kept_left < std::min(a.head, b.head) &&
           a.wires[a.head - 1 - kept_left] == b.wires[b.head - 1 - kept_left]) {
        ++kept_left;
    }
    std::size_t kept_right = 0;
    auto const right_a = a.wires.size() - a.head - 1;
    auto const right_b = b.wires.size() - b.head - 1;
    while (kept_right < std::min(right_a, right_b) &&
           a.wires[a.head + 1 + kept_right] == b.wires[b.head + 1 + kept_right]) {
        ++kept_right;
    }
    rename(real(open[a.head]), b.wires[b.head].name);
    for (std::size_t k = 0; k < open.size(); ++k) {
        if (k + kept_left < a.head || k > a.head + kept_right) erase(open[k]);
    }
    auto const leftmost = open[a.head - kept_left];
    Open out;
    for (std::size_t k = 0; k + kept_left < b.head; ++k) {
        out.push_back(insert(leftmost, b.wires[k], 0));
    }
    for (auto k = a.head - kept_left; k <= a.head + kept_right; ++k) out.push_back(open[k]);
    for (auto k = b.head + 1 + kept_right; k < b.wires.size(); ++k) {
        out.push_back(insert(out.back(), b.wires[k], 1));
    }
    return out;
}

Wired Wiring::whole(std::uint32_t root, Cat codomain) {
    auto const open = build(root, 0);
    auto const cat = chart_[root].cat;
    auto const& own = grammar_.categories->wires(cat).wires;
    bool const is_other = own != grammar_.categories->wires(codomain).wires;
    if (is_other) change(open, cat, codomain);
    return finish(is_other ? codomain : cat);
}

Wired Wiring::fragments(std::span<std::uint32_t const> cover, std::span<Goal const> goals) {
    auto& categories = *grammar_.categories;
    std::vector<std::uint32_t> parts;
    for (auto const number : cover) {
        if (!is_mark(categories[chart_[number].cat])) parts.push_back(number);
    }
    if (parts.empty()) throw SyntaxError("a sentence has punctuation only");
    auto goal = goals.front().cat;
    auto main = parts.size();
    for (auto const& wanted : goals) {
        for (std::size_t k = 0; k < parts.size() && main == parts.size(); ++k) {
            Binding binding;
            if (!categories.match(wanted.cat, chart_[parts[k]].cat, binding)) continue;
            main = k;
            goal = wanted.cat;
        }
    }
    if (main == parts.size()) {
        auto const length = [&](std::uint32_t p) { return chart_[p].end - chart_[p].begin; };
        main =
            static_cast<std::size_t>(std::ranges::max_element(parts, {}, length) - parts.begin());
    }
    auto const before = categories.complex(Shape::forward, goal, goal);
    auto const after = categories.complex(Shape::backward, goal, goal);
    auto const n = n_wires(goal);
    Open whole;
    for (std::size_t k = 0; k < parts.size(); ++k) {
        auto const to = k < main ? before : k == main ? goal : after;
        auto const open = change(build(parts[k], 0), chart_[parts[k]].cat, to);
        for (std::size_t w = 0; k > 0 && w < n; ++w) cup(whole[whole.size() - 1 - w], open[w]);
        whole = k == 0 ? open : around(whole, open, n);
    }
    return finish(goal);
}

Wired Wiring::finish(Cat codomain) {
    Wired out;
    out.codomain = codomain;
    out.types.resize(words_.size());
    std::vector<std::uint32_t> position(wires_.size(), 0);
    std::uint32_t next = 0;
    for (std::size_t word = 0; word < words_.size(); ++word) {
        for (auto const wire : words_[word]) {
            out.types[word].push_back(wires_[index(wire)].type);
            position[index(wire)] = next++;
        }
    }
    for (auto const& row : words_) {
        for (auto const wire : row) {
            auto const other = wires_[index(wire)].link;
            if (other < 0 || position[index(wire)] > position[index(other)]) continue;
            out.links.emplace_back(position[index(wire)], position[index(other)]);
        }
    }
    out.tree = std::move(tree_);
    return out;
}

}  // namespace monoidal::grammar
