// What the drop-in's functions share: a call path below pybind11's, because a call on a small mask
// costs less than pybind11's argument conversion; working memory that outlives a call; small numpy
// arrays. Used by bind_pycocotools*.cpp only.
#pragma once

#include <array>
#include <cstddef>

#include "coco.hpp"

namespace cocodec::python::pycocotools {

/// The arguments of a call in the order of its parameters, borrowed; nullptr for those left out.
using Arguments = std::array<PyObject*, 3>;

struct Signature {
    const char* function;
    std::array<const char*, 3> parameters;
    std::size_t length;    // of the parameters
    std::size_t required;  // so many of them have no default
};

/// The arguments as CPython's METH_FASTCALL | METH_KEYWORDS hands them over.
struct Call {
    PyObject* const* values;
    std::size_t positional;
    PyObject* keywords;  // a tuple of names, or nullptr
};

/// Matches a call with a signature. Throws TypeError with CPython's words.
Arguments parse(const Call& call, const Signature& signature);

/// The exception in flight becomes Python's.
void translate() noexcept;

/// A C function for CPython around `body`, a py::object(const Arguments&).
template <const Signature& signature, auto body>
PyObject* entry(PyObject*, PyObject* const* values, Py_ssize_t n, PyObject* keywords) noexcept {
    try {
        return body(parse({values, static_cast<std::size_t>(n), keywords}, signature))
            .release()
            .ptr();
    } catch (...) {
        translate();
        return nullptr;
    }
}

/// A method definition; `doc` starts with "name(parameters)\n--\n\n", which help() reads.
template <const Signature& signature, auto body>
PyMethodDef method(const char* doc) {
    auto* const function = &entry<signature, body>;
    return {signature.function,
            reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function)),
            METH_FASTCALL | METH_KEYWORDS, doc};
}

/// Adds `definition`, which lives for ever, to the core as `prefix` + its name; it says that it
/// lives in `module`, so that help and pickle find it there.
void add(py::module_& core, const char* prefix, PyMethodDef& definition, const char* module);

/// Masks and text to work with. The memory is the thread's, and kept for the next call while it is
/// small; a call within a call gets memory of its own.
class Workspace {
public:
    Workspace();
    ~Workspace();
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;

    RleArray masks;
    Buffer<char> text;
};

/// A new array, contiguous in Fortran order, of one of numpy's types; its values are not set.
py::object new_array(int type, const std::array<py::ssize_t, 3>& shape, int axes);

template <class T>
T* values(const py::object& array) {
    return reinterpret_cast<T*>(py::detail::array_proxy(array.ptr())->data);
}

/// A new np.uint32.
py::object new_uint32(std::uint32_t value);

/// numpy.asarray(values, dtype), in which code of anybody's may run.
py::object converted(py::handle values, const char* dtype);

/// Boxes in any spelling: an array of shape (n, 4) or (4,), or a sequence of rows of four numbers.
class Boxes {
public:
    explicit Boxes(py::handle boxes);
    [[nodiscard]] const Box* data() const { return boxes_; }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    bool read_plain(py::handle rows);
    void read_array(py::handle boxes);

    Buffer<double> numbers_;
    py::object array_;
    const Box* boxes_ = nullptr;
    std::size_t size_ = 0;
};

/// A list or tuple, or a 1-D array, of four numbers.
bool is_box(py::handle row);

void add_dense(py::module_& core);     // encode, decode
void add_measures(py::module_& core);  // area, toBbox, merge, iou
void add_shapes(py::module_& core);    // frPyObjects and what it calls

}  // namespace cocodec::python::pycocotools
