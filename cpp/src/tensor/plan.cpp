#include "monoidal/tensor/plan.hpp"

#include <algorithm>
#include <limits>

#include "monoidal/common/error.hpp"
#include "walk.hpp"

namespace monoidal::tensor {
namespace {

using Axes = std::vector<std::uint32_t>;

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
