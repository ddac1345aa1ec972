// Where a ring's edges cross columns, edge by edge.

#include <algorithm>
#include <cstdlib>

#include "kernels/edges.hpp"
#include "kernels/table.hpp"

namespace cocodec::kernels {
namespace {

bool prepare(const double* xy, std::size_t n, std::int32_t width, const RingEdges& edges) noexcept {
    if (!within(near_limit, xy, 2 * n)) return false;
    for (std::size_t i = 0; i < n; ++i) {
        edges.x[i] = static_cast<std::int32_t>(5 * xy[2 * i] + .5);
        edges.y[i] = static_cast<std::int32_t>(5 * xy[2 * i + 1] + .5);
        edges.column[i] = pixel_after(edges.x[i], width);
    }
    edges.x[n] = edges.x[0];
    edges.y[n] = edges.y[0];
    edges.column[n] = edges.column[0];
    return true;
}

Vertex<std::int32_t> vertex(const RingEdges& edges, std::size_t i) noexcept {
    return {edges.x[i], edges.y[i], edges.column[i]};
}

void cross(const RingEdges& edges, const EdgeWalk& walk, std::int32_t height,
           std::uint32_t* rows) noexcept {
    std::int32_t column = walk.column;
    const std::size_t* at = walk.first;
    for (std::size_t i = 0; i < walk.length; ++i, at += walk.step) {
        const Vertex<std::int32_t> a = vertex(edges, *at), b = vertex(edges, *at + 1);
        const std::int32_t columns = std::abs(b.column - a.column);
        NearEdges::cross(Edge<std::int32_t>(a, b), column, column + columns, height, rows);
        rows += columns;
        column += columns;
    }
}

/// One column; the sign of what is returned tells whether it is as wanted.
std::uint32_t pair_run(std::uint32_t gap, std::uint32_t length, std::uint32_t* out) noexcept {
    out[0] = gap;
    out[1] = length;
    return gap | (gap - 1) | length | (length - 1);
}

std::size_t pair_runs(const std::uint32_t* a, const std::uint32_t* b, std::size_t n,
                      std::uint32_t height, std::uint32_t* out) noexcept {
    std::uint32_t before = height + a[0] - 1;  // the first gap is nobody's
    for (std::size_t i = 0; i < n; i += 8) {
        std::uint32_t odd = 0;
        const std::size_t end = std::min(i + 8, n);
        for (std::size_t k = i; k < end; ++k) {
            odd |= pair_run(height + a[k] - before, b[k] - a[k], out + 2 * k);
            before = b[k];
        }
        if ((odd >> 31) != 0) return i;
    }
    return n;
}

}  // namespace

const RingKernels scalar_rings = {prepare, cross, pair_runs};

}  // namespace cocodec::kernels
