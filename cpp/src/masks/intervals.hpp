// The foreground intervals of masks, in the order of pixels: the one walk over runs as intervals.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cocodec/rle.hpp"

namespace cocodec {

/// The foreground intervals of a mask, one after another, empty ones and those that touch as they
/// stand in the runs. Before the first step it stands at 0 .. 0.
struct Intervals {
    const std::uint32_t* next;
    const std::uint32_t* last;  // behind the last whole pair of runs
    std::int64_t start = 0, end = 0;

    explicit Intervals(RleView mask) : next(mask.counts), last(next + mask.length / 2 * 2) {}
    [[nodiscard]] bool more() const { return next < last; }

    /// Goes to the next interval where `advance` is all ones: there must be one. Without a branch:
    /// where two masks are walked together, nobody can predict which goes on.
    void step(std::int64_t advance) {
        const std::int64_t next_start = end + next[0], next_end = next_start + next[1];
        start += (next_start - start) & advance;
        end += (next_end - end) & advance;
        next += 2 & advance;
    }
};

/// Calls fn(start, end) for each foreground interval that has pixels.
template <class Fn>
void for_each_interval(RleView mask, const Fn& fn) {
    for (Intervals at(mask); at.more();) {
        at.step(-1);
        if (at.start < at.end) {
            fn(static_cast<std::uint64_t>(at.start), static_cast<std::uint64_t>(at.end));
        }
    }
}

/// A foreground interval of one of several masks.
struct MaskInterval {
    std::uint64_t start, end;
    std::size_t mask;
};

/// The foreground of all masks by where it starts, then by mask. O(n log n) in the runs.
inline std::vector<MaskInterval> sorted_intervals(RleArrayView masks) {
    std::vector<MaskInterval> out;
    for (std::size_t i = 0; i < masks.length; ++i) {
        for_each_interval(masks[i], [&](std::uint64_t start, std::uint64_t end) {
            out.push_back({start, end, i});
        });
    }
    std::sort(out.begin(), out.end(), [](const MaskInterval& a, const MaskInterval& b) {
        return a.start != b.start ? a.start < b.start : a.mask < b.mask;
    });
    return out;
}

/// The first of `sorted` that begins before the one in front of it ends; as many as there are if no
/// two masks overlap.
inline std::size_t first_overlap(const std::vector<MaskInterval>& sorted) {
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        if (sorted[i].start < sorted[i - 1].end) return i;
    }
    return sorted.size();
}

}  // namespace cocodec
