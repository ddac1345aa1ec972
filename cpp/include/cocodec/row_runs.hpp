// Masks whose runs follow rows, as most tools have them, against COCO's, which follow columns; and
// masks of a patch of an image against masks of the image.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/rle.hpp"

namespace cocodec {

/// Rows and columns exchanged: the runs of the transposed mask are those of the mask read row by
/// row. O(runs + columns that they touch), or for masks of very many runs O(pixels).
RleArray transpose(RleArrayView masks, int threads = 0);

/// The upper left pixel of a patch in its image; may lie outside.
struct PatchPlace {
    std::int64_t left = 0, top = 0;
};

/// Each mask at its place in an image of its size; pixels outside of that are left out.
/// Throws Error{bad_size}. O(runs + columns of the patches).
RleArray place(RleArrayView patches, const PatchPlace* places, const Size* sizes);

/// The part of each mask that its window shows, which must lie inside (Error{bad_shape}).
/// O(runs + columns of the windows).
RleArray crop(RleArrayView masks, const PatchPlace* places, const Size* windows);

}  // namespace cocodec
