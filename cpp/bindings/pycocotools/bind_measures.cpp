// The drop-in's area, toBbox, merge and iou.

#include <algorithm>
#include <optional>
#include <vector>

#include "cocodec/iou.hpp"
#include "cocodec/setops.hpp"
#include "gil.hpp"
#include "pycocotools/shared.hpp"

namespace cocodec::python::pycocotools {
namespace {

using py::detail::npy_api;

std::uint32_t area_of(RleView mask) {
    const std::uint64_t pixels = area(mask);
    if (pixels <= 0xFFFFFFFF) return static_cast<std::uint32_t>(pixels);
    throw Error(ErrorCode::bad_run, "area " + std::to_string(pixels) +
                                        " does not fit pycocotools' uint32; use "
                                        "cocodec.RleArray.area()");
}

/// Hands each of many RLEs to `measure(item, mask)`. One at a time, in memory that is there
/// already: fresh memory for all of them took as long as measuring.
template <class Measure>
void measure_each(const py::tuple& rles, const Measure& measure) {
    for (std::size_t i = 0; i < rles.size(); ++i) {
        Workspace work;
        read_only(PyTuple_GET_ITEM(rles.ptr(), static_cast<py::ssize_t>(i)), work.masks, i);
        measure(i, work.masks.view()[0]);
    }
}

py::object area_list(const Arguments& arguments) {
    const py::tuple rles = as_tuple(arguments[0]);
    static const int type = py::dtype::of<std::uint32_t>().num();
    py::object array = new_array(type, {static_cast<py::ssize_t>(rles.size()), 0, 0}, 1);
    auto* const areas = values<std::uint32_t>(array);
    measure_each(rles, [&](std::size_t i, RleView mask) { areas[i] = area_of(mask); });
    return array;
}

py::object area_any(const Arguments& arguments) {
    if (PyList_Check(arguments[0])) return area_list(arguments);
    Workspace work;
    read_only(arguments[0], work.masks);
    return new_uint32(area_of(work.masks.view()[0]));
}

py::object bbox_list(const Arguments& arguments) {
    const py::tuple rles = as_tuple(arguments[0]);
    py::array_t<double> array({static_cast<py::ssize_t>(rles.size()), py::ssize_t{4}});
    auto* const boxes = reinterpret_cast<Box*>(array.mutable_data());
    measure_each(rles, [&](std::size_t i, RleView mask) { boxes[i] = bbox(mask); });
    return array;
}

py::object bbox_any(const Arguments& arguments) {
    if (PyList_Check(arguments[0])) return bbox_list(arguments);
    Workspace work;
    read_only(arguments[0], work.masks);
    py::object array = new_array(npy_api::NPY_DOUBLE_, {4, 0, 0}, 1);
    *values<Box>(array) = bbox(work.masks.view()[0]);
    return array;
}

/// Gives dicts of results that are masks what annotations have: area, bbox where there is none, id
/// (from 1 on) and iscrowd. All masks are read, and measured, before any dict is touched.
py::object complete_masks(const Arguments& arguments) {
    const py::tuple rows = as_tuple(arguments[0]), rles = as_tuple(arguments[1]);
    if (rows.size() != rles.size()) throw py::value_error("rows and masks differ in number");
    std::vector<Box> boxes(rles.size());
    std::vector<std::uint32_t> areas(rles.size());
    measure_each(rles, [&](std::size_t i, RleView mask) {
        boxes[i] = bbox(mask);
        areas[i] = area_of(mask);
    });
    const py::str area_key("area"), bbox_key("bbox"), id("id"), iscrowd("iscrowd");
    const py::int_ zero(0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        PyObject* const row = rows[i].ptr();
        if (!PyDict_Check(row)) throw py::type_error("a result is a dict");
        set_item(row, area_key, new_uint32(areas[i]));
        const int has = PyDict_Contains(row, bbox_key.ptr());
        if (has < 0) throw py::error_already_set();
        if (has == 0) {
            py::object box = new_array(npy_api::NPY_DOUBLE_, {4, 0, 0}, 1);
            *values<Box>(box) = boxes[i];
            set_item(row, bbox_key, box);
        }
        set_item(row, id, py::int_(i + 1));
        set_item(row, iscrowd, zero);
    }
    return py::none();
}

/// Whether int(value) is not 0, as the reference has it: 0.5 asks for the union. What is no number
/// is asked for its truth.
bool is_intersection(PyObject* value) {
    if (value == nullptr) return false;
    const PyNumberMethods* const methods = Py_TYPE(value)->tp_as_number;
    py::object number = py::reinterpret_borrow<py::object>(value);
    if (methods != nullptr && methods->nb_int != nullptr) {
        number = py::reinterpret_steal<py::object>(or_sleep([&] { return PyNumber_Long(value); }));
        if (!number) throw py::error_already_set();
    }
    const int truth = or_sleep([&] { return PyObject_IsTrue(number.ptr()); });
    if (truth < 0) throw py::error_already_set();
    return truth != 0;
}

py::object merge(const Arguments& arguments) {
    Workspace work;
    read_rles(arguments[0], nullptr, work.masks);
    const bool intersect = is_intersection(arguments[1]);
    const RleArrayView masks = work.masks.view();
    if (masks.length == 0) return write_rle({nullptr, 0, {}}, work.text);
    std::vector<std::int64_t> members(masks.length);
    for (std::size_t i = 0; i < masks.length; ++i) members[i] = static_cast<std::int64_t>(i);
    const std::int64_t offsets[2] = {0, static_cast<std::int64_t>(masks.length)};
    RleArray merged;
    run(work.masks.counts.size() >= many_runs, [&] {
        const SetOp operation = intersect ? SetOp::intersection : SetOp::union_;
        merged = combine(masks, {members.data(), offsets, 1}, operation, 1);
    });
    return write_rle(merged.view()[0], work.text);
}

/// np.asarray(flags, dtype=np.uint8); a list of plain flags needs no array.
class CrowdFlags {
public:
    explicit CrowdFlags(PyObject* flags) {
        if (!read_plain(flags)) read_array(flags);
    }
    [[nodiscard]] const std::uint8_t* data() const { return data_; }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    bool read_plain(PyObject* flags) {
        if (!PyList_CheckExact(flags)) return false;
        const py::tuple items = as_tuple(flags);
        for (const py::handle item : items) {
            if (!PyLong_CheckExact(item.ptr()) && !PyBool_Check(item.ptr())) return false;
            int overflow = 0;
            const long long flag = PyLong_AsLongLongAndOverflow(item.ptr(), &overflow);
            if (overflow != 0 || flag < 0 || flag > 255) return false;
            plain_.push_back(static_cast<std::uint8_t>(flag));
        }
        data_ = plain_.data();
        size_ = plain_.size();
        return true;
    }
    void read_array(PyObject* flags) {
        const Array<std::uint8_t> array = converted(flags, "u1");
        array_ = array;
        if (array.ndim() != 1) {
            throw py::value_error("iscrowd has " + std::to_string(array.ndim()) +
                                  " dimensions, expected 1");
        }
        data_ = array.data();
        size_ = static_cast<std::size_t>(array.size());
    }

    Buffer<std::uint8_t> plain_;
    py::object array_;
    const std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

/// One side of iou: RLEs or boxes.
struct IouOperand {
    Workspace work;
    std::optional<Boxes> boxes;

    explicit IouOperand(py::handle objects) {
        if (py::isinstance<py::array>(objects)) {
            boxes.emplace(objects);
        } else if (PyList_Check(objects.ptr())) {
            read_list(objects);
        } else if (!has_no_items(objects)) {
            throw py::type_error(
                "unrecognized type.  The following type: RLEs (rle), np.ndarray (box), and list "
                "(box) are supported.");
        }
    }
    [[nodiscard]] std::size_t size() const { return boxes ? boxes->size() : work.masks.size(); }

private:
    /// Of any type: the reference does not look further then.
    static bool has_no_items(py::handle objects) {
        const py::ssize_t length = PyObject_Size(objects.ptr());
        if (length < 0) PyErr_Clear();
        return length == 0;
    }
    void read_list(py::handle objects) {
        const py::tuple items = as_tuple(objects);
        const auto is_dict = [](py::handle item) { return PyDict_Check(item.ptr()) != 0; };
        const auto is_row = [](py::handle item) {
            const bool row = PyList_Check(item.ptr()) || PyTuple_Check(item.ptr()) ||
                             py::isinstance<py::array>(item);
            return row && py::len(item) == 4;
        };
        if (std::all_of(items.begin(), items.end(), is_dict)) {
            read_rles(items, nullptr, work.masks);
        } else if (std::all_of(items.begin(), items.end(), is_row)) {
            boxes.emplace(objects);
        } else {
            throw py::type_error("list input can be bounding box (Nx4) or RLEs ([RLE])");
        }
    }
};

/// An exception of the drop-in's own, because the reference's is an AssertionError.
[[noreturn]] void throw_crowd_length() {
    const py::object type =
        py::module_::import("cocodec.pycocotools._mask").attr("IscrowdLengthError");
    PyErr_SetString(type.ptr(), "iou(iscrowd=) must have the same length as gt");
    throw py::error_already_set();
}

py::object iou_any(const Arguments& arguments) {
    const CrowdFlags crowd(arguments[2]);
    const IouOperand dt(arguments[0]), gt(arguments[1]);
    const std::size_t m = dt.size(), n = gt.size();
    if (crowd.size() != n) throw_crowd_length();
    if (m == 0 || n == 0) return py::list();
    if (dt.boxes.has_value() != gt.boxes.has_value()) {
        throw py::type_error(
            "The dt and gt should have the same data type, either RLEs, list or np.ndarray");
    }
    py::object array = new_array(npy_api::NPY_DOUBLE_,
                                 {static_cast<py::ssize_t>(m), static_cast<py::ssize_t>(n), 0}, 2);
    auto* out = values<double>(array);
    const std::size_t runs = dt.work.masks.counts.size() + gt.work.masks.counts.size();
    run(m * n >= many_runs / 4 || runs >= many_runs, [&] {
        if (dt.boxes) {
            iou(dt.boxes->data(), m, gt.boxes->data(), n, crowd.data(), out);
        } else {
            iou(dt.work.masks.view(), gt.work.masks.view(), crowd.data(), out, 0);
        }
    });
    return array;
}

constexpr Signature rles_signature{"area", {"rleObjs"}, 1, 1};
constexpr Signature bbox_signature{"toBbox", {"rleObjs"}, 1, 1};
constexpr Signature complete_signature{"complete", {"rows", "rleObjs"}, 2, 2};
constexpr Signature merge_signature{"merge", {"rleObjs", "intersect"}, 2, 1};
constexpr Signature iou_signature{"iou", {"dt", "gt", "pyiscrowd"}, 3, 3};

PyMethodDef area_method = method<rles_signature, area_any>(R"(area(rleObjs)
--

Foreground pixels: np.uint32 of a dict, an array of uint32 of a list.
)");

PyMethodDef area_list_method = method<rles_signature, area_list>(R"(area(rleObjs)
--

Foreground pixels of each mask, uint32 of shape (n,).
)");

PyMethodDef bbox_method = method<bbox_signature, bbox_any>(R"(toBbox(rleObjs)
--

Bounding boxes ``[x, y, w, h]`` in pixels as float64: (4,) of a dict, (n, 4) of a list.

An empty mask has the box [0, 0, 0, 0].
)");

PyMethodDef bbox_list_method = method<bbox_signature, bbox_list>(R"(toBbox(rleObjs)
--

Bounding box ``[x, y, w, h]`` in pixels of each mask, float64 of shape (n, 4).
)");

PyMethodDef complete_method = method<complete_signature, complete_masks>(R"(complete(rows, rleObjs)
--

Give dicts of results area, bbox, id and iscrowd, as `COCO.loadRes` does where they are masks.
)");

PyMethodDef merge_method = method<merge_signature, merge>(R"(merge(rleObjs, intersect=0)
--

Union, or intersection, of a list of masks, as one dict.

Raises
------
cocodec.RleError
    Where the masks differ in size. It is a ValueError.
)");

PyMethodDef iou_method = method<iou_signature, iou_any>(R"(iou(dt, gt, pyiscrowd)
--

IoU of m detections and n ground truths, both lists of RLEs or both boxes ``[x, y, w, h]``.

For a ground truth whose entry of `pyiscrowd` is true, the union is the detection alone.

Returns
-------
(m, n) array of float64 in Fortran order, or [] if there are no detections or no ground truths
)");

}  // namespace

void add_measures(py::module_& core) {
    add(core, "mask_", area_method, "cocodec.pycocotools.mask");
    add(core, "mask_", bbox_method, "cocodec.pycocotools.mask");
    add(core, "_mask_", area_list_method, "cocodec.pycocotools._mask");
    add(core, "_mask_", bbox_list_method, "cocodec.pycocotools._mask");
    add(core, "_mask_", complete_method, "cocodec.pycocotools._mask");
    add(core, "_mask_", merge_method, "cocodec.pycocotools._mask");
    add(core, "_mask_", iou_method, "cocodec.pycocotools._mask");
}

}  // namespace cocodec::python::pycocotools
