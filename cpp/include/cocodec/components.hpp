// The connected parts of masks, and their holes. All of it costs O(runs).
#pragma once

#include <cstdint>

#include "cocodec/buffer.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// Which pixels are neighbours: those that share a side, or those that share a corner too.
enum class Connectivity { four, eight };

/// Parts of masks, each a mask of its own.
struct Components {
    RleArray masks;
    Buffer<std::int64_t> parents;  ///< which mask each is a part of; never falling
};

/// The parts of each mask, in the order of their first pixels, column by column.
Components connected_components(RleArrayView masks, Connectivity connectivity, int threads = 1);

/// How many parts a mask has, and how many holes: parts of the background that touch no side.
struct PartCounts {
    std::int64_t parts = 0, holes = 0;
};

/// One for each mask, to `out`. Of the pixels of the mask, neighbours are those by `connectivity`,
/// and of the background those by the other one.
void count_parts(RleArrayView masks, Connectivity connectivity, PartCounts* out, int threads = 1);

/// Each mask without its parts of fewer than `min_area` pixels.
RleArray remove_small(RleArrayView masks, std::uint64_t min_area, Connectivity connectivity,
                      int threads = 1);

/// The largest part of each mask; of several as large, the one with the first pixel.
RleArray largest_component(RleArrayView masks, Connectivity connectivity, int threads = 1);

/// Each mask with its holes of at most `max_area` pixels filled. A hole is a part of the background
/// (its pixels being neighbours by `connectivity`) that touches no side of the image.
RleArray fill_holes(RleArrayView masks, std::uint64_t max_area, Connectivity connectivity,
                    int threads = 1);

}  // namespace cocodec
