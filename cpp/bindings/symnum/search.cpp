#include "bindings.hpp"

#include "monoidal/common/error.hpp"
#include "monoidal/search/explore.hpp"
#include "monoidal/search/table.hpp"
#include "runtime.hpp"
#include "symnum/symnum.hpp"

namespace monoidal::bindings::symnum {
namespace {

using namespace search;

std::vector<Op> ops_of(std::vector<std::string> const& names) {
    std::vector<Op> ops;
    for (auto const& name : names) {
        auto const* found = expression::find_operation(name);
        if (found == nullptr) throw SyntaxError("operation '" + name + "' is not one");
        ops.push_back(found->op);
    }
    return ops;
}

std::unique_ptr<Table> make_table(Array<double> const& x, std::vector<std::string> const& names,
                                  std::size_t max_entries, std::uint32_t max_cost,
                                  double max_seconds, std::uint32_t cost_of_product,
                                  std::vector<Exponents> const& units,
                                  Exponents const& target_units) {
    if (x.ndim() != 2) throw ShapeError("x has another rank than 2: variables, points");
    expression::Columns<double> const data{x.data(), static_cast<std::size_t>(x.shape(1)),
                                           static_cast<std::size_t>(x.shape(0))};
    TableOptions const options{ops_of(names),   max_entries, max_cost,
                               cost_of_product, max_seconds, Dimensions(units, target_units)};
    auto const threads = pool();
    py::gil_scoped_release const nogil;
    return std::make_unique<Table>(data, options, *threads, poll_signals);
}

void check_entry(Table const& table, std::size_t index) {
    if (index < table.size()) return;
    throw ShapeError("index is " + std::to_string(index) + ", expected below " +
                     std::to_string(table.size()));
}

/// A law as Python sees it: an expression with its coefficients as constants.
struct Proposal {
    expression::Program program;
    std::uint32_t cost;
    double residual;
};

template <auto Explore>
std::vector<Proposal> explore(Table const& table, Array<double> const& y, std::size_t n_peels,
                              std::size_t n_entries, std::size_t max_terms,
                              std::size_t n_transforms, std::size_t keep, double max_seconds) {
    auto const target = view(y);
    ExploreOptions const options{n_peels, n_entries, max_terms, n_transforms, keep, max_seconds};
    auto const threads = pool();
    py::gil_scoped_release const nogil;
    std::vector<Proposal> proposals;
    for (auto const& law : Explore(table, target, options, *threads, poll_signals)) {
        bool negative = target[0] < 0.0;
        if (law.shell.peel != Peel::none) {
            Point left{};
            Shell const shell{law.shell.peel, law.shell.entry, Transform::identity};
            if (!look(table, target, shell, {left.data(), target.size()})) continue;
            negative = left[0] < 0.0;
        }
        proposals.push_back({program(table, law, negative), law.cost, law.residual});
    }
    return proposals;
}

template <auto Explore>
void bind_explore(py::module_& m, char const* name) {
    m.def(name, &explore<Explore>, "table"_a, "y"_a.noconvert(), "n_peels"_a, "n_entries"_a,
          "max_terms"_a, "n_transforms"_a, "keep"_a, "max_seconds"_a);
}

}  // namespace

void bind_search(py::module_& m) {
    m.attr("MAX_POINTS") = search::kMaxPoints;
    m.attr("N_TRANSFORMS") = kTransforms;
    m.attr("MIN_POINTS") = kMinPoints;
    py::class_<Table>(m, "Table")
        .def(py::init(&make_table), "x"_a.noconvert(), "operations"_a, "max_entries"_a,
             "max_cost"_a, "max_seconds"_a, "cost_of_product"_a, "units"_a, "target_units"_a)
        .def("__len__", &Table::size)
        .def(
            "program",
            [](Table const& table, std::size_t index) {
                check_entry(table, index);
                return table.program(index);
            },
            "index"_a)
        .def(
            "cost",
            [](Table const& table, std::size_t index) {
                check_entry(table, index);
                return table.entry(index).cost;
            },
            "index"_a);
    py::class_<Proposal>(m, "Proposal")
        .def_readonly("program", &Proposal::program)
        .def_readonly("cost", &Proposal::cost)
        .def_readonly("residual", &Proposal::residual);
    bind_explore<search::match>(m, "match");
    bind_explore<search::meet>(m, "meet");
    bind_explore<search::scan>(m, "scan");
    bind_explore<search::pursue>(m, "pursue");
}

}  // namespace monoidal::bindings::symnum
