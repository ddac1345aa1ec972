// Operations on masks that need no pixels: moved, turned, scaled, ...

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

}  // namespace

void bind_morphology(py::module_& m) {
    m.def("flip", &flip_runs, py::arg("runs"), py::arg("horizontal"), py::arg("threads") = 0);
    m.def("transpose", &transpose_runs, py::arg("runs"), py::arg("threads") = 0);
    m.def("rotate90", &rotate_runs, py::arg("runs"), py::arg("times"), py::arg("threads") = 0);
    m.def("crop", &crop_runs, py::arg("runs"), py::arg("windows"), py::arg("threads") = 0);
    m.def("resize", &resize_runs, py::arg("runs"), py::arg("sizes"), py::arg("area"),
          py::arg("threads") = 0);
}

}  // namespace cocodec::python
