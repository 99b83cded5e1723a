#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/grammar/chart.hpp"

namespace monoidal::grammar {

/// A derivation has no diagram: it changes a wire that no word owns.
struct UnwiredError : Error {
    using Error::Error;
};

/// One constituent of a derivation, for printing.
struct TreeNode {
    std::uint32_t depth = 0;
    Rule rule = Rule::word;
    Cat cat = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

/// A derivation as a pregroup diagram: a type for each token (empty for punctuation), and the cups,
/// as pairs of positions counted over all types. They cross with `Crossing::swap` only.
struct Wired {
    std::vector<std::vector<Simple>> types;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> links;
    std::vector<std::uint32_t> open;  ///< the wires that no link has, in the codomain's order
    std::vector<TreeNode> tree;
    Cat codomain = 0;
};

/// What to do with the wires that a crossed composition brings past each other.
enum class Crossing : std::uint8_t {
    nest,  ///< rewrite types so that nothing crosses
    swap,  ///< keep the types: links may cross, and open wires are out of order
};

/// Turns derivations into wires: those of a chart, or of a tree from elsewhere. Application and
/// composition are cups; type raising is a cap whose ends are joined at once to what they meet; a
/// unary change and a crossed composition rewrite the types of the words that own the open wires:
///
///   - a change from A to B keeps what A and B have in common around the head, renames the head,
///     takes away A's other wires and puts B's other wires in their place; what happens to a wire
///     of a modifier X.r X happens to the wire that it passes on;
///   - a crossed composition of Y/Z with X\Y makes X\Y a (X/Z)\(Y/Z), so that nothing crosses.
///
/// With `is_checked` nothing is taken on trust: a constituent whose wires are not those of its
/// category, or a cup of what are no adjoints, is a SyntaxError.
class Wiring {
public:
    Wiring(Grammar const& grammar, std::span<Item const> items, std::size_t n_tokens,
           Crossing crossing = Crossing::nest, bool is_checked = false)
        : grammar_(grammar),
          items_(items),
          crossing_(crossing),
          is_checked_(is_checked),
          words_(n_tokens) {}

    /// One derivation. Its head is renamed to make it a `codomain`, if that is not its category.
    Wired whole(std::uint32_t root, Cat codomain);
    /// A cover: the first constituent that is a goal, else the longest, is the main one and made a
    /// goal by the change above; what is left of it becomes a modifier G/G of it, what is right of
    /// it G\G. Arguments that a fragment misses are taken out of its words' types.
    Wired fragments(std::span<std::uint32_t const> cover, std::span<Goal const> goals);

private:
    struct Wire {
        Simple type;
        std::int32_t word = -1;     ///< -1: one end of a cap
        std::int32_t partner = -1;  ///< the other end of that cap
        std::int32_t alias = -1;    ///< the wire that this end has been joined to
        std::int32_t twin = -1;     ///< of a modifier's result, the same wire of its argument
        std::int32_t link = -1;     ///< the wire at the other end of its cup
    };
    using Open = std::vector<std::int32_t>;

    Open build(std::uint32_t item, std::uint32_t depth);
    Open make(Item const& item, Open left, Open right);
    Open leaf(Item const& item);
    Open binary(Item const& item, Open left, Open right);
    Open conjoin(Item const& item, Open const& right);
    Open raise(Item const& item, Open open);
    /// X/Y with Y and any arguments of it; Y and any arguments of it with X\Y.
    Open compose(Item const& item, Open left, Open const& right);
    Open compose_back(Item const& item, Open const& left, Open right);
    /// The wires of a constituent of category `from`, made those of a `to`.
    Open change(Open const& open, Cat from, Cat to);
    Open list(Open open);

    std::int32_t add(Simple type, std::int32_t word);
    std::int32_t insert(std::int32_t near, Simple type, std::size_t after);
    void pair_twins(Cat cat, Open const& open);
    /// Rename a wire; take it away. What a modifier's wire stands for goes with it.
    void rename(std::int32_t wire, std::uint16_t name);
    void erase(std::int32_t wire);
    bool remove(std::int32_t wire);
    void cup(std::int32_t left, std::int32_t right);
    [[nodiscard]] std::int32_t resolve(std::int32_t wire) const;
    [[nodiscard]] std::int32_t real(std::int32_t wire) const;
    [[nodiscard]] Simple type(std::int32_t wire) const { return wires_[index(resolve(wire))].type; }
    static std::size_t index(std::int32_t k) { return static_cast<std::size_t>(k); }
    [[nodiscard]] std::size_t n_wires(Cat cat) const {
        return grammar_.categories->wires(cat).wires.size();
    }
    void verify(Item const& item, Open const& open) const;
    [[noreturn]] void refuse(Item const& item) const;
    Wired finish(Cat codomain, Open const& open);

    Grammar const& grammar_;
    std::span<Item const> items_;
    Crossing crossing_;
    bool is_checked_;
    std::vector<Wire> wires_;
    std::vector<std::vector<std::int32_t>> words_;
    std::vector<TreeNode> tree_;
};

}  // namespace monoidal::grammar
