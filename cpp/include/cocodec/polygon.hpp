// Rings and boxes -> runs, bit-exact with pycocotools.
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

}  // namespace cocodec
