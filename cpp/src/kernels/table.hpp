// The kernels: bytes in, numbers out. No allocation, no exceptions, no idea of an Rle.
// One table of function pointers per instruction set; `active()` is the one in use.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cocodec::kernels {

struct Table {
    const char* name;

    /// Writes every i in 0..n where (data[i] != 0) differs from (data[i - 1] != 0), data[-1] being
    /// `before`; returns how many. `out` has room for n values; n <= 2^32 - 1.
    std::size_t (*transitions)(const std::uint8_t* data, std::size_t n, bool before,
                               std::uint32_t* out) noexcept;

    /// Sum of n runs.
    std::uint64_t (*sum)(const std::uint32_t* runs, std::size_t n) noexcept;
};

extern const Table scalar;

/// The table for COCODEC_ISA, or the best for this machine. Throws Error{unknown_isa}.
const Table& active();

/// Every table that this machine can run, `scalar` first, best last; nullptr ends the list.
const Table* const* supported() noexcept;

}  // namespace cocodec::kernels
