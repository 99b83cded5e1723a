#pragma once
// The only header that includes pybind11. A binding file includes this one first.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <thread>
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

/// Lets other Python threads run while it lives. Where the interpreter shuts down meanwhile, this
/// thread waits for the process to end: Python would unwind it through frames that must not throw.
class NoGil {
public:
    NoGil() : state_(PyEval_SaveThread()) {}
    ~NoGil() {
        if (is_finalizing()) wait_for_ever();
        try {
            PyEval_RestoreThread(state_);
        } catch (...) {  // how Python before 3.14 ends a thread that asks too late
            wait_for_ever();
        }
    }
    NoGil(NoGil const&) = delete;
    NoGil& operator=(NoGil const&) = delete;

private:
    static bool is_finalizing() {
#if PY_VERSION_HEX >= 0x030D0000
        return Py_IsFinalizing() != 0;
#else
        return _Py_IsFinalizing() != 0;
#endif
    }
    [[noreturn]] static void wait_for_ever() {
        for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
    }

    PyThreadState* state_;
};

}  // namespace monoidal::bindings
