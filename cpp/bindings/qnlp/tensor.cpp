#include "bindings.hpp"

#include <algorithm>
#include <complex>

#include "monoidal/common/aligned.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/tensor/contract.hpp"
#include "monoidal/tensor/plan.hpp"
#include "qnlp/qnlp.hpp"

namespace monoidal::bindings::qnlp {
namespace {

using tensor::Network;
using tensor::Order;

Network make_network(std::vector<std::vector<std::uint32_t>> operands,
                     std::vector<std::uint32_t> output, std::vector<std::uint64_t> dimension) {
    auto const check = [&](std::vector<std::uint32_t> const& axes) {
        for (auto const index : axes) {
            if (index < dimension.size() && dimension[index] > 0) continue;
            throw ShapeError("index " + std::to_string(index) + " has no dimension");
        }
    };
    for (auto const& axes : operands) check(axes);
    check(output);
    auto sorted = output;
    std::ranges::sort(sorted);
    if (auto const twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
        throw ShapeError("output names index " + std::to_string(*twice) + " twice");
    }
    auto const n = operands.size();
    return {std::move(operands), std::move(output), std::move(dimension), n, 1.0};
}

py::dict cost(Network const& network, Order const& order) {
    auto const c = tensor::cost(network, order);
    return py::dict("multiplications"_a = c.multiplications.value(),
                    "largest"_a = c.largest.value(), "total"_a = c.total.value());
}

using Complex = std::complex<double>;

py::array_t<Complex> contract(Network const& network, Order const& order,
                              std::vector<Array<Complex>> const& operands,
                              std::uint64_t memory_limit) {
    auto const n_bytes = tensor::cost(network, order).total * Size(sizeof(Complex));
    if (n_bytes.value() > memory_limit) {
        throw TooLargeError("contraction needs " + std::to_string(n_bytes.value()) +
                            " bytes, the limit is " + std::to_string(memory_limit));
    }
    auto const plan = tensor::compile(network, order);
    if (operands.size() != plan.n_given()) {
        throw ShapeError("operands has " + std::to_string(operands.size()) +
                         " arrays, the network takes " + std::to_string(plan.n_given()));
    }
    Buffer tensors(2 * plan.begin.back());
    for (std::size_t k = 0; k < operands.size(); ++k) {
        auto const values = view(operands[k]);
        if (values.size() != plan.operand_size[k]) {
            throw ShapeError("operand " + std::to_string(k) + " has " +
                             std::to_string(values.size()) + " values, its axes give " +
                             std::to_string(plan.operand_size[k]));
        }
        auto* out = tensors.data() + 2 * plan.begin[k];
        for (auto const& value : values) {
            *out++ = value.real();
            *out++ = value.imag();
        }
    }
    py::array_t<Complex> result(static_cast<py::ssize_t>(plan.output_size));
    auto* const out = result.mutable_data();
    {
        NoGil const nogil;
        ThreadPool::run_alone(1, poll_signals, [&](std::size_t, Task& task) {
            tensor::contract(plan, 1, tensors, task);
        });
        auto const* const last = tensors.data() + tensors.size() - 2 * plan.output_size;
        for (std::size_t k = 0; k < plan.output_size; ++k) out[k] = {last[2 * k], last[2 * k + 1]};
    }
    return result;
}

}  // namespace

void bind_tensor(py::module_ m) {
    py::class_<Network>(m, "Network")
        .def(py::init(&make_network), "operands"_a, "output"_a, "dimension"_a)
        .def_readonly("operands", &Network::operands)
        .def_readonly("output", &Network::output)
        .def_readonly("dimension", &Network::dimension)
        .def_readonly("n_given", &Network::n_given)
        .def_readonly("scale", &Network::scale);
    m.attr("EXACT_LIMIT") = tensor::kExactLimit;
    auto const release = py::call_guard<NoGil>();
    m.def("exact_order", &tensor::exact_order, "network"_a, release);
    m.def("greedy_order", &tensor::greedy_order, "network"_a, release);
    m.def("contraction_order", &tensor::contraction_order, "network"_a, release);
    m.def("cost", &cost, "network"_a, "order"_a);
    m.def("describe", &tensor::print, "network"_a, "order"_a);
    m.def("contract", &contract, "network"_a, "order"_a, "operands"_a, "memory_limit"_a);
    bind_contraction(m);
}

}  // namespace monoidal::bindings::qnlp
