// The counts string with NEON: writes four numbers at a time, reads 16 of one char at a time.

#include "kernels/counts.hpp"

#if defined(COCODEC_NEON)

#include <arm_neon.h>

namespace cocodec::kernels {
namespace {

/// Bit 0 of every lane, in the low four bits.
inline unsigned low_bits(uint32x4_t lanes) noexcept {
    alignas(16) static constexpr std::uint32_t weights[4] = {1, 2, 4, 8};
    return vaddvq_u32(vandq_u32(lanes, vld1q_u32(weights)));
}

/// Chars of four values in the bytes of their lanes; those behind a number's end are of no use.
inline uint8x16_t spread(uint32x4_t value, uint32x4_t more) noexcept {
    const auto group = [](std::uint32_t place) { return vdupq_n_u32(31U << 8 * place); };
    const uint32x4_t low =
        vorrq_u32(vandq_u32(value, group(0)), vandq_u32(vshlq_n_u32(value, 3), group(1)));
    const uint32x4_t high = vorrq_u32(vandq_u32(vshlq_n_u32(value, 6), group(2)),
                                      vandq_u32(vshlq_n_u32(value, 9), group(3)));
    const uint32x4_t groups = vorrq_u32(vorrq_u32(low, high), more);
    return vaddq_u8(vreinterpretq_u8_u32(groups), vdupq_n_u8(first_char));
}

/// Writes runs[0] .. runs[3]; returns nullptr, having written nothing, if one of them takes more
/// than four chars.
inline char* write_four(const std::uint32_t* runs, char* out) noexcept {
    const uint32x4_t now = vld1q_u32(runs), before = vld1q_u32(runs - 2);
    const uint32x4_t value = vsubq_u32(now, before);
    const int32x4_t sign = vshrq_n_s32(vreinterpretq_s32_u32(value), 31);
    const uint32x4_t size = veorq_u32(value, vreinterpretq_u32_s32(sign));
    const bool large = vmaxvq_u32(vorrq_u32(now, before)) > 0x7FFFFFFF;
    if (large || vmaxvq_u32(size) >= 1U << 19) return nullptr;
    const uint32x4_t two = vcgeq_u32(size, vdupq_n_u32(1U << 4));
    const uint32x4_t three = vcgeq_u32(size, vdupq_n_u32(1U << 9));
    const uint32x4_t four = vcgeq_u32(size, vdupq_n_u32(1U << 14));
    const uint32x4_t more = vorrq_u32(
        vorrq_u32(vandq_u32(two, vdupq_n_u32(0x20)), vandq_u32(three, vdupq_n_u32(0x2000))),
        vandq_u32(four, vdupq_n_u32(0x200000)));
    const unsigned lengths = low_bits(veorq_u32(veorq_u32(two, three), four)) | low_bits(three)
                                                                                    << 4;
    const uint8x16_t chars = vqtbl1q_u8(spread(value, more), vld1q_u8(packings[lengths].shuffle));
    vst1q_u8(reinterpret_cast<std::uint8_t*>(out), chars);
    return out + packed_lengths[lengths];
}

/// Writes runs[0] .. runs[15] if each takes one char; false, and nothing written, otherwise.
inline bool write_sixteen_chars(const std::uint32_t* runs, char* out) noexcept {
    uint32x4_t steps[4], large = vdupq_n_u32(0), all = large;
    for (int k = 0; k < 4; ++k) {
        const uint32x4_t now = vld1q_u32(runs + 4 * k), before = vld1q_u32(runs + 4 * k - 2);
        steps[k] = vaddq_u32(vsubq_u32(now, before), vdupq_n_u32(16));  // -16 .. 15 become 0 .. 31
        large = vorrq_u32(large, vorrq_u32(now, before));
        all = vorrq_u32(all, steps[k]);
    }
    if (vmaxvq_u32(large) > 0x7FFFFFFF || vmaxvq_u32(all) >= 32) return false;
    const auto narrow = [](uint32x4_t low, uint32x4_t high) {
        return vmovn_u16(vcombine_u16(vmovn_u32(low), vmovn_u32(high)));
    };
    const uint8x16_t bytes = vcombine_u8(narrow(steps[0], steps[1]), narrow(steps[2], steps[3]));
    // A char has the low five bits of the difference, which are those of the sum but for the 16.
    const uint8x16_t chars = vaddq_u8(veorq_u8(bytes, vdupq_n_u8(16)), vdupq_n_u8(first_char));
    vst1q_u8(reinterpret_cast<std::uint8_t*>(out), chars);
    return true;
}

std::size_t format(const std::uint32_t* runs, std::size_t n, char* out) noexcept {
    return format_by<4, write_four, write_sixteen_chars>(runs, n, out);
}

/// Four runs from four differences; `carry` holds the last two runs twice.
inline uint32x4_t to_runs(int32x4_t differences, uint32x4_t& carry) noexcept {
    const uint32x4_t x = vreinterpretq_u32_s32(differences);
    const uint32x4_t pairs = vaddq_u32(x, vextq_u32(vdupq_n_u32(0), x, 2));
    const uint32x4_t runs = vaddq_u32(pairs, carry);
    carry = vcombine_u32(vget_high_u32(runs), vget_high_u32(runs));
    return runs;
}

/// Reads 16 numbers of one char each; false, and nothing done, if the next 16 chars are not those.
inline bool read_sixteen_chars(Reading& r) noexcept {
    const auto* text = reinterpret_cast<const std::uint8_t*>(r.text + r.index);
    const uint8x16_t groups = vsubq_u8(vld1q_u8(text), vdupq_n_u8(first_char));
    if (vmaxvq_u8(groups) > 31) return false;
    const int8x16_t values =
        vsubq_s8(vreinterpretq_s8_u8(veorq_u8(groups, vdupq_n_u8(16))), vdupq_n_s8(16));
    const uint32x2_t last_two = vld1_u32(r.out + r.runs - 2);
    uint32x4_t carry = vcombine_u32(last_two, last_two);
    if (vmaxvq_u32(carry) >= lane_limit) return false;
    const int16x8_t low = vmovl_s8(vget_low_s8(values)), high = vmovl_s8(vget_high_s8(values));
    const uint32x4_t a = to_runs(vmovl_s16(vget_low_s16(low)), carry);
    const uint32x4_t b = to_runs(vmovl_s16(vget_high_s16(low)), carry);
    const uint32x4_t c = to_runs(vmovl_s16(vget_low_s16(high)), carry);
    const uint32x4_t d = to_runs(vmovl_s16(vget_high_s16(high)), carry);
    if (vmaxvq_u32(vmaxq_u32(vmaxq_u32(a, b), vmaxq_u32(c, d))) >= lane_limit) return false;
    std::uint32_t* out = r.out + r.runs;
    vst1q_u32(out, a);
    vst1q_u32(out + 4, b);
    vst1q_u32(out + 8, c);
    vst1q_u32(out + 12, d);
    r.runs += 16;
    r.index += 16;
    return true;
}

std::size_t parse(const char* text, std::size_t n, std::uint32_t* out,
                  std::size_t* consumed) noexcept {
    Reading reading{text, n, 0, out, 0};
    if (read_first_numbers(reading)) {
        while ((n - reading.index >= 16 && read_sixteen_chars(reading)) || read_some(reading)) {
        }
    }
    *consumed = reading.index;
    return reading.runs;
}

}  // namespace

const CountsKernels neon_counts = {format, parse};

}  // namespace cocodec::kernels

#endif
