// Turns of masks that change every few pixels (private): their bits take little more memory than
// their runs, and squares of 64 x 64 bits are transposed in registers, whatever is in them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/buffer.hpp"
#include "cocodec/rle.hpp"

namespace cocodec::runwise {

class BitTurner {
public:
    /// Is the mask one that bits are quicker for? They are at most twice as large as its runs then.
    static bool suits(RleView mask);

    /// Appends the runs of the mask whose columns are the rows; with `from_the_right` those of its
    /// mirror image, with `from_the_bottom` the last row comes first.
    void add(RleView mask, bool from_the_right, bool from_the_bottom,
             Buffer<std::uint32_t>& counts);

private:
    void read(RleView mask);
    [[nodiscard]] std::uint64_t bits_from(std::uint64_t position) const noexcept;
    void turn_rows(Size size, std::uint64_t top, bool from_the_right);

    Buffer<std::uint64_t> bits_;  // the mask, a bit a pixel, column after column
    Buffer<std::uint64_t> rows_;  // 64 rows of it
};

}  // namespace cocodec::runwise
