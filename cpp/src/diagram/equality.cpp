#include "monoidal/diagram/equality.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>

#include "monoidal/diagram/graph.hpp"
#include "refinement.hpp"

namespace monoidal::diagram {
namespace {

constexpr auto kNone = static_cast<std::uint32_t>(-1);

using Numbers = std::vector<std::uint32_t>;

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
    seed ^= value + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2);
    seed *= 0xff51afd7ed558ccdULL;
    return seed ^ (seed >> 33);
}

/// A graph whose nodes are named boxes, their ports in the named box's own order.
struct Wiring {
    Graph graph;
    Numbers label;  ///< of each node: the named box, and whether it is daggered
    std::vector<std::uint32_t> end_begin;  ///< wire -> its ends at nodes
    Numbers end_node;
    Numbers end_port;

    [[nodiscard]] std::size_t n_nodes() const { return graph.n_nodes(); }
    [[nodiscard]] std::size_t n_wires() const { return graph.n_wires(); }
};

/// Looks each generator up once.
class Labels {
public:
    explicit Labels(Signature& signature) : signature_(signature) {}

    std::uint32_t operator()(std::uint32_t generator) {
        auto const [it, is_new] = known_.emplace(generator, 0);
        if (is_new) {
            it->second = 2 * signature_.base(generator) +
                         static_cast<std::uint32_t>(signature_[generator].is_dagger);
        }
        return it->second;
    }

private:
    Signature& signature_;
    std::unordered_map<std::uint32_t, std::uint32_t> known_;
};

Wiring wiring(Diagram const& diagram) {
    auto& signature = *diagram.signature();
    Wiring w{wire(diagram), {}, {}, {}, {}};
    auto& g = w.graph;
    Labels labels(signature);
    for (std::size_t node = 0; node < g.n_nodes(); ++node) {
        w.label.push_back(labels(g.generator[node]));
        auto const& box = signature[g.generator[node]];
        if (!box.is_dagger && box.rotation % 2 == 0) continue;
        auto const begin = g.port_wire.begin() + g.port_begin[node];
        auto const end = g.port_wire.begin() + g.port_begin[node + 1];
        std::ranges::copy(own_ports(box, {begin, end}), begin);
    }
    w.end_begin.assign(g.n_wires() + 1, 0);
    for (auto const wire : g.port_wire) ++w.end_begin[wire + 1];
    std::partial_sum(w.end_begin.begin(), w.end_begin.end(), w.end_begin.begin());
    w.end_node.resize(g.port_wire.size());
    w.end_port.resize(g.port_wire.size());
    auto next = w.end_begin;
    for (std::uint32_t node = 0; node < g.n_nodes(); ++node) {
        for (auto p = g.port_begin[node]; p < g.port_begin[node + 1]; ++p) {
            auto const at = next[g.port_wire[p]]++;
            w.end_node[at] = node;
            w.end_port[at] = p - g.port_begin[node];
        }
    }
    std::ranges::sort(g.loop_atom);
    return w;
}

/// The walk from the boundary: wires and nodes in the order in which it meets them, and what it
/// sees. A wire leads to a node where no other end of it looks alike.
struct Walk {
    Numbers node;  ///< number of each node, kNone where the walk does not lead there
    Numbers wire;
    Numbers seen;
    std::uint32_t n_nodes = 0;
    std::uint32_t n_wires = 0;
};

class Walker {
public:
    explicit Walker(Wiring const& wiring) : w_(wiring) {
        walk_.node.assign(w_.n_nodes(), kNone);
        walk_.wire.assign(w_.n_wires(), kNone);
    }

    Walk run() {
        for (auto const wire : w_.graph.dom_wire) meet(wire);
        for (auto const wire : w_.graph.cod_wire) meet(wire);
        for (std::size_t k = 0; k < queue_.size(); ++k) follow(queue_[k]);
        return std::move(walk_);
    }

private:
    void meet(std::uint32_t wire) {
        if (walk_.wire[wire] == kNone) {
            walk_.wire[wire] = walk_.n_wires++;
            walk_.seen.push_back(w_.graph.wire_atom[wire]);
            walk_.seen.push_back(w_.end_begin[wire + 1] - w_.end_begin[wire]);
            queue_.push_back(wire);
        }
        walk_.seen.push_back(walk_.wire[wire]);
    }

    void follow(std::uint32_t wire) {
        ends_.clear();
        for (auto e = w_.end_begin[wire]; e < w_.end_begin[wire + 1]; ++e) {
            if (walk_.node[w_.end_node[e]] == kNone) ends_.push_back(e);
        }
        auto const key = [&](std::uint32_t e) {
            return std::pair(w_.label[w_.end_node[e]], w_.end_port[e]);
        };
        std::ranges::sort(ends_, {}, key);
        for (std::size_t k = 0; k < ends_.size(); ++k) {
            bool const has_twin = (k > 0 && key(ends_[k - 1]) == key(ends_[k])) ||
                                  (k + 1 < ends_.size() && key(ends_[k + 1]) == key(ends_[k]));
            if (!has_twin) meet_node(w_.end_node[ends_[k]]);
        }
    }

    void meet_node(std::uint32_t node) {
        if (walk_.node[node] != kNone) return;
        walk_.node[node] = walk_.n_nodes++;
        walk_.seen.push_back(w_.label[node]);
        for (auto p = w_.graph.port_begin[node]; p < w_.graph.port_begin[node + 1]; ++p) {
            meet(w_.graph.port_wire[p]);
        }
    }

    Wiring const& w_;
    Walk walk_;
    Numbers queue_;
    Numbers ends_;
};

/// Nodes, then wires, as vertices of one graph; an edge a port.
Incidence incidence(Wiring const& w) {
    auto const n = static_cast<std::uint32_t>(w.n_nodes());
    Incidence out;
    auto const& g = w.graph;
    out.begin.assign(g.port_begin.begin(), g.port_begin.end());
    for (std::uint32_t node = 0; node < n; ++node) {
        for (auto p = g.port_begin[node]; p < g.port_begin[node + 1]; ++p) {
            out.label.push_back(p - g.port_begin[node]);
            out.other.push_back(n + g.port_wire[p]);
        }
    }
    out.label.insert(out.label.end(), w.end_port.begin(), w.end_port.end());
    out.other.insert(out.other.end(), w.end_node.begin(), w.end_node.end());
    auto const first = static_cast<std::uint32_t>(g.port_wire.size());
    for (std::size_t wire = 1; wire <= w.n_wires(); ++wire) {
        out.begin.push_back(first + w.end_begin[wire]);
    }
    return out;
}

/// What is known of each vertex before refinement, as pairs: where the walk met it, or its looks.
std::vector<std::uint64_t> looks(Wiring const& w, Walk const& walk) {
    constexpr std::uint64_t kMet = 1ULL << 62;
    constexpr std::uint64_t kWire = 1ULL << 61;
    std::vector<std::uint64_t> out;
    for (std::size_t node = 0; node < w.n_nodes(); ++node) {
        out.push_back(walk.node[node] != kNone ? kMet | walk.node[node] : w.label[node]);
    }
    for (std::size_t wire = 0; wire < w.n_wires(); ++wire) {
        std::uint64_t const n_ends = w.end_begin[wire + 1] - w.end_begin[wire];
        out.push_back(kWire |
                      (walk.wire[wire] != kNone ? kMet | walk.wire[wire]
                                                : (n_ends << 30) ^ w.graph.wire_atom[wire]));
    }
    return out;
}

/// The same numbers for the same looks in both graphs.
std::array<Numbers, 2> colours(std::array<std::vector<std::uint64_t>, 2> const& looks) {
    std::vector<std::uint64_t> all(looks[0]);
    all.insert(all.end(), looks[1].begin(), looks[1].end());
    std::ranges::sort(all);
    all.erase(std::ranges::unique(all).begin(), all.end());
    std::array<Numbers, 2> out;
    for (std::size_t side = 0; side < 2; ++side) {
        for (auto const look : looks[side]) {
            out[side].push_back(
                static_cast<std::uint32_t>(std::ranges::lower_bound(all, look) - all.begin()));
        }
    }
    return out;
}

/// A sum over the nodes that the walk does not meet, of their looks and their neighbours'.
std::uint64_t unordered_hash(Wiring const& w, Walk const& walk) {
    auto const& g = w.graph;
    auto const all = looks(w, walk);
    std::vector<std::uint64_t> node(all.begin(),
                                    all.begin() + static_cast<std::ptrdiff_t>(w.n_nodes()));
    for (int round = 0; round < 2; ++round) {
        std::vector<std::uint64_t> wire(all.begin() + static_cast<std::ptrdiff_t>(w.n_nodes()),
                                        all.end());
        for (std::size_t e = 0, k = 0; k < w.n_wires(); ++k) {
            std::uint64_t sum = 0;
            for (; e < w.end_begin[k + 1]; ++e) sum += mix(node[w.end_node[e]], w.end_port[e]);
            wire[k] = mix(wire[k], sum);
        }
        for (std::size_t k = 0; k < w.n_nodes(); ++k) {
            for (auto p = g.port_begin[k]; p < g.port_begin[k + 1]; ++p) {
                node[k] = mix(node[k], wire[g.port_wire[p]]);
            }
        }
    }
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < w.n_nodes(); ++k) {
        if (walk.node[k] == kNone) sum += mix(node[k], 0);
    }
    return sum;
}

}  // namespace

bool are_equal(Diagram const& a, Diagram const& b) {
    if (a.signature() != b.signature() || a.dom() != b.dom() || a.cod() != b.cod()) return false;
    if (a.layers() == b.layers()) return true;
    std::array const w{wiring(a), wiring(b)};
    if (w[0].n_nodes() != w[1].n_nodes() || w[0].n_wires() != w[1].n_wires() ||
        w[0].graph.loop_atom != w[1].graph.loop_atom) {
        return false;
    }
    std::array const walks{Walker(w[0]).run(), Walker(w[1]).run()};
    if (walks[0].seen != walks[1].seen) return false;
    if (walks[0].n_nodes == w[0].n_nodes()) return true;
    return are_isomorphic({incidence(w[0]), incidence(w[1])},
                          colours({looks(w[0], walks[0]), looks(w[1], walks[1])}));
}

std::uint64_t hash(Diagram const& diagram) {
    auto const w = wiring(diagram);
    auto const walk = Walker(w).run();
    std::uint64_t out = mix(w.n_nodes(), w.n_wires());
    for (auto const& type : {diagram.dom(), diagram.cod()}) {
        for (auto const& object : type) {
            out = mix(mix(out, object.atom), static_cast<std::uint32_t>(object.winding));
        }
        out = mix(out, type.size());
    }
    for (auto const atom : w.graph.loop_atom) out = mix(out, atom);
    for (auto const value : walk.seen) out = mix(out, value);
    if (walk.n_nodes != w.n_nodes()) out = mix(out, unordered_hash(w, walk));
    return out;
}

}  // namespace monoidal::diagram
