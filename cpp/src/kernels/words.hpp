// Loops over rows of words that every compiler turns into vector code by itself, once it may: each
// instruction set has them in a function of its own.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/table.hpp"

namespace cocodec::kernels {

inline void merge_words_loop(std::uint64_t* __restrict to, const std::uint64_t* a,
                             const std::uint64_t* b, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; ++i) to[i] |= a[i] | b[i];
}

inline void grow_words_loop(std::uint64_t* __restrict to, const WordNeighbours& rows,
                            std::size_t n) noexcept {
    const std::uint64_t* const here = rows.here;
    const std::uint64_t* const above = rows.above;
    const std::uint64_t* const over = rows.over;
    const std::uint64_t* const below = rows.below;
    const std::uint64_t* const under = rows.under;
    // A shift by 64 means nothing: it goes in two steps.
    const unsigned shift = rows.shift, rest = 63 - shift;
    for (std::size_t i = 0; i < n; ++i) {
        to[i] = here[i] | above[i] << shift | over[i] >> 1 >> rest | below[i] >> shift |
                under[i] << 1 << rest;
    }
}

}  // namespace cocodec::kernels
