// The drop-in's encode and decode, of one mask and of stacks.

#include <limits>
#include <new>

#include "cocodec/dense.hpp"
#include "pycocotools/shared.hpp"
#include "zeros.hpp"

namespace cocodec::python::pycocotools {
namespace {

using py::detail::array_proxy;

/// np.asarray, for which the usual array needs nothing.
py::array as_array(PyObject* object) {
    return py::array(py::reinterpret_borrow<py::object>(object));
}

/// Arrays of shape (h, w) or (h, w, n), as memory.
DenseView describe(const py::array& array) {
    require_bytes(array, "mask");
    const auto* proxy = array_proxy(array.ptr());
    DenseView dense;
    dense.data = reinterpret_cast<const std::uint8_t*>(proxy->data);
    dense.size = {proxy->dimensions[0], proxy->dimensions[1]};
    dense.row_stride = proxy->strides[0];
    dense.column_stride = proxy->strides[1];
    dense.length = 1;
    if (proxy->nd == 3) {
        dense.length = static_cast<std::size_t>(proxy->dimensions[2]);
        dense.mask_stride = proxy->strides[2];
    }
    return dense;
}

RleArray encode_array(const py::array& array) {
    const DenseView dense = describe(array);
    RleArray runs;
    run(static_cast<std::size_t>(array.size()) >= many_pixels, [&] { runs = encode(dense, 1); });
    return runs;
}

py::object encode_list(const Arguments& arguments) {
    const py::array array = as_array(arguments[0]);
    require_bytes(array, "mask");
    if (array.ndim() != 3) {
        throw Error(ErrorCode::bad_shape,
                    "array has " + std::to_string(array.ndim()) + " dimensions, the layout has 3");
    }
    return write_rles(encode_array(array).view(), DictCounts::bytes);
}

py::object encode_any(const Arguments& arguments) {
    const py::array array = as_array(arguments[0]);
    if (array.ndim() == 3) return encode_list(arguments);
    if (array.ndim() != 2) {
        throw py::value_error("a mask has 2 or 3 dimensions, not " + std::to_string(array.ndim()));
    }
    const RleArray runs = encode_array(array);
    Workspace work;
    return write_rle(runs.view()[0], work.text);
}

// Large arrays are made of zeroed pages, which the system hands out when they are first written:
// where an image is mostly background, most of it is never touched.
constexpr double zeroed_bytes = 1 << 16;

/// A new uint8 array of shape (h, w), or (h, w, n) if `axes` is 3; in Fortran order.
py::object allocate(Size size, std::size_t n, int axes, Background& background) {
    const double bytes =
        static_cast<double>(size.height) * static_cast<double>(size.width) * static_cast<double>(n);
    if (bytes > static_cast<double>(std::numeric_limits<py::ssize_t>::max()) / 2) {
        throw std::bad_alloc();
    }
    const std::array<py::ssize_t, 3> shape = {static_cast<py::ssize_t>(size.height),
                                              static_cast<py::ssize_t>(size.width),
                                              static_cast<py::ssize_t>(n)};
    background = Background::unknown;
    if (bytes < zeroed_bytes) return new_array(py::detail::npy_api::NPY_UBYTE_, shape, axes);
    background = Background::is_zero;
    if (axes == 2) return zeros(py::make_tuple(shape[0], shape[1]), py::str("u1"), "F");
    return zeros(py::make_tuple(shape[0], shape[1], n), py::str("u1"), "F");
}

py::object decode_masks(RleArrayView masks, int axes) {
    DenseTarget dense;
    dense.size = masks.length == 0 ? Size{} : masks.sizes[0];
    dense.length = masks.length;
    dense.row_stride = 1;
    dense.column_stride = static_cast<std::ptrdiff_t>(dense.size.height);
    dense.mask_stride = dense.column_stride * static_cast<std::ptrdiff_t>(dense.size.width);
    Background background = Background::unknown;
    py::object array = allocate(dense.size, dense.length, axes, background);
    dense.data = values<std::uint8_t>(array);
    const std::size_t pixels = static_cast<std::size_t>(dense.size.area()) * dense.length;
    run(pixels >= many_pixels, [&] { decode(masks, dense, 0, background); });
    return array;
}

py::object decode_list(const Arguments& arguments) {
    Workspace work;
    read_rles(arguments[0], nullptr, work.masks);
    return decode_masks(work.masks.view(), 3);
}

py::object decode_any(const Arguments& arguments) {
    if (PyList_Check(arguments[0])) return decode_list(arguments);
    Workspace work;
    read_only(arguments[0], work.masks);
    return decode_masks(work.masks.view(), 2);
}

constexpr Signature encode_signature{"encode", {"bimask"}, 1, 1};
constexpr Signature encode_list_signature{"encode", {"mask"}, 1, 1};
constexpr Signature decode_signature{"decode", {"rleObjs"}, 1, 1};

PyMethodDef encode_method = method<encode_signature, encode_any>(R"(encode(bimask)
--

Encode a mask of shape (h, w) to a dict, or (h, w, n) to a list of n dicts.

The dicts are ``{"size": [h, w], "counts": bytes}``. Any memory order and strides; bool, uint8 or
int8; every non-zero value is foreground.

Raises
------
TypeError
    For other dtypes: the message says which cast to write.
)");

PyMethodDef encode_list_method = method<encode_list_signature, encode_list>(R"(encode(mask)
--

Encode masks of shape (h, w, n) to n dicts.
)");

PyMethodDef decode_method = method<decode_signature, decode_any>(R"(decode(rleObjs)
--

Decode a dict to (h, w), or a list of n dicts to (h, w, n); uint8, Fortran order.

Raises
------
cocodec.RleError
    Where the runs do not cover exactly h * w pixels, the counts are broken, or the masks of a list
    differ in size. It is a ValueError.
)");

PyMethodDef decode_list_method = method<decode_signature, decode_list>(R"(decode(rleObjs)
--

Decode n dicts to an array of uint8 of shape (h, w, n) in Fortran order.
)");

}  // namespace

void add_dense(py::module_& core) {
    add(core, "mask_", encode_method, "cocodec.pycocotools.mask");
    add(core, "mask_", decode_method, "cocodec.pycocotools.mask");
    add(core, "_mask_", encode_list_method, "cocodec.pycocotools._mask");
    add(core, "_mask_", decode_list_method, "cocodec.pycocotools._mask");
}

}  // namespace cocodec::python::pycocotools
