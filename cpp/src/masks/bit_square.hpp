// Squares of 64 x 64 bits (floor 1b, private).
#pragma once

#include <cstdint>

namespace cocodec {

/// Transposes a square of 64 x 64 bits in place: bit c of word r becomes bit r of word c.
/// (Warren, Hacker's Delight, 7-3.)
inline void transpose_square(std::uint64_t* words) {
    std::uint64_t mask = 0x00000000FFFFFFFF;
    for (unsigned width = 32; width != 0; width >>= 1, mask ^= mask << width) {
        for (unsigned row = 0; row < 64; row = ((row | width) + 1) & ~width) {
            const std::uint64_t swapped = ((words[row] >> width) ^ words[row | width]) & mask;
            words[row] ^= swapped << width;
            words[row | width] ^= swapped;
        }
    }
}

}  // namespace cocodec
