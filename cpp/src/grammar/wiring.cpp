#include "monoidal/grammar/wiring.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "monoidal/common/error.hpp"

namespace monoidal::grammar {
namespace {

using C = Categories;

Simple turned(Simple type, int by) {
    return {type.name, static_cast<std::int16_t>(type.winding + by)};
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
    if (wires_[index(found)].word < 0)
        throw UnwiredError("a derivation changes the type of a bare cap");
    return found;
}

/// A new wire in the word of `near`, just before it or just after it.
std::int32_t Wiring::insert(std::int32_t near, Simple type, std::size_t after) {
    near = real(near);
    auto const word = wires_[index(near)].word;
    auto& row = words_[index(word)];
    auto const made = add(type, word);
    auto const found = std::ranges::find(row, near);
    if (found == row.end()) throw UnwiredError("a wire is added beside one that is gone");
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
           !categories.are_alike(categories[cat].result, categories[cat].argument)) {
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
    if (is_checked_ && (wires_[index(left)].type != turned(wires_[index(right)].type, -1) ||
                        wires_[index(left)].partner == right)) {
        throw SyntaxError("a derivation joins two wires that are no adjoints");
    }
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
    if (grammar_.categories->is_mark(item.cat)) return {};
    auto const word = item.begin;
    for (auto const& type : grammar_.categories->wires(item.cat).wires) {
        words_[word].push_back(add(type, static_cast<std::int32_t>(word)));
    }
    pair_twins(item.cat, words_[word]);
    return words_[word];
}

/// Without recursion: a tree from elsewhere may be as deep as it has words.
Wiring::Open Wiring::build(std::uint32_t root, std::uint32_t depth) {
    struct Frame {
        std::uint32_t item;
        std::uint32_t depth;
        bool has_parts;
    };
    std::vector<Frame> frames{{root, depth, false}};
    std::vector<Open> parts;
    auto const take = [&] {
        auto part = std::move(parts.back());
        parts.pop_back();
        return part;
    };
    while (!frames.empty()) {
        auto const frame = frames.back();
        frames.pop_back();
        auto const& item = items_[frame.item];
        auto const n = n_parts(item.rule);
        if (!frame.has_parts) {
            tree_.push_back({frame.depth, item.rule, item.cat, item.begin, item.end});
            frames.push_back({frame.item, frame.depth, true});
            if (n == 2) frames.push_back({item.right, frame.depth + 1, false});
            if (n >= 1) frames.push_back({item.left, frame.depth + 1, false});
            continue;
        }
        auto right = n == 2 ? take() : Open{};
        auto left = n >= 1 ? take() : Open{};
        parts.push_back(make(item, std::move(left), std::move(right)));
        if (is_checked_) verify(item, parts.back());
    }
    return take();
}

Wiring::Open Wiring::make(Item const& item, Open left, Open right) {
    switch (item.rule) {
        case Rule::word: return leaf(item);
        case Rule::change:
            if (left.size() != n_wires(items_[item.left].cat)) refuse(item);
            return change(left, items_[item.left].cat, item.cat);
        case Rule::raise:
        case Rule::raise_back: return raise(item, std::move(left));
        case Rule::conjoin: return conjoin(item, right);
        default: return binary(item, std::move(left), std::move(right));
    }
}

/// Whether the constituent has the wires of its category.
void Wiring::verify(Item const& item, Open const& open) const {
    auto const& categories = *grammar_.categories;
    auto const& wires = categories.wires(item.cat).wires;
    auto const n = categories.is_mark(item.cat) ? 0 : wires.size();
    bool is_good = open.size() == n;
    for (std::size_t k = 0; is_good && k < n; ++k) is_good = type(open[k]) == wires[k];
    if (!is_good) refuse(item);
}

void Wiring::refuse(Item const& item) const {
    throw SyntaxError("rule '" + std::string(kRuleNames[static_cast<std::size_t>(item.rule)]) +
                      "' does not make a " + grammar_.categories->print(item.cat) + " of tokens " +
                      std::to_string(item.begin) + " to " + std::to_string(item.end));
}

Wiring::Open Wiring::binary(Item const& item, Open left, Open right) {
    std::size_t n = 0;
    switch (item.rule) {
        case Rule::forward: n = right.size(); break;
        case Rule::backward:
        case Rule::coordinate: n = left.size(); break;
        case Rule::compose:
        case Rule::compose_twice:
        case Rule::cross: return compose(item, std::move(left), right);
        case Rule::compose_back:
        case Rule::compose_back_twice:
        case Rule::cross_back:
        case Rule::cross_back_twice: return compose_back(item, left, std::move(right));
        case Rule::list:
            if (right.empty()) refuse(item);
            return list(std::move(right));
        case Rule::sequence: {
            if (left.empty() || right.empty()) refuse(item);
            auto const& whole = grammar_.categories->wires(item.cat).wires;
            rename(real(right[0]), whole[0].name);
            right.insert(right.begin(), insert(right[0], turned(type(left[0]), 1), 0));
            n = 1;
            break;
        }
        case Rule::mark_right: return left;
        default: return right;  // mark_left, adjoin
    }
    if (n > left.size() || n > right.size()) refuse(item);
    for (std::size_t k = 0; k < n; ++k) cup(left[left.size() - 1 - k], right[k]);
    return around(left, right, n);
}

/// A conjunction of T has the type T.r T T.l.
Wiring::Open Wiring::conjoin(Item const& item, Open const& right) {
    // The token itself may stand between marks of punctuation.
    auto number = item.left;
    while (items_[number].rule != Rule::word) {
        number =
            items_[number].rule == Rule::mark_left ? items_[number].right : items_[number].left;
    }
    auto const word = items_[number].begin;
    auto const own = grammar_.categories->wires(items_[item.right].cat).wires;
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
    if (open.size() > wires.size() || (wires.size() - open.size()) % 2 != 0) refuse(item);
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

namespace {

/// How many wires stand on either side of the `n` that are left of a category when its outer
/// arguments are taken off.
struct Around {
    std::size_t before = 0;
    std::size_t after = 0;
    bool is_found = false;
};

Around arguments_around(Categories const& categories, Cat cat, std::size_t n) {
    Around out;
    auto left = categories.wires(cat).wires.size();
    while (left > n) {
        auto const& node = categories[cat];
        if (node.shape != Shape::forward && node.shape != Shape::backward) return out;
        auto const width = categories.wires(node.argument).wires.size();
        (node.shape == Shape::forward ? out.after : out.before) += width;
        left -= width;
        cat = node.result;
    }
    out.is_found = left == n;
    return out;
}

}  // namespace

Wiring::Open Wiring::compose(Item const& item, Open left, Open const& right) {
    auto const& categories = *grammar_.categories;
    auto const& function = categories[items_[item.left].cat];
    if (function.shape != Shape::forward) refuse(item);
    auto const n = n_wires(function.argument);
    auto const [m, rest, is_found] = arguments_around(categories, items_[item.right].cat, n);
    if (!is_found || right.size() != m + n + rest || left.size() <= n) refuse(item);
    auto const middle = left.size() - n;
    bool const nests = crossing_ == Crossing::nest;
    Open out;
    for (std::size_t k = 0; k < m; ++k) {
        out.push_back(nests ? insert(left.front(), type(right[k]), 0) : right[k]);
    }
    out.insert(out.end(), left.begin(), left.begin() + static_cast<std::ptrdiff_t>(middle));
    for (auto k = m; nests && k > 0; --k) {
        left.push_back(insert(left.back(), turned(type(right[k - 1]), -1), 1));
    }
    auto const first = nests ? 0 : m;
    for (auto k = first; k < m + n; ++k) cup(left[left.size() - 1 - (k - first)], right[k]);
    out.insert(out.end(), right.end() - static_cast<std::ptrdiff_t>(rest), right.end());
    return out;
}

Wiring::Open Wiring::compose_back(Item const& item, Open const& left, Open right) {
    auto const& categories = *grammar_.categories;
    auto const& function = categories[items_[item.right].cat];
    if (function.shape != Shape::backward) refuse(item);
    auto const n = n_wires(function.argument);
    auto const [m, rest, is_found] = arguments_around(categories, items_[item.left].cat, n);
    if (!is_found || left.size() != m + n + rest || right.size() <= n) refuse(item);
    bool const nests = crossing_ == Crossing::nest;
    Open out(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(m));
    out.insert(out.end(), right.begin() + static_cast<std::ptrdiff_t>(n), right.end());
    for (auto k = m + n; k < left.size(); ++k) {
        out.push_back(nests ? insert(out.back(), type(left[k]), 1) : left[k]);
    }
    Open inner;
    for (auto k = left.size(); nests && k > m + n; --k) {
        inner.push_back(insert(right.front(), turned(type(left[k - 1]), 1), 0));
    }
    inner.insert(inner.end(), right.begin(), right.begin() + static_cast<std::ptrdiff_t>(n));
    auto const last = nests ? left.size() : m + n;
    for (std::size_t k = 0; k < inner.size(); ++k) cup(left[last - 1 - k], inner[k]);
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
    auto const cat = items_[root].cat;
    auto const& own = grammar_.categories->wires(cat).wires;
    if (own == grammar_.categories->wires(codomain).wires) return finish(cat, open);
    return finish(codomain, change(open, cat, codomain));
}

Wired Wiring::fragments(std::span<std::uint32_t const> cover, std::span<Goal const> goals) {
    auto& categories = *grammar_.categories;
    std::vector<std::uint32_t> parts;
    for (auto const number : cover) {
        if (!categories.is_mark(items_[number].cat)) parts.push_back(number);
    }
    if (parts.empty()) throw SyntaxError("a sentence has punctuation only");
    auto goal = goals.front().cat;
    auto main = parts.size();
    for (auto const& wanted : goals) {
        for (std::size_t k = 0; k < parts.size() && main == parts.size(); ++k) {
            Binding binding;
            if (!categories.match(wanted.cat, items_[parts[k]].cat, binding)) continue;
            main = k;
            goal = wanted.cat;
        }
    }
    if (main == parts.size()) {
        auto const length = [&](std::uint32_t p) { return items_[p].end - items_[p].begin; };
        main =
            static_cast<std::size_t>(std::ranges::max_element(parts, {}, length) - parts.begin());
    }
    auto const before = categories.complex(Shape::forward, goal, goal);
    auto const after = categories.complex(Shape::backward, goal, goal);
    auto const n = n_wires(goal);
    Open whole;
    for (std::size_t k = 0; k < parts.size(); ++k) {
        auto const to = k < main ? before : k == main ? goal : after;
        auto const open = change(build(parts[k], 0), items_[parts[k]].cat, to);
        for (std::size_t w = 0; k > 0 && w < n; ++w) cup(whole[whole.size() - 1 - w], open[w]);
        whole = k == 0 ? open : around(whole, open, n);
    }
    return finish(goal, whole);
}

Wired Wiring::finish(Cat codomain, Open const& open) {
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
    for (auto const wire : open) out.open.push_back(position[index(real(wire))]);
    out.tree = std::move(tree_);
    return out;
}

}  // namespace monoidal::grammar
