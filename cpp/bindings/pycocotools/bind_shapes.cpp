// The drop-in's frPyObjects, and frPoly, frBbox and frUncompressedRLE, which it calls.

#include "cocodec/polygon.hpp"
#include "gil.hpp"
#include "pycocotools/shared.hpp"
#include "ring_reader.hpp"

namespace cocodec::python::pycocotools {
namespace {

// From so many points on giving the GIL away pays.
constexpr std::size_t many_points = 1 << 12;

/// int(value)
std::int64_t as_side(PyObject* value) {
    if (PyLong_CheckExact(value)) {
        const long long side = PyLong_AsLongLong(value);
        if (side == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
        return side;
    }
    const auto integer =
        py::reinterpret_steal<py::object>(or_sleep([&] { return PyNumber_Long(value); }));
    if (!integer) throw py::error_already_set();
    return as_side(integer.ptr());
}

/// The height and the width behind the objects.
Size as_image_size(const Arguments& arguments) {
    return {as_side(arguments[1]), as_side(arguments[2])};
}

/// Each ring becomes a mask of its own.
py::object from_rings(py::handle rings, Size size) {
    RingReader reader(rings, true);
    Buffer<Size> sizes;
    sizes.resize(reader.size());
    for (Size& each : sizes) each = size;
    reader.read_rings(0, reader.size());
    const Rings read = reader.take();
    const RingsView view = read.view(sizes.data());
    const auto points = static_cast<std::size_t>(view.ring_offsets[view.mask_offsets[view.length]]);
    RleArray masks;
    run(points > many_points, [&] { masks = cocodec::from_rings(view, 1); });
    return write_rles(masks.view(), DictCounts::bytes);
}

py::object from_boxes(py::handle rows, Size size) {
    const Boxes boxes(rows);
    Buffer<Size> sizes;
    sizes.resize(boxes.size());
    for (Size& each : sizes) each = size;
    const RleArray masks = cocodec::from_boxes(boxes.data(), sizes.data(), boxes.size());
    return write_rles(masks.view(), DictCounts::bytes);
}

py::object from_rles(py::handle rles) {
    Workspace work;
    read_rles(rles, nullptr, work.masks);
    return write_rles(work.masks.view(), DictCounts::bytes);
}

py::object from_rle(py::handle rle) {
    Workspace work;
    read_only(rle, work.masks);
    return write_rle(work.masks.view()[0], work.text);
}

/// Is it a row of numbers, rather than a number?
bool is_row(py::handle object) {
    if (PyFloat_CheckExact(object.ptr()) || PyLong_CheckExact(object.ptr())) return false;
    if (PyList_CheckExact(object.ptr()) || PyTuple_CheckExact(object.ptr())) return true;
    return py::array(py::reinterpret_borrow<py::object>(object)).ndim() > 0;
}

py::object from_rows(py::handle rows, Size size) {
    for (const py::handle row : as_tuple(rows)) {
        if (!is_box(row)) return from_rings(rows, size);
    }
    return from_boxes(rows, size);
}

/// A flat list is one box or one ring, and gives one dict.
py::object from_flat(const py::tuple& numbers, Size size) {
    py::list rows(1);
    rows[0] = py::list(numbers);
    const py::object rles = numbers.size() == 4 ? from_boxes(rows, size) : from_rings(rows, size);
    return py::reinterpret_borrow<py::object>(PyList_GET_ITEM(rles.ptr(), 0));
}

py::object from_objects(const Arguments& arguments) {
    const py::handle objects = arguments[0];
    if (py::isinstance<py::array>(objects)) return from_boxes(objects, as_image_size(arguments));
    if (PyDict_Check(objects.ptr())) return from_rle(objects);
    if (!PyList_Check(objects.ptr())) {
        throw py::type_error("input type is not supported: " + type_name(objects));
    }
    const py::tuple items = as_tuple(objects);
    if (items.empty()) return from_rings(py::make_tuple(items), as_image_size(arguments));
    const py::object first = items[0];
    if (PyDict_Check(first.ptr())) return from_rles(items);
    const Size size = as_image_size(arguments);
    return is_row(first) ? from_rows(objects, size) : from_flat(items, size);
}

py::object rings(const Arguments& arguments) {
    return from_rings(arguments[0], as_image_size(arguments));
}
py::object boxes(const Arguments& arguments) {
    return from_boxes(arguments[0], as_image_size(arguments));
}
py::object rles(const Arguments& arguments) {
    return from_rles(arguments[0]);
}

constexpr Signature objects_signature{"frPyObjects", {"pyobj", "h", "w"}, 3, 3};
constexpr Signature rings_signature{"frPoly", {"poly", "h", "w"}, 3, 3};
constexpr Signature boxes_signature{"frBbox", {"bb", "h", "w"}, 3, 3};
constexpr Signature uncompressed_signature{"frUncompressedRLE", {"ucRles", "h", "w"}, 3, 3};

PyMethodDef objects_method = method<objects_signature, from_objects>(R"(frPyObjects(pyobj, h, w)
--

Encode boxes, polygons or uncompressed RLEs; what they are is told by type and length.

An array or rows of four numbers are boxes ``[x, y, w, h]``, longer rows polygons
``[x0, y0, x1, y1, ...]``, dicts RLEs; these give a list (one dict gives a dict). A flat list of
four numbers is one box, a longer one one polygon; they give a dict. `h` and `w` are the image's
size in pixels; an RLE has its own.

Raises
------
cocodec.PolygonError
    For coordinates that are not finite. It is a ValueError.
)");

PyMethodDef rings_method = method<rings_signature, rings>(R"(frPoly(poly, h, w)
--

Each ring ``[x0, y0, x1, y1, ...]`` as a mask of its own.
)");

PyMethodDef boxes_method = method<boxes_signature, boxes>(R"(frBbox(bb, h, w)
--

Each box ``[x, y, w, h]`` as a mask of its own.
)");

PyMethodDef rles_method = method<uncompressed_signature, rles>(R"(frUncompressedRLE(ucRles, h, w)
--

Each ``{"size": [h, w], "counts": [...]}`` compressed; its own size wins over `h` and `w`.
)");

}  // namespace

void add_shapes(py::module_& core) {
    add(core, "_mask_", objects_method, "cocodec.pycocotools._mask");
    add(core, "_mask_", rings_method, "cocodec.pycocotools._mask");
    add(core, "_mask_", boxes_method, "cocodec.pycocotools._mask");
    add(core, "_mask_", rles_method, "cocodec.pycocotools._mask");
}

}  // namespace cocodec::python::pycocotools
