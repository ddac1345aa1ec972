// New arrays of zeros, made by numpy. The system hands zeroed pages out only when they are written:
// where an image is mostly background, most of the result is never touched.
#pragma once

#include <pybind11/gil_safe_call_once.h>
#include <pybind11/numpy.h>

#include <utility>

#include "gil.hpp"

namespace cocodec::python {

/// numpy.zeros(shape, dtype, order). numpy gives up the GIL in there.
inline pybind11::array zeros(const pybind11::tuple& shape, const pybind11::object& dtype,
                             const char* order = "C") {
    namespace py = pybind11;
    PYBIND11_CONSTINIT static py::gil_safe_call_once_and_store<py::object> storage;
    const py::object& make =
        storage
            .call_once_and_store_result([] { return py::module_::import("numpy").attr("zeros"); })
            .get_stored();
    const py::str order_name(order);
    auto made = py::reinterpret_steal<py::object>(or_sleep([&] {
        return PyObject_CallFunctionObjArgs(make.ptr(), shape.ptr(), dtype.ptr(), order_name.ptr(),
                                            nullptr);
    }));
    if (!made) throw py::error_already_set();
    return py::array(std::move(made));
}

}  // namespace cocodec::python
