#include "monoidal/tensor/plan.hpp"

#include <algorithm>
#include <limits>

#include "monoidal/common/error.hpp"

namespace monoidal::tensor {
namespace {

using Axes = std::vector<std::uint32_t>;

/// Walks an order and says, step by step, which indices the two tensors and their product have.
class Walk {
public:
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
Network padded(Network network) {
    while (network.operands.size() < 2) network.operands.emplace_back();
    return network;
}

Order padded(Order order, std::size_t n_operands) {
    if (n_operands < 2) return {{0, 1}};
    if (order.size() + 1 != n_operands) {
        throw ShapeError("order has " + std::to_string(order.size()) + " steps, expected " +
                         std::to_string(n_operands - 1));
    }
    return order;
}

/// Offset into a row-major tensor for every value of `indices`, the last fastest.
std::vector<std::uint32_t> offsets(Axes const& tensor, Axes const& indices,
                                   std::vector<std::uint64_t> const& dimension) {
    std::vector<std::uint64_t> stride(indices.size(), 0);
    std::uint64_t run = 1;
    for (std::size_t a = tensor.size(); a-- > 0;) {
        auto const it = std::ranges::find(indices, tensor[a]);
        if (it != indices.end()) stride[static_cast<std::size_t>(it - indices.begin())] += run;
        run *= dimension[tensor[a]];
    }
    std::vector<std::uint32_t> out{0};
    for (std::size_t a = 0; a < indices.size(); ++a) {
        std::vector<std::uint32_t> longer;
        longer.reserve(out.size() * dimension[indices[a]]);
        for (auto const base : out) {
            for (std::uint64_t v = 0; v < dimension[indices[a]]; ++v) {
                longer.push_back(base + static_cast<std::uint32_t>(v * stride[a]));
            }
        }
        out = std::move(longer);
    }
    return out;
}

std::uint64_t checked_size(Size size) {
    if (size.value() > std::numeric_limits<std::int32_t>::max()) {
        throw TooLargeError("one tensor of the contraction has over 2^31 elements");
    }
    return size.value();
}

}  // namespace

Cost cost(Network const& given, Order const& order) {
    auto const network = padded(given);
    Walk walk(network);
    Cost total{Size(0), Size(1), Size(0)};
    auto const count = [&](Axes const& axes) {
        total.largest = std::max(total.largest, walk.size(axes));
        total.total = total.total + walk.size(axes);
    };
    for (auto const& axes : network.operands) count(axes);
    auto const steps = padded(order, given.operands.size());
    for (std::size_t k = 0; k < steps.size(); ++k) {
        auto const result = walk.step(steps[k].first, steps[k].second, k + 1 == steps.size());
        total.multiplications =
            total.multiplications + walk.size(result.out) * walk.size(result.sum);
        count(result.out);
    }
    return total;
}

Plan compile(Network const& given, Order const& order) {
    auto const network = padded(given);
    auto const steps = padded(order, given.operands.size());
    checked_size(cost(given, order).largest);
    Walk walk(network);
    Plan plan;
    plan.scale = network.scale;
    for (std::size_t k = 0; k < network.operands.size(); ++k) {
        auto const& axes = network.operands[k];
        plan.operand_size.push_back(walk.size(axes).value());
        if (k < network.n_given) continue;
        plan.copy_rank.push_back(static_cast<std::uint32_t>(axes.size()));
        plan.copy_dimension.push_back(axes.empty() ? 1 : network.dimension[axes.front()]);
    }
    for (std::size_t k = 0; k < steps.size(); ++k) {
        auto const [left, right] = steps[k];
        auto const result = walk.step(left, right, k + 1 == steps.size());
        plan.steps.push_back({left, right, offsets(result.left, result.out, network.dimension),
                              offsets(result.right, result.out, network.dimension),
                              offsets(result.left, result.sum, network.dimension),
                              offsets(result.right, result.sum, network.dimension)});
    }
    plan.output_size = plan.steps.back().size();
    plan.begin.push_back(0);
    for (auto const size : plan.operand_size) plan.begin.push_back(plan.begin.back() + size);
    for (auto const& step : plan.steps) plan.begin.push_back(plan.begin.back() + step.size());
    return plan;
}

std::string print(Network const& given, Order const& order) {
    auto const network = padded(given);
    Walk walk(network);
    auto const text = [](Axes const& axes) {
        std::string out = "[";
        for (auto const index : axes) {
            if (out.size() > 1) out += ' ';
            out += std::to_string(index);
        }
        out += ']';
        return out;
    };
    std::string out;
    auto const steps = padded(order, given.operands.size());
    for (std::size_t k = 0; k < steps.size(); ++k) {
        auto const [left, right] = steps[k];
        auto const result = walk.step(left, right, k + 1 == steps.size());
        auto const work = walk.size(result.out) * walk.size(result.sum);
        out += std::to_string(network.operands.size() + k) + " = " + std::to_string(left) +
               text(result.left) + " * " + std::to_string(right) + text(result.right) + " -> " +
               text(result.out) + "  " + std::to_string(work.value()) + " multiplications\n";
    }
    return out;
}

}  // namespace monoidal::tensor
