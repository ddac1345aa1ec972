// Python's rings and boxes -> runs. Rings are read into flat arrays; then the GIL is free.

#include "cocodec/polygon.hpp"

#include "convert.hpp"
#include "ring_reader.hpp"

namespace cocodec::python {
namespace {

Runs from_polygons(const py::sequence& polygons, const Array<std::int64_t>& sizes, int threads) {
    RingReader reader(polygons);
    require_length(sizes.shape(0), reader.size(), "sizes");
    const Size* size = as_sizes(sizes);
    reader.read();
    return build([&] { return from_rings(reader.view(size), threads); });
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
