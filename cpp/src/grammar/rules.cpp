#include "monoidal/grammar/rules.hpp"

#include "monoidal/common/error.hpp"

namespace monoidal::grammar {
namespace {

using C = Categories;

constexpr std::size_t kMaxWires = 9;

constexpr std::uint8_t bit(Form form) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(form));
}

bool is_atom(Node const& node, std::uint16_t atom) {
    return node.shape == Shape::atom && node.atom == atom;
}

bool is_break(Node const& node) { return is_atom(node, C::kStop) || is_atom(node, C::kDash); }

bool is_mark(Node const& node) {
    return node.shape == Shape::atom && node.atom >= C::kComma && node.atom <= C::kMark;
}

constexpr Charges once(Weight weight) { return {{{weight, 1}, {}}}; }

/// What each rule asks of the form of its parts, and gives to its result.
Binary with_form(Cat cat, Rule rule) {
    constexpr auto raised = bit(Form::raised);
    Binary out{cat, rule, Form::plain, false, raised, raised, 0, {}};
    switch (rule) {
        case Rule::forward: out.forbid_left |= bit(Form::composed); break;
        case Rule::backward: out.forbid_right |= bit(Form::composed_back); break;
        case Rule::compose:
        case Rule::compose_twice:
            out.forbid_left = bit(Form::composed);
            out.form = Form::composed;
            break;
        case Rule::cross:
            out.forbid_left |= bit(Form::composed);
            out.form = Form::composed;
            break;
        case Rule::compose_back:
        case Rule::compose_back_twice:
            out.forbid_left = 0;
            out.forbid_right = bit(Form::composed_back);
            out.form = Form::composed_back;
            break;
        case Rule::cross_back:
        case Rule::cross_back_twice:
            out.forbid_right |= bit(Form::composed_back);
            out.form = Form::composed_back;
            break;
        case Rule::coordinate:
            out.forbid_left = bit(Form::coordinated);
            out.form = Form::coordinated;
            break;
        case Rule::mark_left:
        case Rule::mark_right:
            out.keeps_form = true;
            out.forbid_left = out.forbid_right = 0;
            break;
        default: break;
    }
    return out;
}

}  // namespace

std::span<Binary const> Combiner::binary(Cat left, Cat right) {
    if (left >= kCached || right >= kCached) {
        try_combine(left, right);
        return scratch_;
    }
    if (make_nothing(left, right)) return {};
    auto& row = rows_[left];
    if (!row) row = std::make_unique<Row>();
    auto& place = row->place[right];
    if (place == 0) {
        try_combine(left, right);
        if (scratch_.empty()) {
            row->is_empty[right / 64] |= std::uint64_t{1} << (right % 64);
            return {};
        }
        auto const begin = static_cast<std::uint32_t>(results_.size());
        results_.insert(results_.end(), scratch_.begin(), scratch_.end());
        found_.emplace_back(begin, results_.size());
        place = static_cast<std::uint32_t>(found_.size());
    }
    auto const [begin, end] = found_[place - 1];
    return {results_.data() + begin, end - begin};
}

std::span<Unary const> Combiner::unary(Cat cat) {
    if (cat >= changes_.size()) changes_.resize(std::size_t{cat} + 1);
    auto& known = changes_[cat];
    if (!known) {
        known = std::make_unique<std::vector<Unary>>();
        auto& categories = *grammar_.categories;
        for (std::uint32_t k = 0; k < grammar_.changes.size(); ++k) {
            auto const& change = grammar_.changes[k];
            Binding binding;
            if (!categories.match(change.from, cat, binding)) continue;
            auto const to = categories.substitute(change.to, binding);
            if (to != cat) known->push_back({cat, to, change.cost, change.place, k});
        }
    }
    return *known;
}

void Combiner::add(Cat cat, Rule rule, Charges charges, std::int32_t cost) {
    if (grammar_.categories->wires(cat).wires.size() > kMaxWires) return;
    auto made = with_form(cat, rule);
    made.charges = charges;
    made.cost = cost;
    for (auto const& [counted, times] : charges) {
        if (times != 0) made.cost += weight(counted) * times;
    }
    scratch_.push_back(made);
}

void Combiner::try_combine(Cat left, Cat right) {
    scratch_.clear();
    try {
        combine(left, right);
    } catch (TooLargeError const&) {
        scratch_.clear();  // no room for another category: these two make nothing
    }
}

/// A composed category; not made where it would be too long.
void Combiner::add_composed(Shape shape, Cat result, Cat argument, Rule rule, Charges charges) {
    auto& categories = *grammar_.categories;
    auto const n_wires =
        categories.wires(result).wires.size() + categories.wires(argument).wires.size();
    if (n_wires <= kMaxWires) add(categories.complex(shape, result, argument), rule, charges);
}

void Combiner::combine(Cat left, Cat right) {
    auto const& categories = *grammar_.categories;
    auto const& l = categories[left];
    auto const& r = categories[right];
    if (is_mark(l) || is_mark(r)) return marks(left, right);
    if (is_atom(l, C::kConj) || r.shape == Shape::coordinate || r.shape == Shape::adjoin) {
        return coordinate(left, right);
    }
    if (l.shape == Shape::coordinate || l.shape == Shape::adjoin) return;  // wait for their left
    if (l.shape == Shape::forward) rightward(left, right);
    if (r.shape == Shape::backward) leftward(left, right);
}

void Combiner::marks(Cat left, Cat right) {
    auto& categories = *grammar_.categories;
    auto const& l = categories[left];
    auto const& r = categories[right];
    if (is_mark(r)) {
        if (r.atom == C::kStop && is_atom(l, C::kConj)) return;
        auto const w = r.atom == C::kComma ? Weight::comma_right : Weight::mark_right;
        if (is_mark(l)) return add(left, Rule::mark_right, {}, 1);
        return add(left, Rule::mark_right, once(w));
    }
    if (r.shape == Shape::adjoin || r.shape == Shape::coordinate) return;
    if (!is_break(l)) add(right, Rule::mark_left, once(Weight::mark_left));
    if (is_atom(l, C::kDash)) add(right, Rule::mark_left, {{{Weight::mark_left, 3}, {}}});
    bool const is_clause = r.shape == Shape::atom && (r.atom == C::kS || r.atom == C::kN);
    if (is_break(l) && is_clause) {
        add(categories.complex(Shape::adjoin, right, right), Rule::adjoin, once(Weight::adjoin));
    }
    if (!is_atom(l, C::kMark) && !is_atom(l, C::kStop) && can_list(right)) {
        add(categories.complex(Shape::coordinate, right, right), Rule::list, once(Weight::list));
    }
}

void Combiner::coordinate(Cat left, Cat right) {
    auto& categories = *grammar_.categories;
    auto const& r = categories[right];
    if (is_atom(categories[left], C::kConj)) {
        if (!can_coordinate(right)) return;
        return add(categories.complex(Shape::coordinate, right, right), Rule::conjoin,
                   once(Weight::conjoin));
    }
    auto const inner = r.result;
    if (r.shape == Shape::adjoin) {
        auto const& a = categories[left];
        auto const& b = categories[inner];
        if (a.shape != Shape::atom || (a.atom != C::kS && a.atom != C::kN)) return;
        auto const both = a.atom == C::kN && b.atom == C::kN;
        auto const whole = categories.atom(C::kS, 1);
        add(both ? categories.atom(C::kN, C::kPhrase) : whole, Rule::sequence);
        return;
    }
    bool const is_noun = is_atom(categories[inner], C::kN);
    auto const charge = once(is_noun ? Weight::coordinate_noun : Weight::coordinate_other);
    Binding binding;
    if (categories.match(left, inner, binding)) {
        add(categories.substitute(left, binding), Rule::coordinate, charge);
    } else if (is_noun && is_atom(categories[left], C::kN) &&
               ((categories[left].features & C::kPhrase) != 0) ==
                   ((categories[inner].features & C::kPhrase) != 0)) {
        add(categories.atom(C::kN, C::kPlural), Rule::coordinate, charge);  // a singular, a plural
    }
}

void Combiner::rightward(Cat left, Cat right) {
    auto& categories = *grammar_.categories;
    auto const& l = categories[left];
    Binding binding;
    if (categories.match(l.argument, right, binding)) {
        add(categories.substitute(l.result, binding), Rule::forward);
    }
    compose_right(left, right);
}

void Combiner::compose_right(Cat left, Cat right) {
    auto& categories = *grammar_.categories;
    auto const& l = categories[left];
    auto const& r = categories[right];
    if (r.shape == Shape::atom || head_atom(l.argument) != C::kS) return;
    bool const is_raised = categories[l.result].shape == Shape::atom;
    Binding binding;
    if (categories.match(l.argument, r.result, binding)) {
        auto const x = categories.substitute(l.result, binding);
        auto const z = categories.substitute(r.argument, binding);
        if (r.shape == Shape::forward) {
            add_composed(Shape::forward, x, z, Rule::compose,
                         once(is_raised ? Weight::compose_raised : Weight::compose));
        } else if (r.shape == Shape::backward && is_modifier(left) && head_atom(z) != C::kS) {
            add_composed(Shape::backward, x, z, Rule::cross, once(Weight::cross));
        }
    }
    auto const& inner = categories[r.result];
    binding = {};
    if (r.shape == Shape::forward && inner.shape == Shape::forward &&
        categories.match(l.argument, inner.result, binding)) {
        auto const x = categories.substitute(l.result, binding);
        auto const z = categories.substitute(inner.argument, binding);
        auto const w = categories.substitute(r.argument, binding);
        auto const xz = categories.complex(Shape::forward, x, z);
        add_composed(Shape::forward, xz, w, Rule::compose_twice, once(Weight::compose_twice));
    }
}

void Combiner::leftward(Cat left, Cat right) {
    auto& categories = *grammar_.categories;
    auto const& r = categories[right];
    Binding binding;
    if (categories.match(r.argument, left, binding)) {
        add(categories.substitute(r.result, binding), Rule::backward);
    }
    compose_left(left, right);
}

void Combiner::compose_left(Cat left, Cat right) {
    auto& categories = *grammar_.categories;
    auto const& l = categories[left];
    auto const& r = categories[right];
    if (l.shape == Shape::atom || head_atom(r.argument) != C::kS) return;
    bool const crosses = l.shape == Shape::forward;
    if (crosses && !is_modifier(right)) return;
    Binding binding;
    if (categories.match(r.argument, l.result, binding)) {
        auto const x = categories.substitute(r.result, binding);
        auto const z = categories.substitute(l.argument, binding);
        add_composed(l.shape, x, z, crosses ? Rule::cross_back : Rule::compose_back,
                     once(crosses ? Weight::cross_back : Weight::compose_back));
    }
    auto const& inner = categories[l.result];
    binding = {};
    if (inner.shape == l.shape && categories.match(r.argument, inner.result, binding)) {
        auto const x = categories.substitute(r.result, binding);
        auto const z = categories.substitute(inner.argument, binding);
        auto const w = categories.substitute(l.argument, binding);
        auto const xz = categories.complex(l.shape, x, z);
        add_composed(l.shape, xz, w, crosses ? Rule::cross_back_twice : Rule::compose_back_twice,
                     {{{crosses ? Weight::cross_back : Weight::compose_back, 1},
                       {Weight::compose_twice, 1}}});
    }
}

std::uint16_t Combiner::head_atom(Cat cat) const {
    auto const& categories = *grammar_.categories;
    while (categories[cat].shape != Shape::atom) cat = categories[cat].result;
    return categories[cat].atom;
}

bool Combiner::is_modifier(Cat cat) const {
    auto const& node = (*grammar_.categories)[cat];
    Binding binding;
    return grammar_.categories->match(node.result, node.argument, binding);
}

bool Combiner::can_coordinate(Cat cat) const {
    auto const& node = (*grammar_.categories)[cat];
    if (node.shape == Shape::coordinate || node.shape == Shape::adjoin) return false;
    auto const head = head_atom(cat);
    auto const n_wires = grammar_.categories->wires(cat).wires.size();
    if (head == C::kN) return n_wires <= 4;
    return head == C::kS ? n_wires <= 7 : head >= C::kFirstOther;
}

bool Combiner::can_list(Cat cat) const {
    if (!can_coordinate(cat)) return false;
    auto const n_wires = grammar_.categories->wires(cat).wires.size();
    if (head_atom(cat) != C::kS) return n_wires <= 2;
    return n_wires <= 2 || is_modifier(cat);
}

}  // namespace monoidal::grammar
