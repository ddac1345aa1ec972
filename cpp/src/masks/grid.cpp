// Painting masks into bitmaps, and counting what two of them share.

#include "masks/grid.hpp"

#include <algorithm>

namespace cocodec {
namespace {

/// Sets rows first .. last (one past the end, at least one) of one column.
void paint_rows(std::uint64_t* column, std::size_t stride, std::uint64_t first,
                std::uint64_t last) {
    std::uint64_t* word = column + first / 64 * stride;
    std::uint64_t* const end = column + (last - 1) / 64 * stride;
    const std::uint64_t head = ~std::uint64_t{0} << (first % 64);
    const std::uint64_t tail = ~std::uint64_t{0} >> (63 - (last - 1) % 64);
    if (word == end) {
        *word |= head & tail;
        return;
    }
    *word |= head;
    for (word += stride; word != end; word += stride) *word = ~std::uint64_t{0};
    *end |= tail;
}

}  // namespace

Grid::Grid(const Box& box) {
    if (box.width <= 0) return;
    const auto top = static_cast<std::size_t>(box.y);
    const auto bottom = top + static_cast<std::size_t>(box.height);
    first_band = top / 64;
    bands = (bottom - 1) / 64 - first_band + 1;
    first_column = static_cast<std::size_t>(box.x);
    columns = static_cast<std::size_t>(box.width);
}

void Grid::paint(RleView mask) const {
    std::fill_n(words, size(), std::uint64_t{0});
    const auto height = static_cast<std::uint64_t>(mask.size.height);
    const std::uint64_t top = 64 * first_band;
    std::uint64_t row = 0, column = 0;
    for (std::size_t i = 0; i + 1 < mask.length; i += 2) {
        row += mask.counts[i];
        if (row >= height) {
            // Nearly always the next run lies in the next column: no division for that.
            const std::uint64_t crossed = row < 2 * height ? 1 : row / height;
            row -= crossed * height;
            column += crossed;
        }
        std::uint64_t left = mask.counts[i + 1];
        while (left > 0) {
            const std::uint64_t taken = std::min(left, height - row);
            paint_rows(words + (column - first_column), columns, row - top, row - top + taken);
            left -= taken;
            row += taken;
            if (row < height) break;
            row = 0;
            ++column;
        }
    }
}

std::uint64_t intersection_area(const Grid& a, const Grid& b, const kernels::SetKernels& kernels) {
    const std::size_t band = std::max(a.first_band, b.first_band);
    const std::size_t band_end = std::min(a.first_band + a.bands, b.first_band + b.bands);
    const std::size_t column = std::max(a.first_column, b.first_column);
    const std::size_t column_end = std::min(a.first_column + a.columns, b.first_column + b.columns);
    if (band >= band_end || column >= column_end) return 0;
    const auto corner = [&](const Grid& grid) {
        return kernels::WordRows{
            grid.words + (band - grid.first_band) * grid.columns + (column - grid.first_column),
            grid.columns};
    };
    return kernels.and_popcount(corner(a), corner(b), band_end - band, column_end - column);
}

}  // namespace cocodec
