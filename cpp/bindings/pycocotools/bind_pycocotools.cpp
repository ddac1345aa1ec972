// The functions of cocodec.pycocotools: what they share, and the list of them.

#include <pybind11/gil_safe_call_once.h>

#include <string>

#include "gil.hpp"
#include "pycocotools/shared.hpp"

namespace cocodec::python {
namespace pycocotools {
namespace {

using py::detail::npy_api;

// A thread that has once worked on a large mask does not keep its memory.
constexpr std::size_t kept_values = std::size_t{1} << 16;

struct Spare {
    RleArray masks;
    Buffer<char> text;
};
thread_local Spare spare;

/// The place of the parameter that a keyword names, or the end.
std::size_t find(PyObject* keyword, const Signature& signature) {
    std::size_t i = 0;
    while (i < signature.length &&
           PyUnicode_CompareWithASCIIString(keyword, signature.parameters[i]) != 0) {
        ++i;
    }
    return i;
}

void parse_keywords(const Call& call, const Signature& signature, Arguments& arguments) {
    const py::ssize_t n = PyTuple_GET_SIZE(call.keywords);
    for (py::ssize_t k = 0; k < n; ++k) {
        PyObject* keyword = PyTuple_GET_ITEM(call.keywords, k);
        const std::size_t i = find(keyword, signature);
        if (i == signature.length) {
            throw py::type_error(std::string(signature.function) +
                                 "() got an unexpected keyword argument " + shown(keyword));
        }
        if (arguments[i] != nullptr) {
            throw py::type_error(std::string(signature.function) +
                                 "() got multiple values for argument '" + signature.parameters[i] +
                                 "'");
        }
        arguments[i] = call.values[call.positional + static_cast<std::size_t>(k)];
    }
}

}  // namespace

Arguments parse(const Call& call, const Signature& signature) {
    Arguments arguments{};
    if (call.positional > signature.length) {
        throw py::type_error(std::string(signature.function) + "() takes " +
                             std::to_string(signature.length) + " positional arguments but " +
                             std::to_string(call.positional) + " were given");
    }
    for (std::size_t i = 0; i < call.positional; ++i) arguments[i] = call.values[i];
    if (call.keywords != nullptr) parse_keywords(call, signature, arguments);
    for (std::size_t i = 0; i < signature.required; ++i) {
        if (arguments[i] != nullptr) continue;
        throw py::type_error(std::string(signature.function) + "() missing required argument '" +
                             signature.parameters[i] + "' (pos " + std::to_string(i + 1) + ")");
    }
    return arguments;
}

namespace {

/// Whether Python itself had no room for an object: it says nothing then. An error of another
/// class, or with something to say, is somebody's own, and to ask it for its text may raise.
bool is_silent(const py::error_already_set& error) noexcept {
    if (error.type().ptr() != PyExc_MemoryError) return false;
    const auto said =
        py::reinterpret_steal<py::object>(PyObject_GetAttrString(error.value().ptr(), "args"));
    if (!said) PyErr_Clear();
    return said && PyTuple_Check(said.ptr()) && PyTuple_GET_SIZE(said.ptr()) == 0;
}

}  // namespace

// What could be thrown here: that pybind11 has lost its registers, which live as long as this
// module. NOLINTNEXTLINE(bugprone-exception-escape)
void translate() noexcept {
    try {
        throw;
    } catch (py::error_already_set& error) {
        if (is_silent(error)) {
            PyErr_SetString(PyExc_MemoryError, no_memory);
        } else {
            error.restore();
        }
    } catch (...) {
        py::detail::try_translate_exceptions();
    }
}

void add(py::module_& core, const char* prefix, PyMethodDef& definition, const char* module) {
    const py::str home(module);
    const auto function =
        py::reinterpret_steal<py::object>(PyCFunction_NewEx(&definition, nullptr, home.ptr()));
    if (!function) throw py::error_already_set();
    core.attr((prefix + std::string(definition.ml_name)).c_str()) = function;
}

Workspace::Workspace() : masks(std::move(spare.masks)), text(std::move(spare.text)) {
    if (masks.offsets.empty()) masks.offsets.push_back(0);
}

Workspace::~Workspace() {
    if (masks.counts.capacity() > kept_values || masks.sizes.capacity() > kept_values ||
        text.capacity() > kept_values) {
        return;
    }
    masks.counts.clear();
    masks.sizes.clear();
    masks.offsets.resize(1);
    text.clear();
    spare.masks = std::move(masks);
    spare.text = std::move(text);
}

py::object new_array(int type, const std::array<py::ssize_t, 3>& shape, int axes) {
    const npy_api& numpy = npy_api::get();
    auto array = py::reinterpret_steal<py::object>(numpy.PyArray_NewFromDescr_(
        numpy.PyArray_Type_, numpy.PyArray_DescrFromType_(type), axes, shape.data(), nullptr,
        nullptr, npy_api::NPY_ARRAY_F_CONTIGUOUS_, nullptr));
    if (!array) throw py::error_already_set();
    return array;
}

py::object new_uint32(std::uint32_t value) {
    static PyObject* const type =
        npy_api::get().PyArray_DescrFromType_(py::dtype::of<std::uint32_t>().num());
    auto scalar =
        py::reinterpret_steal<py::object>(npy_api::get().PyArray_Scalar_(&value, type, nullptr));
    if (!scalar) throw py::error_already_set();
    return scalar;
}

py::object converted(py::handle values, const char* dtype) {
    PYBIND11_CONSTINIT static py::gil_safe_call_once_and_store<py::object> storage;
    const py::object& asarray =
        storage
            .call_once_and_store_result([] { return py::module_::import("numpy").attr("asarray"); })
            .get_stored();
    return call_python(asarray, py::make_tuple(values, dtype));
}

Boxes::Boxes(py::handle boxes) {
    if (!read_plain(boxes)) read_array(boxes);
}

/// Rows of exact floats and ints are read where they stand, because that runs no code of Python's;
/// everything else is numpy's affair.
bool Boxes::read_plain(py::handle rows) {
#ifdef Py_GIL_DISABLED
    return false;  // another thread may change the lists
#else
    if (!PyList_CheckExact(rows.ptr())) return false;
    const py::ssize_t n = PyList_GET_SIZE(rows.ptr());
    double* place = numbers_.room(static_cast<std::size_t>(4 * n) + 1);
    for (py::ssize_t i = 0; i < n; ++i) {
        PyObject* row = PyList_GET_ITEM(rows.ptr(), i);
        if (!PyList_CheckExact(row) && !PyTuple_CheckExact(row)) return false;
        if (PySequence_Fast_GET_SIZE(row) != 4) return false;
        for (py::ssize_t k = 0; k < 4; ++k) {
            PyObject* number = PySequence_Fast_GET_ITEM(row, k);
            if (!PyFloat_CheckExact(number) && !PyLong_CheckExact(number)) return false;
            *place = or_sleep([&] { return PyFloat_AsDouble(number); });
            if (*place++ == -1.0 && PyErr_Occurred() != nullptr) throw py::error_already_set();
        }
    }
    size_ = static_cast<std::size_t>(n);
    boxes_ = reinterpret_cast<const Box*>(numbers_.data());
    return true;
#endif
}

void Boxes::read_array(py::handle boxes) {
    const Array<double> array = converted(boxes, "f8");
    array_ = array;
    if (array.size() == 0) return;
    const bool one = array.ndim() == 1 && array.shape(0) == 4;
    if (!one && (array.ndim() != 2 || array.shape(1) != 4)) {
        throw py::value_error("boxes have shape " +
                              py::str(array.attr("shape")).cast<std::string>() +
                              ", expected (n, 4)");
    }
    size_ = one ? 1 : static_cast<std::size_t>(array.shape(0));
    boxes_ = reinterpret_cast<const Box*>(array.data());
}

bool is_box(py::handle row) {
    if (py::isinstance<py::array>(row)) {
        const auto array = py::reinterpret_borrow<py::array>(row);
        return array.ndim() == 1 && array.shape(0) == 4;
    }
    if (!PyList_Check(row.ptr()) && !PyTuple_Check(row.ptr())) return false;
    const py::tuple numbers = as_tuple(row);
    if (numbers.size() != 4) return false;
    for (const py::handle number : numbers) {
        if (PyFloat_Check(number.ptr()) || PyLong_Check(number.ptr())) continue;
        if (py::array(py::reinterpret_borrow<py::object>(number)).ndim() != 0) return false;
    }
    return true;
}

}  // namespace pycocotools

void bind_pycocotools(py::module_& m) {
    pycocotools::add_dense(m);
    pycocotools::add_measures(m);
    pycocotools::add_shapes(m);
}

}  // namespace cocodec::python
