#include "monoidal/diagram/diagram.hpp"

#include <algorithm>
#include <string>

#include "monoidal/common/error.hpp"
#include "monoidal/diagram/row.hpp"

namespace monoidal::diagram {
namespace {

std::string describe(Generator const& g) {
    static constexpr char const* kNames[] = {"box", "word", "cup", "cap", "swap", "spider"};
    std::string const kind = kNames[static_cast<int>(g.kind)];
    return g.name.empty() ? kind : kind + " '" + g.name + "'";
}

[[noreturn]] void throw_layer(Signature const& signature, std::size_t index, Layer layer,
                              Row<Object>& row) {
    auto const& g = signature[layer.generator];
    auto const wires = row.wires();
    auto const begin = std::min<std::size_t>(layer.offset, wires.size());
    auto const end = std::min(begin + g.dom.size(), wires.size());
    Type const found(wires.begin() + static_cast<std::ptrdiff_t>(begin),
                     wires.begin() + static_cast<std::ptrdiff_t>(end));
    throw TypeMismatch("layer " + std::to_string(index) + ", " + describe(g) + " at offset " +
                       std::to_string(layer.offset) + ": the wires there are " +
                       signature.print(found) + ", its domain is " + signature.print(g.dom));
}

/// Read the layers from top to bottom; returns the codomain.
Type read_layers(Signature const& signature, Type const& dom, std::vector<Layer> const& layers) {
    Row<Object> row(dom);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        auto const& g = signature[layers[i].generator];
        if (layers[i].offset > row.size() || row.size() - layers[i].offset < g.dom.size()) {
            throw_layer(signature, i, layers[i], row);
        }
        row.seek(layers[i].offset);
        for (std::size_t k = 0; k < g.dom.size(); ++k) {
            if (row.right(k) != g.dom[k]) throw_layer(signature, i, layers[i], row);
        }
        row.drop_right(g.dom.size());
        for (auto const& object : g.cod) row.push_left(object);
    }
    return row.wires();
}

/// The width of the row before each layer, and after the last.
std::vector<std::uint32_t> widths(Diagram const& diagram) {
    auto const& signature = *diagram.signature();
    auto width = static_cast<std::uint32_t>(diagram.dom().size());
    std::vector<std::uint32_t> out{width};
    out.reserve(diagram.layers().size() + 1);
    for (auto const& layer : diagram.layers()) {
        auto const& g = signature[layer.generator];
        width += static_cast<std::uint32_t>(g.cod.size());
        width -= static_cast<std::uint32_t>(g.dom.size());
        out.push_back(width);
    }
    return out;
}

void check_meets(Diagram const& above, Diagram const& below, std::size_t index) {
    auto const& cod = above.cod();
    auto const& dom = below.dom();
    if (cod == dom) return;
    auto const n = std::min(cod.size(), dom.size());
    std::size_t k = 0;
    while (k < n && cod[k] == dom[k]) ++k;
    auto const& signature = *above.signature();
    auto const at = [&](Type const& type) {
        return k < type.size() ? signature.print({type[k]}) : std::string("missing");
    };
    throw TypeMismatch("cannot compose part " + std::to_string(index) + " with part " +
                       std::to_string(index + 1) + ": codomain " + signature.print(cod) +
                       " is not domain " + signature.print(dom) + "; wire " + std::to_string(k) +
                       " is " + at(cod) + " above and " + at(dom) + " below");
}

void check_one_signature(std::span<Diagram const> parts) {
    if (parts.empty()) throw ShapeError("parts is empty, expected at least one diagram");
    for (auto const& part : parts) {
        if (part.signature() != parts.front().signature()) {
            throw TypeMismatch("diagrams over different signatures cannot be put together");
        }
    }
}

std::size_t total_layers(std::span<Diagram const> parts) {
    std::size_t total = 0;
    for (auto const& part : parts) total += part.layers().size();
    return total;
}

}  // namespace

Diagram::Diagram(std::shared_ptr<Signature> signature, Type dom, std::vector<Layer> layers)
    : signature_(std::move(signature)),
      dom_(std::move(dom)),
      cod_(read_layers(*signature_, dom_, layers)),
      layers_(std::move(layers)) {}

Diagram::Diagram(Trusted, std::shared_ptr<Signature> signature, Type dom, Type cod,
                 std::vector<Layer> layers)
    : signature_(std::move(signature)),
      dom_(std::move(dom)),
      cod_(std::move(cod)),
      layers_(std::move(layers)) {}

Diagram Diagram::identity(std::shared_ptr<Signature> signature, Type type) {
    auto cod = type;
    return {Trusted{}, std::move(signature), std::move(type), std::move(cod), {}};
}

Diagram Diagram::of(std::shared_ptr<Signature> signature, std::uint32_t generator) {
    auto const& g = (*signature)[generator];
    return {Trusted{}, std::move(signature), g.dom, g.cod, {{generator, 0}}};
}

Diagram Diagram::pregroup(std::shared_ptr<Signature> signature,
                          std::span<std::uint32_t const> words,
                          std::span<std::uint32_t const> links) {
    std::vector<Layer> layers;
    Type wires;
    for (auto const word : words) {
        auto const& g = (*signature)[word];
        if (!g.dom.empty()) throw TypeMismatch(describe(g) + " must have an empty domain");
        layers.push_back({word, static_cast<std::uint32_t>(wires.size())});
        wires.insert(wires.end(), g.cod.begin(), g.cod.end());
    }
    constexpr auto kOpen = static_cast<std::uint32_t>(-1);
    std::vector<std::uint32_t> partner(wires.size(), kOpen);
    for (std::size_t k = 0; k + 1 < links.size(); k += 2) {
        auto const [i, j] = std::pair(links[k], links[k + 1]);
        auto const text = "link (" + std::to_string(i) + ", " + std::to_string(j) + ")";
        if (i >= j || j >= wires.size()) {
            throw ShapeError(text + " must have i < j < " + std::to_string(wires.size()));
        }
        if (partner[i] != kOpen || partner[j] != kOpen) {
            throw TypeMismatch(text + " uses a wire that another link has");
        }
        partner[i] = j;
        partner[j] = i;
    }
    std::vector<std::uint32_t> open;
    for (std::uint32_t j = 0; j < wires.size(); ++j) {
        if (partner[j] == kOpen || partner[j] > j) {
            open.push_back(j);
            continue;
        }
        if (open.back() != partner[j]) {
            throw TypeMismatch("link (" + std::to_string(partner[j]) + ", " + std::to_string(j) +
                               ") crosses wire " + std::to_string(open.back()));
        }
        open.pop_back();
        layers.push_back(
            {signature->intern(
                 {.kind = Kind::cup, .name = {}, .dom = {wires[partner[j]], wires[j]}, .cod = {}}),
             static_cast<std::uint32_t>(open.size())});
    }
    Type cod;
    for (auto const j : open) cod.push_back(wires[j]);
    return {Trusted{}, std::move(signature), {}, std::move(cod), std::move(layers)};
}

Diagram Diagram::dagger() const {
    std::vector<Layer> layers;
    layers.reserve(layers_.size());
    for (auto it = layers_.rbegin(); it != layers_.rend(); ++it) {
        layers.push_back({signature_->dagger(it->generator), it->offset});
    }
    return {Trusted{}, signature_, cod_, dom_, std::move(layers)};
}

Diagram Diagram::rotate(std::int32_t by) const {
    auto const width = widths(*this);
    std::vector<Layer> layers;
    layers.reserve(layers_.size());
    for (std::size_t i = layers_.size(); i-- > 0;) {
        auto const n_cod = (*signature_)[layers_[i].generator].cod.size();
        auto const offset = width[i + 1] - layers_[i].offset - static_cast<std::uint32_t>(n_cod);
        layers.push_back({signature_->rotate(layers_[i].generator, by), offset});
    }
    return {Trusted{}, signature_, adjoint(cod_, by), adjoint(dom_, by), std::move(layers)};
}

bool Diagram::operator==(Diagram const& other) const {
    return signature_ == other.signature_ && dom_ == other.dom_ && cod_ == other.cod_ &&
           layers_ == other.layers_;
}

Diagram compose(std::span<Diagram const> parts) {
    check_one_signature(parts);
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) check_meets(parts[i], parts[i + 1], i);
    std::vector<Layer> layers;
    layers.reserve(total_layers(parts));
    for (auto const& part : parts) {
        layers.insert(layers.end(), part.layers().begin(), part.layers().end());
    }
    auto const& first = parts.front();
    return {Diagram::Trusted{}, first.signature(), first.dom(), parts.back().cod(),
            std::move(layers)};
}

Diagram tensor(std::span<Diagram const> parts) {
    check_one_signature(parts);
    Type dom;
    Type cod;
    std::vector<Layer> layers;
    layers.reserve(total_layers(parts));
    for (auto const& part : parts) {
        auto const shift = static_cast<std::uint32_t>(cod.size());
        for (auto const& layer : part.layers()) {
            layers.push_back({layer.generator, layer.offset + shift});
        }
        dom.insert(dom.end(), part.dom().begin(), part.dom().end());
        cod.insert(cod.end(), part.cod().begin(), part.cod().end());
    }
    return {Diagram::Trusted{}, parts.front().signature(), std::move(dom), std::move(cod),
            std::move(layers)};
}

}  // namespace monoidal::diagram
