// The batch itself: its arrays, making one from arrays, taking from it, joining, comparing,
// measuring.

#include <algorithm>
#include <vector>

#include "cocodec/positions.hpp"
#include "convert.hpp"
#include "whole.hpp"

namespace cocodec::python {
namespace {

/// A read-only array over memory that `owner` keeps alive. Nobody can make it writeable again,
/// because `owner` offers no writeable buffer.
template <class T>
py::array_t<T> read_only(const T* data, std::vector<py::ssize_t> shape, const py::object& owner) {
    py::array_t<T> array(std::move(shape), data, owner);
    py::detail::array_proxy(array.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
    return array;
}

const Runs& as_runs(const py::object& self) {
    return self.cast<const Runs&>();
}

py::object counts(const py::object& self) {
    const RleArrayView masks = as_runs(self).view();
    return read_only(masks.counts, {static_cast<py::ssize_t>(masks.offsets[masks.length])}, self);
}

py::object offsets(const py::object& self) {
    const RleArrayView masks = as_runs(self).view();
    return read_only(masks.offsets, {static_cast<py::ssize_t>(masks.length) + 1}, self);
}

py::object sizes(const py::object& self) {
    const RleArrayView masks = as_runs(self).view();
    return read_only(reinterpret_cast<const std::int64_t*>(masks.sizes),
                     {static_cast<py::ssize_t>(masks.length), 2}, self);
}

/// Offsets must be right before the first value is looked at.
void require_offsets(const std::int64_t* offsets, std::size_t n, std::int64_t values,
                     const char* what) {
    if (offsets[0] != 0 || offsets[n] != values) {
        throw Error(ErrorCode::bad_shape, "offsets must start at 0 and end at " +
                                              std::to_string(values) + ", the number of " + what);
    }
    for (std::size_t i = 0; i < n; ++i) {
        if (offsets[i + 1] >= offsets[i]) continue;
        throw Error(ErrorCode::bad_shape,
                    "offsets fall from " + std::to_string(offsets[i]) + " to " +
                        std::to_string(offsets[i + 1]),
                    static_cast<std::int64_t>(i));
    }
}

Runs from_runs(const Array<std::uint32_t>& counts, const Array<std::int64_t>& offsets,
               const Array<std::int64_t>& sizes) {
    const Size* size = as_sizes(sizes);
    const auto n = static_cast<std::size_t>(sizes.shape(0));
    require_length(offsets.size(), n + 1, "offsets");
    // Copied before it is checked: what was checked must not change afterwards.
    RleArray array;
    array.counts.append(counts.data(), static_cast<std::size_t>(counts.size()));
    array.offsets.clear();
    array.offsets.append(offsets.data(), n + 1);
    array.sizes.append(size, n);
    require_offsets(array.offsets.data(), n, static_cast<std::int64_t>(array.counts.size()),
                    "runs");
    validate(array.view());
    return Runs(std::move(array));
}

Runs from_changes(const Array<std::int64_t>& positions, const Array<std::int64_t>& offsets,
                  const Array<std::int64_t>& sizes) {
    const Size* const size = as_sizes(sizes);
    const auto n = static_cast<std::size_t>(sizes.shape(0));
    require_length(offsets.size(), n + 1, "offsets");
    require_offsets(offsets.data(), n, positions.size(), "positions");
    const PositionsView changes{positions.data(), offsets.data(), n};
    return build([&] { return from_positions(changes, size); });
}

Runs take(const Runs& runs, const Array<std::int64_t>& indices) {
    const RleArrayView masks = runs.view();
    RleArray out;
    for (py::ssize_t i = 0; i < indices.size(); ++i) {
        const std::int64_t index = indices.data()[i];
        if (index < 0 || index >= static_cast<std::int64_t>(masks.length)) {
            throw py::index_error("index " + std::to_string(index) + " is out of range for " +
                                  std::to_string(masks.length) + " masks");
        }
        out.append(masks[static_cast<std::size_t>(index)]);
    }
    return Runs(std::move(out));
}

Runs slice(const Runs& runs, std::size_t first, std::size_t n) {
    const RleArrayView masks = runs.view();
    if (first > masks.length || n > masks.length - first) {
        throw py::index_error("slice out of range");
    }
    RleArray out;
    out.append(masks.slice(first, n));
    return Runs(std::move(out));
}

Runs concatenate(const py::sequence& batches) {
    RleArray out;
    for (const py::handle batch : batches) out.append(batch.cast<const Runs&>().view());
    return Runs(std::move(out));
}

bool equal_batches(const Runs& a, const Runs& b) {
    if (a.size() != b.size()) return false;
    const RleArrayView left = a.view(), right = b.view();
    const WithoutGil without;
    for (std::size_t i = 0; i < left.length; ++i) {
        if (!equal(left[i], right[i])) return false;
    }
    return true;
}

/// For pickle: the arrays, which are checked again when they come back.
py::tuple reduced(const py::object& self) {
    return py::make_tuple(py::module_::import("cocodec._core").attr("from_runs"),
                          py::make_tuple(counts(self), offsets(self), sizes(self)));
}

py::array_t<std::uint64_t> areas(const Runs& runs) {
    py::array_t<std::uint64_t> out(static_cast<py::ssize_t>(runs.size()));
    area(runs.view(), out.mutable_data());
    return out;
}

py::array_t<double> boxes(const Runs& runs) {
    py::array_t<double> out({static_cast<py::ssize_t>(runs.size()), py::ssize_t{4}});
    bbox(runs.view(), reinterpret_cast<Box*>(out.mutable_data()));
    return out;
}

}  // namespace

void bind_runs(py::module_& m) {
    py::class_<Runs>(m, "Runs", "A valid, immutable batch of run-length encoded masks.")
        .def("__len__", &Runs::size)
        .def_property_readonly("counts", &counts)
        .def_property_readonly("offsets", &offsets)
        .def_property_readonly("sizes", &sizes)
        .def("__reduce__", &reduced)
        .def("__deepcopy__", [](const py::object& self, const py::dict&) { return self; });
    forbid_empty_objects(m.attr("Runs"));
    m.def("from_runs", &from_runs, py::arg("counts"), py::arg("offsets"), py::arg("sizes"));
    m.def("from_positions", &from_changes, py::arg("positions"), py::arg("offsets"),
          py::arg("sizes"));
    m.def("take", &take, py::arg("runs"), py::arg("indices"));
    m.def("slice", &slice, py::arg("runs"), py::arg("first"), py::arg("length"));
    m.def("concatenate", &concatenate, py::arg("batches"));
    m.def("equal", &equal_batches, py::arg("a"), py::arg("b"));
    m.def("area", &areas, py::arg("runs"));
    m.def("bbox", &boxes, py::arg("runs"));
}

}  // namespace cocodec::python
