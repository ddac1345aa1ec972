// What masks look like: moments, perimeters, points, hulls.

#include "cocodec/measures.hpp"

#include <algorithm>

#include "convert.hpp"

namespace cocodec::python {
namespace {

/// An array (n, ...) of T, as which the core writes its structs of `Values` values of T.
template <class T, class Struct, class Measure>
py::array_t<T> measured(const Runs& runs, const Measure& measure) {
    static_assert(sizeof(Struct) % sizeof(T) == 0);
    // A struct may be a single T. NOLINTNEXTLINE(bugprone-sizeof-expression)
    constexpr auto values = static_cast<py::ssize_t>(sizeof(Struct) / sizeof(T));
    py::array_t<T> out({static_cast<py::ssize_t>(runs.size()), values});
    auto* const to = reinterpret_cast<Struct*>(out.mutable_data());
    run(runs.view().offsets[runs.size()] > static_cast<std::int64_t>(many_runs),
        [&] { measure(runs.view(), to); });
    return out;
}

py::array_t<double> moments_of(const Runs& runs, int threads) {
    return measured<double, Moments>(
        runs, [&](RleArrayView masks, Moments* out) { moments(masks, out, threads); });
}

py::array_t<double> centroids_of(const Runs& runs, int threads) {
    return measured<double, Point>(
        runs, [&](RleArrayView masks, Point* out) { centroid(masks, out, threads); });
}

py::array_t<double> orientations_of(const Runs& runs, int threads) {
    return measured<double, double>(
        runs, [&](RleArrayView masks, double* out) { orientation(masks, out, threads); });
}

py::array_t<std::uint64_t> perimeters_of(const Runs& runs, int threads) {
    return measured<std::uint64_t, std::uint64_t>(
        runs, [&](RleArrayView masks, std::uint64_t* out) { perimeter(masks, out, threads); });
}

py::array_t<std::int64_t> extremes_of(const Runs& runs, int threads) {
    return measured<std::int64_t, ExtremePoints>(
        runs, [&](RleArrayView masks, ExtremePoints* out) { extreme_points(masks, out, threads); });
}

py::array_t<double> rectangles_in(const Runs& runs, int threads) {
    return measured<double, Box>(
        runs, [&](RleArrayView masks, Box* out) { inner_rectangle(masks, out, threads); });
}

py::array_t<std::uint8_t> points_in(const Runs& runs, const Array<double>& points, int threads) {
    if (points.ndim() != 2 || points.shape(1) != 2) {
        throw Error(ErrorCode::bad_shape, "points must have shape (m, 2)");
    }
    const auto n = static_cast<std::size_t>(points.shape(0));
    py::array_t<std::uint8_t> out({static_cast<py::ssize_t>(runs.size()), points.shape(0)});
    const auto* const point = reinterpret_cast<const Point*>(points.data());
    std::uint8_t* const to = out.mutable_data();
    run(true, [&] { contains(runs.view(), point, n, to, threads); });
    return out;
}

py::tuple hulls_of(const Runs& runs) {
    Hulls hulls;
    run(true, [&] { hulls = convex_hull(runs.view()); });
    py::array_t<std::int64_t> corners(
        {static_cast<py::ssize_t>(hulls.corners.size()), py::ssize_t{2}});
    std::copy(hulls.corners.begin(), hulls.corners.end(),
              reinterpret_cast<ExtremePoints::Pixel*>(corners.mutable_data()));
    py::array_t<std::int64_t> offsets(static_cast<py::ssize_t>(hulls.offsets.size()));
    std::copy(hulls.offsets.begin(), hulls.offsets.end(), offsets.mutable_data());
    return py::make_tuple(corners, offsets);
}

}  // namespace

void bind_measures(py::module_& m) {
    m.def("moments", &moments_of, py::arg("runs"), py::arg("threads") = 0);
    m.def("centroid", &centroids_of, py::arg("runs"), py::arg("threads") = 0);
    m.def("orientation", &orientations_of, py::arg("runs"), py::arg("threads") = 0);
    m.def("perimeter", &perimeters_of, py::arg("runs"), py::arg("threads") = 0);
    m.def("extreme_points", &extremes_of, py::arg("runs"), py::arg("threads") = 0);
    m.def("contains", &points_in, py::arg("runs"), py::arg("points"), py::arg("threads") = 0);
    m.def("convex_hull", &hulls_of, py::arg("runs"));
    m.def("inner_rectangle", &rectangles_in, py::arg("runs"), py::arg("threads") = 0);
}

}  // namespace cocodec::python
