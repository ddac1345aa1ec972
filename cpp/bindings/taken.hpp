// Arrays over what the core has made: no copy, the array owns the buffer from then on.
#pragma once

#include <pybind11/numpy.h>

#include <memory>
#include <type_traits>
#include <utility>

#include "cocodec/buffer.hpp"

namespace cocodec::python {

/// An array of this shape over `buffer`; of `Out`, where numpy has no name for T (an enumeration).
template <class Out = void, class T>
auto taken(Buffer<T> buffer, pybind11::array::ShapeContainer shape) {
    using To = std::conditional_t<std::is_void_v<Out>, T, Out>;
    static_assert(sizeof(To) == sizeof(T));
    auto kept = std::make_unique<Buffer<T>>(std::move(buffer));
    const auto* const data = reinterpret_cast<const To*>(kept->data());
    const pybind11::capsule owner(kept.get(), [](void* p) { delete static_cast<Buffer<T>*>(p); });
    static_cast<void>(kept.release());
    return pybind11::array_t<To>(std::move(shape), data, owner);
}

/// One array of all values.
template <class Out = void, class T>
auto taken(Buffer<T> buffer) {
    const auto n = static_cast<pybind11::ssize_t>(buffer.size());
    return taken<Out>(std::move(buffer), {n});
}

}  // namespace cocodec::python
