// A mask column by column, and back (floor 1b, private): what operations on runs are written with.
// Neighbouring columns that are foreground from top to bottom count as one, so that the cost of
// everything grows with runs and never with the sides of the image.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/buffer.hpp"
#include "cocodec/rle.hpp"
#include "masks/fitting_run.hpp"
#include "masks/limits.hpp"

namespace cocodec {

/// Rows top .. bottom of a column, bottom not among them.
struct RowSpan {
    std::uint32_t top, bottom;
};

/// Calls fn(left, right, top, bottom) for the foreground in order, each column's spans as long as
/// they can be. right - left is 1 but for columns that are all foreground: those come together.
template <class Fn>
void for_each_span(RleView mask, const Fn& fn) {
    const auto height = static_cast<std::uint64_t>(mask.size.height);
    if (height == 0) return;
    std::uint64_t column = 0, row = 0;
    for (std::size_t i = 0; i + 1 < mask.length;) {
        row += mask.counts[i];
        std::uint64_t left = mask.counts[i + 1];
        i += 2;
        // Legal runs may be cut in two by an empty one.
        for (; i + 1 < mask.length && mask.counts[i] == 0; i += 2) left += mask.counts[i + 1];
        if (left == 0) continue;
        if (row >= height) {
            // Nearly always the next run lies in the next column: no division for that.
            const std::uint64_t crossed = row < 2 * height ? 1 : row / height;
            row -= crossed * height;
            column += crossed;
        }
        if (row + left > height) {
            if (row > 0) {
                fn(column, column + 1, row, height);
                left -= height - row;
                ++column;
            }
            if (left >= height) {
                const std::uint64_t whole = left < 2 * height ? 1 : left / height;
                fn(column, column + whole, std::uint64_t{0}, height);
                left -= whole * height;
                column += whole;
            }
            row = 0;
            if (left == 0) continue;
        }
        fn(column, column + 1, row, row + left);
        row += left;
    }
}

/// Columns left .. right, all of them with the same spans, which start at `first`.
struct ColumnGroup {
    std::uint32_t left, right;
    std::size_t first;
};

/// The columns of a mask that have foreground, with their spans.
class Columns {
public:
    void read(RleView mask) {
        groups_.clear();
        spans_.clear();
        // A run ends a column, covers some and begins another at most.
        const std::size_t most = mask.length / 2 * 3;
        RowSpan* const first_span = spans_.room(most);
        ColumnGroup* const first_group = groups_.room(most + 1);
        RowSpan* span = first_span;
        ColumnGroup* group = first_group;
        std::uint64_t column = ~std::uint64_t{0};
        for_each_span(mask, [&](std::uint64_t left, std::uint64_t right, std::uint64_t top,
                                std::uint64_t bottom) {
            *group = {static_cast<std::uint32_t>(left), static_cast<std::uint32_t>(right),
                      static_cast<std::size_t>(span - first_span)};
            group += left != column ? 1 : 0;
            column = left;
            *span++ = {static_cast<std::uint32_t>(top), static_cast<std::uint32_t>(bottom)};
        });
        *group = {0, 0, static_cast<std::size_t>(span - first_span)};
        spans_.advance(static_cast<std::size_t>(span - first_span));
        groups_.advance(static_cast<std::size_t>(group - first_group) + 1);
    }

    /// Groups, in order of columns.
    [[nodiscard]] std::size_t size() const noexcept { return groups_.size() - 1; }
    [[nodiscard]] std::uint32_t left(std::size_t i) const noexcept { return groups_[i].left; }
    [[nodiscard]] std::uint32_t right(std::size_t i) const noexcept { return groups_[i].right; }
    [[nodiscard]] const RowSpan* begin(std::size_t i) const noexcept {
        return spans_.data() + groups_[i].first;
    }
    [[nodiscard]] const RowSpan* end(std::size_t i) const noexcept { return begin(i + 1); }
    [[nodiscard]] std::size_t first(std::size_t i) const noexcept { return groups_[i].first; }
    [[nodiscard]] std::size_t spans() const noexcept { return spans_.size(); }

private:
    Buffer<RowSpan> spans_;
    Buffer<ColumnGroup> groups_;  // and one behind the last, where the spans end
};

/// Appends one mask's runs to `counts` from its foreground, told in order of pixels. The runs are
/// as an encoder would cut them.
class ColumnWriter {
public:
    ColumnWriter(Buffer<std::uint32_t>& counts, Size size)
        : counts_(counts), height_(static_cast<std::uint64_t>(size.height)), pixels_(size.area()) {}

    /// Pixels start .. end, at least one, none before what was added already.
    void add(std::uint64_t start, std::uint64_t end) {
        if (start == end_ && end_ > start_) {
            end_ = end;
            return;
        }
        flush();
        start_ = start;
        end_ = end;
    }
    /// Rows top .. bottom, at least one, of every column left .. right.
    void add(std::uint64_t left, std::uint64_t right, std::uint64_t top, std::uint64_t bottom) {
        if (bottom - top == height_) return add(left * height_, right * height_);
        if (right - left > 1) expect(right - left);
        for (; left < right; ++left) add(left * height_ + top, left * height_ + bottom);
    }
    /// Says beforehand that so many more stretches come than were read. Throws Error{too_large}.
    void expect(std::uint64_t stretches) {
        gained_ += 2 * stretches;
        if (gained_ > free_columns) require_gain(gained_);
    }
    void close() {
        flush();
        if (pixels_ > written_ || written_ == 0) {
            counts_.push_back(fitting_run(pixels_ - written_));
        }
    }

private:
    void flush() {
        if (end_ == start_) return;
        const std::uint64_t before = start_ - written_, run = end_ - start_;
        std::uint32_t* const place = counts_.room(2);
        place[0] = static_cast<std::uint32_t>(before);
        place[1] = static_cast<std::uint32_t>(run);
        if ((before | run) >> 32 != 0) fitting_run(before), fitting_run(run);
        counts_.advance(2);
        written_ = end_;
    }

    Buffer<std::uint32_t>& counts_;
    std::uint64_t height_, pixels_;
    std::uint64_t start_ = 0, end_ = 0;  // what is still open
    std::uint64_t written_ = 0;          // where the last run ends
    std::uint64_t gained_ = 0;           // runs
};

}  // namespace cocodec
