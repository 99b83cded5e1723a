#include "monoidal/tensor/search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "greedy.hpp"
#include "tree.hpp"

namespace monoidal::tensor {
namespace {

/// A small, fast generator, seeded by the trial's number (splitmix64).
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    double uniform() {
        state_ += 0x9e3779b97f4a7c15ULL;
        auto z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        z ^= z >> 31;
        return (static_cast<double>(z >> 11) + 0.5) * 0x1.0p-53;
    }

private:
    std::uint64_t state_;
};

/// Nanoseconds on a common machine, as the budget counts them; a count, never a clock, so that
/// equal searches end alike everywhere.
constexpr double kMultiplication = 0.4;
constexpr double kStep = 100.0;
constexpr double kGreedyStep = 700.0;
constexpr double kSplit = 4.0;

class Search {
public:
    Search(Network const& network, SearchOptions const& options, Task& task)
        : network_(network), options_(options), task_(task) {}

    Order run() {
        auto const growth = [](double made, double a, double b) { return made - a - b; };
        offer(greedy_order(network_, growth));
        auto const n = network_.operands.size();
        if (n < 4) return exact_order(network_);
        if (n <= kExactLimit && pays(0.5 * std::pow(3.0, static_cast<double>(n)) * kSplit)) {
            return exact_order(network_);
        }
        auto const trial = static_cast<double>(n) * kGreedyStep;
        for (std::uint32_t k = 0; k < options_.n_trials && pays(trial); ++k) {
            task_.check();
            offer(random_order(k));
            spent_ += trial;
        }
        improve();
        return pool_.front().order;
    }

private:
    void offer(Costed found) {
        best_ = std::min(best_, found.multiplications);
        pool_.push_back(std::move(found));
    }

    /// Whether more time may be spent.
    [[nodiscard]] bool pays(double nanoseconds) const {
        auto const n_steps = static_cast<double>(network_.operands.size());
        auto const run = best_ * kMultiplication + n_steps * kStep;
        return spent_ + nanoseconds <= options_.n_runs * run;
    }

    [[nodiscard]] Costed random_order(std::uint32_t trial) const {
        Random random(options_.seed * 0x2545f4914f6cdd1dULL + trial + 1);
        // Of growth, and of how much of what is replaced counts against it.
        double const temperature = std::exp(std::log(1e-3) * random.uniform());
        double const weight = std::exp2(2.0 * random.uniform() - 1.0);
        return greedy_order(network_, [&](double made, double a, double b) {
            double const growth = made / weight - weight * (a + b);
            double const scaled = std::copysign(std::log1p(std::abs(growth)), growth);
            return scaled + temperature * std::log(-std::log(random.uniform()));
        });
    }

    /// Subtrees of the best orders; the best of all comes first in the end.
    void improve() {
        std::ranges::stable_sort(pool_, {}, &Costed::multiplications);
        auto const n_best = std::min<std::size_t>(pool_.size(), options_.n_best);
        Costed best = pool_.front();
        auto const pass = static_cast<double>(network_.operands.size()) * kSplit *
                          std::pow(3.0, options_.subtree_size) / 4.0;
        for (std::size_t k = 0; k < n_best && pays(pass); ++k) {
            Tree tree(network_, pool_[k].order);
            for (int round = 0; round < 8 && pays(0.0); ++round) {
                double steps = 0.0;
                bool const is_better = tree.improve(options_.subtree_size, task_, steps);
                spent_ += steps * kSplit;
                if (!is_better) break;
            }
            auto const found = std::exp2(tree.work().log2_multiplications);
            if (found < best.multiplications) best = {tree.order(), found};
            best_ = std::min(best_, found);
        }
        pool_.front() = std::move(best);
    }

    Network const& network_;
    SearchOptions const& options_;
    Task& task_;
    std::vector<Costed> pool_;
    double best_ = std::numeric_limits<double>::infinity();
    double spent_ = 0.0;
};

}  // namespace

Work work(Network const& network, Order const& order) {
    if (order.empty()) return {};
    return Tree(network, order).work();
}

Order search_order(Network const& network, SearchOptions const& options, Task& task) {
    if (network.operands.size() < 2) return {};
    return Search(network, options, task).run();
}

std::vector<std::uint32_t> slices(Network const& given, Order const& order, double log2_limit) {
    std::vector<std::uint32_t> out;
    Network network = given;
    for (;;) {
        if (order.empty() || work(network, order).log2_largest <= log2_limit) return out;
        double least = std::numeric_limits<double>::infinity();
        std::optional<std::uint32_t> chosen;
        for (std::uint32_t index = 0; index < network.dimension.size(); ++index) {
            auto const dimension = network.dimension[index];
            bool const is_output = std::ranges::find(network.output, index) != network.output.end();
            if (dimension < 2 || is_output) continue;
            network.dimension[index] = 1;
            auto const after = work(network, order);
            network.dimension[index] = dimension;
            // Work for each value, over what the largest tensor loses.
            double const price = after.log2_multiplications +
                                 std::log2(static_cast<double>(dimension)) +
                                 2.0 * std::max(0.0, after.log2_largest - log2_limit);
            if (price < least) {
                least = price;
                chosen = index;
            }
        }
        if (!chosen) return out;
        network.dimension[*chosen] = 1;
        out.push_back(*chosen);
    }
}

}  // namespace monoidal::tensor
