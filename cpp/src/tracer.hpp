// Runs of one mask after the other -> rings (floor 1b, private).
#pragma once

#include "cocodec/polygon.hpp"
#include "cocodec/rle.hpp"
#include "outline.hpp"
#include "ring_edges.hpp"
#include "stair_merger.hpp"

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
    void trace_ring(const OutlineRing& ring, Size size, Polygons& out);

    TraceOptions options_;
    Outline outline_;
    Buffer<std::uint8_t> kept_;         // of each part
    Buffer<std::uint64_t> part_areas_;  // memory only
    Buffer<OutlineRing> order_;
    Buffer<OutlinePoint> points_;
    StairMerger<NearEdges> near_;
    StairMerger<FarEdges> far_;
};

}  // namespace cocodec
