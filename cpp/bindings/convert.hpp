// Python objects <-> what the core understands. Every binding goes through here.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <string>
#include <utility>

#include "cocodec/error.hpp"
#include "cocodec/polygon.hpp"
#include "cocodec/rle.hpp"
#include "cocodec/setops.hpp"
#include "gil.hpp"

namespace cocodec::python {

namespace py = pybind11;

/// What Python holds of a batch: valid from birth, and never changed afterwards, so that no
/// operation needs to check it again and any thread may read it.
class Runs {
public:
    explicit Runs(RleArray array) : array_(std::move(array)) {
        // Runs are found before their number is known: what was made room for in vain goes back.
        const std::size_t used = array_.counts.size();
        if (array_.counts.capacity() - used > used / 4 + 4096) array_.counts.shrink();
    }
    [[nodiscard]] RleArrayView view() const noexcept { return array_.view(); }
    [[nodiscard]] std::size_t size() const noexcept { return array_.size(); }

private:
    RleArray array_;
};

/// Arrays that bindings read: C order, converted only where the caller's Python code did not.
template <class T>
using Array = py::array_t<T, py::array::c_style | py::array::forcecast>;

/// The (n, 2) int64 array of heights and widths, as the core has it.
inline const Size* as_sizes(const Array<std::int64_t>& sizes) {
    static_assert(sizeof(Size) == 2 * sizeof(std::int64_t));
    if (sizes.ndim() != 2 || sizes.shape(1) != 2) {
        throw Error(ErrorCode::bad_shape, "sizes must have shape (n, 2)");
    }
    return reinterpret_cast<const Size*>(sizes.data());
}

/// The (n, 4) float64 array of boxes, as the core has it.
inline const Box* as_boxes(const Array<double>& boxes) {
    static_assert(sizeof(Box) == 4 * sizeof(double));
    if (boxes.ndim() != 2 || boxes.shape(1) != 4) {
        throw Error(ErrorCode::bad_shape, "boxes must have shape (n, 4)");
    }
    return reinterpret_cast<const Box*>(boxes.data());
}

inline void require_length(py::ssize_t found, std::size_t expected, const char* what) {
    if (static_cast<std::size_t>(found) == expected) return;
    throw Error(ErrorCode::bad_shape, std::string(what) + " has length " + std::to_string(found) +
                                          ", expected " + std::to_string(expected));
}

/// nullptr for None, otherwise n flags.
inline const std::uint8_t* as_flags(const py::object& flags, const Array<std::uint8_t>& array,
                                    std::size_t n) {
    if (flags.is_none()) return nullptr;
    require_length(array.size(), n, "iscrowd");
    return array.data();
}

/// Dense masks have one byte a pixel.
inline void require_bytes(const py::array& array, const char* what) {
    const char kind = array.dtype().kind();
    if (array.itemsize() == 1 && (kind == 'b' || kind == 'u' || kind == 'i')) return;
    throw py::type_error(std::string(what) + " has dtype " +
                         py::str(array.dtype()).cast<std::string>() +
                         "; cast it to bool, uint8 or int8 first, for example (mask != 0) or "
                         "(mask > 0.5)");
}

/// Runs `work` without the GIL and wraps the masks that it returns.
template <class Work>
Runs build(const Work& work) {
    const WithoutGil without;
    return Runs(work());
}

/// Runs `work`, without the GIL if it takes long: below some 20 us, giving it up costs more.
template <class Work>
void run(bool long_work, const Work& work) {
    if (!long_work) return work();
    const WithoutGil without;
    work();
}

/// Where giving up the GIL starts to pay.
inline constexpr std::size_t many_pixels = std::size_t{1} << 18;
inline constexpr std::size_t many_runs = std::size_t{1} << 14;

/// "list", "numpy.float64", ...: how a message names what was found.
inline std::string type_name(py::handle object) {
    return Py_TYPE(object.ptr())->tp_name;
}

/// How a message shows a value, however long it is.
std::string shown(py::handle value);

/// What a MemoryError says.
inline constexpr const char* no_memory =
    "not enough memory for what these masks or records become: take fewer at a time";

/// dict[key] = value.
inline void set_item(py::handle dict, py::handle key, py::handle value) {
    if (PyDict_SetItem(dict.ptr(), key.ptr(), value.ptr()) < 0) throw py::error_already_set();
}

/// The items of any sequence, in a tuple of our own: reading an odd item may run code that changes
/// the caller's list.
inline py::tuple as_tuple(py::handle sequence) {
    auto items = py::reinterpret_steal<py::tuple>(
        or_sleep([&] { return PySequence_Tuple(sequence.ptr()); }));
    if (!items) throw py::error_already_set();
    return items;
}

/// tolerance, merge_steps, holes, connectivity, min_area: the options as the package passes them.
TraceOptions as_trace_options(const py::tuple& values);

void register_errors(py::module_& m);

}  // namespace cocodec::python
