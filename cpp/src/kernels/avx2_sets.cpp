// Sums over runs, bitmaps and boxes with AVX2.

#include "kernels/table.hpp"
#include "kernels/target.hpp"
#include "kernels/words.hpp"

#ifdef COCODEC_X86
#include <immintrin.h>

#include <cmath>

namespace cocodec::kernels {
namespace {

COCODEC_TARGET_AVX2 __m256i load(const std::uint32_t* from) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

COCODEC_TARGET_AVX2 std::uint64_t add_up(__m256i sums) noexcept {
    const __m128i half =
        _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    const __m128i one = _mm_add_epi64(half, _mm_unpackhi_epi64(half, half));
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(one));
}

COCODEC_TARGET_AVX2 std::uint64_t sum(const std::uint32_t* runs, std::size_t n) noexcept {
    const __m256i low = _mm256_set1_epi64x(0xFFFFFFFF);
    __m256i even = _mm256_setzero_si256(), odd = _mm256_setzero_si256();
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256i eight = load(runs + i);
        even = _mm256_add_epi64(even, _mm256_and_si256(eight, low));
        odd = _mm256_add_epi64(odd, _mm256_srli_epi64(eight, 32));
    }
    std::uint64_t total = add_up(_mm256_add_epi64(even, odd));
    for (; i < n; ++i) total += runs[i];
    return total;
}

COCODEC_TARGET_AVX2 std::uint64_t sum_foreground(const std::uint32_t* runs,
                                                 std::size_t n) noexcept {
    __m256i odd = _mm256_setzero_si256();
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) odd = _mm256_add_epi64(odd, _mm256_srli_epi64(load(runs + i), 32));
    std::uint64_t total = add_up(odd);
    for (++i; i < n; i += 2) total += runs[i];
    return total;
}

COCODEC_TARGET_AVX2 bool any_zero(const std::uint32_t* runs, std::size_t n) noexcept {
    const __m256i zero = _mm256_setzero_si256();
    __m256i found = zero;
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        found = _mm256_or_si256(found, _mm256_cmpeq_epi32(load(runs + i), zero));
    }
    bool any = _mm256_testz_si256(found, found) == 0;
    for (; i < n; ++i) any |= runs[i] == 0;
    return any;
}

/// value[i] becomes value[0] + ... + value[i].
COCODEC_TARGET_AVX2 __m256i prefix_sums(__m256i value) noexcept {
    value = _mm256_add_epi32(value, _mm256_slli_si256(value, 4));
    value = _mm256_add_epi32(value, _mm256_slli_si256(value, 8));
    // What the lower half adds up to goes into every value of the upper half.
    const __m256i halves = _mm256_permute2x128_si256(value, value, 0x08);
    return _mm256_add_epi32(value, _mm256_shuffle_epi32(halves, 0xFF));
}

/// position modulo height, for positions that floats hold exactly: the quotient is one off at most.
COCODEC_TARGET_AVX2 __m256i modulo(__m256i position, __m256i height, __m256 inverse) noexcept {
    const __m256i quotient =
        _mm256_cvttps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(position), inverse));
    __m256i row = _mm256_sub_epi32(position, _mm256_mullo_epi32(quotient, height));
    row = _mm256_min_epu32(row, _mm256_add_epi32(row, height));
    return _mm256_min_epu32(row, _mm256_sub_epi32(row, height));
}

/// Eight pairs: those of `low` are 0, 1, 4, 5. The shuffles that part them keep to their halves,
/// and so leave them in order.
struct EightPairs {
    __m256i low, high;
};

COCODEC_TARGET_AVX2 __m256i load_halves(const std::uint32_t* a, const std::uint32_t* b) noexcept {
    return _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(b),
                               reinterpret_cast<const __m128i*>(a));
}
COCODEC_TARGET_AVX2 EightPairs load_pairs(const std::uint32_t* pairs) noexcept {
    return {load_halves(pairs, pairs + 8), load_halves(pairs + 4, pairs + 12)};
}

/// The first n pairs, and empty ones.
COCODEC_TARGET_AVX2 EightPairs load_some_pairs(const std::uint32_t* pairs, std::size_t n) noexcept {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const int left = static_cast<int>(2 * n);
    const auto* const from = reinterpret_cast<const int*>(pairs);
    const __m256i a =
        _mm256_maskload_epi32(from, _mm256_cmpgt_epi32(_mm256_set1_epi32(left), lanes));
    const __m256i b =
        _mm256_maskload_epi32(from + 8, _mm256_cmpgt_epi32(_mm256_set1_epi32(left - 8), lanes));
    return {_mm256_permute2x128_si256(a, b, 0x20), _mm256_permute2x128_si256(a, b, 0x31)};
}

struct Extents {
    __m256i first, last;
};

/// Takes eight pairs into `extents`; returns the position behind them, in every lane.
COCODEC_TARGET_AVX2 __m256i take_pairs(const EightPairs& pairs, __m256i position, __m256i height,
                                       __m256 inverse, Extents& extents) noexcept {
    const __m256 a = _mm256_castsi256_ps(pairs.low), b = _mm256_castsi256_ps(pairs.high);
    const __m256i background = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88));
    const __m256i foreground = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xDD));
    const __m256i end =
        _mm256_add_epi32(position, prefix_sums(_mm256_add_epi32(background, foreground)));
    const __m256i row = modulo(_mm256_sub_epi32(end, foreground), height, inverse);
    const __m256i none = _mm256_cmpeq_epi32(foreground, _mm256_setzero_si256());
    extents.first = _mm256_min_epu32(extents.first, _mm256_or_si256(row, none));
    extents.last = _mm256_max_epu32(extents.last,
                                    _mm256_andnot_si256(none, _mm256_add_epi32(row, foreground)));
    return _mm256_permutevar8x32_epi32(end, _mm256_set1_epi32(7));
}

/// The greatest lane; with all bits turned, the least.
COCODEC_TARGET_AVX2 std::uint32_t greatest(__m256i lanes) noexcept {
    __m128i most = _mm_max_epu32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
    most = _mm_max_epu32(most, _mm_shuffle_epi32(most, 0x4E));
    most = _mm_max_epu32(most, _mm_shuffle_epi32(most, 0xB1));
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(most));
}

COCODEC_TARGET_AVX2 RowExtent row_extent(const std::uint32_t* pairs, std::size_t n,
                                         std::uint64_t origin, std::uint64_t height) noexcept {
    const __m256i rows = _mm256_set1_epi32(static_cast<int>(height));
    const __m256 inverse = _mm256_set1_ps(1.0F / static_cast<float>(height));
    Extents extents = {_mm256_set1_epi32(-1), _mm256_setzero_si256()};
    __m256i position = _mm256_set1_epi32(static_cast<int>(static_cast<std::uint32_t>(origin)));
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        position = take_pairs(load_pairs(pairs + 2 * i), position, rows, inverse, extents);
    }
    if (i < n) {
        take_pairs(load_some_pairs(pairs + 2 * i, n - i), position, rows, inverse, extents);
    }
    RowExtent extent;
    extent.last = greatest(extents.last);
    const __m256i turned = _mm256_xor_si256(extents.first, _mm256_set1_epi32(-1));
    if (extent.last > 0) extent.first = ~greatest(turned);
    return extent;
}

COCODEC_TARGET_AVX2 std::uint64_t count(std::uint64_t word) noexcept {
    return static_cast<std::uint64_t>(_mm_popcnt_u64(word));
}

COCODEC_TARGET_AVX2 std::uint64_t and_popcount(WordRows a, WordRows b, std::size_t rows,
                                               std::size_t n) noexcept {
    std::uint64_t total[4] = {};
    for (std::size_t row = 0; row < rows; ++row) {
        const std::uint64_t* const left = a.words + row * a.stride;
        const std::uint64_t* const right = b.words + row * b.stride;
        std::size_t i = 0;
        for (; i + 4 <= n; i += 4) {
            total[0] += count(left[i] & right[i]);
            total[1] += count(left[i + 1] & right[i + 1]);
            total[2] += count(left[i + 2] & right[i + 2]);
            total[3] += count(left[i + 3] & right[i + 3]);
        }
        for (; i < n; ++i) total[0] += count(left[i] & right[i]);
    }
    return total[0] + total[1] + total[2] + total[3];
}

/// The overlap of four spans with one. The instructions give their second operand where either is
/// NaN, and the one box has none here: so a NaN gives way, as in fmin and fmax.
COCODEC_TARGET_AVX2 __m256d overlap(const double* starts, const double* ends, double start,
                                    double end) noexcept {
    return _mm256_sub_pd(_mm256_min_pd(_mm256_loadu_pd(ends), _mm256_set1_pd(end)),
                         _mm256_max_pd(_mm256_loadu_pd(starts), _mm256_set1_pd(start)));
}

COCODEC_TARGET_AVX2 void box_iou(const BoxColumns& dt, std::size_t n, const BoxEdges& gt,
                                 bool crowd, double* out) noexcept {
    const bool odd =
        std::isnan(gt.left) || std::isnan(gt.top) || std::isnan(gt.right) || std::isnan(gt.bottom);
    const __m256d zero = _mm256_setzero_pd(), gt_area = _mm256_set1_pd(gt.area);
    std::size_t i = 0;
    for (; !odd && i + 4 <= n; i += 4) {
        const __m256d w = overlap(dt.left + i, dt.right + i, gt.left, gt.right);
        const __m256d h = overlap(dt.top + i, dt.bottom + i, gt.top, gt.bottom);
        const __m256d meet =
            _mm256_and_pd(_mm256_cmp_pd(w, zero, _CMP_NLE_UQ), _mm256_cmp_pd(h, zero, _CMP_NLE_UQ));
        const __m256d both = _mm256_mul_pd(w, h), area = _mm256_loadu_pd(dt.area + i);
        const __m256d either = crowd ? area : _mm256_sub_pd(_mm256_add_pd(area, gt_area), both);
        _mm256_storeu_pd(out + i, _mm256_and_pd(meet, _mm256_div_pd(both, either)));
    }
    const BoxColumns rest = {dt.left + i, dt.top + i, dt.right + i, dt.bottom + i, dt.area + i};
    scalar_sets.box_iou(rest, n - i, gt, crowd, out + i);
}

COCODEC_TARGET_AVX2 std::size_t positive(const double* values, std::size_t n,
                                         std::uint32_t* out) noexcept {
    const __m256d zero = _mm256_setzero_pd();
    std::size_t found = 0, i = 0;
    for (; i + 4 <= n; i += 4) {
        const __m256d above = _mm256_cmp_pd(_mm256_loadu_pd(values + i), zero, _CMP_GT_OQ);
        auto lanes = static_cast<unsigned>(_mm256_movemask_pd(above));
        for (; lanes != 0; lanes &= lanes - 1) {
            out[found++] = static_cast<std::uint32_t>(i) + _tzcnt_u32(lanes);
        }
    }
    for (; i < n; ++i) {
        if (values[i] > 0) out[found++] = static_cast<std::uint32_t>(i);
    }
    return found;
}

COCODEC_TARGET_AVX2 void merge_words(std::uint64_t* to, const std::uint64_t* a,
                                     const std::uint64_t* b, std::size_t n) noexcept {
    merge_words_loop(to, a, b, n);
}

COCODEC_TARGET_AVX2 void grow_words(std::uint64_t* to, const WordNeighbours& neighbours,
                                    std::size_t n) noexcept {
    grow_words_loop(to, neighbours, n);
}

}  // namespace

const SetKernels avx2_sets = {sum,     sum_foreground, any_zero,    row_extent, and_popcount,
                              box_iou, positive,       merge_words, grow_words};

}  // namespace cocodec::kernels
#endif
