// What C callers pass -> the views of the core, checked (floor 1c, private). Behind these functions
// every pointer, length, offset and run can be relied on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>

#include "cocodec/cocodec.h"
#include "cocodec/dense.hpp"
#include "cocodec/error.hpp"
#include "cocodec/polygon.hpp"
#include "cocodec/positions.hpp"
#include "cocodec/rle.hpp"
#include "cocodec/setops.hpp"

namespace cocodec::c {

/// A call that no input could justify; becomes COCODEC_BAD_ARGUMENT.
class Misuse : public std::exception {
public:
    explicit Misuse(std::string message) : message_(std::move(message)) {}
    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

private:
    std::string message_;
};

template <class T>
const T& require(const T* pointer, const char* what) {
    if (pointer != nullptr) return *pointer;
    std::string message(what);
    message += " is NULL";
    throw Misuse(std::move(message));
}

/// An array of `n` values: NULL only where there are none.
template <class T>
T* require_array(T* pointer, std::size_t n, const char* what) {
    if (n > 0) require(pointer, what);
    return pointer;
}

inline std::size_t require_length(std::int64_t length, const char* what) {
    if (length >= 0) return static_cast<std::size_t>(length);
    std::string message(what);
    message += " is ";
    message += std::to_string(length);
    throw Misuse(std::move(message));
}

/// Offsets of `length` items among `limit` values; no items need no offsets.
const std::int64_t* require_offsets(const std::int64_t* offsets, std::size_t length,
                                    std::int64_t limit, const char* what);

/// Checks everything but the runs.
RleArrayView shape_of(const cocodec_masks* masks);
/// Checks the runs too.
RleArrayView view(const cocodec_masks* masks);
RingsView view(const cocodec_rings* rings);
PositionsView view(const cocodec_positions* positions);
/// Groups of `n` masks.
GroupsView view(const cocodec_groups* groups, std::size_t n);
SetOp operation(std::int32_t operation);
ScoreType type_of(const cocodec_scores& scores);

inline const Size* sizes(const cocodec_size* sizes, std::size_t n) {
    static_assert(sizeof(Size) == sizeof(cocodec_size));
    return reinterpret_cast<const Size*>(require_array(sizes, n, "sizes"));
}

/// `Stack` is cocodec_dense, cocodec_scores or cocodec_target.
template <class Byte, class Stack>
Dense<Byte> dense(const Stack* stack, const char* what) {
    const Stack& from = require(stack, what);
    const std::size_t length = require_length(from.length, "length");
    const Size size{from.size.height, from.size.width};
    validate(size);
    require_array(from.data, size.area() > 0 ? length : 0, "data");
    return {from.data,
            length,
            size,
            static_cast<std::ptrdiff_t>(from.mask_stride),
            static_cast<std::ptrdiff_t>(from.row_stride),
            static_cast<std::ptrdiff_t>(from.column_stride)};
}

struct BoxesView {
    const Box* boxes;
    std::size_t length;
};

inline BoxesView view(const cocodec_boxes* boxes, const char* what) {
    static_assert(sizeof(Box) == sizeof(cocodec_box));
    const cocodec_boxes& from = require(boxes, what);
    const std::size_t length = require_length(from.length, "length");
    return {reinterpret_cast<const Box*>(require_array(from.boxes, length, "boxes")), length};
}

}  // namespace cocodec::c
