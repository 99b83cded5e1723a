#include "bindings.hpp"

#include <exception>

#include "monoidal/common/error.hpp"
#include "monoidal/expression/parse.hpp"
#include "symnum/symnum.hpp"

namespace monoidal::bindings::symnum {
namespace {

py::object error_class(char const* name) { return py::module_::import("symnum.errors").attr(name); }

/// Raise the class of that name in the Python module `symnum.errors`.
void raise(char const* name, Error const& error) { py::set_error(error_class(name), error.what()); }

void raise_parse_error(expression::ParseError const& error) {
    auto const cls = error_class("ParseError");
    py::object const raised = cls(error.what());
    raised.attr("column") = error.column;
    PyErr_SetObject(cls.ptr(), raised.ptr());
}

void translate(std::exception_ptr thrown) {
    try {
        if (thrown) std::rethrow_exception(thrown);
    } catch (expression::ParseError const& e) {
        raise_parse_error(e);
    } catch (ShapeError const& e) {
        raise("ShapeError", e);
    } catch (SyntaxError const& e) {
        raise("ExpressionError", e);
    } catch (DomainError const& e) {
        raise("DomainError", e);
    } catch (TooLargeError const& e) {
        raise("TooLargeError", e);
    } catch (Error const& e) {
        raise("SymnumError", e);
    }
}

}  // namespace

void bind_errors(py::module_&) {
    // Local: the other extension translates the same C++ classes to its own tree.
    py::register_local_exception_translator(&translate);
}

}  // namespace monoidal::bindings::symnum
