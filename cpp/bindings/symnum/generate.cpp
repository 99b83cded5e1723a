#include "bindings.hpp"

#include "monoidal/generate/functions.hpp"
#include "runtime.hpp"
#include "symnum/symnum.hpp"

namespace monoidal::bindings::symnum {
namespace {

using namespace generate;

/// Functions as arrays: those of one function lie together, `*_ends` says where they end.
struct Packed {
    std::vector<std::uint64_t> key, skeleton, fingerprint;
    std::vector<std::uint8_t> n_variables, operation;
    std::vector<std::int32_t> left, right;
    std::vector<double> constants;
    std::vector<std::int64_t> node_ends, constant_ends;
    std::vector<float> x, y;

    void add(Function const& f) {
        key.push_back(f.key);
        skeleton.push_back(f.skeleton);
        fingerprint.push_back(f.fingerprint);
        n_variables.push_back(static_cast<std::uint8_t>(f.program.n_variables()));
        for (auto const& node : f.program.nodes()) {
            operation.push_back(static_cast<std::uint8_t>(node.op));
            left.push_back(static_cast<std::int32_t>(node.a));
            right.push_back(static_cast<std::int32_t>(node.b));
        }
        auto const own = f.program.constants();
        constants.insert(constants.end(), own.begin(), own.end());
        node_ends.push_back(static_cast<std::int64_t>(operation.size()));
        constant_ends.push_back(static_cast<std::int64_t>(constants.size()));
        x.insert(x.end(), f.x.begin(), f.x.end());
        y.insert(y.end(), f.y.begin(), f.y.end());
    }
};

py::dict sample(std::uint64_t seed, std::uint64_t first, std::size_t n, std::size_t max_variables,
                std::size_t max_extra, std::size_t max_unary, std::size_t n_points,
                double max_value) {
    FunctionOptions const options{max_variables, max_extra, max_unary, n_points, max_value};
    auto const threads = pool();
    Packed packed;
    {
        py::gil_scoped_release const nogil;
        for (auto const& f : sample_functions(seed, first, n, options, *threads, poll_signals)) {
            packed.add(f);
        }
    }
    return py::dict(
        "key"_a = array(packed.key), "skeleton"_a = array(packed.skeleton),
        "fingerprint"_a = array(packed.fingerprint), "n_variables"_a = array(packed.n_variables),
        "operation"_a = array(packed.operation), "left"_a = array(packed.left),
        "right"_a = array(packed.right), "constants"_a = array(packed.constants),
        "node_ends"_a = array(packed.node_ends), "constant_ends"_a = array(packed.constant_ends),
        "x"_a = array(packed.x), "y"_a = array(packed.y));
}

}  // namespace

void bind_generate(py::module_& m) {
    m.attr("MAX_VARIABLES") = generate::kMaxVariables;
    m.def("sample", &sample, "seed"_a, "first"_a, "n"_a, "max_variables"_a, "max_extra"_a,
          "max_unary"_a, "n_points"_a, "max_value"_a);
    m.def("skeleton", &skeleton, "program"_a);
}

}  // namespace monoidal::bindings::symnum
