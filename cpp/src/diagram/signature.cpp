#include "monoidal/diagram/signature.hpp"

#include <algorithm>
#include <mutex>

#include "monoidal/common/error.hpp"

namespace monoidal::diagram {
namespace {

/// Whether b is a turned once, `by` +1 to the right or -1 to the left.
bool is_adjoint(Object a, Object b, std::int32_t by) {
    return a.atom == b.atom && b.winding == a.winding + by;
}

void check_swap(Generator const& g) {
    if (g.dom.size() != 2 || g.cod != Type{g.dom[1], g.dom[0]}) {
        throw TypeMismatch("swap must exchange exactly two wires");
    }
}

void check_spider(Generator const& g) {
    auto const& first = g.dom.empty() ? g.cod : g.dom;
    auto const differs = [&](Object o) { return o != first.front(); };
    if (first.empty() || std::ranges::any_of(g.dom, differs) ||
        std::ranges::any_of(g.cod, differs)) {
        throw TypeMismatch("spider must have at least one leg and all legs of one simple type");
    }
}

Kind mirrored(Kind kind) {
    if (kind == Kind::cup) return Kind::cap;
    if (kind == Kind::cap) return Kind::cup;
    return kind;
}

}  // namespace

Type adjoint(Type const& type, std::int32_t by) {
    Type out(type.rbegin(), type.rend());
    for (auto& object : out) object.winding += by;
    return out;
}

void check(Generator const& g) {
    switch (g.kind) {
        case Kind::cup:
            if (g.dom.size() != 2 || !g.cod.empty() ||
                !is_adjoint(g.dom[0], g.dom[1], g.is_dagger ? -1 : 1)) {
                throw TypeMismatch("cup must join a wire x and its right adjoint x.r");
            }
            return;
        case Kind::cap:
            if (g.cod.size() != 2 || !g.dom.empty() ||
                !is_adjoint(g.cod[0], g.cod[1], g.is_dagger ? 1 : -1)) {
                throw TypeMismatch("cap must open a wire x and its left adjoint x.l");
            }
            return;
        case Kind::swap: check_swap(g); return;
        case Kind::spider: check_spider(g); return;
        case Kind::box:
        case Kind::word: return;
    }
}

std::uint32_t Signature::atom(std::string_view name) {
    std::unique_lock const lock(mutex_);
    if (auto const it = atom_ids_.find(name); it != atom_ids_.end()) return it->second;
    auto const id = static_cast<std::uint32_t>(atoms_.size());
    atoms_.emplace_back(name);
    atom_ids_.emplace(name, id);
    return id;
}

std::string const& Signature::atom_name(std::uint32_t atom) const {
    std::shared_lock const lock(mutex_);
    return atoms_.at(atom);
}

std::size_t Signature::n_atoms() const {
    std::shared_lock const lock(mutex_);
    return atoms_.size();
}

std::uint32_t Signature::intern(Generator generator) {
    check(generator);
    std::unique_lock const lock(mutex_);
    if (auto const it = generator_ids_.find(generator); it != generator_ids_.end()) {
        return it->second;
    }
    auto const id = static_cast<std::uint32_t>(generators_.size());
    generators_.push_back(generator);
    generator_ids_.emplace(std::move(generator), id);
    return id;
}

Generator const& Signature::operator[](std::uint32_t generator) const {
    std::shared_lock const lock(mutex_);
    return generators_.at(generator);
}

std::size_t Signature::n_generators() const {
    std::shared_lock const lock(mutex_);
    return generators_.size();
}

std::uint32_t Signature::dagger(std::uint32_t generator) {
    Generator g = (*this)[generator];
    std::swap(g.dom, g.cod);
    g.kind = mirrored(g.kind);
    if (g.kind != Kind::swap && g.kind != Kind::spider) g.is_dagger = !g.is_dagger;
    return intern(std::move(g));
}

std::uint32_t Signature::rotate(std::uint32_t generator, std::int32_t by) {
    Generator const& g = (*this)[generator];
    Generator turned{mirrored(g.kind),   g.name,      adjoint(g.cod, by),
                     adjoint(g.dom, by), g.is_dagger, g.rotation};
    if (g.kind == Kind::box || g.kind == Kind::word) turned.rotation += by;
    return intern(std::move(turned));
}

std::uint32_t Signature::base(std::uint32_t generator) {
    auto const& g = (*this)[generator];
    if (!g.is_dagger && g.rotation == 0) return generator;
    if (g.rotation != 0) return base(rotate(generator, g.rotation > 0 ? -1 : 1));
    return dagger(generator);
}

std::string Signature::print(Type const& type) const {
    if (type.empty()) return "Ty()";
    std::string out;
    for (auto const& [atom, winding] : type) {
        if (!out.empty()) out += " @ ";
        out += atom_name(atom);
        for (std::int32_t k = 0; k < winding; ++k) out += ".r";
        for (std::int32_t k = 0; k > winding; --k) out += ".l";
    }
    return out;
}

}  // namespace monoidal::diagram
