#include "refinement.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "monoidal/common/error.hpp"

namespace monoidal::diagram {
namespace {

using Vertices = std::vector<std::uint32_t>;

/// The vertices of both graphs, sorted into cells. A cell has as many of one graph as of the other,
/// at the same places of the two orders.
class Partition {
public:
    Partition(std::array<Incidence, 2> const& graphs, std::array<Vertices, 2> const& colours)
        : graphs_(graphs) {
        auto const n = graphs[0].size();
        for (std::size_t side = 0; side < 2; ++side) {
            auto& order = order_[side];
            order.resize(n);
            std::iota(order.begin(), order.end(), 0U);
            std::ranges::sort(order, {}, [&](auto v) { return colours[side][v]; });
            place_[side].resize(n);
            cell_[side].resize(n);
            for (std::uint32_t k = 0; k < n; ++k) place_[side][order[k]] = k;
        }
        for (std::uint32_t k = 0; k < n; ++k) {
            auto const colour = colours[0][order_[0][k]];
            is_balanced_ = is_balanced_ && colour == colours[1][order_[1][k]];
            if (k == 0 || colour != colours[0][order_[0][k - 1]]) {
                cells_.push_back({k, 0, 0});
                push(static_cast<std::uint32_t>(cells_.size() - 1));
            }
            ++cells_.back().size;
            for (std::size_t side = 0; side < 2; ++side) {
                cell_[side][order_[side][k]] = static_cast<std::uint32_t>(cells_.size() - 1);
            }
        }
    }

    [[nodiscard]] bool is_balanced() const { return is_balanced_; }
    [[nodiscard]] std::size_t n_cells() const { return cells_.size(); }
    [[nodiscard]] std::span<std::uint32_t const> members(std::size_t side,
                                                         std::uint32_t cell) const {
        return {order_[side].data() + cells_[cell].begin, cells_[cell].size};
    }

    /// Split cells until all vertices of one have equally many neighbours in each other one. False
    /// where the two graphs differ.
    bool refine() {
        while (!waiting_.empty()) {
            auto const splitter = waiting_.back();
            waiting_.pop_back();
            is_waiting_[splitter] = false;
            if (!split_by(splitter)) {
                for (auto const cell : waiting_) is_waiting_[cell] = false;
                waiting_.clear();
                return false;
            }
        }
        return true;
    }

    /// Make one vertex of each graph a cell of its own.
    void single_out(std::uint32_t u, std::uint32_t v) {
        auto const cell = cell_[0][u];
        push(divide(cell, {u}, {v}));
    }

    /// Undo the divisions since there were `n_cells`.
    void undo(std::size_t n_cells) {
        while (cells_.size() > n_cells) {
            auto const last = cells_.back();
            for (std::size_t side = 0; side < 2; ++side) {
                for (auto k = last.begin; k < last.begin + last.size; ++k) {
                    cell_[side][order_[side][k]] = last.parent;
                }
            }
            cells_[last.parent].size += last.size;
            cells_.pop_back();
        }
    }

    /// Whether mapping place to place is an isomorphism, where all cells are single.
    [[nodiscard]] bool is_isomorphism() const {
        using Edge = std::pair<std::uint32_t, std::uint32_t>;
        auto const edges = [&](std::size_t side, std::uint32_t vertex) {
            std::vector<Edge> out;
            auto const& graph = graphs_[side];
            for (auto e = graph.begin[vertex]; e < graph.begin[vertex + 1]; ++e) {
                out.emplace_back(graph.label[e], place_[side][graph.other[e]]);
            }
            std::ranges::sort(out);
            return out;
        };
        for (std::size_t k = 0; k < order_[0].size(); ++k) {
            if (edges(0, order_[0][k]) != edges(1, order_[1][k])) return false;
        }
        return true;
    }

private:
    struct Cell {
        std::uint32_t begin;
        std::uint32_t size;
        std::uint32_t parent;
    };
    /// A vertex that the splitter touches: through which label, how often.
    struct Touch {
        std::uint32_t label;
        std::uint32_t cell;
        std::uint32_t count;
        std::uint32_t vertex;
    };

    void push(std::uint32_t cell) {
        if (is_waiting_.size() <= cell) is_waiting_.resize(cell + 1, false);
        if (is_waiting_[cell]) return;
        is_waiting_[cell] = true;
        waiting_.push_back(cell);
    }

    [[nodiscard]] std::vector<std::pair<std::uint32_t, std::uint32_t>> neighbours(
        std::size_t side, std::uint32_t splitter) const {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> out;  // label, vertex
        auto const& graph = graphs_[side];
        for (auto const vertex : members(side, splitter)) {
            for (auto e = graph.begin[vertex]; e < graph.begin[vertex + 1]; ++e) {
                out.emplace_back(graph.label[e], graph.other[e]);
            }
        }
        std::ranges::sort(out);
        return out;
    }

    bool split_by(std::uint32_t splitter) {
        std::array const found{neighbours(0, splitter), neighbours(1, splitter)};
        if (found[0].size() != found[1].size()) return false;
        // One label at a time: the cells that one divides are divided when the next is looked at.
        for (std::size_t k = 0; k < found[0].size();) {
            auto const label = found[0][k].first;
            auto end = k;
            while (end < found[0].size() && found[0][end].first == label) ++end;
            std::array<std::vector<Touch>, 2> touches;
            for (std::size_t side = 0; side < 2; ++side) {
                for (auto e = k; e < end; ++e) {
                    if (found[side][e].first != label) return false;
                    auto const vertex = found[side][e].second;
                    auto& list = touches[side];
                    if (e > k && list.back().vertex == vertex) {
                        ++list.back().count;
                    } else {
                        list.push_back({label, cell_[side][vertex], 1, vertex});
                    }
                }
                std::ranges::sort(touches[side], {}, [](Touch const& t) {
                    return std::tuple(t.cell, t.count, t.vertex);
                });
            }
            if (!divide_cells(touches[0], touches[1])) return false;
            k = end;
        }
        return true;
    }

    bool divide_cells(std::vector<Touch> const& a, std::vector<Touch> const& b) {
        if (a.size() != b.size()) return false;
        auto const same = [](Touch const& s, Touch const& t) {
            return s.cell == t.cell && s.count == t.count;
        };
        if (!std::ranges::equal(a, b, same)) return false;
        for (std::size_t k = 0; k < a.size();) {
            auto end = k;
            while (end < a.size() && a[end].cell == a[k].cell) ++end;
            divide_cell(std::span(a).subspan(k, end - k), std::span(b).subspan(k, end - k));
            k = end;
        }
        return true;
    }

    void divide_cell(std::span<Touch const> a, std::span<Touch const> b) {
        auto const cell = a.front().cell;
        bool const was_waiting = is_waiting_[cell];
        auto largest = cell;
        std::vector<std::uint32_t> parts{cell};
        for (std::size_t k = 0; k < a.size();) {
            auto end = k;
            std::array<Vertices, 2> part;
            for (; end < a.size() && a[end].count == a[k].count; ++end) {
                part[0].push_back(a[end].vertex);
                part[1].push_back(b[end].vertex);
            }
            k = end;
            if (part[0].size() == cells_[cell].size) break;  // what is left stays as it is
            parts.push_back(divide(cell, part[0], part[1]));
        }
        if (parts.size() == 1) return;
        for (auto const part : parts) {
            if (cells_[part].size > cells_[largest].size) largest = part;
        }
        for (auto const part : parts) {
            if (was_waiting || part != largest) push(part);
        }
    }

    /// Move vertices of a cell to a new one at its end.
    std::uint32_t divide(std::uint32_t cell, Vertices const& a, Vertices const& b) {
        auto const id = static_cast<std::uint32_t>(cells_.size());
        auto const size = static_cast<std::uint32_t>(a.size());
        auto const end = cells_[cell].begin + cells_[cell].size;
        for (std::size_t side = 0; side < 2; ++side) {
            auto next = end;
            for (auto const vertex : side == 0 ? a : b) {
                --next;
                auto& order = order_[side];
                auto const from = place_[side][vertex];
                std::swap(order[from], order[next]);
                place_[side][order[from]] = from;
                place_[side][order[next]] = next;
                cell_[side][vertex] = id;
            }
        }
        cells_[cell].size -= size;
        cells_.push_back({end - size, size, cell});
        if (is_waiting_.size() <= id) is_waiting_.resize(id + 1, false);
        return id;
    }

    std::array<Incidence, 2> const& graphs_;
    std::array<Vertices, 2> order_;
    std::array<Vertices, 2> place_;
    std::array<Vertices, 2> cell_;
    std::vector<Cell> cells_;
    std::vector<bool> is_waiting_;
    Vertices waiting_;
    bool is_balanced_ = true;
};

/// Pairs vertices that refinement cannot tell apart, and takes back what went wrong.
class Search {
public:
    explicit Search(Partition& partition) : partition_(partition) {}

    bool run() {
        if (!partition_.is_balanced()) return false;
        bool fits = partition_.refine();
        for (;;) {
            if (fits) {
                auto const cell = next_cell();
                if (cell < partition_.n_cells()) {
                    auto const partner = partition_.members(1, cell).front();
                    frames_.push_back({partition_.n_cells(),
                                       cell,
                                       partition_.members(0, cell).front(),
                                       partner,
                                       {},
                                       false});
                    fits = choose(partner);
                    continue;
                }
                if (partition_.is_isomorphism()) return true;
            }
            if (!take_back(fits)) return false;
        }
    }

private:
    struct Frame {
        std::size_t n_cells;
        std::uint32_t cell;
        std::uint32_t vertex;
        std::uint32_t partner;  // tried first
        Vertices others;        // partners not tried yet, listed at the first failure
        bool is_listed;
    };

    /// The first cell with a choice; those before the last frame's have none.
    [[nodiscard]] std::uint32_t next_cell() const {
        auto cell = frames_.empty() ? 0U : frames_.back().cell;
        while (cell < partition_.n_cells() && partition_.members(0, cell).size() == 1) ++cell;
        return cell;
    }

    bool choose(std::uint32_t partner) {
        partition_.single_out(frames_.back().vertex, partner);
        return partition_.refine();
    }

    bool take_back(bool& fits) {
        constexpr std::size_t kMostFailures = 100'000;
        if (++n_failures_ > kMostFailures) {
            throw TooLargeError(
                "equality of these diagrams has too many symmetric closed parts to decide");
        }
        while (!frames_.empty()) {
            auto& frame = frames_.back();
            partition_.undo(frame.n_cells);
            if (!frame.is_listed) {
                auto const all = partition_.members(1, frame.cell);
                frame.others.assign(all.begin(), all.end());
                std::erase(frame.others, frame.partner);
                frame.is_listed = true;
            }
            if (!frame.others.empty()) {
                auto const partner = frame.others.back();
                frame.others.pop_back();
                fits = choose(partner);
                return true;
            }
            frames_.pop_back();
        }
        return false;
    }

    Partition& partition_;
    std::vector<Frame> frames_;
    std::size_t n_failures_ = 0;
};

}  // namespace

bool are_isomorphic(std::array<Incidence, 2> const& graphs,
                    std::array<std::vector<std::uint32_t>, 2> const& colours) {
    if (graphs[0].size() != graphs[1].size()) return false;
    Partition partition(graphs, colours);
    return Search(partition).run();
}

}  // namespace monoidal::diagram
