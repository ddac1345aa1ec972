// Intersection over union of masks and of boxes.

#include "cocodec/iou.hpp"

#include "convert.hpp"

namespace cocodec::python {
namespace {

/// An (m, n) array in Fortran order, which is the order of the core's result and of pycocotools.
py::array_t<double> fortran(std::size_t m, std::size_t n) {
    const auto rows = static_cast<py::ssize_t>(m), columns = static_cast<py::ssize_t>(n);
    const auto item = static_cast<py::ssize_t>(sizeof(double));
    return py::array_t<double>(std::vector<py::ssize_t>{rows, columns},
                               std::vector<py::ssize_t>{item, item * rows});
}

Array<std::uint8_t> as_flag_array(const py::object& flags) {
    if (flags.is_none()) return {};
    auto array = flags.cast<Array<std::uint8_t>>();
    if (array.ndim() != 1) {
        throw Error(ErrorCode::bad_shape,
                    "iscrowd has " + std::to_string(array.ndim()) + " dimensions, expected 1");
    }
    return array;
}

py::array_t<double> iou_masks(const Runs& dt, const Runs& gt, const py::object& iscrowd,
                              int threads) {
    const Array<std::uint8_t> flags = as_flag_array(iscrowd);
    const std::uint8_t* crowd = as_flags(iscrowd, flags, gt.size());
    py::array_t<double> out = fortran(dt.size(), gt.size());
    double* values = out.mutable_data();
    const WithoutGil without;
    iou(dt.view(), gt.view(), crowd, values, threads);
    return out;
}

py::array_t<double> iou_boxes(const Array<double>& dt, const Array<double>& gt,
                              const py::object& iscrowd) {
    const Box *d = as_boxes(dt), *g = as_boxes(gt);
    const auto m = static_cast<std::size_t>(dt.shape(0)), n = static_cast<std::size_t>(gt.shape(0));
    const Array<std::uint8_t> flags = as_flag_array(iscrowd);
    const std::uint8_t* crowd = as_flags(iscrowd, flags, n);
    py::array_t<double> out = fortran(m, n);
    double* values = out.mutable_data();
    const WithoutGil without;
    iou(d, m, g, n, crowd, values);
    return out;
}

}  // namespace

void bind_iou(py::module_& m) {
    m.def("iou", &iou_masks, py::arg("dt"), py::arg("gt"), py::arg("iscrowd") = py::none(),
          py::arg("threads") = 0);
    m.def("box_iou", &iou_boxes, py::arg("dt"), py::arg("gt"), py::arg("iscrowd") = py::none());
}

}  // namespace cocodec::python
