// The bit stream of Label Studio's brush <-> masks, without the RGBA image that it describes.
//
// Most significant bit first: the number of values (32 bits), bits of a value - 1 (5), bits of the
// four kinds of lengths - 1 (4 each); then chunks of one bit (1: a value repeated, 0: values one
// after the other), the kind of length (2), the length - 1, and the value or values. The values are
// red, green, blue and alpha of each pixel, row by row; alpha is the mask.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/buffer.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// The mask of a stream; alphas of at least `threshold` are inside. Throws Error{bad_counts} with
/// the byte, for streams that end too early or say more than their size, and Error{bad_sum} for
/// another number of pixels than `size` has. O(bytes + runs), however large the image.
RleArray decode_brush(const std::uint8_t* bytes, std::size_t n, Size size,
                      std::uint32_t threshold = 1);

/// Appends the stream of a mask, alpha 0 and 255, bit for bit as the tool's own SDK writes it.
/// Throws Error{too_large} for 2^30 pixels and more.
void encode_brush(RleView mask, Buffer<std::uint8_t>& out);

}  // namespace cocodec
