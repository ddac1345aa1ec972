// Where one edge of a ring crosses the centre lines of columns, in the reference's own doubles
// (private).
//
// The reference (pycocotools, rleFrPoly) scales vertices by 5, walks each edge in unit steps on
// that grid, along its longer side, and keeps the steps from u = 5c + 2 to u = 5c + 3: there the
// boundary crosses column c. Only those steps are evaluated here.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <type_traits>
#include <utility>

#include "kernels/table.hpp"

namespace cocodec {

/// Whether all of n values lie within +-limit (and are numbers). No early end: it is the rare
/// answer that could be had sooner.
inline bool within(double limit, const double* values, std::size_t n) noexcept {
    std::uint64_t beyond = 0;
    for (std::size_t i = 0; i < n; ++i) beyond += std::abs(values[i]) <= limit ? 0 : 1;
    return beyond == 0;
}

/// A vertex on the grid of fifths, and the column that comes after it: the first one whose centre
/// line lies to its right, cut to the image. An edge from a to b crosses a.column .. b.column.
template <class Int>
struct Vertex {
    Int x, y, column;
};

/// The first pixel whose centre lies beyond `fifths`, cut to 0 .. side: for an x, the column that
/// comes after it; for the v of a crossing, ceil((v + .5) / 5 - .5), its row.
template <class Int>
Int pixel_after(Int fifths, Int side) noexcept {
    using Unsigned = std::make_unsigned_t<Int>;
    const auto up = static_cast<Unsigned>(std::max<Int>(fifths, 0) + 2);
    return std::min(static_cast<Int>(up / 5), side);
}

/// An edge that crosses at least one column, oriented along its longer side as the reference does.
template <class Int>
struct Edge {
    Vertex<Int> from, to;
    bool flat;

    Edge(const Vertex<Int>& a, const Vertex<Int>& b) noexcept : from(a), to(b) {
        const Int dx = std::abs(b.x - a.x), dy = std::abs(b.y - a.y);
        flat = dx >= dy;
        if (flat ? a.x > b.x : a.y > b.y) std::swap(from, to);
    }
};

template <class Int>
std::uint32_t row(Int v, Int height) noexcept {
    return static_cast<std::uint32_t>(pixel_after(v, height));
}

/// Edges of near vertices. Every intermediate value fits 32 bits, and crossings are computed four
/// at a time: up to three more than the edge has, for which `rows` must have space.
struct NearEdges {
    using Int = std::int32_t;
    static constexpr std::size_t slack = 3;
    static constexpr double max_coordinate = kernels::near_limit;

    /// Writes the rows of columns first .. last - 1 to `rows`.
    static void cross(const Edge<Int>& edge, Int first, Int last, Int height,
                      std::uint32_t* rows) noexcept {
        const Int fours = (last - first + 3) / 4;
        if (edge.flat) {
            flat(edge, first, fours, height, rows);
        } else if (edge.to.x > edge.from.x) {
            steep<true>(edge, first, fours, height, rows);
        } else {
            steep<false>(edge, first, fours, height, rows);
        }
    }

private:
    /// v = (int)(y + slope * t + .5), where t steps from the edge's start lead to the crossing.
    static void flat(const Edge<Int>& edge, Int first, Int fours, Int height,
                     std::uint32_t* rows) noexcept {
        const double start = edge.from.y;
        const double slope = static_cast<double>(edge.to.y - edge.from.y) /
                             static_cast<double>(edge.to.x - edge.from.x);
        const Int t = 5 * first + 2 - edge.from.x + (slope < 0 ? 1 : 0);
        for (Int i = 0; i < 4 * fours; ++i) {
            const double v = start + slope * static_cast<double>(t + 5 * i) + .5;
            rows[i] = row(static_cast<Int>(v), height);
        }
    }
    /// The crossing is the first step t at which u = x + slope * t + .5 is beyond 5c + 3. The
    /// inverse slope tells t or t - 1, then the reference's expression decides.
    template <bool rising>
    static void steep(const Edge<Int>& edge, Int first, Int fours, Int height,
                      std::uint32_t* rows) noexcept {
        const double start = edge.from.x, before = edge.from.y - 1;
        const auto dx = static_cast<double>(edge.to.x - edge.from.x);
        const auto dy = static_cast<double>(edge.to.y - edge.from.y);
        const double slope = dx / dy, inverse = dy / dx;
        for (Int i = 0; i < 4 * fours; ++i) {
            const auto line = static_cast<double>(5 * (first + i) + 3);
            const double guess = (line - .5 - start) * inverse + .5;
            const auto t = static_cast<double>(static_cast<Int>(guess));
            const double u = start + slope * t + .5;
            const double late = (rising ? u >= line : u < line) ? 0 : 1;
            rows[i] = row(static_cast<Int>(before + t + late), height);
        }
    }
};

/// Edges of any vertices: 64 bits, one crossing at a time.
struct FarEdges {
    using Int = std::int64_t;
    static constexpr std::size_t slack = 0;
    /// Grid coordinates up to 5e14 keep every sum, difference and (double) cast below exact.
    static constexpr double max_coordinate = 1e14;

    static void cross(const Edge<Int>& edge, Int first, Int last, Int height,
                      std::uint32_t* rows) noexcept {
        const Int dx = edge.to.x - edge.from.x, dy = edge.to.y - edge.from.y;
        const double slope = edge.flat ? static_cast<double>(dy) / static_cast<double>(dx)
                                       : static_cast<double>(dx) / static_cast<double>(dy);
        for (Int column = first; column < last; ++column) {
            const Int t = 5 * column + 2 - edge.from.x + (slope < 0 ? 1 : 0);
            const Int v = edge.flat ? rounded(edge.from.y, slope, t)
                                    : edge.from.y + steep_step(edge, slope, column) - 1;
            *rows++ = row(v, height);
        }
    }

private:
    /// The reference's (int)(start + slope * t + .5).
    static Int rounded(Int start, double slope, Int t) noexcept {
        return static_cast<Int>(static_cast<double>(start) + slope * static_cast<double>(t) + .5);
    }
    static bool beyond(const Edge<Int>& edge, double slope, Int column, Int t) noexcept {
        const Int u = rounded(edge.from.x, slope, t);
        return slope > 0 ? u >= 5 * column + 3 : u <= 5 * column + 2;
    }
    /// First t at which the edge lies beyond the centre of the column: guessed from the inverse
    /// slope, then put right with the reference's own expression.
    static Int steep_step(const Edge<Int>& edge, double slope, Int column) noexcept {
        const Int length = edge.to.y - edge.from.y;
        const double distance = static_cast<double>(5 * column - edge.from.x) + 2.5;
        const auto guess = static_cast<Int>(std::ceil(distance / slope));
        Int t = std::clamp<Int>(guess, 1, length);
        while (t > 1 && beyond(edge, slope, column, t - 1)) --t;
        while (t < length && !beyond(edge, slope, column, t)) ++t;
        return t;
    }
};

}  // namespace cocodec
