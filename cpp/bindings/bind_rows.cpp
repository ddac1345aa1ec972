// Dicts of annotations -> columns, in one pass: a dict that was made long ago is far away in
// memory, so that going there once for each key would cost more than everything that is done with
// it.

#include <memory>
#include <string>
#include <vector>

#include "convert.hpp"
#include "ring_reader.hpp"

namespace cocodec::python {
namespace {

/// A value of a dict; nothing if there is none.
py::object value_of(PyObject* dict, PyObject* key) {
#if PY_VERSION_HEX >= 0x030D0000
    PyObject* value = nullptr;
    if (PyDict_GetItemRef(dict, key, &value) < 0) throw py::error_already_set();
#else
    PyObject* value = PyDict_GetItemWithError(dict, key);
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

double as_number(PyObject* value) {
    if (PyFloat_CheckExact(value)) return PyFloat_AS_DOUBLE(value);
    if (PyUnicode_Check(value) || PyBytes_Check(value)) throw py::type_error("a text is no number");
    const double number = PyFloat_AsDouble(value);
    if (number == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
    return number;
}

class Column {
public:
    virtual ~Column() = default;
    virtual void add(const py::object& value) = 0;
    virtual py::object finish() = 0;
};

class Objects final : public Column {
public:
    void add(const py::object& value) override { list_.append(value); }
    py::object finish() override { return list_; }

private:
    py::list list_;
};

template <class T>
py::array_t<T> as_array(const std::vector<T>& values) {
    return py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

class Numbers final : public Column {
public:
    void add(const py::object& value) override { values_.push_back(as_number(value.ptr())); }
    py::object finish() override { return as_array(values_); }

private:
    std::vector<double> values_;
};

/// As many numbers each as the first has, or as `width` says.
class Rows final : public Column {
public:
    explicit Rows(py::ssize_t width) : width_(width) {}
    void add(const py::object& value) override {
        const bool readable = Items::readable(value.ptr());
        const py::object sequence = readable ? value : as_tuple(value);
        const Items items(sequence.ptr());
        const auto length = static_cast<py::ssize_t>(items.size());
        if (width_ < 0) width_ = length;
        if (length != width_) throw py::value_error("rows differ in length");
        if (!add_plain(items)) add_any(as_tuple(sequence));
        ++length_;
    }
    py::object finish() override {
        return as_array(values_).reshape({length_, width_ < 0 ? 0 : width_});
    }

private:
    static py::object as_tuple(const py::object& value) {
        PyObject* const tuple = PySequence_Tuple(value.ptr());
        if (tuple == nullptr) throw py::error_already_set();
        return py::reinterpret_steal<py::object>(tuple);
    }
    /// Floats and small ints, which no code of Python's is needed for. False if there is more.
    bool add_plain(const Items& items) {
        const std::size_t begin = values_.size();
        for (std::size_t i = 0; i < items.size(); ++i) {
            PyObject* const item = items.data()[i];
            int overflow = 0;
            if (PyFloat_CheckExact(item)) {
                values_.push_back(PyFloat_AS_DOUBLE(item));
            } else if (PyLong_CheckExact(item)) {
                const long long number = PyLong_AsLongLongAndOverflow(item, &overflow);
                values_.push_back(static_cast<double>(number));
            }
            if (values_.size() == begin + i || overflow != 0) {
                values_.resize(begin);
                return false;
            }
        }
        return true;
    }
    void add_any(const py::object& tuple) {
        for (py::ssize_t i = 0; i < width_; ++i) {
            values_.push_back(as_number(PyTuple_GET_ITEM(tuple.ptr(), i)));
        }
    }

    py::ssize_t width_, length_ = 0;
    std::vector<double> values_;
};

/// What a dict says of the value, an index; -1 if it does not know it.
class Indices final : public Column {
public:
    explicit Indices(py::dict index) : index_(std::move(index)) {}
    void add(const py::object& value) override {
        const py::object found = value_of(index_.ptr(), value.ptr());
        values_.push_back(found ? found.cast<std::int64_t>() : -1);
    }
    py::object finish() override { return as_array(values_); }

private:
    py::dict index_;
    std::vector<std::int64_t> values_;
};

std::unique_ptr<Column> make_column(const py::object& kind) {
    if (py::isinstance<py::dict>(kind)) return std::make_unique<Indices>(kind);
    const auto name = kind.cast<std::string>();
    if (name == "object") return std::make_unique<Objects>();
    if (name == "number") return std::make_unique<Numbers>();
    if (name == "box") return std::make_unique<Rows>(4);
    if (name == "row") return std::make_unique<Rows>(-1);
    throw py::value_error("'" + name + "' is no kind of column");
}

struct Field {
    py::object key;
    std::unique_ptr<Column> column;
    py::object otherwise;  // nothing: the key must be there
};

std::vector<Field> read_fields(const py::list& fields) {
    std::vector<Field> out;
    for (const py::handle item : fields) {
        const auto field = item.cast<py::tuple>();
        py::object otherwise = field.size() > 2 ? py::object(field[2]) : py::object();
        out.push_back({field[0], make_column(field[1]), std::move(otherwise)});
    }
    return out;
}

void require_dict(const py::object& row) {
    if (!PyDict_Check(row.ptr())) throw py::type_error("an annotation is a dict");
}

py::object required(const py::object& row, const py::object& key) {
    py::object value = value_of(row.ptr(), key.ptr());
    if (!value) throw py::key_error(py::str(key).cast<std::string>());
    return value;
}

/// A column for each field: (key, kind) or (key, kind, value where the key is missing).
py::list read_rows(const py::list& rows, const py::list& fields) {
    std::vector<Field> columns = read_fields(fields);
    for (py::ssize_t i = 0; i < PyList_GET_SIZE(rows.ptr()); ++i) {
        const py::object row = item_of(rows.ptr(), i);
        require_dict(row);
        for (const Field& field : columns) {
            const bool optional = static_cast<bool>(field.otherwise);
            py::object value =
                optional ? value_of(row.ptr(), field.key.ptr()) : required(row, field.key);
            field.column->add(value ? value : field.otherwise);
        }
    }
    py::list out;
    for (const Field& field : columns) out.append(field.column->finish());
    return out;
}

/// For the rows of all groups whose category is wanted (None: all): what `by_id` has under their
/// id.
py::list select_rows(const py::list& groups, const py::object& categories, const py::dict& by_id) {
    const py::str id("id"), category_id("category_id");
    py::list out;
    for (py::ssize_t g = 0; g < PyList_GET_SIZE(groups.ptr()); ++g) {
        const auto group = item_of(groups.ptr(), g).cast<py::list>();
        for (py::ssize_t i = 0; i < PyList_GET_SIZE(group.ptr()); ++i) {
            const py::object row = item_of(group.ptr(), i);
            require_dict(row);
            if (!categories.is_none()) {
                const py::object category = required(row, category_id);
                const int wanted = PyDict_Contains(categories.ptr(), category.ptr());
                if (wanted < 0) throw py::error_already_set();
                if (wanted == 0) continue;
            }
            out.append(required(by_id, required(row, id)));
        }
    }
    return out;
}

}  // namespace

void bind_rows(py::module_& m) {
    m.def("read_rows", &read_rows, py::arg("rows"), py::arg("fields"));
    m.def("select_rows", &select_rows, py::arg("groups"), py::arg("categories"), py::arg("by_id"));
}

}  // namespace cocodec::python
