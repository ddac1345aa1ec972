// Rings and boxes -> runs, bit-exact with pycocotools, and runs -> rings that give these very runs.
//
// The reference scales vertices by 5, walks every edge on that grid and sorts the boundary points
// that it keeps; here each edge finds its column crossings by itself, and stretches of the boundary
// that do not turn back need no sorting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "cocodec/buffer.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// Rings of a batch of masks, flat: ring r has points ring_offsets[r] .. ring_offsets[r + 1), point
/// p lies at x = xy[2 p], y = xy[2 p + 1]; mask m has rings mask_offsets[m] .. mask_offsets[m + 1).
struct RingsView {
    const double* xy = nullptr;
    const std::int64_t* ring_offsets = nullptr;
    const std::int64_t* mask_offsets = nullptr;
    const Size* sizes = nullptr;
    std::size_t length = 0;  ///< number of masks
};

/// One mask per entry: the union of its rings, each closed by itself. No ring, or rings of fewer
/// than three points, give an empty mask. Coordinates are in pixels, pixel (0, 0) spans 0..1;
/// beyond
/// +-1e14, NaN or infinite: Error{bad_coordinate} with item = mask, offset = index of the
/// coordinate within the mask. O(edges + crossed columns + runs).
RleArray from_rings(const RingsView& rings, int threads = 1);

/// One mask per box (x, y, width, height in pixels), rasterised as the ring of its four corners.
RleArray from_boxes(const Box* boxes, const Size* sizes, std::size_t length, int threads = 1);

/// Rings of a batch, owned: what RingsView looks at.
struct Rings {
    Buffer<double> xy;
    Buffer<std::int64_t> ring_offsets;
    Buffer<std::int64_t> mask_offsets;

    /// No rings and no masks; memory is kept.
    void clear() {
        xy.clear();
        for (Buffer<std::int64_t>* offsets : {&ring_offsets, &mask_offsets}) {
            offsets->clear();
            offsets->push_back(0);
        }
    }
    [[nodiscard]] std::size_t size() const noexcept { return mask_offsets.size() - 1; }
    [[nodiscard]] RingsView view(const Size* sizes) const noexcept {
        return {xy.data(), ring_offsets.data(), mask_offsets.data(), sizes, size()};
    }
};

/// Rasterises the first stretches of a batch on other threads while the caller still collects the
/// later ones. The masks, and the error if there is one, are those of `from_rings` on the whole.
class RingPipeline {
public:
    /// `sizes` are those of the whole batch, and must outlive the pipeline; `helpers` threads
    /// start.
    RingPipeline(const Size* sizes, std::size_t helpers);
    /// Waits for the helpers; what is not begun is dropped.
    ~RingPipeline();

    /// The next masks of the batch. Gives back used memory for those after them, if there is any:
    /// fresh memory for every stretch would cost as much as the work.
    Rings add(Rings rings);
    /// All masks, in order; works on what is left.
    RleArray finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// What `trace` makes of a hole. Rings of a mask are united by whoever follows COCO, so that a hole
/// can only be said inside of its ring.
enum class Holes : std::uint8_t {
    bridge = 0,    ///< joined to the ring around it, by an edge there and the same edge back
    separate = 1,  ///< a ring of its own behind that of its part, for those who read it as a hole
    drop = 2,      ///< filled
    error = 3,     ///< refused: Error{has_holes}
};

struct TraceOptions {
    /// 0: rings that rasterise to the same mask. Above: no point of the outline is farther than
    /// this many pixels from the edge that stands for it.
    double tolerance = 0;
    /// Whether steps become slanted edges where the same pixels are inside. No matter with a
    /// tolerance.
    bool merge_steps = true;
    Holes holes = Holes::bridge;
    /// 4, or 8: pixels that touch at a corner are one part, whose ring touches itself there.
    int connectivity = 4;
    /// Parts of fewer pixels are left out.
    double min_area = 0;
};

/// What masks were traced to.
struct Polygons {
    Rings rings;
    Buffer<std::uint8_t> is_hole;  ///< of each ring: 1 for holes by themselves

    /// No rings and no masks; memory is kept.
    void clear() {
        rings.clear();
        is_hole.clear();
    }
};

/// One ring for each part of a mask, in the order of their upper left corners (leftmost column
/// first). A ring starts there and has its pixels on its right-hand side as y runs down: clockwise
/// on the screen, holes the other way. All coordinates are whole numbers. Masks must be valid.
/// Throws Error{bad_option} and, with item = mask, Error{has_holes}. O(runs + columns that they
/// touch + points), whatever the size of the image.
Polygons trace(RleArrayView masks, const TraceOptions& options, int threads = 1);

/// One ring a mask, which COCO's rule fills to it: mask i has the points offsets[i] .. offsets[i +
/// 1]
/// - 1, two numbers each; none if it is empty.
struct JoinedRings {
    Buffer<double> xy;
    Buffer<std::int64_t> offsets;

    JoinedRings() { offsets.push_back(0); }
};

/// As `trace` without a loss, the rings of a mask joined by edges there and back: round each ring
/// to its first point, and at last back along the first points.
JoinedRings trace_joined(RleArrayView masks, int threads = 1);

/// How a mask differs from its rings' pixels.
struct TraceLoss {
    std::uint64_t gained = 0, lost = 0;  ///< pixels of the rings, and of the mask, alone
    double iou = 1;                      ///< 1 where neither has a pixel
};

/// One for each mask, to `out`. Holes by themselves are taken out of their parts, unlike COCO does.
void measure_loss(RleArrayView masks, const Polygons& polygons, TraceLoss* out, int threads = 1);

}  // namespace cocodec
