// Dropping points of an outline, one by one.

#include "outlines/thinner.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>

namespace cocodec {

void OutlineThinner::clear() noexcept {
    points_.clear();
    rings_.clear();
}

void OutlineThinner::add_ring(const Buffer<OutlinePoint>& corners,
                              const Buffer<OutlinePoint>& needed) {
    const std::size_t begin = points_.size(), n = corners.size();
    std::size_t found = 0;
    std::int64_t area = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const OutlinePoint &at = corners[i], &next = corners[i + 1 < n ? i + 1 : 0];
        const bool is_needed =
            found < needed.size() && needed[found].x == at.x && needed[found].y == at.y;
        found += is_needed ? 1 : 0;
        const std::int64_t x = at.x, y = at.y;
        area += x * next.y - y * next.x;
        points_.push_back({x, y, begin + (i > 0 ? i : n) - 1, begin + (i + 1 < n ? i + 1 : 0),
                           rings_.size(), at.fixed, is_needed, false});
    }
    rings_.push_back({begin, begin + n, n, area});
}

void OutlineThinner::thin(double tolerance) {
    sort_points();
    queue_.clear();
    gone_ = 0;
    for (std::size_t i = 0; i < points_.size(); ++i) list(i);
    while (!queue_.empty()) {
        std::pop_heap(queue_.begin(), queue_.end(), later);
        const Candidate next = queue_.back();
        queue_.pop_back();
        const Point& point = points_[next.point];
        if (point.gone || point.before != next.before || point.after != next.after) continue;
        if (keeps_shape(point) && is_near(point, tolerance) && is_free(point)) remove(next.point);
    }
}

std::size_t OutlineThinner::left() const noexcept {
    std::size_t left = 0;
    for (const Ring& ring : rings_) left += ring.left;
    return left;
}

void OutlineThinner::points(std::size_t ring, Buffer<OutlinePoint>& out) const {
    out.clear();
    for (std::size_t i = rings_[ring].begin; i < rings_[ring].end; ++i) {
        const Point& point = points_[i];
        if (point.gone) continue;
        out.push_back({static_cast<std::uint32_t>(point.x), static_cast<std::uint32_t>(point.y),
                       point.fixed});
    }
}

/// Points that are not needed first, then small triangles; ties go by place, so that the result
/// depends on nothing else.
bool OutlineThinner::later(const Candidate& a, const Candidate& b) noexcept {
    return std::tie(a.needed, a.area, a.point) > std::tie(b.needed, b.area, b.point);
}

void OutlineThinner::sort_points() {
    sorted_.resize(points_.size());
    for (std::size_t i = 0; i < sorted_.size(); ++i) sorted_[i] = i;
    std::sort(sorted_.begin(), sorted_.end(), [&](std::size_t a, std::size_t b) {
        return std::tie(points_[a].x, points_[a].y, a) < std::tie(points_[b].x, points_[b].y, b);
    });
}

void OutlineThinner::list(std::size_t point) {
    const Point& at = points_[point];
    if (at.fixed) return;
    const std::int64_t area = std::abs(cross(points_[at.before], at, points_[at.after]));
    queue_.push_back({at.needed, area, point, at.before, at.after});
    std::push_heap(queue_.begin(), queue_.end(), later);
}

void OutlineThinner::remove(std::size_t point) {
    Point& at = points_[point];
    Ring& ring = rings_[at.ring];
    ring.area -= cross(points_[at.before], at, points_[at.after]);
    --ring.left;
    at.gone = true;
    points_[at.before].after = at.after;
    points_[at.after].before = at.before;
    list(at.before);
    list(at.after);
    if (2 * ++gone_ > sorted_.size()) forget_gone_points();
}

void OutlineThinner::forget_gone_points() {
    sorted_.erase(std::remove_if(sorted_.begin(), sorted_.end(),
                                 [&](std::size_t i) { return points_[i].gone; }),
                  sorted_.end());
    gone_ = 0;
}

/// Whether the ring still has an inside, and on the same side, without this point.
bool OutlineThinner::keeps_shape(const Point& point) const noexcept {
    const Ring& ring = rings_[point.ring];
    if (ring.left <= 3) return false;
    const std::int64_t area = ring.area - cross(points_[point.before], point, points_[point.after]);
    return ring.area > 0 ? area > 0 : area < 0;
}

/// Whether all needed points between the neighbours are near the edge that would join these.
bool OutlineThinner::is_near(const Point& point, double tolerance) const noexcept {
    const Point &a = points_[point.before], &b = points_[point.after];
    const Ring& ring = rings_[point.ring];
    const auto dx = static_cast<double>(b.x - a.x), dy = static_cast<double>(b.y - a.y);
    const double length = dx * dx + dy * dy;
    for (std::size_t i = point.before;;) {
        i = i + 1 < ring.end ? i + 1 : ring.begin;
        if (i == point.after) return true;
        if (!points_[i].needed) continue;
        const auto px = static_cast<double>(points_[i].x - a.x);
        const auto py = static_cast<double>(points_[i].y - a.y);
        const double along = length > 0 ? std::clamp((px * dx + py * dy) / length, 0.0, 1.0) : 0.0;
        const double ex = px - along * dx, ey = py - along * dy;
        if (ex * ex + ey * ey > tolerance * tolerance) return false;
    }
}

/// Whether no other point lies in the triangle of the point and its neighbours, on its sides or,
/// where the outline touches itself, at the point. Others at a neighbour's own place do no harm:
/// what leads from there into the triangle ends in it, or has crossed its far side before.
bool OutlineThinner::is_free(const Point& point) const noexcept {
    const Point &a = points_[point.before], &b = points_[point.after];
    const auto [left, right] = std::minmax({a.x, point.x, b.x});
    const auto [top, bottom] = std::minmax({a.y, point.y, b.y});
    const auto begin =
        std::lower_bound(sorted_.begin(), sorted_.end(), left,
                         [&](std::size_t i, std::int64_t x) { return points_[i].x < x; });
    for (auto it = begin; it != sorted_.end() && points_[*it].x <= right; ++it) {
        const Point& other = points_[*it];
        if (other.gone || other.y < top || other.y > bottom || &other == &point) continue;
        if ((other.x == a.x && other.y == a.y) || (other.x == b.x && other.y == b.y)) continue;
        const std::int64_t s = cross(a, point, other), t = cross(point, b, other),
                           u = cross(b, a, other);
        if ((s >= 0 && t >= 0 && u >= 0) || (s <= 0 && t <= 0 && u <= 0)) return false;
    }
    return true;
}

}  // namespace cocodec
