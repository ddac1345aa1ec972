// Bytes, bits and transitions with AVX-512 (BW, VBMI2): 64 bytes are one bit mask.

#include "kernels/target.hpp"

#ifdef COCODEC_X86

#include <immintrin.h>

#include "kernels/emit.hpp"
#include "kernels/stream.hpp"
#include "kernels/table.hpp"

namespace cocodec::kernels {
namespace {

COCODEC_TARGET_AVX512 std::uint64_t nonzero(const std::uint8_t* bytes) noexcept {
    const __m512i v = _mm512_loadu_si512(bytes);
    return _mm512_test_epi8_mask(v, v);
}

/// The same for n < 64 bytes; the rest is not read.
COCODEC_TARGET_AVX512 std::uint64_t nonzero_tail(const std::uint8_t* bytes,
                                                 std::size_t n) noexcept {
    const __m512i v = _mm512_maskz_loadu_epi8(low_bits(n), bytes);
    return _mm512_test_epi8_mask(v, v);
}

/// Eight words of bits. Stretches of background, most of most images, are told by one test.
COCODEC_TARGET_AVX512 void pack_eight(const std::uint8_t* bytes, std::uint64_t* bits) noexcept {
    __m512i v[8];
    for (std::size_t k = 0; k < 8; ++k) v[k] = _mm512_loadu_si512(bytes + 64 * k);
    const __m512i low = _mm512_or_si512(_mm512_or_si512(v[0], v[1]), _mm512_or_si512(v[2], v[3]));
    const __m512i high = _mm512_or_si512(_mm512_or_si512(v[4], v[5]), _mm512_or_si512(v[6], v[7]));
    const __m512i any = _mm512_or_si512(low, high);
    if (_mm512_test_epi64_mask(any, any) == 0) {
        _mm512_storeu_si512(bits, any);
        return;
    }
    for (std::size_t k = 0; k < 8; ++k) bits[k] = _mm512_test_epi8_mask(v[k], v[k]);
}

COCODEC_TARGET_AVX512 void pack(const std::uint8_t* bytes, std::size_t n,
                                std::uint64_t* bits) noexcept {
    std::size_t i = 0;
    for (; i + 512 <= n; i += 512) {
        pack_eight(bytes + i, bits + i / 64);
    }
    for (; i + 64 <= n; i += 64) bits[i / 64] = nonzero(bytes + i);
    if (i < n) bits[i / 64] = nonzero_tail(bytes + i, n - i);
}

/// Vectors of 32 bytes, as with AVX2: where memory is the limit they keep Zen 4's up better than
/// eight of 64 that are waited for together.
COCODEC_TARGET_AVX512 void pack_from_memory(const std::uint8_t* bytes, std::size_t n,
                                            std::uint64_t* bits) noexcept {
    const auto zeros = [](const std::uint8_t* from) COCODEC_TARGET_AVX512 {
        const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
        const __m256i equal = _mm256_cmpeq_epi8(v, _mm256_setzero_si256());
        return std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(equal))};
    };
    std::size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        bits[i / 64] = ~(zeros(bytes + i) | zeros(bytes + i + 32) << 32);
    }
    if (i < n) bits[i / 64] = nonzero_tail(bytes + i, n - i);
}

COCODEC_TARGET_AVX512 void unpack(const std::uint64_t* bits, std::size_t n,
                                  std::uint8_t* bytes) noexcept {
    const __m512i ones = _mm512_set1_epi8(1);
    std::size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        _mm512_storeu_si512(bytes + i, _mm512_maskz_mov_epi8(bits[i / 64], ones));
    }
    if (i == n) return;
    _mm512_mask_storeu_epi8(bytes + i, low_bits(n - i), _mm512_maskz_mov_epi8(bits[i / 64], ones));
}

/// As emit_positions, sixteen at a time: the numbers 0..63 compressed under the word, in a register
/// (compressing straight to memory is slow on Zen 4).
COCODEC_TARGET_AVX512 std::size_t emit(std::uint64_t word, std::uint32_t base,
                                       std::uint32_t* out) noexcept {
    alignas(64) static const std::uint8_t iota[64] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    const auto n = static_cast<std::size_t>(_mm_popcnt_u64(word));
    const __m512i places = _mm512_maskz_compress_epi8(word, _mm512_load_si512(iota));
    const __m512i start = _mm512_set1_epi32(static_cast<int>(base));
    const auto store = [&](std::uint32_t* to, __m128i bytes) COCODEC_TARGET_AVX512 {
        _mm512_storeu_si512(to, _mm512_add_epi32(_mm512_cvtepu8_epi32(bytes), start));
    };
    store(out, _mm512_castsi512_si128(places));
    if (n > 16) store(out + 16, _mm512_extracti32x4_epi32(places, 1));
    if (n > 32) {
        store(out + 32, _mm512_extracti32x4_epi32(places, 2));
        store(out + 48, _mm512_extracti32x4_epi32(places, 3));
    }
    return n;
}

COCODEC_TARGET_AVX512 std::size_t transitions(const std::uint64_t* bits, std::size_t n, bool before,
                                              std::uint32_t* out) noexcept {
    std::uint32_t* const start = out;
    std::uint64_t carry = before ? 1 : 0;
    __m512i previous = _mm512_set1_epi64(static_cast<long long>(carry << 63));
    std::size_t i = 0;
    for (; i + 512 <= n; i += 512) {
        const __m512i words = _mm512_loadu_si512(bits + i / 64);
        const __m512i earlier = _mm512_alignr_epi64(words, previous, 7);
        const __m512i changed = _mm512_xor_si512(words, _mm512_shldi_epi64(words, earlier, 1));
        previous = words;
        unsigned hits = _mm512_test_epi64_mask(changed, changed);
        if (hits == 0) continue;
        alignas(64) std::uint64_t word[8];
        _mm512_store_si512(word, changed);
        for (; hits != 0; hits &= hits - 1) {
            const auto k = static_cast<std::size_t>(_tzcnt_u32(hits));
            out += emit(word[k], static_cast<std::uint32_t>(i + 64 * k), out);
        }
    }
    if (i > 0) carry = bits[i / 64 - 1] >> 63;
    for (; i < n; i += 64) {
        const std::uint64_t word = bits[i / 64];
        std::uint64_t changed = word ^ (word << 1 | carry);
        carry = word >> 63;
        if (n - i < 64) changed &= low_bits(n - i);
        if (changed != 0) out += emit(changed, static_cast<std::uint32_t>(i), out);
    }
    return static_cast<std::size_t>(out - start);
}

COCODEC_TARGET_AVX512 __m512i difference(const std::uint8_t* a, const std::uint8_t* b) noexcept {
    return _mm512_xor_si512(_mm512_loadu_si512(a), _mm512_loadu_si512(b));
}

COCODEC_TARGET_AVX512 std::size_t differences(const std::uint8_t* a, const std::uint8_t* b,
                                              std::size_t n, std::uint32_t* out) noexcept {
    std::uint32_t* const start = out;
    std::size_t i = 0;
    for (; i + 256 <= n; i += 256) {
        const __m512i any = _mm512_or_si512(
            _mm512_or_si512(difference(a + i, b + i), difference(a + i + 64, b + i + 64)),
            _mm512_or_si512(difference(a + i + 128, b + i + 128),
                            difference(a + i + 192, b + i + 192)));
        if (_mm512_test_epi64_mask(any, any) == 0) continue;
        for (std::size_t k = i; k < i + 256; k += 64) {
            const std::uint64_t changed = nonzero(a + k) ^ nonzero(b + k);
            if (changed != 0) out += emit(changed, static_cast<std::uint32_t>(k), out);
        }
    }
    for (; i < n; i += 64) {
        const std::uint64_t changed = n - i >= 64
                                          ? nonzero(a + i) ^ nonzero(b + i)
                                          : nonzero_tail(a + i, n - i) ^ nonzero_tail(b + i, n - i);
        if (changed != 0) out += emit(changed, static_cast<std::uint32_t>(i), out);
    }
    return static_cast<std::size_t>(out - start);
}

COCODEC_TARGET_AVX512 void fill(const std::uint32_t* runs, std::size_t n, std::uint8_t* bytes,
                                std::size_t size) noexcept {
    constexpr std::size_t long_run = 1024;  // from here on memset's start-up does not matter
    if (size == 0) return;                  // perhaps no memory either: as in fill_by_chunks
    const std::uint8_t* const end = bytes + size;
    __m512i value = _mm512_setzero_si512();
    const __m512i flip = _mm512_set1_epi8(1);
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t run = runs[i];
        if (run >= long_run || static_cast<std::size_t>(end - bytes) < run + 64) {
            std::memset(bytes, static_cast<int>(i % 2), run);
        } else {
            std::size_t done = 0;
            do {
                _mm512_storeu_si512(bytes + done, value);
                done += 64;
            } while (done < run);
        }
        bytes += run;
        value = _mm512_xor_si512(value, flip);
    }
}

}  // namespace

const BitKernels avx512_bits = {pack, pack_from_memory, unpack, transitions, differences,
                                fill, fill_past_caches};

}  // namespace cocodec::kernels

#endif  // COCODEC_X86
