// ErrorCode -> Python exception, once for the whole module.

#include <exception>
#include <new>
#include <stdexcept>

#include "convert.hpp"

namespace cocodec::python {
namespace {

const char* exception_name(ErrorCode code) {
    switch (code) {
        case ErrorCode::bad_coordinate:
        case ErrorCode::has_holes:
            return "PolygonError";
        case ErrorCode::bad_segmentation:
        case ErrorCode::bad_json:
        case ErrorCode::bad_image:
            return "DocumentError";
        default:
            return "RleError";
    }
}

py::object index_or_none(std::int64_t index) {
    return index < 0 ? py::object(py::none()) : py::object(py::int_(index));
}

void raise(const Error& error) {
    std::string message = error.message();
    if (error.item() >= 0) message = "mask " + std::to_string(error.item()) + ": " + message;
    const py::object type =
        py::module_::import("cocodec.errors").attr(exception_name(error.code()));
    const py::object exception = type(message);
    exception.attr("code") = name(error.code());
    exception.attr("item") = index_or_none(error.item());
    exception.attr("offset") = index_or_none(error.offset());
    PyErr_SetObject(type.ptr(), exception.ptr());
}

}  // namespace

std::string shown(py::handle value) {
    constexpr std::size_t longest = 60;
    try {
        std::string text = py::repr(value).cast<std::string>();
        if (text.size() <= longest) return text;
        std::size_t end = longest;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
        return text.substr(0, end) + "...";
    } catch (py::error_already_set&) {  // a repr of somebody else's
        return "a " + type_name(value);
    }
}

void register_errors(py::module_&) {
    // pybind11 says what it takes. NOLINTNEXTLINE(performance-unnecessary-value-param)
    py::register_local_exception_translator([](std::exception_ptr pointer) {
        try {
            if (pointer) std::rethrow_exception(pointer);
        } catch (const Error& error) {
            raise(error);
        } catch (const py::cast_error&) {
            // pybind11 makes a RuntimeError of it, with advice to whoever compiles the module.
            py::set_error(PyExc_TypeError, "an element is of a type that cannot stand there");
        } catch (const std::bad_alloc&) {
            py::set_error(PyExc_MemoryError, no_memory);
        } catch (const std::length_error&) {
            py::set_error(PyExc_MemoryError, no_memory);
        }
    });
}

}  // namespace cocodec::python
