// Runs -> rings: as flat arrays, or as the lists that a COCO file has.

#include <memory>
#include <utility>
#include <vector>

#include "cocodec/polygon.hpp"

#include "convert.hpp"
#include "taken.hpp"

namespace cocodec::python {

TraceOptions as_trace_options(const py::tuple& values) {
    TraceOptions options;
    options.tolerance = values[0].cast<double>();
    options.merge_steps = values[1].cast<bool>();
    options.holes = static_cast<Holes>(values[2].cast<int>());
    options.connectivity = values[3].cast<int>();
    options.min_area = values[4].cast<double>();
    return options;
}

namespace {

template <class Value>
auto column(const std::vector<TraceLoss>& losses, const Value& value) {
    py::array_t<decltype(value(losses[0]))> out(static_cast<py::ssize_t>(losses.size()));
    auto* at = out.mutable_data();
    for (const TraceLoss& loss : losses) *at++ = value(loss);
    return out;
}

py::tuple trace_arrays(const Runs& runs, const py::tuple& options, bool measure, int threads) {
    const TraceOptions wanted = as_trace_options(options);
    Polygons polygons;
    std::vector<TraceLoss> losses(runs.size());
    {
        const WithoutGil without;
        polygons = trace(runs.view(), wanted, threads);
        if (measure) measure_loss(runs.view(), polygons, losses.data(), threads);
    }
    const auto points = static_cast<py::ssize_t>(polygons.rings.xy.size() / 2);
    return py::make_tuple(taken(std::move(polygons.rings.xy), {points, py::ssize_t{2}}),
                          taken(std::move(polygons.rings.ring_offsets)),
                          taken(std::move(polygons.rings.mask_offsets)),
                          taken(std::move(polygons.is_hole)),
                          column(losses, [](const TraceLoss& loss) { return loss.gained; }),
                          column(losses, [](const TraceLoss& loss) { return loss.lost; }),
                          column(losses, [](const TraceLoss& loss) { return loss.iou; }));
}

/// ((m, 2) points, offsets)
py::tuple joined_arrays(const Runs& runs, int threads) {
    JoinedRings rings;
    {
        const WithoutGil without;
        rings = trace_joined(runs.view(), threads);
    }
    const auto points = static_cast<py::ssize_t>(rings.xy.size() / 2);
    return py::make_tuple(taken(std::move(rings.xy), {points, py::ssize_t{2}}),
                          taken(std::move(rings.offsets)));
}

/// [x0, y0, x1, y1, ...]: coordinates are whole numbers, and stay such.
py::list as_list(const double* xy, std::size_t n) {
    py::list out(n);
    for (std::size_t i = 0; i < n; ++i) {
        PyObject* number = PyLong_FromLongLong(static_cast<long long>(xy[i]));
        if (number == nullptr) throw py::error_already_set();
        PyList_SET_ITEM(out.ptr(), static_cast<py::ssize_t>(i), number);
    }
    return out;
}

py::list as_lists(const Rings& rings) {
    py::list masks(rings.size());
    for (std::size_t mask = 0; mask < rings.size(); ++mask) {
        const auto first = static_cast<std::size_t>(rings.mask_offsets[mask]);
        const auto last = static_cast<std::size_t>(rings.mask_offsets[mask + 1]);
        py::list polygon(last - first);
        for (std::size_t ring = first; ring < last; ++ring) {
            const auto begin = static_cast<std::size_t>(rings.ring_offsets[ring]);
            const auto end = static_cast<std::size_t>(rings.ring_offsets[ring + 1]);
            polygon[ring - first] = as_list(rings.xy.data() + 2 * begin, 2 * (end - begin));
        }
        masks[mask] = std::move(polygon);
    }
    return masks;
}

py::list to_polygons(const Runs& runs, const py::tuple& options, int threads) {
    const TraceOptions wanted = as_trace_options(options);
    Polygons polygons;
    run(runs.view().offsets[runs.size()] > static_cast<std::int64_t>(many_runs / 64),
        [&] { polygons = trace(runs.view(), wanted, threads); });
    return as_lists(polygons.rings);
}

}  // namespace

void bind_trace(py::module_& m) {
    m.def("trace", &trace_arrays, py::arg("runs"), py::arg("options"), py::arg("measure"),
          py::arg("threads") = 0);
    m.def("trace_joined", &joined_arrays, py::arg("runs"), py::arg("threads") = 0);
    m.def("to_polygons", &to_polygons, py::arg("runs"), py::arg("options"), py::arg("threads") = 0);
}

}  // namespace cocodec::python
