// The extension module cocodec._core: its table of contents.

#include "cocodec/cocodec.h"
#include "cocodec/isa.hpp"
#include "convert.hpp"

#include <pybind11/stl.h>

namespace cocodec::python {

void bind_runs(py::module_& m);          // the batch itself: from_runs, take, concatenate, equal
void bind_dense(py::module_& m);         // encode, decode
void bind_dlpack(py::module_& m);        // arrays of other libraries
void bind_coco(py::module_& m);          // from_coco, to_coco
void bind_polygon(py::module_& m);       // from_polygons, from_boxes
void bind_trace(py::module_& m);         // trace, to_polygons
void bind_setops(py::module_& m);        // combine, pairwise, complement
void bind_morphology(py::module_& m);    // flip, crop, resize, dilate, ...
void bind_measures(py::module_& m);      // moments, perimeter, contains, ...
void bind_iou(py::module_& m);           // iou, box_iou
void bind_overlap(py::module_& m);       // overlap, nms, soft_nms
void bind_label_map(py::module_& m);     // from_label_map, paint_labels
void bind_records(py::module_& m);       // records of a document: values, ids, edits
void bind_segmentation(py::module_& m);  // masks of records
void bind_json_stream(py::module_& m);   // long JSON in pieces
void bind_evaluation(py::module_& m);    // detections against ground truth
void bind_panoptic(py::module_& m);      // pixels that segments share
void bind_numbers(py::module_& m);       // columns of numbers and their text
void bind_rows(py::module_& m);          // dicts of annotations -> columns
void bind_arrow(py::module_& m);         // masks as Arrow columns, and back
void bind_threads(py::module_& m);       // how many threads, and what one call may make
void bind_formats(py::module_& m);       // formats around COCO: walks, rows, patches, brushes
void bind_pycocotools(py::module_& m);   // the functions of cocodec.pycocotools

}  // namespace cocodec::python

// Needs no lock of the interpreter. One interpreter in a process can load it: numpy, which it
// needs, can no more.
PYBIND11_MODULE(_core, m, pybind11::mod_gil_not_used(),
                pybind11::multiple_interpreters::not_supported()) {
    using namespace cocodec::python;
    m.doc() = "The C++ core of cocodec. Private: use the names that the package cocodec exports.";
    m.attr("__version__") = COCODEC_VERSION;
    m.def("isas", &cocodec::isas, "Instruction sets that can be used here, best last.");
    m.def("isa", &cocodec::isa, "The instruction set in use.");
    m.attr("_C_API") = pybind11::capsule(cocodec_get_api(), "cocodec._core._C_API");
    register_errors(m);
    bind_runs(m);
    bind_dense(m);
    bind_dlpack(m);
    bind_coco(m);
    bind_polygon(m);
    bind_trace(m);
    bind_setops(m);
    bind_morphology(m);
    bind_measures(m);
    bind_iou(m);
    bind_overlap(m);
    bind_label_map(m);
    bind_records(m);
    bind_segmentation(m);
    bind_json_stream(m);
    bind_evaluation(m);
    bind_panoptic(m);
    bind_numbers(m);
    bind_rows(m);
    bind_arrow(m);
    bind_threads(m);
    bind_formats(m);
    bind_pycocotools(m);
}
