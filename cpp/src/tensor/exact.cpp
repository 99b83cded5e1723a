#include "exact.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <string>

#include "monoidal/common/error.hpp"

namespace monoidal::tensor {
namespace {

using Set = std::uint32_t;  // of operands, as bits

constexpr Set kOutside = Set{1} << 31;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool is_single(Set set) { return std::has_single_bit(set); }

/// Sizes of the tensors that sets of operands contract to. Indices that the same operands have are
/// one group; a set has a bit for each group that is open in it.
class Sizes {
public:
    explicit Sizes(Network const& network) : n_(network.operands.size()) {
        std::vector<Set> holders(network.dimension.size(), 0);
        for (std::size_t k = 0; k < n_; ++k) {
            for (auto const index : network.operands[k]) holders[index] |= Set{1} << k;
        }
        for (auto const index : network.output) {
            if (holders[index] != 0) holders[index] |= kOutside;
        }
        std::map<Set, double> groups;
        for (std::size_t index = 0; index < holders.size(); ++index) {
            if (holders[index] == 0) continue;
            auto const made = groups.try_emplace(holders[index], 1.0).first;
            made->second *= static_cast<double>(network.dimension[index]);
        }
        n_bytes_ = (groups.size() + 7) / 8;
        open_.assign((std::size_t{1} << n_) * n_bytes_, 0);
        table_.assign(256 * n_bytes_, 1.0);
        std::size_t group = 0;
        for (auto const& [held_by, dimension] : groups) add(group++, held_by, dimension);
    }

    /// Multiplications to contract two sets' results: all indices that either result has.
    [[nodiscard]] double work(Set a, Set b) const {
        auto const* x = open_.data() + a * n_bytes_;
        auto const* y = open_.data() + b * n_bytes_;
        double size = 1.0;
        for (std::size_t k = 0; k < n_bytes_; ++k) {
            size *= table_[256 * k + static_cast<std::size_t>(x[k] | y[k])];
        }
        return size;
    }

private:
    /// A group is open in a set if someone outside has it too, or if the set is one tensor: its own
    /// indices are summed when it is contracted.
    void add(std::size_t group, Set held_by, double dimension) {
        auto const byte = group / 8;
        auto const bit = static_cast<std::uint8_t>(1U << (group % 8));
        for (Set set = 1; set < Set{1} << n_; ++set) {
            if ((held_by & set) != 0 && (is_single(set) || (held_by & ~set) != 0)) {
                open_[set * n_bytes_ + byte] |= bit;
            }
        }
        for (std::size_t value = 0; value < 256; ++value) {
            if ((value & bit) != 0) table_[256 * byte + value] *= dimension;
        }
    }

    std::size_t n_;
    std::size_t n_bytes_ = 0;
    std::vector<std::uint8_t> open_;
    std::vector<double> table_;
};

/// Writes the tree below `set` and returns the number of its result.
std::uint32_t emit(Set set, std::vector<Set> const& split, std::size_t n, Order& order) {
    if (is_single(set)) return static_cast<std::uint32_t>(std::countr_zero(set));
    auto const left = emit(split[set], split, n, order);
    auto const right = emit(set & ~split[set], split, n, order);
    order.emplace_back(left, right);
    return static_cast<std::uint32_t>(n + order.size() - 1);
}

}  // namespace

std::optional<Costed> order_below(Network const& network, double bound) {
    auto const n = network.operands.size();
    Sizes const sizes(network);
    Set const all = (Set{1} << n) - 1;
    // What a double cannot hold is infinite; then any split will do.
    bool const takes_any = bound == kInfinity;
    std::vector<double> best(std::size_t{all} + 1, bound);
    std::vector<Set> split(std::size_t{all} + 1, 0);
    for (Set set = 1; set <= all; ++set) {
        if (is_single(set)) {
            best[set] = 0.0;
            continue;
        }
        Set const rest = set & (set - 1);  // without its lowest, so that each split comes once
        for (Set part = (0 - rest) & rest; part != 0; part = (part - rest) & rest) {
            double const parts = best[part] + best[set & ~part];
            bool const is_first = takes_any && split[set] == 0;
            if (!is_first && parts >= best[set]) continue;
            double const total = parts + sizes.work(part, set & ~part);
            if (is_first || total < best[set]) {
                best[set] = total;
                split[set] = set & ~part;  // the one with the lowest comes first
            }
        }
    }
    if (split[all] == 0) return {};
    Costed found{{}, best[all]};
    emit(all, split, n, found.order);
    return found;
}

Order exact_order(Network const& network) {
    auto const n = network.operands.size();
    if (n > kExactLimit) {
        throw TooLargeError("exact order of " + std::to_string(n) + " tensors, the limit is " +
                            std::to_string(kExactLimit) + "; use greedy_order");
    }
    if (n < 2) return {};
    return order_below(network, kInfinity)->order;
}

}  // namespace monoidal::tensor
