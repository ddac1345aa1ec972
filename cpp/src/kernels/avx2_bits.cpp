// Bytes, bits and transitions with AVX2: 32 bytes at a time.

#include "kernels/target.hpp"

#ifdef COCODEC_X86

#include <immintrin.h>

#include <array>

#include "kernels/emit.hpp"
#include "kernels/stream.hpp"
#include "kernels/table.hpp"

namespace cocodec::kernels {
namespace {

/// For every byte the numbers of its set bits, lowest first, one in each byte of a word.
constexpr std::array<std::uint64_t, 256> set_bits = [] {
    std::array<std::uint64_t, 256> table{};
    for (unsigned byte = 0; byte < 256; ++byte) {
        unsigned found = 0;
        for (unsigned bit = 0; bit < 8; ++bit) {
            if ((byte >> bit & 1) != 0) table[byte] |= std::uint64_t{bit} << 8 * found++;
        }
    }
    return table;
}();
constexpr long long few_bits = 8;  // from here on the table is quicker than counting zeros

COCODEC_TARGET_AVX2 __m256i load(const void* p) noexcept {
    return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}

/// One bit per byte of 32 bytes that is zero.
COCODEC_TARGET_AVX2 std::uint64_t zeros(__m256i v) noexcept {
    return static_cast<std::uint32_t>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(v, _mm256_setzero_si256())));
}

COCODEC_TARGET_AVX2 std::uint64_t pack_word(const std::uint8_t* bytes) noexcept {
    return ~(zeros(load(bytes)) | zeros(load(bytes + 32)) << 32);
}

COCODEC_TARGET_AVX2 inline bool is_background(const std::uint8_t* bytes) noexcept {
    __m256i any = load(bytes);
    for (std::size_t k = 32; k < stretch; k += 32) any = _mm256_or_si256(any, load(bytes + k));
    return _mm256_testz_si256(any, any) != 0;
}

COCODEC_TARGET_AVX2 void pack(const std::uint8_t* bytes, std::size_t n,
                              std::uint64_t* bits) noexcept {
    pack_stretches<is_background, pack_word>(bytes, n, bits);
}

/// 32 bits as 32 bytes of 0 or 1.
COCODEC_TARGET_AVX2 __m256i expand(std::uint32_t bits) noexcept {
    const __m256i spread =
        _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const __m256i select = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201));
    const __m256i copies = _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(bits)), spread);
    const __m256i cut = _mm256_and_si256(copies, select);
    return _mm256_and_si256(_mm256_cmpeq_epi8(cut, select), _mm256_set1_epi8(1));
}

COCODEC_TARGET_AVX2 void unpack_word(std::uint64_t word, std::uint8_t* bytes) noexcept {
    auto* out = reinterpret_cast<__m256i*>(bytes);
    _mm256_storeu_si256(out, expand(static_cast<std::uint32_t>(word)));
    _mm256_storeu_si256(out + 1, expand(static_cast<std::uint32_t>(word >> 32)));
}

COCODEC_TARGET_AVX2 void unpack(const std::uint64_t* bits, std::size_t n,
                                std::uint8_t* bytes) noexcept {
    std::size_t i = 0;
    for (; i + 64 <= n; i += 64) unpack_word(bits[i / 64], bytes + i);
    if (i == n) return;
    std::uint8_t tail[64];
    unpack_word(bits[i / 64], tail);
    std::memcpy(bytes + i, tail, n - i);
}

/// As emit_positions, which is quicker where there are few: a byte of the word at a time, its
/// numbers from a table. Writes up to 8 values too many, never more than 64 in all.
COCODEC_TARGET_AVX2 std::size_t emit_many(std::uint64_t word, std::uint32_t base,
                                          std::uint32_t* out) noexcept {
    if (_mm_popcnt_u64(word) <= few_bits) return emit_positions(word, base, out);
    std::uint32_t* const start = out;
    __m256i origin = _mm256_set1_epi32(static_cast<int>(base));
    const __m256i eight = _mm256_set1_epi32(8);
    for (int i = 0; i < 8; ++i, word >>= 8) {
        const auto numbers = static_cast<long long>(set_bits[word & 0xFF]);
        const __m256i lanes = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(numbers));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_add_epi32(origin, lanes));
        origin = _mm256_add_epi32(origin, eight);
        out += _mm_popcnt_u64(word & 0xFF);
    }
    return static_cast<std::size_t>(out - start);
}

/// Where four words change; the top bits of `before` are those that come before them.
COCODEC_TARGET_AVX2 inline __m256i changes(__m256i words, __m256i before) noexcept {
    const __m256i shifted =
        _mm256_or_si256(_mm256_slli_epi64(words, 1), _mm256_srli_epi64(before, 63));
    return _mm256_xor_si256(words, shifted);
}

/// The words before the first four: three of them, behind 64 bits of `before`.
COCODEC_TARGET_AVX2 inline __m256i behind(bool before, __m256i words) noexcept {
    const __m256i moved = _mm256_permute4x64_epi64(words, 0x90);
    return _mm256_blend_epi32(moved, _mm256_set1_epi32(before ? -1 : 0), 3);
}

COCODEC_TARGET_AVX2 inline unsigned nonzero_words(__m256i v) noexcept {
    const __m256i none = _mm256_cmpeq_epi64(v, _mm256_setzero_si256());
    return 15U ^ static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(none)));
}

/// In a calm mask most words have two changes, one or none, and which of them is hard to predict:
/// that is not asked.
COCODEC_TARGET_AVX2 inline std::size_t emit(std::uint64_t word, std::uint32_t base,
                                            std::uint32_t* out) noexcept {
    const auto n = static_cast<std::size_t>(_mm_popcnt_u64(word));
    if (n > 2) return emit_many(word, base, out);
    out[0] = base + static_cast<std::uint32_t>(_tzcnt_u64(word));
    out[1] = base + static_cast<std::uint32_t>(_tzcnt_u64(_blsr_u64(word)));
    return n;
}

/// The transitions of words from bit i to bit n, one word after the other.
COCODEC_TARGET_AVX2 inline std::uint32_t* emit_words(const std::uint64_t* bits, std::size_t i,
                                                     std::size_t n, std::uint64_t carry,
                                                     std::uint32_t* out) noexcept {
    for (; i < n; i += 64) {
        const std::uint64_t word = bits[i / 64];
        std::uint64_t changed = word ^ (word << 1 | carry);
        carry = word >> 63;
        if (n - i < 64) changed &= low_bits(n - i);
        out += emit(changed, static_cast<std::uint32_t>(i), out);
    }
    return out;
}

COCODEC_TARGET_AVX2 std::size_t transitions(const std::uint64_t* bits, std::size_t n, bool before,
                                            std::uint32_t* out) noexcept {
    std::uint32_t* const start = out;
    std::size_t i = 0;
    for (; i + 512 <= n; i += 512) {
        const std::uint64_t* const word = bits + i / 64;
        const __m256i first = load(word);
        const __m256i low = changes(first, i == 0 ? behind(before, first) : load(word - 1));
        const __m256i high = changes(load(word + 4), load(word + 3));
        const __m256i any = _mm256_or_si256(low, high);
        if (_mm256_testz_si256(any, any) != 0) continue;
        unsigned hits = nonzero_words(low) | nonzero_words(high) << 4;
        alignas(32) std::uint64_t words[8];
        _mm256_store_si256(reinterpret_cast<__m256i*>(words), low);
        _mm256_store_si256(reinterpret_cast<__m256i*>(words + 4), high);
        if (hits == 0xFF) {  // as noise has it
            for (std::size_t k = 0; k < 8; ++k) {
                out += emit(words[k], static_cast<std::uint32_t>(i + 64 * k), out);
            }
            continue;
        }
        for (; hits != 0; hits &= hits - 1) {
            const auto k = static_cast<std::size_t>(_tzcnt_u32(hits));
            out += emit(words[k], static_cast<std::uint32_t>(i + 64 * k), out);
        }
    }
    const std::uint64_t carry = i == 0 ? (before ? 1 : 0) : bits[i / 64 - 1] >> 63;
    out = emit_words(bits, i, n, carry, out);
    return static_cast<std::size_t>(out - start);
}

COCODEC_TARGET_AVX2 __m256i difference(const std::uint8_t* a, const std::uint8_t* b) noexcept {
    return _mm256_xor_si256(load(a), load(b));
}

COCODEC_TARGET_AVX2 std::size_t differences(const std::uint8_t* a, const std::uint8_t* b,
                                            std::size_t n, std::uint32_t* out) noexcept {
    std::uint32_t* const start = out;
    std::size_t i = 0;
    for (; i + 128 <= n; i += 128) {
        const __m256i any = _mm256_or_si256(
            _mm256_or_si256(difference(a + i, b + i), difference(a + i + 32, b + i + 32)),
            _mm256_or_si256(difference(a + i + 64, b + i + 64),
                            difference(a + i + 96, b + i + 96)));
        if (_mm256_testz_si256(any, any)) continue;
        for (std::size_t k = i; k < i + 128; k += 64) {
            const std::uint64_t changed = pack_word(a + k) ^ pack_word(b + k);
            out += emit(changed, static_cast<std::uint32_t>(k), out);
        }
    }
    for (; i < n; i += 64) {
        std::uint64_t left, right;
        pack(a + i, n - i < 64 ? n - i : 64, &left);
        pack(b + i, n - i < 64 ? n - i : 64, &right);
        out += emit_positions(left ^ right, static_cast<std::uint32_t>(i), out);
    }
    return static_cast<std::size_t>(out - start);
}

}  // namespace

const BitKernels avx2_bits = {pack,        pack,           unpack,          transitions,
                              differences, fill_by_chunks, fill_past_caches};

}  // namespace cocodec::kernels

#endif  // COCODEC_X86
