#include <doctest/doctest.h>

#include <string>

#include "monoidal/common/error.hpp"

namespace monoidal {

TEST_CASE_TEMPLATE("error: every class is caught as Error with its message", E, ShapeError,
                   TypeMismatch, SyntaxError, DomainError, TooLargeError) {
    std::string message;
    try {
        throw E("wire 3 has dimension 2, expected 4");
    } catch (Error const& e) {
        message = e.what();
    }
    CHECK(message == "wire 3 has dimension 2, expected 4");
}

}  // namespace monoidal
