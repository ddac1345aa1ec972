// Masks from the pixels where they change, as they are found on a GPU.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/rle.hpp"

namespace cocodec {

/// Positions x * height + y of the pixels that differ from the one before them, down the columns
/// and from column to column, rising within each mask; before pixel 0 is background. Mask i has the
/// positions offsets[i] .. offsets[i + 1] - 1.
struct PositionsView {
    const std::int64_t* positions = nullptr;
    const std::int64_t* offsets = nullptr;  ///< length + 1 values, never falling
    std::size_t length = 0;                 ///< number of masks
};

/// One mask for each of `sizes`. O(positions). Throws Error{bad_size}, Error{bad_shape} for
/// positions that do not rise or lie outside of their image, Error{bad_run} where a run does not
/// fit 32 bits.
RleArray from_positions(const PositionsView& changes, const Size* sizes);

}  // namespace cocodec
