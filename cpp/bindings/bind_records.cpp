// Records of documents: their values, ids and keys, and their texts made anew.

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cocodec/json_split.hpp"
#include "records.hpp"
#include "whole.hpp"

#include <pybind11/stl.h>

namespace cocodec::python {
namespace {

using Which = Array<std::int32_t>;
using Spans = Array<std::int64_t>;

py::array_t<std::int64_t> new_spans(std::size_t n) {
    return py::array_t<std::int64_t>({static_cast<py::ssize_t>(n), py::ssize_t{2}});
}

py::array_t<std::int64_t> spans_of(const std::vector<Span>& spans) {
    py::array_t<std::int64_t> out = new_spans(spans.size());
    std::copy(spans.begin(), spans.end(), reinterpret_cast<Span*>(out.mutable_data()));
    return out;
}

py::array_t<std::int64_t> array_of(const std::vector<std::int64_t>& values) {
    return py::array_t<std::int64_t>(static_cast<py::ssize_t>(values.size()), values.data());
}

std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
}

/// nullptr for None: all rows belong to one part.
const std::int32_t* as_parts(const std::optional<Which>& parts, std::size_t n) {
    if (!parts) return nullptr;
    require_length(parts->size(), n, "parts");
    for (std::size_t i = 0; i < n; ++i) {
        if (parts->data()[i] >= 0) continue;
        throw Error(ErrorCode::bad_shape,
                    "the part is " + std::to_string(parts->data()[i]) + ", expected 0 or more",
                    static_cast<std::int64_t>(i));
    }
    return parts->data();
}

/// (k, n) kinds and (k, n, 2) places of the values of k keys.
py::tuple find_values(const Rows& rows, const std::vector<std::string>& keys, int threads) {
    const auto k = static_cast<py::ssize_t>(keys.size());
    const auto n = static_cast<py::ssize_t>(rows.size());
    py::array_t<std::uint8_t> kinds({k, n});
    py::array_t<std::int64_t> places({k, n, py::ssize_t{2}});
    auto* kinds_out = reinterpret_cast<JsonKind*>(kinds.mutable_data());
    auto* places_out = reinterpret_cast<Span*>(places.mutable_data());
    {
        const WithoutGil without;
        cocodec::find_values(rows.view(), views_of(keys), places_out, kinds_out, threads);
    }
    return py::make_tuple(kinds, places);
}

/// The kinds of values; 0 where there is nothing.
py::array_t<std::uint8_t> value_kinds(const Rows& rows) {
    py::array_t<std::uint8_t> kinds(static_cast<py::ssize_t>(rows.size()));
    std::uint8_t* out = kinds.mutable_data();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string_view value = rows.view()[i];
        *out++ = value.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(json_kind(value));
    }
    return kinds;
}

/// Whether values are spelled the same, pair by pair; what is nowhere is like what is nowhere.
py::array_t<std::uint8_t> equal_values(const Rows& a, const Rows& b) {
    require_length(static_cast<py::ssize_t>(b.size()), a.size(), "b");
    py::array_t<std::uint8_t> equal(static_cast<py::ssize_t>(a.size()));
    std::uint8_t* out = equal.mutable_data();
    const WithoutGil without;
    for (std::size_t i = 0; i < a.size(); ++i) {
        *out++ = static_cast<std::uint8_t>(a.view()[i] == b.view()[i]);
    }
    return equal;
}

py::list count_keys(const Rows& rows, int threads) {
    std::vector<KeyCount> counts;
    {
        const WithoutGil without;
        counts = cocodec::count_keys(rows.view(), threads);
    }
    py::list out;
    for (const KeyCount& count : counts) {
        out.append(py::make_tuple(as_str(count.key), count.records));
    }
    return out;
}

/// Writes values into `out`, which has one number (or row of numbers) for each; returns whether
/// every value is such.
bool parse_numbers(const Rows& rows, const py::array& out) {
    if ((out.flags() & py::array::c_style) == 0 || out.ndim() < 1 || out.ndim() > 2) {
        throw Error(ErrorCode::bad_shape, "out must be an array of one or two axes in C order");
    }
    require_length(out.shape(0), rows.size(), "out");
    const bool lists = out.ndim() == 2;
    const auto width = lists ? static_cast<std::size_t>(out.shape(1)) : 1;
    void* data = const_cast<py::array&>(out).mutable_data();
    const bool integers = py::isinstance<py::array_t<std::int64_t>>(out);
    if ((integers && lists) || (!integers && !py::isinstance<py::array_t<double>>(out))) {
        throw py::type_error("out must be int64 (one axis) or float64");
    }
    const WithoutGil without;
    if (integers) return parse_integers(rows.view(), static_cast<std::int64_t*>(data));
    if (lists) return parse_lists(rows.view(), width, static_cast<double*>(data));
    return parse_doubles(rows.view(), static_cast<double*>(data));
}

/// The pieces one behind the other, with `between` between any two.
py::bytes gather(const Rows& rows) {
    const std::size_t size = gathered_size(rows.view());
    auto out = py::reinterpret_steal<py::bytes>(
        PyBytes_FromStringAndSize(nullptr, static_cast<py::ssize_t>(size)));
    if (!out) throw py::error_already_set();
    char* data = PyBytes_AS_STRING(out.ptr());
    run(size >= many_pixels, [&] { cocodec::gather(rows.view(), data); });
    return out;
}

/// One JSON list of the values; null where there is nothing.
py::bytes join_values(const Rows& rows) {
    std::string out("[");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i > 0) out.push_back(',');
        const std::string_view value = rows.view()[i];
        out.append(value.empty() ? std::string_view("null") : value);
    }
    out.push_back(']');
    return py::bytes(out);
}

py::array_t<std::int64_t> list_elements(const py::object& list) {
    const Bytes bytes(list);
    return spans_of(cocodec::list_elements(bytes.text()));
}

/// [((begin, end) of the key with its quotes, (begin, end) of the value), ...]
py::list object_members(const py::object& object) {
    const Bytes bytes(object);
    std::vector<MemberPlace> members;
    run(bytes.text().size() >= many_pixels,
        [&] { members = cocodec::object_members(bytes.text()); });
    py::list out;
    for (const MemberPlace& member : members) {
        out.append(py::make_tuple(py::make_tuple(member.key.begin, member.key.end),
                                  py::make_tuple(member.value.begin, member.value.end)));
    }
    return out;
}

py::tuple pair_of(Span span) {
    return py::make_tuple(span.begin, span.end);
}

/// [((begin, end) of the key, (begin, end) of the value, (n, 2) of the elements if it is a list
/// that was asked for, else None), ...]; None of what is not sure to be a JSON object.
py::object split_object(const py::object& object, const std::vector<std::string>& lists) {
    const Bytes bytes(object);
    std::optional<std::vector<SplitMember>> members;
    run(bytes.text().size() >= many_pixels,
        [&] { members = cocodec::split_object(bytes.text(), views_of(lists)); });
    if (!members) return py::none();
    py::list out;
    for (SplitMember& member : *members) {
        py::object elements = py::none();
        if (member.elements) elements = spans_of(*member.elements);
        member.elements.reset();  // copied
        out.append(py::make_tuple(pair_of(member.key), pair_of(member.value), elements));
    }
    return out;
}

/// (n, 2) of the elements; None of what is not sure to be a JSON list.
py::object split_list(const py::object& list) {
    const Bytes bytes(list);
    std::optional<std::vector<Span>> elements;
    run(bytes.text().size() >= many_pixels, [&] { elements = cocodec::split_list(bytes.text()); });
    if (!elements) return py::none();
    return spans_of(*elements);
}

py::bytes spaced_json(const py::object& json) {
    const Bytes bytes(json);
    return py::bytes(cocodec::spaced_json(bytes.text()));
}

/// Whether lists are spaced as what is put into their records.
py::array_t<std::uint8_t> match_spacing(const Rows& records, const Rows& lists) {
    require_length(static_cast<py::ssize_t>(lists.size()), records.size(), "lists");
    py::array_t<std::uint8_t> alike(static_cast<py::ssize_t>(records.size()));
    std::uint8_t* const out = alike.mutable_data();
    const WithoutGil without;
    cocodec::match_spacing(records.view(), lists.view(), out);
    return alike;
}

/// What edits are made of: keys, for each (text of its values, from which byte on they are spliced
/// in as they are), and (k, n, 2) places in these texts.
py::tuple edit_records(const Rows& rows, const std::vector<std::string>& keys,
                       const py::list& values, const Spans& places, int threads) {
    require_length(static_cast<py::ssize_t>(values.size()), keys.size(), "values");
    std::deque<Bytes> texts;
    EditsView edits{views_of(keys), {}, reinterpret_cast<const Span*>(places.data())};
    for (const py::handle value : values) {
        const auto [text, verbatim_from] = value.cast<std::pair<py::object, std::int64_t>>();
        const std::string_view json = texts.emplace_back(text).text();
        if (verbatim_from < 0 || verbatim_from > static_cast<std::int64_t>(json.size())) {
            throw Error(ErrorCode::bad_shape,
                        "values are spliced in as they are from byte " +
                            std::to_string(verbatim_from) + " on, their text has " +
                            std::to_string(json.size()),
                        static_cast<std::int64_t>(edits.values.size()));
        }
        edits.values.push_back({json, verbatim_from});
    }
    if (places.ndim() != 3 || places.shape(2) != 2) {
        throw Error(ErrorCode::bad_shape, "places must have shape (k, n, 2)");
    }
    require_length(places.shape(0), keys.size(), "places");
    require_length(places.shape(1), rows.size(), "places of a key");
    for (std::size_t i = 0; i < keys.size() * rows.size(); ++i) {
        if (edits.places[i].found()) {
            require_inside(edits.places[i], edits.values[i / rows.size()].text, i);
        } else {
            require_nothing(edits.places[i], i);
        }
    }
    EditedRecords made;
    {
        const WithoutGil without;
        made = cocodec::edit_records(rows.view(), edits, threads);
    }
    py::list out;
    for (std::string& text : made.texts) {
        out.append(py::bytes(text));
        std::string().swap(text);  // copied: freed before the next one is
    }
    const Which which(static_cast<py::ssize_t>(made.which.size()), made.which.data());
    return py::make_tuple(out, which, spans_of(made.spans));
}

IdIndex make_index(const Rows& rows, const std::optional<Which>& parts) {
    const std::int32_t* part = as_parts(parts, rows.size());
    const WithoutGil without;
    return IdIndex(rows.view(), part);
}

py::array_t<std::int64_t> match(const IdIndex& index, const Rows& rows,
                                const std::optional<Which>& parts, int threads) {
    const std::int32_t* part = as_parts(parts, rows.size());
    py::array_t<std::int64_t> out(static_cast<py::ssize_t>(rows.size()));
    std::int64_t* data = out.mutable_data();
    const WithoutGil without;
    index.match(rows.view(), part, data, threads);
    return out;
}

py::list duplicates(const IdIndex& index) {
    py::list out;
    for (const std::vector<std::int64_t>& rows : index.duplicates()) out.append(array_of(rows));
    return out;
}

void bind_index(py::module_& m) {
    py::class_<IdIndex>(m, "IdIndex", "Rows by id.")
        .def(py::init(&make_index), py::arg("ids"), py::arg("parts"))
        .def("positions",
             [](const IdIndex& index, const py::bytes& id) {
                 return array_of(index.positions(std::string_view(id)));
             })
        .def("match", &match, py::arg("ids"), py::arg("parts"), py::arg("threads") = 0)
        .def("duplicates", &duplicates);
    forbid_empty_objects(m.attr("IdIndex"));
}

}  // namespace

void bind_records(py::module_& m) {
    py::class_<Rows>(m, "Rows", "Records (or values) in several texts, for the length of a call.")
        .def(py::init<const py::list&, Which, Spans>(), py::arg("texts"), py::arg("which"),
             py::arg("spans"))
        .def("__len__", &Rows::size);
    forbid_empty_objects(m.attr("Rows"));
    m.def("find_values", &find_values, py::arg("rows"), py::arg("keys"), py::arg("threads") = 0);
    m.def("value_kinds", &value_kinds, py::arg("rows"));
    m.def("equal_values", &equal_values, py::arg("a"), py::arg("b"));
    m.def("count_keys", &count_keys, py::arg("rows"), py::arg("threads") = 0);
    m.def("parse_numbers", &parse_numbers, py::arg("rows"), py::arg("out"));
    m.def("gather", &gather, py::arg("rows"));
    m.def("join_values", &join_values, py::arg("rows"));
    m.def("list_elements", &list_elements, py::arg("list"));
    m.def("object_members", &object_members, py::arg("object"));
    m.def("split_object", &split_object, py::arg("object"), py::arg("lists"));
    m.def("split_list", &split_list, py::arg("list"));
    m.def("match_spacing", &match_spacing, py::arg("records"), py::arg("lists"));
    m.def("spaced_json", &spaced_json, py::arg("json"));
    m.def("edit_records", &edit_records, py::arg("rows"), py::arg("keys"), py::arg("values"),
          py::arg("places"), py::arg("threads") = 0);
    bind_index(m);
}

}  // namespace cocodec::python
