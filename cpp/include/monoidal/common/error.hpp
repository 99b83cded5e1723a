#pragma once

#include <stdexcept>

namespace monoidal {

/// Every error that this library throws on purpose. A binding translates each class to the class
/// of its package's Python error tree; see cpp/bindings/<package>/errors.cpp.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A length, a rank or a dimension disagrees with what the callee was built for.
struct ShapeError : Error {
    using Error::Error;
};

/// Two arrows were composed whose types do not meet, or a box got wires of another type.
struct TypeMismatch : Error {
    using Error::Error;
};

/// The input is not a well-formed term of its language.
struct SyntaxError : Error {
    using Error::Error;
};

/// A number lies outside the domain of the function: a NaN or infinite parameter, say.
struct DomainError : Error {
    using Error::Error;
};

/// Refused before any allocation: the result would not fit in the memory limit.
struct TooLargeError : Error {
    using Error::Error;
};

}  // namespace monoidal
