#include <algorithm>
#include <iterator>
#include <queue>
#include <span>
#include <tuple>

#include "greedy.hpp"

namespace monoidal::tensor {
namespace {

/// Sizes stay finite, so that differences of them are numbers.
constexpr double kLargest = 1e150;

double growth(double made, double a, double b) { return made - a - b; }

/// The greedy search: tensors that are there, who holds each index, and pairs worth contracting.
/// `Cost` says what a pair costs, given the sizes of its result and of both.
template <class Cost>
class Greedy {
public:
    Greedy(Network const& network, Cost const& pair_cost)
        : pair_cost_(pair_cost),
          n_(network.operands.size()),
          dimension_(network.dimension.begin(), network.dimension.end()),
          live_(network.dimension.size(), 0),
          holders_(network.dimension.size()) {
        for (auto const index : network.output) live_[index] += 1;
        axes_.reserve(2 * n_ * (network.operands.empty() ? 0 : network.operands[0].size()));
        tensors_.reserve(2 * n_);
        for (auto const& axes : network.operands) {
            auto const begin = axes_.size();
            axes_.insert(axes_.end(), axes.begin(), axes.end());
            std::sort(axes_.begin() + offset(begin), axes_.end());
            axes_.erase(std::unique(axes_.begin() + offset(begin), axes_.end()), axes_.end());
            add(begin);
        }
        for (std::uint32_t t = 0; t < tensors_.size(); ++t) offer_pairs(t, true);
    }

    Costed run() {
        Costed out;
        out.order.reserve(n_);
        for (auto remaining = n_; remaining > 1; --remaining) {
            auto const [a, b] = next_pair();
            out.order.emplace_back(a, b);
            out.multiplications += pair(a, b).all;
            merge(a, b);
            offer_pairs(static_cast<std::uint32_t>(tensors_.size() - 1), false);
        }
        return out;
    }

private:
    /// What a pair costs; of equal ones the oldest goes first.
    using Offer = std::tuple<double, std::uint32_t, std::uint32_t>;
    struct Tensor {
        std::size_t begin;
        std::size_t end;
        double size;
        bool is_there;
    };
    struct Sizes {
        double made;
        double all;  // with the indices that are summed
    };

    static std::ptrdiff_t offset(std::size_t k) { return static_cast<std::ptrdiff_t>(k); }

    [[nodiscard]] std::span<std::uint32_t const> axes(std::uint32_t t) const {
        return std::span(axes_).subspan(tensors_[t].begin, tensors_[t].end - tensors_[t].begin);
    }

    void add(std::size_t begin) {
        auto const id = static_cast<std::uint32_t>(tensors_.size());
        double size = 1.0;
        for (std::size_t k = begin; k < axes_.size(); ++k) {
            size *= dimension_[axes_[k]];
            live_[axes_[k]] += 1;
            holders_[axes_[k]].push_back(id);
        }
        tensors_.push_back({begin, axes_.size(), std::min(size, kLargest), true});
    }

    void remove(std::uint32_t id) {
        for (auto const index : axes(id)) {
            live_[index] -= 1;
            std::erase(holders_[index], id);
        }
        tensors_[id].is_there = false;
    }

    /// Calls `visit` with each index of either tensor and how many of the two have it.
    template <class Visit>
    void each_index(std::uint32_t a, std::uint32_t b, Visit const& visit) const {
        auto const x = axes(a), y = axes(b);
        std::size_t i = 0, j = 0;
        while (i < x.size() || j < y.size()) {
            if (j == y.size() || (i < x.size() && x[i] < y[j])) {
                visit(x[i++], 1);
            } else if (i == x.size() || y[j] < x[i]) {
                visit(y[j++], 1);
            } else {
                visit(x[i], 2);
                ++i;
                ++j;
            }
        }
    }

    [[nodiscard]] Sizes pair(std::uint32_t a, std::uint32_t b) const {
        Sizes out{1.0, 1.0};
        each_index(a, b, [&](std::uint32_t index, int count) {
            out.all *= dimension_[index];
            if (live_[index] != count) out.made *= dimension_[index];
        });
        return {std::min(out.made, kLargest), std::min(out.all, kLargest)};
    }

    void merge(std::uint32_t a, std::uint32_t b) {
        auto const begin = axes_.size();
        made_.clear();
        each_index(a, b, [&](std::uint32_t index, int count) {
            if (live_[index] != count) made_.push_back(index);
        });
        axes_.insert(axes_.end(), made_.begin(), made_.end());
        remove(a);
        remove(b);
        add(begin);
    }

    /// A tensor with those that share an index with it; of an index that many have, a few.
    void offer_pairs(std::uint32_t id, bool only_later) {
        constexpr std::ptrdiff_t kNeighbours = 8;
        others_.clear();
        for (auto const index : axes(id)) {
            auto const& all = holders_[index];
            auto const here = std::ranges::find(all, id);
            auto const begin = here - all.begin() > kNeighbours ? here - kNeighbours : all.begin();
            auto const end = all.end() - here > kNeighbours ? here + kNeighbours : all.end();
            for (auto it = begin; it != end; ++it) {
                if (*it != id && (!only_later || *it > id)) others_.push_back(*it);
            }
        }
        std::ranges::sort(others_);
        others_.erase(std::ranges::unique(others_).begin(), others_.end());
        for (auto const other : others_) {
            auto const [a, b] = std::minmax(id, other);
            auto const cost = pair_cost_(pair(a, b).made, tensors_[a].size, tensors_[b].size);
            offers_.emplace(cost, a, b);
        }
    }

    std::pair<std::uint32_t, std::uint32_t> next_pair() {
        while (!offers_.empty()) {
            auto const [cost, a, b] = offers_.top();
            offers_.pop();
            if (tensors_[a].is_there && tensors_[b].is_there) return {a, b};
        }
        // Nothing is connected any more: the two smallest, side by side.
        for (; n_listed_ < tensors_.size(); ++n_listed_) {
            smallest_.emplace(tensors_[n_listed_].size, static_cast<std::uint32_t>(n_listed_));
        }
        auto const a = next_smallest();
        auto const b = next_smallest();
        return std::minmax(a, b);
    }

    std::uint32_t next_smallest() {
        while (!tensors_[smallest_.top().second].is_there) smallest_.pop();
        auto const id = smallest_.top().second;
        smallest_.pop();
        return id;
    }

    Cost const& pair_cost_;
    std::size_t n_;
    std::vector<double> dimension_;
    std::vector<int> live_;                            // holders of each index, the output too
    std::vector<std::vector<std::uint32_t>> holders_;  // of each index
    std::vector<std::uint32_t> axes_;                  // of all tensors, each one's sorted
    std::vector<Tensor> tensors_;
    std::vector<std::uint32_t> made_, others_;  // scratch
    std::priority_queue<Offer, std::vector<Offer>, std::greater<>> offers_;
    std::size_t n_listed_ = 0;
    std::priority_queue<std::pair<double, std::uint32_t>,
                        std::vector<std::pair<double, std::uint32_t>>, std::greater<>>
        smallest_;
};

}  // namespace

Order greedy_order(Network const& network) { return Greedy(network, growth).run().order; }

Costed greedy_order(Network const& network, PairCost const& pair_cost) {
    return Greedy(network, pair_cost).run();
}

Order contraction_order(Network const& network) {
    constexpr std::size_t kExactIsQuick = 9;  // 3^9 / 2 splits: under a tenth of a millisecond
    return network.operands.size() <= kExactIsQuick ? exact_order(network) : greedy_order(network);
}

}  // namespace monoidal::tensor
