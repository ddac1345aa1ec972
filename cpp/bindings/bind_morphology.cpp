// Operations on masks that need no pixels: moved, turned, scaled, ...

#include <algorithm>
#include <string>

#include "cocodec/components.hpp"
#include "cocodec/morphology.hpp"
#include "cocodec/paste.hpp"
#include "cocodec/transform.hpp"
#include "convert.hpp"

namespace cocodec::python {
namespace {

Runs flip_runs(const Runs& runs, bool horizontal, int threads) {
    const Flip direction = horizontal ? Flip::horizontal : Flip::vertical;
    return build([&] { return flip(runs.view(), direction, threads); });
}

Runs transpose_runs(const Runs& runs, int threads) {
    return build([&] { return transpose(runs.view(), threads); });
}

Runs rotate_runs(const Runs& runs, std::int64_t times, int threads) {
    return build([&] { return rotate90(runs.view(), times, threads); });
}

/// Windows as rows of x, y, height, width.
Runs crop_runs(const Runs& runs, const Array<std::int64_t>& windows, int threads) {
    static_assert(sizeof(Window) == 4 * sizeof(std::int64_t));
    require_length(windows.size(), 4 * runs.size(), "windows");
    const auto* const window = reinterpret_cast<const Window*>(windows.data());
    return build([&] { return crop(runs.view(), window, threads); });
}

Runs resize_runs(const Runs& runs, const Array<std::int64_t>& sizes, bool area, int threads) {
    const Size* const size = as_sizes(sizes);
    require_length(sizes.shape(0), runs.size(), "sizes");
    const ResizeRule rule = area ? ResizeRule::area : ResizeRule::nearest;
    return build([&] { return resize(runs.view(), size, rule, threads); });
}

/// Maps as rows of xx, xy, x0, yx, yy, y0.
Runs warp_runs(const Runs& runs, const Array<double>& maps, const Array<std::int64_t>& sizes,
               int threads) {
    static_assert(sizeof(Affine) == 6 * sizeof(double));
    const Size* const size = as_sizes(sizes);
    require_length(sizes.shape(0), runs.size(), "sizes");
    require_length(maps.size(), 6 * runs.size(), "maps");
    const auto* const map = reinterpret_cast<const Affine*>(maps.data());
    return build([&] { return warp_affine(runs.view(), map, size, threads); });
}

Runs paste_grids(const Array<float>& grids, const Array<double>& boxes,
                 const Array<std::int64_t>& sizes, double threshold, int threads) {
    if (grids.ndim() != 3) throw Error(ErrorCode::bad_shape, "scores must have shape (n, h, w)");
    const auto n = static_cast<std::size_t>(grids.shape(0));
    const ScoreGrids given{grids.data(), {grids.shape(1), grids.shape(2)}, n};
    const Box* const box = as_boxes(boxes);
    const Size* const size = as_sizes(sizes);
    require_length(boxes.shape(0), n, "boxes");
    require_length(sizes.shape(0), n, "sizes");
    return build([&] { return paste(given, box, size, threshold, threads); });
}

Connectivity as_connectivity(int neighbours) {
    return neighbours == 8 ? Connectivity::eight : Connectivity::four;
}

py::tuple split_runs(const Runs& runs, int connectivity, int threads) {
    Components found;
    run(true,
        [&] { found = connected_components(runs.view(), as_connectivity(connectivity), threads); });
    py::array_t<std::int64_t> parents(static_cast<py::ssize_t>(found.parents.size()));
    std::copy(found.parents.begin(), found.parents.end(), parents.mutable_data());
    return py::make_tuple(Runs(std::move(found.masks)), parents);
}

/// (n, 2): parts and holes
py::array_t<std::int64_t> part_counts(const Runs& runs, int connectivity, int threads) {
    static_assert(sizeof(PartCounts) == 2 * sizeof(std::int64_t));
    py::array_t<std::int64_t> out({static_cast<py::ssize_t>(runs.size()), py::ssize_t{2}});
    auto* const counts = reinterpret_cast<PartCounts*>(out.mutable_data());
    run(true, [&] { count_parts(runs.view(), as_connectivity(connectivity), counts, threads); });
    return out;
}

Runs without_small(const Runs& runs, std::uint64_t min_area, int connectivity, int threads) {
    return build([&] {
        return remove_small(runs.view(), min_area, as_connectivity(connectivity), threads);
    });
}

Runs largest_runs(const Runs& runs, int connectivity, int threads) {
    return build(
        [&] { return largest_component(runs.view(), as_connectivity(connectivity), threads); });
}

Runs filled_runs(const Runs& runs, std::uint64_t max_area, int connectivity, int threads) {
    return build(
        [&] { return fill_holes(runs.view(), max_area, as_connectivity(connectivity), threads); });
}

Morphology as_operation(const std::string& name) {
    if (name == "dilate") return Morphology::dilate;
    if (name == "erode") return Morphology::erode;
    return name == "open" ? Morphology::open : Morphology::close;
}

Neighbourhood as_neighbourhood(const std::string& shape, double rows, double columns) {
    if (shape == "disk") return Neighbourhood::disk(rows);
    const auto up = static_cast<std::uint32_t>(rows), across = static_cast<std::uint32_t>(columns);
    return shape == "box" ? Neighbourhood::box(up, across) : Neighbourhood::cross(up, across);
}

Outside as_outside(const std::string& border) {
    if (border == "background") return Outside::background;
    return border == "foreground" ? Outside::foreground : Outside::ignored;
}

/// The package has checked the names. `shape` is its name and how far it reaches. The parameters
/// are Python's. NOLINTNEXTLINE(readability-function-size)
Runs changed_runs(const Runs& runs, const std::string& operation, const py::tuple& shape,
                  const std::string& border, std::uint32_t iterations, int threads) {
    const Morphology what = as_operation(operation);
    const Outside outside = as_outside(border);
    const Neighbourhood neighbourhood = as_neighbourhood(
        shape[0].cast<std::string>(), shape[1].cast<double>(), shape[2].cast<double>());
    return build(
        [&] { return morphology(runs.view(), what, neighbourhood, outside, iterations, threads); });
}

Runs outlines_of(const Runs& runs, int connectivity, int threads) {
    return build([&] { return outline(runs.view(), as_connectivity(connectivity), threads); });
}

}  // namespace

void bind_morphology(py::module_& m) {
    m.def("flip", &flip_runs, py::arg("runs"), py::arg("horizontal"), py::arg("threads") = 0);
    m.def("transpose", &transpose_runs, py::arg("runs"), py::arg("threads") = 0);
    m.def("rotate90", &rotate_runs, py::arg("runs"), py::arg("times"), py::arg("threads") = 0);
    m.def("crop", &crop_runs, py::arg("runs"), py::arg("windows"), py::arg("threads") = 0);
    m.def("resize", &resize_runs, py::arg("runs"), py::arg("sizes"), py::arg("area"),
          py::arg("threads") = 0);
    m.def("warp_affine", &warp_runs, py::arg("runs"), py::arg("maps"), py::arg("sizes"),
          py::arg("threads") = 0);
    m.def("paste", &paste_grids, py::arg("grids"), py::arg("boxes"), py::arg("sizes"),
          py::arg("threshold"), py::arg("threads") = 0);
    m.def("connected_components", &split_runs, py::arg("runs"), py::arg("connectivity"),
          py::arg("threads") = 0);
    m.def("count_parts", &part_counts, py::arg("runs"), py::arg("connectivity"),
          py::arg("threads") = 0);
    m.def("remove_small", &without_small, py::arg("runs"), py::arg("min_area"),
          py::arg("connectivity"), py::arg("threads") = 0);
    m.def("largest_component", &largest_runs, py::arg("runs"), py::arg("connectivity"),
          py::arg("threads") = 0);
    m.def("fill_holes", &filled_runs, py::arg("runs"), py::arg("max_area"), py::arg("connectivity"),
          py::arg("threads") = 0);
    m.def("outline", &outlines_of, py::arg("runs"), py::arg("connectivity"),
          py::arg("threads") = 0);
    m.def("morphology", &changed_runs, py::arg("runs"), py::arg("operation"), py::arg("shape"),
          py::arg("border"), py::arg("iterations"), py::arg("threads") = 0);
}

}  // namespace cocodec::python
