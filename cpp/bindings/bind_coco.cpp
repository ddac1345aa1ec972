// COCO's RLE dictionaries {"size": [h, w], "counts": str | bytes | list} <-> runs.
//
// Documents have hundreds of thousands of them: keys are interned strings, lists and dicts are
// built through the C API, and what is plain (lists of exact ints) is read where it stands.

#include "coco.hpp"

#include <cstring>
#include <string_view>

#include "cocodec/counts.hpp"
#include "cocodec/segmentation.hpp"
#include "gil.hpp"

namespace cocodec::python {
namespace {

constexpr std::int64_t max_run = 0xFFFFFFFF;

// Made once by bind_coco and never freed.
PyObject* size_key = nullptr;
PyObject* counts_key = nullptr;

[[noreturn]] void throw_bad_run(py::ssize_t index, const std::string& value) {
    throw Error(ErrorCode::bad_run,
                "run " + std::to_string(index) + " is " + value + "; runs lie in 0..4294967295", -1,
                index);
}

/// A float of Python's, or of numpy's of any width.
bool is_float(py::handle value) {
    if (PyFloat_Check(value.ptr())) return true;
    const PyNumberMethods* const methods = Py_TYPE(value.ptr())->tp_as_number;
    return methods != nullptr && methods->nb_float != nullptr && methods->nb_index == nullptr;
}

/// Whether as_integer can say what it is: an int, a float, or what numpy has of them.
bool is_number(py::handle value) {
    return is_float(value) || PyIndex_Check(value.ptr()) != 0;
}

/// An integer that may be spelled 3, 3.0 or as a numpy scalar; false for any other number. What is
/// no number at all raises TypeError. Beyond 64 bits the nearest value that is refused as a run or
/// a side.
bool as_integer(py::handle value, std::int64_t& integer) {
    if (is_float(value)) {
        const double number = or_sleep([&] { return PyFloat_AsDouble(value.ptr()); });
        if (number == -1.0 && PyErr_Occurred() != nullptr) throw py::error_already_set();
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

/// The chars of a str or bytes, borrowed from it.
bool as_text(py::handle value, std::string_view& text) {
    if (PyUnicode_Check(value.ptr())) {
        py::ssize_t length = 0;
        const char* data = PyUnicode_AsUTF8AndSize(value.ptr(), &length);
        if (data == nullptr) {  // half a character
            PyErr_Clear();
            throw Error(ErrorCode::bad_counts,
                        "the counts string is " + shown(value) + ", which holds half a character");
        }
        text = {data, static_cast<std::size_t>(length)};
        return true;
    }
    if (!PyBytes_Check(value.ptr())) return false;
    text = {PyBytes_AS_STRING(value.ptr()),
            static_cast<std::size_t>(PyBytes_GET_SIZE(value.ptr()))};
    return true;
}

/// A run that is a text, as the reference takes it.
bool as_spelled_integer(py::handle value, std::int64_t& integer) {
    double number = 0;
    std::string_view text;
    if (!as_text(value, text) || !parse_number_text(text, number)) return false;
    if (!(number >= 0 && number <= static_cast<double>(max_run))) return false;
    integer = static_cast<std::int64_t>(number);
    return static_cast<double>(integer) == number;
}

std::uint32_t as_run(py::handle value, py::ssize_t index) {
    std::int64_t run = 0;
    if (PyUnicode_Check(value.ptr())) {
        if (as_spelled_integer(value, run)) return static_cast<std::uint32_t>(run);
        throw_bad_run(index, shown(value));
    }
    if (!is_number(value) || !as_integer(value, run) || run < 0 || run > max_run) {
        throw_bad_run(index, shown(value));
    }
    return static_cast<std::uint32_t>(run);
}

/// A list of two exact ints can be read where it is: no code of Python's runs meanwhile.
bool as_plain_size(PyObject* value, Size& size) {
#ifdef Py_GIL_DISABLED
    // Another thread may change the list: as_size looks at a copy.
    return false;
#else
    if (!PyList_CheckExact(value) || PyList_GET_SIZE(value) != 2) return false;
    PyObject *height = PyList_GET_ITEM(value, 0), *width = PyList_GET_ITEM(value, 1);
    if (!PyLong_CheckExact(height) || !PyLong_CheckExact(width)) return false;
    return as_integer(height, size.height) && as_integer(width, size.width);
#endif
}

/// Where the reference rules, what lies behind the decimal point of a side does not count.
bool as_side(py::handle value, SizeRule rule, std::int64_t& side) {
    if (!is_number(value)) return false;
    if (as_integer(value, side)) return true;
    return rule == SizeRule::reference && side > 0;
}

Size as_size(py::handle value, SizeRule rule) {
    Size size;
    if (as_plain_size(value.ptr(), size)) return size;
    const bool is_pair = !PyUnicode_Check(value.ptr()) && PySequence_Check(value.ptr()) != 0;
    if (!is_pair && rule == SizeRule::whole) {
        throw Error(ErrorCode::bad_size, "size is " + shown(value) + ", expected [height, width]");
    }
    const py::tuple pair = as_tuple(value);
    if (pair.size() < 2 || (pair.size() > 2 && rule == SizeRule::whole)) {
        throw Error(ErrorCode::bad_size, "\"size\" has " + std::to_string(pair.size()) +
                                             " values, expected [height, width]");
    }
    if (!as_side(pair[0], rule, size.height) || !as_side(pair[1], rule, size.width)) {
        throw Error(ErrorCode::bad_size,
                    "size is " + shown(pair) + "; sides must be whole numbers");
    }
    return size;
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

/// A list of exact ints is read where it stands, because that runs no code of Python's; false, and
/// nothing appended, for any other and for a run out of range.
bool append_plain_list(PyObject* value, Buffer<std::uint32_t>& out) {
#ifdef Py_GIL_DISABLED
    return false;  // another thread may change the list
#else
    if (!PyList_CheckExact(value)) return false;
    const py::ssize_t n = PyList_GET_SIZE(value);
    std::uint32_t* place = out.room(static_cast<std::size_t>(n));
    for (py::ssize_t i = 0; i < n; ++i) {
        PyObject* item = PyList_GET_ITEM(value, i);
        if (!PyLong_CheckExact(item)) return false;
        int overflow = 0;
        const long long run = PyLong_AsLongLongAndOverflow(item, &overflow);
        if (overflow != 0 || run < 0 || run > max_run) return false;
        place[i] = static_cast<std::uint32_t>(run);
    }
    out.advance(static_cast<std::size_t>(n));
    return true;
#endif
}

void append_sequence(py::handle value, Buffer<std::uint32_t>& out) {
    const py::tuple runs = as_tuple(value);
    const auto n = static_cast<py::ssize_t>(runs.size());
    std::uint32_t* place = out.room(runs.size());
    for (py::ssize_t i = 0; i < n; ++i) place[i] = as_run(PyTuple_GET_ITEM(runs.ptr(), i), i);
    out.advance(runs.size());
}

/// The caller holds a reference to the object that `text` belongs to.
void append_text(std::string_view text, Buffer<std::uint32_t>& out) {
    run(text.size() >= many_runs, [&] { parse_counts(text, out); });
}

void append_counts(py::handle value, Buffer<std::uint32_t>& out, SizeRule rule) {
    std::string_view text;
    if (as_text(value, text)) return append_text(text, out);
    if (py::isinstance<py::array>(value)) {
        return append_array(py::reinterpret_borrow<py::array>(value), out);
    }
    if (!PyList_Check(value.ptr()) && !PyTuple_Check(value.ptr())) {
        if (rule == SizeRule::reference) {
            throw py::type_error("\"counts\" must be a str, bytes or list of integers, not " +
                                 type_name(value));
        }
        throw Error(ErrorCode::bad_counts, "counts is " + py::repr(value).cast<std::string>() +
                                               ", expected a string or a list of integers");
    }
    if (!append_plain_list(value.ptr(), out)) append_sequence(value, out);
}

/// A value of a dict, or of a mapping that is none.
py::object required_key(py::handle dict, PyObject* key) {
    if (!PyDict_Check(dict.ptr())) {
        auto value = py::reinterpret_steal<py::object>(
            or_sleep([&] { return PyObject_GetItem(dict.ptr(), key); }));
        if (!value) throw py::error_already_set();
        return value;
    }
#if PY_VERSION_HEX >= 0x030D0000
    PyObject* value = nullptr;
    if (PyDict_GetItemRef(dict.ptr(), key, &value) < 0) throw py::error_already_set();
#else
    PyObject* value = PyDict_GetItemWithError(dict.ptr(), key);
    if (value == nullptr && PyErr_Occurred() != nullptr) throw py::error_already_set();
    Py_XINCREF(value);
#endif
    if (value == nullptr) throw py::key_error(py::str(key).cast<std::string>());
    return py::reinterpret_steal<py::object>(value);
}

Size read_dict(py::handle rle, const Size* given, Buffer<std::uint32_t>& out, SizeRule rule) {
    append_counts(required_key(rle, counts_key), out, rule);
    const Size size = as_size(required_key(rle, size_key), rule);
    if (given == nullptr || size == *given) return size;
    throw Error(ErrorCode::size_mismatch,
                "the RLE has size " + to_text(size) + ", the caller asks for " + to_text(*given));
}

Size read_text(py::handle rle, const Size* given, Buffer<std::uint32_t>& out) {
    std::string_view text;
    if (!as_text(rle, text)) {
        throw py::type_error(
            "an RLE must be a dict with \"size\" and \"counts\", or a counts string, not " +
            type_name(rle));
    }
    if (given == nullptr) {
        throw Error(ErrorCode::bad_size,
                    "a bare counts string needs sizes: sizes=(height, width), or "
                    "{\"size\": [height, width], \"counts\": ...} in its place");
    }
    append_text(text, out);
    return *given;
}

/// Keeps the garbage collector away while many containers are made, all of which survive. No code
/// of Python's runs meanwhile.
class NoCollection {
public:
    NoCollection() : enabled_(PyGC_Disable() != 0) {}
    ~NoCollection() {
        if (enabled_) PyGC_Enable();
    }
    NoCollection(const NoCollection&) = delete;
    NoCollection& operator=(const NoCollection&) = delete;

private:
    bool enabled_;
};

/// A new object of the C API, or the exception that it has set.
py::object made(PyObject* object) {
    if (object == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(object);
}

py::object write_runs(RleView mask) {
    py::object list = made(PyList_New(static_cast<py::ssize_t>(mask.length)));
    for (std::size_t i = 0; i < mask.length; ++i) {
        py::object run = made(PyLong_FromUnsignedLong(mask.counts[i]));
        PyList_SET_ITEM(list.ptr(), static_cast<py::ssize_t>(i), run.release().ptr());
    }
    return list;
}

py::object write_text(const Buffer<char>& text, DictCounts spelling) {
    const auto n = static_cast<py::ssize_t>(text.size());
    if (spelling == DictCounts::bytes) return made(PyBytes_FromStringAndSize(text.data(), n));
    // All chars are ASCII: nothing to decode.
    py::object string = made(PyUnicode_New(n, 127));
    if (n > 0) std::memcpy(PyUnicode_1BYTE_DATA(string.ptr()), text.data(), text.size());
    return string;
}

py::object write_counts(RleView mask, DictCounts spelling, Buffer<char>& text) {
    if (spelling == DictCounts::list) return write_runs(mask);
    text.clear();
    format_counts(mask, text);
    return write_text(text, spelling);
}

/// Sizes as lists of their own; the numbers in them are shared by masks that follow each other.
class Sides {
public:
    py::object list(Size size) {
        if (!height_ || size != size_) {
            height_ = made(PyLong_FromLongLong(size.height));
            width_ = made(PyLong_FromLongLong(size.width));
            size_ = size;
        }
        py::object list = made(PyList_New(2));
        PyList_SET_ITEM(list.ptr(), 0, py::object(height_).release().ptr());
        PyList_SET_ITEM(list.ptr(), 1, py::object(width_).release().ptr());
        return list;
    }

private:
    Size size_{};
    py::object height_, width_;
};

py::object make_dict(const py::object& sides, const py::object& counts) {
    py::object dict = made(PyDict_New());
    if (PyDict_SetItem(dict.ptr(), size_key, sides.ptr()) < 0 ||
        PyDict_SetItem(dict.ptr(), counts_key, counts.ptr()) < 0) {
        throw py::error_already_set();
    }
    return dict;
}

DictCounts parse_spelling(const std::string& name) {
    if (name == "str") return DictCounts::text;
    if (name == "bytes") return DictCounts::bytes;
    if (name == "list") return DictCounts::list;
    throw py::value_error("counts is \"" + name + "\"; it must be \"str\", \"bytes\" or \"list\"");
}

/// A dict, or another mapping that says that it is one: a list has items too, but no keys.
bool is_mapping(py::handle value) {
    if (PyDict_Check(value.ptr())) return true;
    if (PyList_Check(value.ptr()) || PyTuple_Check(value.ptr()) || PyUnicode_Check(value.ptr()) ||
        PyBytes_Check(value.ptr())) {
        return false;
    }
    return PyMapping_Check(value.ptr()) != 0 && py::hasattr(value, "keys");
}

/// The counts and the size of an RLE that was refused; false if either is not there to be seen.
bool find_counts(py::handle rle, const Size* given, SizeRule rule, py::object& counts, Size& size) {
    if (is_mapping(rle)) {
        counts = required_key(rle, counts_key);
        size = as_size(required_key(rle, size_key), rule);
        return true;
    }
    counts = py::reinterpret_borrow<py::object>(rle);
    if (given != nullptr) size = *given;
    return given != nullptr;
}

/// Some writers leave the last run out where it is background, which most readers do not mind.
std::string describe_missing_run(const Buffer<std::uint32_t>& runs, Size size) {
    std::uint64_t covered = 0;
    for (const std::uint32_t run : runs) covered += run;
    const std::uint64_t pixels =
        static_cast<std::uint64_t>(size.height) * static_cast<std::uint64_t>(size.width);
    if (covered >= pixels || runs.size() % 2 != 0) return {};
    return "; the last run, " + std::to_string(pixels - covered) +
           " of background, seems to have been left out: append it to the counts";
}

/// Reads counts in base64, or says of others what they seem to be. `out` ends with the mask before.
void mend(py::handle rle, const Size* given, SizeRule rule, const Error& error, RleArray& out) {
    py::object counts;
    Size size;
    if (error.code() == ErrorCode::bad_size || error.code() == ErrorCode::size_mismatch ||
        !find_counts(rle, given, rule, counts, size)) {
        throw error;  // NOLINT(bugprone-exception-copy-constructor-throws): it holds its message
    }
    std::string_view text;
    Buffer<std::uint32_t> runs;
    std::string hint;
    if (as_text(counts, text)) {
        if (parse_base64_counts(text, size, out.counts)) return out.finish(size);
        hint = describe_counts(text, size);
        if (error.code() == ErrorCode::bad_sum) append_text(text, runs);
    } else if (error.code() == ErrorCode::bad_sum) {
        append_counts(counts, runs, SizeRule::reference);
        hint = describe_runs(runs.data(), runs.size(), size);
    }
    if (!runs.empty()) hint = describe_missing_run(runs, size) + hint;
    throw Error(error.code(), error.message() + hint, error.item(), error.offset());
}

void read_rle(py::handle rle, const Size* given, RleArray& out, SizeRule rule) {
    const bool keyed = is_mapping(rle);
    const std::size_t masks = out.size(), runs = out.counts.size();
    try {
        out.finish(keyed ? read_dict(rle, given, out.counts, rule)
                         : read_text(rle, given, out.counts));
        validate(out.view()[out.size() - 1]);
    } catch (const Error& error) {
        out.counts.resize(runs);
        out.offsets.resize(masks + 1);
        out.sizes.resize(masks);
        mend(rle, given, rule, error, out);
    }
}

void read_item(py::handle rle, const Size* given, std::size_t index, RleArray& out, SizeRule rule) {
    try {
        read_rle(rle, given, out, rule);
    } catch (const Error& error) {
        throw error.at(static_cast<std::int64_t>(index));
    }
}

Runs from_coco(const py::sequence& segmentations, const py::object& sizes) {
    Array<std::int64_t> size_array;
    const Size* given = nullptr;
    if (!sizes.is_none()) {
        size_array = sizes.cast<Array<std::int64_t>>();
        given = as_sizes(size_array);
        require_length(size_array.shape(0), segmentations.size(), "sizes");
    }
    RleArray out;
    read_rles(segmentations, given, out, SizeRule::whole);
    return Runs(std::move(out));
}

py::object to_coco(const Runs& runs, const std::string& counts) {
    return write_rles(runs.view(), parse_spelling(counts));
}

/// The runs of a counts string, whatever they sum up to.
py::array_t<std::uint32_t> parse_runs(const py::bytes& text) {
    Buffer<std::uint32_t> runs;
    parse_counts(static_cast<std::string_view>(text), runs);
    return py::array_t<std::uint32_t>(static_cast<py::ssize_t>(runs.size()), runs.data());
}

}  // namespace

void read_rles(py::handle rles, const Size* given, RleArray& out, SizeRule rule) {
    const py::tuple items = as_tuple(rles);
    for (std::size_t i = 0; i < items.size(); ++i) {
        PyObject* item = PyTuple_GET_ITEM(items.ptr(), static_cast<py::ssize_t>(i));
        read_item(item, given == nullptr ? nullptr : given + i, i, out, rule);
    }
}

void read_only(py::handle rle, RleArray& out, std::size_t item) {
    read_item(rle, nullptr, item, out, SizeRule::reference);
}

py::object write_rle(RleView mask, Buffer<char>& text) {
    text.clear();
    run(mask.length >= many_runs, [&] { format_counts(mask, text); });
    return make_dict(Sides().list(mask.size), write_text(text, DictCounts::bytes));
}

py::object write_rles(RleArrayView masks, DictCounts spelling) {
    const NoCollection no_collection;
    Buffer<char> text;
    Sides sides;
    py::object list = made(PyList_New(static_cast<py::ssize_t>(masks.length)));
    for (std::size_t i = 0; i < masks.length; ++i) {
        const py::object counts = write_counts(masks[i], spelling, text);
        py::object dict = make_dict(sides.list(masks.sizes[i]), counts);
        PyList_SET_ITEM(list.ptr(), static_cast<py::ssize_t>(i), dict.release().ptr());
    }
    return list;
}

void bind_coco(py::module_& m) {
    size_key = made(PyUnicode_InternFromString("size")).release().ptr();
    counts_key = made(PyUnicode_InternFromString("counts")).release().ptr();
    m.def("from_coco", &from_coco, py::arg("segmentations"), py::arg("sizes") = py::none());
    m.def("parse_counts", &parse_runs, py::arg("text"));
    m.def("to_coco", &to_coco, py::arg("runs"), py::arg("counts"));
}

}  // namespace cocodec::python
