#pragma once

#include <memory>
#include <string>
#include <vector>

#include "monoidal/diagram/diagram.hpp"

namespace monoidal::tests {

/// Boxes and wires over one signature, with short names.
struct Diagrams {
    using Diagram = diagram::Diagram;
    using Kind = diagram::Kind;
    using Object = diagram::Object;
    using Type = diagram::Type;

    std::shared_ptr<diagram::Signature> signature = std::make_shared<diagram::Signature>();

    Object object(std::string const& atom, std::int32_t winding = 0) const {
        return {signature->atom(atom), winding};
    }
    Diagram of(Kind kind, std::string const& name, Type dom, Type cod) const {
        return Diagram::of(signature,
                           signature->intern({kind, name, std::move(dom), std::move(cod)}));
    }
    Diagram box(std::string const& name, Type dom, Type cod) const {
        return of(Kind::box, name, std::move(dom), std::move(cod));
    }
    Diagram word(std::string const& name, Type cod) const {
        return of(Kind::word, name, {}, std::move(cod));
    }
    Diagram id(Type type) const { return Diagram::identity(signature, std::move(type)); }
    Diagram cup(Object left) const {
        return of(Kind::cup, "", {left, {left.atom, left.winding + 1}}, {});
    }
    /// The cap whose wires are (right.r, right).
    Diagram cap(Object right) const {
        return of(Kind::cap, "", {}, {{right.atom, right.winding + 1}, right});
    }
    Diagram swap(Object a, Object b) const { return of(Kind::swap, "", {a, b}, {b, a}); }
    Diagram spider(std::size_t n_in, std::size_t n_out, Object x) const {
        return of(Kind::spider, "", Type(n_in, x), Type(n_out, x));
    }
    static Diagram then(std::vector<Diagram> const& parts) { return diagram::compose(parts); }
    static Diagram beside(std::vector<Diagram> const& parts) { return diagram::tensor(parts); }

    std::size_t count(Diagram const& d, Kind kind) const {
        std::size_t n = 0;
        for (auto const& layer : d.layers()) n += (*signature)[layer.generator].kind == kind;
        return n;
    }
};

}  // namespace monoidal::tests
