// Python's rings and boxes -> runs. Rings are read into flat arrays; then the GIL is free.

#include <algorithm>
#include <thread>

#include "cocodec/polygon.hpp"

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
        threads > 0 ? static_cast<std::size_t>(threads) : std::thread::hardware_concurrency();
    return wanted == 0 ? 0 : std::min(wanted - 1, masks / masks_at_a_time);
}

Runs from_polygons(const py::sequence& polygons, const Array<std::int64_t>& sizes, int threads) {
    RingReader reader(polygons);
    require_length(sizes.shape(0), reader.size(), "sizes");
    const Size* size = as_sizes(sizes);
    const std::size_t n = reader.size(), helpers = helper_count(n, threads);
    if (helpers == 0) {
        reader.read(0, n);
        const Rings rings = reader.take();
        return build([&] { return from_rings(rings.view(size), threads); });
    }
    // Lists can only be read one after another: the other threads rasterise what has been read.
    RingPipeline pipeline(size, helpers);
    Rings next;
    for (std::size_t first = 0; first < n; first += masks_at_a_time) {
        reader.read(first, std::min(n, first + masks_at_a_time));
        next = pipeline.add(reader.take(std::move(next)));
    }
    return build([&] { return pipeline.finish(); });
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
    m.def("from_boxes", &from_box_array, py::arg("boxes"), py::arg("sizes"),
          py::arg("threads") = 0);
}

}  // namespace cocodec::python
