// COCO's RLE dictionaries {"size": [h, w], "counts": str | bytes | list} <-> runs.

#include <string_view>
#include <vector>

#include "cocodec/counts.hpp"
#include "convert.hpp"

namespace cocodec::python {
namespace {

constexpr std::int64_t max_run = 0xFFFFFFFF;

[[noreturn]] void throw_bad_run(py::ssize_t index, const std::string& value) {
    throw Error(ErrorCode::bad_run,
                "run " + std::to_string(index) + " is " + value + "; runs lie in 0..4294967295", -1,
                index);
}

/// An integer that may be spelled 3, 3.0 or as a numpy scalar; false for any other number. What is
/// no number at all raises TypeError. Beyond 64 bits the nearest value that is refused as a run or
/// a side.
bool as_integer(py::handle value, std::int64_t& integer) {
    if (PyFloat_Check(value.ptr())) {
        const double number = PyFloat_AS_DOUBLE(value.ptr());
        if (!(number >= -1e15 && number <= 1e15)) return false;
        integer = static_cast<std::int64_t>(number);
        return static_cast<double>(integer) == number;
    }
    int overflow = 0;
    integer = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
    if (overflow != 0) integer = overflow > 0 ? max_run + 1 : -1;
    if (integer == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
    return true;
}

std::uint32_t as_run(py::handle value, py::ssize_t index) {
    std::int64_t run = 0;
    if (!as_integer(value, run) || run < 0 || run > max_run) {
        throw_bad_run(index, py::str(value).cast<std::string>());
    }
    return static_cast<std::uint32_t>(run);
}

Size as_size(py::handle value) {
    const py::tuple pair = as_tuple(value);
    if (pair.size() != 2) {
        throw Error(ErrorCode::bad_size, "\"size\" has " + std::to_string(pair.size()) +
                                             " values, expected [height, width]");
    }
    Size size;
    if (!as_integer(pair[0], size.height) || !as_integer(pair[1], size.width)) {
        throw Error(ErrorCode::bad_size, "size is " + py::repr(pair).cast<std::string>() +
                                             "; sides must be whole numbers");
    }
    return size;
}

/// The chars of a str or bytes, borrowed from it.
bool as_text(py::handle value, std::string_view& text) {
    if (PyUnicode_Check(value.ptr())) {
        py::ssize_t length = 0;
        const char* data = PyUnicode_AsUTF8AndSize(value.ptr(), &length);
        if (data == nullptr) throw py::error_already_set();
        text = {data, static_cast<std::size_t>(length)};
        return true;
    }
    if (!PyBytes_Check(value.ptr())) return false;
    text = {PyBytes_AS_STRING(value.ptr()),
            static_cast<std::size_t>(PyBytes_GET_SIZE(value.ptr()))};
    return true;
}

void append_array(const py::array& values, Buffer<std::uint32_t>& out) {
    const char kind = values.dtype().kind();
    if (values.ndim() != 1 || (kind != 'i' && kind != 'u')) {
        throw py::type_error("\"counts\" as an array must be one-dimensional, of integers");
    }
    const Array<std::int64_t> numbers = values;
    const Array<std::uint64_t> unsigned_numbers = values;
    for (py::ssize_t i = 0; i < numbers.size(); ++i) {
        const std::int64_t run = numbers.data()[i];
        const bool wrapped = run < 0 && kind == 'u';
        if (run < 0 || run > max_run) {
            throw_bad_run(
                i, wrapped ? std::to_string(unsigned_numbers.data()[i]) : std::to_string(run));
        }
        out.push_back(static_cast<std::uint32_t>(run));
    }
}

void append_counts(py::handle value, Buffer<std::uint32_t>& out) {
    std::string_view text;
    if (as_text(value, text)) return parse_counts(text, out);
    if (py::isinstance<py::array>(value)) {
        return append_array(py::reinterpret_borrow<py::array>(value), out);
    }
    if (!PyList_Check(value.ptr()) && !PyTuple_Check(value.ptr())) {
        throw py::type_error("\"counts\" must be a str, bytes or list of integers, not " +
                             type_name(value));
    }
    const py::tuple runs = as_tuple(value);
    const auto n = static_cast<py::ssize_t>(runs.size());
    std::uint32_t* place = out.room(runs.size());
    for (py::ssize_t i = 0; i < n; ++i) place[i] = as_run(PyTuple_GET_ITEM(runs.ptr(), i), i);
    out.advance(runs.size());
}

py::object required_key(py::handle segmentation, const char* key) {
    PyObject* value = PyDict_GetItemString(segmentation.ptr(), key);
    if (value == nullptr) throw py::key_error(key);
    return py::reinterpret_borrow<py::object>(value);
}

/// Appends one mask; `given` is the caller's size for it, or nullptr.
void append_mask(py::handle segmentation, const Size* given, RleArray& out) {
    Size size;
    if (PyDict_Check(segmentation.ptr())) {
        append_counts(required_key(segmentation, "counts"), out.counts);
        size = as_size(required_key(segmentation, "size"));
        if (given != nullptr && size != *given) {
            throw Error(ErrorCode::size_mismatch,
                        "the RLE has size [" + std::to_string(size.height) + ", " +
                            std::to_string(size.width) + "], the caller asks for [" +
                            std::to_string(given->height) + ", " + std::to_string(given->width) +
                            "]");
        }
    } else {
        std::string_view text;
        if (!as_text(segmentation, text)) {
            throw py::type_error(
                "an RLE must be a dict with \"size\" and \"counts\", or a counts "
                "string, not " +
                type_name(segmentation));
        }
        if (given == nullptr) {
            throw Error(ErrorCode::bad_size, "a bare counts string needs sizes");
        }
        parse_counts(text, out.counts);
        size = *given;
    }
    out.finish(size);
    validate(out.view()[out.size() - 1]);
}

Runs from_coco(const py::sequence& segmentations, const py::object& sizes) {
    const py::tuple items = as_tuple(segmentations);
    Array<std::int64_t> size_array;
    const Size* given = nullptr;
    if (!sizes.is_none()) {
        size_array = sizes.cast<Array<std::int64_t>>();
        given = as_sizes(size_array);
        require_length(size_array.shape(0), items.size(), "sizes");
    }
    RleArray out;
    for (std::size_t i = 0; i < items.size(); ++i) {
        try {
            append_mask(items[i], given == nullptr ? nullptr : given + i, out);
        } catch (const Error& error) {
            throw error.at(static_cast<std::int64_t>(i));
        }
    }
    return Runs(std::move(out));
}

enum class Spelling { text, bytes, list };

Spelling parse_spelling(const std::string& name) {
    if (name == "str") return Spelling::text;
    if (name == "bytes") return Spelling::bytes;
    if (name == "list") return Spelling::list;
    throw py::value_error("counts is \"" + name + "\"; it must be \"str\", \"bytes\" or \"list\"");
}

py::object spell(RleView mask, Spelling spelling, Buffer<char>& text) {
    if (spelling == Spelling::list) {
        py::list runs(mask.length);
        for (std::size_t i = 0; i < mask.length; ++i) runs[i] = py::int_(mask.counts[i]);
        return runs;
    }
    text.clear();
    format_counts(mask, text);
    if (spelling == Spelling::bytes) return py::bytes(text.data(), text.size());
    return py::str(text.data(), text.size());
}

py::list to_coco(const Runs& runs, const std::string& counts) {
    const Spelling spelling = parse_spelling(counts);
    const RleArrayView masks = runs.view();
    Buffer<char> text;
    text.reserve(1);  // an empty string needs an address too
    py::list result(masks.length);
    for (std::size_t i = 0; i < masks.length; ++i) {
        py::list size(2);
        size[0] = py::int_(masks.sizes[i].height);
        size[1] = py::int_(masks.sizes[i].width);
        py::dict entry;
        entry["size"] = std::move(size);
        entry["counts"] = spell(masks[i], spelling, text);
        result[i] = std::move(entry);
    }
    return result;
}

}  // namespace

void bind_coco(py::module_& m) {
    m.def("from_coco", &from_coco, py::arg("segmentations"), py::arg("sizes") = py::none());
    m.def("to_coco", &to_coco, py::arg("runs"), py::arg("counts"));
}

}  // namespace cocodec::python
