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

}  // namespace cocodec
