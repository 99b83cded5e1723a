#include "bindings.hpp"

#include <utility>

#include "monoidal/common/error.hpp"
#include "monoidal/diagram/diagram.hpp"
#include "monoidal/diagram/equality.hpp"
#include "monoidal/diagram/graph.hpp"
#include "monoidal/diagram/match.hpp"
#include "monoidal/diagram/normal_form.hpp"
#include "monoidal/diagram/slices.hpp"
#include "qnlp/qnlp.hpp"

namespace monoidal::bindings::qnlp {
namespace {

using diagram::Diagram;
using diagram::Generator;
using diagram::Kind;
using diagram::Layer;
using diagram::Signature;
using diagram::Type;

/// A type as Python has it: names and windings.
using Objects = std::vector<std::pair<std::string, std::int32_t>>;
using Signatures = std::shared_ptr<Signature>;

constexpr std::pair<char const*, Kind> kKinds[] = {{"box", Kind::box},   {"word", Kind::word},
                                                   {"cup", Kind::cup},   {"cap", Kind::cap},
                                                   {"swap", Kind::swap}, {"spider", Kind::spider}};

Kind kind_of(std::string const& name) {
    for (auto const& [text, kind] : kKinds) {
        if (name == text) return kind;
    }
    throw SyntaxError("kind is '" + name + "', expected box, word, cup, cap, swap or spider");
}

Type to_type(Signature& signature, Objects const& objects) {
    Type type;
    for (auto const& [name, winding] : objects) type.push_back({signature.atom(name), winding});
    return type;
}

py::tuple to_objects(Signature const& signature, Type const& type) {
    py::tuple out(type.size());
    for (std::size_t k = 0; k < type.size(); ++k) {
        out[k] = py::make_tuple(signature.atom_name(type[k].atom), type[k].winding);
    }
    return out;
}

std::uint32_t intern(Signature& signature, std::string const& kind, std::string const& name,
                     Objects const& dom, Objects const& cod, bool is_dagger,
                     std::int32_t rotation) {
    return signature.intern({kind_of(kind), name, to_type(signature, dom), to_type(signature, cod),
                             is_dagger, rotation});
}

py::tuple generator(Signature const& signature, std::uint32_t id) {
    if (id >= signature.n_generators()) throw ShapeError("no generator " + std::to_string(id));
    auto const& g = signature[id];
    return py::make_tuple(kKinds[static_cast<std::size_t>(g.kind)].first, g.name,
                          to_objects(signature, g.dom), to_objects(signature, g.cod), g.is_dagger,
                          g.rotation);
}

Diagram make_diagram(Signatures signature, Objects const& dom,
                     std::vector<std::pair<std::uint32_t, std::uint32_t>> const& layers) {
    std::vector<Layer> list;
    for (auto const& [id, offset] : layers) {
        if (id >= signature->n_generators()) {
            throw ShapeError("no generator " + std::to_string(id));
        }
        list.push_back({id, offset});
    }
    auto type = to_type(*signature, dom);
    return {std::move(signature), std::move(type), std::move(list)};
}

Diagram pregroup(Signatures signature, std::vector<std::uint32_t> const& words,
                 std::vector<std::uint32_t> const& links) {
    for (auto const id : words) {
        if (id >= signature->n_generators()) {
            throw ShapeError("no generator " + std::to_string(id));
        }
    }
    if (links.size() % 2 != 0) throw ShapeError("links must hold pairs of wires");
    return Diagram::pregroup(std::move(signature), words, links);
}

py::list layers(Diagram const& d) {
    py::list out;
    for (auto const& layer : d.layers()) out.append(py::make_tuple(layer.generator, layer.offset));
    return out;
}

py::dict graph(Diagram const& d) {
    auto const g = diagram::wire(d);
    py::list atoms;
    for (auto const atom : g.wire_atom) atoms.append(d.signature()->atom_name(atom));
    py::list loops;
    for (auto const atom : g.loop_atom) loops.append(d.signature()->atom_name(atom));
    return py::dict("generators"_a = g.generator, "port_begin"_a = g.port_begin,
                    "port_wire"_a = g.port_wire, "dom_wire"_a = g.dom_wire,
                    "cod_wire"_a = g.cod_wire, "wire_atom"_a = atoms, "loop_atom"_a = loops,
                    "turned"_a = diagram::turned_nodes(g));
}

/// The named boxes (undaggered, unturned) of many diagrams, one after another, and where each
/// diagram's begin.
py::tuple named(std::vector<Diagram> const& parts) {
    std::vector<std::uint32_t> ids;
    std::vector<std::uint64_t> begin{0};
    {
        NoGil const nogil;
        for (auto const& d : parts) {
            for (auto const& layer : d.layers()) {
                auto const kind = (*d.signature())[layer.generator].kind;
                if (kind != Kind::box && kind != Kind::word) continue;
                ids.push_back(d.signature()->base(layer.generator));
            }
            begin.push_back(ids.size());
        }
    }
    return py::make_tuple(array(ids), array(begin));
}

}  // namespace

void bind_diagram(py::module_ m) {
    py::class_<Signature, Signatures>(m, "Signature")
        .def(py::init<>())
        .def("intern", &intern, "kind"_a, "name"_a, "dom"_a, "cod"_a, "is_dagger"_a = false,
             "rotation"_a = 0)
        .def("generator", &generator, "id"_a)
        .def("base", &Signature::base, "id"_a)
        .def("__len__", &Signature::n_generators);

    py::class_<Diagram>(m, "Diagram")
        .def(py::init(&make_diagram), "signature"_a, "dom"_a, "layers"_a)
        .def_static("of", &Diagram::of, "signature"_a, "generator"_a)
        .def_static("pregroup", &pregroup, "signature"_a, "words"_a, "links"_a)
        .def_property_readonly("dom",
                               [](Diagram const& d) { return to_objects(*d.signature(), d.dom()); })
        .def_property_readonly("cod",
                               [](Diagram const& d) { return to_objects(*d.signature(), d.cod()); })
        .def_property_readonly("layers", &layers)
        .def("__len__", [](Diagram const& d) { return d.layers().size(); })
        .def(
            "__eq__", [](Diagram const& a, Diagram const& b) { return a == b; }, "other"_a)
        .def("dagger", &Diagram::dagger, py::call_guard<NoGil>())
        .def("rotate", &Diagram::rotate, "by"_a, py::call_guard<NoGil>())
        .def("normal_form", &diagram::normal_form, py::call_guard<NoGil>())
        .def("width", &diagram::width)
        .def("depth", &diagram::depth)
        .def("foliation", &diagram::foliation, py::call_guard<NoGil>())
        .def("hash", &diagram::hash, py::call_guard<NoGil>())
        .def("graph", &graph);

    auto const release = py::call_guard<NoGil>();
    m.def("are_equal", &diagram::are_equal, "a"_a, "b"_a, release);
    m.def("find", &diagram::find, "pattern"_a, "host"_a, "limit"_a, release);
    m.def("replace", &diagram::replace, "pattern"_a, "host"_a, "match"_a, "by"_a, release);
    m.def("named", &named, "parts"_a);
    m.def(
        "compose", [](std::vector<Diagram> const& parts) { return diagram::compose(parts); },
        "parts"_a);
    m.def(
        "tensor", [](std::vector<Diagram> const& parts) { return diagram::tensor(parts); },
        "parts"_a);
}

}  // namespace monoidal::bindings::qnlp
