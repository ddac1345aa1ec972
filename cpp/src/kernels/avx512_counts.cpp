// The counts string with AVX-512 (VBMI, VBMI2): 16 numbers at a time, both ways.

#include "kernels/counts.hpp"

#if defined(COCODEC_X86)

#include <immintrin.h>

#include <algorithm>

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns of its own header: its undefined vectors are meant to be undefined (PR 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace cocodec::kernels {
namespace {

/// The low n of 16 lanes.
COCODEC_TARGET_AVX512 inline __mmask16 low_lanes(std::size_t n) noexcept {
    return static_cast<__mmask16>(
        _bzhi_u32(0xFFFF, static_cast<unsigned>(std::min<std::size_t>(n, 16))));
}

/// Writes runs i .. i + 15 (those of `lanes`); returns nullptr, having written nothing, if one of
/// them takes more than four chars.
COCODEC_TARGET_AVX512 inline char* write_sixteen(const std::uint32_t* runs, __mmask16 lanes,
                                                 char* out) noexcept {
    const __m512i now = _mm512_maskz_loadu_epi32(lanes, runs);
    const __m512i before = _mm512_maskz_loadu_epi32(lanes, runs - 2);
    const __m512i value = _mm512_sub_epi32(now, before);
    const __m512i size = _mm512_xor_si512(value, _mm512_srai_epi32(value, 31));
    const __mmask16 large = _mm512_movepi32_mask(_mm512_or_si512(now, before));
    const __mmask16 wide = _mm512_cmpge_epu32_mask(size, _mm512_set1_epi32(1 << 19));
    if ((large | wide) != 0) return nullptr;
    const __mmask16 two = _mm512_cmpge_epu32_mask(size, _mm512_set1_epi32(1 << 4));
    if (two == 0) {  // one char each, as in noise and in smooth outlines
        const __m512i groups = _mm512_and_si512(value, _mm512_set1_epi32(31));
        const __m128i chars = _mm512_cvtepi32_epi8(groups);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                         _mm_add_epi8(chars, _mm_set1_epi8(first_char)));
        return out + _mm_popcnt_u32(lanes);
    }
    // 1 in every byte that is written.
    __m512i used = _mm512_maskz_set1_epi32(lanes, 0x01);
    used = _mm512_mask_set1_epi32(used, two, 0x0101);
    used = _mm512_mask_set1_epi32(used, _mm512_cmpge_epu32_mask(size, _mm512_set1_epi32(1 << 9)),
                                  0x010101);
    used = _mm512_mask_set1_epi32(used, _mm512_cmpge_epu32_mask(size, _mm512_set1_epi32(1 << 14)),
                                  0x01010101);
    const __m512i places = _mm512_set1_epi64(0x2F2A25200F0A0500);
    const __m512i groups =
        _mm512_and_si512(_mm512_multishift_epi64_epi8(places, value), _mm512_set1_epi8(31));
    // The 1 of the char that follows becomes this one's 32, "more".
    const __m512i more = _mm512_srli_epi32(used, 3);
    const __m512i chars =
        _mm512_add_epi8(_mm512_or_si512(groups, more), _mm512_set1_epi8(first_char));
    const __mmask64 written = _mm512_test_epi8_mask(used, used);
    // Compressed in the register: compressing into memory is slow on Zen 4.
    _mm512_storeu_si512(out, _mm512_maskz_compress_epi8(written, chars));
    return out + _mm_popcnt_u64(written);
}

COCODEC_TARGET_AVX512 std::size_t format(const std::uint32_t* runs, std::size_t n,
                                         char* out) noexcept {
    std::size_t i = std::min(n, first_difference);
    char* place = write_runs(runs, 0, i, out);
    for (; i < n; i += 16) {
        char* behind = write_sixteen(runs + i, low_lanes(n - i), place);
        place = behind != nullptr ? behind : write_runs(runs, i, std::min(n, i + 16), place);
    }
    return static_cast<std::size_t>(place - out);
}

/// Where the numbers of up to 64 chars lie; bytes count numbers.
struct Numbers {
    __m512i groups;  // the chars less 48
    __m512i begins;  // index of each number's first char
    __m512i unused;  // 32 less the bits of each number
    std::uint64_t ends;
    std::size_t n;  // even, so that odd and even runs keep their lanes
};

/// Finds the numbers of at most four chars at the front of what is left to read.
COCODEC_TARGET_AVX512 inline Numbers find_numbers(const Reading& r) noexcept {
    const auto left = static_cast<unsigned>(std::min<std::size_t>(r.n - r.index, 64));
    const __mmask64 here = _bzhi_u64(~std::uint64_t{0}, left);
    const __m512i chars = _mm512_maskz_loadu_epi8(here, r.text + r.index);
    Numbers numbers;
    numbers.groups = _mm512_sub_epi8(chars, _mm512_set1_epi8(first_char));
    // Bytes that were not loaded are not of the alphabet; nothing from the first such byte on
    // counts.
    const std::uint64_t good = _mm512_cmple_epu8_mask(numbers.groups, _mm512_set1_epi8(63));
    numbers.ends =
        _mm512_testn_epi8_mask(numbers.groups, _mm512_set1_epi8(32)) & good & ~(good + 1);
    alignas(64) static constexpr std::array<std::uint8_t, 64> indexes = [] {
        std::array<std::uint8_t, 64> all{};
        for (std::size_t i = 0; i < 64; ++i) all[i] = static_cast<std::uint8_t>(i);
        return all;
    }();
    const __m512i index = _mm512_load_si512(indexes.data());
    const __m512i last = _mm512_maskz_compress_epi8(numbers.ends, index);
    numbers.begins = _mm512_maskz_compress_epi8(numbers.ends << 1 | 1, index);
    const __m512i more = _mm512_sub_epi8(last, numbers.begins);
    // 27, 22, 17, 12 bits are unused by a number of 1, 2, 3, 4 chars.
    numbers.unused = _mm512_shuffle_epi8(_mm512_set1_epi32(0x0C11161B), more);
    const std::uint64_t longer = _mm512_cmpgt_epu8_mask(more, _mm512_set1_epi8(3));
    numbers.n = std::min<std::size_t>(static_cast<std::size_t>(_mm_popcnt_u64(numbers.ends)),
                                      static_cast<std::size_t>(_tzcnt_u64(longer)));
    numbers.n &= ~std::size_t{1};
    return numbers;
}

/// Differences k .. k + 15 (those of `lanes`, 0 elsewhere).
COCODEC_TARGET_AVX512 inline __m512i differences(const Numbers& numbers, std::size_t k,
                                                 __mmask16 lanes) noexcept {
    const __m512i four = _mm512_set1_epi32(0x01010101);
    const __m512i lane = _mm512_mullo_epi32(
        four, _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    const __m512i number = _mm512_add_epi8(lane, _mm512_set1_epi8(static_cast<char>(k)));
    const __m512i begin = _mm512_permutexvar_epi8(number, numbers.begins);
    const __m512i place = _mm512_add_epi8(begin, _mm512_set1_epi32(0x03020100));
    const __m512i groups =
        _mm512_and_si512(_mm512_permutexvar_epi8(place, numbers.groups), _mm512_set1_epi8(31));
    const __m512i pairs = _mm512_maddubs_epi16(groups, _mm512_set1_epi16(0x2001));
    const __m512i bits = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x04000001));
    const __m512i unused =
        _mm512_maskz_permutexvar_epi8(0x1111111111111111, number, numbers.unused);
    // Up and down again: what belongs to the next number is gone, and the sign is in place.
    return _mm512_maskz_srav_epi32(lanes, _mm512_sllv_epi32(bits, unused), unused);
}

/// Lane i becomes the sum of lanes i, i - 2, i - 4, ...
COCODEC_TARGET_AVX512 inline __m512i sum_every_other(__m512i x) noexcept {
    const __m512i zero = _mm512_setzero_si512();
    x = _mm512_add_epi32(x, _mm512_alignr_epi32(x, zero, 14));
    x = _mm512_add_epi32(x, _mm512_alignr_epi32(x, zero, 12));
    return _mm512_add_epi32(x, _mm512_alignr_epi32(x, zero, 8));
}

/// Reads an even number of runs from the next 64 chars; false if it reads none.
COCODEC_TARGET_AVX512 inline bool read_sixty_four_chars(Reading& r) noexcept {
    const Numbers numbers = find_numbers(r);
    const __m512i limit = _mm512_set1_epi32(static_cast<int>(lane_limit));
    std::uint32_t* const out = r.out + r.runs;
    std::uint64_t last_two;
    std::memcpy(&last_two, out - 2, sizeof last_two);
    __m512i carry = _mm512_set1_epi64(static_cast<long long>(last_two));
    if (_mm512_cmpge_epu32_mask(carry, limit) != 0) return false;
    std::size_t done = 0;
    while (done < numbers.n) {
        const __m512i steps = differences(numbers, done, low_lanes(numbers.n - done));
        const __m512i runs = _mm512_add_epi32(sum_every_other(steps), carry);
        if (_mm512_cmpge_epu32_mask(runs, limit) != 0) break;
        _mm512_storeu_si512(out + done, runs);
        carry = _mm512_permutexvar_epi64(_mm512_set1_epi64(7), runs);
        done = std::min(done + 16, numbers.n);
    }
    if (done == 0) return false;
    const std::uint64_t end = _pdep_u64(std::uint64_t{1} << (done - 1), numbers.ends);
    r.index += static_cast<std::size_t>(_tzcnt_u64(end)) + 1;
    r.runs += done;
    return true;
}

COCODEC_TARGET_AVX512 std::size_t parse(const char* text, std::size_t n, std::uint32_t* out,
                                        std::size_t* consumed) noexcept {
    Reading reading{text, n, 0, out, 0};
    if (read_first_numbers(reading)) {
        // For the last chars vectors take longer to start than one number does after the other.
        while ((n - reading.index >= 8 && read_sixty_four_chars(reading)) || read_a_few(reading)) {
        }
    }
    *consumed = reading.index;
    return reading.runs;
}

}  // namespace

const CountsKernels avx512_counts = {format, parse};

}  // namespace cocodec::kernels

#endif
