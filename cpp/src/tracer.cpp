// What one mask is traced to, and batches of masks.

#include "tracer.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "cocodec/error.hpp"
#include "threads.hpp"

namespace cocodec {
namespace {

// Measured cost of one run, one mask, for the choice of threads.
constexpr double run_ns = 25.0, mask_ns = 200.0;

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

}  // namespace

void validate(const TraceOptions& options) {
    const auto require = [](bool good, std::string message) {
        if (!good) throw Error(ErrorCode::bad_option, std::move(message));
    };
    require(options.tolerance == 0, "a tolerance above 0 is not supported");
    require(options.min_area >= 0, "min_area must be a number of pixels, 0 or more");
    require(options.connectivity == 4 || options.connectivity == 8,
            "connectivity is " + std::to_string(options.connectivity) + ", expected 4 or 8");
}

void Tracer::trace(RleView mask, Polygons& out) {
    outline_.find(mask);
    if (options_.holes == Holes::error) refuse_holes();
    order_.clear();
    order_.append(outline_.rings().data(), outline_.rings().size());
    if (options_.min_area > 0) keep_large_parts();
    if (outline_.has_holes()) {
        if (options_.holes == Holes::bridge) outline_.join_holes();
        const auto is_hole = [](const OutlineRing& ring) { return ring.hole; };
        if (options_.holes == Holes::separate) {
            std::stable_sort(
                order_.begin(), order_.end(),
                [](const OutlineRing& a, const OutlineRing& b) { return a.part < b.part; });
        } else {
            order_.resize(static_cast<std::size_t>(
                std::remove_if(order_.begin(), order_.end(), is_hole) - order_.begin()));
        }
    }
    for (const OutlineRing& ring : order_) trace_ring(ring, mask.size, out);
    out.rings.mask_offsets.push_back(static_cast<std::int64_t>(out.is_hole.size()));
}

void Tracer::refuse_holes() const {
    if (!outline_.has_holes()) return;
    const std::size_t holes = outline_.rings().size() - outline_.parts();
    throw Error(ErrorCode::has_holes,
                "the mask has " + std::to_string(holes) + (holes == 1 ? " hole" : " holes"));
}

void Tracer::keep_large_parts() {
    outline_.part_areas(part_areas_);
    const auto is_small = [&](const OutlineRing& ring) {
        return static_cast<double>(part_areas_[ring.part]) < options_.min_area;
    };
    order_.resize(static_cast<std::size_t>(std::remove_if(order_.begin(), order_.end(), is_small) -
                                           order_.begin()));
}

void Tracer::trace_ring(const OutlineRing& ring, Size size, Polygons& out) {
    outline_.points(ring, points_);
    if (options_.merge_steps) {
        const auto side = static_cast<double>(std::max(size.height, size.width));
        if (side <= NearEdges::max_coordinate) {
            near_.merge(points_, size);
        } else {
            far_.merge(points_, size);
        }
    }
    Buffer<double>& xy = out.rings.xy;
    double* next = xy.room(2 * points_.size());
    for (const OutlinePoint& point : points_) {
        *next++ = point.x;
        *next++ = point.y;
    }
    xy.advance(2 * points_.size());
    out.rings.ring_offsets.push_back(static_cast<std::int64_t>(xy.size() / 2));
    out.is_hole.push_back(ring.hole ? 1 : 0);
}

Polygons trace(RleArrayView masks, const TraceOptions& options, int threads) {
    validate(options);
    const auto runs = static_cast<double>(masks.offsets[masks.length] - masks.offsets[0]);
    const double work = run_ns * runs + mask_ns * static_cast<double>(masks.length);
    const std::size_t workers = thread_count(masks.length, work, threads);
    const std::size_t parts = workers == 1 ? 1 : std::min(masks.length, workers * 8);
    std::vector<Polygons> pieces(parts);
    run_parts(parts, workers, [&](std::size_t part) {
        Polygons& out = pieces[part];
        out.rings.clear();
        Tracer tracer(options);
        const std::size_t end = masks.length * (part + 1) / parts;
        for (std::size_t i = masks.length * part / parts; i < end; ++i) {
            try {
                tracer.trace(masks[i], out);
            } catch (const Error& error) {
                throw error.at(static_cast<std::int64_t>(i));
            }
        }
    });
    Polygons result = std::move(pieces[0]);
    for (std::size_t part = 1; part < parts; ++part) {
        append(pieces[part], result);
        pieces[part] = Polygons();
    }
    return result;
}

}  // namespace cocodec
