// Small masks of scores, as networks give one for each box, brought into their images.
#pragma once

#include <cstddef>

#include "cocodec/rle.hpp"

namespace cocodec {

/// A stack of n grids of scores: that of mask i at row y and column x is
/// values[(i * height + y) * width + x].
struct ScoreGrids {
    const float* values = nullptr;
    Size size;  ///< of each grid
    std::size_t length = 0;
};

/// Each grid stretched over its box and cut at `threshold`: pixel (x, y) of the image is
/// foreground where the grid, read at the pixel's centre with bilinear interpolation (cells have
/// their values at their centres, and what lies outside of the grid is 0), is at least `threshold`.
/// That is what detectron2's paste_masks_in_image computes, here in doubles. Boxes of no width or
/// height give empty masks. One box and one size of an image for each grid. Throws Error{bad_size},
/// Error{bad_coordinate} for boxes that are not of finite numbers up to 2^30, and Error{bad_option}
/// unless the threshold is above 0. O(pixels of the boxes inside of their images).
RleArray paste(const ScoreGrids& grids, const Box* boxes, const Size* sizes, double threshold,
               int threads = 1);

}  // namespace cocodec
