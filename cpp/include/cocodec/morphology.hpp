// Erosion and dilation of masks, and what is made of them.
#pragma once

#include <cstdint>
#include <vector>

#include "cocodec/components.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// The neighbourhood of a pixel: symmetric, and narrower the further away. Its columns that lie
/// `from` to `to` to the left or right of the pixel reach `reach` rows up and down.
struct Neighbourhood {
    struct Ring {
        std::uint32_t from, to, reach;
    };
    std::vector<Ring> rings;  ///< from the middle outward, without a gap; `reach` never rises

    /// 2 * rows + 1 by 2 * columns + 1 pixels.
    static Neighbourhood box(std::uint32_t rows, std::uint32_t columns);
    /// The middle row and the middle column of such a box.
    static Neighbourhood cross(std::uint32_t rows, std::uint32_t columns);
    /// Pixels whose centres are at most `radius` away, from 0 to 65536. Throws Error{bad_option}.
    static Neighbourhood disk(double radius);
};

/// What lies outside of the image.
enum class Outside {
    background,
    foreground,
    ignored  ///< only neighbours inside of the image count
};

enum class Morphology {
    dilate,  ///< foreground where any neighbour is
    erode,   ///< foreground where all neighbours are
    open,    ///< eroded, then dilated
    close    ///< dilated, then eroded
};

/// Each mask after the operation, each of its steps done `iterations` times in a row. The cost
/// grows with runs, not with pixels.
RleArray morphology(RleArrayView masks, Morphology operation, const Neighbourhood& neighbourhood,
                    Outside outside, std::uint32_t iterations = 1, int threads = 1);

/// The foreground pixels of each mask that have background, or the outside of the image, for a
/// neighbour.
RleArray outline(RleArrayView masks, Connectivity connectivity, int threads = 1);

}  // namespace cocodec
