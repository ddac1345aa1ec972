// The reference's rasteriser, step by step: every edge walked on the five-fold grid, then the
// column crossings, sorted, equal positions cancelled in pairs. (COCO API, common/maskApi.c,
// rleFrPoly.) Costs the length of the ring.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "cocodec/rle.hpp"

#include "masks.hpp"

namespace masks {

using Ring = std::vector<double>;

struct Point {
    std::int64_t u, v;
};

inline std::int64_t truncated(double value) {
    return static_cast<std::int64_t>(value);
}
inline double real(std::int64_t value) {
    return static_cast<double>(value);
}

inline void walk_edge(Point s, Point e, std::vector<Point>& out) {
    const std::int64_t dx = std::abs(e.u - s.u), dy = std::abs(e.v - s.v);
    const bool shallow = dx >= dy;
    const bool flip = shallow ? s.u > e.u : s.v > e.v;
    if (flip) std::swap(s, e);
    const std::int64_t length = shallow ? dx : dy;
    // The reference divides 0 by 0 here, but such a point crosses no column.
    if (length == 0) return;
    const double slope = shallow ? real(e.v - s.v) / real(dx) : real(e.u - s.u) / real(dy);
    for (std::int64_t d = 0; d <= length; ++d) {
        const std::int64_t t = flip ? length - d : d;
        if (shallow) {
            out.push_back({t + s.u, truncated(real(s.v) + slope * real(t) + .5)});
        } else {
            out.push_back({truncated(real(s.u) + slope * real(t) + .5), t + s.v});
        }
    }
}

inline std::vector<std::int64_t> slow_crossings(const std::vector<Point>& boundary,
                                                cocodec::Size size) {
    std::vector<std::int64_t> at;
    for (std::size_t i = 1; i < boundary.size(); ++i) {
        const Point a = boundary[i - 1], b = boundary[i];
        if (a.u == b.u) continue;
        const double column = (real(b.u < a.u ? b.u : b.u - 1) + .5) / 5 - .5;
        if (std::floor(column) != column || column < 0 || column > real(size.width - 1)) continue;
        const double row = (real(std::min(a.v, b.v)) + .5) / 5 - .5;
        at.push_back(truncated(column) * size.height +
                     truncated(std::ceil(std::clamp(row, 0.0, real(size.height)))));
    }
    at.push_back(size.height * size.width);
    std::sort(at.begin(), at.end());
    return at;
}

inline Runs slow_polygon(const Ring& ring, cocodec::Size size) {
    std::vector<Point> vertices, boundary;
    for (std::size_t i = 0; i + 1 < ring.size(); i += 2)
        vertices.push_back({truncated(5 * ring[i] + .5), truncated(5 * ring[i + 1] + .5)});
    for (std::size_t i = 0; i < vertices.size(); ++i)
        walk_edge(vertices[i], vertices[(i + 1) % vertices.size()], boundary);
    std::vector<std::int64_t> steps = slow_crossings(boundary, size);
    for (std::size_t i = steps.size(); i-- > 1;) steps[i] -= steps[i - 1];
    Runs runs{static_cast<std::uint32_t>(steps[0])};
    for (std::size_t i = 1; i < steps.size(); ++i) {
        if (steps[i] > 0) {
            runs.push_back(static_cast<std::uint32_t>(steps[i]));
        } else if (++i < steps.size()) {
            runs.back() += static_cast<std::uint32_t>(steps[i]);
        }
    }
    return runs;
}

}  // namespace masks
