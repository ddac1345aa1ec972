// Whether a mask is the one that its row speaks of: its pixels against bbox and area.
//
// Files that go wrong go wrong in few ways (width and height exchanged, runs along the rows, two
// corners for a box ...), and each leaves a mask that reads well and lies elsewhere.
#pragma once

#include <cstdint>
#include <string_view>

#include "cocodec/json.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// What a bbox is to its mask. The values are part of the ABI: append only.
enum class BoxReading : std::uint8_t {
    fits = 0,       ///< within a pixel: writers round
    one_short = 1,  ///< width and height are one less, as in official crowds
    corners = 2,    ///< x1, y1, x2, y2
    relative = 3,   ///< fractions of the image's sides
    centre = 4,     ///< starts at its centre
    unlike = 5,     ///< none of these
};

/// Reads a bbox against the box of its mask. `points`: the box of the rings' points, which is
/// larger where they leave the image; `image`: its size; either nullptr where there is none.
[[nodiscard]] BoxReading read_box(const Box& said, const Box& mask, const Box* points,
                                  const Size* image, bool is_rle) noexcept;

/// Why a mask lies far from its own bbox or area. The values are part of the ABI: append only.
enum class MaskFit : std::uint8_t {
    fits = 0,          ///< or there is nothing to compare it with
    unlike = 1,        ///< far off, and no reading makes it fit
    row_major = 2,     ///< RLE: fits if its runs go along the rows
    turned_size = 3,   ///< RLE: fits if its size is [width, height]
    turned_image = 4,  ///< rings: lie in their image if its width and height are exchanged
    corners = 5,       ///< bbox is two corners
    relative = 6,      ///< coordinates are fractions of the image's sides
    centre = 7,        ///< bbox starts at its centre
    other_image = 8,   ///< fits an image of another size
    other_area = 9,    ///< the bbox fits, the area is another's
};

/// What a row says of its mask, as JSON text; empty where it says nothing.
struct MaskClaim {
    std::string_view bbox, area;
};

/// Judges runs of `mask.size`, which have so many `pixels`, in an image of size `image` (nullptr:
/// not known). O(runs).
[[nodiscard]] MaskFit judge_runs(RleView mask, std::uint64_t pixels, const MaskClaim& claim,
                                 const Size* image);

/// Judges rings by the box of their points and what they enclose. `pixels`: those of the mask, or
/// a number below zero where it was not made. O(1).
[[nodiscard]] MaskFit judge_rings(const Box& points, double enclosed, double pixels,
                                  const MaskClaim& claim, Size image);

}  // namespace cocodec
