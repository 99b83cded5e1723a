#pragma once
// The only header that includes pybind11. A binding file includes this one first.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstddef>
#include <span>
#include <vector>

namespace monoidal::bindings {

namespace py = pybind11;
using namespace pybind11::literals;

/// C-ordered, of exactly this dtype. Bound with .noconvert(), so a call never copies.
template <class T>
using Array = py::array_t<T, py::array::c_style>;

template <class T>
std::span<T const> view(Array<T> const& a) {
    return {a.data(), static_cast<std::size_t>(a.size())};
}

/// A fresh array with a copy of the values.
template <class T>
py::array_t<T> array(std::vector<T> const& values) {
    return py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

}  // namespace monoidal::bindings
