// Fewer points for the same pixels: steps of a ring become slanted edges (floor 1b, private).
//
// A ring's pixels are told by the rows at which its edges cross the columns, and by nothing else,
// so an edge may stand for a stretch of the ring if it crosses the same columns at the same rows.
// Lines from a point that do so have slopes in an interval, which narrows from column to column;
// it finds the edges, and the rasteriser's own arithmetic decides on them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "cocodec/rle.hpp"
#include "kernels/edges.hpp"
#include "outlines/outline.hpp"

namespace cocodec {

/// Simplifies rings of level and upright edges; keeps its memory between them.
template <class Edges>
class StairMerger {
public:
    /// Keeps those of `points` that are needed for the same crossings, in order; the first and the
    /// fixed ones always are. O(points + columns crossed by slanted edges).
    void merge(Buffer<OutlinePoint>& points, Size size) {
        const std::size_t n = points.size();
        points.push_back(points[0]);
        points_ = points.data();
        last_ = n;
        height_ =
            static_cast<Int>(std::min<std::int64_t>(size.height, std::numeric_limits<Int>::max()));
        std::size_t kept = 0;
        for (std::size_t at = 0; at < n;) {
            const std::size_t next = farthest(at);
            points[kept++] = points[at];  // never ahead of `at`, which nobody looks at again
            at = next;
        }
        points.resize(kept);
    }

private:
    using Int = typename Edges::Int;

    /// Slopes of lines from a point that have crossed all columns so far at the right rows. Seen
    /// from the point, lines run forwards and downwards, whichever way that is.
    class Fan {
    public:
        /// The rasteriser looks at an edge where it enters or leaves the middle fifth of a
        /// column: half a fifth before its centre, or behind it, for edges of up to 45 degrees.
        explicit Fan(bool upwards) noexcept : shift_(upwards ? .5 : -.5) {}

        /// Columns first .. last - 1 are to be crossed `down` rows below the point (all distances
        /// from it, in pixels). False if no slope is left.
        bool narrow(double first, double last, double down) noexcept {
            if (down > 0) low_ = std::max(low_, slope(5 * down - 2.5, 5 * first + 2.5));
            high_ = std::min(high_, slope(5 * down + 2.5, 5 * last - 2.5));
            return low_ <= high_;
        }
        [[nodiscard]] bool holds(double forward, double down) const noexcept {
            return low_ * forward <= down && down <= high_ * forward;
        }

    private:
        [[nodiscard]] double slope(double down, double forward) const noexcept {
            const double near = forward + shift_;
            return down <= near ? down / near : (down - shift_) / forward;
        }

        double low_ = 0, high_ = std::numeric_limits<double>::infinity(), shift_;
    };

    static int sign(std::uint32_t from, std::uint32_t to) noexcept {
        return from < to ? 1 : from > to ? -1 : 0;
    }
    static double distance(std::uint32_t a, std::uint32_t b) noexcept {
        return static_cast<double>(a < b ? b - a : a - b);
    }

    /// The last point that an edge from point `at` may lead to, of those that are looked at.
    std::size_t farthest(std::size_t at) {
        find_candidates(at);
        std::size_t found = candidates_.size() - 1;
        while (found > 0 && !crosses_alike(at, candidates_[found])) --found;
        return candidates_[found];
    }

    void find_candidates(std::size_t at) {
        const OutlinePoint from = points_[at];
        int down = sign(from.y, points_[at + 1].y), right = 0;
        if (down == 0 && at + 2 <= last_) down = sign(from.y, points_[at + 2].y);
        Fan fan(down < 0);
        candidates_.clear();
        std::size_t limit = at + patience;
        for (std::size_t next = at + 1; next <= last_ && next <= limit; ++next) {
            const OutlinePoint before = points_[next - 1], to = points_[next];
            const double forward = distance(from.x, to.x), fall = distance(from.y, to.y);
            if (before.y != to.y) {
                if (sign(before.y, to.y) != down) return;
            } else {
                const int direction = sign(before.x, to.x);
                if (right != 0 && direction != right) return;
                right = direction;
                if (!fan.narrow(distance(from.x, before.x), forward, fall)) return;
            }
            if (fan.holds(forward, fall) || next == at + 1) {
                candidates_.push_back(next);
                limit = next + patience + 2 * (next - at);  // so that all looks together are O(n)
            }
            if (to.fixed) return;
        }
    }

    /// Whether the edge from one point to another crosses the columns where the ring does.
    bool crosses_alike(std::size_t from, std::size_t to) {
        const OutlinePoint a = points_[from], b = points_[to];
        if (a.x == b.x || a.y == b.y) return true;
        const auto first = static_cast<Int>(std::min(a.x, b.x));
        const auto last = static_cast<Int>(std::max(a.x, b.x));
        std::uint32_t* rows = rows_.room(static_cast<std::size_t>(last - first) + Edges::slack);
        Edges::cross(Edge<Int>(vertex(a), vertex(b)), first, last, height_, rows);
        for (std::size_t i = from; i < to; ++i) {
            const OutlinePoint p = points_[i], q = points_[i + 1];
            if (p.y != q.y) continue;
            const auto begin = static_cast<std::ptrdiff_t>(std::min(p.x, q.x)) - first;
            const auto end = static_cast<std::ptrdiff_t>(std::max(p.x, q.x)) - first;
            if (std::any_of(rows + begin, rows + end,
                            [&](std::uint32_t row) { return row != p.y; })) {
                return false;
            }
        }
        return true;
    }
    static Vertex<Int> vertex(const OutlinePoint& point) noexcept {
        const auto x = static_cast<Int>(point.x), y = static_cast<Int>(point.y);
        return {static_cast<Int>(5 * x), static_cast<Int>(5 * y), x};
    }

    /// So many points are looked at before, and behind, the first one that will do.
    static constexpr std::size_t patience = 16;

    const OutlinePoint* points_ = nullptr;
    std::size_t last_ = 0;  // the first point comes again there
    Int height_ = 0;
    Buffer<std::size_t> candidates_;
    Buffer<std::uint32_t> rows_;
};

}  // namespace cocodec
