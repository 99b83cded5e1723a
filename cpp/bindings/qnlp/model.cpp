#include "bindings.hpp"

#include <map>
#include <variant>

#include "monoidal/circuit/circuit.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/diagram/diagram.hpp"
#include "monoidal/model/corpus.hpp"
#include "monoidal/model/shapes.hpp"
#include "qnlp/qnlp.hpp"

namespace monoidal::bindings::qnlp {
namespace {

using model::Corpus;
using model::Shapes;

template <class T>
std::vector<T> list(Array<T> const& values) {
    return {values.data(), values.data() + values.size()};
}

Shapes group(std::vector<diagram::Diagram> const& diagrams,
             std::map<std::string, std::uint64_t> const& dimension) {
    NoGil const nogil;
    if (diagrams.empty()) return {};
    auto& signature = *diagrams.front().signature();
    for (auto const& d : diagrams) {
        if (d.signature().get() != &signature) {
            throw TypeMismatch("diagrams over different signatures");
        }
    }
    std::vector<std::uint64_t> atoms;
    for (auto const& [name, value] : dimension) {
        auto const atom = signature.atom(name);
        if (atom >= atoms.size()) atoms.resize(atom + 1, 0);
        atoms[atom] = value;
    }
    return model::group(diagrams, atoms);
}

/// Shapes of networks that come from elsewhere than diagrams: `words` are numbers, place by place.
Shapes shapes_of(std::vector<tensor::Network> networks, Array<std::uint32_t> const& shape_of,
                 Array<std::uint32_t> const& words) {
    Shapes out;
    for (auto const& network : networks) {
        out.operands.emplace_back(network.n_given);
        out.log2_success.push_back(0.0);
    }
    out.networks = std::move(networks);
    out.shape_of = list(shape_of);
    out.words = list(words);
    return out;
}

Shapes doubled(Shapes const& shapes, Array<std::uint64_t> const& hidden,
               std::vector<bool> const& is_fed, Array<std::uint32_t> const& discarded) {
    auto const sizes = view(hidden);
    auto const counts = view(discarded);
    NoGil const nogil;
    return model::doubled(shapes, sizes, is_fed, counts);
}

/// The same shapes with other sentences.
Shapes with_sentences(Shapes const& shapes, Array<std::uint32_t> const& shape_of,
                      Array<std::uint32_t> const& words) {
    Shapes out = shapes;
    out.shape_of = list(shape_of);
    out.words = list(words);
    return out;
}

/// Each shape's network with the order to contract it in, and what that costs.
py::list costs(Shapes const& shapes) {
    py::list out;
    for (auto const& network : shapes.networks) {
        auto const c = tensor::cost(network, tensor::contraction_order(network));
        out.append(py::make_tuple(c.multiplications.value(), c.largest.value(), c.total.value()));
    }
    return out;
}

using Numbers = Array<std::uint32_t>;

/// A circuit, or how many elements a free tensor has.
using Body = std::variant<std::uint64_t, circuit::Circuit>;

std::variant<circuit::Circuit, model::FreeTensor> body_of(Body const& given) {
    if (auto const* const own = std::get_if<circuit::Circuit>(&given)) return *own;
    return model::FreeTensor{std::get<std::uint64_t>(given)};
}

std::unique_ptr<Corpus> make_corpus(Shapes const& shapes, std::vector<Body> const& circuits,
                                    std::vector<Numbers> const& first,
                                    Numbers const& operand_family,
                                    std::vector<bool> const& operand_conjugate,
                                    Numbers const& words, std::uint32_t n_classes,
                                    std::uint64_t n_parameters) {
    std::vector<model::Family> families;
    if (circuits.size() != first.size()) throw ShapeError("circuits and first differ in length");
    for (std::size_t f = 0; f < circuits.size(); ++f) {
        families.push_back({body_of(circuits[f]), list(first[f])});
    }
    auto const family_of = list(operand_family);
    auto const word_numbers = list(words);
    NoGil const nogil;
    std::vector<model::Shape> list_of_shapes;
    std::size_t next = 0;
    for (std::size_t s = 0; s < shapes.networks.size(); ++s) {
        auto const& network = shapes.networks[s];
        model::Shape shape;
        shape.plan = tensor::compile(network, tensor::contraction_order(network));
        shape.log2_success = shapes.log2_success[s];
        shape.mixed = shapes.mixed;
        for (std::size_t k = 0; k < shapes.operands[s].size(); ++k, ++next) {
            if (next >= family_of.size() || next >= operand_conjugate.size()) {
                throw ShapeError("operand_family is shorter than the shapes' operands");
            }
            shape.operands.push_back({family_of[next], operand_conjugate[next]});
        }
        list_of_shapes.push_back(std::move(shape));
    }
    return std::make_unique<Corpus>(std::move(families), std::move(list_of_shapes), shapes.shape_of,
                                    word_numbers, n_classes, n_parameters);
}

py::tuple probabilities(Corpus const& corpus, Array<double> const& theta, Numbers const& rows,
                        std::uint64_t memory_limit) {
    py::array_t<double> out({rows.size(), static_cast<py::ssize_t>(corpus.n_classes())});
    py::array_t<double> success(rows.size());
    std::span<double> const p{out.mutable_data(), static_cast<std::size_t>(out.size())};
    std::span<double> const s{success.mutable_data(), static_cast<std::size_t>(success.size())};
    auto const shared = pool();
    std::size_t n_vanishing = 0;
    {
        auto const values = view(theta);
        auto const numbers = view(rows);
        NoGil const nogil;
        n_vanishing =
            corpus.probabilities({*shared, poll_signals, memory_limit}, values, numbers, p, s);
    }
    return py::make_tuple(out, success, n_vanishing);
}

py::tuple loss_and_gradient(Corpus const& corpus, Array<double> const& theta, Numbers const& rows,
                            Numbers const& labels, Array<double> const& weights, double smoothing,
                            std::uint64_t memory_limit) {
    py::array_t<double> gradient(static_cast<py::ssize_t>(corpus.n_parameters()));
    std::span<double> const g{gradient.mutable_data(), static_cast<std::size_t>(gradient.size())};
    auto const shared = pool();
    double loss = 0.0;
    {
        auto const values = view(theta);
        auto const numbers = view(rows);
        model::Targets const targets{view(labels), view(weights), smoothing};
        NoGil const nogil;
        loss = corpus.loss_and_gradient({*shared, poll_signals, memory_limit}, values, numbers,
                                        targets, g);
    }
    return py::make_tuple(loss, gradient);
}

Array<double> pull_back(Corpus const& corpus, Array<double> const& theta, Numbers const& rows,
                        Array<double> const& slopes, std::uint64_t memory_limit) {
    Array<double> gradient(static_cast<py::ssize_t>(corpus.n_parameters()));
    std::span<double> const g{gradient.mutable_data(), static_cast<std::size_t>(gradient.size())};
    auto const shared = pool();
    auto const values = view(theta);
    auto const numbers = view(rows);
    auto const given = view(slopes);
    NoGil const nogil;
    corpus.pull_back({*shared, poll_signals, memory_limit}, values, numbers, given, g);
    return gradient;
}

}  // namespace

void bind_model(py::module_ m) {
    py::class_<Shapes>(m, "Shapes")
        .def(py::init(&shapes_of), "networks"_a, "shape_of"_a.noconvert(), "words"_a.noconvert())
        .def("__len__", [](Shapes const& s) { return s.networks.size(); })
        .def_readonly("networks", &Shapes::networks)
        .def_readonly("operands", &Shapes::operands)
        .def_readonly("log2_success", &Shapes::log2_success)
        .def_readonly("mixed", &Shapes::mixed)
        .def_property_readonly("shape_of", [](Shapes const& s) { return array(s.shape_of); })
        .def_property_readonly("words", [](Shapes const& s) { return array(s.words); })
        .def("costs", &costs)
        .def("with_sentences", &with_sentences, "shape_of"_a.noconvert(), "words"_a.noconvert())
        .def("doubled", &doubled, "hidden"_a.noconvert(), "is_fed"_a, "discarded"_a.noconvert());
    m.def("group", &group, "diagrams"_a, "dimension"_a);

    py::class_<Corpus>(m, "Corpus")
        .def(py::init(&make_corpus), "shapes"_a, "circuits"_a, "first"_a, "operand_family"_a,
             "operand_conjugate"_a, "words"_a, "n_classes"_a, "n_parameters"_a)
        .def_property_readonly("n_sentences", &Corpus::n_sentences)
        .def_property_readonly("n_shapes", &Corpus::n_shapes)
        .def_property_readonly("n_parameters", &Corpus::n_parameters)
        .def("n_bytes", py::overload_cast<std::size_t>(&Corpus::n_bytes, py::const_), "n_threads"_a)
        .def("probabilities", &probabilities, "theta"_a.noconvert(), "rows"_a.noconvert(),
             "memory_limit"_a)
        .def("loss_and_gradient", &loss_and_gradient, "theta"_a.noconvert(), "rows"_a.noconvert(),
             "labels"_a.noconvert(), "weights"_a.noconvert(), "smoothing"_a, "memory_limit"_a)
        .def("pull_back", &pull_back, "theta"_a.noconvert(), "rows"_a.noconvert(),
             "slopes"_a.noconvert(), "memory_limit"_a);
}

}  // namespace monoidal::bindings::qnlp
