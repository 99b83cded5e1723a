#include "bindings.hpp"

#include <algorithm>
#include <optional>

#include "monoidal/common/error.hpp"
#include "monoidal/expression/derive.hpp"
#include "monoidal/expression/parse.hpp"
#include "monoidal/expression/print.hpp"
#include "monoidal/expression/simplify.hpp"
#include "symnum/symnum.hpp"

namespace monoidal::bindings::symnum {
namespace {

using namespace expression;
using Names = std::vector<std::string>;

Op op_of(std::string const& name) {
    auto const found = std::find_if(kOperations.begin(), kOperations.end(),
                                    [&](Operation const& o) { return o.name == name; });
    if (found == kOperations.end()) throw SyntaxError("operation '" + name + "' does not exist");
    return found->op;
}

char const* name_of(Domain domain) {
    switch (domain) {
        case Domain::everywhere: return "everywhere";
        case Domain::nonzero: return "nonzero";
        case Domain::nonnegative: return "nonnegative";
        case Domain::positive: return "positive";
        case Domain::unit_interval: return "unit_interval";
        case Domain::power: break;
    }
    return "power";
}

char const* name_of(Units units) {
    switch (units) {
        case Units::free: return "free";
        case Units::same: return "same";
        case Units::product: return "product";
        case Units::quotient: return "quotient";
        case Units::reciprocal: return "reciprocal";
        case Units::power: return "power";
        case Units::root: return "root";
        case Units::square: return "square";
        case Units::cube: return "cube";
        case Units::dropped: return "dropped";
        case Units::dimensionless: break;
    }
    return "dimensionless";
}

py::tuple operations() {
    py::list table;
    for (auto const& o : kOperations) {
        table.append(py::make_tuple(o.name, arity(o.op), name_of(o.domain), name_of(o.units)));
    }
    return py::tuple(table);
}

Program make_program(Names const& operations, std::vector<std::int64_t> const& left,
                     std::vector<std::int64_t> const& right, std::vector<double> constants,
                     std::size_t n_variables) {
    if (left.size() != operations.size() || right.size() != operations.size()) {
        throw ShapeError("left and right have " + std::to_string(left.size()) + " and " +
                         std::to_string(right.size()) + " values, expected " +
                         std::to_string(operations.size()) + ", one an operation");
    }
    std::vector<Node> nodes;
    nodes.reserve(operations.size());
    for (std::size_t i = 0; i < operations.size(); ++i) {
        auto const op = op_of(operations[i]);
        auto const lowest = op == Op::number ? std::int64_t{INT32_MIN} : 0;
        if (left[i] < lowest || left[i] > INT32_MAX || right[i] < 0 || right[i] > INT32_MAX) {
            throw SyntaxError("nodes[" + std::to_string(i) + "] has an operand out of range");
        }
        nodes.push_back(
            {op, static_cast<std::uint32_t>(left[i]), static_cast<std::uint32_t>(right[i])});
    }
    return {std::move(nodes), std::move(constants), n_variables};
}

Names names_of_nodes(Program const& program) {
    Names names;
    for (auto const& node : program.nodes()) names.emplace_back(operation(node.op).name);
    return names;
}

std::vector<std::int64_t> left_of_nodes(Program const& program) {
    std::vector<std::int64_t> left;
    for (auto const& node : program.nodes()) {
        left.push_back(node.op == Op::number ? static_cast<std::int32_t>(node.a)
                                             : static_cast<std::int64_t>(node.a));
    }
    return left;
}

std::vector<std::int64_t> right_of_nodes(Program const& program) {
    std::vector<std::int64_t> right;
    for (auto const& node : program.nodes()) right.push_back(node.b);
    return right;
}

void check_id(Builder const& builder, std::size_t id) {
    if (id < builder.size()) return;
    throw ShapeError("node has index " + std::to_string(id) + ", expected below " +
                     std::to_string(builder.size()));
}

Builder::Id builder_number(Builder& builder, std::int64_t value) {
    if (value < INT32_MIN || value > INT32_MAX) {
        throw DomainError("number is " + std::to_string(value) + ", expected one of 32 bits");
    }
    return builder.number(static_cast<std::int32_t>(value));
}

Builder::Id builder_apply(Builder& builder, std::string const& name,
                          std::vector<std::size_t> const& operands) {
    auto const op = op_of(name);
    bool const is_leaf = op == Op::number || op == Op::constant || op == Op::variable;
    if (is_leaf || operands.size() != arity(op)) {
        throw ShapeError("operation '" + name + "' has " + std::to_string(operands.size()) +
                         " operands, expected " +
                         (is_leaf ? "its own method" : std::to_string(arity(op))));
    }
    for (auto const id : operands) check_id(builder, id);
    auto const at = [&](std::size_t k) {
        return k < operands.size() ? static_cast<Builder::Id>(operands[k]) : 0;
    };
    return builder.apply(op, at(0), at(1));
}

Builder::Id builder_insert(Builder& builder, Program const& program,
                           std::vector<Builder::Id> const& variables) {
    if (variables.size() != program.n_variables()) {
        throw ShapeError("variables has " + std::to_string(variables.size()) + " nodes, expected " +
                         std::to_string(program.n_variables()));
    }
    for (auto const id : variables) check_id(builder, id);
    return builder.insert(program, variables);
}

Program builder_build(Builder const& builder, std::size_t result) {
    check_id(builder, result);
    return builder.build(static_cast<Builder::Id>(result));
}

py::tuple parse_text(std::string const& text, std::optional<Names> const& variables,
                     std::vector<std::pair<std::string, Program>> const& definitions) {
    std::vector<Definition> all;
    all.reserve(definitions.size());
    for (auto const& [name, program] : definitions) all.push_back({name, program});
    auto parsed = parse(text, variables, all);
    return py::make_tuple(std::move(parsed.program), std::move(parsed.variables));
}

Program derive_by(Program const& program, std::string const& by, std::size_t index) {
    if (by != "constant" && by != "variable") {
        throw DomainError("by is '" + by + "', expected 'constant' or 'variable'");
    }
    return derive(program, by == "constant" ? Wrt::constants : Wrt::variables, index);
}

void bind_program(py::module_& m) {
    py::class_<Program>(m, "Program")
        .def(py::init(&make_program), "operations"_a, "left"_a, "right"_a, "constants"_a,
             "n_variables"_a)
        .def("__len__", &Program::size)
        .def(
            "__eq__", [](Program const& self, Program const& other) { return self == other; },
            "other"_a)
        .def("with_constants", &Program::with_constants, "values"_a)
        .def_property_readonly("operations", &names_of_nodes)
        .def_property_readonly("left", &left_of_nodes)
        .def_property_readonly("right", &right_of_nodes)
        .def_property_readonly("constants",
                               [](Program const& p) {
                                   auto const c = p.constants();
                                   return std::vector<double>(c.begin(), c.end());
                               })
        .def_property_readonly("n_variables", &Program::n_variables)
        .def_property_readonly("tree_size", &Program::tree_size)
        .def_property_readonly("depth", &Program::depth);
    py::class_<Builder>(m, "Builder")
        .def(py::init<std::size_t>(), "n_variables"_a)
        .def("number", &builder_number, "value"_a)
        .def("constant", &Builder::constant, "value"_a)
        .def("variable", &Builder::variable, "index"_a)
        .def("apply", &builder_apply, "operation"_a, "operands"_a)
        .def("insert", &builder_insert, "program"_a, "variables"_a)
        .def("build", &builder_build, "result"_a);
}

}  // namespace

void bind_expression(py::module_& m) {
    m.attr("OPERATIONS") = operations();
    m.attr("MAX_NODES") = kMaxNodes;
    m.attr("MAX_NESTING") = kMaxNesting;
    m.attr("MAX_DIGITS") = kMaxDigits;
    m.attr("MAX_TEXT_LENGTH") = kMaxTextLength;
    bind_program(m);
    auto const release = py::call_guard<py::gil_scoped_release>();
    m.def("parse", &parse_text, "text"_a, "variables"_a, "definitions"_a);
    m.def("check_name", [](std::string const& name) { check_name(name); }, "name"_a);
    m.def(
        "to_text", [](Program const& p, Names const& v) { return print(p, v); }, "program"_a,
        "variables"_a, release);
    m.def(
        "to_latex", [](Program const& p, Names const& v) { return print_latex(p, v); }, "program"_a,
        "variables"_a, release);
    m.def(
        "to_c",
        [](Program const& p, Names const& v, std::string const& n) { return print_c(p, v, n); },
        "program"_a, "variables"_a, "name"_a, release);
    m.def("derive", &derive_by, "program"_a, "by"_a, "index"_a, release);
    m.def("canonical", &canonical, "program"_a, release);
    m.def("simplify", &simplify, "program"_a, release);
    m.def("structural_hash", &structural_hash, "program"_a, release);
    m.def("fingerprint", &fingerprint, "program"_a, release);
}

}  // namespace monoidal::bindings::symnum
