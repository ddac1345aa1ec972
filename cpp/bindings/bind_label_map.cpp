// numpy label maps <-> one mask per label.

#include "cocodec/label_map.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <optional>

#include "convert.hpp"

namespace cocodec::python {
namespace {

/// Python code above has seen to the byte order.
LabelType label_type(const py::array& map) {
    const char kind = map.dtype().kind();
    const bool is_signed = kind == 'i';
    if (kind == 'b' || kind == 'u' || kind == 'i') {
        switch (map.itemsize()) {
            case 1:
                return is_signed ? LabelType::i8 : LabelType::u8;
            case 2:
                return is_signed ? LabelType::i16 : LabelType::u16;
            case 4:
                return is_signed ? LabelType::i32 : LabelType::u32;
            default:
                if (is_signed) return LabelType::i64;
        }
    }
    throw py::type_error("labels of dtype " + py::str(map.dtype()).cast<std::string>() +
                         " cannot be read");
}

template <class Byte>
LabelMap<Byte> describe(const py::array& map, Byte* data) {
    LabelMap<Byte> labels;
    labels.data = data;
    labels.type = label_type(map);
    if (map.ndim() == 3 && map.shape(2) == 3 && labels.type == LabelType::u8) {
        labels.type = LabelType::rgb;
        labels.channel_stride = map.strides(2);
    } else if (map.ndim() != 2) {
        throw Error(ErrorCode::bad_shape, "a label map has shape (h, w), or (h, w, 3) in uint8");
    }
    labels.size = {map.shape(0), map.shape(1)};
    labels.row_stride = map.strides(0);
    labels.column_stride = map.strides(1);
    return labels;
}

py::tuple read_labels(const py::array& map, std::optional<std::int64_t> background, int threads) {
    const LabelMapView labels = describe(map, static_cast<const std::uint8_t*>(map.data()));
    LabelledMasks found;
    run(labels.size.area() > many_pixels,
        [&] { found = from_label_map(labels, background, threads); });
    py::array_t<std::int64_t> ids(static_cast<py::ssize_t>(found.labels.size()));
    std::copy(found.labels.begin(), found.labels.end(), ids.mutable_data());
    return py::make_tuple(Runs(std::move(found.masks)), ids);
}

Overlap parse_overlap(const std::string& name) {
    if (name == "last") return Overlap::last;
    if (name == "first") return Overlap::first;
    if (name == "error") return Overlap::error;
    throw py::value_error("overlap is \"" + name +
                          "\"; it must be \"last\", \"first\" or \"error\"");
}

/// `labels` holds one value more than there are masks: the background's.
void paint(const Runs& runs, const Array<std::int64_t>& labels, py::array& out,
           const std::string& overlap, int threads) {
    require_length(labels.size(), runs.size() + 1, "labels");
    const LabelMapTarget target = describe(out, static_cast<std::uint8_t*>(out.mutable_data()));
    const PaintOptions options{labels.data()[runs.size()], parse_overlap(overlap), threads};
    run(target.size.area() > many_pixels,
        [&] { paint_labels(runs.view(), labels.data(), target, options); });
}

}  // namespace

void bind_label_map(py::module_& m) {
    m.def("from_label_map", &read_labels, py::arg("map"), py::arg("background"),
          py::arg("threads") = 0);
    m.def("paint_labels", &paint, py::arg("runs"), py::arg("labels"), py::arg("out"),
          py::arg("overlap"), py::arg("threads") = 0);
}

}  // namespace cocodec::python
