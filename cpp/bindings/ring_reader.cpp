// How rings are read: the plain ones where they stand, the others with every question asked.

#include "ring_reader.hpp"

#include <cstring>

#include "cocodec/segmentation.hpp"
#include "gil.hpp"

namespace cocodec::python {
namespace {

/// The value of an exact float, or of an exact int of no more than 64 bits; false for anything
/// else. Runs no Python code.
inline bool plain_number(PyObject* item, double& number) {
    if (PyFloat_CheckExact(item)) {
        number = PyFloat_AS_DOUBLE(item);
        return true;
    }
    if (PyLong_CheckExact(item)) {
        int overflow = 0;
        number = static_cast<double>(PyLong_AsLongLongAndOverflow(item, &overflow));
        return overflow == 0;
    }
    return false;
}

bool plain_numbers(PyObject* const* items, std::size_t n, double* out) {
    for (std::size_t i = 0; i < n; ++i) {
        if (!plain_number(items[i], out[i])) return false;
    }
    return true;
}

bool plain_pairs(PyObject* const* items, std::size_t n, double* out) {
    for (std::size_t i = 0; i < n; ++i) {
        if (!Items::readable(items[i])) return false;
        const Items pair(items[i]);
        if (pair.size() != 2 || !plain_numbers(pair.data(), 2, out + 2 * i)) return false;
    }
    return true;
}

/// Appends an array of T as it lies in memory; false if it is no such array.
template <class T>
bool append_contiguous(const py::array& array, Buffer<double>& out) {
    if (!py::array_t<T, py::array::c_style>::check_(array)) return false;
    const auto n = static_cast<std::size_t>(array.size());
    const auto* bytes = static_cast<const char*>(array.data());
    double* place = out.room(n);
    for (std::size_t i = 0; i < n; ++i) {
        T value;  // the array need not be aligned
        std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
        place[i] = static_cast<double>(value);
    }
    out.advance(n);
    return true;
}

/// Whether it is a sequence of numbers, not a number: arrays without axes are numbers, though numpy
/// and torch give them the methods of sequences.
bool has_items(PyObject* item) {
    if (!PySequence_Check(item) || PyUnicode_Check(item) || PyBytes_Check(item)) return false;
    if (or_sleep([&] { return PySequence_Size(item); }) >= 0) return true;
    PyErr_Clear();
    return false;
}

/// What numpy makes of an object that is memory (array.array, memoryview), or that makes arrays
/// itself (a tensor); nothing for anything else.
py::array array_of(py::handle item) {
    const bool memory = PyObject_CheckBuffer(item.ptr()) != 0 && !PyBytes_Check(item.ptr());
    if (!memory && !py::hasattr(item, "__array__")) {
        return py::reinterpret_steal<py::array>(py::handle());
    }
    return py::array::ensure(item);
}

}  // namespace

RingReader::RingReader(py::handle polygons, bool takes_texts)
    : copy_(Items::readable(polygons.ptr()) ? py::object() : as_tuple(polygons)),
      given_(copy_ ? copy_.ptr() : polygons.ptr()),
      size_(given_.size()),
      takes_texts_(takes_texts) {
    read_.clear();
}

Rings RingReader::take(Rings next) {
    taken_ += read_.size();
    std::swap(read_, next);
    read_.clear();
    return next;
}

void RingReader::read(std::size_t first, std::size_t last) {
    read_.mask_offsets.reserve(read_.mask_offsets.size() + last - first);
    read_.ring_offsets.reserve(read_.ring_offsets.size() + last - first);
    for (std::size_t i = first; i < last; ++i) {
        PyObject* rings = item(i);
        read_.xy.foresee(i - first, last - first);
        if (Items::readable(rings) && plain_mask(rings)) continue;
        keep_items();
        odd_mask(rings);
    }
}

void RingReader::read_rings(std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
        PyObject* ring = item(i);
        if (!plain_ring(ring)) {
            keep_items();
            odd_ring(ring);
        }
        close_mask();
    }
}

bool RingReader::read_plain(std::size_t first, std::size_t last, const Size* sizes) {
    read_.mask_offsets.reserve(read_.mask_offsets.size() + last - first);
    read_.ring_offsets.reserve(read_.ring_offsets.size() + last - first);
    for (std::size_t i = first; i < last; ++i) {
        PyObject* rings = item(i);
        read_.xy.foresee(i - first, last - first);
        if (!Items::readable(rings)) return false;
        if (!plain_mask(rings)) {
            keep_items();
            if (!array_mask(rings)) return false;
        }
        if (trimmed_ || !has_points(sizes[i])) return false;
    }
    return true;
}

/// Reads a mask some of whose rings are arrays of numbers.
bool RingReader::array_mask(PyObject* rings) {
    for (const py::handle ring : as_tuple(rings)) {
        if (plain_ring(ring.ptr())) continue;
        if (!py::isinstance<py::array>(ring)) return false;
        const auto array = py::reinterpret_borrow<py::array>(ring);
        const char kind = array.dtype().kind();
        const bool pairs = array.ndim() == 2 && array.shape(1) == 2;
        if ((kind != 'f' && kind != 'i' && kind != 'u') || (array.ndim() != 1 && !pairs)) {
            return false;
        }
        const std::size_t before = read_.xy.size();
        add_array(array);
        close_ring(before);
    }
    close_mask();
    return true;
}

/// Whether the last mask's rings are rings: neither the points of one, nor runs.
bool RingReader::has_points(Size size) const {
    const auto masks = read_.mask_offsets.size();
    const auto first = static_cast<std::size_t>(read_.mask_offsets[masks - 2]);
    const auto last = static_cast<std::size_t>(read_.mask_offsets[masks - 1]);
    const std::int64_t* const offsets = read_.ring_offsets.data();
    if (last - first == 1) {
        const auto begin = static_cast<std::size_t>(2 * offsets[first]);
        return !are_runs(read_.xy.data() + begin, read_.xy.size() - begin, size);
    }
    for (std::size_t ring = first; ring < last; ++ring) {
        if (offsets[ring + 1] - offsets[ring] != 1) return true;
    }
    return first == last;
}

PyObject* RingReader::item(std::size_t i) const {
    return copy_ ? PyTuple_GET_ITEM(copy_.ptr(), static_cast<py::ssize_t>(i)) : given_.data()[i];
}

/// From here on Python code may run, and change the list that was given.
void RingReader::keep_items() {
    if (!copy_) copy_ = as_tuple(given_.sequence());
}

/// Reads a mask of plain rings; leaves everything as it was if it has another.
bool RingReader::plain_mask(PyObject* rings) {
    const std::size_t numbers = read_.xy.size(), earlier = read_.ring_offsets.size();
    const Items items(rings);
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (plain_ring(items.data()[i])) continue;
        read_.xy.resize(numbers);
        read_.ring_offsets.resize(earlier);
        return false;
    }
    close_mask();
    return true;
}

bool RingReader::plain_ring(PyObject* ring) {
    if (!Items::readable(ring)) return false;
    const Items items(ring);
    const std::size_t n = items.size(), before = read_.xy.size();
    const bool pairs = n > 0 && Items::readable(items.data()[0]);
    double* out = read_.xy.room(2 * n);
    if (!(pairs ? plain_pairs : plain_numbers)(items.data(), n, out)) return false;
    read_.xy.advance(pairs ? 2 * n : n);
    close_ring(before);
    return true;
}

void RingReader::odd_mask(py::handle rings) {
    ring_ = 0;
    if (!PyList_Check(rings.ptr()) && !PyTuple_Check(rings.ptr())) {
        fail("must be a list of rings, not " + type_name(rings));
    }
    for (const py::handle ring : as_tuple(rings)) {
        odd_ring(ring);
        ++ring_;
    }
    close_mask();
}

void RingReader::odd_ring(py::handle ring) {
    const std::size_t before = read_.xy.size();
    if (py::isinstance<py::array>(ring)) {
        add_array(py::reinterpret_borrow<py::array>(ring));
    } else if (const py::array array = array_of(ring)) {
        add_array(array);
    } else if (has_items(ring.ptr())) {
        add_sequence(ring);
    } else {
        fail("ring " + std::to_string(ring_) + " must be a list or an array of numbers, not " +
             type_name(ring));
    }
    close_ring(before);
}

/// The reference ignores the last of an odd number of coordinates.
void RingReader::close_ring(std::size_t before) {
    if ((read_.xy.size() - before) % 2 != 0) {
        read_.xy.resize(read_.xy.size() - 1);
        trimmed_ = true;
    }
    read_.ring_offsets.push_back(static_cast<std::int64_t>(read_.xy.size() / 2));
}

void RingReader::add_array(const py::array& ring) {
    const char kind = ring.dtype().kind();
    const bool flat = ring.ndim() == 1;
    const bool pairs = ring.ndim() == 2 && ring.shape(1) == 2;
    if ((kind != 'f' && kind != 'i' && kind != 'u') || (!flat && !pairs && ring.size() > 0)) {
        fail("ring " + std::to_string(ring_) + " must hold numbers in shape (2k,) or (k, 2)");
    }
    if (append_contiguous<double>(ring, read_.xy) || append_contiguous<float>(ring, read_.xy) ||
        append_contiguous<std::int64_t>(ring, read_.xy) ||
        append_contiguous<std::int32_t>(ring, read_.xy)) {
        return;
    }
    const Array<double> numbers = ring;
    read_.xy.append(numbers.data(), static_cast<std::size_t>(numbers.size()));
}

void RingReader::add_sequence(py::handle ring) {
    const py::tuple items = as_tuple(ring);
    const auto n = static_cast<py::ssize_t>(items.size());
    read_.xy.room(items.size());
    for (py::ssize_t i = 0; i < n; ++i) {
        PyObject* item = PyTuple_GET_ITEM(items.ptr(), i);
        if (PyFloat_CheckExact(item)) {
            read_.xy.push_back(PyFloat_AS_DOUBLE(item));
        } else if (has_items(item)) {
            add_pair(item, i);
        } else {
            read_.xy.push_back(as_number(item, i));
        }
    }
}

void RingReader::add_pair(py::handle pair, py::ssize_t index) {
    const auto items =
        py::reinterpret_steal<py::tuple>(or_sleep([&] { return PySequence_Tuple(pair.ptr()); }));
    if (!items || items.size() != 2) {
        PyErr_Clear();
        fail("ring " + std::to_string(ring_) + ", point " + std::to_string(index) + " is " +
             shown(pair) + ", expected (x, y)");
    }
    read_.xy.push_back(as_number(items[0].ptr(), index));
    read_.xy.push_back(as_number(items[1].ptr(), index));
}

double RingReader::as_number(PyObject* item, py::ssize_t index) const {
    const bool text = takes_texts_ && PyUnicode_Check(item);
    const auto read = py::reinterpret_steal<py::object>(text ? PyFloat_FromString(item)
                                                             : py::handle(item).inc_ref().ptr());
    const double number = read ? or_sleep([&] { return PyFloat_AsDouble(read.ptr()); }) : -1.0;
    if (number == -1.0 && PyErr_Occurred() != nullptr) {
        PyErr_Clear();
        fail("ring " + std::to_string(ring_) + ", coordinate " + std::to_string(index) + " is " +
             shown(item) + ", expected a number");
    }
    return number;
}

void RingReader::fail(const std::string& what) const {
    throw py::type_error("mask " + std::to_string(taken_ + read_.mask_offsets.size() - 1) + ": " +
                         what);
}

}  // namespace cocodec::python
