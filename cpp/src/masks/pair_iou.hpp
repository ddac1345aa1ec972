// The IoU of two masks that were measured before: for whoever compares each with few others.
#pragma once

#include <cstdint>

#include "cocodec/rle.hpp"

namespace cocodec {

/// A mask with its area.
struct MeasuredMask {
    RleView mask;
    std::uint64_t area;
};

/// Whether the boxes of two masks have a pixel in common.
[[nodiscard]] bool boxes_meet(const Box& a, const Box& b) noexcept;

/// The very double that `iou` gives for a detection and a ground truth whose boxes meet. O(runs).
[[nodiscard]] double pair_iou(const MeasuredMask& dt, const MeasuredMask& gt, bool is_crowd);

}  // namespace cocodec
