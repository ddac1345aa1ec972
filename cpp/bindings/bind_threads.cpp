// How many threads a call takes by itself, and what one call may make of its input.

#include <string>

#include "cocodec/limits.hpp"
#include "cocodec/threads.hpp"

#include "convert.hpp"
#include "gil.hpp"

namespace cocodec::python {
namespace {

/// Whether this process is a worker of multiprocessing. One that is being spawned unpickles what it
/// is to do, and imports us for that, before it says who its parent is: it is inheriting then.
bool is_worker() {
    const py::dict modules = py::module_::import("sys").attr("modules");
    if (!modules.contains("multiprocessing.process")) return false;
    const py::object process = modules["multiprocessing.process"];
    if (!process.attr("parent_process")().is_none()) return true;
    const py::object self = process.attr("current_process")();
    return py::bool_(py::getattr(self, "_inheriting", py::bool_(false)));
}

/// A whole number from 0 on, of at most 63 bits; `expected` says what it stands for.
std::uint64_t as_count(const py::object& value, const std::string& what,
                       const std::string& expected) {
    const bool whole = PyIndex_Check(value.ptr()) != 0;
    int overflow = 0;
    long long number = -1;
    if (whole) {
        const auto index = py::reinterpret_steal<py::object>(
            or_sleep([&] { return PyNumber_Index(value.ptr()); }));
        if (!index) throw py::error_already_set();
        number = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
    }
    if (number >= 0) return static_cast<std::uint64_t>(number);
    const std::string message = what + " is " + shown(value) + ", expected " + expected;
    if (!whole) throw py::type_error(message);
    throw py::value_error(message);
}

void set_num_threads(const py::object& n) {
    set_thread_limit(
        as_count(n, "the number of threads", "0 (as many as the process may use) or more"));
}

py::dict get_limits() {
    const Limits now = limits();
    py::dict out;
    out["columns"] = now.columns;
    out["masks"] = now.masks;
    out["box_pixels"] = now.box_pixels;
    out["pixels"] = now.pixels;
    out["document"] = now.document;
    return out;
}

void change_limits(const py::object& columns, const py::object& masks, const py::object& box_pixels,
                   const py::object& pixels, const py::object& document) {
    Limits now = limits();
    const auto change = [](std::uint64_t& limit, const char* name, const py::object& value) {
        if (!value.is_none()) limit = as_count(value, name, "a whole number from 0 on");
    };
    change(now.columns, "columns", columns);
    change(now.masks, "masks", masks);
    change(now.box_pixels, "box_pixels", box_pixels);
    change(now.pixels, "pixels", pixels);
    change(now.document, "document", document);
    set_limits(now);
}

}  // namespace

void bind_threads(py::module_& m) {
    if (is_worker()) declare_worker();
    m.def("set_num_threads", &set_num_threads, py::arg("n"),
          "Limit what threads=0 stands for in this process; 0: as many as the process may use.");
    m.def("get_num_threads", &automatic_threads, "What threads=0 stands for in this process.");
    m.def("usable_processors", &usable_processors,
          "Processors that this process may use, by its affinity and the quota of its cgroups.");
    m.def("get_limits", &get_limits, "What one call may make of its input.");
    m.def("set_limits", &change_limits, py::kw_only(), py::arg("columns") = py::none(),
          py::arg("masks") = py::none(), py::arg("box_pixels") = py::none(),
          py::arg("pixels") = py::none(), py::arg("document") = py::none(),
          "Change what one call may make of its input, and how large a file may be:\n\n"
          "columns     columns that rings cross, and runs that masks gain\n"
          "masks       masks of a dense stack\n"
          "box_pixels  pixels of the box of a mask whose boundary is taken\n"
          "pixels      pixels of a picture that is read from a file or written to one\n"
          "document    bytes of a document that is held whole\n\n"
          "The environment variable COCODEC_LIMITS sets them for new processes: "
          "\"pixels=4000000,document=1000000000\".");
}

}  // namespace cocodec::python
