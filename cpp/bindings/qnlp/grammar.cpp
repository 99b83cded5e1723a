#include "bindings.hpp"

#include <map>
#include <utility>

#include "monoidal/common/error.hpp"
#include "monoidal/grammar/parser.hpp"
#include "qnlp/qnlp.hpp"

namespace monoidal::bindings::qnlp {
namespace {

using grammar::Cat;
using grammar::Options;
using grammar::Outcome;
using grammar::Parser;
using grammar::Reading;

constexpr char const* kStatus[] = {"parsed", "no_parse", "out_of_steps", "too_long"};

/// (from, to, cost, place), where a place is one of `grammar::Place` by number.
using Change = std::tuple<std::string, std::string, std::int32_t, std::uint8_t>;

std::unique_ptr<Parser> make_parser(std::vector<Change> const& changes,
                                    std::map<std::string, std::int32_t> const& weights) {
    grammar::Grammar made;
    made.categories = std::make_shared<grammar::Categories>();
    for (auto const& [from, to, cost, place] : changes) {
        if (place > 5) throw ShapeError("no place " + std::to_string(place));
        made.changes.push_back({made.categories->parse(from), made.categories->parse(to), cost,
                                static_cast<grammar::Place>(place)});
    }
    for (auto const& [name, value] : weights) {
        auto const found = std::ranges::find(grammar::kWeightNames, name);
        if (found == grammar::kWeightNames.end()) throw SyntaxError("no weight '" + name + "'");
        if (value < 0) throw DomainError("weight '" + name + "' is negative");
        made.weights[static_cast<std::size_t>(found - grammar::kWeightNames.begin())] = value;
    }
    return std::make_unique<Parser>(std::move(made));
}

using Pairs = std::vector<std::pair<std::uint32_t, std::int32_t>>;

Cat checked(Parser const& parser, std::uint32_t cat) {
    if (cat >= parser.grammar().categories->size()) {
        throw ShapeError("no category " + std::to_string(cat));
    }
    return static_cast<Cat>(cat);
}

std::uint32_t add_entry(Parser& parser, Pairs const& categories) {
    std::vector<grammar::Lexical> entry;
    for (auto const& [cat, cost] : categories) entry.push_back({checked(parser, cat), cost});
    return parser.add_entry(std::move(entry));
}

std::vector<Outcome> parse(Parser& parser, std::vector<std::vector<std::uint32_t>> const& sentences,
                           Pairs const& goals, bool fragments, std::int32_t codomain, bool features,
                           std::map<std::string, std::uint64_t> const& limits) {
    Options options;
    if (goals.empty()) throw ShapeError("goals is empty, expected at least one");
    for (auto const& [cat, cost] : goals) options.goals.push_back({checked(parser, cat), cost});
    options.fragments = fragments;
    options.features = features;
    options.codomain = codomain;
    auto const limit = [&](char const* name, auto& value) {
        auto const found = limits.find(name);
        if (found == limits.end()) return;
        value = static_cast<std::remove_reference_t<decltype(value)>>(found->second);
    };
    limit("beam", options.limits.beam);
    limit("width", options.limits.width);
    limit("max_steps", options.limits.max_steps);
    limit("max_words", options.limits.max_words);
    limit("n_best", options.limits.n_best);
    auto const shared = pool();
    py::gil_scoped_release const nogil;
    return parser.parse(*shared, poll_signals, sentences, options);
}

/// (rule, category, left, right, begin, end); rules by name, of "punct" the part that is a mark.
using TreeRow = std::tuple<std::string, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t,
                           std::uint32_t>;

Reading wire(Parser const& parser, std::vector<TreeRow> const& rows, std::uint32_t n_tokens,
             bool swaps) {
    std::vector<grammar::Item> items;
    for (auto const& [name, cat, left, right, begin, end] : rows) {
        auto const found = std::ranges::find(grammar::kRuleNames, name);
        if (found == grammar::kRuleNames.end()) throw SyntaxError("no rule '" + name + "'");
        auto rule = static_cast<grammar::Rule>(found - grammar::kRuleNames.begin());
        if (rule == grammar::Rule::mark_left && left < items.size() &&
            !parser.grammar().categories->is_mark(items[left].cat)) {
            rule = grammar::Rule::mark_right;
        }
        items.push_back({checked(parser, cat), rule, {}, 0, left, right, begin, end});
    }
    py::gil_scoped_release const nogil;
    auto const crossing = swaps ? grammar::Crossing::swap : grammar::Crossing::nest;
    return {grammar::wire_tree(parser.grammar(), items, n_tokens, crossing), 0, 0, {}};
}

/// The type of each token: names of atoms and windings.
py::list types(Parser const& parser, Reading const& reading) {
    py::list out;
    for (auto const& wires : reading.wired.types) {
        py::tuple type(wires.size());
        for (std::size_t k = 0; k < wires.size(); ++k) {
            type[k] =
                py::make_tuple(parser.grammar().categories->name(wires[k].name), wires[k].winding);
        }
        out.append(type);
    }
    return out;
}

/// (depth, rule, category, begin, end) of each constituent, the whole first.
py::list tree(Parser const& parser, Reading const& reading) {
    py::list out;
    for (auto const& node : reading.wired.tree) {
        auto const rule = grammar::kRuleNames[static_cast<std::size_t>(node.rule)];
        out.append(py::make_tuple(node.depth, std::string(rule),
                                  parser.grammar().categories->print(node.cat), node.begin,
                                  node.end));
    }
    return out;
}

diagram::Diagram to_diagram(Parser const& parser,
                            std::shared_ptr<diagram::Signature> const& signature,
                            Reading const& reading, std::vector<std::string> const& names) {
    py::gil_scoped_release const nogil;
    return grammar::to_diagram(signature, parser.grammar(), names, reading.wired);
}

}  // namespace

void bind_grammar(py::module_ m) {
    py::class_<Reading>(m, "Reading")
        .def_readonly("cost", &Reading::cost)
        .def_readonly("total", &Reading::total)
        .def_readonly("features", &Reading::features)
        .def_property_readonly("links", [](Reading const& r) { return r.wired.links; })
        .def_property_readonly("open", [](Reading const& r) { return r.wired.open; });
    py::class_<Outcome>(m, "Outcome")
        .def_property_readonly(
            "status", [](Outcome const& o) { return kStatus[static_cast<std::size_t>(o.status)]; })
        .def_readonly("readings", &Outcome::readings)
        .def_readonly("n_steps", &Outcome::n_steps)
        .def_readonly("seconds", &Outcome::seconds);
    py::class_<Parser>(m, "Parser")
        .def(py::init(&make_parser), "changes"_a, "weights"_a)
        .def(
            "intern",
            [](Parser const& p, std::string const& text) {
                return std::uint32_t{p.grammar().categories->parse(text)};
            },
            "text"_a)
        .def(
            "category",
            [](Parser const& p, std::uint32_t cat) {
                return p.grammar().categories->print(checked(p, cat));
            },
            "cat"_a)
        .def("add_entry", &add_entry, "categories"_a)
        .def("parse", &parse, "sentences"_a, "goals"_a, "fragments"_a, "codomain"_a, "features"_a,
             "limits"_a)
        .def("wire", &wire, "rows"_a, "n_tokens"_a, "swaps"_a)
        .def("types", &types, "reading"_a)
        .def("tree", &tree, "reading"_a)
        .def("diagram", &to_diagram, "signature"_a, "reading"_a, "names"_a);
}

}  // namespace monoidal::bindings::qnlp
