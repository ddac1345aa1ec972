// Rings -> runs without walking the boundary.
//
// The reference (pycocotools, rleFrPoly) scales vertices by 5, walks each edge in unit steps on
// that grid and keeps the steps from u = 5c + 2 to u = 5c + 3: there the boundary crosses column c,
// at y = ceil((min v + .5) / 5 - .5) clamped to [0, h]. Pixel c * h + y then flips the rest of the
// image. Only those steps are evaluated here, with the reference's own double expressions where it
// rounds.

#include "cocodec/polygon.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "cocodec/error.hpp"
#include "run_merge.hpp"
#include "threads.hpp"

namespace cocodec {
namespace {

// Grid coordinates up to 5e14 keep every sum, difference and (double) cast below exact.
constexpr double max_coordinate = 1e14;
// A ring keeps 8 bytes a column and 4 a crossing: 2 GB at most, before anything is allocated.
constexpr std::int64_t max_columns = std::int64_t{1} << 28;
constexpr std::int64_t max_crossings = std::int64_t{1} << 29;
// Measured cost of one edge, for the choice of threads.
constexpr double edge_ns = 25.0;

struct Point {
    std::int64_t x, y;  // on the grid of fifths
};

/// The columns whose centre line an edge from u = lo to u = hi crosses, cut to the image.
struct Columns {
    std::int64_t first, last;

    Columns(std::int64_t a, std::int64_t b, std::int64_t width) {
        const std::int64_t lo = std::min(a, b), hi = std::max(a, b);
        // ceil((lo - 2) / 5) and floor((hi - 3) / 5), for the range that the image leaves.
        first = lo <= 2 ? 0 : (lo + 2) / 5;
        last = hi < 3 ? -1 : std::min((hi - 3) / 5, width - 1);
    }
};

/// An edge, oriented along its longer side as the reference does.
class Edge {
public:
    Edge(Point a, Point b) : from_(a), to_(b) {
        const std::int64_t dx = std::abs(b.x - a.x), dy = std::abs(b.y - a.y);
        flat_ = dx >= dy;
        if (flat_ ? a.x > b.x : a.y > b.y) std::swap(from_, to_);
        length_ = flat_ ? dx : dy;
        const std::int64_t rise = flat_ ? to_.y - from_.y : to_.x - from_.x;
        slope_ = static_cast<double>(rise) / static_cast<double>(length_);
    }

    /// The smaller v of the step over the centre of column c.
    [[nodiscard]] std::int64_t crossing(std::int64_t c) const {
        if (!flat_) return from_.y + steep_step(c) - 1;
        const std::int64_t t = 5 * c + 2 - from_.x + (slope_ < 0 ? 1 : 0);
        return rounded(from_.y, t);
    }

private:
    /// The reference's (int)(start + slope * t + .5).
    [[nodiscard]] std::int64_t rounded(std::int64_t start, std::int64_t t) const {
        return static_cast<std::int64_t>(static_cast<double>(start) +
                                         slope_ * static_cast<double>(t) + .5);
    }
    [[nodiscard]] bool beyond(std::int64_t c, std::int64_t t) const {
        const std::int64_t u = rounded(from_.x, t);
        return slope_ > 0 ? u >= 5 * c + 3 : u <= 5 * c + 2;
    }
    /// First t at which the edge lies beyond the centre of column c: guessed from the inverse
    /// slope, then put right with the reference's own expression.
    [[nodiscard]] std::int64_t steep_step(std::int64_t c) const {
        const double distance = static_cast<double>(5 * c - from_.x) + 2.5;
        const auto guess = static_cast<std::int64_t>(std::ceil(distance / slope_));
        std::int64_t t = std::clamp<std::int64_t>(guess, 1, length_);
        while (t > 1 && beyond(c, t - 1)) --t;
        while (t < length_ && !beyond(c, t)) ++t;
        return t;
    }

    Point from_, to_;
    std::int64_t length_;
    double slope_;
    bool flat_;
};

/// Rasterises rings one after the other; keeps its memory between them.
class Rasterizer {
public:
    /// Appends the runs of one ring to `out`.
    void ring(const double* xy, std::size_t points, Size size, Buffer<std::uint32_t>& out) {
        scale(xy, points);
        std::size_t crossings = points < 3 ? 0 : count_crossings(size);
        if (crossings > 0) {
            place_crossings(size, crossings);
            sort_columns();
        }
        write_runs(size, crossings, out);
    }
    /// Index of the first coordinate of the last ring that cannot be used, -1 if all can.
    [[nodiscard]] static std::int64_t bad_coordinate(const double* xy, std::size_t points) {
        for (std::size_t i = 0; i < 2 * points; ++i) {
            if (!(std::abs(xy[i]) <= max_coordinate)) return static_cast<std::int64_t>(i);
        }
        return -1;
    }

private:
    void scale(const double* xy, std::size_t points) {
        grid_.resize(points + 1);
        for (std::size_t i = 0; i < points; ++i) {
            grid_[i] = {static_cast<std::int64_t>(5 * xy[2 * i] + .5),
                        static_cast<std::int64_t>(5 * xy[2 * i + 1] + .5)};
        }
        if (points > 0) grid_[points] = grid_[0];
    }

    /// Finds how many crossings each column has: a difference array over the columns of the ring.
    std::size_t count_crossings(Size size) {
        std::int64_t lo = grid_[0].x, hi = lo;
        for (const Point& p : grid_) lo = std::min(lo, p.x), hi = std::max(hi, p.x);
        const Columns all(lo, hi, size.width);
        if (all.first > all.last || size.height == 0) return 0;
        require_at_most(max_columns, all.last - all.first + 1, "columns");
        first_column_ = all.first;
        starts_.resize(static_cast<std::size_t>(all.last - all.first) + 3);
        std::fill(starts_.begin(), starts_.end(), 0);
        for (std::size_t i = 0; i + 1 < grid_.size(); ++i) {
            const Columns edge(grid_[i].x, grid_[i + 1].x, size.width);
            if (edge.first > edge.last) continue;
            ++starts_[index(edge.first) + 1];
            --starts_[index(edge.last) + 2];
        }
        // Now prefix sums, twice: crossings per column, then where each column starts.
        std::int64_t in_column = 0, total = 0;
        for (std::size_t c = 1; c < starts_.size(); ++c) {
            in_column += starts_[c];
            starts_[c] = total;
            total += in_column;
        }
        require_at_most(max_crossings, total, "column crossings");
        return static_cast<std::size_t>(total);
    }

    static void require_at_most(std::int64_t limit, std::int64_t n, const char* what) {
        if (n <= limit) return;
        throw Error(ErrorCode::too_large, "a ring has " + std::to_string(n) + " " + what +
                                              ", at most " + std::to_string(limit) +
                                              " are supported");
    }

    /// Writes every crossing's y into its column; starts_[c + 1] moves from start to end of column
    /// c.
    void place_crossings(Size size, std::size_t crossings) {
        rows_.resize(crossings);
        for (std::size_t i = 0; i + 1 < grid_.size(); ++i) {
            const Columns columns(grid_[i].x, grid_[i + 1].x, size.width);
            if (columns.first > columns.last) continue;
            const Edge edge(grid_[i], grid_[i + 1]);
            for (std::int64_t c = columns.first; c <= columns.last; ++c) {
                const std::int64_t v = edge.crossing(c);
                const std::int64_t y = v < 2 ? 0 : std::min((v + 2) / 5, size.height);
                rows_[static_cast<std::size_t>(starts_[index(c) + 1]++)] =
                    static_cast<std::uint32_t>(y);
            }
        }
    }

    void sort_columns() {
        starts_[0] = 0;
        for (std::size_t c = 0; c + 2 < starts_.size(); ++c) {
            std::sort(rows_.data() + starts_[c], rows_.data() + starts_[c + 1]);
        }
    }

    /// Crossings at one pixel cancel in pairs; what is left over starts a run.
    void write_runs(Size size, std::size_t crossings, Buffer<std::uint32_t>& out) {
        out.reserve(out.size() + crossings + 1);
        const auto height = static_cast<std::uint64_t>(size.height);
        std::uint64_t start = 0;           // first pixel of the open run
        std::uint64_t pending = no_pixel;  // a crossing that has met no partner yet
        const auto flush = [&] {
            if (pending == no_pixel) return;
            push_run(pending - start, out);
            start = pending;
        };
        for (std::size_t c = 0; crossings > 0 && c + 2 < starts_.size(); ++c) {
            const std::uint64_t base = (static_cast<std::uint64_t>(first_column_) + c) * height;
            for (std::int64_t i = starts_[c]; i < starts_[c + 1]; ++i) {
                const std::uint64_t pixel = base + rows_[static_cast<std::size_t>(i)];
                if (pixel == pending) {
                    pending = no_pixel;
                } else {
                    flush();
                    pending = pixel;
                }
            }
        }
        if (pending != size.area()) flush();
        push_run(size.area() - start, out);
    }

    static void push_run(std::uint64_t run, Buffer<std::uint32_t>& out) {
        if (run > 0xFFFFFFFF) {
            throw Error(ErrorCode::bad_run,
                        "a run of " + std::to_string(run) + " pixels does not fit 32 bits");
        }
        out.push_back(static_cast<std::uint32_t>(run));
    }
    [[nodiscard]] std::size_t index(std::int64_t column) const {
        return static_cast<std::size_t>(column - first_column_);
    }

    static constexpr std::uint64_t no_pixel = ~std::uint64_t{0};

    Buffer<Point> grid_;
    Buffer<std::int64_t> starts_;  // per column of the ring: where its crossings lie in rows_
    Buffer<std::uint32_t> rows_;   // y of every crossing, column by column
    std::int64_t first_column_ = 0;
};

/// Rasterises whole masks: the union of their rings.
class MaskBuilder {
public:
    void build(const RingsView& rings, std::size_t mask, RleArray& out) {
        const Size size = rings.sizes[mask];
        validate(size);
        const std::int64_t first = rings.mask_offsets[mask], last = rings.mask_offsets[mask + 1];
        require_finite(rings, first, last);
        if (last - first <= 1) {
            one_ring(rings, first, last, size, out.counts);
        } else {
            unite(rings, first, last, size);
            out.counts.append(united_.data(), united_.size());
        }
        out.finish(size);
    }

private:
    static void require_finite(const RingsView& rings, std::int64_t first, std::int64_t last) {
        const std::int64_t begin = rings.ring_offsets[first], end = rings.ring_offsets[last];
        const std::int64_t bad =
            Rasterizer::bad_coordinate(rings.xy + 2 * begin, static_cast<std::size_t>(end - begin));
        if (bad < 0) return;
        std::int64_t ring = first;
        while (rings.ring_offsets[ring + 1] <= begin + bad / 2) ++ring;
        const std::int64_t within = bad - 2 * (rings.ring_offsets[ring] - begin);
        char value[32];
        std::snprintf(value, sizeof value, "%.17g", rings.xy[2 * begin + bad]);
        throw Error(ErrorCode::bad_coordinate,
                    "ring " + std::to_string(ring - first) + " has coordinate " + value +
                        " at index " + std::to_string(within) +
                        "; coordinates must be finite, within +-1e14",
                    -1, bad);
    }
    void one_ring(const RingsView& rings, std::int64_t ring, std::int64_t last, Size size,
                  Buffer<std::uint32_t>& out) {
        const std::int64_t begin = ring < last ? rings.ring_offsets[ring] : 0;
        const std::int64_t end = ring < last ? rings.ring_offsets[ring + 1] : 0;
        rasterizer_.ring(rings.xy + 2 * begin, static_cast<std::size_t>(end - begin), size, out);
    }
    void unite(const RingsView& rings, std::int64_t first, std::int64_t last, Size size) {
        united_.clear();
        one_ring(rings, first, last, size, united_);
        for (std::int64_t ring = first + 1; ring < last; ++ring) {
            part_.clear();
            one_ring(rings, ring, last, size, part_);
            merged_.clear();
            merge_runs({united_.data(), united_.size(), size}, {part_.data(), part_.size(), size},
                       SetOp::union_, merged_);
            united_.swap(merged_);
        }
    }

    Rasterizer rasterizer_;
    Buffer<std::uint32_t> united_, part_, merged_;
};

}  // namespace

RleArray from_rings(const RingsView& rings, int threads) {
    const std::int64_t points =
        rings.length == 0 ? 0 : rings.ring_offsets[rings.mask_offsets[rings.length]];
    return parallel_build(rings.length, edge_ns * static_cast<double>(points), threads,
                          [&](std::size_t first, std::size_t last, RleArray& out) {
                              MaskBuilder builder;
                              for (std::size_t i = first; i < last; ++i) {
                                  try {
                                      builder.build(rings, i, out);
                                  } catch (const Error& error) {
                                      throw error.at(static_cast<std::int64_t>(i));
                                  }
                              }
                          });
}

RleArray from_boxes(const Box* boxes, const Size* sizes, std::size_t length) {
    RleArray out;
    MaskBuilder builder;
    const std::int64_t one_ring[] = {0, 4}, one_mask[] = {0, 1};
    for (std::size_t i = 0; i < length; ++i) {
        const double left = boxes[i].x, top = boxes[i].y;
        const double right = left + boxes[i].width, bottom = top + boxes[i].height;
        const double corners[] = {left, top, left, bottom, right, bottom, right, top};
        try {
            builder.build({corners, one_ring, one_mask, sizes + i, 1}, 0, out);
        } catch (const Error& error) {
            throw error.at(static_cast<std::int64_t>(i));
        }
    }
    return out;
}

}  // namespace cocodec
