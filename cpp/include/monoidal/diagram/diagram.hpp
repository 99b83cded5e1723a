#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "monoidal/diagram/signature.hpp"

namespace monoidal::diagram {

/// One generator and the number of wires that pass on its left.
struct Layer {
    std::uint32_t generator = 0;
    std::uint32_t offset = 0;
    bool operator==(Layer const&) const = default;
};

/// An arrow of the free rigid category over a signature, as a term: generators from top to bottom.
/// Immutable, and well-typed by construction. What is wired to what is its `Graph`.
class Diagram {
public:
    /// Throws TypeMismatch, naming the layer and the wires, where the layers do not compose.
    Diagram(std::shared_ptr<Signature> signature, Type dom, std::vector<Layer> layers);

    static Diagram identity(std::shared_ptr<Signature> signature, Type type);
    static Diagram of(std::shared_ptr<Signature> signature, std::uint32_t generator);
    /// Words side by side, then a cup for every pair of wire positions; pairs must not cross.
    static Diagram pregroup(std::shared_ptr<Signature> signature,
                            std::span<std::uint32_t const> words,
                            std::span<std::uint32_t const> links);

    [[nodiscard]] std::shared_ptr<Signature> const& signature() const { return signature_; }
    [[nodiscard]] Type const& dom() const { return dom_; }
    [[nodiscard]] Type const& cod() const { return cod_; }
    [[nodiscard]] std::vector<Layer> const& layers() const { return layers_; }

    /// The adjoint: upside down, every box daggered.
    [[nodiscard]] Diagram dagger() const;
    /// The transpose by half a turn, `by` +1 to the right or -1 to the left: f: a -> b gives b.r ->
    /// a.r.
    [[nodiscard]] Diagram rotate(std::int32_t by) const;

    /// Equality of terms, layer by layer; of string diagrams, `are_equal` (equality.hpp).
    bool operator==(Diagram const& other) const;

private:
    struct Trusted {};
    Diagram(Trusted, std::shared_ptr<Signature> signature, Type dom, Type cod,
            std::vector<Layer> layers);
    friend Diagram compose(std::span<Diagram const> parts);
    friend Diagram tensor(std::span<Diagram const> parts);

    std::shared_ptr<Signature> signature_;
    Type dom_;
    Type cod_;
    std::vector<Layer> layers_;
};

/// One after another, in time linear in the result. Throws TypeMismatch naming both sides, the
/// position and the wires. `parts` must not be empty.
Diagram compose(std::span<Diagram const> parts);

/// Side by side, in time linear in the result. `parts` must not be empty.
Diagram tensor(std::span<Diagram const> parts);

}  // namespace monoidal::diagram
