#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace monoidal::grammar {

/// The number of an interned category. Equal categories have equal numbers; nothing else about a
/// number means anything, so no result may depend on the order of interning.
using Cat = std::uint16_t;

/// What a category is built with. `coordinate` and `adjoin` are half-finished: a conjunction or a
/// mark of punctuation has taken its right part and waits for its left.
enum class Shape : std::uint8_t { atom, forward, backward, coordinate, adjoin };

/// One category. An atom has a set of features as bits: S[dcl,b] is both, and matches either. A
/// variable takes the features of what it matches, within its own.
struct Node {
    Shape shape = Shape::atom;
    bool is_variable = false;
    std::uint16_t atom = 0;
    std::uint16_t features = 0;
    Cat result = 0;
    Cat argument = 0;

    [[nodiscard]] auto key() const {
        return std::tuple(shape, is_variable, atom, features, result, argument);
    }
};

/// A simple pregroup type: the number of an atom's name, and its winding.
struct Simple {
    std::uint16_t name = 0;
    std::int16_t winding = 0;
    bool operator==(Simple const&) const = default;
};

/// The pregroup type of a category, by X/Y -> X @ Y.l and X\Y -> Y.r @ X.
struct Wires {
    std::vector<Simple> wires;
    std::uint32_t head = 0;  ///< where the atom of the innermost result stands
};

/// What the variables of S and of N are bound to while two categories are matched.
struct Binding {
    std::uint16_t features[2] = {0, 0};
    bool is_bound[2] = {false, false};
    bool is_open[2] = {false, false};  ///< bound to another variable
};

/// Categories, interned. Threads may intern and read at once; it only grows, to a fixed capacity.
class Categories {
public:
    static constexpr std::size_t kCapacity = 60000;
    /// Atoms with a number of their own; a lexicon may add others by name.
    enum : std::uint16_t { kS, kN, kConj, kComma, kDash, kStop, kMark, kFirstOther };
    /// Features of N: singular, plural or mass noun, a noun as the name of a time, and noun phrases
    /// (of nouns or pronouns), which are the same wire.
    enum : std::uint16_t {
        kSingular = 1,
        kPlural = 2,
        kNoun = kSingular | kPlural,
        kFull = 4,
        kPronoun = 8,
        kPhrase = kFull | kPronoun,
        kNominal = kNoun | kPhrase,
        kTime = 16
    };
    static constexpr std::uint16_t kAny = 0xffff;

    Categories();

    /// Read a category: atoms S, N, NP, conj, comma, dash, stop, mark or any other name;
    /// features in brackets: N[sg], N[pl], N[tm], N[any], NP[np], NP[pro],
    /// X for a variable. Throws SyntaxError, quoting the text.
    Cat parse(std::string_view text);
    [[nodiscard]] std::string print(Cat cat) const;

    Cat atom(std::uint16_t atom, std::uint16_t features, bool is_variable = false);
    Cat complex(Shape shape, Cat result, Cat argument);

    [[nodiscard]] Node const& operator[](Cat cat) const { return nodes_[cat]; }
    /// Whether it is punctuation, which has no wires.
    [[nodiscard]] bool is_mark(Cat cat) const {
        auto const& node = nodes_[cat];
        return node.shape == Shape::atom && node.atom >= kComma && node.atom <= kMark;
    }
    [[nodiscard]] Wires const& wires(Cat cat) const { return wires_[cat]; }
    [[nodiscard]] std::size_t size() const;
    /// The name of an atom in pregroup types: "s", "n", or its own.
    [[nodiscard]] std::string name(std::uint16_t atom) const;
    std::uint16_t atom_number(std::string_view name);

    /// Whether the two can be one category; what their variables stand for then.
    bool match(Cat a, Cat b, Binding& binding) const;
    /// Whether two categories differ at most in features of noun phrases: so do those that a
    /// modifier takes from those that it makes.
    [[nodiscard]] bool are_alike(Cat a, Cat b) const;
    /// The category with its variables replaced.
    Cat substitute(Cat cat, Binding const& binding);

private:
    Cat intern(Node const& node);
    void print(Cat cat, bool is_part, std::string& out) const;

    mutable std::mutex mutex_;
    std::map<decltype(Node{}.key()), Cat> known_;
    std::unique_ptr<Node[]> nodes_;
    std::unique_ptr<Wires[]> wires_;
    std::size_t size_ = 0;
    std::vector<std::string> atoms_;
};

}  // namespace monoidal::grammar
