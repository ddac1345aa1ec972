// Giving up the GIL, and taking it back in a process that may be ending. The only way in which
// bindings do either: pybind11's own guards end the process where these wait.
//
// Up to Python 3.13 a daemon thread that asks for the GIL while the interpreter is being finalised
// is ended by pthread_exit, which glibc carries out by unwinding the stack as if for an exception.
// A destructor is noexcept, so that the unwinding aborts the process in pybind11's guards; and
// where it did not, the frames above would give back Python objects without the GIL. Asking
// beforehand whether Python is being finalised helps nobody who is waiting already, and would stop
// the thread that finalises as well. So the unwinding is caught where it begins, and the thread
// sleeps until the process is gone, as Python 3.14 has it. Where pthread_exit does not unwind
// (musl, macOS, Windows), the thread just ends.
#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <thread>

namespace cocodec::python {

namespace py = pybind11;

/// Calls into Python what may end the thread: what asks for the GIL, and what may run code of
/// Python's, in which the thread is ended just so. Only calls of C functions that throw nothing.
template <class Call>
auto or_sleep(const Call& call) noexcept {
    try {
        return call();
    } catch (...) {
        for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
    }
}

/// callable(*args, **named), which may be anybody's code.
inline py::object call_python(const py::object& callable, const py::tuple& args = py::tuple(),
                              const py::dict& named = py::dict()) {
    PyObject* const result =
        or_sleep([&] { return PyObject_Call(callable.ptr(), args.ptr(), named.ptr()); });
    if (result == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(result);
}

/// No GIL as long as it lives.
class WithoutGil {
public:
    WithoutGil() noexcept : state_(PyEval_SaveThread()) {}
    ~WithoutGil() {
        or_sleep([this] { PyEval_RestoreThread(state_); });
    }
    WithoutGil(const WithoutGil&) = delete;
    WithoutGil& operator=(const WithoutGil&) = delete;

private:
    PyThreadState* state_;
};

/// The GIL, taken in code that a function without it has called.
class WithGil {
public:
    WithGil() noexcept : state_(or_sleep([] { return PyGILState_Ensure(); })) {}
    ~WithGil() { PyGILState_Release(state_); }
    WithGil(const WithGil&) = delete;
    WithGil& operator=(const WithGil&) = delete;

private:
    PyGILState_STATE state_;
};

}  // namespace cocodec::python
