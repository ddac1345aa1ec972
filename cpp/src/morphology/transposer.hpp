// Columns to rows (private). Where a column differs from the one before it, rows
// change; told from left to right, the changes of each row come in order.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/buffer.hpp"
#include "cocodec/rle.hpp"
#include "masks/columns.hpp"
#include "masks/limits.hpp"

namespace cocodec::runwise {

class Transposer {
public:
    /// Takes a mask `width` pixels wide; with `from_the_right` its mirror image.
    void read(const Columns& source, std::uint32_t width, bool from_the_right);

    /// Appends the runs of the mask of size `turned` whose columns are the rows; with
    /// `from_the_bottom` the last row comes first.
    void write(Size turned, bool from_the_bottom, Buffer<std::uint32_t>& counts);

private:
    /// Rows top .. bottom change at column `at`.
    struct Change {
        std::uint32_t at, top, bottom;
    };
    struct Spans {
        const RowSpan* begin;
        const RowSpan* end;
    };
    void difference(std::uint32_t at, Spans a, Spans b);
    void choose_rows();
    void sort_by_row();
    [[nodiscard]] std::size_t place(std::uint32_t row) const;
    /// Runs of tall columns can become many. Throws Error{too_large}.
    void require_few(std::uint64_t runs) const {
        if (runs > runs_read_) require_gain(runs - runs_read_);
    }

    std::size_t runs_read_ = 0;
    Buffer<Change> changes_;
    Buffer<std::uint32_t> rows_;     // rows where something changes, ascending, if not every row
    std::uint32_t first_row_ = 0;    // counts if it is every row
    std::size_t places_ = 0;         // rows, or stretches of rows that are alike
    Buffer<std::size_t> starts_;     // of each row's changes
    Buffer<std::uint32_t> columns_;  // where rows change, row by row
};

}  // namespace cocodec::runwise
