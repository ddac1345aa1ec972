// The bitmap of one mask within its bounding box (floor 1b, private). Bands of 64 rows lie one
// after another, a word for each column of a band: of any two masks of one size, the common words
// lie in straight lines and at the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/rle.hpp"
#include "kernels/table.hpp"

namespace cocodec {

struct Grid {
    std::uint64_t* words = nullptr;
    std::size_t first_band = 0, bands = 0;
    std::size_t first_column = 0, columns = 0;

    Grid() = default;
    /// The words that `box` touches; there are none yet.
    explicit Grid(const Box& box);
    [[nodiscard]] std::size_t size() const noexcept { return bands * columns; }

    /// Clears the words and sets the bits of `mask`, whose bounding box this is.
    void paint(RleView mask) const;
};

/// Pixels that are set in both.
std::uint64_t intersection_area(const Grid& a, const Grid& b, const kernels::SetKernels& kernels);

}  // namespace cocodec
