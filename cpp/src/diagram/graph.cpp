#include "monoidal/diagram/graph.hpp"

#include <algorithm>
#include <numeric>

#include "monoidal/diagram/row.hpp"

namespace monoidal::diagram {
namespace {

constexpr auto kUnnumbered = static_cast<std::uint32_t>(-1);

/// Pieces of wire, joined where a bend or a spider makes them one.
class Pieces {
public:
    std::uint32_t add(std::uint32_t atom) {
        parent_.push_back(static_cast<std::uint32_t>(parent_.size()));
        atom_.push_back(atom);
        return parent_.back();
    }
    std::uint32_t find(std::uint32_t piece) {
        while (parent_[piece] != piece) {
            parent_[piece] = parent_[parent_[piece]];
            piece = parent_[piece];
        }
        return piece;
    }
    void join(std::uint32_t a, std::uint32_t b) { parent_[find(b)] = find(a); }
    [[nodiscard]] std::size_t size() const { return parent_.size(); }
    [[nodiscard]] std::uint32_t atom(std::uint32_t piece) const { return atom_[piece]; }

private:
    std::vector<std::uint32_t> parent_;
    std::vector<std::uint32_t> atom_;
};

/// Reads one layer. `ports` collects the pieces at the ports of boxes and words.
void read_layer(Generator const& g, Row<std::uint32_t>& row, Pieces& pieces,
                std::vector<std::uint32_t>& ports) {
    switch (g.kind) {
        case Kind::cup:
            pieces.join(row.right(0), row.right(1));
            row.drop_right(2);
            return;
        case Kind::cap: {
            auto const piece = pieces.add(g.cod[0].atom);
            row.push_left(piece);
            row.push_left(piece);
            return;
        }
        case Kind::swap: {
            auto const [a, b] = std::pair(row.right(0), row.right(1));
            row.drop_right(2);
            row.push_left(b);
            row.push_left(a);
            return;
        }
        case Kind::spider: {
            auto const atom = g.dom.empty() ? g.cod[0].atom : g.dom[0].atom;
            auto const piece = pieces.add(atom);
            for (std::size_t k = 0; k < g.dom.size(); ++k) pieces.join(piece, row.right(k));
            row.drop_right(g.dom.size());
            for (std::size_t k = 0; k < g.cod.size(); ++k) row.push_left(piece);
            return;
        }
        case Kind::box:
        case Kind::word:
            for (std::size_t k = 0; k < g.dom.size(); ++k) ports.push_back(row.right(k));
            row.drop_right(g.dom.size());
            for (auto const& object : g.cod) {
                auto const piece = pieces.add(object.atom);
                row.push_left(piece);
                ports.push_back(piece);
            }
            return;
    }
}

/// Gives the wires their numbers, in order of their first end.
class Numbering {
public:
    explicit Numbering(Pieces& pieces) : pieces_(pieces), number_(pieces.size(), kUnnumbered) {}

    std::vector<std::uint32_t> number(std::vector<std::uint32_t> ends) {
        for (auto& end : ends) {
            auto const root = pieces_.find(end);
            if (number_[root] == kUnnumbered) {
                number_[root] = static_cast<std::uint32_t>(atoms_.size());
                atoms_.push_back(pieces_.atom(root));
            }
            end = number_[root];
        }
        return ends;
    }

    [[nodiscard]] std::vector<std::uint32_t> loops() {
        std::vector<std::uint32_t> atoms;
        for (std::uint32_t p = 0; p < pieces_.size(); ++p) {
            if (pieces_.find(p) == p && number_[p] == kUnnumbered) atoms.push_back(pieces_.atom(p));
        }
        return atoms;
    }
    [[nodiscard]] std::vector<std::uint32_t> const& atoms() const { return atoms_; }

private:
    Pieces& pieces_;
    std::vector<std::uint32_t> number_;
    std::vector<std::uint32_t> atoms_;
};

/// wire -> the nodes at its ends, as two flat arrays.
struct EndLists {
    std::vector<std::uint32_t> begin;
    std::vector<std::uint32_t> node;
};

EndLists ends_of(Graph const& graph) {
    EndLists ends{std::vector<std::uint32_t>(graph.n_wires() + 1, 0),
                  std::vector<std::uint32_t>(graph.port_wire.size())};
    for (auto const wire : graph.port_wire) ++ends.begin[wire + 1];
    std::partial_sum(ends.begin.begin(), ends.begin.end(), ends.begin.begin());
    auto next = ends.begin;
    for (std::uint32_t node = 0; node < graph.n_nodes(); ++node) {
        for (auto p = graph.port_begin[node]; p < graph.port_begin[node + 1]; ++p) {
            ends.node[next[graph.port_wire[p]]++] = node;
        }
    }
    return ends;
}

}  // namespace

Graph wire(Diagram const& diagram) {
    auto const& signature = *diagram.signature();
    Pieces pieces;
    std::vector<std::uint32_t> top;
    for (auto const& object : diagram.dom()) top.push_back(pieces.add(object.atom));
    Row<std::uint32_t> row(top);
    Graph graph;
    graph.port_begin.push_back(0);
    for (auto const& layer : diagram.layers()) {
        auto const& g = signature[layer.generator];
        row.seek(layer.offset);
        read_layer(g, row, pieces, graph.port_wire);
        if (g.kind == Kind::box || g.kind == Kind::word) {
            graph.generator.push_back(layer.generator);
            graph.port_begin.push_back(static_cast<std::uint32_t>(graph.port_wire.size()));
        }
    }
    Numbering numbering(pieces);
    graph.port_wire = numbering.number(std::move(graph.port_wire));
    graph.dom_wire = numbering.number(std::move(top));
    graph.cod_wire = numbering.number(row.wires());
    graph.wire_atom = numbering.atoms();
    graph.loop_atom = numbering.loops();
    return graph;
}

std::vector<std::uint32_t> own_ports(Generator const& g, std::vector<std::uint32_t> ports) {
    if (g.rotation % 2 != 0) std::ranges::reverse(ports);
    if (g.is_dagger) {
        // The ports are (codomain, domain) of the named box; after an odd turn, of its mirror
        // image, which read backwards is (domain, codomain) of a daggered box: the same halves.
        auto const n_first = g.rotation % 2 != 0 ? g.cod.size() : g.dom.size();
        std::rotate(ports.begin(), ports.begin() + static_cast<std::ptrdiff_t>(n_first),
                    ports.end());
    }
    return ports;
}

std::vector<std::uint8_t> turned_nodes(Graph const& graph) {
    auto const ends = ends_of(graph);
    std::vector<std::uint8_t> boundary_wire(graph.n_wires(), 0);
    for (auto const wire : graph.dom_wire) boundary_wire[wire] = 1;
    for (auto const wire : graph.cod_wire) boundary_wire[wire] = 1;
    std::vector<std::uint8_t> turned(graph.n_nodes(), 0);
    std::vector<std::uint8_t> seen(graph.n_nodes(), 0);
    std::vector<std::uint32_t> queue;
    auto const visit = [&](std::uint32_t node, std::uint8_t value) {
        if (seen[node] != 0) return;
        seen[node] = 1;
        turned[node] = value;
        queue.push_back(node);
    };
    for (std::uint32_t wire = 0; wire < graph.n_wires(); ++wire) {
        if (boundary_wire[wire] == 0) continue;
        for (auto e = ends.begin[wire]; e < ends.begin[wire + 1]; ++e) visit(ends.node[e], 0);
    }
    std::size_t head = 0;
    for (std::uint32_t root = 0; root <= graph.n_nodes(); ++root) {
        for (; head < queue.size(); ++head) {
            auto const node = queue[head];
            for (auto p = graph.port_begin[node]; p < graph.port_begin[node + 1]; ++p) {
                auto const wire = graph.port_wire[p];
                if (ends.begin[wire + 1] - ends.begin[wire] != 2) continue;
                for (auto e = ends.begin[wire]; e < ends.begin[wire + 1]; ++e) {
                    visit(ends.node[e], turned[node] == 0 ? 1 : 0);
                }
            }
        }
        if (root < graph.n_nodes()) visit(root, 0);
    }
    return turned;
}

}  // namespace monoidal::diagram
