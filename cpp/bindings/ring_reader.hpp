// Python's rings -> flat arrays, each number read once.
//
// Lists of exact floats and ints are what users have: they are read where they stand, which runs no
// code of Python's, so that nothing can change them meanwhile. Everything else goes the careful
// way, on copies of the lists.
#pragma once

#include <cstdint>
#include <string>

#include "cocodec/polygon.hpp"
#include "convert.hpp"

namespace cocodec::python {

/// Borrowed items of a list or tuple (not of a subclass: its iteration may be its own). Valid until
/// Python code runs.
class Items {
public:
    static bool readable(PyObject* sequence) {
        return PyList_CheckExact(sequence) || PyTuple_CheckExact(sequence);
    }
#ifdef Py_GIL_DISABLED
    // Other threads may change the list at any time: look at a copy.
    explicit Items(PyObject* sequence) : copy_(as_tuple(sequence)), sequence_(copy_.ptr()) {}
#else
    explicit Items(PyObject* sequence) : sequence_(sequence) {}
#endif
    /// The list itself, or the copy of it.
    [[nodiscard]] PyObject* sequence() const { return sequence_; }
    [[nodiscard]] std::size_t size() const {
        return static_cast<std::size_t>(PySequence_Fast_GET_SIZE(sequence_));
    }
    [[nodiscard]] PyObject* const* data() const { return PySequence_Fast_ITEMS(sequence_); }

private:
#ifdef Py_GIL_DISABLED
    py::tuple copy_;
#endif
    PyObject* sequence_;
};

/// Rings of a batch of masks, flat.
class RingReader {
public:
    /// Each item of `polygons` is a mask: a list of rings (`read`), or a single ring
    /// (`read_rings`). `takes_texts`: coordinates may be texts that float() reads, as in the
    /// reference.
    explicit RingReader(py::handle polygons, bool takes_texts = false);
    /// How many masks there are to read; Python code must not run before they are read.
    [[nodiscard]] std::size_t size() const { return size_; }
    /// Reads items first .. last - 1, behind what was read before.
    void read(std::size_t first, std::size_t last);
    void read_rings(std::size_t first, std::size_t last);
    /// As `read` does, while every mask is a list of plain rings; false at the first that is not.
    /// Half points are not plain, nor are points in the place of rings, nor runs.
    bool read_plain(std::size_t first, std::size_t last, const Size* sizes);
    /// What was read since the last call; `next` is the memory for what is read next.
    Rings take(Rings next = {});

private:
    [[nodiscard]] PyObject* item(std::size_t i) const;
    void keep_items();
    bool plain_mask(PyObject* rings);
    bool plain_ring(PyObject* ring);
    bool array_mask(PyObject* rings);
    [[nodiscard]] bool has_points(Size size) const;
    void odd_mask(py::handle rings);
    void odd_ring(py::handle ring);
    void add_array(const py::array& ring);
    void add_sequence(py::handle ring);
    void add_pair(py::handle pair, py::ssize_t index);
    double as_number(PyObject* item, py::ssize_t index) const;
    void close_ring(std::size_t before);
    void close_mask() {
        read_.mask_offsets.push_back(static_cast<std::int64_t>(read_.ring_offsets.size()) - 1);
    }
    [[noreturn]] void fail(const std::string& what) const;

    py::object copy_;  // of what is neither list nor tuple, or may change from here on
    Items given_;
    std::size_t size_;
    std::size_t taken_ = 0;  // masks that were read and taken
    Rings read_;
    std::size_t ring_ = 0;
    bool takes_texts_;
    bool trimmed_ = false;  // half a point was left out of some ring
};

}  // namespace cocodec::python
