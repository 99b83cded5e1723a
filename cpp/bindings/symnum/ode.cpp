#include "bindings.hpp"

#include <array>

#include "monoidal/common/error.hpp"
#include "monoidal/common/size.hpp"
#include "monoidal/ode/solve.hpp"
#include "runtime.hpp"
#include "symnum/symnum.hpp"

namespace monoidal::bindings::symnum {
namespace {

using namespace ode;

constexpr std::array<char const*, 3> kMethods{"dopri5", "rosenbrock", "auto"};

Method method_of(std::string const& name) {
    for (std::size_t k = 0; k < kMethods.size(); ++k) {
        if (name == kMethods[k]) return static_cast<Method>(k);
    }
    throw DomainError("method is '" + name + "', expected 'dopri5', 'rosenbrock' or 'auto'");
}

py::tuple outcomes() {
    py::list all;
    for (std::size_t k = 0; k < kOutcomes; ++k) {
        auto const outcome = static_cast<Outcome>(k);
        all.append(py::make_tuple(name(outcome), message(outcome)));
    }
    return py::tuple(all);
}

std::size_t rows(Array<double> const& a, char const* what) {
    if (a.ndim() == 2) return static_cast<std::size_t>(a.shape(0));
    throw ShapeError(std::string(what) + " has " + std::to_string(a.ndim()) +
                     " dimensions, expected 2: trajectories, values");
}

void check_bytes(System const& system, std::size_t n, std::size_t n_times,
                 std::uint64_t max_bytes) {
    auto const needed = Size(n) * Size(n_times) * Size(system.n_states()) * Size(sizeof(double));
    if (needed.value() <= max_bytes) return;
    throw TooLargeError("values of " + std::to_string(n) + " trajectories need " +
                        std::to_string(needed.value()) + " bytes, the limit is " +
                        std::to_string(max_bytes));
}

template <class T, class F>
py::array_t<T> gather(std::vector<Trajectory> const& all, F field) {
    py::array_t<T> out(static_cast<py::ssize_t>(all.size()));
    auto* const to = out.mutable_data();
    for (std::size_t k = 0; k < all.size(); ++k) to[k] = static_cast<T>(field(all[k]));
    return out;
}

py::tuple solve_all(System const& system, Array<double> const& initial,
                    Array<double> const& parameters, Array<double> const& times,
                    std::string const& method, double tol_rel, std::vector<double> tol_abs,
                    double first_step, double max_step, double limit, std::uint64_t max_steps,
                    double max_seconds, std::uint64_t max_bytes) {
    auto const n = rows(initial, "initial");
    rows(parameters, "parameters");
    rows(times, "times");
    auto const n_times = static_cast<std::size_t>(times.shape(1));
    check_bytes(system, n, n_times, max_bytes);
    Batch const batch{n, n_times, view(initial), view(parameters), view(times)};
    SolveOptions const options{method_of(method), tol_rel, std::move(tol_abs), first_step,
                               max_step,          limit,   max_steps,          max_seconds};
    py::array_t<double> values({n, n_times, system.n_states()});
    std::span<double> const out{values.mutable_data(), static_cast<std::size_t>(values.size())};
    auto const threads = pool();
    std::vector<Trajectory> all;
    {
        py::gil_scoped_release const nogil;
        all = solve(system, batch, options, out, *threads, poll_signals);
    }
    return py::make_tuple(std::move(values),
                          gather<std::uint8_t>(all, [](auto const& t) { return t.outcome; }),
                          gather<bool>(all, [](auto const& t) { return t.was_stiff; }),
                          gather<double>(all, [](auto const& t) { return t.time; }),
                          gather<std::uint64_t>(all, [](auto const& t) { return t.n_steps; }),
                          gather<std::uint64_t>(all, [](auto const& t) { return t.n_rejected; }));
}

}  // namespace

void bind_ode(py::module_& m) {
    m.attr("OUTCOMES") = outcomes();
    m.attr("METHODS") = py::tuple(py::cast(kMethods));
    py::class_<System>(m, "System")
        .def(py::init<std::vector<expression::Program> const&, std::size_t>(), "programs"_a,
             "n_named"_a)
        .def(
            "with_sensitivities",
            [](System const& self, std::vector<std::size_t> const& initial,
               std::vector<std::size_t> const& parameters) {
                return self.with_sensitivities(initial, parameters);
            },
            "initial"_a, "parameters"_a)
        .def_property_readonly("n_states", &System::n_states)
        .def_property_readonly("n_own_states", &System::n_own_states)
        .def_property_readonly("n_parameters", &System::n_parameters);
    m.def("solve", &solve_all, "system"_a, "initial"_a.noconvert(), "parameters"_a.noconvert(),
          "times"_a.noconvert(), "method"_a, "tol_rel"_a, "tol_abs"_a, "first_step"_a, "max_step"_a,
          "limit"_a, "max_steps"_a, "max_seconds"_a, "max_bytes"_a);
}

}  // namespace monoidal::bindings::symnum
