// From the places where a mask changes to its runs (floor 1b, private).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "cocodec/buffer.hpp"
#include "kernels/table.hpp"
#include "masks/fitting_run.hpp"

namespace cocodec {

/// Pixels that are turned into runs at a time: few enough that memory keeps streaming meanwhile.
inline constexpr std::size_t block_pixels = 1 << 11;

inline constexpr std::size_t cache_line = 64;

/// A mask of so many pixels is more than caches keep of it between two readings (measured on Zen 4:
/// up to 9 MB `pack` is the quicker one, from 24 MB on `pack_from_memory`).
inline constexpr std::uint64_t from_memory = 1 << 24;

/// What fills masks of so many pixels that are decoded together: past the caches, if they hold more
/// than those keep until somebody reads it, and each is worth the start.
inline auto fill_for(const kernels::BitKernels& bits, std::uint64_t pixels, std::size_t masks) {
    constexpr std::uint64_t worthwhile = 1 << 12;
    const bool is_long = pixels >= worthwhile && masks >= (from_memory + pixels - 1) / pixels;
    return is_long ? bits.fill_memory : bits.fill;
}

/// Memory that writers of one thread share; small masks take little.
struct RunScratch {
    Buffer<std::uint64_t> bits;
    Buffer<std::uint32_t> positions;

    /// For masks of so many pixels.
    explicit RunScratch(std::uint64_t pixels) {
        const auto block = static_cast<std::size_t>(std::min<std::uint64_t>(pixels, block_pixels));
        bits.resize((block + 63) / 64);
        positions.resize(block + kernels::slack);
    }
};

/// Takes one mask in column-major order, in pieces of any size, and appends its runs to `counts`.
class RunWriter {
public:
    RunWriter(Buffer<std::uint32_t>& counts, RunScratch& scratch,
              const kernels::KernelTable& kernels)
        : counts_(counts), scratch_(scratch), kernels_(kernels) {}

    /// The next n pixels as bytes.
    void add_bytes(const std::uint8_t* data, std::uint64_t n) {
        // Vectors that straddle cache lines are read at half the speed: after one short block none
        // does. numpy's arrays begin 16 bytes behind the beginning of a line.
        const std::uint64_t straddling = -reinterpret_cast<std::uintptr_t>(data) % cache_line;
        std::uint64_t limit = n > block_pixels && straddling > 0 ? straddling : block_pixels;
        const kernels::BitKernels& bits = *kernels_.bits;
        const auto pack = n < from_memory ? bits.pack : bits.pack_from_memory;
        for (; n > 0; limit = block_pixels) {
            const auto block = static_cast<std::size_t>(std::min<std::uint64_t>(n, limit));
            pack(data, block, scratch_.bits.data());
            add_block(scratch_.bits.data(), block);
            data += block;
            n -= block;
        }
    }

    /// The next n pixels as bits.
    void add_bits(const std::uint64_t* bits, std::uint64_t n) {
        while (n > 0) {
            const auto block = static_cast<std::size_t>(std::min<std::uint64_t>(n, block_pixels));
            add_block(bits, block);
            bits += block_pixels / 64;
            n -= block;
        }
    }

    /// The mask changes at pixel `position`, which lies behind every pixel told so far.
    void change_at(std::uint64_t position) {
        counts_.push_back(run_to(position));
        start_ = position;
    }

    /// The run that reaches to the last pixel.
    void close(std::uint64_t pixels) { counts_.push_back(run_to(pixels)); }

private:
    void add_block(const std::uint64_t* bits, std::size_t n) {
        std::uint32_t* places = scratch_.positions.data();
        const std::size_t found = kernels_.bits->transitions(bits, n, state_, places);
        if (found > 0) {
            std::uint32_t* out = counts_.room(found);
            out[0] = run_to(position_ + places[0]);
            for (std::size_t i = 1; i < found; ++i) out[i] = places[i] - places[i - 1];
            counts_.advance(found);
            start_ = position_ + places[found - 1];
            state_ = (bits[(n - 1) / 64] >> ((n - 1) % 64) & 1) != 0;
        }
        position_ += n;
    }
    [[nodiscard]] std::uint32_t run_to(std::uint64_t end) const {
        return fitting_run(end - start_);
    }

    Buffer<std::uint32_t>& counts_;
    RunScratch& scratch_;
    const kernels::KernelTable& kernels_;
    std::uint64_t position_ = 0;  // pixels seen
    std::uint64_t start_ = 0;     // first pixel of the open run
    bool state_ = false;          // is the open run foreground?
};

}  // namespace cocodec
