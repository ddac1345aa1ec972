/// What one call may make of little input, so that a small hostile file does not fill the memory.
#pragma once

#include <cstdint>

namespace cocodec {

/// A call that would exceed one of these throws Error{too_large}, which names it.
struct Limits {
    /// Columns that the edges of all rings and boxes of a call cross, and runs that all its masks
    /// gain where they are moved, turned or outlined: a mask of one run may become one of a run for
    /// each column. The first `free_columns` of each mask do not count. Each takes 4 bytes.
    std::uint64_t columns = std::uint64_t{1} << 28;
    /// Masks of one dense stack: 28 bytes each, even where they have no pixels.
    std::uint64_t masks = std::uint64_t{1} << 26;
    /// Pixels of the bounding box of one mask whose boundary is taken, in whole words of 64 rows: a
    /// quarter of a byte each.
    std::uint64_t box_pixels = std::uint64_t{1} << 32;
};

/// Crossings of a mask that are taken to be no more than anybody draws.
inline constexpr std::uint64_t free_columns = 8192;

/// The limits of this process. They hold for calls that begin later.
[[nodiscard]] Limits limits() noexcept;
void set_limits(const Limits& limits) noexcept;

}  // namespace cocodec
