// Sums over runs, bitmaps and boxes in portable C++.

#include <algorithm>
#include <cmath>

#include "kernels/table.hpp"
#include "kernels/words.hpp"

namespace cocodec::kernels {
namespace {

std::uint64_t sum(const std::uint32_t* runs, std::size_t n) noexcept {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < n; ++i) total += runs[i];
    return total;
}

std::uint64_t sum_foreground(const std::uint32_t* runs, std::size_t n) noexcept {
    std::uint64_t total = 0;
    for (std::size_t i = 1; i < n; i += 2) total += runs[i];
    return total;
}

bool any_zero(const std::uint32_t* runs, std::size_t n) noexcept {
    bool found = false;
    for (std::size_t i = 0; i < n; ++i) found |= runs[i] == 0;
    return found;
}

RowExtent row_extent(const std::uint32_t* pairs, std::size_t n, std::uint64_t origin,
                     std::uint64_t height) noexcept {
    RowExtent extent;
    std::uint64_t row = origin;
    for (std::size_t i = 0; i < 2 * n; i += 2) {
        row += pairs[i];
        // Nearly always the next run lies in the next column: no division for that.
        if (row >= height) {
            row -= height;
            if (row >= height) row %= height;
        }
        const std::uint64_t end = row + pairs[i + 1];
        if (end > row) {
            extent.first = std::min(extent.first, row);
            extent.last = std::max(extent.last, end);
        }
        row = end;
    }
    return extent;
}

/// Bit counts by adding ever wider fields: without the instruction, std::popcount is a call.
std::uint64_t popcount(std::uint64_t word) noexcept {
    word -= word >> 1 & 0x5555555555555555;
    word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return word * 0x0101010101010101 >> 56;
}

std::uint64_t and_popcount(WordRows a, WordRows b, std::size_t rows, std::size_t n) noexcept {
    std::uint64_t total = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        const std::uint64_t* const left = a.words + row * a.stride;
        const std::uint64_t* const right = b.words + row * b.stride;
        for (std::size_t i = 0; i < n; ++i) total += popcount(left[i] & right[i]);
    }
    return total;
}

/// As fmin and fmax: a NaN gives way. Theirs differ from system to system where it is a signalling
/// one.
double lesser(double a, double b) noexcept {
    return std::isnan(a) || b < a ? b : a;
}

double greater(double a, double b) noexcept {
    return std::isnan(a) || b > a ? b : a;
}

void box_iou(const BoxColumns& dt, std::size_t n, const BoxEdges& gt, bool crowd,
             double* out) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = 0;
        const double w = lesser(dt.right[i], gt.right) - greater(dt.left[i], gt.left);
        if (w <= 0) continue;
        const double h = lesser(dt.bottom[i], gt.bottom) - greater(dt.top[i], gt.top);
        if (h <= 0) continue;
        const double both = w * h;
        out[i] = both / (crowd ? dt.area[i] : dt.area[i] + gt.area - both);
    }
}

std::size_t positive(const double* values, std::size_t n, std::uint32_t* out) noexcept {
    std::size_t found = 0;
    for (std::size_t i = 0; i < n; ++i) {
        out[found] = static_cast<std::uint32_t>(i);
        found += values[i] > 0 ? 1 : 0;
    }
    return found;
}

void merge_words(std::uint64_t* to, const std::uint64_t* a, const std::uint64_t* b,
                 std::size_t n) noexcept {
    merge_words_loop(to, a, b, n);
}

void grow_words(std::uint64_t* to, const WordNeighbours& neighbours, std::size_t n) noexcept {
    grow_words_loop(to, neighbours, n);
}

}  // namespace

const SetKernels scalar_sets = {sum,     sum_foreground, any_zero,    row_extent, and_popcount,
                                box_iou, positive,       merge_words, grow_words};

}  // namespace cocodec::kernels
