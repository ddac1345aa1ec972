// The rows of a PNG, inflated and unfiltered one after the other, and where each differs from the
// one above it (private).
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/buffer.hpp"
#include "kernels/table.hpp"
#include "png/chunks.hpp"
#include "png/inflate.hpp"

namespace cocodec::png {

class Scanlines {
public:
    /// `image` must outlive the rows.
    explicit Scanlines(const Image& image);

    /// Reads the next row. Afterwards `bytes()` holds it.
    void next();
    [[nodiscard]] const std::uint8_t* bytes() const noexcept { return line_.data() + pad_; }
    /// Bytes that differ from those of the row above, ascending; of the first row, from 0.
    [[nodiscard]] const std::uint32_t* changes() const noexcept { return found_.data(); }
    [[nodiscard]] std::size_t change_count() const noexcept { return changed_; }
    /// Throws unless the compressed pixels end here, as they must after the last row.
    void require_end();

private:
    const std::uint8_t* filtered();
    void add_above(const std::uint8_t* row);
    std::size_t find_nonzero(const std::uint8_t* row);
    void replace(const std::uint8_t* row);
    void undo_sub(const std::uint8_t* row);
    void undo_average(const std::uint8_t* row);
    void undo_paeth(const std::uint8_t* row);

    Inflater inflater_;
    const kernels::KernelTable& kernels_;
    std::size_t row_, pixel_;          // bytes of each
    std::size_t pad_;                  // zeros before a line: what lies left of the image
    Buffer<std::uint8_t> window_;      // of what was inflated
    std::size_t begin_ = 0, end_ = 0;  // of it: what no row has taken yet
    Buffer<std::uint8_t> line_;        // the row, behind `pad_` zeros
    Buffer<std::uint8_t> fresh_;       // the same of the row that it becomes
    Buffer<std::uint8_t> none_;        // zeros
    Buffer<std::uint32_t> found_;      // where the row has changed
    Buffer<std::uint32_t> left_;       // where its filtered bytes are not zero
    std::size_t changed_ = 0;
};

}  // namespace cocodec::png
