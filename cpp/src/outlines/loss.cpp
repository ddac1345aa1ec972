// How far rings are from the masks that they were traced from.

#include <cstddef>
#include <cstdint>
#include <utility>

#include "cocodec/polygon.hpp"
#include "cocodec/setops.hpp"

namespace cocodec {
namespace {

/// The same rings with holes joined to the ring before them.
class HoleJoiner {
public:
    explicit HoleJoiner(const Polygons& polygons) : polygons_(polygons) { joined_.clear(); }

    Rings join() {
        for (std::size_t mask = 0; mask < polygons_.rings.size(); ++mask) {
            const std::size_t last = offset(polygons_.rings.mask_offsets, mask + 1);
            for (std::size_t ring = offset(polygons_.rings.mask_offsets, mask); ring < last;) {
                ring = add_part(ring, last);
            }
            joined_.mask_offsets.push_back(
                static_cast<std::int64_t>(joined_.ring_offsets.size() - 1));
        }
        return std::move(joined_);
    }

private:
    static std::size_t offset(const Buffer<std::int64_t>& offsets, std::size_t i) noexcept {
        return static_cast<std::size_t>(offsets[i]);
    }
    /// Adds an outer ring, and the holes behind it: from the ring's first point to the hole's, and
    /// back after its last, over edges that cancel wherever they lie. Returns the ring behind.
    std::size_t add_part(std::size_t outer, std::size_t last) {
        add_points(outer);
        std::size_t ring = outer + 1;
        for (; ring < last && polygons_.is_hole[ring] != 0; ++ring) {
            add_first_point(outer);
            add_points(ring);
            add_first_point(ring);
        }
        if (ring > outer + 1) add_first_point(outer);
        joined_.ring_offsets.push_back(static_cast<std::int64_t>(joined_.xy.size() / 2));
        return ring;
    }
    void add_points(std::size_t ring) {
        const std::size_t begin = offset(polygons_.rings.ring_offsets, ring);
        const std::size_t end = offset(polygons_.rings.ring_offsets, ring + 1);
        joined_.xy.append(polygons_.rings.xy.data() + 2 * begin, 2 * (end - begin));
    }
    void add_first_point(std::size_t ring) {
        const std::size_t begin = offset(polygons_.rings.ring_offsets, ring);
        joined_.xy.append(polygons_.rings.xy.data() + 2 * begin, 2);
    }

    const Polygons& polygons_;
    Rings joined_;
};

}  // namespace

void measure_loss(RleArrayView masks, const Polygons& polygons, TraceLoss* out, int threads) {
    const Rings joined = HoleJoiner(polygons).join();
    const RleArray drawn = from_rings(joined.view(masks.sizes), threads);
    const RleArray gained = combine(drawn.view(), masks, SetOp::difference, threads);
    const RleArray lost = combine(masks, drawn.view(), SetOp::difference, threads);
    for (std::size_t i = 0; i < masks.length; ++i) {
        TraceLoss& loss = out[i];
        loss.gained = area(gained.view()[i]);
        loss.lost = area(lost.view()[i]);
        const std::uint64_t mask = area(masks[i]), either = mask + loss.gained;
        loss.iou =
            either == 0 ? 1 : static_cast<double>(mask - loss.lost) / static_cast<double>(either);
    }
}

}  // namespace cocodec
