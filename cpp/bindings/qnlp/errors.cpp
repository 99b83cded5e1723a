#include "bindings.hpp"

#include <exception>

#include "monoidal/common/error.hpp"
#include "qnlp/qnlp.hpp"

namespace monoidal::bindings::qnlp {
namespace {

/// Raise the class of that name in the Python module `qnlp.errors`.
void raise(char const* name, Error const& error) {
    py::set_error(py::module_::import("qnlp.errors").attr(name), error.what());
}

void translate(std::exception_ptr thrown) {
    try {
        if (thrown) std::rethrow_exception(thrown);
    } catch (ShapeError const& e) {
        raise("ShapeError", e);
    } catch (TypeMismatch const& e) {
        raise("DiagramError", e);
    } catch (SyntaxError const& e) {
        raise("GrammarError", e);
    } catch (DomainError const& e) {
        raise("DomainError", e);
    } catch (TooLargeError const& e) {
        raise("CircuitTooLargeError", e);
    } catch (Error const& e) {
        raise("QnlpError", e);
    }
}

}  // namespace

void bind_errors(py::module_&) {
    // Local: the other extension translates the same C++ classes to its own tree.
    py::register_local_exception_translator(&translate);
}

}  // namespace monoidal::bindings::qnlp
