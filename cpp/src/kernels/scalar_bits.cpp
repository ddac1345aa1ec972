// Bytes, bits and transitions in portable C++: eight bytes at a time where that helps.

#include <bit>
#include <cstring>

#include "kernels/table.hpp"

namespace cocodec::kernels {
namespace {

/// One bit per byte of eight bytes, any non-zero byte counts.
std::uint64_t pack_eight(const std::uint8_t* bytes) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        std::uint64_t word;
        std::memcpy(&word, bytes, sizeof word);
        // Bit 7 of each byte becomes "not zero"; the product gathers the eight bits in the top
        // byte.
        constexpr std::uint64_t low7 = 0x7F7F7F7F7F7F7F7F;
        const std::uint64_t set = (((word & low7) + low7) | word) & ~low7;
        return ((set >> 7) * 0x0102040810204080) >> 56;
    } else {
        std::uint64_t bits = 0;
        for (int i = 0; i < 8; ++i) bits |= std::uint64_t{bytes[i] != 0} << i;
        return bits;
    }
}

void pack(const std::uint8_t* bytes, std::size_t n, std::uint64_t* bits) noexcept {
    std::size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        std::uint64_t word = 0;
        for (std::size_t k = 0; k < 8; ++k) word |= pack_eight(bytes + i + 8 * k) << (8 * k);
        bits[i / 64] = word;
    }
    if (i == n) return;
    std::uint64_t word = 0;
    for (std::size_t k = 0; i + k < n; ++k) word |= std::uint64_t{bytes[i + k] != 0} << k;
    bits[i / 64] = word;
}

void unpack(const std::uint64_t* bits, std::size_t n, std::uint8_t* bytes) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        bytes[i] = static_cast<std::uint8_t>(bits[i / 64] >> (i % 64) & 1);
    }
}

std::size_t transitions(const std::uint64_t* bits, std::size_t n, bool before,
                        std::uint32_t* out) noexcept {
    std::uint32_t* const start = out;
    std::uint64_t carry = before ? 1 : 0;
    for (std::size_t i = 0; i < n; i += 64) {
        const std::uint64_t word = bits[i / 64];
        std::uint64_t changed = word ^ (word << 1 | carry);
        carry = word >> 63;
        if (n - i < 64) changed &= (std::uint64_t{1} << (n - i)) - 1;
        for (; changed != 0; changed &= changed - 1) {
            *out++ = static_cast<std::uint32_t>(i) +
                     static_cast<std::uint32_t>(std::countr_zero(changed));
        }
    }
    return static_cast<std::size_t>(out - start);
}

void fill(const std::uint32_t* runs, std::size_t n, std::uint8_t* bytes) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        std::memset(bytes, static_cast<int>(i % 2), runs[i]);
        bytes += runs[i];
    }
}

}  // namespace

const BitKernels scalar_bits = {pack, unpack, transitions, fill};

}  // namespace cocodec::kernels
