// Python's rings and boxes -> runs. Rings are read once, into flat arrays; then the GIL is free.

#include <vector>

#include "cocodec/polygon.hpp"
#include "convert.hpp"

namespace cocodec::python {
namespace {

/// Rings of a batch of masks, flat.
class RingReader {
public:
    void add_mask(py::handle rings) {
        if (!PyList_Check(rings.ptr()) && !PyTuple_Check(rings.ptr())) {
            fail("must be a list of rings, not " + type_name(rings));
        }
        ring_ = 0;
        for (const py::handle ring : as_tuple(rings)) {
            add_ring(ring);
            ++ring_;
        }
        masks_.push_back(static_cast<std::int64_t>(rings_.size()) - 1);
        ++mask_;
    }
    [[nodiscard]] RingsView view(const Size* sizes) const {
        return {xy_.data(), rings_.data(), masks_.data(), sizes, masks_.size() - 1};
    }

private:
    void add_ring(py::handle ring) {
        const std::size_t before = xy_.size();
        if (py::isinstance<py::array>(ring)) {
            add_array(py::reinterpret_borrow<py::array>(ring));
        } else if (PyList_Check(ring.ptr()) || PyTuple_Check(ring.ptr())) {
            add_sequence(ring);
        } else {
            fail("ring " + std::to_string(ring_) + " must be a list or an array of numbers, not " +
                 type_name(ring));
        }
        // The reference ignores the last of an odd number of coordinates.
        if ((xy_.size() - before) % 2 != 0) xy_.resize(xy_.size() - 1);
        rings_.push_back(static_cast<std::int64_t>(xy_.size() / 2));
    }

    void add_array(const py::array& ring) {
        const char kind = ring.dtype().kind();
        const bool flat = ring.ndim() == 1;
        const bool pairs = ring.ndim() == 2 && ring.shape(1) == 2;
        if ((kind != 'f' && kind != 'i' && kind != 'u') || (!flat && !pairs && ring.size() > 0)) {
            fail("ring " + std::to_string(ring_) + " must hold numbers in shape (2k,) or (k, 2)");
        }
        const Array<double> numbers = ring;
        xy_.append(numbers.data(), static_cast<std::size_t>(numbers.size()));
    }

    void add_sequence(py::handle ring) {
        const py::tuple items = as_tuple(ring);
        const auto n = static_cast<py::ssize_t>(items.size());
        xy_.room(items.size());
        for (py::ssize_t i = 0; i < n; ++i) {
            PyObject* item = PyTuple_GET_ITEM(items.ptr(), i);
            if (PyFloat_CheckExact(item)) {
                xy_.push_back(PyFloat_AS_DOUBLE(item));
            } else if (PySequence_Check(item) && !PyUnicode_Check(item) && !PyBytes_Check(item)) {
                add_pair(item, i);
            } else {
                xy_.push_back(as_number(item, i));
            }
        }
    }

    void add_pair(py::handle pair, py::ssize_t index) {
        const auto items = py::reinterpret_steal<py::tuple>(PySequence_Tuple(pair.ptr()));
        if (!items || items.size() != 2) {
            PyErr_Clear();
            fail("ring " + std::to_string(ring_) + ", point " + std::to_string(index) + " is " +
                 py::repr(pair).cast<std::string>() + ", expected (x, y)");
        }
        xy_.push_back(as_number(items[0].ptr(), index));
        xy_.push_back(as_number(items[1].ptr(), index));
    }

    double as_number(PyObject* item, py::ssize_t index) const {
        const double number = PyFloat_AsDouble(item);
        if (number == -1.0 && PyErr_Occurred() != nullptr) {
            PyErr_Clear();
            fail("ring " + std::to_string(ring_) + ", coordinate " + std::to_string(index) +
                 " is " + py::repr(item).cast<std::string>() + ", expected a number");
        }
        return number;
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw py::type_error("mask " + std::to_string(mask_) + ": " + what);
    }

    Buffer<double> xy_;
    std::vector<std::int64_t> rings_{0};  // where rings start, in points
    std::vector<std::int64_t> masks_{0};  // where masks start, in rings
    std::size_t mask_ = 0;
    std::size_t ring_ = 0;
};

Runs from_polygons(const py::sequence& polygons, const Array<std::int64_t>& sizes, int threads) {
    const py::tuple items = as_tuple(polygons);
    require_length(sizes.shape(0), items.size(), "sizes");
    const Size* size = as_sizes(sizes);
    RingReader reader;
    for (const py::handle polygon : items) reader.add_mask(polygon);
    return build([&] { return from_rings(reader.view(size), threads); });
}

Runs from_box_array(const Array<double>& boxes, const Array<std::int64_t>& sizes) {
    const Box* box = as_boxes(boxes);
    const Size* size = as_sizes(sizes);
    const auto n = static_cast<std::size_t>(boxes.shape(0));
    require_length(sizes.shape(0), n, "sizes");
    return build([&] { return from_boxes(box, size, n); });
}

}  // namespace

void bind_polygon(py::module_& m) {
    m.def("from_polygons", &from_polygons, py::arg("polygons"), py::arg("sizes"),
          py::arg("threads") = 0);
    m.def("from_boxes", &from_box_array, py::arg("boxes"), py::arg("sizes"));
}

}  // namespace cocodec::python
