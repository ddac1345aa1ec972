// Masks <-> one closed walk over the centres of their border pixels, which is what rasterisers need
// that paint the outline as well as what it encloses (OpenCV's fillPoly).
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/buffer.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// One walk a mask: mask i has the points offsets[i] .. offsets[i + 1] - 1, none if it is empty.
struct CentreWalks {
    Buffer<std::int32_t> xy;       ///< x, y of each point: a column and a row
    Buffer<std::uint8_t> links;    ///< of each point: 1 if the edge from there links two parts
    Buffer<std::int64_t> offsets;  ///< masks + 1 values

    CentreWalks() { offsets.push_back(0); }
};

/// Walks along the border pixels of each mask, level or upright wherever there are pixels to walk
/// on. A hole is reached over pixels of the mask and left the same way. Parts that do not even
/// touch at a corner are linked by an edge there and the same edge back, the shortest there is
/// (among very many corners: a short one). Parts that reach the right or lower edge of the image
/// are linked behind it, over points whose x is the width or whose y is the height. Throws
/// Error{too_large} for sides beyond 2^30. O(runs), and for masks of several parts up to 2^22 pairs
/// of edges.
CentreWalks trace_centres(RleArrayView masks, int threads = 0);

/// Fills closed walks by the even-odd rule and paints their edges, as OpenCV's fillPoly does with
/// one ring; points may lie outside. Walk i has the points offsets[i] .. offsets[i + 1] - 1. With
/// `links`, one a point, edges from points where it is not 0 are left out, and come in pairs.
/// Throws Error{too_large} for walks longer than 2^26 pixels, and Error{bad_coordinate} for points
/// beyond +-2^30. O(length of the walk), not of what it encloses.
RleArray fill_centres(const std::int32_t* xy, const std::int64_t* offsets, const Size* sizes,
                      std::size_t n, int threads = 0, const std::uint8_t* links = nullptr);

/// How many pixels beyond its mask each walk of `trace_centres` paints, to `out`: those on its
/// links, of which the rest is filled to the mask. O(runs + length of the links).
void count_link_pixels(RleArrayView masks, const CentreWalks& walks, std::int64_t* out);

/// Rings in shares of their images: ring i has the numbers begins[i] .. begins[i] + lengths[i] - 1
/// of `shares`, x and y of each point.
struct ShareRings {
    const double* shares = nullptr;
    const std::int64_t* begins = nullptr;
    const std::int64_t* lengths = nullptr;
    const Size* sizes = nullptr;
    std::size_t length = 0;
};

/// Fills rings as a trainer does: shares times sides in single precision, cut to integers, painted
/// as `fill_centres` has it. Points a quarter behind the edges of their pixels are those that links
/// of `trace_centres` start from, whose edges are left out.
RleArray fill_shares(const ShareRings& rings, int threads = 0);

}  // namespace cocodec
