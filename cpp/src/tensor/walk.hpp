#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/tensor/plan.hpp"

namespace monoidal::tensor {

/// Walks an order and says, step by step, which indices the two tensors and their product have.
class Walk {
public:
    using Axes = std::vector<std::uint32_t>;

    explicit Walk(Network const& network)
        : network_(network), tensors_(network.operands), n_holders_(network.dimension.size(), 0) {
        used_.assign(tensors_.size(), false);
        for (auto const& axes : tensors_) hold(axes, 1);
        for (auto const index : network.output) ++n_holders_[index];
    }

    struct Result {
        Axes const& left;
        Axes const& right;
        Axes out;
        Axes sum;
    };

    Result step(std::uint32_t left, std::uint32_t right, bool is_last) {
        take(left);
        take(right);
        Axes out;
        Axes sum;
        auto const sort_in = [&](Axes const& axes) {
            for (auto const index : axes) {
                auto& list = n_holders_[index] > 0 ? out : sum;
                if (std::ranges::find(list, index) == list.end()) list.push_back(index);
            }
        };
        sort_in(tensors_[left]);
        sort_in(tensors_[right]);
        if (is_last) out = network_.output;
        hold(out, 1);
        tensors_.push_back(out);
        used_.push_back(false);
        return {tensors_[left], tensors_[right], std::move(out), std::move(sum)};
    }

    /// The last result's axes in another order.
    void rename_last(Axes axes) { tensors_.back() = std::move(axes); }

    [[nodiscard]] Size size(Axes const& axes) const {
        Size product(1);
        for (auto const index : axes) product = product * Size(network_.dimension[index]);
        return product;
    }

private:
    void hold(Axes axes, int sign) {
        std::ranges::sort(axes);
        auto const rest = std::ranges::unique(axes);
        axes.erase(rest.begin(), rest.end());
        for (auto const index : axes) n_holders_[index] += sign;
    }

    void take(std::uint32_t tensor) {
        if (tensor >= tensors_.size() || used_[tensor]) {
            throw ShapeError("order names tensor " + std::to_string(tensor) +
                             ", which is not there or was contracted before");
        }
        used_[tensor] = true;
        hold(tensors_[tensor], -1);
    }

    Network const& network_;
    std::vector<Axes> tensors_;
    std::vector<bool> used_;
    std::vector<int> n_holders_;
};

/// Two tensors at least, so that every result is the result of a step.
inline Network padded(Network network) {
    while (network.operands.size() < 2) network.operands.emplace_back();
    return network;
}

inline Order padded(Order order, std::size_t n_operands) {
    if (n_operands < 2) return {{0, 1}};
    if (order.size() + 1 != n_operands) {
        throw ShapeError("order has " + std::to_string(order.size()) + " steps, expected " +
                         std::to_string(n_operands - 1));
    }
    return order;
}

}  // namespace monoidal::tensor
