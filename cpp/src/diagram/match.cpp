#include "monoidal/diagram/match.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "monoidal/common/error.hpp"
#include "straighten.hpp"

namespace monoidal::diagram {
namespace {

/// A node's port: its wires above are its first ports, those below the rest.
struct Port {
    std::uint32_t node = kNoNode;
    std::uint32_t port = 0;
    bool operator==(Port const&) const = default;
};

/// A straightened diagram, and the two ends of each of its wires.
struct Ends {
    explicit Ends(Diagram const& diagram) : straight(straighten(diagram)) {
        upper.resize(straight.edges.size());
        lower.resize(straight.edges.size());
        for (std::uint32_t node = 0; node < n_nodes(); ++node) {
            auto const n_dom = static_cast<std::uint32_t>(straight.dom[node].size());
            for (std::uint32_t k = 0; k < n_dom; ++k) lower[straight.dom[node][k]] = {node, k};
            for (std::uint32_t k = 0; k < straight.cod[node].size(); ++k) {
                upper[straight.cod[node][k]] = {node, n_dom + k};
            }
        }
        for (std::uint32_t k = 0; k < straight.top.size(); ++k) {
            upper[straight.top[k]] = {kNoNode, k};
        }
        for (std::uint32_t k = 0; k < straight.bottom.size(); ++k) {
            lower[straight.bottom[k]] = {kNoNode, k};
        }
    }

    [[nodiscard]] std::size_t n_nodes() const { return straight.generator.size(); }
    [[nodiscard]] std::uint32_t n_ports(std::uint32_t node) const {
        return static_cast<std::uint32_t>(straight.dom[node].size() + straight.cod[node].size());
    }
    /// The port at the other end of the wire at a port; at the boundary, of no node.
    [[nodiscard]] Port across(Port p) const {
        auto const n_dom = straight.dom[p.node].size();
        return p.port < n_dom ? upper[straight.dom[p.node][p.port]]
                              : lower[straight.cod[p.node][p.port - n_dom]];
    }

    Straight straight;
    std::vector<Port> upper;
    std::vector<Port> lower;
};

Ends pattern_ends(Diagram const& pattern) {
    Ends ends(pattern);
    if (ends.n_nodes() == 0) throw ShapeError("pattern has no box to look for");
    auto const& edges = ends.straight.edges;
    if (!ends.straight.loops.empty() || std::ranges::any_of(edges, [](Edge const& e) {
            return e.source == kNoNode && e.sink == kNoNode;
        })) {
        throw ShapeError("pattern has a wire that none of its boxes holds");
    }
    return ends;
}

/// A search for a pattern: each of its components has a root, whose place fixes those of the rest.
class Finder {
public:
    Finder(Ends const& pattern, Ends const& host, std::size_t limit)
        : pattern_(pattern),
          host_(host),
          limit_(limit),
          image_(pattern.n_nodes(), kNoNode),
          is_used_(host.n_nodes(), 0) {
        for (std::uint32_t node = 0; node < host.n_nodes(); ++node) {
            of_generator_[host.straight.generator[node]].push_back(node);
        }
        order_components();
    }

    /// Images of the pattern's nodes.
    std::vector<std::vector<std::uint32_t>> run() {
        struct Level {
            std::size_t next = 0;   // the next candidate of this component's root
            std::size_t begin = 0;  // placed nodes before it
        };
        std::vector<Level> levels(1);
        while (!levels.empty() && found_.size() < limit_) {
            auto& level = levels.back();
            undo(level.begin);
            auto const root = roots_[levels.size() - 1];
            auto const& candidates = of_generator_[pattern_.straight.generator[root]];
            if (level.next == candidates.size()) {
                levels.pop_back();
                continue;
            }
            if (!place_component(root, candidates[level.next++])) continue;
            if (levels.size() == roots_.size()) {
                found_.push_back(image_);
            } else {
                levels.push_back({0, placed_.size()});
            }
        }
        return std::move(found_);
    }

private:
    /// The node of each component that the host has fewest of.
    void order_components() {
        std::vector<std::uint8_t> seen(pattern_.n_nodes(), 0);
        for (std::uint32_t first = 0; first < pattern_.n_nodes(); ++first) {
            if (seen[first] != 0) continue;
            seen[first] = 1;
            std::vector<std::uint32_t> nodes{first};
            for (std::size_t k = 0; k < nodes.size(); ++k) {
                for (std::uint32_t p = 0; p < pattern_.n_ports(nodes[k]); ++p) {
                    auto const other = pattern_.across({nodes[k], p}).node;
                    if (other == kNoNode || seen[other] != 0) continue;
                    seen[other] = 1;
                    nodes.push_back(other);
                }
            }
            roots_.push_back(*std::ranges::min_element(nodes, {}, [&](auto node) {
                return of_generator_[pattern_.straight.generator[node]].size();
            }));
        }
    }

    bool place_component(std::uint32_t root, std::uint32_t candidate) {
        auto const begin = placed_.size();
        if (!place(root, candidate)) return false;
        for (auto k = begin; k < placed_.size(); ++k) {
            auto const node = placed_[k];
            for (std::uint32_t p = 0; p < pattern_.n_ports(node); ++p) {
                auto const wanted = pattern_.across({node, p});
                if (wanted.node == kNoNode) continue;
                auto const there = host_.across({image_[node], p});
                if (there.node == kNoNode || there.port != wanted.port) return false;
                if (image_[wanted.node] == there.node) continue;
                if (image_[wanted.node] != kNoNode || !place(wanted.node, there.node)) return false;
            }
        }
        return true;
    }

    bool place(std::uint32_t node, std::uint32_t there) {
        if (is_used_[there] != 0 ||
            host_.straight.generator[there] != pattern_.straight.generator[node]) {
            return false;
        }
        is_used_[there] = 1;
        image_[node] = there;
        placed_.push_back(node);
        return true;
    }

    void undo(std::size_t n_placed) {
        while (placed_.size() > n_placed) {
            is_used_[image_[placed_.back()]] = 0;
            image_[placed_.back()] = kNoNode;
            placed_.pop_back();
        }
    }

    Ends const& pattern_;
    Ends const& host_;
    std::size_t limit_;
    std::vector<std::uint32_t> image_;
    std::vector<std::uint8_t> is_used_;
    std::vector<std::uint32_t> placed_;
    std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> of_generator_;
    std::vector<std::uint32_t> roots_;
    std::vector<std::vector<std::uint32_t>> found_;
};

/// The image of each of the pattern's nodes, checked.
std::vector<std::uint32_t> images(Ends const& pattern, Ends const& host, Match const& match) {
    auto const fail = [] { throw ShapeError("match does not fit the pattern and the diagram"); };
    if (match.size() != pattern.n_nodes()) fail();
    std::unordered_map<std::uint32_t, std::uint32_t> node_at;
    for (std::uint32_t k = 0; k < host.n_nodes(); ++k) node_at[host.straight.layer[k]] = k;
    std::vector<std::uint32_t> image;
    for (auto const layer : match) {
        auto const it = node_at.find(layer);
        if (it == node_at.end()) fail();
        image.push_back(it->second);
    }
    auto sorted = image;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end()) fail();
    for (std::uint32_t node = 0; node < image.size(); ++node) {
        if (host.straight.generator[image[node]] != pattern.straight.generator[node]) fail();
        for (std::uint32_t p = 0; p < pattern.n_ports(node); ++p) {
            auto const wanted = pattern.across({node, p});
            if (wanted.node == kNoNode) continue;
            if (host.across({image[node], p}) != Port{image[wanted.node], wanted.port}) fail();
        }
    }
    return image;
}

/// A straightened diagram under construction, out of parts of others.
class Builder {
public:
    explicit Builder(Straight const& host) : host_(host) {}

    /// Add a node; its wires are joined later.
    std::uint32_t add(Straight const& from, std::uint32_t node, std::uint32_t layer) {
        out_.generator.push_back(from.generator[node]);
        out_.layer.push_back(layer);
        out_.dom.emplace_back(from.dom[node].size());
        out_.cod.emplace_back(from.cod[node].size());
        return static_cast<std::uint32_t>(out_.generator.size() - 1);
    }

    void open_boundary() {
        out_.top.resize(host_.top.size());
        out_.bottom.resize(host_.bottom.size());
        out_.loops = host_.loops;
    }

    /// Lay a wire; at the boundary `source` or `sink` is kNoNode, and the port a place there.
    void lay(Object type, Port source, Port sink, std::uint32_t rank) {
        auto const edge = static_cast<std::uint32_t>(out_.edges.size());
        out_.edges.push_back({type, source.node, sink.node, rank});
        (source.node == kNoNode ? out_.top : out_.cod[source.node])[source.port] = edge;
        (sink.node == kNoNode ? out_.bottom : out_.dom[sink.node])[sink.port] = edge;
    }
    void lay_loop(Object type) { out_.loops.push_back(type); }

    Straight take() { return std::move(out_); }

private:
    Straight const& host_;
    Straight out_;
};

/// One replacement. Wires of the host outside the match, and of the new part, are cut at the
/// match's boundary and joined there: a wire may pass through the boundary any number of times.
class Surgery {
public:
    Surgery(Ends const& pattern, Ends const& host, std::vector<std::uint32_t> const& image,
            Diagram const& by)
        : pattern_(pattern), host_(host), by_(straighten(by)), builder_(host.straight) {
        kept_.assign(host.n_nodes(), 0);
        std::vector<std::uint8_t> is_gone(host.n_nodes(), 0);
        for (auto const node : image) is_gone[node] = 1;
        for (std::uint32_t node = 0; node < host.n_nodes(); ++node) {
            kept_[node] = is_gone[node] != 0
                              ? kNoNode
                              : builder_.add(host.straight, node, host.straight.layer[node]);
        }
        auto const layer = host.straight.layer[image.front()];
        for (std::uint32_t node = 0; node < by_.generator.size(); ++node) {
            added_.push_back(builder_.add(by_, node, layer));
        }
        builder_.open_boundary();
        cut_host(image);
        for (auto const& loop : by_.loops) builder_.lay_loop(loop);
    }

    Straight run() {
        join_outer();
        join_inner();
        join_circles();
        return builder_.take();
    }

private:
    struct Cut {
        std::uint32_t top = kNoNode;     // place on the pattern's domain where this wire ends
        std::uint32_t bottom = kNoNode;  // place on its codomain where it begins
    };

    void cut_host(std::vector<std::uint32_t> const& image) {
        cut_.resize(host_.straight.edges.size());
        auto const& p = pattern_.straight;
        into_.resize(p.top.size());
        from_.resize(p.bottom.size());
        for (std::uint32_t k = 0; k < p.top.size(); ++k) {
            auto const port = pattern_.lower[p.top[k]];
            into_[k] = host_.straight.dom[image[port.node]][port.port];
            cut_[into_[k]].top = k;
        }
        for (std::uint32_t k = 0; k < p.bottom.size(); ++k) {
            auto const port = pattern_.upper[p.bottom[k]];
            auto const n_dom = p.dom[port.node].size();
            from_[k] = host_.straight.cod[image[port.node]][port.port - n_dom];
            cut_[from_[k]].bottom = k;
        }
        passed_.assign(p.bottom.size(), 0);
        sink_at_bottom_.resize(by_.edges.size(), kNoNode);
        for (std::uint32_t k = 0; k < by_.bottom.size(); ++k) sink_at_bottom_[by_.bottom[k]] = k;
    }

    /// From a wire of the host that leaves the outside at the pattern's domain, or stays there, to
    /// where it ends after all.
    Port end_of(std::uint32_t edge) {
        for (;;) {
            if (cut_[edge].top == kNoNode) {
                auto const [sink, port] = host_.lower[edge];
                return {sink == kNoNode ? kNoNode : kept_[sink], port};
            }
            auto const inner = by_.top[cut_[edge].top];
            auto const port = end_of_inner(inner);
            if (port.node != kNoNode) return port;
            passed_[port.port] = 1;
            edge = from_[port.port];
        }
    }

    /// Where a wire of the new part ends: at one of its nodes, or at a place of its codomain.
    Port end_of_inner(std::uint32_t edge) {
        auto const sink = by_.edges[edge].sink;
        if (sink == kNoNode) return {kNoNode, sink_at_bottom_[edge]};
        auto const place = std::ranges::find(by_.dom[sink], edge) - by_.dom[sink].begin();
        return {added_[sink], static_cast<std::uint32_t>(place)};
    }

    void join_outer() {
        auto const& s = host_.straight;
        for (std::uint32_t edge = 0; edge < s.edges.size(); ++edge) {
            if (cut_[edge].bottom != kNoNode) continue;  // begins inside
            auto const source = s.edges[edge].source;
            if (source != kNoNode && kept_[source] == kNoNode) continue;  // is inside
            auto from = host_.upper[edge];
            if (source != kNoNode) {
                from = {kept_[source],
                        from.port - static_cast<std::uint32_t>(s.dom[source].size())};
            }
            builder_.lay(s.edges[edge].type, from, end_of(edge), s.edges[edge].rank);
        }
    }

    void join_inner() {
        std::uint32_t rank = 0;  // about where the match was
        if (!from_.empty()) rank = host_.straight.edges[from_.front()].rank;
        if (!into_.empty()) rank = host_.straight.edges[into_.front()].rank;
        for (std::uint32_t node = 0; node < by_.generator.size(); ++node) {
            for (std::uint32_t k = 0; k < by_.cod[node].size(); ++k) {
                auto const edge = by_.cod[node][k];
                auto end = end_of_inner(edge);
                if (end.node == kNoNode) {
                    passed_[end.port] = 1;
                    end = end_of(from_[end.port]);
                }
                builder_.lay(by_.edges[edge].type, {added_[node], k}, end, rank);
            }
        }
    }

    /// Wires that only run from the codomain round to the domain and straight through.
    void join_circles() {
        for (std::uint32_t k = 0; k < from_.size(); ++k) {
            if (passed_[k] != 0) continue;
            builder_.lay_loop(host_.straight.edges[from_[k]].type);
            auto place = k;
            while (passed_[place] == 0) {
                passed_[place] = 1;
                place = sink_at_bottom_[by_.top[cut_[from_[place]].top]];
            }
        }
    }

    Ends const& pattern_;
    Ends const& host_;
    Straight by_;
    Builder builder_;
    std::vector<std::uint32_t> kept_;   // host node -> new node, or kNoNode
    std::vector<std::uint32_t> added_;  // new part's node -> new node
    std::vector<Cut> cut_;              // of each wire of the host
    std::vector<std::uint32_t> into_;   // pattern's domain -> host wire
    std::vector<std::uint32_t> from_;   // pattern's codomain -> host wire
    std::vector<std::uint8_t> passed_;  // of the pattern's codomain: whether a wire was laid there
    std::vector<std::uint32_t> sink_at_bottom_;
};

}  // namespace

std::vector<Match> find(Diagram const& pattern, Diagram const& host, std::size_t limit) {
    auto const small = pattern_ends(pattern);
    Ends const large(host);
    auto found = Finder(small, large, limit).run();
    for (auto& match : found) {
        for (auto& node : match) node = large.straight.layer[node];
    }
    return found;
}

Diagram replace(Diagram const& pattern, Diagram const& host, Match const& match,
                Diagram const& by) {
    auto const& signature = *host.signature();
    if (by.dom() != pattern.dom() || by.cod() != pattern.cod()) {
        throw TypeMismatch("replacement goes from " + signature.print(by.dom()) + " to " +
                           signature.print(by.cod()) + ", the pattern from " +
                           signature.print(pattern.dom()) + " to " +
                           signature.print(pattern.cod()));
    }
    auto const small = pattern_ends(pattern);
    Ends const large(host);
    auto const image = images(small, large, match);
    auto const straight = Surgery(small, large, image, by).run();
    auto layers = weave(*host.signature(), straight, false);
    if (!has_swap(signature, host.layers()) && has_swap(signature, layers)) {
        auto planar = weave(*host.signature(), straight, true);
        if (planar.size() < layers.size()) layers = std::move(planar);
    }
    return {host.signature(), host.dom(), std::move(layers)};
}

}  // namespace monoidal::diagram
