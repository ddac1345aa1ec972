// 64 bytes of a list of numbers as bits: which byte is what.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace cocodec::json {

/// Bit i is set where byte i of the block is such.
struct NumberBlock {
    std::uint64_t digits = 0, zeros = 0, points = 0, minuses = 0, commas = 0, spaces = 0, ends = 0;

    /// All that a list of numbers without exponents has between its brackets, and its end.
    [[nodiscard]] std::uint64_t known() const noexcept {
        return digits | points | minuses | commas | spaces | ends;
    }
};

#if defined(__SSE2__)

// Every x86-64 processor has these instructions: no kernel has to be chosen.
inline NumberBlock read_number_block(const char* text) noexcept {
    NumberBlock out;
    for (int quarter = 0; quarter < 4; ++quarter) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text) + quarter);
        const auto bits = [quarter](__m128i flags) {
            return static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(flags)))
                   << (16 * quarter);
        };
        const auto where = [&](char c) { return bits(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))); };
        const __m128i value = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
        out.digits |= bits(_mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value));
        out.zeros |= where('0');
        out.points |= where('.');
        out.minuses |= where('-');
        out.commas |= where(',');
        out.spaces |= where(' ');
        out.ends |= where(']');
    }
    return out;
}

#else

inline NumberBlock read_number_block(const char* text) noexcept {
    NumberBlock out;
    for (int i = 0; i < 64; ++i) {
        const char c = text[i];
        const std::uint64_t bit = std::uint64_t{1} << i;
        if (c >= '0' && c <= '9') out.digits |= bit;
        if (c == '0') out.zeros |= bit;
        if (c == '.') out.points |= bit;
        if (c == '-') out.minuses |= bit;
        if (c == ',') out.commas |= bit;
        if (c == ' ') out.spaces |= bit;
        if (c == ']') out.ends |= bit;
    }
    return out;
}

#endif

}  // namespace cocodec::json
