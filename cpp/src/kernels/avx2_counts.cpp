// The counts string with AVX2: eight numbers at a time, both ways.

#include "kernels/counts.hpp"

#if defined(COCODEC_X86)

#include <immintrin.h>

namespace cocodec::kernels {
namespace {

/// Writes the four numbers whose chars lie in the lanes of `chars`.
COCODEC_TARGET_AVX2 inline char* write_packed(__m128i chars, unsigned lengths, char* out) noexcept {
    const auto* shuffle = reinterpret_cast<const __m128i*>(packings[lengths].shuffle);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                     _mm_shuffle_epi8(chars, _mm_loadu_si128(shuffle)));
    return out + packed_lengths[lengths];
}

/// Chars of eight values in the bytes of their lanes; those behind a number's end are of no use.
COCODEC_TARGET_AVX2 inline __m256i spread(__m256i value, __m256i more) noexcept {
    const __m256i first = _mm256_set1_epi32(31), second = _mm256_set1_epi32(31 << 8);
    const __m256i third = _mm256_set1_epi32(31 << 16), fourth = _mm256_set1_epi32(31 << 24);
    const __m256i low = _mm256_or_si256(_mm256_and_si256(value, first),
                                        _mm256_and_si256(_mm256_slli_epi32(value, 3), second));
    const __m256i high = _mm256_or_si256(_mm256_and_si256(_mm256_slli_epi32(value, 6), third),
                                         _mm256_and_si256(_mm256_slli_epi32(value, 9), fourth));
    return _mm256_add_epi8(_mm256_or_si256(_mm256_or_si256(low, high), more),
                           _mm256_set1_epi8(first_char));
}

/// Writes runs[0] .. runs[7]; returns nullptr, having written nothing, if one of them takes more
/// than four chars.
COCODEC_TARGET_AVX2 inline char* write_eight(const std::uint32_t* runs, char* out) noexcept {
    const __m256i now = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(runs));
    const __m256i before = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(runs - 2));
    const __m256i value = _mm256_sub_epi32(now, before);
    const __m256i size = _mm256_xor_si256(value, _mm256_srai_epi32(value, 31));
    const __m256i wide = _mm256_cmpgt_epi32(size, _mm256_set1_epi32((1 << 19) - 1));
    // The sign bit says that a run does not fit a signed lane.
    const __m256i large = _mm256_or_si256(now, before);
    if (_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_or_si256(wide, large))) != 0) return nullptr;
    const __m256i two = _mm256_cmpgt_epi32(size, _mm256_set1_epi32((1 << 4) - 1));
    const __m256i three = _mm256_cmpgt_epi32(size, _mm256_set1_epi32((1 << 9) - 1));
    const __m256i four = _mm256_cmpgt_epi32(size, _mm256_set1_epi32((1 << 14) - 1));
    const __m256i odd = _mm256_xor_si256(_mm256_xor_si256(two, three), four);
    const __m256i more =
        _mm256_or_si256(_mm256_or_si256(_mm256_and_si256(two, _mm256_set1_epi32(0x20)),
                                        _mm256_and_si256(three, _mm256_set1_epi32(0x2000))),
                        _mm256_and_si256(four, _mm256_set1_epi32(0x200000)));
    const __m256i chars = spread(value, more);
    const auto low = static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(odd)));
    const auto high = static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(three)));
    out = write_packed(_mm256_castsi256_si128(chars), (low & 15) | (high & 15) << 4, out);
    return write_packed(_mm256_extracti128_si256(chars, 1), low >> 4 | (high & 0xF0), out);
}

/// Writes runs[0] .. runs[15] if each takes one char; false, and nothing written, otherwise.
COCODEC_TARGET_AVX2 inline bool write_sixteen_chars(const std::uint32_t* runs, char* out) noexcept {
    const auto* now = reinterpret_cast<const __m256i*>(runs);
    const auto* before = reinterpret_cast<const __m256i*>(runs - 2);
    const __m256i now_low = _mm256_loadu_si256(now), now_high = _mm256_loadu_si256(now + 1);
    const __m256i before_low = _mm256_loadu_si256(before);
    const __m256i before_high = _mm256_loadu_si256(before + 1);
    // -16 .. 15 become 0 .. 31.
    const __m256i bias = _mm256_set1_epi32(16);
    const __m256i low = _mm256_add_epi32(_mm256_sub_epi32(now_low, before_low), bias);
    const __m256i high = _mm256_add_epi32(_mm256_sub_epi32(now_high, before_high), bias);
    // The sign bit says that a run does not fit a signed lane.
    const __m256i large =
        _mm256_and_si256(_mm256_or_si256(_mm256_or_si256(now_low, now_high),
                                         _mm256_or_si256(before_low, before_high)),
                         _mm256_set1_epi32(INT32_MIN));
    const __m256i all = _mm256_or_si256(_mm256_or_si256(low, high), large);
    if (_mm256_testz_si256(all, _mm256_set1_epi32(~31)) == 0) return false;
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, high), 0xD8);
    const __m128i bytes =
        _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    // A char has the low five bits of the difference, which are those of the sum but for the 16.
    const __m128i chars =
        _mm_add_epi8(_mm_xor_si128(bytes, _mm_set1_epi8(16)), _mm_set1_epi8(first_char));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), chars);
    return true;
}

COCODEC_TARGET_AVX2 std::size_t format(const std::uint32_t* runs, std::size_t n,
                                       char* out) noexcept {
    return format_by<8, write_eight, write_sixteen_chars>(runs, n, out);
}

/// Bit i says something of char i.
struct Chars {
    std::uint64_t good;  // it is of the alphabet
    std::uint64_t more;  // its number goes on
};

COCODEC_TARGET_AVX2 inline Chars classify(__m256i chars) noexcept {
    const __m256i groups = _mm256_sub_epi8(chars, _mm256_set1_epi8(first_char));
    const __m256i most = _mm256_set1_epi8(63);
    const __m256i good = _mm256_cmpeq_epi8(_mm256_max_epu8(groups, most), most);
    const __m256i more = _mm256_slli_epi16(groups, 2);
    return {static_cast<std::uint32_t>(_mm256_movemask_epi8(good)),
            static_cast<std::uint32_t>(_mm256_movemask_epi8(more))};
}

/// Bit i: char i ends a number, and all chars before it are good.
inline std::uint64_t find_ends(Chars chars) noexcept {
    return ~chars.more & chars.good & ~(chars.good + 1);
}

/// The last two runs over and over.
COCODEC_TARGET_AVX2 inline __m256i last_two(const Reading& r) noexcept {
    long long two;
    std::memcpy(&two, r.out + r.runs - 2, sizeof two);
    return _mm256_set1_epi64x(two);
}

/// The sign bit of a lane is set if its run does not lie below the limit.
COCODEC_TARGET_AVX2 inline __m256i over_limit(__m256i runs) noexcept {
    const __m256i limit = _mm256_set1_epi32(static_cast<int>(lane_limit - 1));
    return _mm256_or_si256(runs, _mm256_cmpgt_epi32(runs, limit));
}

/// The runs of up to eight numbers of one or two chars; lanes that have no number repeat the last
/// two runs.
COCODEC_TARGET_AVX2 inline __m256i to_runs(const char* text, const Unpacking& unpacking,
                                           __m256i carry) noexcept {
    const __m128i chars = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(text));
    const __m128i places = _mm_loadu_si128(reinterpret_cast<const __m128i*>(unpacking.shuffle));
    const __m128i groups = _mm_shuffle_epi8(_mm_sub_epi8(chars, _mm_set1_epi8(first_char)), places);
    const __m128i bits =
        _mm_maddubs_epi16(_mm_and_si128(groups, _mm_set1_epi8(31)), _mm_set1_epi16(0x2001));
    // The sign is bit 4 of one group (16), bit 9 of two (512).
    const __m128i two =
        _mm_cmpeq_epi16(_mm_and_si128(groups, _mm_set1_epi16(32)), _mm_set1_epi16(32));
    const __m128i sign = _mm_add_epi16(_mm_set1_epi16(16), _mm_and_si128(two, _mm_set1_epi16(496)));
    __m128i x = _mm_sub_epi16(_mm_xor_si128(bits, sign), sign);
    x = _mm_add_epi16(x, _mm_slli_si128(x, 4));
    x = _mm_add_epi16(x, _mm_slli_si128(x, 8));
    return _mm256_add_epi32(_mm256_cvtepi16_epi32(x), carry);
}

/// Reads numbers that begin in the first `last` + 1 chars; bit i of `ends` says that char i ends
/// one, and eight chars can be read at each. False if there is no number that it can read.
COCODEC_TARGET_AVX2 inline bool read_block(Reading& r, std::uint64_t ends,
                                           std::size_t last) noexcept {
    const Reading before = r;
    // Odd and even runs keep their lanes: after an odd number of runs the two change places.
    alignas(32) static constexpr int places[2][8] = {{6, 7, 6, 7, 6, 7, 6, 7},
                                                     {7, 6, 7, 6, 7, 6, 7, 6}};
    __m256i carry = last_two(r), over = over_limit(carry);
    for (std::size_t i = 0; i <= last; i = r.index - before.index) {
        const Unpacking& unpacking = unpackings[ends >> i & 0xFF];
        if (unpacking.numbers == 0) break;
        const __m256i runs = to_runs(r.text + r.index, unpacking, carry);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(r.out + r.runs), runs);
        over = _mm256_or_si256(over, over_limit(runs));
        const auto* place = reinterpret_cast<const __m256i*>(places[unpacking.numbers % 2]);
        carry = _mm256_permutevar8x32_epi32(runs, _mm256_load_si256(place));
        r.index += unpacking.chars;
        r.runs += unpacking.numbers;
    }
    if (_mm256_movemask_ps(_mm256_castsi256_ps(over)) == 0) return r.index != before.index;
    r = before;
    return false;
}

COCODEC_TARGET_AVX2 inline bool read_sixty_four_chars(Reading& r) noexcept {
    const auto* text = reinterpret_cast<const __m256i*>(r.text + r.index);
    const Chars low = classify(_mm256_loadu_si256(text));
    const Chars high = classify(_mm256_loadu_si256(text + 1));
    const Chars chars{low.good | high.good << 32, low.more | high.more << 32};
    return read_block(r, find_ends(chars), 56);
}

COCODEC_TARGET_AVX2 inline bool read_up_to_eight_chars(Reading& r) noexcept {
    const auto* text = reinterpret_cast<const __m128i*>(r.text + r.index);
    const Chars chars = classify(_mm256_zextsi128_si256(_mm_loadl_epi64(text)));
    return read_block(r, find_ends(chars), 0);
}

COCODEC_TARGET_AVX2 std::size_t parse(const char* text, std::size_t n, std::uint32_t* out,
                                      std::size_t* consumed) noexcept {
    Reading reading{text, n, 0, out, 0};
    if (read_first_numbers(reading)) {
        bool more = true;
        while (more) {
            const std::size_t left = n - reading.index;
            if (left >= 64 && read_sixty_four_chars(reading)) continue;
            if (left >= 8 && left < 64 && read_up_to_eight_chars(reading)) continue;
            more = read_a_few(reading);
        }
    }
    *consumed = reading.index;
    return reading.runs;
}

}  // namespace

const CountsKernels avx2_counts = {format, parse};

}  // namespace cocodec::kernels

#endif
