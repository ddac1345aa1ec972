// Python's rings and boxes -> runs. Rings are read into flat arrays; then the GIL is free.

#include <algorithm>
#include <optional>

#include "cocodec/polygon.hpp"
#include "cocodec/threads.hpp"

#include "convert.hpp"
#include "ring_reader.hpp"

namespace cocodec::python {
namespace {

// Masks that are handed over together: about half a millisecond of work.
constexpr std::size_t masks_at_a_time = 512;

/// How many threads work beside the reading one; with few masks the rasteriser splits them itself.
std::size_t helper_count(std::size_t masks, int threads) {
    if (threads == 1 || masks < 8 * masks_at_a_time) return 0;
    const std::size_t wanted =
        threads > 0 ? static_cast<std::size_t>(threads) : automatic_threads();
    return std::min(wanted - 1, masks / masks_at_a_time);
}

/// Rasterises what `read(first, last)` lets the reader read; nothing where that gives false.
template <class Read>
std::optional<Runs> rasterized(RingReader& reader, const Size* size, int threads,
                               const Read& read) {
    const std::size_t n = reader.size(), helpers = helper_count(n, threads);
    if (helpers == 0) {
        if (!read(std::size_t{0}, n)) return std::nullopt;
        const Rings rings = reader.take();
        return build([&] { return from_rings(rings.view(size), threads); });
    }
    // Lists can only be read one after another: the other threads rasterise what has been read.
    RingPipeline pipeline(size, helpers);
    Rings next;
    for (std::size_t first = 0; first < n; first += masks_at_a_time) {
        if (!read(first, std::min(n, first + masks_at_a_time))) return std::nullopt;
        next = pipeline.add(reader.take(std::move(next)));
    }
    return build([&] { return pipeline.finish(); });
}

/// Rings as the reference reads them: half a point at the end of a ring is left out.
Runs from_polygons(const py::sequence& polygons, const Array<std::int64_t>& sizes, int threads) {
    RingReader reader(polygons);
    require_length(sizes.shape(0), reader.size(), "sizes");
    const auto read = [&](std::size_t first, std::size_t last) {
        reader.read(first, last);
        return true;
    };
    // `read` never says no. NOLINTNEXTLINE(bugprone-unchecked-optional-access)
    return *rasterized(reader, as_sizes(sizes), threads, read);
}

/// The same if all masks are lists of plain rings: of whole points, and none that looks like runs.
/// None otherwise: `parse_segmentation` reads those, or says what is wrong with them.
py::object from_plain_rings(const py::sequence& polygons, const Array<std::int64_t>& sizes,
                            int threads) {
    RingReader reader(polygons);
    require_length(sizes.shape(0), reader.size(), "sizes");
    const Size* const size = as_sizes(sizes);
    const auto read = [&](std::size_t first, std::size_t last) {
        return reader.read_plain(first, last, size);
    };
    std::optional<Runs> made = rasterized(reader, size, threads, read);
    if (!made) return py::none();
    return py::cast(std::move(*made));
}

Runs from_box_array(const Array<double>& boxes, const Array<std::int64_t>& sizes, int threads) {
    const Box* box = as_boxes(boxes);
    const Size* size = as_sizes(sizes);
    const auto n = static_cast<std::size_t>(boxes.shape(0));
    require_length(sizes.shape(0), n, "sizes");
    return build([&] { return from_boxes(box, size, n, threads); });
}

}  // namespace

void bind_polygon(py::module_& m) {
    m.def("from_polygons", &from_polygons, py::arg("polygons"), py::arg("sizes"),
          py::arg("threads") = 0);
    m.def("from_plain_rings", &from_plain_rings, py::arg("polygons"), py::arg("sizes"),
          py::arg("threads") = 0);
    m.def("from_boxes", &from_box_array, py::arg("boxes"), py::arg("sizes"),
          py::arg("threads") = 0);
}

}  // namespace cocodec::python
