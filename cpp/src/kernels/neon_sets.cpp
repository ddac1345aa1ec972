// Sums over runs, bitmaps and boxes with NEON.

#include "kernels/table.hpp"
#include "kernels/target.hpp"
#include "kernels/words.hpp"

#ifdef COCODEC_NEON
#include <arm_neon.h>

#include <cmath>
#include <limits>

namespace cocodec::kernels {
namespace {

std::uint64_t sum(const std::uint32_t* runs, std::size_t n) noexcept {
    uint64x2_t sums = vdupq_n_u64(0);
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) sums = vpadalq_u32(sums, vld1q_u32(runs + i));
    std::uint64_t total = vaddvq_u64(sums);
    for (; i < n; ++i) total += runs[i];
    return total;
}

std::uint64_t sum_foreground(const std::uint32_t* runs, std::size_t n) noexcept {
    uint64x2_t sums = vdupq_n_u64(0);
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) sums = vpadalq_u32(sums, vld2q_u32(runs + i).val[1]);
    std::uint64_t total = vaddvq_u64(sums);
    for (++i; i < n; i += 2) total += runs[i];
    return total;
}

bool any_zero(const std::uint32_t* runs, std::size_t n) noexcept {
    uint32x4_t found = vdupq_n_u32(0);
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) found = vorrq_u32(found, vceqzq_u32(vld1q_u32(runs + i)));
    bool any = vmaxvq_u32(found) != 0;
    for (; i < n; ++i) any |= runs[i] == 0;
    return any;
}

std::uint64_t and_popcount(WordRows a, WordRows b, std::size_t rows, std::size_t n) noexcept {
    uint64x2_t sums = vdupq_n_u64(0);
    std::uint64_t total = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        const std::uint64_t* const left = a.words + row * a.stride;
        const std::uint64_t* const right = b.words + row * b.stride;
        std::size_t i = 0;
        for (; i + 2 <= n; i += 2) {
            const uint64x2_t both = vandq_u64(vld1q_u64(left + i), vld1q_u64(right + i));
            const uint8x16_t bits = vcntq_u8(vreinterpretq_u8_u64(both));
            sums = vpadalq_u32(sums, vpaddlq_u16(vpaddlq_u8(bits)));
        }
        if (i < n) total += vaddv_u8(vcnt_u8(vcreate_u8(left[i] & right[i])));
    }
    return total + vaddvq_u64(sums);
}

/// The numbers, and the other one in place of each that is NaN; minnm and maxnm do so by themselves
/// unless it is a signalling one.
float64x2_t numbers_or(float64x2_t values, float64x2_t other) noexcept {
    return vbslq_f64(vceqq_f64(values, values), values, other);
}

/// The overlap of two spans with one, which has no signalling NaN; another gives way.
float64x2_t overlap(const double* starts, const double* ends, double start, double end) noexcept {
    const float64x2_t last = vdupq_n_f64(end), first = vdupq_n_f64(start);
    return vsubq_f64(vminnmq_f64(numbers_or(vld1q_f64(ends), last), last),
                     vmaxnmq_f64(numbers_or(vld1q_f64(starts), first), first));
}

/// A NaN that is quiet in place of any.
double quiet(double value) noexcept {
    return std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value;
}

/// All ones where value > 0 or NaN.
uint64x2_t above_zero(float64x2_t value) noexcept {
    return vreinterpretq_u64_u32(vmvnq_u32(vreinterpretq_u32_u64(vclezq_f64(value))));
}

void box_iou(const BoxColumns& dt, std::size_t n, const BoxEdges& gt, bool crowd,
             double* out) noexcept {
    const float64x2_t gt_area = vdupq_n_f64(gt.area);
    const double left = quiet(gt.left), top = quiet(gt.top);
    const double right = quiet(gt.right), bottom = quiet(gt.bottom);
    std::size_t i = 0;
    for (; i + 2 <= n; i += 2) {
        const float64x2_t w = overlap(dt.left + i, dt.right + i, left, right);
        const float64x2_t h = overlap(dt.top + i, dt.bottom + i, top, bottom);
        const uint64x2_t meet = vandq_u64(above_zero(w), above_zero(h));
        const float64x2_t both = vmulq_f64(w, h), area = vld1q_f64(dt.area + i);
        const float64x2_t either = crowd ? area : vsubq_f64(vaddq_f64(area, gt_area), both);
        const uint64x2_t value = vreinterpretq_u64_f64(vdivq_f64(both, either));
        vst1q_f64(out + i, vreinterpretq_f64_u64(vandq_u64(meet, value)));
    }
    const BoxColumns rest = {dt.left + i, dt.top + i, dt.right + i, dt.bottom + i, dt.area + i};
    scalar_sets.box_iou(rest, n - i, gt, crowd, out + i);
}

RowExtent row_extent(const std::uint32_t* pairs, std::size_t n, std::uint64_t origin,
                     std::uint64_t height) noexcept {
    // A prefix sum of four lanes costs what the loop over single runs does.
    return scalar_sets.row_extent(pairs, n, origin, height);
}

std::size_t positive(const double* values, std::size_t n, std::uint32_t* out) noexcept {
    // Two lanes have nothing to gain.
    return scalar_sets.positive(values, n, out);
}

void merge_words(std::uint64_t* to, const std::uint64_t* a, const std::uint64_t* b,
                 std::size_t n) noexcept {
    merge_words_loop(to, a, b, n);
}

void grow_words(std::uint64_t* to, const WordNeighbours& neighbours, std::size_t n) noexcept {
    grow_words_loop(to, neighbours, n);
}

}  // namespace

const SetKernels neon_sets = {sum,     sum_foreground, any_zero,    row_extent, and_popcount,
                              box_iou, positive,       merge_words, grow_words};

}  // namespace cocodec::kernels
#endif
