/// What one call may make of little input, so that a small hostile file does not fill the memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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
    /// Pixels of one picture that is read from a file or written to one: 1 to 4 bytes each.
    std::uint64_t pixels = std::uint64_t{1} << 28;
    /// Bytes of one document, unpacked, where it is held whole. The core never holds one: whoever
    /// reads files asks.
    std::uint64_t document = std::uint64_t{1} << 36;
};

/// Crossings of a mask that are taken to be no more than anybody draws.
inline constexpr std::uint64_t free_columns = 8192;

/// The limit of this name; nullptr if there is none.
[[nodiscard]] std::uint64_t* find_limit(Limits& limits, std::string_view name) noexcept;

/// Limits as COCODEC_LIMITS has them, "columns=100000,pixels=4000000"; those that are not named are
/// the standard ones. Throws Error{bad_option} for other text.
[[nodiscard]] Limits parse_limits(const std::string& text);

/// The limits of this process: those of COCODEC_LIMITS until somebody sets others. They hold for
/// calls that begin later. Nonsense in COCODEC_LIMITS is an Error{bad_option} here, so that nobody
/// goes on without the limits that were meant.
[[nodiscard]] Limits limits();
void set_limits(const Limits& limits);

}  // namespace cocodec
