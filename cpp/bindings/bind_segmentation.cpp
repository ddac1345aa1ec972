// Records of a document.

#include "convert.hpp"

namespace cocodec::python {

void bind_segmentation(py::module_&) {}

}  // namespace cocodec::python
