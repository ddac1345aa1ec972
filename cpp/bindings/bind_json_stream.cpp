// Long JSON in pieces: the values that are whole in a piece.

#include "cocodec/json_stream.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cocodec/json_split.hpp"
#include "convert.hpp"

namespace cocodec::python {
namespace {

constexpr std::size_t no_limit = static_cast<std::size_t>(-1);

py::tuple as_tuple(const Stretch& stretch) {
    py::array_t<std::int64_t> spans(
        {static_cast<py::ssize_t>(stretch.values.size()), py::ssize_t{2}});
    static_assert(sizeof(Span) == 2 * sizeof(std::int64_t));
    std::copy(stretch.values.begin(), stretch.values.end(),
              reinterpret_cast<Span*>(spans.mutable_data()));
    return py::make_tuple(spans, stretch.at, stretch.closed);
}

/// (spans (n, 2), index behind them, whether the list has ended).
py::tuple split_values(const py::bytes& text, py::ssize_t at, bool first, bool last, bool lines) {
    const std::string_view whole(text);
    StretchStart start{static_cast<std::size_t>(at), first, last, Separator::comma};
    if (at < 0 || start.at > whole.size()) throw Error(ErrorCode::bad_shape, "at lies outside");
    if (lines) start.separator = Separator::space;
    Stretch stretch;
    {
        const WithoutGil without;
        stretch = cocodec::split_values(whole, start, no_limit);
    }
    return as_tuple(stretch);
}

/// The same of a list's elements that are sure to be JSON, up to the first that is not.
py::tuple split_sure_values(const py::bytes& text, py::ssize_t at, bool first) {
    const std::string_view whole(text);
    StretchStart start{static_cast<std::size_t>(at), first};
    if (at < 0 || start.at > whole.size()) throw Error(ErrorCode::bad_shape, "at lies outside");
    Stretch stretch;
    {
        const WithoutGil without;
        stretch = cocodec::split_sure_values(whole, start);
    }
    return as_tuple(stretch);
}

std::size_t whole_value(const py::bytes& text, py::ssize_t at, bool last) {
    const std::string_view whole(text);
    if (at < 0 || static_cast<std::size_t>(at) > whole.size()) {
        throw Error(ErrorCode::bad_shape, "at lies outside");
    }
    const WithoutGil without;
    return cocodec::whole_value(whole, static_cast<std::size_t>(at), last);
}

}  // namespace

void bind_json_stream(py::module_& m) {
    m.def("split_values", &split_values, py::arg("text"), py::arg("at"), py::arg("first"),
          py::arg("last"), py::arg("lines"));
    m.def("split_sure_values", &split_sure_values, py::arg("text"), py::arg("at"),
          py::arg("first"));
    m.def("whole_value", &whole_value, py::arg("text"), py::arg("at"), py::arg("last"));
}

}  // namespace cocodec::python
