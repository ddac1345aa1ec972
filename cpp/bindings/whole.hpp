// Classes whose objects are whole or not there at all.
#pragma once

#include <pybind11/pybind11.h>

namespace cocodec::python {

/// `X.__new__(X)` of a pybind11 class makes an object that holds nothing, and its methods read
/// whatever lies in memory. Of a class that went through here, making an object means filling it;
/// every way around that is a TypeError. The usual call of __init__ that comes next is ignored by
/// pybind11, which knows that the object is there. To be called when all methods are defined.
inline void forbid_empty_objects(const pybind11::object& cls) {
    auto* const type = reinterpret_cast<PyTypeObject*>(cls.ptr());
    static PyMethodDef refuse{
        "__new__",
        [](PyObject* self, PyObject*) -> PyObject* {
            const char* const name = reinterpret_cast<PyTypeObject*>(self)->tp_name;
            PyErr_Format(PyExc_TypeError, "%s objects are not made by __new__; call %s(...)", name,
                         name);
            return nullptr;
        },
        METH_VARARGS, "Refused: an object is made whole, by calling the class."};
    type->tp_new = [](PyTypeObject* wanted, PyObject* args, PyObject* options) -> PyObject* {
        PyObject* const self = pybind11::detail::make_new_instance(wanted);
        if (self == nullptr) return nullptr;
        if (wanted->tp_init(self, args, options) == 0) return self;
        Py_DECREF(self);
        return nullptr;
    };
    // Past `setattr`, which would put a slot of its own where tp_new has just been set.
    const auto method =
        pybind11::reinterpret_steal<pybind11::object>(PyCFunction_New(&refuse, cls.ptr()));
    if (!method || PyDict_SetItemString(type->tp_dict, "__new__", method.ptr()) != 0) {
        throw pybind11::error_already_set();
    }
    PyType_Modified(type);
}

}  // namespace cocodec::python
