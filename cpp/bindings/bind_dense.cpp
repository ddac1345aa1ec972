// numpy arrays of dense masks <-> runs.

#include <limits>
#include <new>

#include "cocodec/dense.hpp"
#include "convert.hpp"
#include "zeros.hpp"

namespace cocodec::python {
namespace {

/// Where mask, row and column lie among the axes of an array; -1 = there is no such axis.
struct Layout {
    int mask, row, column;
    int axes;
};

Layout parse_layout(const std::string& name) {
    if (name == "HW") return {-1, 0, 1, 2};
    if (name == "NHW") return {0, 1, 2, 3};
    if (name == "HWN") return {2, 0, 1, 3};
    throw py::value_error("layout is \"" + name + "\"; it must be \"NHW\", \"HWN\" or \"HW\"");
}

/// Describes the memory of an array of one-byte values.
template <class Byte>
Dense<Byte> describe(const py::array& array, const Layout& layout, Byte* data) {
    if (array.ndim() != layout.axes) {
        throw Error(ErrorCode::bad_shape, "array has " + std::to_string(array.ndim()) +
                                              " dimensions, the layout has " +
                                              std::to_string(layout.axes));
    }
    Dense<Byte> dense;
    dense.data = data;
    dense.size = {array.shape(layout.row), array.shape(layout.column)};
    dense.row_stride = array.strides(layout.row);
    dense.column_stride = array.strides(layout.column);
    dense.length = 1;
    if (layout.mask >= 0) {
        dense.length = static_cast<std::size_t>(array.shape(layout.mask));
        dense.mask_stride = array.strides(layout.mask);
    }
    return dense;
}

Runs encode_array(const py::array& masks, const std::string& layout, int threads) {
    require_bytes(masks, "mask");
    const DenseView dense =
        describe(masks, parse_layout(layout), static_cast<const std::uint8_t*>(masks.data()));
    return build([&] { return encode(dense, threads); });
}

ScoreType parse_score_type(const std::string& name) {
    if (name == "float16") return ScoreType::float16;
    if (name == "bfloat16") return ScoreType::bfloat16;
    if (name == "float32") return ScoreType::float32;
    if (name == "float64") return ScoreType::float64;
    throw py::type_error("scores are " + name +
                         "; a threshold is for float16, bfloat16, float32 and float64");
}

/// The array holds what `type` says; of bfloat16, which numpy lacks, 16 bits of any kind.
void require_scores(const py::array& scores, ScoreType type, const std::string& name) {
    const py::dtype dtype = scores.dtype();
    constexpr py::ssize_t bytes[] = {2, 2, 4, 8};
    const bool kind = type == ScoreType::bfloat16 || dtype.kind() == 'f';
    const bool native = dtype.byteorder() == '=' || dtype.byteorder() == '|';
    if (kind && native && dtype.itemsize() == bytes[static_cast<std::size_t>(type)]) return;
    throw py::type_error("scores have dtype " + py::str(dtype).cast<std::string>() + ", expected " +
                         name + " in the machine's byte order");
}

/// `type` names what lies in the array.
Runs encode_scores(const py::array& scores, const std::string& type, double threshold,
                   const std::string& layout, int threads) {
    ScoresView view;
    view.type = parse_score_type(type);
    require_scores(scores, view.type, type);
    view.places =
        describe(scores, parse_layout(layout), static_cast<const std::uint8_t*>(scores.data()));
    return build([&] { return encode(view, threshold, threads); });
}

/// The one size that a decoded stack can have; that all masks share it, `decode` itself checks.
Size common_size(RleArrayView masks) {
    return masks.length == 0 ? Size{} : masks.sizes[0];
}

/// A new array that has room for the masks.
py::array allocate(RleArrayView masks, const Layout& layout, const py::dtype& dtype) {
    const Size size = common_size(masks);
    const double bytes = static_cast<double>(size.height) * static_cast<double>(size.width) *
                         static_cast<double>(masks.length);
    if (bytes > static_cast<double>(std::numeric_limits<py::ssize_t>::max()) / 2) {
        throw std::bad_alloc();
    }
    if (layout.mask < 0) return zeros(py::make_tuple(size.height, size.width), dtype);
    if (layout.mask == 0) {
        return zeros(py::make_tuple(masks.length, size.height, size.width), dtype);
    }
    return zeros(py::make_tuple(size.height, size.width, masks.length), dtype, "F");
}

void require_shape(const DenseTarget& out, RleArrayView masks) {
    if (out.length == masks.length && (masks.length == 0 || out.size == masks.sizes[0])) return;
    throw Error(ErrorCode::bad_shape, "out holds " + std::to_string(out.length) + " masks of " +
                                          to_text(out.size) + ", needed are " +
                                          std::to_string(masks.length) + " of " +
                                          to_text(common_size(masks)));
}

py::array decode_runs(const Runs& runs, const py::object& out, const std::string& layout_name,
                      const py::dtype& dtype, int threads) {
    const RleArrayView masks = runs.view();
    const Layout layout = parse_layout(layout_name);
    if (layout.mask < 0 && masks.length != 1) {
        throw Error(ErrorCode::bad_shape,
                    "layout \"HW\" takes one mask, the batch has " + std::to_string(masks.length));
    }
    if (!out.is_none() && !py::isinstance<py::array>(out)) {
        throw py::type_error("out must be a numpy array, not " + type_name(out));
    }
    py::array target = out.is_none() ? allocate(masks, layout, dtype) : out.cast<py::array>();
    require_bytes(target, "out");
    const DenseTarget dense =
        describe(target, layout, static_cast<std::uint8_t*>(target.mutable_data()));
    require_shape(dense, masks);
    const Background background = out.is_none() ? Background::is_zero : Background::unknown;
    const WithoutGil without;
    decode(masks, dense, threads, background);
    return target;
}

}  // namespace

void bind_dense(py::module_& m) {
    m.def("encode", &encode_array, py::arg("masks"), py::arg("layout"), py::arg("threads") = 0);
    m.def("encode_scores", &encode_scores, py::arg("scores"), py::arg("type"), py::arg("threshold"),
          py::arg("layout"), py::arg("threads") = 0);
    m.def("decode", &decode_runs, py::arg("runs"), py::arg("out"), py::arg("layout"),
          py::arg("dtype"), py::arg("threads") = 0);
}

}  // namespace cocodec::python
