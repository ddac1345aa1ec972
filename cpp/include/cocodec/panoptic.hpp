// What panoptic quality counts: how many pixels each pair of segments shares, in one image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cocodec/rle.hpp"

namespace cocodec {

/// Pixels with this label on either side.
struct SharedPixels {
    std::uint32_t gt = 0;
    std::uint32_t dt = 0;
    std::uint64_t pixels = 0;

    friend bool operator==(const SharedPixels&, const SharedPixels&) = default;
};

/// All pairs that occur in two label maps of n pixels, ascending. O(n + pairs log pairs).
std::vector<SharedPixels> shared_pixels(const std::uint32_t* gt, const std::uint32_t* dt,
                                        std::size_t n);

/// The same of two sets of masks that do not overlap: label i + 1 is mask i, 0 is none of them.
/// O(runs log runs + pairs log pairs). Throws Error{bad_shape} naming a mask (`item`) that overlaps
/// with one before it, Error{size_mismatch} if the masks differ in size.
std::vector<SharedPixels> shared_pixels(RleArrayView gt, RleArrayView dt);

}  // namespace cocodec
