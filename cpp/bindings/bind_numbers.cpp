// Columns of numbers and of lists of numbers, read from JSON text and printed to it.

#include <optional>
#include <utility>

#include "cocodec/number_lists.hpp"
#include "cocodec/plain_rings.hpp"
#include "convert.hpp"
#include "records.hpp"
#include "taken.hpp"

#include <pybind11/stl.h>

namespace cocodec::python {
namespace {

/// (values, offsets of lists, offsets of rows, spellings)
py::tuple read_numbers(const Rows& values, int depth) {
    NumberLists found;
    {
        const WithoutGil without;
        found = read_number_lists(values.view(), depth);
    }
    return py::make_tuple(taken<double>(std::move(found.values)),
                          taken<std::int64_t>(std::move(found.lists)),
                          taken<std::int64_t>(std::move(found.rows)),
                          taken<std::uint8_t>(std::move(found.spellings)));
}

/// (text, spans) of rows; the offsets are None where there are no lists.
py::tuple print_numbers(const Array<double>& values,
                        const std::optional<Array<std::int64_t>>& lists,
                        const std::optional<Array<std::int64_t>>& rows,
                        const Array<std::uint8_t>& spellings) {
    NumberListsView view;
    view.values = values.data();
    view.count = static_cast<std::size_t>(values.size());
    view.spellings = reinterpret_cast<const NumberSpelling*>(spellings.data());
    view.length = static_cast<std::size_t>(spellings.size());
    if (rows && !lists) throw Error(ErrorCode::bad_shape, "rows need lists");
    if (lists) {
        if (lists->size() < 1) throw Error(ErrorCode::bad_shape, "lists must not be empty");
        view.lists = lists->data();
        view.list_count = static_cast<std::size_t>(lists->size()) - 1;
    }
    if (rows) view.rows = rows->data();
    const py::ssize_t rows_given = rows    ? rows->size() - 1
                                   : lists ? lists->size() - 1
                                           : values.size();
    require_length(rows_given, view.length, "the offsets");
    Buffer<char> text;
    Buffer<Span> spans;
    {
        const WithoutGil without;
        print_number_lists(view, text, spans);
    }
    const auto n = static_cast<py::ssize_t>(spans.size());
    return py::make_tuple(py::bytes(text.data(), text.size()),
                          py::array_t<std::int64_t>({n, py::ssize_t{2}},
                                                    reinterpret_cast<std::int64_t*>(spans.data())));
}

/// (areas, boxes (n, 4)), or None where nobody measured.
py::object measures_of(const PlainRings& found, bool measured) {
    if (!measured) return py::none();
    const auto n = static_cast<py::ssize_t>(found.measures.size());
    py::array_t<double> areas(n), boxes({n, py::ssize_t{4}});
    for (std::size_t i = 0; i < found.measures.size(); ++i) {
        areas.mutable_data()[i] = found.measures[i].area;
        reinterpret_cast<Box*>(boxes.mutable_data())[i] = found.measures[i].bbox;
    }
    return py::make_tuple(areas, boxes);
}

/// (shapes, offsets, sums, spans in the rows' texts, habits (m, 3), measures)
py::tuple plain_rings(const Rows& values, bool measured) {
    PlainRings found;
    {
        const WithoutGil without;
        found = find_plain_rings(values.view(), measured);
        // From places in each row to places in its text.
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto start = values.view().spans[i].begin;
            for (auto k = found.offsets.data()[i]; k < found.offsets.data()[i + 1]; ++k) {
                found.spans.data()[k].begin += start;
                found.spans.data()[k].end += start;
            }
        }
    }
    const auto rings = static_cast<py::ssize_t>(found.spans.size());
    static_assert(sizeof(RingHabit) == 3);
    const py::array_t<std::int64_t> spans({rings, py::ssize_t{2}},
                                          reinterpret_cast<std::int64_t*>(found.spans.data()));
    const py::array_t<std::uint8_t> habits({rings, py::ssize_t{3}},
                                           reinterpret_cast<std::uint8_t*>(found.habits.data()));
    return py::make_tuple(
        taken<std::uint8_t>(std::move(found.shapes)), taken<std::int64_t>(std::move(found.offsets)),
        taken<double>(std::move(found.sums)), spans, habits, measures_of(found, measured));
}

/// One mask each, of its own size, of rings that `plain_rings` found: without the brackets of their
/// list.
Runs rasterize_plain_rings(const Rows& values, const Array<std::int64_t>& sizes, int threads) {
    const Size* const size = as_sizes(sizes);
    require_length(sizes.shape(0), values.size(), "sizes");
    const WithoutGil without;
    return Runs(cocodec::rasterize_plain_rings(values.view(), size, threads));
}

}  // namespace

void bind_numbers(py::module_& m) {
    m.def("read_numbers", &read_numbers, py::arg("values"), py::arg("depth"));
    m.def("plain_rings", &plain_rings, py::arg("values"), py::arg("measured"));
    m.def("rasterize_plain_rings", &rasterize_plain_rings, py::arg("values"), py::arg("sizes"),
          py::arg("threads") = 0);
    m.def("print_numbers", &print_numbers, py::arg("values"), py::arg("lists"), py::arg("rows"),
          py::arg("spellings"));
}

}  // namespace cocodec::python
