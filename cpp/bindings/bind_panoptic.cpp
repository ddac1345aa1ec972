// What panoptic quality counts: pixels that pairs of segments share.

#include <vector>

#include "cocodec/panoptic.hpp"
#include "convert.hpp"

namespace cocodec::python {
namespace {

/// (n, 3) int64: label of the ground truth, label of the prediction, pixels.
py::array_t<std::int64_t> as_rows(const std::vector<SharedPixels>& pairs) {
    py::array_t<std::int64_t> out({static_cast<py::ssize_t>(pairs.size()), py::ssize_t{3}});
    std::int64_t* data = out.mutable_data();
    for (const SharedPixels& pair : pairs) {
        *data++ = pair.gt;
        *data++ = pair.dt;
        *data++ = static_cast<std::int64_t>(pair.pixels);
    }
    return out;
}

py::array_t<std::int64_t> of_maps(const Array<std::uint32_t>& gt, const Array<std::uint32_t>& dt) {
    require_length(dt.size(), static_cast<std::size_t>(gt.size()), "the label map");
    std::vector<SharedPixels> pairs;
    {
        const WithoutGil without;
        pairs = shared_pixels(gt.data(), dt.data(), static_cast<std::size_t>(gt.size()));
    }
    return as_rows(pairs);
}

py::array_t<std::int64_t> of_masks(const Runs& gt, const Runs& dt) {
    std::vector<SharedPixels> pairs;
    {
        const WithoutGil without;
        pairs = shared_pixels(gt.view(), dt.view());
    }
    return as_rows(pairs);
}

}  // namespace

void bind_panoptic(py::module_& m) {
    m.def("shared_pixels", &of_maps, py::arg("gt"), py::arg("dt"));
    m.def("shared_pixels_of_masks", &of_masks, py::arg("gt"), py::arg("dt"));
}

}  // namespace cocodec::python
