// Bytes, bits and transitions with NEON: 64 bytes are four vectors and one word.

#include "kernels/target.hpp"

#ifdef COCODEC_NEON

#include <arm_neon.h>

#include "kernels/emit.hpp"
#include "kernels/table.hpp"

namespace cocodec::kernels {
namespace {

/// 1, 2, 4, ... 128, twice: which bit each byte stands for.
uint8x16_t bit_of_byte() noexcept {
    return vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201));
}

std::uint64_t pack_word(const std::uint8_t* bytes) noexcept {
    const uint8x16_t select = bit_of_byte();
    uint8x16_t part[4];
    for (int k = 0; k < 4; ++k) {
        const uint8x16_t v = vld1q_u8(bytes + 16 * k);
        part[k] = vandq_u8(vtstq_u8(v, v), select);
    }
    // Three rounds of pairwise sums gather eight bits in each byte.
    const uint8x16_t pairs = vpaddq_u8(vpaddq_u8(part[0], part[1]), vpaddq_u8(part[2], part[3]));
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(pairs, pairs)), 0);
}

bool is_background(const std::uint8_t* bytes) noexcept {
    uint8x16_t any[4] = {vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0)};
    for (std::size_t i = 0; i < stretch; i += 64) {
        for (std::size_t k = 0; k < 4; ++k) any[k] = vorrq_u8(any[k], vld1q_u8(bytes + i + 16 * k));
    }
    return vmaxvq_u8(vorrq_u8(vorrq_u8(any[0], any[1]), vorrq_u8(any[2], any[3]))) == 0;
}

void pack(const std::uint8_t* bytes, std::size_t n, std::uint64_t* bits) noexcept {
    pack_stretches<is_background, pack_word>(bytes, n, bits);
}

void unpack_word(std::uint64_t word, std::uint8_t* bytes) noexcept {
    const uint8x16_t select = bit_of_byte();
    for (int k = 0; k < 4; ++k) {
        const auto low = static_cast<std::uint8_t>(word >> (16 * k));
        const auto high = static_cast<std::uint8_t>(word >> (16 * k + 8));
        const uint8x16_t copies = vcombine_u8(vdup_n_u8(low), vdup_n_u8(high));
        vst1q_u8(bytes + 16 * k, vandq_u8(vtstq_u8(copies, select), vdupq_n_u8(1)));
    }
}

void unpack(const std::uint64_t* bits, std::size_t n, std::uint8_t* bytes) noexcept {
    std::size_t i = 0;
    for (; i + 64 <= n; i += 64) unpack_word(bits[i / 64], bytes + i);
    if (i == n) return;
    std::uint8_t tail[64];
    unpack_word(bits[i / 64], tail);
    std::memcpy(bytes + i, tail, n - i);
}

std::size_t transitions(const std::uint64_t* bits, std::size_t n, bool before,
                        std::uint32_t* out) noexcept {
    return word_transitions(bits, 0, n, before ? 1 : 0, out);
}

uint8x16_t difference(const std::uint8_t* a, const std::uint8_t* b) noexcept {
    return veorq_u8(vld1q_u8(a), vld1q_u8(b));
}

std::size_t differences(const std::uint8_t* a, const std::uint8_t* b, std::size_t n,
                        std::uint32_t* out) noexcept {
    std::uint32_t* const start = out;
    std::size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        const uint8x16_t any = vorrq_u8(
            vorrq_u8(difference(a + i, b + i), difference(a + i + 16, b + i + 16)),
            vorrq_u8(difference(a + i + 32, b + i + 32), difference(a + i + 48, b + i + 48)));
        if (vmaxvq_u8(any) == 0) continue;
        const std::uint64_t changed = pack_word(a + i) ^ pack_word(b + i);
        out += emit_positions(changed, static_cast<std::uint32_t>(i), out);
    }
    if (i < n) {
        std::uint64_t left, right;
        pack(a + i, n - i, &left);
        pack(b + i, n - i, &right);
        out += emit_positions(left ^ right, static_cast<std::uint32_t>(i), out);
    }
    return static_cast<std::size_t>(out - start);
}

}  // namespace

const BitKernels neon_bits = {pack,        pack,           unpack,        transitions,
                              differences, fill_by_chunks, fill_by_chunks};

}  // namespace cocodec::kernels

#endif  // COCODEC_NEON
