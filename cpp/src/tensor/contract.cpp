#include "monoidal/tensor/contract.hpp"

#include <algorithm>
#include <string>

#include "lanes.hpp"
#include "monoidal/common/error.hpp"

namespace monoidal::tensor {

namespace baseline {
extern LaneKernels const kKernels;
}
#ifdef MONOIDAL_X86
namespace avx2 {
extern LaneKernels const kKernels;
}
namespace avx512 {
extern LaneKernels const kKernels;
}
#endif

LaneKernels const& lane_kernels(Isa isa) noexcept {
#ifdef MONOIDAL_X86
    if (isa == Isa::avx512) return avx512::kKernels;
    if (isa == Isa::avx2) return avx2::kKernels;
#endif
    static_cast<void>(isa);
    return baseline::kKernels;
}

namespace {

/// Pieces of a step that take about a millisecond, so that an interrupt is heard in time.
constexpr std::size_t kPiece = 1 << 18;

template <class Run>
void in_pieces(Step const& step, std::size_t lanes, Task& task, Run run) {
    auto const piece = std::max<std::size_t>(1, kPiece / (step.n_terms() * lanes));
    StepView view{step.left_out.data(),
                  step.right_out.data(),
                  step.left_sum.data(),
                  step.right_sum.data(),
                  0,
                  0,
                  step.n_terms(),
                  lanes};
    for (; view.begin < step.size(); view.begin = view.end) {
        view.end = std::min(step.size(), view.begin + piece);
        run(view);
        if (view.end < step.size()) task.check();
    }
}

void check_size(char const* name, std::size_t got, std::size_t expected) {
    if (got == expected) return;
    throw ShapeError(std::string(name) + " has " + std::to_string(got) + " numbers, expected " +
                     std::to_string(expected));
}

/// 1 where all indices agree, else 0.
void write_copy_tensor(std::uint32_t rank, std::uint64_t dimension, std::size_t lanes,
                       std::span<double> out, Task& task) {
    fill(out, 0.0, task);
    std::uint64_t diagonal = 0;
    for (std::uint32_t k = 0, stride = 1; k < rank; ++k) {
        diagonal += stride;
        stride *= static_cast<std::uint32_t>(dimension);
    }
    for (std::uint64_t v = 0; v < (rank == 0 ? 1 : dimension); ++v) {
        std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(2 * lanes * v * diagonal), lanes,
                    1.0);
    }
}

/// The last tensor of all: the result, or its adjoint.
void scale_result(Plan const& plan, std::span<double> tensors) {
    if (plan.scale == 1.0) return;
    auto const n_elements = plan.begin.back();
    auto const lane_width = tensors.size() / n_elements;
    for (auto& value : tensors.last(plan.output_size * lane_width)) value *= plan.scale;
}

}  // namespace

void contract(Plan const& plan, std::size_t lanes, std::span<double> tensors, Task& task) {
    auto const& begin = plan.begin;
    check_size("tensors", tensors.size(), 2 * lanes * begin.back());
    auto const n = plan.n_operands();
    for (std::size_t k = 0; k < plan.copy_rank.size(); ++k) {
        auto const at = plan.n_given() + k;
        write_copy_tensor(plan.copy_rank[k], plan.copy_dimension[k], lanes,
                          tensors.subspan(2 * lanes * begin[at], 2 * lanes * plan.operand_size[at]),
                          task);
    }
    auto const& kernels = lane_kernels(best_isa());
    auto const at = [&](std::size_t tensor) { return tensors.data() + 2 * lanes * begin[tensor]; };
    for (std::size_t k = 0; k < plan.steps.size(); ++k) {
        auto const& step = plan.steps[k];
        in_pieces(step, lanes, task, [&](StepView const& view) {
            kernels.forward(view, at(step.left), at(step.right), at(n + k));
        });
    }
    scale_result(plan, tensors);
}

void contract_adjoint(Plan const& plan, std::size_t lanes, std::span<double const> tensors,
                      std::span<double> adjoints, Task& task) {
    auto const& begin = plan.begin;
    check_size("tensors", tensors.size(), 2 * lanes * begin.back());
    check_size("adjoints", adjoints.size(), 2 * lanes * begin.back());
    auto const n = plan.n_operands();
    auto const last = 2 * lanes * begin[n + plan.steps.size() - 1];
    fill(adjoints.first(last), 0.0, task);
    scale_result(plan, adjoints);
    auto const& kernels = lane_kernels(best_isa());
    auto const at = [&](std::size_t tensor) { return 2 * lanes * begin[tensor]; };
    for (std::size_t k = plan.steps.size(); k-- > 0;) {
        auto const& step = plan.steps[k];
        in_pieces(step, lanes, task, [&](StepView const& view) {
            kernels.backward(view, tensors.data() + at(step.left), tensors.data() + at(step.right),
                             adjoints.data() + at(n + k), adjoints.data() + at(step.left),
                             adjoints.data() + at(step.right));
        });
    }
}

}  // namespace monoidal::tensor
