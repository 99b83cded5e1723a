#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "monoidal/grammar/category.hpp"

namespace monoidal::grammar {

/// How a constituent came about. The names are `kRuleNames`.
enum class Rule : std::uint8_t {
    word,
    change,              ///< a unary type change
    raise,               ///< X -> T/(T\X)
    raise_back,          ///< X -> T\(T/X)
    forward,             ///< X/Y Y -> X
    backward,            ///< Y X\Y -> X
    compose,             ///< X/Y Y/Z -> X/Z
    compose_back,        ///< Y\Z X\Y -> X\Z
    compose_twice,       ///< X/Y (Y/Z)/W -> (X/Z)/W
    compose_back_twice,  ///< (Y\Z)\W X\Y -> (X\Z)\W
    cross,               ///< X/Y Y\Z -> X\Z
    cross_back,          ///< Y/Z X\Y -> X/Z
    cross_back_twice,    ///< (Y/Z)/W X\Y -> (X/Z)/W
    conjoin,             ///< conj X -> &X
    list,                ///< , X -> &X
    coordinate,          ///< X &X -> X
    adjoin,              ///< . X -> +X
    sequence,            ///< X +Y -> S: one sentence after another
    mark_left,           ///< , X -> X
    mark_right,          ///< X , -> X
};

inline constexpr std::array<std::string_view, 20> kRuleNames = {
    "word", "change", ">T",   "<T",   ">",    "<",     ">B",     "<B",  ">B2",   "<B2",
    ">Bx",  "<Bx",    "<Bx2", "conj", "list", "coord", "adjoin", "seq", "punct", "punct"};

/// How many constituents a rule makes one of.
constexpr std::uint32_t n_parts(Rule rule) {
    if (rule == Rule::word) return 0;
    return rule == Rule::change || rule == Rule::raise || rule == Rule::raise_back ? 1 : 2;
}

/// Costs of the rules in thousandths; the features of a derivation that no word has.
enum class Weight : std::uint8_t {
    compose,
    compose_raised,
    compose_back,
    compose_twice,
    cross,
    cross_back,
    conjoin,
    list,
    coordinate_noun,
    coordinate_other,
    adjoin,
    mark_left,
    mark_right,
    comma_right,
    length,  ///< a word of a left part: prefers short left parts, so low attachment
    fragment,
    fragment_word,
    count
};

inline constexpr std::size_t kNWeights = static_cast<std::size_t>(Weight::count);
inline constexpr std::array<std::string_view, kNWeights> kWeightNames = {
    "compose",    "compose_raised", "compose_back", "compose_twice",   "cross",
    "cross_back", "conjoin",        "list",         "coordinate_noun", "coordinate_other",
    "adjoin",     "mark_left",      "mark_right",   "comma_right",     "length",
    "fragment",   "fragment_word"};

using Weights = std::array<std::int32_t, kNWeights>;

/// What Eisner's normal form must know of a constituent to forbid all but one of the derivations
/// that differ in nothing: Eisner, "Efficient Normal-Form Parsing for CCG", ACL 1996.
enum class Form : std::uint8_t { plain, composed, composed_back, coordinated, raised };
inline constexpr std::uint32_t kNForms = 5;

/// A weight, and how many times a rule counts it.
struct Charge {
    Weight weight = Weight::count;
    std::uint8_t times = 0;
};
using Charges = std::array<Charge, 2>;

/// One way in which two neighbours make a constituent.
struct Binary {
    Cat cat = 0;
    Rule rule = Rule::forward;
    Form form = Form::plain;
    bool keeps_form = false;       ///< the form is that of the part that is no mark
    std::uint8_t forbid_left = 0;  ///< forms that the left part must not have, as bits
    std::uint8_t forbid_right = 0;
    std::int32_t cost = 0;  ///< what `charges` come to; 1 for a mark beside a mark
    Charges charges{};
};

/// Where a unary change may apply: to a whole clause between full stops or dashes, to a clause that
/// such a mark or a comma opens, to what a comma ends, or as a type raising.
enum class Place : std::uint8_t { anywhere, clause, raise, raise_back, opened, fronted };

struct Unary {
    Cat from = 0;
    Cat to = 0;
    std::int32_t cost = 1;
    Place place = Place::anywhere;
    std::uint32_t number = 0;  ///< its place in `Grammar::changes`
};

/// Categories, unary changes and weights: all that sentences share.
struct Grammar {
    std::shared_ptr<Categories> categories;
    std::vector<Unary> changes;
    Weights weights{};
};

/// The rules, with everything that was asked remembered. For one thread.
class Combiner {
public:
    explicit Combiner(Grammar const& grammar) : grammar_(grammar), rows_(kCached) {}

    /// Whether two neighbours are known to make nothing, as most pairs do.
    [[nodiscard]] bool make_nothing(Cat left, Cat right) const {
        if (left >= kCached || right >= kCached || !rows_[left]) return false;
        return (rows_[left]->is_empty[right / 64] >> (right % 64) & 1U) != 0;
    }
    /// All ways to make a constituent of two neighbours. Valid until the next call.
    std::span<Binary const> binary(Cat left, Cat right);
    /// All unary changes of a category.
    std::span<Unary const> unary(Cat cat);

private:
    static constexpr std::size_t kCached = 4096;

    /// What a left category makes with each right one. The bits say where it makes nothing, in a
    /// thirty-second of the memory: they stay in the cache.
    struct Row {
        std::array<std::uint64_t, kCached / 64> is_empty{};
        std::array<std::uint32_t, kCached> place{};  // 0 not asked yet, else 1 + index of `found_`
    };

    void try_combine(Cat left, Cat right);
    void combine(Cat left, Cat right);
    void add_composed(Shape shape, Cat result, Cat argument, Rule rule, Charges charges);
    void marks(Cat left, Cat right);
    void coordinate(Cat left, Cat right);
    void rightward(Cat left, Cat right);
    void leftward(Cat left, Cat right);
    void compose_right(Cat left, Cat right);
    void compose_left(Cat left, Cat right);
    void add(Cat cat, Rule rule, Charges charges = {}, std::int32_t cost = 0);
    [[nodiscard]] bool can_coordinate(Cat cat) const;
    [[nodiscard]] bool can_list(Cat cat) const;
    [[nodiscard]] bool is_modifier(Cat cat) const;
    [[nodiscard]] std::uint16_t head_atom(Cat cat) const;
    [[nodiscard]] std::int32_t weight(Weight w) const {
        return grammar_.weights[static_cast<std::size_t>(w)];
    }

    Grammar const& grammar_;
    std::vector<std::unique_ptr<Row>> rows_;                      // by left category
    std::vector<std::pair<std::uint32_t, std::uint32_t>> found_;  // begin and end in `results_`
    std::vector<Binary> results_;
    std::vector<Binary> scratch_;
    std::vector<std::unique_ptr<std::vector<Unary>>> changes_;
};

}  // namespace monoidal::grammar
