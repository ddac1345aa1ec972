// Fewer points at a loss: outlines within a tolerance that never cross themselves (floor 1b,
// private).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cocodec/buffer.hpp"
#include "outlines/outline.hpp"

namespace cocodec {

/// Thins the rings of one part after the other; keeps its memory between them. A point goes if no
/// other one lies in the triangle that it makes with its neighbours: then no edge that was there
/// can cross the new one. The smallest triangles go first.
class OutlineThinner {
public:
    /// Coordinates stay below 2^31.
    static constexpr std::int64_t max_side = 0x7FFFFFFF;

    void clear() noexcept;
    /// Adds a ring of the part. `needed`, some of its `corners` in the same order, is the same ring
    /// to all who count pixels: the other points may go whatever their distance.
    void add_ring(const Buffer<OutlinePoint>& corners, const Buffer<OutlinePoint>& needed);
    /// Drops points while no needed one is farther than `tolerance` from the edge that stands for
    /// it, each ring keeps three points, and the side that its inside is on. About O(n log n).
    void thin(double tolerance);
    /// Points that are left of all rings.
    [[nodiscard]] std::size_t left() const noexcept;
    /// What is left of a ring, in order.
    void points(std::size_t ring, Buffer<OutlinePoint>& out) const;

private:
    struct Point {
        std::int64_t x, y;
        std::size_t before, after, ring;  // neighbours, of those that are left
        bool fixed, needed, gone;
    };
    struct Ring {
        std::size_t begin, end, left;  // of points_; how many points are left
        std::int64_t area;             // twice, positive to the right of its edges
    };
    /// A point that may go, as it stood when it was listed.
    struct Candidate {
        bool needed;
        std::int64_t area;
        std::size_t point, before, after;
    };

    static std::int64_t cross(const Point& a, const Point& b, const Point& c) noexcept {
        return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    }
    static bool later(const Candidate& a, const Candidate& b) noexcept;

    void sort_points();
    void list(std::size_t point);
    void remove(std::size_t point);
    void forget_gone_points();
    [[nodiscard]] bool keeps_shape(const Point& point) const noexcept;
    [[nodiscard]] bool is_near(const Point& point, double tolerance) const noexcept;
    [[nodiscard]] bool is_free(const Point& point) const noexcept;

    std::vector<Point> points_;
    std::vector<Ring> rings_;
    std::vector<std::size_t> sorted_;  // points from left to right, some of them gone
    std::vector<Candidate> queue_;     // a heap
    std::size_t gone_ = 0;             // of sorted_
};

}  // namespace cocodec
