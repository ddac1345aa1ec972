// Masks moved, turned and scaled, without their pixels ever being written out. The cost of each
// grows with the runs that go in and come out.
#pragma once

#include <cstdint>

#include "cocodec/rle.hpp"

namespace cocodec {

enum class Flip {
    horizontal,  ///< left and right change places
    vertical     ///< top and bottom change places
};

/// The mirror image of each mask.
RleArray flip(RleArrayView masks, Flip direction, int threads = 1);

/// Rows become columns: pixel (y, x) goes to (x, y).
RleArray transpose(RleArrayView masks, int threads = 1);

/// Turned by 90 degrees counterclockwise, `times` times (any sign), as numpy.rot90 does it.
RleArray rotate90(RleArrayView masks, std::int64_t times, int threads = 1);

/// A rectangle of pixels: column and row of its top left corner (any sign), and its size.
struct Window {
    std::int64_t x = 0, y = 0;
    Size size;
};

/// What each mask's window shows; what lies outside of the image is background. One window for each
/// mask. Throws Error{bad_size}, Error{bad_shape} beyond +-2^40, Error{bad_run} where a run of
/// the result does not fit 32 bits.
RleArray crop(RleArrayView masks, const Window* windows, int threads = 1);

enum class ResizeRule {
    nearest,  ///< the pixel that holds the centre of the new one: floor((x + 1/2) w / W), exactly
    area      ///< foreground where more than half of the new pixel's area is, exactly
};

/// Each mask scaled to its size. Throws Error{bad_size}, also where a mask without pixels is to get
/// some.
RleArray resize(RleArrayView masks, const Size* sizes, ResizeRule rule, int threads = 1);

/// From a pixel (x, y) of the new mask to a place in the old one: xx x + xy y + x0, yx x + yy y +
/// y0, whole numbers being the centres of pixels.
struct Affine {
    double xx, xy, x0, yx, yy, y0;
};

/// Each new pixel is what the old mask has at the nearest pixel, floor(place + 1/2); what lies
/// outside is background. Places are computed as (xx x + x0) + xy y, in doubles. One map and one
/// size for each mask. Throws Error{bad_size}, and Error{bad_option} for a map that is not of
/// finite numbers up to 2^30. Cost: for each new column, the old columns with foreground that it
/// crosses.
RleArray warp_affine(RleArrayView masks, const Affine* maps, const Size* sizes, int threads = 1);

}  // namespace cocodec
