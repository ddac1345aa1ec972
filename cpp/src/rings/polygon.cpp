// Rings and boxes -> runs: what one mask is made of, and batches of masks.

#include "cocodec/polygon.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "cocodec/error.hpp"
#include "kernels/table.hpp"
#include "masks/run_merge.hpp"
#include "masks/threads.hpp"
#include "rings/chains.hpp"
#include "rings/columns.hpp"
#include "rings/sweep.hpp"
#include "rings/writer.hpp"

namespace cocodec {
namespace {

// Measured cost of one mask, one box, for the choice of threads.
constexpr double mask_ns = 100.0, box_ns = 100.0;

/// Rasterises whole masks: the union of their rings.
class MaskBuilder {
public:
    void build(const RingsView& rings, std::size_t mask, RleArray& out) {
        const Size size = rings.sizes[mask];
        validate(size);
        const std::int64_t first = rings.mask_offsets[mask], last = rings.mask_offsets[mask + 1];
        if (first == last) {
            out.counts.push_back(fitting_run(size.area()));
        } else if (last - first == 1) {
            one_ring(rings, first, first, size, out.counts);
        } else {
            unite(rings, first, last, size);
            out.counts.append(united_.data(), united_.size());
        }
        out.finish(size);
    }

private:
    /// The ring has a coordinate that is nowhere.
    [[noreturn]] static void throw_bad(const RingsView& rings, std::int64_t first,
                                       std::int64_t ring) {
        const std::int64_t begin = rings.ring_offsets[first];
        std::int64_t bad = 2 * (rings.ring_offsets[ring] - begin);
        while (std::abs(rings.xy[2 * begin + bad]) <= FarEdges::max_coordinate) ++bad;
        const std::int64_t within_ring = bad - 2 * (rings.ring_offsets[ring] - begin);
        char value[32];
        std::snprintf(value, sizeof value, "%.17g", rings.xy[2 * begin + bad]);
        throw Error(ErrorCode::bad_coordinate,
                    "ring " + std::to_string(ring - first) + " has coordinate " + value +
                        " at index " + std::to_string(within_ring) +
                        "; coordinates must be finite, within +-1e14",
                    -1, bad);
    }
    /// `first` is its mask's first.
    void one_ring(const RingsView& rings, std::int64_t first, std::int64_t ring, Size size,
                  Buffer<std::uint32_t>& out) {
        const std::int64_t begin = rings.ring_offsets[ring], end = rings.ring_offsets[ring + 1];
        const Points points{rings.xy + 2 * begin, static_cast<std::size_t>(end - begin)};
        if (points.length < 3 || size.area() == 0) {
            if (!within(FarEdges::max_coordinate, points.xy, 2 * points.length))
                throw_bad(rings, first, ring);
            out.push_back(fitting_run(size.area()));
        } else if (!trace(near_rings_, points, size, out) &&
                   !trace(far_rings_, points, size, out)) {
            throw_bad(rings, first, ring);
        }
    }
    template <class Ring>
    bool trace(ChainTracer<Ring>& tracer, const Points& points, Size size,
               Buffer<std::uint32_t>& out) {
        if (!tracer.trace(points, size)) return false;
        std::uint32_t* runs = out.room(tracer.crossings() + 1 + kernels::slack);
        out.advance(sweep_.runs(tracer.chains(), tracer.rows(), size, runs));
        return true;
    }
    void unite(const RingsView& rings, std::int64_t first, std::int64_t last, Size size) {
        united_.clear();
        one_ring(rings, first, first, size, united_);
        for (std::int64_t ring = first + 1; ring < last; ++ring) {
            part_.clear();
            one_ring(rings, first, ring, size, part_);
            merged_.clear();
            merge_runs({united_.data(), united_.size(), size}, {part_.data(), part_.size(), size},
                       SetOp::union_, merged_);
            united_.swap(merged_);
        }
    }

    ChainTracer<NearRing> near_rings_;
    ChainTracer<FarRing> far_rings_;
    ChainSweep sweep_;
    Buffer<std::uint32_t> united_, part_, merged_;
};

/// Rasterises boxes. Of a box's four edges only the level ones cross columns, each at one row: no
/// ring needs to be traced.
class BoxBuilder {
public:
    void build(const Box& box, Size size, RleArray& out) {
        validate(size);
        const double left = box.x, top = box.y, right = left + box.width, bottom = top + box.height;
        const double corners[] = {left, top, left, bottom, right, bottom, right, top};
        if (!within(NearEdges::max_coordinate, corners, 8) || size.area() > 0xFFFFFFFF) {
            masks_.build({corners, one_ring, one_mask, &size, 1}, 0, out);
            return;
        }
        const Side columns(left, right, size.width), rows(top, bottom, size.height);
        if (columns.length == 0 || rows.length == 0) {
            out.counts.push_back(static_cast<std::uint32_t>(size.area()));
        } else {
            append_runs(columns, rows, size, out.counts);
        }
        out.finish(size);
    }

private:
    /// The pixels between two coordinates.
    struct Side {
        std::uint32_t first, length;

        Side(double a, double b, std::int64_t side) noexcept
            : Side(pixel_after(static_cast<std::int64_t>(5 * a + .5), side),
                   pixel_after(static_cast<std::int64_t>(5 * b + .5), side)) {}
        Side(std::int64_t a, std::int64_t b) noexcept
            : first(static_cast<std::uint32_t>(std::min(a, b))),
              length(static_cast<std::uint32_t>(std::abs(b - a))) {}
    };

    static void append_runs(const Side& columns, const Side& rows, Size size,
                            Buffer<std::uint32_t>& out) {
        const auto height = static_cast<std::uint32_t>(size.height);
        const bool whole = rows.length == height;  // columns touch: one run
        const std::uint32_t pieces = whole ? 1 : columns.length;
        const std::uint32_t length = whole ? columns.length * height : rows.length;
        const std::uint32_t before = columns.first * height + rows.first;
        const std::uint32_t covered = (columns.length - 1) * height + rows.length;
        std::uint32_t* runs = out.room(std::size_t{2} * pieces + 1);
        runs[0] = before;
        runs[1] = length;
        for (std::size_t i = 1; i < pieces; ++i) {
            runs[2 * i] = height - length;
            runs[2 * i + 1] = length;
        }
        const auto after = static_cast<std::uint32_t>(size.area()) - before - covered;
        runs[std::size_t{2} * pieces] = after;
        out.advance(std::size_t{2} * pieces + (after > 0 ? 1 : 0));
    }

    static constexpr std::int64_t one_ring[] = {0, 4}, one_mask[] = {0, 1};

    MaskBuilder masks_;  // for boxes out of the ordinary
};

/// A coordinate within an image's width; 0 for NaN, which is refused later.
double within_image(double x, std::int64_t width) noexcept {
    return std::min(std::max(0.0, x), static_cast<double>(std::max<std::int64_t>(width, 0)));
}

/// Columns that the edges of a mask's rings cross within its image, about, and its widest ring.
struct Crossings {
    double columns = 0;
    std::int64_t widest = 0;
    double of_widest = 0;
};

/// No less than the columns that rings cross, of n points in all: every ring comes back to where it
/// started, which is no farther than it went.
double most_columns(const double* xy, std::size_t n) noexcept {
    double way[4] = {0, 0, 0, 0};  // four sums that do not wait for each other
    std::size_t i = 1;
    for (; i + 4 <= n; i += 4) {
        for (std::size_t k = i; k < i + 4; ++k) way[k - i] += std::abs(xy[2 * k] - xy[2 * k - 2]);
    }
    for (; i < n; ++i) way[0] += std::abs(xy[2 * i] - xy[2 * i - 2]);
    return 2 * (way[0] + way[1] + way[2] + way[3]);
}

Crossings crossed_columns(const RingsView& rings, std::size_t mask) noexcept {
    const std::int64_t width = rings.sizes[mask].width;
    const std::int64_t first = rings.mask_offsets[mask], last = rings.mask_offsets[mask + 1];
    const std::int64_t points = rings.ring_offsets[last] - rings.ring_offsets[first];
    // Mostly there are too few edges to cross many columns, or they do not go far.
    const double* const xy = rings.xy + 2 * rings.ring_offsets[first];
    if (points <=
            static_cast<std::int64_t>(free_columns) / (std::max<std::int64_t>(width, 0) + 1) ||
        most_columns(xy, static_cast<std::size_t>(points)) <= static_cast<double>(free_columns)) {
        return {};
    }
    Crossings crossed;
    for (std::int64_t ring = first; ring < last; ++ring) {
        const std::int64_t begin = rings.ring_offsets[ring], end = rings.ring_offsets[ring + 1];
        if (begin == end) continue;
        double before = within_image(rings.xy[2 * (end - 1)], width), columns = 0;
        for (std::int64_t i = begin; i < end; ++i) {
            const double x = within_image(rings.xy[2 * i], width);
            columns += std::abs(x - before);
            before = x;
        }
        crossed.columns += columns;
        if (columns > crossed.of_widest) {
            crossed.widest = ring - first;
            crossed.of_widest = columns;
        }
    }
    return crossed;
}

/// What a call spends of a budget; given back where it fails.
class Spending {
public:
    explicit Spending(ColumnBudget& budget) : budget_(budget) {}
    Spending(const Spending&) = delete;
    Spending& operator=(const Spending&) = delete;
    ~Spending() {
        if (!kept_) budget_.give_back(spent_);
    }

    void add(const Crossings& crossed) {
        if (spend(crossed.columns)) return;
        throw_too_large(too_many, budget_.limit(), "columns", -1,
                        "; ring " + std::to_string(crossed.widest) + " alone crosses " +
                            std::to_string(std::llround(crossed.of_widest)));
    }
    void add_box(double columns, std::int64_t mask) {
        if (spend(columns)) return;
        throw_too_large(too_many, budget_.limit(), "columns", mask);
    }
    void keep() noexcept { kept_ = true; }

private:
    bool spend(double columns) {
        if (columns <= static_cast<double>(free_columns)) return true;
        const auto counted = static_cast<std::uint64_t>(columns) - free_columns;
        if (!budget_.spend(counted)) return false;
        spent_ += counted;
        return true;
    }

    static constexpr const char* too_many = "polygons and boxes cross more columns than";

    ColumnBudget& budget_;
    std::atomic<std::uint64_t> spent_{0};  // by all threads
    bool kept_ = false;
};

}  // namespace

RleArray from_rings(const RingsView& rings, int threads) {
    ColumnBudget budget;
    return from_rings(rings, threads, budget);
}

RleArray from_rings(const RingsView& rings, int threads, ColumnBudget& budget) {
    Spending spending(budget);
    const double edge_ns = kernels::active().costs.ring_edge;
    const auto cost_before = [&](std::size_t mask) {
        if (rings.length == 0) return 0.0;
        const std::int64_t points = rings.ring_offsets[rings.mask_offsets[mask]] -
                                    rings.ring_offsets[rings.mask_offsets[0]];
        return edge_ns * static_cast<double>(points) + mask_ns * static_cast<double>(mask);
    };
    RleArray masks = parallel_build(rings.length, cost_before, threads,
                                    [&](std::size_t first, std::size_t last, RleArray& out) {
                                        MaskBuilder builder;
                                        for (std::size_t i = first; i < last; ++i) {
                                            try {
                                                // Here, where the rings are about to be read
                                                // anyway.
                                                spending.add(crossed_columns(rings, i));
                                                builder.build(rings, i, out);
                                            } catch (const Error& error) {
                                                throw error.at(static_cast<std::int64_t>(i));
                                            }
                                            out.counts.foresee(i + 1 - first, last - first);
                                        }
                                    });
    spending.keep();
    return masks;
}

RleArray from_boxes(const Box* boxes, const Size* sizes, std::size_t length, int threads) {
    ColumnBudget budget;
    Spending spending(budget);
    for (std::size_t i = 0; i < length; ++i) {
        const double left = within_image(boxes[i].x, sizes[i].width);
        const double right = within_image(boxes[i].x + boxes[i].width, sizes[i].width);
        spending.add_box(2 * std::abs(right - left), static_cast<std::int64_t>(i));
    }
    return parallel_build(length, box_ns * static_cast<double>(length), threads,
                          [&](std::size_t first, std::size_t last, RleArray& out) {
                              BoxBuilder builder;
                              for (std::size_t i = first; i < last; ++i) {
                                  try {
                                      builder.build(boxes[i], sizes[i], out);
                                  } catch (const Error& error) {
                                      throw error.at(static_cast<std::int64_t>(i));
                                  }
                                  out.counts.foresee(i + 1 - first, last - first);
                              }
                          });
}

}  // namespace cocodec
