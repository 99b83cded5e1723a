#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace monoidal::diagram {

/// A simple type: an atom and how often it was turned. `.l` lowers the winding by one, `.r` raises
/// it.
struct Object {
    std::uint32_t atom = 0;
    std::int32_t winding = 0;
    auto operator<=>(Object const&) const = default;
};

using Type = std::vector<Object>;

/// The adjoint of a type: the word reversed, each winding shifted. `by` is +1 for `.r`, -1 for
/// `.l`.
Type adjoint(Type const& type, std::int32_t by);

/// What a generator means before any functor gives it a meaning.
enum class Kind : std::uint8_t { box, word, cup, cap, swap, spider };

/// A generator of the free category. Structural ones (cup, cap, swap, spider) have no name.
struct Generator {
    Kind kind = Kind::box;
    std::string name;
    Type dom;
    Type cod;
    bool is_dagger = false;
    std::int32_t rotation = 0;  ///< +1 a right, -1 a left transpose of the named box

    auto operator<=>(Generator const&) const = default;
};

/// Throws TypeMismatch where a structural generator's wires do not fit its kind: a cup joins (x,
/// x.r) or (x.l, x), a cap opens (x.r, x) or (x, x.l), a swap exchanges its two wires, all legs of
/// a spider are of one type.
void check(Generator const& generator);

/// Names of atoms and generators, interned: equal ones have equal numbers. It only grows,
/// references to what it holds stay valid, and any number of threads may use it at once.
class Signature {
public:
    std::uint32_t atom(std::string_view name);
    [[nodiscard]] std::string const& atom_name(std::uint32_t atom) const;
    [[nodiscard]] std::size_t n_atoms() const;

    /// Interns a checked generator.
    std::uint32_t intern(Generator generator);
    [[nodiscard]] Generator const& operator[](std::uint32_t generator) const;
    [[nodiscard]] std::size_t n_generators() const;

    std::uint32_t dagger(std::uint32_t generator);
    /// The transpose by half a turn: `by` +1 to the right, -1 to the left.
    std::uint32_t rotate(std::uint32_t generator, std::int32_t by);

    /// The named box itself, neither daggered nor turned.
    std::uint32_t base(std::uint32_t generator);

    [[nodiscard]] std::string print(Type const& type) const;

private:
    mutable std::shared_mutex mutex_;
    std::deque<std::string> atoms_;
    std::map<std::string, std::uint32_t, std::less<>> atom_ids_;
    std::deque<Generator> generators_;
    std::map<Generator, std::uint32_t> generator_ids_;
};

}  // namespace monoidal::diagram
