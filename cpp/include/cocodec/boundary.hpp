// The boundary of a mask: its pixels that lie near its edge, as the boundary IoU API has it.
#pragma once

#include <cstdint>

#include "cocodec/rle.hpp"

namespace cocodec {

/// How wide the boundary is in an image of this size: the ratio of its diagonal, rounded half to
/// even, at least 1 pixel.
std::int64_t boundary_width(Size size, double dilation_ratio);

/// One mask for each: the foreground pixels that have background, or the outside of the image, at
/// most `boundary_width` rows and columns away. O(pixels of the bounding box / 64 + runs). Throws
/// Error{bad_coordinate} unless the ratio is a number from 0 on.
RleArray boundaries(RleArrayView masks, double dilation_ratio, int threads = 1);

}  // namespace cocodec
