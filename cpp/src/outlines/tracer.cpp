// What one mask is traced to, and batches of masks.

#include "outlines/tracer.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <vector>

#include "cocodec/error.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

// Measured cost of one run, one mask, for the choice of threads.
constexpr double traced_run_ns = 25.0, traced_mask_ns = 200.0;

/// Appends `piece` to `out`, moving its offsets along.
void append(const Polygons& piece, Polygons& out) {
    const auto append_offsets = [](const Buffer<std::int64_t>& from, Buffer<std::int64_t>& to) {
        const std::int64_t start = to[to.size() - 1];
        for (std::size_t i = 1; i < from.size(); ++i) to.push_back(start + from[i]);
    };
    append_offsets(piece.rings.ring_offsets, out.rings.ring_offsets);
    append_offsets(piece.rings.mask_offsets, out.rings.mask_offsets);
    out.rings.xy.append(piece.rings.xy.data(), piece.rings.xy.size());
    out.is_hole.append(piece.is_hole.data(), piece.is_hole.size());
}

template <class Rule>
void keep_if(const Rule& rule, Buffer<OutlineRing>& rings) {
    std::size_t kept = 0;
    for (const OutlineRing& ring : rings) {
        if (rule(ring)) rings[kept++] = ring;
    }
    rings.resize(kept);
}

void append_xy(const Buffer<OutlinePoint>& points, Buffer<double>& xy) {
    double* next = xy.room(2 * points.size());
    for (const OutlinePoint& point : points) {
        *next++ = point.x;
        *next++ = point.y;
    }
    xy.advance(2 * points.size());
}

/// The rings of one mask, as one ring.
void append_joined(const Rings& rings, JoinedRings& out) {
    const std::size_t n = rings.ring_offsets.size() - 1;
    const auto begin = [&](std::size_t ring) {
        return rings.xy.data() + 2 * rings.ring_offsets[ring];
    };
    for (std::size_t ring = 0; ring < n; ++ring) {
        out.xy.append(begin(ring), static_cast<std::size_t>(begin(ring + 1) - begin(ring)));
        if (n > 1) out.xy.append(begin(ring), 2);
    }
    for (std::size_t ring = n; ring-- > 2;) out.xy.append(begin(ring - 1), 2);
    out.offsets.push_back(static_cast<std::int64_t>(out.xy.size() / 2));
}

bool covers_nothing(const Buffer<OutlinePoint>& points, Size size) {
    Buffer<double> xy;
    append_xy(points, xy);
    const std::int64_t ring[] = {0, static_cast<std::int64_t>(points.size())}, mask[] = {0, 1};
    return area(from_rings({xy.data(), ring, mask, &size, 1}).view()[0]) == 0;
}

}  // namespace

void validate(const TraceOptions& options) {
    const auto require = [](bool good, std::string message) {
        if (!good) throw Error(ErrorCode::bad_option, std::move(message));
    };
    require(options.tolerance >= 0 && std::isfinite(options.tolerance),
            "tolerance must be a number of pixels, 0 or more");
    require(options.min_area >= 0, "min_area must be a number of pixels, 0 or more");
    require(options.connectivity == 4 || options.connectivity == 8,
            "connectivity is " + std::to_string(options.connectivity) + ", expected 4 or 8");
}

void Tracer::trace(RleView mask, Polygons& out) {
    outline_.find(mask);
    if (options_.holes == Holes::error) refuse_holes();
    find_order();
    if (options_.tolerance == 0) {
        for (const OutlineRing& ring : order_) trace_ring(ring, mask.size, out);
    } else {
        for (std::size_t i = 0, end = 0; i < order_.size(); i = end) {
            while (end < order_.size() && order_[end].part == order_[i].part) ++end;
            thin_part(order_.data() + i, end - i, mask.size, out);
        }
    }
    out.rings.mask_offsets.push_back(static_cast<std::int64_t>(out.is_hole.size()));
}

/// Which rings come out, part by part; joins holes where that is asked.
void Tracer::find_order() {
    order_.clear();
    order_.append(outline_.rings().data(), outline_.rings().size());
    if (options_.min_area > 0) keep_large_parts();
    if (!outline_.has_holes()) return;
    if (options_.holes == Holes::bridge) outline_.join_holes();
    if (options_.holes == Holes::separate) {
        std::stable_sort(
            order_.begin(), order_.end(),
            [](const OutlineRing& a, const OutlineRing& b) { return a.part < b.part; });
    } else {
        keep_if([](const OutlineRing& ring) { return !ring.hole; }, order_);
    }
}

void Tracer::refuse_holes() const {
    if (!outline_.has_holes()) return;
    const std::size_t holes = outline_.rings().size() - outline_.parts();
    throw Error(ErrorCode::has_holes,
                "the mask has " + std::to_string(holes) + (holes == 1 ? " hole" : " holes"));
}

void Tracer::keep_large_parts() {
    outline_.part_areas(part_areas_);
    keep_if(
        [&](const OutlineRing& ring) {
            return static_cast<double>(part_areas_[ring.part]) >= options_.min_area;
        },
        order_);
}

void Tracer::merge_steps(Buffer<OutlinePoint>& points, Size size) {
    const auto side = static_cast<double>(std::max(size.height, size.width));
    if (side <= NearEdges::max_coordinate) {
        near_.merge(points, size);
    } else {
        far_.merge(points, size);
    }
}

void Tracer::trace_ring(const OutlineRing& ring, Size size, Polygons& out) {
    outline_.points(ring, points_);
    if (options_.merge_steps || options_.tolerance > 0) merge_steps(points_, size);
    append_ring(points_, ring.hole, out);
}

/// The rings of one part, with the tolerance. Where that saves no points, or would leave a ring
/// that covers no pixel, the part keeps all of its pixels: nothing gets lost in vain or unasked.
void Tracer::thin_part(const OutlineRing* rings, std::size_t n, Size size, Polygons& out) {
    if (std::max(size.height, size.width) > OutlineThinner::max_side) {
        throw Error(ErrorCode::too_large,
                    "with a tolerance, sides of more than 2^31 - 1 are not supported");
    }
    thinner_.clear();
    std::size_t points_of_all = 0;
    for (std::size_t i = 0; i < n; ++i) {
        outline_.points(rings[i], points_);
        needed_.clear();
        needed_.append(points_.data(), points_.size());
        merge_steps(needed_, size);
        points_of_all += needed_.size();
        thinner_.add_ring(points_, needed_);
    }
    thinner_.thin(options_.tolerance);
    bool worth_it = thinner_.left() < points_of_all;
    for (std::size_t i = 0; worth_it && i < n; ++i) {
        thinner_.points(i, points_);
        worth_it = !covers_nothing(points_, size);
    }
    for (std::size_t i = 0; i < n; ++i) {
        if (worth_it) {
            thinner_.points(i, points_);
            append_ring(points_, rings[i].hole, out);
        } else {
            trace_ring(rings[i], size, out);
        }
    }
}

void Tracer::append_ring(const Buffer<OutlinePoint>& points, bool hole, Polygons& out) {
    Buffer<double>& xy = out.rings.xy;
    append_xy(points, xy);
    out.rings.ring_offsets.push_back(static_cast<std::int64_t>(xy.size() / 2));
    out.is_hole.push_back(hole ? 1 : 0);
}

JoinedRings trace_joined(RleArrayView masks, int threads) {
    const auto runs = static_cast<double>(masks.offsets[masks.length] - masks.offsets[0]);
    const double work = traced_run_ns * runs + traced_mask_ns * static_cast<double>(masks.length);
    std::vector<JoinedRings> pieces = parallel_pieces<JoinedRings>(
        masks.length, work, threads, [&](std::size_t first, std::size_t last, JoinedRings& out) {
            Tracer tracer{TraceOptions{}};
            Polygons traced;
            for (std::size_t i = first; i < last; ++i) {
                traced.clear();
                tracer.trace(masks[i], traced);
                append_joined(traced.rings, out);
            }
        });
    JoinedRings result = std::move(pieces[0]);
    for (std::size_t part = 1; part < pieces.size(); ++part) {
        const std::int64_t start = result.offsets[result.offsets.size() - 1];
        for (std::size_t i = 1; i < pieces[part].offsets.size(); ++i) {
            result.offsets.push_back(start + pieces[part].offsets[i]);
        }
        result.xy.append(pieces[part].xy.data(), pieces[part].xy.size());
    }
    return result;
}

Polygons trace(RleArrayView masks, const TraceOptions& options, int threads) {
    validate(options);
    const auto runs = static_cast<double>(masks.offsets[masks.length] - masks.offsets[0]);
    const double work = traced_run_ns * runs + traced_mask_ns * static_cast<double>(masks.length);
    auto pieces = parallel_pieces<Polygons>(
        masks.length, work, threads, [&](std::size_t first, std::size_t last, Polygons& out) {
            out.clear();
            Tracer tracer(options);
            for (std::size_t i = first; i < last; ++i) {
                try {
                    tracer.trace(masks[i], out);
                } catch (const Error& error) {
                    throw error.at(static_cast<std::int64_t>(i));
                }
            }
        });
    Polygons result = std::move(pieces[0]);
    for (std::size_t part = 1; part < pieces.size(); ++part) {
        append(pieces[part], result);
        pieces[part] = Polygons();
    }
    return result;
}

}  // namespace cocodec
