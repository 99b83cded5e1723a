#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <queue>
#include <string>
#include <tuple>

#include "greedy.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/tensor/plan.hpp"

namespace monoidal::tensor {
namespace {

using Set = std::uint32_t;  // of operands, as bits

/// Sizes of the tensors that sets of operands contract to.
class Sizes {
public:
    explicit Sizes(Network const& network) : network_(network), holders_(network.dimension.size()) {
        for (std::size_t k = 0; k < network.operands.size(); ++k) {
            for (auto const index : network.operands[k]) holders_[index] |= Set{1} << k;
        }
        for (auto const index : network.output) holders_[index] |= kOutside;
    }

    /// Multiplications to contract two sets' results: all indices that either result has.
    [[nodiscard]] double work(Set a, Set b) const { return product(a, b); }

private:
    static constexpr Set kOutside = Set{1} << 31;

    /// Whether the result of `set` has an index: someone outside does too, or it is one tensor's
    /// own and not summed yet.
    [[nodiscard]] bool is_open(std::size_t index, Set set) const {
        bool const is_operand = (set & (set - 1)) == 0;
        return (holders_[index] & set) != 0 && (is_operand || (holders_[index] & ~set) != 0);
    }

    [[nodiscard]] double product(Set a, Set b) const {
        double size = 1.0;
        for (std::size_t index = 0; index < holders_.size(); ++index) {
            if (is_open(index, a) || is_open(index, b)) {
                size *= static_cast<double>(network_.dimension[index]);
            }
        }
        return size;
    }

    Network const& network_;
    std::vector<Set> holders_;
};

/// Writes the tree below `set` and returns the number of its result.
std::uint32_t emit(Set set, std::vector<Set> const& split, std::size_t n, Order& order) {
    if ((set & (set - 1)) == 0) {
        std::uint32_t k = 0;
        while ((set >> k) != 1) ++k;
        return k;
    }
    auto const left = emit(split[set], split, n, order);
    auto const right = emit(set & ~split[set], split, n, order);
    order.emplace_back(left, right);
    return static_cast<std::uint32_t>(n + order.size() - 1);
}

using Axes = std::vector<std::uint32_t>;

/// The greedy search: tensors that are there, who holds each index, and pairs worth contracting.
/// `Cost` says what a pair costs, given the sizes of its result and of both.
template <class Cost>
class Greedy {
public:
    Greedy(Network const& network, Cost const& pair_cost)
        : network_(network),
          pair_cost_(pair_cost),
          holders_(network.dimension.size()),
          kept_(network.dimension.size()) {
        for (auto const index : network.output) kept_[index] = true;
        for (auto const& axes : network.operands) add(distinct(axes));
        for (std::uint32_t t = 0; t < axes_.size(); ++t) offer_pairs(t, true);
    }

    Order run() {
        Order order;
        auto remaining = network_.operands.size();
        for (; remaining > 1; --remaining) {
            auto const [a, b] = next_pair();
            order.emplace_back(a, b);
            auto merged = product(a, b);
            remove(a);
            remove(b);
            add(std::move(merged));
            offer_pairs(static_cast<std::uint32_t>(axes_.size() - 1), false);
        }
        return order;
    }

private:
    /// Growth of the whole when a pair is contracted; of equal ones the oldest goes first.
    using Offer = std::tuple<double, std::uint32_t, std::uint32_t>;

    static Axes distinct(Axes axes) {
        std::ranges::sort(axes);
        auto const rest = std::ranges::unique(axes);
        axes.erase(rest.begin(), rest.end());
        return axes;
    }

    [[nodiscard]] double size(Axes const& axes) const {
        double total = 1.0;
        for (auto const index : axes) total *= static_cast<double>(network_.dimension[index]);
        return total;
    }

    void add(Axes axes) {
        auto const id = static_cast<std::uint32_t>(axes_.size());
        for (auto const index : axes) holders_[index].push_back(id);
        sizes_.push_back(size(axes));
        smallest_.emplace(sizes_.back(), id);
        axes_.push_back(std::move(axes));
        is_there_.push_back(true);
    }

    void remove(std::uint32_t id) {
        for (auto const index : axes_[id]) std::erase(holders_[index], id);
        is_there_[id] = false;
    }

    /// Indices of the product of two tensors that someone else, or the output, has too.
    [[nodiscard]] Axes product(std::uint32_t a, std::uint32_t b) const {
        Axes all;
        std::ranges::set_union(axes_[a], axes_[b], std::back_inserter(all));
        std::erase_if(all, [&](std::uint32_t index) {
            if (kept_[index]) return false;
            return std::ranges::all_of(holders_[index], [&](auto t) { return t == a || t == b; });
        });
        return all;
    }

    /// A tensor with those that share an index with it; of an index that many have, a few.
    void offer_pairs(std::uint32_t id, bool only_later) {
        constexpr std::ptrdiff_t kNeighbours = 8;
        Axes others;
        for (auto const index : axes_[id]) {
            auto const& all = holders_[index];
            auto const here = std::ranges::find(all, id);
            auto const begin = here - all.begin() > kNeighbours ? here - kNeighbours : all.begin();
            auto const end = all.end() - here > kNeighbours ? here + kNeighbours : all.end();
            for (auto it = begin; it != end; ++it) {
                if (*it != id && (!only_later || *it > id)) others.push_back(*it);
            }
        }
        for (auto const other : distinct(std::move(others))) {
            auto const [a, b] = std::minmax(id, other);
            offers_.emplace(pair_cost_(size(product(a, b)), sizes_[a], sizes_[b]), a, b);
        }
    }

    std::pair<std::uint32_t, std::uint32_t> next_pair() {
        while (!offers_.empty()) {
            auto const [growth, a, b] = offers_.top();
            offers_.pop();
            if (is_there_[a] && is_there_[b]) return {a, b};
        }
        // Nothing is connected any more: the two smallest, side by side.
        auto const a = next_smallest();
        auto const b = next_smallest();
        return std::minmax(a, b);
    }

    std::uint32_t next_smallest() {
        while (!is_there_[smallest_.top().second]) smallest_.pop();
        auto const id = smallest_.top().second;
        smallest_.pop();
        return id;
    }

    Network const& network_;
    Cost const& pair_cost_;
    std::vector<Axes> holders_;  // of each index
    std::vector<bool> kept_;     // indices of the output
    std::vector<Axes> axes_;     // of each tensor, sorted
    std::vector<double> sizes_;
    std::vector<bool> is_there_;
    std::priority_queue<Offer, std::vector<Offer>, std::greater<>> offers_;
    std::priority_queue<std::pair<double, std::uint32_t>,
                        std::vector<std::pair<double, std::uint32_t>>, std::greater<>>
        smallest_;
};

}  // namespace

Order exact_order(Network const& network) {
    auto const n = network.operands.size();
    if (n > kExactLimit) {
        throw TooLargeError("exact order of " + std::to_string(n) + " tensors, the limit is " +
                            std::to_string(kExactLimit) + "; use greedy_order");
    }
    if (n < 2) return {};
    Sizes const sizes(network);
    Set const all = (Set{1} << n) - 1;
    std::vector<double> best(all + 1, std::numeric_limits<double>::infinity());
    std::vector<Set> split(all + 1, 0);
    for (Set set = 1; set <= all; ++set) {
        if ((set & (set - 1)) == 0) {
            best[set] = 0.0;
            continue;
        }
        Set const lowest = set & (~set + 1);
        for (Set part = (set - 1) & set; part != 0; part = (part - 1) & set) {
            if ((part & lowest) == 0) continue;  // each split once
            double const parts = best[part] + best[set & ~part];
            // Work too large for a double is infinite; then any split will do.
            if (split[set] != 0 && parts >= best[set]) continue;
            double const total = parts + sizes.work(part, set & ~part);
            if (split[set] == 0 || total < best[set]) {
                best[set] = total;
                split[set] = part;
            }
        }
    }
    Order order;
    emit(all, split, n, order);
    return order;
}

Order greedy_order(Network const& network) {
    auto const growth = [](double made, double a, double b) { return made - a - b; };
    return Greedy(network, growth).run();
}

Order greedy_order(Network const& network, PairCost const& pair_cost) {
    return Greedy(network, pair_cost).run();
}

Order contraction_order(Network const& network) {
    constexpr std::size_t kExactIsQuick = 9;  // 3^9 splits: well under a millisecond
    return network.operands.size() <= kExactIsQuick ? exact_order(network) : greedy_order(network);
}

}  // namespace monoidal::tensor
