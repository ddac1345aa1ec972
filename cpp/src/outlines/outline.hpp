// The rings of one mask: which ones are holes and of which part, and holes joined to the ring
// around them (floor 1b, private).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "cocodec/buffer.hpp"
#include "outlines/corner_sweep.hpp"

namespace cocodec {

/// A ring of an outline: its corners from the first one (the upper left of its leftmost column) on.
struct OutlineRing {
    std::uint32_t first;
    std::uint32_t part;   ///< the parts of a mask count from 0, in the order of their outer rings
    std::uint32_t above;  ///< holes: the corner that starts the crack above `first`
    bool hole;
};

/// A point of a ring. A fixed one holds a bridge, and stays a point however the ring is simplified.
struct OutlinePoint {
    std::uint32_t x, y;
    bool fixed;
};

/// Finds the rings of masks, one mask after the other; keeps its memory between them.
class Outline {
public:
    explicit Outline(int connectivity) : sweep_(connectivity) {}

    /// Finds the rings of a valid mask, in the order of their first corners. O(what the sweep
    /// needs).
    void find(RleView mask) {
        sweep_.sweep(mask);
        rings_.clear();
        parts_ = 0;
        Buffer<Corner>& corners = sweep_.corners();
        const auto n = static_cast<std::uint32_t>(corners.size());
        ring_of_.resize(n);
        std::fill(ring_of_.begin(), ring_of_.end(), none);
        const HoleStart* start = sweep_.hole_starts().begin();
        for (std::uint32_t first = 0; first < n; ++first) {
            if (ring_of_[first] == none) start = add_ring(first, start);
        }
        fixed_.resize(n);
        std::fill(fixed_.begin(), fixed_.end(), std::uint8_t{0});
    }

    [[nodiscard]] const Buffer<OutlineRing>& rings() const noexcept { return rings_; }
    [[nodiscard]] const Buffer<Corner>& corners() const noexcept { return sweep_.corners(); }
    [[nodiscard]] std::uint32_t parts() const noexcept { return parts_; }
    [[nodiscard]] bool has_holes() const noexcept { return rings_.size() > parts_; }

    /// The pixels of each part, to `areas` (modulo 2^64, which a mask of 2^64 pixels never is).
    /// Valid only before holes are joined.
    void part_areas(Buffer<std::uint64_t>& areas) const {
        areas.resize(parts_);
        std::fill(areas.begin(), areas.end(), std::uint64_t{0});
        for (const OutlineRing& ring : rings_) areas[ring.part] += ring_area(ring.first);
    }

    /// Joins every hole to the ring around it, by an edge straight up from its first corner and
    /// the same edge back. Level edges alone cross columns, so nothing else changes.
    void join_holes() {
        // From the right to the left: several bridges may stand on one edge, and each is put in
        // directly behind the edge's first corner, before those further along.
        for (std::size_t i = rings_.size(); i-- > 0;) {
            if (rings_[i].hole) join_hole(rings_[i]);
        }
    }

    /// The points of a ring, in order, each once.
    void points(const OutlineRing& ring, Buffer<OutlinePoint>& out) const {
        const Corner* corners = corner_data();
        std::uint32_t at = ring.first;
        out.clear();
        do {
            out.push_back({corners[at].x, corners[at].y, fixed_[at] != 0});
            at = corners[at].next;
        } while (at != ring.first);
    }

private:
    static constexpr std::uint32_t none = 0xFFFFFFFF;

    [[nodiscard]] const Corner* corner_data() const noexcept { return sweep_.corners().data(); }

    const HoleStart* add_ring(std::uint32_t first, const HoleStart* start) {
        const Corner* corners = corner_data();
        const auto ring = static_cast<std::uint32_t>(rings_.size());
        std::uint32_t at = first;
        do {
            ring_of_[at] = ring;
            at = corners[at].next;
        } while (at != first);
        // Pixels lie to the right of the outline: round a part it first runs along the top.
        const bool hole = corners[corners[first].next].x == corners[first].x;
        if (!hole) {
            rings_.push_back({first, parts_++, none, false});
            return start;
        }
        while (start->corner != first) ++start;
        rings_.push_back({first, rings_[ring_of_[start->above]].part, start->above, true});
        return start + 1;
    }

    [[nodiscard]] std::uint64_t ring_area(std::uint32_t first) const noexcept {
        const Corner* corners = corner_data();
        std::uint64_t area = 0;
        std::uint32_t at = first;
        do {
            const Corner& corner = corners[at];
            const std::uint64_t step = std::uint64_t{corner.x} - corners[corner.next].x;
            area += step * corner.y;  // no step along upright edges
            at = corner.next;
        } while (at != first);
        return area;
    }

    void join_hole(const OutlineRing& hole) {
        Buffer<Corner>& corners = sweep_.corners();
        const Corner foot = corners[hole.first], head = corners[hole.above];
        std::uint32_t down = hole.above;
        if (head.x != foot.x) {
            down = add_corner({foot.x, head.y, 0});
            corners[hole.above].next = down;
        }
        const std::uint32_t up = add_corner({foot.x, head.y, head.next});
        // Downwards the bridge goes on into the hole's own first edge.
        corners[down].next = foot.next;
        corners[hole.first].next = up;
        for (const std::uint32_t corner : {down, foot.next, hole.first}) fixed_[corner] = 1;
    }
    std::uint32_t add_corner(Corner corner) {
        Buffer<Corner>& corners = sweep_.corners();
        if (corners.size() >= none) {
            throw Error(ErrorCode::too_large, "the outline has more than 2^32 - 2 corners");
        }
        corners.push_back(corner);
        fixed_.push_back(1);
        return static_cast<std::uint32_t>(corners.size() - 1);
    }

    CornerSweep sweep_;
    Buffer<OutlineRing> rings_;
    Buffer<std::uint32_t> ring_of_;  // of each corner
    Buffer<std::uint8_t> fixed_;     // of each corner
    std::uint32_t parts_ = 0;
};

}  // namespace cocodec
