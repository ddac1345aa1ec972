// Pixels where a mask changes -> runs (floor 1b, private).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "masks/fitting_run.hpp"

namespace cocodec {

/// Turns the pixels where a mask changes, in ascending order, into runs. Position is wide enough
/// for the mask's area, with its highest value to spare.
template <class Position>
class RingWriter {
public:
    explicit RingWriter(std::uint32_t* out) noexcept : begin_(out), out_(out) {}

    /// Crossings at one pixel cancel in pairs; what is left over starts a run.
    void toggle(Position pixel) {
        if (pixel == pending_) {
            pending_ = none;
        } else {
            flush();
            pending_ = pixel;
        }
    }
    /// Two crossings in each of n columns, mostly one above the other: rows a[i] and b[i] below
    /// pixel base + i * height.
    void pairs(const std::uint32_t* a, const std::uint32_t* b, std::size_t n, Position base,
               Position height) {
        for (std::size_t i = 0; i < n;) {
            if constexpr (sizeof(Position) == 4) {
                if (i > 0 && n - i >= block && pending_ == base - height + b[i - 1] &&
                    block_of_pairs(a + i, b + i, base, height)) {
                    i += block;
                    base += static_cast<Position>(block) * height;
                    continue;
                }
            }
            toggle(base + std::min(a[i], b[i]));
            toggle(base + std::max(a[i], b[i]));
            ++i;
            base += height;
        }
    }
    /// Closes the mask of `area` pixels; returns how many runs were written.
    std::size_t finish(Position area) {
        if (pending_ != area) flush();
        put(area - start_);
        return static_cast<std::size_t>(out_ - begin_);
    }

private:
    static constexpr std::size_t block = 8;
    static constexpr Position none = static_cast<Position>(~Position{0});

    /// The next columns, where the last crossing is the pending one and none of them cancel; false
    /// if some do. Without a branch for each: gaps and lengths of neighbours, side by side.
    bool block_of_pairs(const std::uint32_t* a, const std::uint32_t* b, Position base,
                        Position height) noexcept {
        std::uint32_t* out = out_;
        const std::uint32_t before = base - height;  // b[-1] is a row of the column before
        out[0] = before + b[-1] - start_;
        std::uint32_t cancels = 0;
        for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(block); ++i) {
            const std::uint32_t gap = a[i] + height - b[i - 1], length = b[i] - a[i];
            out[1 + 2 * i] = gap;
            out[2 + 2 * i] = length;
            cancels |= (gap - 1) | (length - 1);  // the sign of what is not above 0
        }
        if ((cancels >> 31) != 0) return false;
        const std::uint32_t last = base + static_cast<std::uint32_t>(block - 1) * height;
        start_ = last + a[block - 1];
        pending_ = last + b[block - 1];
        out_ += 2 * block;
        return true;
    }
    void flush() {
        if (pending_ == none) return;
        put(pending_ - start_);
        start_ = pending_;
    }
    void put(Position run) { *out_++ = fitting_run(run); }

    std::uint32_t* begin_;
    std::uint32_t* out_;
    Position start_ = 0;       // first pixel of the open run
    Position pending_ = none;  // a crossing that has met no partner yet
};

}  // namespace cocodec
