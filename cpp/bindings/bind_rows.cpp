// Dicts of annotations -> columns, in one pass: a dict that was made long ago is far away in
// memory, so that going there once for each key would cost more than everything that is done with
// it. For the same reason dicts are visited in the order in which they lie there.

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "convert.hpp"
#include "gil.hpp"
#include "ring_reader.hpp"

namespace cocodec::python {
namespace {

/// A value of a dict; nothing if there is none.
py::object value_of(PyObject* dict, PyObject* key) {
#if PY_VERSION_HEX >= 0x030D0000
    PyObject* value = nullptr;
    if (PyDict_GetItemRef(dict, key, &value) < 0) throw py::error_already_set();
#else
    PyObject* value = or_sleep([&] { return PyDict_GetItemWithError(dict, key); });
    if (value == nullptr && PyErr_Occurred() != nullptr) throw py::error_already_set();
    Py_XINCREF(value);
#endif
    return py::reinterpret_steal<py::object>(value);
}

/// An item of a list, owned: what is called in between may change the list.
py::object item_of(PyObject* list, py::ssize_t index) {
#if PY_VERSION_HEX >= 0x030D0000
    PyObject* item = PyList_GetItemRef(list, index);
#else
    PyObject* item = PyList_GetItem(list, index);
    Py_XINCREF(item);
#endif
    if (item == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(item);
}

/// The key as this dict has it: what is the same object is found without comparing texts. Rows
/// that were decoded together share their keys, which are not those of Python's own code.
py::object key_in(PyObject* dict, const py::object& key) {
    if (!PyDict_CheckExact(dict)) return key;
    PyObject *own = nullptr, *value = nullptr;
    py::ssize_t at = 0;
    while (PyDict_Next(dict, &at, &own, &value) != 0) {
        if (!PyUnicode_CheckExact(own) || PyUnicode_Compare(own, key.ptr()) != 0) continue;
        return py::reinterpret_borrow<py::object>(own);
    }
    return key;
}

/// A key that is the same object as in Python's own code.
py::object interned(const char* text) {
    PyObject* const key = PyUnicode_InternFromString(text);
    if (key == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(key);
}

/// A row, and where it stands among the rows that were given.
struct Visit {
    PyObject* row;
    std::size_t place;
};

/// Gathers rows of lists, to be visited by their addresses. No code of Python's runs in between,
/// and rows are touched, if only to own them, in that order.
class Visits {
public:
    Visits() = default;
    Visits(const Visits&) = delete;
    Visits& operator=(const Visits&) = delete;
    ~Visits() {
        for (std::size_t i = 0; i < owned_; ++i) Py_DECREF(visits_[i].row);
    }

    void add(PyObject* list) {
        if (visits_.empty()) visits_.reserve(static_cast<std::size_t>(PyList_GET_SIZE(list)));
        for (py::ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) {
#ifdef Py_GIL_DISABLED
            visits_.push_back({item_of(list, i).release().ptr(), visits_.size()});
            owned_ = visits_.size();
#else
            visits_.push_back({PyList_GET_ITEM(list, i), visits_.size()});
#endif
        }
    }
    /// All that were added, as long as this lives.
    const std::vector<Visit>& take() {
        const auto lower = [](const Visit& a, const Visit& b) {
            return std::less<>()(a.row, b.row);
        };
        if (!std::is_sorted(visits_.begin(), visits_.end(), lower)) {
            std::sort(visits_.begin(), visits_.end(), lower);
        }
        for (; owned_ < visits_.size(); ++owned_) Py_INCREF(visits_[owned_].row);
        return visits_;
    }

private:
    std::vector<Visit> visits_;
    std::size_t owned_ = 0;
};

double as_number(PyObject* value) {
    if (PyFloat_CheckExact(value)) return PyFloat_AS_DOUBLE(value);
    if (PyUnicode_Check(value) || PyBytes_Check(value)) throw py::type_error("a text is no number");
    const double number = or_sleep([&] { return PyFloat_AsDouble(value); });
    if (number == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
    return number;
}

/// The value of an int, no bool, that fits; false, and nothing is raised, for all else.
bool whole_number(PyObject* value, std::int64_t* out) {
    if (!PyLong_CheckExact(value)) return false;
    int overflow = 0;
    *out = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow == 0;
}

/// A column of as many values as there are rows; each is set once.
class ValueSink {
public:
    virtual ~ValueSink() = default;
    virtual void set(std::size_t place, const py::object& value) = 0;
    virtual py::object finish() = 0;
};

class Objects final : public ValueSink {
public:
    explicit Objects(std::size_t length) : list_(length) {}
    void set(std::size_t place, const py::object& value) override {
        PyList_SET_ITEM(list_.ptr(), static_cast<py::ssize_t>(place), value.inc_ref().ptr());
    }
    py::object finish() override { return list_; }

private:
    py::list list_;
};

/// Numbers go where Python will have them: a copy of millions would be as dear as reading them.
template <class T>
class NewArray {
public:
    explicit NewArray(std::vector<py::ssize_t> shape)
        : array_(std::move(shape)), values_(array_.mutable_data()) {}
    T* values() { return values_; }
    [[nodiscard]] const py::object& object() const { return array_; }

private:
    py::array_t<T> array_;
    T* values_;
};

class NumberSink final : public ValueSink {
public:
    explicit NumberSink(std::size_t length) : array_({static_cast<py::ssize_t>(length)}) {}
    void set(std::size_t place, const py::object& value) override {
        array_.values()[place] = as_number(value.ptr());
    }
    py::object finish() override { return array_.object(); }

private:
    NewArray<double> array_;
};

/// Whole numbers that fit, or doubles: an array, if all values are just that, and nothing else is
/// made. Otherwise a list of the values.
template <class T>
class Exact final : public ValueSink {
public:
    explicit Exact(std::size_t length) : array_({static_cast<py::ssize_t>(length)}) {}
    void set(std::size_t place, const py::object& value) override {
        if (!read(value.ptr(), array_.values() + place)) odd_.emplace_back(place, value);
    }
    py::object finish() override {
        if (odd_.empty()) return array_.object();
        py::object list = array_.object().attr("tolist")();
        for (const auto& [place, value] : odd_) list[py::int_(place)] = value;
        return list;
    }

private:
    static bool read(PyObject* value, double* out) {
        *out = PyFloat_CheckExact(value) ? PyFloat_AS_DOUBLE(value) : 0;
        return PyFloat_CheckExact(value);
    }
    static bool read(PyObject* value, std::int64_t* out) { return whole_number(value, out); }

    NewArray<T> array_;
    std::vector<std::pair<std::size_t, py::object>> odd_;
};

/// Whether each value is that of a list, as Python compares lists.
class Comparison final : public ValueSink {
public:
    Comparison(std::size_t length, py::list other)
        : other_(std::move(other)), same_(length == other_.size()) {}
    void set(std::size_t place, const py::object& value) override {
        if (!same_) return;
        const auto at = static_cast<py::ssize_t>(place);
        if (at >= PyList_GET_SIZE(other_.ptr())) throw py::value_error("the list has changed");
        const py::object other = item_of(other_.ptr(), at);
        const int same = value.is(other) ? 1 : or_sleep([&] {
            return PyObject_RichCompareBool(value.ptr(), other.ptr(), Py_EQ);
        });
        if (same < 0) throw py::error_already_set();
        same_ = same != 0;
    }
    py::object finish() override { return py::bool_(same_); }

private:
    py::list other_;
    bool same_;
};

/// As many numbers each as the first has, or as `width` says. Where they must be `plain`, lists or
/// tuples of exact floats and ints.
class NumberRows final : public ValueSink {
public:
    NumberRows(std::size_t length, py::ssize_t width, bool plain = false)
        : length_(static_cast<py::ssize_t>(length)),
          array_({length_, std::max<py::ssize_t>(0, width)}),
          width_(width),
          plain_(plain) {}
    void set(std::size_t place, const py::object& value) override {
        if (!plain_ && set_doubles(place, value.ptr())) return;
        const bool readable = Items::readable(value.ptr());
        if (plain_ && !readable) throw py::type_error("a row is no list");
        const py::object sequence = readable ? value : as_tuple(value);
        const Items items(sequence.ptr());
        double* const out = row(place, static_cast<py::ssize_t>(items.size()));
        if (set_plain(items, out)) return;
        if (plain_) throw py::type_error("a row has other values than floats and ints");
        set_any(as_tuple(sequence), out);
    }
    py::object finish() override { return array_.object(); }

private:
    static py::object as_tuple(const py::object& value) {
        PyObject* const tuple = or_sleep([&] { return PySequence_Tuple(value.ptr()); });
        if (tuple == nullptr) throw py::error_already_set();
        return py::reinterpret_steal<py::object>(tuple);
    }
    /// Where the numbers of a row go, if they are as many as those of the others.
    double* row(std::size_t place, py::ssize_t length) {
        if (width_ < 0) {
            width_ = length;
            array_ = NewArray<double>({length_, width_});
        }
        if (length != width_) throw py::value_error("rows differ in length");
        return array_.values() + place * static_cast<std::size_t>(length);
    }
    /// An array of doubles, as toBbox gives one: an object for each would take most of the time.
    /// False if it is something else.
    bool set_doubles(std::size_t place, PyObject* value) {
        if (Py_TYPE(value) != py::detail::npy_api::get().PyArray_Type_) return false;
        const auto* const array = py::detail::array_proxy(value);
        if (array->nd != 1 || array->descr != double_.ptr()) return false;
        double* const out = row(place, array->dimensions[0]);
        for (py::ssize_t i = 0; i < width_; ++i) {
            std::memcpy(out + i, array->data + i * array->strides[0], sizeof(double));
        }
        return true;
    }
    /// Floats and small ints, which no code of Python's is needed for. False if there is more.
    static bool set_plain(const Items& items, double* out) {
        for (std::size_t i = 0; i < items.size(); ++i) {
            PyObject* const item = items.data()[i];
            if (PyFloat_CheckExact(item)) {
                out[i] = PyFloat_AS_DOUBLE(item);
                continue;
            }
            if (!PyLong_CheckExact(item)) return false;
            int overflow = 0;
            out[i] = static_cast<double>(PyLong_AsLongLongAndOverflow(item, &overflow));
            if (overflow != 0) return false;
        }
        return true;
    }
    void set_any(const py::object& tuple, double* out) const {
        // The sequence may have changed since its length was asked for.
        if (PyTuple_GET_SIZE(tuple.ptr()) != width_) throw py::value_error("rows differ in length");
        for (py::ssize_t i = 0; i < width_; ++i) {
            out[i] = as_number(PyTuple_GET_ITEM(tuple.ptr(), i));
        }
    }

    py::ssize_t length_;
    NewArray<double> array_;
    py::ssize_t width_;
    bool plain_;
    py::dtype double_ =
        py::dtype::of<double>();  // of this machine's byte order, an object of its own
};

/// What a dict says of the value, an index; -1 if it does not know it.
class Indices final : public ValueSink {
public:
    Indices(std::size_t length, py::dict index)
        : index_(std::move(index)), array_({static_cast<py::ssize_t>(length)}) {
        make_table(sparsest * length + least_numbers);
    }
    void set(std::size_t place, const py::object& value) override {
        std::int64_t number = 0;
        if (whole_number(value.ptr(), &number) && 0 <= number && number < numbers()) {
            array_.values()[place] = table_[static_cast<std::size_t>(number)];
            return;
        }
        const py::object found = value_of(index_.ptr(), value.ptr());
        array_.values()[place] = found ? index_in(found.ptr()) : -1;
    }
    py::object finish() override { return array_.object(); }

private:
    // A table may have so many numbers for each row that asks, and so many in any case.
    static constexpr std::size_t sparsest = 16, least_numbers = 1024;

    static std::int64_t index_in(PyObject* value) {
        const std::int64_t index = PyLong_AsLongLong(value);
        if (index == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
        return index;
    }
    [[nodiscard]] std::int64_t numbers() const { return static_cast<std::int64_t>(table_.size()); }

    /// Where all values are small whole numbers, as ids are in most files: what the dict says of
    /// each number that is less than the table's length.
    void make_table(std::size_t most) {
        std::vector<std::pair<std::int64_t, std::int64_t>> entries;
        std::int64_t length = 0;
        PyObject *key = nullptr, *value = nullptr;
        py::ssize_t at = 0;
        while (PyDict_Next(index_.ptr(), &at, &key, &value) != 0) {
            std::int64_t number = 0, index = 0;
            if (!whole_number(key, &number) || !whole_number(value, &index)) return;
            if (number < 0 || number >= static_cast<std::int64_t>(most)) return;
            entries.emplace_back(number, index);
            length = std::max(length, number + 1);
        }
        table_.assign(static_cast<std::size_t>(length), -1);
        for (const auto& [number, index] : entries)
            table_[static_cast<std::size_t>(number)] = index;
    }

    py::dict index_;
    NewArray<std::int64_t> array_;
    std::vector<std::int64_t> table_;
};

std::unique_ptr<ValueSink> make_column(const py::object& kind, std::size_t length) {
    if (py::isinstance<py::dict>(kind)) return std::make_unique<Indices>(length, kind);
    if (py::isinstance<py::list>(kind)) return std::make_unique<Comparison>(length, kind);
    const auto name = kind.cast<std::string>();
    if (name == "int") return std::make_unique<Exact<std::int64_t>>(length);
    if (name == "float") return std::make_unique<Exact<double>>(length);
    if (name == "object") return std::make_unique<Objects>(length);
    if (name == "number") return std::make_unique<NumberSink>(length);
    if (name == "box") return std::make_unique<NumberRows>(length, 4);
    if (name == "row") return std::make_unique<NumberRows>(length, -1);
    if (name == "plain row") return std::make_unique<NumberRows>(length, -1, true);
    throw py::value_error("'" + name + "' is no kind of column");
}

struct Field {
    py::object key;
    std::unique_ptr<ValueSink> column;
    py::object otherwise;  // nothing: the key must be there
};

void use_keys_of(py::handle row, std::vector<Field>& columns) {
    for (Field& field : columns) field.key = key_in(row.ptr(), field.key);
}

std::vector<Field> read_fields(const py::list& fields, std::size_t length) {
    std::vector<Field> out;
    for (const py::handle item : fields) {
        const auto field = item.cast<py::tuple>();
        py::object otherwise = field.size() > 2 ? py::object(field[2]) : py::object();
        out.push_back({field[0], make_column(field[1], length), std::move(otherwise)});
    }
    return out;
}

void require_dict(py::handle row) {
    if (!PyDict_Check(row.ptr())) throw py::type_error("an annotation is a dict");
}

py::object required(py::handle row, const py::object& key) {
    py::object value = value_of(row.ptr(), key.ptr());
    if (!value) throw py::key_error(py::str(key).cast<std::string>());
    return value;
}

void read_fields_of(py::handle row, std::size_t place, const std::vector<Field>& columns) {
    for (const Field& field : columns) {
        const bool optional = static_cast<bool>(field.otherwise);
        py::object value =
            optional ? value_of(row.ptr(), field.key.ptr()) : required(row, field.key);
        field.column->set(place, value ? value : field.otherwise);
    }
}

py::list finished(const std::vector<Field>& columns) {
    py::list out;
    for (const Field& field : columns) out.append(field.column->finish());
    return out;
}

/// A column for each field: (key, kind) or (key, kind, value where the key is missing).
py::list read_rows(const py::list& rows, const py::list& fields) {
    Visits gathered;
    gathered.add(rows.ptr());
    const std::vector<Visit>& visits = gathered.take();
    std::vector<Field> columns = read_fields(fields, visits.size());
    if (!visits.empty()) use_keys_of(visits.front().row, columns);
    for (const auto& [row, place] : visits) {
        require_dict(row);
        read_fields_of(row, place, columns);
    }
    return finished(columns);
}

/// Whether no row stands there twice.
bool are_distinct(const py::list& rows) {
    const Items items(rows.ptr());
    std::vector<PyObject*> places(items.data(), items.data() + items.size());
    if (!std::is_sorted(places.begin(), places.end(), std::less<>())) {
        std::sort(places.begin(), places.end(), std::less<>());
    }
    return std::adjacent_find(places.begin(), places.end()) == places.end();
}

/// For the rows of all groups whose category is wanted (None: all): what `by_id` has under their
/// id. With fields, their columns too, while the rows are near; None if not all rows are wanted,
/// for then places are others.
py::tuple select_rows(const py::list& groups, const py::object& categories, const py::dict& by_id,
                      const py::list& fields) {
    const py::str id("id"), category_id("category_id");
    Visits gathered;
    for (py::ssize_t g = 0; g < PyList_GET_SIZE(groups.ptr()); ++g) {
        gathered.add(item_of(groups.ptr(), g).cast<py::list>().ptr());
    }
    const std::vector<Visit>& visits = gathered.take();
    std::vector<Field> columns = read_fields(fields, visits.size());
    if (!visits.empty()) use_keys_of(visits.front().row, columns);
    std::vector<py::object> found(visits.size());
    std::size_t length = 0;
    bool is_whole = !fields.empty();
    for (const auto& [row, place] : visits) {
        require_dict(row);
        if (!categories.is_none()) {
            const py::object category = required(row, category_id);
            const int wanted =
                or_sleep([&] { return PyDict_Contains(categories.ptr(), category.ptr()); });
            if (wanted < 0) throw py::error_already_set();
            if (wanted == 0) {
                is_whole = false;
                continue;
            }
        }
        found[place] = required(by_id, required(row, id));
        if (is_whole) {
            require_dict(found[place]);
            read_fields_of(found[place], place, columns);
        }
        ++length;
    }
    py::list out(length);
    py::ssize_t at = 0;
    for (py::object& row : found) {
        if (row) PyList_SET_ITEM(out.ptr(), at++, row.release().ptr());
    }
    return py::make_tuple(out, is_whole ? py::object(finished(columns)) : py::none());
}

/// The list under a key of a dict; a new one if there is none yet.
py::object list_under(const py::dict& lists, const py::object& key) {
    py::object list = value_of(lists.ptr(), key.ptr());
    if (!list) {
        list = py::list();
        set_item(lists, key, list);
    }
    if (!PyList_Check(list.ptr())) throw py::type_error("an index holds lists");
    return list;
}

void append(const py::object& list, const py::object& item) {
    if (PyList_Append(list.ptr(), item.ptr()) < 0) throw py::error_already_set();
}

/// Rows by id, by image, and the images of each category (None: nobody asks), in one pass.
void index_rows(const py::list& rows, const py::dict& by_id, const py::dict& by_image,
                const py::object& by_category) {
    const py::str id("id"), image_id("image_id"), category_id("category_id");
    for (py::ssize_t i = 0; i < PyList_GET_SIZE(rows.ptr()); ++i) {
        const py::object row = item_of(rows.ptr(), i);
        require_dict(row);
        const py::object image = required(row, image_id);
        append(list_under(by_image, image), row);
        if (!by_category.is_none()) {
            append(list_under(by_category.cast<py::dict>(), required(row, category_id)), image);
        }
        set_item(by_id, required(row, id), row);
    }
}

/// a + b, a * b, ... as Python has it.
py::object number(PyObject* result) {
    if (result == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(result);
}

/// The four numbers of a box; false for what is no list or tuple of four exact numbers or more.
bool plain_box(const py::object& bbox, py::object (&box)[4]) {
    if (!Items::readable(bbox.ptr())) return false;
    const Items items(bbox.ptr());
    if (items.size() < 4) return false;
    for (std::size_t k = 0; k < 4; ++k) {
        PyObject* const item = items.data()[k];
        if (!PyFloat_CheckExact(item) && !PyLong_CheckExact(item)) return false;
        box[k] = py::reinterpret_borrow<py::object>(item);
    }
    return true;
}

/// The rectangle as a ring: corners from the upper left one on, down first.
py::object ring_of(const py::object (&box)[4]) {
    const auto& [x, y, w, h] = box;
    const py::object right = number(PyNumber_Add(x.ptr(), w.ptr()));
    const py::object bottom = number(PyNumber_Add(y.ptr(), h.ptr()));
    const py::object* const corners[] = {&x, &y, &x, &bottom, &right, &bottom, &right, &y};
    py::list ring(8), rings(1);
    for (py::ssize_t k = 0; k < 8; ++k) {
        PyList_SET_ITEM(ring.ptr(), k, corners[k]->inc_ref().ptr());
    }
    PyList_SET_ITEM(rings.ptr(), 0, ring.release().ptr());
    return rings;
}

/// Gives results that are boxes what annotations have, in place: a segmentation where there is
/// none, area, id (from 1 on) and iscrowd. Stops before the first row that is not plain; returns
/// its place.
py::ssize_t complete_boxes(const py::list& rows) {
    const py::object segmentation = interned("segmentation"), area = interned("area"),
                     id = interned("id"), iscrowd = interned("iscrowd");
    py::object bbox_key = interned("bbox");
    if (!rows.empty()) bbox_key = key_in(item_of(rows.ptr(), 0).ptr(), bbox_key);
    const py::int_ zero(0);
    for (py::ssize_t i = 0; i < PyList_GET_SIZE(rows.ptr()); ++i) {
        const py::object row = item_of(rows.ptr(), i);
        if (!PyDict_CheckExact(row.ptr())) return i;
        const py::object bbox = value_of(row.ptr(), bbox_key.ptr());
        py::object box[4];
        if (!bbox || !plain_box(bbox, box)) return i;
        const int has = PyDict_Contains(row.ptr(), segmentation.ptr());
        if (has < 0) throw py::error_already_set();
        if (has == 0) set_item(row, segmentation, ring_of(box));
        set_item(row, area, number(PyNumber_Multiply(box[2].ptr(), box[3].ptr())));
        set_item(row, id, py::int_(i + 1));
        set_item(row, iscrowd, zero);
    }
    return PyList_GET_SIZE(rows.ptr());
}

}  // namespace

void bind_rows(py::module_& m) {
    m.def("are_distinct", &are_distinct, py::arg("rows"));
    m.def("index_rows", &index_rows, py::arg("rows"), py::arg("by_id"), py::arg("by_image"),
          py::arg("by_category"));
    m.def("complete_boxes", &complete_boxes, py::arg("rows"));
    m.def("read_rows", &read_rows, py::arg("rows"), py::arg("fields"));
    m.def("select_rows", &select_rows, py::arg("groups"), py::arg("categories"), py::arg("by_id"),
          py::arg("fields"));
}

}  // namespace cocodec::python
