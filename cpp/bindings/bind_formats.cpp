// What the formats around COCO need of the core: walks over pixel centres, runs along rows,
// patches, brush streams, lines of numbers.

#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cocodec/brush.hpp"
#include "cocodec/centres.hpp"
#include "cocodec/polygon.hpp"
#include "cocodec/row_text.hpp"
#include "cocodec/transform.hpp"

#include "convert.hpp"
#include "gil.hpp"
#include "taken.hpp"

namespace cocodec::python {
namespace {

/// Offsets into `count` values: first 0, never falling, all of the values.
void check_offsets(const Array<std::int64_t>& offsets, py::ssize_t count) {
    const auto n = offsets.size();
    bool good = n > 0 && offsets.data()[0] == 0 && offsets.data()[n - 1] == count;
    for (py::ssize_t i = 1; good && i < n; ++i) good = offsets.data()[i - 1] <= offsets.data()[i];
    if (!good) throw Error(ErrorCode::bad_shape, "the offsets do not fit the values");
}

/// (xy, offsets, links, how many pixels the links of each walk paint beyond its mask)
py::tuple trace_walks(const Runs& runs, int threads) {
    CentreWalks walks;
    Buffer<std::int64_t> painted;
    painted.resize(runs.size());
    {
        const WithoutGil without;
        walks = trace_centres(runs.view(), threads);
        count_link_pixels(runs.view(), walks, painted.data());
    }
    return py::make_tuple(taken(std::move(walks.xy)), taken(std::move(walks.offsets)),
                          taken(std::move(walks.links)), taken(std::move(painted)));
}

Runs fill_walks(const Array<std::int32_t>& xy, const Array<std::int64_t>& offsets,
                const Array<std::int64_t>& sizes, const std::optional<Array<std::uint8_t>>& links,
                int threads) {
    if (xy.size() % 2 != 0) throw Error(ErrorCode::bad_shape, "points come in pairs");
    check_offsets(offsets, xy.size() / 2);
    if (links) require_length(links->size(), static_cast<std::size_t>(xy.size() / 2), "links");
    const Size* size = as_sizes(sizes);
    require_length(sizes.shape(0), static_cast<std::size_t>(offsets.size() - 1), "sizes");
    return build([&] {
        return fill_centres(xy.data(), offsets.data(), size,
                            static_cast<std::size_t>(offsets.size() - 1), threads,
                            links ? links->data() : nullptr);
    });
}

Runs fill_shared(const Array<double>& shares, const Array<std::int64_t>& begins,
                 const Array<std::int64_t>& lengths, const Array<std::int64_t>& sizes,
                 int threads) {
    const auto n = static_cast<std::size_t>(begins.size());
    require_length(lengths.size(), n, "lengths");
    const Size* size = as_sizes(sizes);
    require_length(sizes.shape(0), n, "sizes");
    for (std::size_t i = 0; i < n; ++i) {
        const std::int64_t begin = begins.data()[i], length = lengths.data()[i];
        if (begin >= 0 && length >= 0 && length % 2 == 0 && begin <= shares.size() - length)
            continue;
        throw Error(ErrorCode::bad_shape, "the offsets do not fit the values");
    }
    return build([&] {
        return fill_shares({shares.data(), begins.data(), lengths.data(), size, n}, threads);
    });
}

Runs rasterise(const Array<double>& xy, const Array<std::int64_t>& rings,
               const Array<std::int64_t>& masks, const Array<std::int64_t>& sizes, int threads) {
    if (xy.size() % 2 != 0) throw Error(ErrorCode::bad_shape, "points come in pairs");
    check_offsets(rings, xy.size() / 2);
    check_offsets(masks, rings.size() - 1);
    const Size* size = as_sizes(sizes);
    require_length(sizes.shape(0), static_cast<std::size_t>(masks.size() - 1), "sizes");
    return build([&] {
        return from_rings({xy.data(), rings.data(), masks.data(), size,
                           static_cast<std::size_t>(masks.size() - 1)},
                          threads);
    });
}

Runs decode_brushes(const std::vector<py::bytes>& streams, const Array<std::int64_t>& sizes,
                    std::uint32_t threshold) {
    const Size* size = as_sizes(sizes);
    require_length(sizes.shape(0), streams.size(), "sizes");
    std::vector<std::string_view> views;
    views.reserve(streams.size());
    for (const py::bytes& stream : streams) views.emplace_back(std::string_view(stream));
    return build([&] {
        RleArray out;
        for (std::size_t i = 0; i < views.size(); ++i) {
            const auto* data = reinterpret_cast<const std::uint8_t*>(views[i].data());
            try {
                out.append(decode_brush(data, views[i].size(), size[i], threshold).view());
            } catch (const Error& error) {
                throw error.at(static_cast<std::int64_t>(i));
            }
        }
        return out;
    });
}

py::list encode_brushes(const Runs& runs) {
    std::vector<Buffer<std::uint8_t>> streams(runs.size());
    {
        const WithoutGil without;
        for (std::size_t i = 0; i < runs.size(); ++i) encode_brush(runs.view()[i], streams[i]);
    }
    py::list out;
    for (const Buffer<std::uint8_t>& stream : streams) {
        out.append(py::bytes(reinterpret_cast<const char*>(stream.data()), stream.size()));
    }
    return out;
}

/// (values, offsets, files, line numbers, tails)
py::tuple read_lines(const py::bytes& text, const Array<std::int64_t>& begins,
                     const std::string& word, int threads) {
    const std::string_view view(text);
    check_offsets(begins, static_cast<py::ssize_t>(view.size()));
    NumberLines lines;
    {
        const WithoutGil without;
        lines = read_number_lines(view, begins.data(), static_cast<std::size_t>(begins.size() - 1),
                                  word, threads);
    }
    return py::make_tuple(taken(std::move(lines.values)), taken(std::move(lines.offsets)),
                          taken(std::move(lines.files)), taken(std::move(lines.numbers)),
                          taken(std::move(lines.tails)));
}

void check_decimals(const Array<std::uint8_t>& decimals, std::size_t lines) {
    require_length(decimals.size(), lines, "decimals");
    for (py::ssize_t i = 0; i < decimals.size(); ++i) {
        if (decimals.data()[i] > 17) throw Error(ErrorCode::bad_option, "at most 17 decimals");
    }
}

/// (text, where each line ends)
py::tuple print_lines(const Array<double>& values, const Array<std::int64_t>& offsets,
                      const Array<std::uint8_t>& decimals, bool upwards, int threads) {
    check_offsets(offsets, values.size());
    const auto lines = static_cast<std::size_t>(offsets.size() - 1);
    check_decimals(decimals, lines);
    Buffer<char> text;
    Buffer<std::int64_t> ends;
    {
        const WithoutGil without;
        print_number_lines(values.data(), offsets.data(), lines, {decimals.data(), upwards}, text,
                           ends, threads);
    }
    return py::make_tuple(py::bytes(text.data(), text.size()), taken(std::move(ends)));
}

/// (text, where each line ends). The parameters are Python's.
/// NOLINTNEXTLINE(readability-function-size)
py::tuple print_rings(const Array<std::int64_t>& classes, const Array<double>& xy,
                      const Array<std::int64_t>& offsets, const Array<std::int64_t>& sizes,
                      const Array<std::uint8_t>& decimals, bool upwards, int threads) {
    if (xy.size() % 2 != 0) throw Error(ErrorCode::bad_shape, "points come in pairs");
    check_offsets(offsets, xy.size() / 2);
    const auto lines = static_cast<std::size_t>(offsets.size() - 1);
    const RingLines rings{classes.data(), xy.data(), offsets.data(), as_sizes(sizes), lines};
    require_length(classes.size(), lines, "classes");
    require_length(sizes.shape(0), lines, "sizes");
    check_decimals(decimals, lines);
    Buffer<char> text;
    Buffer<std::int64_t> ends;
    {
        const WithoutGil without;
        print_ring_lines(rings, {decimals.data(), upwards}, text, ends, threads);
    }
    return py::make_tuple(py::bytes(text.data(), text.size()), taken(std::move(ends)));
}

using SpanArray = Array<std::int64_t>;

/// (text, spans): columns are pairs of a text and its (n, 2) spans, or None for all of it.
py::tuple weave(const std::vector<std::pair<py::bytes, std::optional<SpanArray>>>& columns,
                std::size_t rows, const py::bytes& separator) {
    std::vector<TextColumn> views;
    for (const auto& [text, spans] : columns) {
        TextColumn view{std::string_view(text), nullptr};
        if (spans) {
            if (spans->ndim() != 2 || spans->shape(1) != 2) {
                throw Error(ErrorCode::bad_shape, "spans must have shape (n, 2)");
            }
            require_length(spans->shape(0), rows, "spans");
            view.spans = reinterpret_cast<const Span*>(spans->data());
            const auto length = static_cast<std::int64_t>(view.text.size());
            for (std::size_t i = 0; i < rows; ++i) {
                const auto [begin, end] = view.spans[i];
                if (begin >= 0 && begin <= end && end <= length) continue;
                throw Error(ErrorCode::bad_shape, "a span lies outside of its text");
            }
        }
        views.push_back(view);
    }
    const std::size_t size = woven_size(views, rows, separator);
    auto text = py::reinterpret_steal<py::bytes>(
        PyBytes_FromStringAndSize(nullptr, static_cast<py::ssize_t>(size)));
    if (!text) throw py::error_already_set();
    Buffer<std::int64_t> spans;
    spans.resize(2 * rows);
    const std::string_view between(separator);
    char* const out = PyBytes_AS_STRING(text.ptr());
    {
        const WithoutGil without;
        weave_rows(views, rows, between, out, reinterpret_cast<Span*>(spans.data()));
    }
    return py::make_tuple(
        text, taken(std::move(spans), {static_cast<py::ssize_t>(rows), py::ssize_t{2}}));
}

}  // namespace

void bind_formats(py::module_& m) {
    m.def("trace_centres", &trace_walks, py::arg("runs"), py::arg("threads") = 0);
    m.def("fill_centres", &fill_walks, py::arg("xy"), py::arg("offsets"), py::arg("sizes"),
          py::arg("links") = py::none(), py::arg("threads") = 0);
    m.def("fill_shares", &fill_shared, py::arg("shares"), py::arg("begins"), py::arg("lengths"),
          py::arg("sizes"), py::arg("threads") = 0);
    m.def("from_rings", &rasterise, py::arg("xy"), py::arg("ring_offsets"), py::arg("mask_offsets"),
          py::arg("sizes"), py::arg("threads") = 0);
    m.def("decode_brushes", &decode_brushes, py::arg("streams"), py::arg("sizes"),
          py::arg("threshold") = 1);
    m.def("encode_brushes", &encode_brushes, py::arg("runs"));
    m.def("read_number_lines", &read_lines, py::arg("text"), py::arg("begins"), py::arg("word"),
          py::arg("threads") = 0);
    m.def("print_number_lines", &print_lines, py::arg("values"), py::arg("offsets"),
          py::arg("decimals"), py::arg("upwards") = false, py::arg("threads") = 0);
    m.def("print_ring_lines", &print_rings, py::arg("classes"), py::arg("xy"), py::arg("offsets"),
          py::arg("sizes"), py::arg("decimals"), py::arg("upwards") = false,
          py::arg("threads") = 0);
    m.def("weave_rows", &weave, py::arg("columns"), py::arg("rows"), py::arg("separator"));
}

}  // namespace cocodec::python
