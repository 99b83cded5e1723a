#include "bindings.hpp"

#include "monoidal/common/error.hpp"
#include "monoidal/expression/differentiate.hpp"
#include "monoidal/expression/fit.hpp"
#include "runtime.hpp"
#include "symnum/symnum.hpp"

namespace monoidal::bindings::symnum {
namespace {

using namespace expression;
using Programs = std::vector<Program const*>;
using Constants = std::vector<std::vector<double>>;

template <class T>
Columns<T> columns(Array<T> const& x, char const* name) {
    if (x.ndim() != 2) {
        throw ShapeError(std::string(name) + " has " + std::to_string(x.ndim()) +
                         " dimensions, expected 2: variables, rows");
    }
    return {x.data(), static_cast<std::size_t>(x.shape(1)), static_cast<std::size_t>(x.shape(0))};
}

std::vector<Candidate> candidates(Programs const& programs, Constants const& constants) {
    if (programs.size() != constants.size()) {
        throw ShapeError("constants has " + std::to_string(constants.size()) + " lists, expected " +
                         std::to_string(programs.size()) + ", one an expression");
    }
    std::vector<Candidate> all;
    all.reserve(programs.size());
    for (std::size_t k = 0; k < programs.size(); ++k) {
        if (programs[k] == nullptr) throw ShapeError("programs has None");
        all.push_back({programs[k], constants[k]});
    }
    return all;
}

template <class T>
py::array_t<T> evaluate_all(Programs const& programs, Constants const& constants,
                            Array<T> const& x) {
    auto const all = candidates(programs, constants);
    auto const data = columns(x, "x");
    py::array_t<T> out({static_cast<py::ssize_t>(all.size()), x.shape(1)});
    std::span<T> const values{out.mutable_data(), static_cast<std::size_t>(out.size())};
    auto const threads = pool();
    {
        py::gil_scoped_release const nogil;
        evaluate<T>(all, data, values, *threads, poll_signals);
    }
    return out;
}

Wrt wrt(std::string const& by) {
    if (by == "constant") return Wrt::constants;
    if (by == "variable") return Wrt::variables;
    throw DomainError("by is '" + by + "', expected 'constant' or 'variable'");
}

std::span<double> span_of(py::array_t<double>& a) {
    return {a.mutable_data(), static_cast<std::size_t>(a.size())};
}

py::tuple jacobian(Program const& program, std::vector<double> const& constants,
                   Array<double> const& x, std::string const& by) {
    auto const data = columns(x, "x");
    auto const way = wrt(by);
    auto const n = way == Wrt::constants ? program.n_constants() : program.n_variables();
    py::array_t<double> values(x.shape(1));
    py::array_t<double> slopes({static_cast<py::ssize_t>(n), x.shape(1)});
    auto const v = span_of(values);
    auto const s = span_of(slopes);
    auto const threads = pool();
    {
        py::gil_scoped_release const nogil;
        value_and_jacobian({&program, constants}, data, way, v, s, *threads, poll_signals);
    }
    return py::make_tuple(std::move(values), std::move(slopes));
}

py::tuple tangent(Program const& program, std::vector<double> const& constants,
                  Array<double> const& x, std::vector<double> const& constants_direction,
                  Array<double> const& x_direction) {
    auto const data = columns(x, "x");
    auto const direction = columns(x_direction, "x_direction");
    py::array_t<double> values(x.shape(1));
    py::array_t<double> slopes(x.shape(1));
    auto const v = span_of(values);
    auto const s = span_of(slopes);
    auto const threads = pool();
    {
        py::gil_scoped_release const nogil;
        value_and_tangent({&program, constants}, data, constants_direction, direction, v, s,
                          *threads, poll_signals);
    }
    return py::make_tuple(std::move(values), std::move(slopes));
}

std::vector<FitResult> fit_all(Programs const& programs, Constants const& constants,
                               Array<double> const& x, Array<double> const& y,
                               Array<double> const& weights, std::size_t max_iterations,
                               double tol_rel, bool project_linear) {
    auto const all = candidates(programs, constants);
    auto const data = columns(x, "x");
    auto const targets = view(y);
    auto const w = view(weights);
    auto const threads = pool();
    py::gil_scoped_release const nogil;
    return fit(all, data, targets, w, {max_iterations, tol_rel, project_linear}, *threads,
               poll_signals);
}

}  // namespace

void bind_expression_run(py::module_& m) {
    py::class_<FitResult>(m, "FitResult")
        .def_readonly("constants", &FitResult::constants)
        .def_readonly("cost", &FitResult::cost)
        .def_readonly("iterations", &FitResult::iterations)
        .def_property_readonly("outcome", [](FitResult const& r) { return name(r.outcome); })
        .def_property_readonly("message", [](FitResult const& r) { return message(r.outcome); })
        .def_property_readonly("converged",
                               [](FitResult const& r) { return is_converged(r.outcome); });
    m.def("evaluate_float64", &evaluate_all<double>, "programs"_a, "constants"_a,
          "x"_a.noconvert());
    m.def("evaluate_float32", &evaluate_all<float>, "programs"_a, "constants"_a, "x"_a.noconvert());
    m.def("jacobian", &jacobian, "program"_a, "constants"_a, "x"_a.noconvert(), "by"_a);
    m.def("tangent", &tangent, "program"_a, "constants"_a, "x"_a.noconvert(),
          "constants_direction"_a, "x_direction"_a.noconvert());
    m.def("fit", &fit_all, "programs"_a, "constants"_a, "x"_a.noconvert(), "y"_a.noconvert(),
          "weights"_a.noconvert(), "max_iterations"_a, "tol_rel"_a, "project_linear"_a);
    m.def("linear_constants", &linear_constants, "program"_a);
}

}  // namespace monoidal::bindings::symnum
