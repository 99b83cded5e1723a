#include "bindings.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <optional>
#include <string_view>

#include "monoidal/common/error.hpp"
#include "monoidal/tensor/execute.hpp"
#include "monoidal/tensor/search.hpp"
#include "qnlp/qnlp.hpp"

namespace monoidal::bindings::qnlp {
namespace {

using tensor::Blas;
using tensor::Contraction;
using tensor::Network;
using tensor::Order;

Blas& blas() {
    static Blas table;
    return table;
}

/// A function of BLAS out of a capsule, as scipy.linalg.cython_blas has them.
tensor::Gemm gemm(py::capsule const& capsule) {
    return reinterpret_cast<tensor::Gemm>(
        PyCapsule_GetPointer(capsule.ptr(), PyCapsule_GetName(capsule.ptr())));
}

void set_blas(py::capsule const& s, py::capsule const& d, py::capsule const& c,
              py::capsule const& z) {
    blas() = {gemm(s), gemm(d), gemm(c), gemm(z)};
}

/// Labels of indices as numbers, in order of their first use.
class Labels {
public:
    std::uint32_t operator()(py::handle label) {
        auto* const known = PyDict_GetItemWithError(numbers_.ptr(), label.ptr());
        if (known != nullptr) return static_cast<std::uint32_t>(PyLong_AsLong(known));
        if (PyErr_Occurred() != nullptr) throw py::error_already_set();
        auto const number = static_cast<std::uint32_t>(numbers_.size());
        numbers_[label] = py::int_(number);
        return number;
    }
    [[nodiscard]] std::size_t size() const { return numbers_.size(); }

    std::vector<std::uint32_t> all(py::handle labels) {
        py::object const fast = py::reinterpret_steal<py::object>(
            PySequence_Fast(labels.ptr(), "axes must be a sequence of labels"));
        if (!fast) throw py::error_already_set();
        std::vector<std::uint32_t> out;
        auto const n = PySequence_Fast_GET_SIZE(fast.ptr());
        out.reserve(static_cast<std::size_t>(n));
        for (py::ssize_t k = 0; k < n; ++k)
            out.push_back((*this)(PySequence_Fast_GET_ITEM(fast.ptr(), k)));
        return out;
    }

private:
    py::dict numbers_;
};

void set_dimension(Network& network, std::size_t operand, std::size_t axis, std::uint64_t size) {
    auto const index = network.operands[operand][axis];
    auto& known = network.dimension[index];
    if (size == 0 || (known != 0 && known != size)) {
        throw ShapeError("operand " + std::to_string(operand) + " has dimension " +
                         std::to_string(size) + " at axis " + std::to_string(axis) + ", expected " +
                         (known == 0 ? "1 or more" : std::to_string(known)));
    }
    known = size;
}

Network network_of(py::sequence const& inputs, py::handle output, py::sequence const& shapes,
                   bool are_arrays) {
    Network network;
    Labels labels;
    if (inputs.size() != shapes.size()) {
        throw ShapeError("inputs names " + std::to_string(inputs.size()) + " operands, there are " +
                         std::to_string(shapes.size()));
    }
    for (auto const axes : inputs) network.operands.push_back(labels.all(axes));
    auto const n_labels = labels.size();
    network.output = labels.all(output);
    if (labels.size() > n_labels) throw ShapeError("output has a label that no operand has");
    std::vector<bool> is_named(n_labels, false);
    for (auto const index : network.output) {
        if (is_named[index]) throw ShapeError("output has a label twice");
        is_named[index] = true;
    }
    network.dimension.assign(n_labels, 0);
    network.n_given = inputs.size();
    std::size_t operand = 0;
    for (auto const shape : shapes) {
        auto const& axes = network.operands[operand];
        auto const fail = [&](std::size_t got) {
            throw ShapeError("operand " + std::to_string(operand) + " has " + std::to_string(got) +
                             " axes, its labels name " + std::to_string(axes.size()));
        };
        if (are_arrays && py::isinstance<py::array>(shape)) {
            auto const array = py::reinterpret_borrow<py::array>(shape);
            auto const rank = static_cast<std::size_t>(array.ndim());
            if (rank != axes.size()) fail(rank);
            for (std::size_t k = 0; k < rank; ++k) {
                set_dimension(network, operand, k, static_cast<std::uint64_t>(array.shape()[k]));
            }
        } else {
            auto const sizes = py::cast<std::vector<std::uint64_t>>(shape);
            if (sizes.size() != axes.size()) fail(sizes.size());
            for (std::size_t k = 0; k < sizes.size(); ++k) {
                set_dimension(network, operand, k, sizes[k]);
            }
        }
        ++operand;
    }
    return network;
}

/// What a contraction and its planning may take. The limit is a number, or a function that is asked
/// for it where more than a few megabytes are needed: asking takes longer than contracting a small
/// network.
class Limits {
public:
    Limits(py::object memory, tensor::SearchOptions const& options)
        : search(options), memory_(std::move(memory)) {
        if (PyCallable_Check(memory_.ptr()) == 0) bytes_ = py::cast<std::uint64_t>(memory_);
    }

    /// Takes the GIL where it has to ask.
    [[nodiscard]] bool fits(std::uint64_t n_bytes) const {
        constexpr std::uint64_t kNegligible = 1 << 20;
        if (!bytes_ && n_bytes <= kNegligible) return true;
        return n_bytes <= bytes();
    }

    [[nodiscard]] std::uint64_t bytes() const {
        if (!bytes_) {
            py::gil_scoped_acquire const gil;
            bytes_ = py::cast<std::uint64_t>(memory_());
        }
        return *bytes_;
    }

    tensor::SearchOptions search;

private:
    py::object memory_;
    mutable std::optional<std::uint64_t> bytes_;
};

Order plan(Network const& network, Limits const& limits) {
    if (limits.search.n_trials == 0) return tensor::contraction_order(network);
    Order order;
    ThreadPool::run_alone(1, poll_signals, [&](std::size_t, Task& task) {
        order = tensor::search_order(network, limits.search, task);
    });
    return order;
}

[[noreturn]] void fail_too_large(std::string const& needed, Limits const& limits) {
    throw TooLargeError("contraction needs " + needed + " bytes, the limit is " +
                        std::to_string(limits.bytes()));
}

std::uint64_t bytes_of(Contraction const& made) {
    return (made.work_size() * Size(16) + made.table_size() * Size(4)).value();
}

/// Cuts the network into slices until it fits.
Contraction sliced(Network const& network, Order const& order, Limits const& limits) {
    double const log2_fits = std::log2(static_cast<double>(limits.bytes()) / 16.0);
    std::optional<std::vector<std::uint32_t>> last;
    // With the largest tensor two more are there, mostly smaller: half of the limit is a first
    // guess.
    for (double log2_limit = std::min(log2_fits - 1.0, 30.9);; log2_limit -= 1.0) {
        auto const slices = tensor::slices(network, order, log2_limit);
        auto cut = network;
        for (auto const index : slices) cut.dimension[index] = 1;
        auto const largest = tensor::work(cut, order).log2_largest;
        if (largest > log2_fits) {
            // What is too large even for a number of bytes is said to be that number.
            auto const n_bytes = Size::power_of_two(4 + static_cast<std::uint64_t>(largest));
            fail_too_large(std::to_string(n_bytes.value()), limits);
        }
        if (last == slices && log2_limit > 0.0) continue;
        Contraction made(network, order, slices);
        if (bytes_of(made) <= limits.bytes()) return made;
        if (log2_limit <= 0.0) fail_too_large(std::to_string(bytes_of(made)), limits);
        last = slices;
    }
}

Contraction compile(Network const& network, std::optional<Order> given, Limits const& limits) {
    if (given) (void)tensor::cost(network, *given);  // throws where it is no order
    auto const order = given ? std::move(*given) : plan(network, limits);
    // Tables have up to four numbers for each element.
    auto const elements = tensor::cost(network, order).largest * Size(32);
    if (limits.fits(elements.value())) {
        Contraction made(network, order, {});
        if (limits.fits(bytes_of(made))) return made;
    }
    return sliced(network, order, limits);
}

/// The same without the GIL where it takes longer than handing that over.
Contraction compiled(Network const& network, Limits const& limits) {
    constexpr std::size_t kFew = 32;
    if (network.operands.size() < kFew) return compile(network, {}, limits);
    NoGil const nogil;
    return compile(network, {}, limits);
}

using Arrays = std::vector<py::array>;

/// Scalars and lists become arrays, arrays stay as they are.
Arrays arrays_of(py::sequence const& items) {
    Arrays out;
    out.reserve(items.size());
    for (auto const item : items) {
        out.push_back(py::isinstance<py::array>(item) ? py::reinterpret_borrow<py::array>(item)
                                                      : py::array::ensure(item));
        if (!out.back() ||
            std::string_view("biufc").find(out.back().dtype().kind()) == std::string_view::npos) {
            throw py::type_error("operand " + std::to_string(out.size() - 1) +
                                 " must be an array of numbers");
        }
    }
    return out;
}

/// The smallest of float32, float64, complex64, complex128 that holds all arrays' values.
char common_type(Arrays const& arrays) {
    bool is_complex = false, is_double = false;
    for (auto const& array : arrays) {
        auto const type = array.dtype();
        is_complex = is_complex || type.kind() == 'c';
        is_double = is_double || (type.char_() != 'f' && type.char_() != 'F');
    }
    return is_complex ? (is_double ? 'D' : 'F') : (is_double ? 'd' : 'f');
}

void check_shape(Network const& network, std::size_t k, py::array const& array) {
    if (k >= network.operands.size()) {
        throw ShapeError("arrays are more than the " + std::to_string(network.operands.size()) +
                         " operands of the network");
    }
    auto const& axes = network.operands[k];
    bool fits = static_cast<std::size_t>(array.ndim()) == axes.size();
    for (std::size_t a = 0; fits && a < axes.size(); ++a) {
        fits = static_cast<std::uint64_t>(array.shape()[a]) == network.dimension[axes[a]];
    }
    if (!fits) {
        throw ShapeError("operand " + std::to_string(k) +
                         " has another shape than was planned for");
    }
}

template <class T>
py::array run_as(Contraction const& contraction, Arrays const& arrays) {
    using Values = py::array_t<T, py::array::c_style | py::array::forcecast>;
    std::vector<Values> held;
    std::vector<T const*> operands;
    held.reserve(arrays.size());
    for (auto const& array : arrays) {
        auto const k = held.size();
        check_shape(contraction.network(), k, array);
        held.emplace_back(array);
        operands.push_back(held.back().data());
    }
    std::vector<py::ssize_t> shape;
    auto const& network = contraction.network();
    for (auto const index : network.output) {
        shape.push_back(static_cast<py::ssize_t>(network.dimension[index]));
    }
    py::array_t<T> result(shape);
    std::span<T> const out{result.mutable_data(), contraction.output_size()};
    auto const run = [&] {
        ThreadPool::run_alone(1, poll_signals, [&](std::size_t, Task& task) {
            contraction.run<T>(operands, out, blas(), task);
        });
    };
    constexpr std::uint64_t kShort = 1 << 14;  // numbers: under 50 us
    if (contraction.table_size().value() + contraction.work_size().value() < kShort) {
        run();
    } else {
        NoGil const nogil;
        run();
    }
    return result;
}

py::array run(Contraction const& contraction, py::sequence const& items) {
    auto const arrays = arrays_of(items);
    switch (common_type(arrays)) {
        case 'f': return run_as<float>(contraction, arrays);
        case 'F': return run_as<std::complex<float>>(contraction, arrays);
        case 'D': return run_as<std::complex<double>>(contraction, arrays);
        default: return run_as<double>(contraction, arrays);
    }
}

constexpr double kOneRun = 1.0;
constexpr double kManyRuns = 100.0;

py::array contract_labels(py::sequence const& inputs, py::handle output, py::sequence const& arrays,
                          py::object memory_limit, std::uint32_t n_trials, std::uint64_t seed) {
    Limits const limits(std::move(memory_limit),
                        {.n_trials = n_trials, .n_runs = kOneRun, .seed = seed});
    return run(compiled(network_of(inputs, output, arrays, true), limits), arrays);
}

/// 1 where all indices agree, else 0.
py::array copy_tensor(Network const& network, std::vector<std::uint32_t> const& axes) {
    std::vector<py::ssize_t> shape;
    std::size_t step = 0, size = 1;
    for (auto const index : axes) {
        shape.push_back(static_cast<py::ssize_t>(network.dimension[index]));
        step = step * network.dimension[index] + 1;
        size *= network.dimension[index];
    }
    py::array_t<float> made(shape);
    auto* const values = made.mutable_data();
    std::fill_n(values, size, 0.0F);
    for (std::size_t k = 0; k < size; k += std::max<std::size_t>(1, step)) values[k] = 1.0F;
    return made;
}

py::array contract_network(Network const& network, py::sequence const& arrays,
                           py::object memory_limit) {
    if (arrays.size() != network.n_given) {
        throw ShapeError("operands has " + std::to_string(arrays.size()) +
                         " arrays, the network takes " + std::to_string(network.n_given));
    }
    Limits const limits(std::move(memory_limit), {.n_runs = kOneRun});
    auto const contraction = compiled(network, limits);
    py::list all(arrays);
    for (auto k = network.n_given; k < network.operands.size(); ++k) {
        all.append(copy_tensor(network, network.operands[k]));
    }
    return run(contraction, all);
}

std::unique_ptr<Contraction> make_contraction(py::sequence const& inputs, py::handle output,
                                              py::sequence const& shapes,
                                              std::optional<Order> order, py::object memory_limit,
                                              std::uint32_t n_trials, std::uint64_t seed) {
    auto const network = network_of(inputs, output, shapes, false);
    Limits const limits(std::move(memory_limit),
                        {.n_trials = n_trials, .n_runs = kManyRuns, .seed = seed});
    NoGil const nogil;
    return std::make_unique<Contraction>(compile(network, std::move(order), limits));
}

}  // namespace

void bind_contraction(py::module_& m) {
    py::class_<Contraction>(m, "Contraction")
        .def(py::init(&make_contraction), "inputs"_a, "output"_a, "shapes"_a, "order"_a,
             "memory_limit"_a, "n_trials"_a, "seed"_a)
        .def_property_readonly("order", &Contraction::order)
        .def_property_readonly("n_slices",
                               [](Contraction const& c) {
                                   double n = 1;
                                   for (auto const index : c.slices()) {
                                       n *= static_cast<double>(c.network().dimension[index]);
                                   }
                                   return n;
                               })
        .def_property_readonly("work",
                               [](Contraction const& c) {
                                   auto const w = tensor::work(c.network(), c.order());
                                   return py::make_tuple(w.log2_multiplications, w.log2_largest);
                               })
        .def("describe", [](Contraction const& c) { return tensor::print(c.network(), c.order()); })
        .def("run", &run, "arrays"_a);
    m.def("contract_labels", &contract_labels, "inputs"_a, "output"_a, "arrays"_a, "memory_limit"_a,
          "n_trials"_a, "seed"_a);
    m.def("contract_network", &contract_network, "network"_a, "arrays"_a, "memory_limit"_a);
    m.def("set_blas", &set_blas, "s"_a, "d"_a, "c"_a, "z"_a);
}

}  // namespace monoidal::bindings::qnlp
