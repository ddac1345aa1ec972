// Runs of one mask after the other -> rings (floor 1b, private).
#pragma once

#include "cocodec/polygon.hpp"
#include "cocodec/rle.hpp"
#include "kernels/edges.hpp"
#include "outlines/outline.hpp"
#include "outlines/stair_merger.hpp"
#include "outlines/thinner.hpp"

namespace cocodec {

/// Throws Error{bad_option} for values that mean nothing.
void validate(const TraceOptions& options);

/// Traces masks; keeps its memory between them.
class Tracer {
public:
    explicit Tracer(const TraceOptions& options)
        : options_(options), outline_(options.connectivity) {}

    /// Appends the rings of a valid mask to `out`, and closes it.
    void trace(RleView mask, Polygons& out);

private:
    void keep_large_parts();
    void refuse_holes() const;
    void find_order();
    void merge_steps(Buffer<OutlinePoint>& points, Size size);
    void trace_ring(const OutlineRing& ring, Size size, Polygons& out);
    void thin_part(const OutlineRing* rings, std::size_t n, Size size, Polygons& out);
    static void append_ring(const Buffer<OutlinePoint>& points, bool hole, Polygons& out);

    TraceOptions options_;
    Outline outline_;
    Buffer<std::uint64_t> part_areas_;  // memory only
    Buffer<OutlineRing> order_;
    Buffer<OutlinePoint> points_, needed_;
    StairMerger<NearEdges> near_;
    StairMerger<FarEdges> far_;
    OutlineThinner thinner_;
};

}  // namespace cocodec
