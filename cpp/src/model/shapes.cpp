#include "monoidal/model/shapes.hpp"

#include <cmath>
#include <map>
#include <string>
#include <unordered_map>

#include "monoidal/common/error.hpp"
#include "monoidal/diagram/graph.hpp"

namespace monoidal::model {
namespace {

using diagram::Generator;
using diagram::Kind;

using Key = std::vector<std::uint32_t>;

/// Numbers generators by everything but their name.
class Forms {
public:
    explicit Forms(diagram::Signature const& signature) : signature_(signature) {}

    std::uint32_t operator()(std::uint32_t generator) {
        if (auto const it = known_.find(generator); it != known_.end()) return it->second;
        Generator form = signature_[generator];
        form.name.clear();
        form.kind = Kind::box;
        auto const [it, is_new] =
            forms_.emplace(std::move(form), static_cast<std::uint32_t>(forms_.size()));
        return known_[generator] = it->second;
    }

private:
    diagram::Signature const& signature_;
    std::unordered_map<std::uint32_t, std::uint32_t> known_;
    std::map<Generator, std::uint32_t> forms_;
};

void append(Key& key, std::vector<std::uint32_t> const& values) {
    key.push_back(static_cast<std::uint32_t>(values.size()));
    key.insert(key.end(), values.begin(), values.end());
}

/// Dimensions whose roots a circuit's normalised bends leave out of its amplitudes.
std::vector<std::uint32_t> normalised_bends(diagram::Diagram const& diagram) {
    std::vector<std::uint32_t> count;
    for (auto const& layer : diagram.layers()) {
        auto const& g = (*diagram.signature())[layer.generator];
        bool const is_bend = g.kind == Kind::cup || g.kind == Kind::cap ||
                             (g.kind == Kind::spider && (g.dom.empty() || g.cod.empty()));
        if (!is_bend) continue;
        auto const atom = (g.dom.empty() ? g.cod : g.dom).front().atom;
        if (atom >= count.size()) count.resize(atom + 1, 0);
        ++count[atom];
    }
    return count;
}

/// Two copies of a network, the second of conjugates, joined at its outputs.
tensor::Network doubled(tensor::Network const& net, std::size_t n_discarded) {
    if (n_discarded > net.output.size()) {
        throw ShapeError("a shape discards " + std::to_string(n_discarded) + " outputs, it has " +
                         std::to_string(net.output.size()));
    }
    tensor::Network out;
    out.dimension = net.dimension;
    out.dimension.insert(out.dimension.end(), net.dimension.begin(), net.dimension.end());
    std::vector<std::uint32_t> bra(net.dimension.size());
    for (std::uint32_t k = 0; k < bra.size(); ++k) {
        bra[k] = k + static_cast<std::uint32_t>(bra.size());
    }
    for (auto const index : net.output) bra[index] = index;
    for (auto const& ket : net.operands) {
        out.operands.push_back(ket);
        auto& other = out.operands.emplace_back();
        for (auto const index : ket) other.push_back(bra[index]);
    }
    out.n_given = 2 * net.n_given;
    out.output = {net.output.begin(), net.output.end() - static_cast<std::ptrdiff_t>(n_discarded)};
    out.scale = net.scale * net.scale;
    return out;
}

}  // namespace

Shapes group(std::span<diagram::Diagram const> diagrams,
             std::span<std::uint64_t const> atom_dimension) {
    Shapes out;
    if (diagrams.empty()) return out;
    auto& signature = *diagrams.front().signature();
    Forms forms(signature);
    std::map<Key, std::uint32_t> known;
    for (auto const& diagram : diagrams) {
        auto const graph = diagram::wire(diagram);
        auto const bends = normalised_bends(diagram);
        Key key;
        for (auto const generator : graph.generator) key.push_back(forms(generator));
        append(key, graph.port_wire);
        append(key, graph.dom_wire);
        append(key, graph.cod_wire);
        append(key, graph.wire_atom);
        append(key, graph.loop_atom);
        append(key, bends);
        auto const [it, is_new] =
            known.emplace(std::move(key), static_cast<std::uint32_t>(out.networks.size()));
        if (is_new) {
            out.networks.push_back(tensor::network(graph, signature, atom_dimension));
            out.operands.push_back(graph.generator);
            double exponent = 0.0;
            for (std::size_t atom = 0; atom < bends.size(); ++atom) {
                if (bends[atom] == 0) continue;
                exponent -= bends[atom] * std::log2(static_cast<double>(atom_dimension[atom]));
            }
            out.log2_success.push_back(exponent);
        }
        out.shape_of.push_back(it->second);
        for (auto const generator : graph.generator) out.words.push_back(signature.base(generator));
    }
    return out;
}

Shapes doubled(Shapes const& shapes, std::span<std::uint64_t const> hidden,
               std::vector<bool> const& is_fed, std::span<std::uint32_t const> discarded) {
    std::size_t n_operands = 0;
    for (auto const& listed : shapes.operands) n_operands += listed.size();
    if (shapes.mixed || hidden.size() != n_operands || is_fed.size() != n_operands ||
        discarded.size() != shapes.networks.size()) {
        throw ShapeError("doubling takes pure shapes, a number for each of their " +
                         std::to_string(n_operands) + " operands, and one a shape, got " +
                         std::to_string(hidden.size()) + " and " +
                         std::to_string(discarded.size()));
    }
    Shapes out = shapes;
    out.mixed = true;
    std::size_t place = 0;
    for (std::size_t s = 0; s < shapes.networks.size(); ++s) {
        auto net = shapes.networks[s];
        std::size_t n_discarded = discarded[s];
        for (std::size_t k = 0; k < net.n_given; ++k, ++place) {
            if (hidden[place] < 2) continue;
            auto const index = static_cast<std::uint32_t>(net.dimension.size());
            net.dimension.push_back(hidden[place]);
            net.operands[k].push_back(index);
            net.output.push_back(index);
            ++n_discarded;
            if (is_fed[place]) out.log2_success[s] -= std::log2(static_cast<double>(hidden[place]));
        }
        out.networks[s] = doubled(net, n_discarded);
        auto& operands = out.operands[s];
        operands.clear();
        for (auto const generator : shapes.operands[s])
            operands.insert(operands.end(), 2, generator);
    }
    out.words.clear();
    for (auto const word : shapes.words) out.words.insert(out.words.end(), 2, word);
    return out;
}

}  // namespace monoidal::model
