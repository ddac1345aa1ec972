// Arrays of other libraries, by the DLPack protocol, as numpy arrays over the same memory.
//
// numpy's own from_dlpack knows no bfloat16 and, in older versions, no arrays that must not be
// written. The structures are those of the protocol (dmlc.github.io/dlpack, versions 0 and 1).

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "convert.hpp"
#include "gil.hpp"

namespace cocodec::python {
namespace {

struct DlDevice {
    std::int32_t type, id;
};

struct DlType {
    std::uint8_t code, bits;
    std::uint16_t lanes;
};

struct DlTensor {
    void* data;
    DlDevice device;
    std::int32_t ndim;
    DlType dtype;
    std::int64_t* shape;
    std::int64_t* strides;  // in items; nullptr: C order
    std::uint64_t byte_offset;
};

struct DlManaged {
    static constexpr const char* fresh = "dltensor";
    static constexpr const char* used = "used_dltensor";
    DlTensor tensor;
    void* context;
    void (*deleter)(DlManaged*);
};

struct DlVersioned {
    static constexpr const char* fresh = "dltensor_versioned";
    static constexpr const char* used = "used_dltensor_versioned";
    std::uint32_t major, minor;
    void* context;
    void (*deleter)(DlVersioned*);
    std::uint64_t flags;
    DlTensor tensor;
};

/// Memory that the processor can read: its own, and what CUDA and ROCm pinned for it.
bool is_host(int device) {
    return device == 1 || device == 3 || device == 11;
}

void require_host(const py::object& producer) {
    const auto device = call_python(producer.attr("__dlpack_device__")).cast<py::tuple>();
    const int type = py::int_(device[0]).cast<int>();
    if (is_host(type)) return;
    throw py::type_error("masks lie on a device (DLPack type " + std::to_string(type) +
                         "); copy them to the host first, with .cpu() in torch or .get() in cupy");
}

/// numpy's name for a type; bfloat16, which numpy lacks, as uint16.
std::string dtype_name(DlType type) {
    const std::string bytes = std::to_string(type.bits / 8);
    if (type.lanes == 1 && type.bits % 8 == 0 && type.bits > 0) {
        if (type.code == 0) return "i" + bytes;
        if (type.code == 1) return "u" + bytes;
        if (type.code == 2) return "f" + bytes;
        if (type.code == 4 && type.bits == 16) return "u2";
        if (type.code == 6 && type.bits == 8) return "?";
    }
    throw py::type_error("masks have DLPack type " + std::to_string(type.code) + " of " +
                         std::to_string(type.bits) + " bits; cast them to bool or uint8 first");
}

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::bad_shape, "masks come as a DLPack tensor " + what);
}

constexpr std::int64_t most_bytes = std::numeric_limits<py::ssize_t>::max();

/// a * b, which must be a distance in memory.
std::int64_t product(std::int64_t a, std::int64_t b) {
    if (a < -most_bytes || b < -most_bytes || (a != 0 && std::abs(b) > most_bytes / std::abs(a))) {
        refuse("that is larger than memory can be");
    }
    return a * b;
}

/// Nothing of a foreign tensor is believed that can be checked: how long its memory is, only its
/// producer knows.
void require_sound(const DlTensor& tensor) {
    if (tensor.ndim < 0 || tensor.ndim > 64) {
        refuse("of " + std::to_string(tensor.ndim) + " axes");
    }
    if (tensor.ndim > 0 && tensor.shape == nullptr) refuse("without a shape");
    bool empty = false;
    for (std::int32_t axis = 0; axis < tensor.ndim; ++axis) {
        if (tensor.shape[axis] < 0) {
            refuse("with " + std::to_string(tensor.shape[axis]) + " items on axis " +
                   std::to_string(axis));
        }
        empty = empty || tensor.shape[axis] == 0;
    }
    if (tensor.data == nullptr && !empty) {
        refuse(
            "that has elements, but its data pointer is NULL; the library that made it has no "
            "memory for it (was it freed?)");
    }
}

/// The memory of a tensor as an array that keeps `owner` alive.
py::array as_array(const DlTensor& tensor, const py::object& owner) {
    require_sound(tensor);
    const py::dtype dtype(dtype_name(tensor.dtype));
    const auto axes = static_cast<std::size_t>(tensor.ndim);
    std::vector<py::ssize_t> shape(tensor.shape, tensor.shape + axes), strides(axes);
    std::int64_t step = dtype.itemsize(), reach = 0;
    for (std::size_t axis = axes; axis-- > 0;) {
        strides[axis] =
            tensor.strides != nullptr ? product(tensor.strides[axis], dtype.itemsize()) : step;
        step = product(step, std::max<std::int64_t>(shape[axis], 1));
        const std::int64_t last = std::max<std::int64_t>(shape[axis], 1) - 1;
        const std::int64_t length = std::abs(product(strides[axis], last));
        if (length > most_bytes - reach) refuse("that is larger than memory can be");
        reach += length;
    }
    if (tensor.data == nullptr) return {dtype, std::move(shape), std::move(strides)};
    return {dtype, std::move(shape), std::move(strides),
            static_cast<const std::uint8_t*>(tensor.data) + tensor.byte_offset, owner};
}

/// Takes the tensor out of a capsule; who gets it calls its deleter.
template <class Managed>
py::tuple take(const py::object& capsule) {
    auto* const managed =
        static_cast<Managed*>(PyCapsule_GetPointer(capsule.ptr(), Managed::fresh));
    if (managed == nullptr || PyCapsule_SetName(capsule.ptr(), Managed::used) != 0) {
        throw py::error_already_set();
    }
    const py::capsule owner(managed, [](void* pointer) {
        auto* const tensor = static_cast<Managed*>(pointer);
        if (tensor->deleter != nullptr) tensor->deleter(tensor);
    });
    if constexpr (requires { managed->major; }) {
        if (managed->major != 1) {
            throw py::type_error("masks come as DLPack version " + std::to_string(managed->major) +
                                 ", expected 1");
        }
    }
    const bool bfloat16 = managed->tensor.dtype.code == 4;
    return py::make_tuple(as_array(managed->tensor, owner), bfloat16);
}

/// The capsule of a producer, in version 1 of the protocol if it knows that.
py::object capsule_of(const py::object& producer) {
    const py::object method = producer.attr("__dlpack__");
    try {
        py::dict named;
        named["max_version"] = py::make_tuple(1, 0);
        return call_python(method, py::tuple(), named);
    } catch (const py::error_already_set& error) {
        if (!error.matches(PyExc_TypeError)) throw;
    }
    return call_python(method);
}

py::tuple from_dlpack(const py::object& producer) {
    require_host(producer);
    const py::object capsule = capsule_of(producer);
    if (PyCapsule_IsValid(capsule.ptr(), DlVersioned::fresh) != 0) {
        return take<DlVersioned>(capsule);
    }
    return take<DlManaged>(capsule);
}

}  // namespace

void bind_dlpack(py::module_& m) {
    m.def("from_dlpack", &from_dlpack, py::arg("producer"));
}

}  // namespace cocodec::python
