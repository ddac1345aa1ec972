// Sums over runs, bitmaps and boxes with AVX-512.

#include "kernels/table.hpp"
#include "kernels/target.hpp"
#include "kernels/words.hpp"

#ifdef COCODEC_X86
#include <immintrin.h>

#include <algorithm>
#include <cmath>

namespace cocodec::kernels {
namespace {

/// The lowest n of sixteen (or eight) lanes.
COCODEC_TARGET_AVX512 __mmask16 first_of_16(std::size_t n) noexcept {
    return static_cast<__mmask16>(_bzhi_u32(0xFFFF, static_cast<unsigned>(n)));
}
COCODEC_TARGET_AVX512 __mmask8 first_of_8(std::size_t n) noexcept {
    return static_cast<__mmask8>(_bzhi_u32(0xFF, static_cast<unsigned>(n)));
}

COCODEC_TARGET_AVX512 std::uint64_t add_up(__m512i sums) noexcept {
    return static_cast<std::uint64_t>(_mm512_reduce_add_epi64(sums));
}

COCODEC_TARGET_AVX512 std::uint64_t sum(const std::uint32_t* runs, std::size_t n) noexcept {
    const __m512i low = _mm512_set1_epi64(0xFFFFFFFF);
    __m512i even = _mm512_setzero_si512(), odd = even;
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        const __m512i many = _mm512_loadu_si512(runs + i);
        even = _mm512_add_epi64(even, _mm512_and_si512(many, low));
        odd = _mm512_add_epi64(odd, _mm512_srli_epi64(many, 32));
    }
    const __m512i rest = _mm512_maskz_loadu_epi32(first_of_16(n - i), runs + i);
    even = _mm512_add_epi64(even, _mm512_and_si512(rest, low));
    odd = _mm512_add_epi64(odd, _mm512_srli_epi64(rest, 32));
    return add_up(_mm512_add_epi64(even, odd));
}

COCODEC_TARGET_AVX512 std::uint64_t sum_foreground(const std::uint32_t* runs,
                                                   std::size_t n) noexcept {
    __m512i odd = _mm512_setzero_si512();
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        odd = _mm512_add_epi64(odd, _mm512_srli_epi64(_mm512_loadu_si512(runs + i), 32));
    }
    const __m512i rest = _mm512_maskz_loadu_epi32(first_of_16(n - i), runs + i);
    return add_up(_mm512_add_epi64(odd, _mm512_srli_epi64(rest, 32)));
}

COCODEC_TARGET_AVX512 bool any_zero(const std::uint32_t* runs, std::size_t n) noexcept {
    unsigned found = 0;
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        const __m512i many = _mm512_loadu_si512(runs + i);
        found |= _mm512_testn_epi32_mask(many, many);
    }
    const __mmask16 lanes = first_of_16(n - i);
    const __m512i rest = _mm512_maskz_loadu_epi32(lanes, runs + i);
    return (found | _mm512_mask_testn_epi32_mask(lanes, rest, rest)) != 0;
}

/// value[i] becomes value[0] + ... + value[i].
COCODEC_TARGET_AVX512 __m512i prefix_sums(__m512i value) noexcept {
    const __m512i zero = _mm512_setzero_si512();
    value = _mm512_add_epi32(value, _mm512_alignr_epi32(value, zero, 15));
    value = _mm512_add_epi32(value, _mm512_alignr_epi32(value, zero, 14));
    value = _mm512_add_epi32(value, _mm512_alignr_epi32(value, zero, 12));
    return _mm512_add_epi32(value, _mm512_alignr_epi32(value, zero, 8));
}

/// position modulo height, for positions that floats hold exactly: the quotient is one off at most.
COCODEC_TARGET_AVX512 __m512i modulo(__m512i position, __m512i height, __m512 inverse) noexcept {
    const __m512i quotient =
        _mm512_cvttps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(position), inverse));
    __m512i row = _mm512_sub_epi32(position, _mm512_mullo_epi32(quotient, height));
    row = _mm512_min_epu32(row, _mm512_add_epi32(row, height));
    return _mm512_min_epu32(row, _mm512_sub_epi32(row, height));
}

struct Runs32 {
    __m512i low, high;
};

struct Extents {
    __m512i position;  // behind the pairs that were taken, in every lane
    __m512i first, last;
};

/// Takes sixteen pairs into `extents`.
COCODEC_TARGET_AVX512 void take_pairs(Runs32 pairs, __m512i height, __m512 inverse,
                                      Extents& extents) noexcept {
    const __m512i even =
        _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
    const __m512i background = _mm512_permutex2var_epi32(pairs.low, even, pairs.high);
    const __m512i foreground = _mm512_permutex2var_epi32(pairs.low, odd, pairs.high);
    const __m512i end =
        _mm512_add_epi32(extents.position, prefix_sums(_mm512_add_epi32(background, foreground)));
    const __m512i row = modulo(_mm512_sub_epi32(end, foreground), height, inverse);
    const __mmask16 some = _mm512_test_epi32_mask(foreground, foreground);
    extents.first = _mm512_mask_min_epu32(extents.first, some, extents.first, row);
    extents.last =
        _mm512_mask_max_epu32(extents.last, some, extents.last, _mm512_add_epi32(row, foreground));
    extents.position = _mm512_permutexvar_epi32(_mm512_set1_epi32(15), end);
}

COCODEC_TARGET_AVX512 RowExtent row_extent(const std::uint32_t* pairs, std::size_t n,
                                           std::uint64_t origin, std::uint64_t height) noexcept {
    const __m512i rows = _mm512_set1_epi32(static_cast<int>(height));
    const __m512 inverse = _mm512_set1_ps(1.0F / static_cast<float>(height));
    Extents extents = {_mm512_set1_epi32(static_cast<int>(static_cast<std::uint32_t>(origin))),
                       _mm512_set1_epi32(-1), _mm512_setzero_si512()};
    const std::size_t runs = 2 * n;
    std::size_t i = 0;
    for (; i + 32 <= runs; i += 32) {
        take_pairs({_mm512_loadu_si512(pairs + i), _mm512_loadu_si512(pairs + i + 16)}, rows,
                   inverse, extents);
    }
    if (i < runs) {
        const std::size_t low = std::min<std::size_t>(runs - i, 16), high = runs - i - low;
        take_pairs({_mm512_maskz_loadu_epi32(first_of_16(low), pairs + i),
                    _mm512_maskz_loadu_epi32(first_of_16(high), pairs + i + low)},
                   rows, inverse, extents);
    }
    RowExtent extent;
    extent.last = _mm512_reduce_max_epu32(extents.last);
    if (extent.last > 0) extent.first = _mm512_reduce_min_epu32(extents.first);
    return extent;
}

COCODEC_TARGET_AVX512 std::uint64_t and_popcount(WordRows a, WordRows b, std::size_t rows,
                                                 std::size_t n) noexcept {
    __m512i total = _mm512_setzero_si512();
    const std::size_t whole = n & ~std::size_t{7};
    const __mmask8 lanes = first_of_8(n - whole);
    for (std::size_t row = 0; row < rows; ++row) {
        const std::uint64_t* const left = a.words + row * a.stride;
        const std::uint64_t* const right = b.words + row * b.stride;
        for (std::size_t i = 0; i < whole; i += 8) {
            const __m512i both =
                _mm512_and_si512(_mm512_loadu_si512(left + i), _mm512_loadu_si512(right + i));
            total = _mm512_add_epi64(total, _mm512_popcnt_epi64(both));
        }
        const __m512i both = _mm512_and_si512(_mm512_maskz_loadu_epi64(lanes, left + whole),
                                              _mm512_maskz_loadu_epi64(lanes, right + whole));
        total = _mm512_add_epi64(total, _mm512_popcnt_epi64(both));
    }
    return add_up(total);
}

/// The overlap of eight spans with one. The instructions give their second operand where either is
/// NaN, and the one box has none here: so a NaN gives way, as in fmin and fmax.
COCODEC_TARGET_AVX512 __m512d overlap(__m512d starts, __m512d ends, double start,
                                      double end) noexcept {
    return _mm512_sub_pd(_mm512_min_pd(ends, _mm512_set1_pd(end)),
                         _mm512_max_pd(starts, _mm512_set1_pd(start)));
}

COCODEC_TARGET_AVX512 void box_iou(const BoxColumns& dt, std::size_t n, const BoxEdges& gt,
                                   bool crowd, double* out) noexcept {
    if (std::isnan(gt.left) || std::isnan(gt.top) || std::isnan(gt.right) ||
        std::isnan(gt.bottom)) {
        return scalar_sets.box_iou(dt, n, gt, crowd, out);
    }
    const __m512d zero = _mm512_setzero_pd(), gt_area = _mm512_set1_pd(gt.area);
    for (std::size_t i = 0; i < n; i += 8) {
        const __mmask8 lanes = first_of_8(std::min<std::size_t>(n - i, 8));
        const __m512d w = overlap(_mm512_maskz_loadu_pd(lanes, dt.left + i),
                                  _mm512_maskz_loadu_pd(lanes, dt.right + i), gt.left, gt.right);
        const __m512d h = overlap(_mm512_maskz_loadu_pd(lanes, dt.top + i),
                                  _mm512_maskz_loadu_pd(lanes, dt.bottom + i), gt.top, gt.bottom);
        const __mmask8 meet =
            _mm512_mask_cmp_pd_mask(_mm512_cmp_pd_mask(w, zero, _CMP_NLE_UQ), h, zero, _CMP_NLE_UQ);
        const __m512d both = _mm512_mul_pd(w, h);
        const __m512d area = _mm512_maskz_loadu_pd(lanes, dt.area + i);
        const __m512d either = crowd ? area : _mm512_sub_pd(_mm512_add_pd(area, gt_area), both);
        _mm512_mask_storeu_pd(out + i, lanes, _mm512_maskz_div_pd(meet, both, either));
    }
}

COCODEC_TARGET_AVX512 std::size_t positive(const double* values, std::size_t n,
                                           std::uint32_t* out) noexcept {
    const __m512d zero = _mm512_setzero_pd();
    const __m256i eight = _mm256_set1_epi32(8);
    __m256i indexes = _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
    std::size_t found = 0;
    for (std::size_t i = 0; i < n; i += 8) {
        const __mmask8 lanes = first_of_8(std::min<std::size_t>(n - i, 8));
        const __m512d some = _mm512_maskz_loadu_pd(lanes, values + i);
        const __mmask8 above = _mm512_cmp_pd_mask(some, zero, _CMP_GT_OQ);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + found),
                            _mm256_maskz_compress_epi32(above, indexes));
        found += static_cast<unsigned>(_mm_popcnt_u32(above));
        indexes = _mm256_add_epi32(indexes, eight);
    }
    return found;
}

COCODEC_TARGET_AVX512 void merge_words(std::uint64_t* to, const std::uint64_t* a,
                                       const std::uint64_t* b, std::size_t n) noexcept {
    merge_words_loop(to, a, b, n);
}

COCODEC_TARGET_AVX512 void grow_words(std::uint64_t* to, const WordNeighbours& neighbours,
                                      std::size_t n) noexcept {
    grow_words_loop(to, neighbours, n);
}

}  // namespace

const SetKernels avx512_sets = {sum,     sum_foreground, any_zero,    row_extent, and_popcount,
                                box_iou, positive,       merge_words, grow_words};

}  // namespace cocodec::kernels
#endif
