// Where a ring's edges cross columns, with AVX-512: eight columns of an edge at a time. The rest is
// AVX2's.

#include "kernels/avx2_rings.hpp"
#include "kernels/target.hpp"

#ifdef COCODEC_X86
#include <immintrin.h>

#include <cstdlib>

namespace cocodec::kernels {
namespace {

using avx2::before, avx2::behind, avx2::edge_group, avx2::from_x, avx2::inverse, avx2::offset;
using avx2::place_of, avx2::slope, avx2::start;

struct Terms {
    __m512d start, slope, offset, from_x, inverse, before, behind;
};

COCODEC_TARGET_AVX512 Terms terms_of(const RingEdges& edges, std::size_t edge) noexcept {
    const double* const terms = edges.terms + place_of(edge);
    return {_mm512_set1_pd(terms[edge_group * start]),   _mm512_set1_pd(terms[edge_group * slope]),
            _mm512_set1_pd(terms[edge_group * offset]),  _mm512_set1_pd(terms[edge_group * from_x]),
            _mm512_set1_pd(terms[edge_group * inverse]), _mm512_set1_pd(terms[edge_group * before]),
            _mm512_set1_pd(terms[edge_group * behind])};
}

/// `line` is that of each of eight columns.
COCODEC_TARGET_AVX512 void cross_eight(const Terms& edge, __m512d line, __m256i height,
                                       std::uint32_t* rows) noexcept {
    const __m512d half = _mm512_set1_pd(.5);
    const __m512d along = _mm512_mul_pd(edge.slope, _mm512_add_pd(line, edge.offset));
    const __m512d step = _mm512_roundscale_pd(_mm512_add_pd(_mm512_add_pd(edge.start, along), half),
                                              _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    const __m512d across = _mm512_mul_pd(edge.inverse, step);
    const __m512d u = _mm512_add_pd(_mm512_add_pd(edge.from_x, across), half);
    const __mmask8 is_before = _mm512_cmp_pd_mask(u, line, _CMP_LT_OQ);
    const __m512d up =
        _mm512_add_pd(step, _mm512_mask_blend_pd(is_before, edge.behind, edge.before));
    // As AVX2's `fifth_of`.
    const __m256i fifth = _mm512_cvttpd_epi32(_mm512_mul_pd(up, _mm512_set1_pd(.2)));
    const __m256i positive = _mm256_max_epi32(fifth, _mm256_setzero_si256());
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(rows), _mm256_min_epi32(positive, height));
}

COCODEC_TARGET_AVX512 void cross(const RingEdges& edges, const EdgeWalk& walk, std::int32_t height,
                                 std::uint32_t* rows) noexcept {
    const __m256i side = _mm256_set1_epi32(height);
    const __m512d forty = _mm512_set1_pd(40);
    __m512d first = _mm512_add_pd(_mm512_set1_pd(5.0 * walk.column),
                                  _mm512_setr_pd(3, 8, 13, 18, 23, 28, 33, 38));
    const std::size_t* at = walk.first;
    for (std::size_t i = 0; i < walk.length; ++i, at += walk.step) {
        const std::int32_t columns = std::abs(edges.column[*at + 1] - edges.column[*at]);
        const Terms terms = terms_of(edges, *at);
        __m512d line = first;
        for (std::int32_t done = 0;; line = _mm512_add_pd(line, forty)) {
            cross_eight(terms, line, side, rows + done);
            done += 8;
            if (done >= columns) break;
        }
        rows += columns;
        first = _mm512_add_pd(first, _mm512_set1_pd(5.0 * columns));
    }
}

}  // namespace

const RingKernels avx512_rings = {avx2::prepare, cross, avx2::pair_runs};

}  // namespace cocodec::kernels

#endif
