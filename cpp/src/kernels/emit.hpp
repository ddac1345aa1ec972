// From bytes to words of bits, from these to the positions of their ones, and fills by chunks: what
// tables share.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/table.hpp"
#include "kernels/target.hpp"

namespace cocodec::kernels {

/// Bytes that `pack_stretches` looks at together: in the mask of an object most such stretches are
/// background.
inline constexpr std::size_t stretch = 512;

/// `pack` of a table, by its ways to ask whether all bytes of a stretch are 0 and to pack 64.
template <auto is_background, auto pack_word>
COCODEC_ALWAYS_INLINE void pack_stretches(const std::uint8_t* bytes, std::size_t n,
                                          std::uint64_t* bits) noexcept {
    std::size_t i = 0;
    for (; i + stretch <= n; i += stretch) {
        std::uint64_t* const words = bits + i / 64;
        if (is_background(bytes + i)) {
            std::memset(words, 0, stretch / 8);
            continue;
        }
        for (std::size_t k = 0; k < stretch / 64; ++k) words[k] = pack_word(bytes + i + 64 * k);
    }
    for (; i + 64 <= n; i += 64) bits[i / 64] = pack_word(bytes + i);
    if (i == n) return;
    std::uint8_t tail[64] = {};
    std::memcpy(tail, bytes + i, n - i);
    bits[i / 64] = pack_word(tail);
}

/// Writes base + i for every set bit i, lowest first, eight at a time without asking; returns how
/// many. Writes up to 7 values too many, never more than 64 in all.
inline std::size_t emit_positions(std::uint64_t word, std::uint32_t base,
                                  std::uint32_t* out) noexcept {
    const auto n = static_cast<std::size_t>(std::popcount(word));
    for (std::size_t i = 0; i < n; i += 8) {
        for (std::size_t k = 0; k < 8; ++k) {
            out[i + k] = base + static_cast<std::uint32_t>(std::countr_zero(word));
            word &= word - 1;
        }
    }
    return n;
}

/// The first n < 64 bits.
inline std::uint64_t low_bits(std::size_t n) noexcept {
    return (std::uint64_t{1} << n) - 1;
}

/// Whether eight words go on as the bit before them, `carry`, as most do in the mask of an object.
inline bool is_calm(const std::uint64_t* words, std::uint64_t carry) noexcept {
    std::uint64_t differs = 0;
    for (std::size_t k = 0; k < 8; ++k) differs |= words[k] ^ (0 - carry);
    return differs == 0;
}

/// The transitions of the words from bit `first` on: the plain loop, also the tail of every vector
/// loop.
inline std::size_t word_transitions(const std::uint64_t* bits, std::size_t first, std::size_t n,
                                    std::uint64_t carry, std::uint32_t* out) noexcept {
    std::uint32_t* const start = out;
    for (std::size_t i = first; i < n;) {
        if (i + 512 <= n && is_calm(bits + i / 64, carry)) {
            i += 512;
            continue;
        }
        for (const std::size_t end = std::min(i + 512, n); i < end; i += 64) {
            const std::uint64_t word = bits[i / 64];
            std::uint64_t changed = word ^ (word << 1 | carry);
            carry = word >> 63;
            if (n - i < 64) changed &= low_bits(n - i);
            // One by one: most have one or two, and to ask how many there are takes as long.
            for (; changed != 0; changed &= changed - 1) {
                const auto bit = static_cast<std::size_t>(std::countr_zero(changed));
                *out++ = static_cast<std::uint32_t>(i + bit);
            }
        }
    }
    return static_cast<std::size_t>(out - start);
}

/// Runs as bytes: each run starts with a whole chunk, whose excess the next runs overwrite.
inline void fill_by_chunks(const std::uint32_t* runs, std::size_t n, std::uint8_t* bytes,
                           std::size_t size) noexcept {
    constexpr std::size_t chunk = 32;
    constexpr std::size_t long_run = 512;  // from here on memset's start-up does not matter
    if (size == 0) return;  // perhaps no memory either, which memset must not be given
    const std::uint8_t* const end = bytes + size;
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t run = runs[i];
        const auto value = static_cast<int>(i % 2);
        if (run >= long_run || static_cast<std::size_t>(end - bytes) < run + chunk) {
            std::memset(bytes, value, run);
        } else {
            std::size_t done = 0;
            do {
                std::memset(bytes + done, value, chunk);
                done += chunk;
            } while (done < run);
        }
        bytes += run;
    }
}

}  // namespace cocodec::kernels
