// Label maps, in memory and as PNGs <-> one mask per label.

#include "cocodec/label_map.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "cocodec/limits.hpp"
#include "cocodec/png.hpp"
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

PngView as_png(const py::bytes& bytes) {
    char* data = nullptr;
    py::ssize_t length = 0;
    if (PyBytes_AsStringAndSize(bytes.ptr(), &data, &length) != 0) throw py::error_already_set();
    return {reinterpret_cast<const std::uint8_t*>(data), static_cast<std::size_t>(length)};
}

py::tuple read_label_png(const py::bytes& bytes, std::optional<std::int64_t> background) {
    const PngView png = as_png(bytes);
    LabelledMasks found;
    run(true, [&] { found = from_label_png(png, background); });
    py::array_t<std::int64_t> ids(static_cast<py::ssize_t>(found.labels.size()));
    std::copy(found.labels.begin(), found.labels.end(), ids.mutable_data());
    return py::make_tuple(Runs(std::move(found.masks)), ids);
}

/// height, width, bits, channels, has a palette, is interlaced
py::tuple png_header(const py::bytes& bytes) {
    const PngHeader header = read_png_header(as_png(bytes));
    return py::make_tuple(header.size.height, header.size.width, header.bits, header.channels(),
                          header.colour == PngColour::palette, header.is_interlaced);
}

py::array png_pixels(const py::bytes& bytes) {
    const PngView png = as_png(bytes);
    const PngHeader header = read_png_header(png);
    // Refused before numpy is asked for so much.
    if (header.size.area() > limits().pixels) read_png(png, nullptr);
    std::vector<py::ssize_t> shape{header.size.height, header.size.width};
    if (header.channels() > 1) shape.push_back(static_cast<py::ssize_t>(header.channels()));
    py::array out = header.bits == 16 ? py::array(py::dtype::of<std::uint16_t>(), shape)
                                      : py::array(py::dtype::of<std::uint8_t>(), shape);
    auto* const to = static_cast<std::uint8_t*>(out.mutable_data());
    run(true, [&] { read_png(png, to); });
    return out;
}

py::bytes print_label_png(const py::array& map) {
    const LabelMapView labels = describe(map, static_cast<const std::uint8_t*>(map.data()));
    Buffer<std::uint8_t> png;
    run(true, [&] { png = write_label_png(labels); });
    return {reinterpret_cast<const char*>(png.data()), png.size()};
}

}  // namespace

void bind_label_map(py::module_& m) {
    m.def("from_label_map", &read_labels, py::arg("map"), py::arg("background"),
          py::arg("threads") = 0);
    m.def("from_label_png", &read_label_png, py::arg("png"), py::arg("background"));
    m.def("png_header", &png_header, py::arg("png"));
    m.def("png_pixels", &png_pixels, py::arg("png"));
    m.def("print_label_png", &print_label_png, py::arg("map"));
    m.def("paint_labels", &paint, py::arg("runs"), py::arg("labels"), py::arg("out"),
          py::arg("overlap"), py::arg("threads") = 0);
}

}  // namespace cocodec::python
