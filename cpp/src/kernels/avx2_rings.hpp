// How an edge's terms are kept for its crossings, with AVX2 and with AVX-512; what AVX-512 takes
// over from AVX2.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/table.hpp"

namespace cocodec::kernels::avx2 {

/// What the row at which an edge crosses a column is computed from, without asking which way the
/// edge runs. In doubles, `line` being 5 times the column and 3, and trunc towards 0:
///
///     step = trunc(start + slope * (line + offset) + .5)
///     up = step + (from_x + inverse * step + .5 < line ? before : behind)
///
/// Of a flat edge `step` is the reference's v, and `before` and `behind` are 2. Of a steep one it
/// is the step at which the edge meets the column, or the one before; the reference's own u then
/// decides. The row is up / 5, cut to 0 .. height.
enum Term : std::size_t { start, slope, offset, from_x, inverse, before, behind };

/// Terms of four edges lie side by side.
inline constexpr std::size_t edge_group = 4, terms_of_edge = 8;

/// Where the terms of an edge begin; each is `edge_group` behind the one before it.
inline constexpr std::size_t place_of(std::size_t edge) noexcept {
    return edge / edge_group * (edge_group * terms_of_edge) + edge % edge_group;
}

bool prepare(const double* xy, std::size_t n, std::int32_t width, const RingEdges& edges) noexcept;

std::size_t pair_runs(const std::uint32_t* a, const std::uint32_t* b, std::size_t n,
                      std::uint32_t height, std::uint32_t* out) noexcept;

}  // namespace cocodec::kernels::avx2
