// Row-major masks -> runs and back, without a transposed copy (floor 1b, private).
//
// Seen down the columns, a mask changes where a row differs from the row above. Those differences
// are few for real objects: each column keeps a short list of the rows where it changes. Masks that
// change too often go through bits instead, transposed in squares of 64; small ones in squares
// of 8.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/dense.hpp"
#include "masks/run_writer.hpp"
#include "masks/threshold.hpp"

namespace cocodec {

/// Rows of bytes: pixel (y, c) at data + y * row_stride + c * column_stride. The columns may belong
/// to several masks in turn: column c is column c / interleave of mask c % interleave.
template <class Byte>
struct PixelRows {
    Byte* data;
    std::size_t height;
    std::size_t columns;
    std::ptrdiff_t row_stride;
    std::ptrdiff_t column_stride;
    std::size_t interleave = 1;
    const Above* above = nullptr;  ///< the bytes are scores, and this says which are foreground

    [[nodiscard]] Byte* row(std::size_t y) const {
        return data + static_cast<std::ptrdiff_t>(y) * row_stride;
    }
};

/// Encodes rows; keeps its memory between masks.
class RowEncoder {
public:
    explicit RowEncoder(const kernels::KernelTable& kernels) : kernels_(kernels) {}

    /// Appends one mask per interleaved column to `out`, in order.
    void encode(const PixelRows<const std::uint8_t>& rows, RunScratch& scratch, RleArray& out);

private:
    static void write_small(const PixelRows<const std::uint8_t>& rows, RunWriter& writer);
    bool collect_changes(const PixelRows<const std::uint8_t>& rows);
    void write_changes(const PixelRows<const std::uint8_t>& rows, std::size_t mask,
                       RunWriter& writer) const;
    void write_transposed(const PixelRows<const std::uint8_t>& rows, std::size_t mask,
                          RunWriter& writer);
    void transpose_strip(std::size_t height, std::size_t word);
    const std::uint8_t* contiguous(const PixelRows<const std::uint8_t>& rows, std::size_t y,
                                   Buffer<std::uint8_t>& copy) const;

    const kernels::KernelTable& kernels_;
    Buffer<std::uint32_t> changes_;   // per column: the rows where it changes, `slots` of them
    Buffer<std::uint8_t> used_;       // per column: how many there are
    Buffer<std::uint32_t> found_;     // columns that change in the current row
    Buffer<std::uint8_t> copies_[2];  // rows that do not lie contiguous, gathered; two take turns
    Buffer<std::uint64_t> strip_;     // bits of some columns, row by row
    Buffer<std::uint64_t> columns_;   // the same, column by column
};

/// Decodes to rows; keeps its memory between masks.
class RowDecoder {
public:
    explicit RowDecoder(const kernels::KernelTable& kernels) : kernels_(kernels) {}

    /// Writes every pixel of `rows` (interleave 1), or, where `cleared`, at least the foreground.
    void decode(RleView mask, const PixelRows<std::uint8_t>& rows, bool cleared);

private:
    /// Rows top .. bottom - 1, words left .. right - 1 of each.
    struct Extent {
        std::size_t top = 0, bottom = 0, left = 0, right = 0;
    };

    Extent mark_changes(RleView mask, std::size_t words);
    void clear_rows(const PixelRows<std::uint8_t>& rows, std::size_t first, std::size_t last);
    void write_row(const PixelRows<std::uint8_t>& rows, std::size_t y, std::size_t first,
                   std::size_t last);
    void flip_row_start(std::uint64_t first_column, std::uint64_t last_column);

    const kernels::KernelTable& kernels_;
    Buffer<std::uint64_t>
        toggles_;  // bit (y, x): pixel (y, x) differs from the one above; all 0 between masks
    Buffer<std::uint64_t> state_;  // the current row
    Buffer<std::uint8_t> line_;    // the current row as bytes, where it has to be scattered
};

}  // namespace cocodec
