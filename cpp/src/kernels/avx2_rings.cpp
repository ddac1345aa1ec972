// Where a ring's edges cross columns, with AVX2: four edges are prepared at a time, then eight
// columns of an edge are crossed without a branch.

#include "kernels/avx2_rings.hpp"

#include "kernels/target.hpp"

#ifdef COCODEC_X86
#include <immintrin.h>

#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace cocodec::kernels {
namespace avx2 {
namespace {

COCODEC_TARGET_AVX2 void store(void* to, __m128i values) noexcept {
    _mm_storeu_si128(static_cast<__m128i*>(to), values);
}
COCODEC_TARGET_AVX2 __m256d load(const std::int32_t* from) noexcept {
    return _mm256_cvtepi32_pd(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

/// (int)(5 * v + .5), the reference's grid.
COCODEC_TARGET_AVX2 __m128i on_grid(__m256d v) noexcept {
    const __m256d scaled = _mm256_mul_pd(_mm256_set1_pd(5), v);
    return _mm256_cvttpd_epi32(_mm256_add_pd(scaled, _mm256_set1_pd(.5)));
}

/// up / 5, cut to 0 .. side. The double next to .2 is above it, so no multiple of 5 falls below its
/// quotient, and it is so near that no other number below 2^31 reaches the next one.
COCODEC_TARGET_AVX2 __m128i fifth_of(__m256d up, __m128i side) noexcept {
    const __m128i fifth = _mm256_cvttpd_epi32(_mm256_mul_pd(up, _mm256_set1_pd(.2)));
    return _mm_min_epi32(_mm_max_epi32(fifth, _mm_setzero_si128()), side);
}

/// Scales four vertices; one bit for each that is too far away.
COCODEC_TARGET_AVX2 __m256d scale_four(const double* xy, __m128i width, std::size_t i,
                                       const RingEdges& edges) noexcept {
    const __m256d ab = _mm256_loadu_pd(xy), cd = _mm256_loadu_pd(xy + 4);
    constexpr int in_order = 0xD8;
    const __m128i u = on_grid(_mm256_permute4x64_pd(_mm256_unpacklo_pd(ab, cd), in_order));
    const __m128i v = on_grid(_mm256_permute4x64_pd(_mm256_unpackhi_pd(ab, cd), in_order));
    store(edges.x + i, u);
    store(edges.y + i, v);
    const __m256d up = _mm256_add_pd(_mm256_cvtepi32_pd(u), _mm256_set1_pd(2));
    store(edges.column + i, fifth_of(up, width));
    const __m256d sign = _mm256_set1_pd(-0.0), limit = _mm256_set1_pd(near_limit);
    return _mm256_or_pd(_mm256_cmp_pd(_mm256_andnot_pd(sign, ab), limit, _CMP_NLE_UQ),
                        _mm256_cmp_pd(_mm256_andnot_pd(sign, cd), limit, _CMP_NLE_UQ));
}

COCODEC_TARGET_AVX2 bool scale(const double* xy, std::size_t n, std::int32_t width,
                               const RingEdges& edges) noexcept {
    const __m128i side = _mm_set1_epi32(width);
    __m256d beyond = _mm256_setzero_pd();
    if (n < 4) {
        double few[8] = {};
        std::memcpy(few, xy, 2 * n * sizeof(double));
        beyond = scale_four(few, side, 0, edges);
    } else {
        for (std::size_t i = 0; i + 4 < n; i += 4) {
            beyond = _mm256_or_pd(beyond, scale_four(xy + 2 * i, side, i, edges));
        }
        beyond = _mm256_or_pd(beyond, scale_four(xy + 2 * (n - 4), side, n - 4, edges));
    }
    // The first vertex comes again, and once more for each edge that only fills a group.
    for (std::int32_t* const values : {edges.x, edges.y, edges.column}) {
        store(values + n, _mm_set1_epi32(values[0]));
    }
    return _mm256_movemask_pd(beyond) == 0;
}

COCODEC_TARGET_AVX2 void prepare_four(std::size_t i, const RingEdges& edges) noexcept {
    const __m256d one = _mm256_set1_pd(1), two = _mm256_set1_pd(2), sign = _mm256_set1_pd(-0.0);
    const __m256d ax = load(edges.x + i), bx = load(edges.x + i + 1);
    const __m256d ay = load(edges.y + i), by = load(edges.y + i + 1);
    const __m256d dx = _mm256_sub_pd(bx, ax), dy = _mm256_sub_pd(by, ay);
    const __m256d flat =
        _mm256_cmp_pd(_mm256_andnot_pd(sign, dx), _mm256_andnot_pd(sign, dy), _CMP_GE_OQ);
    // The reference walks along the longer side, upwards: from b if that is below 0.
    const __m256d longer = _mm256_blendv_pd(dy, dx, flat);
    const __m256d x = _mm256_blendv_pd(ax, bx, longer), y = _mm256_blendv_pd(ay, by, longer);
    // dx is 0 for edges that cross nothing, dy for flat ones, which need no inverse.
    const __m256d tilt = _mm256_div_pd(dy, dx);
    const __m256d falls = _mm256_cmp_pd(tilt, _mm256_setzero_pd(), _CMP_LT_OQ);
    const __m256d one_if_falling = _mm256_and_pd(falls, one);
    const __m256d flat_offset = _mm256_sub_pd(one_if_falling, one);
    const __m256d at = _mm256_blendv_pd(_mm256_set1_pd(-.5), flat_offset, flat);
    const __m256d late = _mm256_add_pd(_mm256_andnot_pd(flat, y), two);
    const __m256d early = _mm256_sub_pd(late, _mm256_andnot_pd(flat, one));
    double* const terms = edges.terms + place_of(i);
    _mm256_storeu_pd(terms + edge_group * start, _mm256_and_pd(flat, y));
    _mm256_storeu_pd(terms + edge_group * slope, tilt);
    _mm256_storeu_pd(terms + edge_group * offset, _mm256_sub_pd(at, x));
    _mm256_storeu_pd(terms + edge_group * from_x, x);
    _mm256_storeu_pd(terms + edge_group * inverse, _mm256_div_pd(dx, dy));
    _mm256_storeu_pd(terms + edge_group * before, _mm256_blendv_pd(late, early, falls));
    _mm256_storeu_pd(terms + edge_group * behind, _mm256_blendv_pd(early, late, falls));
}

struct Terms {
    __m256d start, slope, offset, from_x, inverse, before, behind;
};

COCODEC_TARGET_AVX2 Terms terms_of(const RingEdges& edges, std::size_t edge) noexcept {
    const double* const terms = edges.terms + place_of(edge);
    return {_mm256_broadcast_sd(terms + edge_group * start),
            _mm256_broadcast_sd(terms + edge_group * slope),
            _mm256_broadcast_sd(terms + edge_group * offset),
            _mm256_broadcast_sd(terms + edge_group * from_x),
            _mm256_broadcast_sd(terms + edge_group * inverse),
            _mm256_broadcast_sd(terms + edge_group * before),
            _mm256_broadcast_sd(terms + edge_group * behind)};
}

/// `line` is that of each of four columns.
COCODEC_TARGET_AVX2 void cross_four(const Terms& edge, __m256d line, __m128i height,
                                    std::uint32_t* rows) noexcept {
    const __m256d half = _mm256_set1_pd(.5);
    const __m256d along = _mm256_mul_pd(edge.slope, _mm256_add_pd(line, edge.offset));
    const __m256d step = _mm256_round_pd(_mm256_add_pd(_mm256_add_pd(edge.start, along), half),
                                         _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    const __m256d across = _mm256_mul_pd(edge.inverse, step);
    const __m256d u = _mm256_add_pd(_mm256_add_pd(edge.from_x, across), half);
    const __m256d is_before = _mm256_cmp_pd(u, line, _CMP_LT_OQ);
    const __m256d side = _mm256_blendv_pd(edge.behind, edge.before, is_before);
    store(rows, fifth_of(_mm256_add_pd(step, side), height));
}

COCODEC_TARGET_AVX2 void cross(const RingEdges& edges, const EdgeWalk& walk, std::int32_t height,
                               std::uint32_t* rows) noexcept {
    const __m128i side = _mm_set1_epi32(height);
    const __m256d twenty = _mm256_set1_pd(20), forty = _mm256_set1_pd(40);
    __m256d first = _mm256_add_pd(_mm256_set1_pd(5.0 * walk.column), _mm256_setr_pd(3, 8, 13, 18));
    const std::size_t* at = walk.first;
    for (std::size_t i = 0; i < walk.length; ++i, at += walk.step) {
        const std::int32_t columns = std::abs(edges.column[*at + 1] - edges.column[*at]);
        const Terms terms = terms_of(edges, *at);
        __m256d line = first;
        for (std::int32_t done = 0;; line = _mm256_add_pd(line, forty)) {
            cross_four(terms, line, side, rows + done);
            cross_four(terms, _mm256_add_pd(line, twenty), side, rows + done + 4);
            done += 8;
            if (done >= columns) break;
        }
        rows += columns;
        first = _mm256_add_pd(first, _mm256_set1_pd(5.0 * columns));
    }
}

COCODEC_TARGET_AVX2 __m256i load_eight(const std::uint32_t* from) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}
COCODEC_TARGET_AVX2 void store_eight(std::uint32_t* to, __m256i values) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), values);
}

/// One bit for each value that is not in 1 .. 2^31 - 1.
COCODEC_TARGET_AVX2 unsigned odd_ones(__m256i values) noexcept {
    const __m256i signs = _mm256_or_si256(values, _mm256_sub_epi32(values, _mm256_set1_epi32(1)));
    return static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(signs)));
}

}  // namespace

COCODEC_TARGET_AVX2 bool prepare(const double* xy, std::size_t n, std::int32_t width,
                                 const RingEdges& edges) noexcept {
    const bool are_near = scale(xy, n, width, edges);
    for (std::size_t i = 0; i < n; i += edge_group) prepare_four(i, edges);
    return are_near;
}

COCODEC_TARGET_AVX2 std::size_t pair_runs(const std::uint32_t* a, const std::uint32_t* b,
                                          std::size_t n, std::uint32_t height,
                                          std::uint32_t* out) noexcept {
    const __m256i side = _mm256_set1_epi32(static_cast<int>(height));
    unsigned vouched = ~1U;  // all gaps but the first
    for (std::size_t i = 0; i < n; i += 8) {
        const __m256i top = load_eight(a + i), bottom = load_eight(b + i);
        const __m256i gap = _mm256_sub_epi32(_mm256_add_epi32(top, side), load_eight(b + i - 1));
        const __m256i length = _mm256_sub_epi32(bottom, top);
        const unsigned columns = n - i < 8 ? (1U << (n - i)) - 1 : 0xFF;
        if ((((odd_ones(gap) & vouched) | odd_ones(length)) & columns) != 0) return i;
        vouched = ~0U;
        const __m256i even = _mm256_unpacklo_epi32(gap, length);
        const __m256i odd = _mm256_unpackhi_epi32(gap, length);
        store_eight(out + 2 * i, _mm256_permute2x128_si256(even, odd, 0x20));
        store_eight(out + 2 * i + 8, _mm256_permute2x128_si256(even, odd, 0x31));
    }
    return n;
}

}  // namespace avx2

const RingKernels avx2_rings = {avx2::prepare, avx2::cross, avx2::pair_runs};

}  // namespace cocodec::kernels

#endif
