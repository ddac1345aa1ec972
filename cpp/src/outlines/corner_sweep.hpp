// Runs -> the corners of a mask's outline, linked to rings (floor 1b, private).
//
// A mask's outline consists of cracks between a pixel of it and one that is not. Where a column of
// the mask turns on or off lies a horizontal crack; where neighbouring columns differ, vertical
// ones. The sweep merges each column's turns with those of the column before: a turn that both have
// is a crack that goes on, every other one is a corner. Cracks have their pixel on the right-hand
// side, so each corner has one successor, and following these gives the rings.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/buffer.hpp"
#include "cocodec/error.hpp"
#include "cocodec/rle.hpp"
#include "masks/intervals.hpp"

namespace cocodec {

/// A corner of the outline, in pixels (0 .. width, 0 .. height), and the index of the one after it.
struct Corner {
    std::uint32_t x, y, next;
};

/// A corner that a hole may start at: to its right lies a crack under a stretch of pixels. `above`
/// starts the crack over the same stretch, so its ring is what the hole is a hole of (or another
/// hole of the same part).
struct HoleStart {
    std::uint32_t corner, above;
};

/// Finds the corners of masks, one after the other; keeps its memory between them.
class CornerSweep {
public:
    /// `connectivity` is 4, or 8: whether pixels that touch at a corner only are one part.
    explicit CornerSweep(int connectivity) : eight_(connectivity == 8) {}

    /// Finds the corners of a valid mask, column by column and downwards: a ring's first one is
    /// the upper left corner of its leftmost column. O(runs + columns that they touch), but
    /// columns that are full, one after the other, count as one.
    void sweep(RleView mask) {
        corners_.clear();
        hole_starts_.clear();
        before_.clear();
        now_.clear();
        column_ = 0;
        height_ = static_cast<std::uint64_t>(mask.size.height);
        std::uint64_t begin = 0, end = 0;  // begin .. end: pixels not yet added
        for_each_interval(mask, [&](std::uint64_t from, std::uint64_t to) {
            if (from != end) {
                add(begin, end);
                begin = from;
            }
            end = to;
        });
        add(begin, end);
        next_column();
        next_column();
    }

    [[nodiscard]] Buffer<Corner>& corners() noexcept { return corners_; }
    [[nodiscard]] const Buffer<Corner>& corners() const noexcept { return corners_; }
    /// In the order of their corners.
    [[nodiscard]] const Buffer<HoleStart>& hole_starts() const noexcept { return hole_starts_; }

private:
    /// A horizontal crack of the current column: its row, and its left corner.
    struct Crack {
        std::uint32_t row, corner;
    };

    [[nodiscard]] std::uint64_t base() const noexcept { return column_ * height_; }

    /// Foreground pixels begin .. end - 1, which do not touch those before.
    void add(std::uint64_t begin, std::uint64_t end) {
        if (begin == end) return;
        if (begin - base() >= height_) go_to(begin / height_);
        while (end - base() > height_) {
            add_rows(begin - base(), height_);
            next_column();
            begin = base();
            const std::uint64_t full = (end - begin) / height_;
            if (full < 2) continue;
            add_rows(0, height_);
            next_column();
            column_ += full - 1;  // as the one before
            begin = base();
        }
        if (begin < end) add_rows(begin - base(), end - base());
    }
    void add_rows(std::uint64_t first, std::uint64_t last) {
        Crack* cracks = now_.room(2);
        cracks[0].row = static_cast<std::uint32_t>(first);
        cracks[1].row = static_cast<std::uint32_t>(last);
        now_.advance(2);
    }
    void go_to(std::uint64_t column) {
        next_column();
        if (column_ < column) next_column();
        column_ = column;
    }

    /// Links the column that is complete to the one before.
    void next_column() {
        if (!same_rows()) {
            link_columns();
            before_.swap(now_);
        }
        now_.clear();
        ++column_;
    }
    [[nodiscard]] bool same_rows() const noexcept {
        if (now_.size() != before_.size()) return false;
        for (std::size_t i = 0; i < now_.size(); ++i) {
            if (now_[i].row != before_[i].row) return false;
        }
        return true;
    }

    /// Walks down the line between two columns, where `left` and `right` tell whether the pixels
    /// above the current row are foreground; there is a vertical crack where they differ.
    void link_columns() {
        const Crack *a = before_.begin(), *const a_end = before_.end();
        Crack *b = now_.begin(), *const b_end = now_.end();
        bool left = false, right = false;
        std::uint32_t upper = 0;  // the upper corner of the vertical crack, if there is one
        while (a != a_end || b != b_end) {
            if (b == b_end || (a != a_end && a->row < b->row)) {
                const std::uint32_t corner = add_corner(a->row);
                close(*a++, corner, left);
                upper = turn(upper, corner, left, right);
                left = !left;
            } else if (a == a_end || b->row < a->row) {
                const std::uint32_t corner = add_corner(b->row);
                if (left && right) hole_starts_.push_back({corner, b[-1].corner});
                b++->corner = corner;
                upper = turn(upper, corner, left, right);
                right = !right;
            } else {
                if (left == right) {
                    b->corner = a->corner;
                } else {
                    upper = touch(upper, *a, b, left);
                }
                ++a, ++b;
                left = !left;
                right = !right;
            }
        }
    }
    std::uint32_t add_corner(std::uint32_t row) {
        const std::size_t index = corners_.size();
        if (index >= max_corners) {
            throw Error(ErrorCode::too_large, "the outline has more than 2^32 - 2 corners");
        }
        corners_.push_back({static_cast<std::uint32_t>(column_), row, 0});
        return static_cast<std::uint32_t>(index);
    }
    /// A crack from the left ends at `corner`; upper edges of pixels run rightwards.
    void close(const Crack& crack, std::uint32_t corner, bool bottom) noexcept {
        if (bottom) {
            corners_[corner].next = crack.corner;
        } else {
            corners_[crack.corner].next = corner;
        }
    }
    /// Ends the vertical crack at `corner`, or begins one there; returns the upper end.
    std::uint32_t turn(std::uint32_t upper, std::uint32_t corner, bool left, bool right) noexcept {
        if (left != right) join(upper, corner, left);
        return corner;
    }
    void join(std::uint32_t upper, std::uint32_t lower, bool downwards) noexcept {
        if (downwards) {
            corners_[upper].next = lower;
        } else {
            corners_[lower].next = upper;
        }
    }
    /// Four cracks meet where two pixels touch at a corner: two corners of the outline, at one
    /// place. Returns the one that the crack below hangs on.
    std::uint32_t touch(std::uint32_t upper, const Crack& before, Crack* now, bool left) {
        const std::uint32_t first = add_corner(before.row), second = add_corner(before.row);
        join(upper, first, left);
        if (left != eight_) {
            // The crack from the left goes on upwards, the one to the right downwards.
            close(before, first, left);
            now->corner = second;
            if (!left) hole_starts_.push_back({second, now[-1].corner});
        } else {
            close(before, second, left);
            now->corner = first;
        }
        return second;
    }

    static constexpr std::size_t max_corners = 0xFFFFFFFE;

    bool eight_;
    std::uint64_t height_ = 0, column_ = 0;
    Buffer<Crack> before_, now_;  // of the column before, and of the one that is being collected
    Buffer<Corner> corners_;
    Buffer<HoleStart> hole_starts_;
};

}  // namespace cocodec
