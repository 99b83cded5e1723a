#include <algorithm>
#include <numeric>
#include <utility>

#include "monoidal/diagram/row.hpp"
#include "straighten.hpp"

namespace monoidal::diagram {
namespace {

/// Puts the nodes of a straightened diagram one under another. A node is placed when all above it
/// are; a state is placed beside the wires that it will meet, so that a planar diagram needs no
/// swap.
class Weaver {
public:
    Weaver(Straight& straight, Signature& signature, bool is_planar)
        : straight_(straight),
          signature_(signature),
          is_planar_(is_planar),
          row_(straight.top),
          state_(straight.generator.size(), State::waiting),
          in_row_(straight.edges.size(), false) {
        for (auto const edge : straight.top) in_row_[edge] = true;
    }

    std::vector<Layer> run() {
        for (auto const& type : straight_.loops) lay_loop(type);
        for (auto const node : from_top_to_bottom()) {
            bool const is_scalar = straight_.dom[node].empty() && straight_.cod[node].empty();
            // Without swaps every state has its place, between the wires of those around it.
            if (is_planar_ || is_scalar || !straight_.dom[node].empty()) place(node);
        }
        for (std::uint32_t k = 0; k < straight_.bottom.size(); ++k) {
            demand(kNoNode, k);
            place_all();
        }
        gather(straight_.bottom, 0);
        return std::move(layers_);
    }

private:
    enum class State : std::uint8_t { waiting, open, placed };
    struct Frame {
        std::uint32_t node;
        std::uint32_t next;    // the next of its domain's wires to see to
        std::size_t position;  // where a state goes
    };

    [[nodiscard]] std::vector<std::uint32_t> from_top_to_bottom() const {
        std::vector<std::uint32_t> nodes(straight_.generator.size());
        std::iota(nodes.begin(), nodes.end(), 0U);
        std::ranges::stable_sort(nodes, {}, [&](auto node) { return straight_.layer[node]; });
        return nodes;
    }

    void place(std::uint32_t node) {
        if (state_[node] != State::waiting) return;
        bool const is_state = straight_.dom[node].empty() && !straight_.cod[node].empty();
        open(node, is_state ? by_rank(straight_.cod[node].front()) : 0);
        place_all();
    }

    void open(std::uint32_t node, std::size_t position) {
        state_[node] = State::open;
        stack_.push_back({node, 0, position});
    }

    void place_all() {
        while (!stack_.empty()) {
            auto const [node, next, position] = stack_.back();
            if (next < straight_.dom[node].size()) {
                ++stack_.back().next;
                demand(node, next);
                continue;
            }
            stack_.pop_back();
            emit(node, position);
        }
    }

    /// The wires that end at a node, or at the codomain.
    std::vector<std::uint32_t>& wires_into(std::uint32_t node) {
        return node == kNoNode ? straight_.bottom : straight_.dom[node];
    }

    /// Make sure that what is above wire `k` into `node` is placed, or break the circle where its
    /// wires run in one.
    void demand(std::uint32_t node, std::uint32_t k) {
        auto const edge = wires_into(node)[k];
        if (in_row_[edge]) return;
        auto const source = straight_.edges[edge].source;
        if (state_[source] == State::waiting) {
            bool const is_state = straight_.dom[source].empty();
            open(source, is_state ? beside(wires_into(node), k) : 0);
        } else if (state_[source] == State::open) {
            break_circle(source);
        }
    }

    /// The node that was there first keeps its place, so that a second time changes nothing.
    void break_circle(std::uint32_t first) {
        while (stack_.back().node != first) {
            state_[stack_.back().node] = State::waiting;
            stack_.pop_back();
        }
        cut(first, stack_.back().next - 1);
    }

    /// Where a state goes whose wire is `wires[k]` of the node below.
    std::size_t beside(std::vector<std::uint32_t> const& wires, std::uint32_t k) {
        if (k > 0) return row_.find(wires[k - 1]) + 1;
        for (std::size_t later = k + 1; later < wires.size(); ++later) {
            if (in_row_[wires[later]]) return row_.find(wires[later]);
        }
        return by_rank(wires[k]);
    }

    /// Where a wire belongs by where it stood in the diagram.
    std::size_t by_rank(std::uint32_t edge_there) {
        auto const rank = straight_.edges[edge_there].rank;
        auto const rank_of = [&](std::uint32_t edge) { return straight_.edges[edge].rank; };
        std::size_t position = row_.n_left();
        while (position > 0 && rank_of(row_.left(row_.n_left() - position)) > rank) --position;
        if (position < row_.n_left()) return position;
        std::size_t right = 0;
        while (right < row_.n_right() && rank_of(row_.right(right)) < rank) ++right;
        return position + right;
    }

    /// A wire from a node to one above it goes round by a cap and a cup.
    void cut(std::uint32_t node, std::uint32_t k) {
        auto const back = wires_into(node)[k];
        auto const type = straight_.edges[back].type;
        auto const rank = straight_.edges[back].rank;
        Object const turned{type.atom, type.winding + 1};
        auto const cap = add_node({Kind::cap, {}, {}, {turned, type}});
        auto const cup = add_node({Kind::cup, {}, {type, turned}, {}});
        auto const up = add_edge({turned, cap, cup, rank});
        auto const down = add_edge({type, cap, node, rank});
        straight_.cod[cap] = {up, down};
        straight_.dom[cup] = {back, up};
        straight_.edges[back].sink = cup;
        wires_into(node)[k] = down;
        late_.push_back(cup);
        open(cap, beside(wires_into(node), k));
    }

    std::uint32_t add_node(Generator g) {
        straight_.generator.push_back(signature_.intern(std::move(g)));
        straight_.dom.emplace_back();
        straight_.cod.emplace_back();
        state_.push_back(State::waiting);
        return static_cast<std::uint32_t>(straight_.generator.size() - 1);
    }

    std::uint32_t add_edge(Edge edge) {
        straight_.edges.push_back(edge);
        in_row_.push_back(false);
        return static_cast<std::uint32_t>(straight_.edges.size() - 1);
    }

    void emit(std::uint32_t node, std::size_t position) {
        auto const wires = straight_.dom[node];
        if (!wires.empty()) {
            position = gather(wires, row_.find(wires.front()));
        }
        layer(straight_.generator[node], position);
        row_.drop_right(wires.size());
        for (auto const edge : wires) in_row_[edge] = false;
        for (auto const edge : straight_.cod[node]) {
            row_.push_left(edge);
            in_row_[edge] = true;
        }
        state_[node] = State::placed;
        auto const late = std::ranges::find_if(late_, [&](std::uint32_t cup) {
            return std::ranges::all_of(straight_.dom[cup], [&](auto e) { return in_row_[e]; });
        });
        if (late != late_.end()) {
            auto const cup = *late;
            late_.erase(late);
            open(cup, 0);
        }
    }

    void layer(std::uint32_t generator, std::size_t offset) {
        row_.seek(offset);
        layers_.push_back({generator, static_cast<std::uint32_t>(offset)});
    }

    /// Bring wires together, in order, from about `position` on; swaps only where they are apart.
    /// Returns where the first is then.
    std::size_t gather(std::vector<std::uint32_t> const& wires, std::size_t position) {
        for (std::size_t k = 0; k < wires.size(); ++k) {
            auto from = row_.find(wires[k]);
            // A wire left of the place moves right; that shifts the place itself by one.
            if (from < position + k) {
                for (; from + 1 < position + k; ++from) swap_at(from);
                --position;
            }
            for (; from > position + k; --from) swap_at(from - 1);
        }
        return position;
    }

    void swap_at(std::size_t position) {
        row_.seek(position);
        auto const [a, b] = std::pair(row_.right(0), row_.right(1));
        auto const [x, y] = std::pair(straight_.edges[a].type, straight_.edges[b].type);
        layer(signature_.intern({Kind::swap, {}, {x, y}, {y, x}}), position);
        row_.drop_right(2);
        row_.push_left(b);
        row_.push_left(a);
    }

    void lay_loop(Object type) {
        Object const turned{type.atom, type.winding + 1};
        // The dagger of a cup opens its wires in their order, so that the circle needs no swap.
        layer(signature_.intern({Kind::cap, {}, {}, {type, turned}, true}), 0);
        layer(signature_.intern({Kind::cup, {}, {type, turned}, {}}), 0);
    }

    Straight& straight_;
    Signature& signature_;
    bool is_planar_;
    Row<std::uint32_t> row_;
    std::vector<State> state_;
    std::vector<bool> in_row_;
    std::vector<Frame> stack_;
    std::vector<std::uint32_t> late_;  // cups of wires that go round
    std::vector<Layer> layers_;
};

}  // namespace

bool has_swap(Signature const& signature, std::vector<Layer> const& layers) {
    return std::ranges::any_of(
        layers, [&](Layer const& layer) { return signature[layer.generator].kind == Kind::swap; });
}

std::vector<Layer> weave(Signature& signature, Straight straight, bool is_planar) {
    return Weaver(straight, signature, is_planar).run();
}

}  // namespace monoidal::diagram
