// Bytes, bits and transitions in portable C++: eight bytes at a time where that helps.

#include <bit>
#include <cstring>

#include "kernels/emit.hpp"
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

/// Whether 64 bytes are all the same, as most are in the mask of an object.
bool is_uniform(const std::uint8_t* bytes) noexcept {
    std::uint64_t words[8];
    std::memcpy(words, bytes, sizeof words);
    std::uint64_t any = words[0], all = words[0];
    for (std::size_t k = 1; k < 8; ++k) any |= words[k];
    if (any == 0) return true;
    for (std::size_t k = 1; k < 8; ++k) all &= words[k];
    return any == all && all == (all & 0xFF) * 0x0101010101010101;
}

void pack(const std::uint8_t* bytes, std::size_t n, std::uint64_t* bits) noexcept {
    std::size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        if (is_uniform(bytes + i)) {
            bits[i / 64] = bytes[i] != 0 ? ~std::uint64_t{0} : 0;
            continue;
        }
        std::uint64_t word = 0;
        for (std::size_t k = 0; k < 8; ++k) word |= pack_eight(bytes + i + 8 * k) << (8 * k);
        bits[i / 64] = word;
    }
    if (i == n) return;
    std::uint64_t word = 0;
    for (std::size_t k = 0; i + k < n; ++k) word |= std::uint64_t{bytes[i + k] != 0} << k;
    bits[i / 64] = word;
}

/// Eight bytes of 0 or 1 from the low eight bits.
void unpack_eight(std::uint64_t bits, std::uint8_t* bytes) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        // Bit i of every copy is cut out in byte i, then moved down to bit 0.
        const std::uint64_t cut = ((bits & 0xFF) * 0x0101010101010101) & 0x8040201008040201;
        constexpr std::uint64_t low7 = 0x7F7F7F7F7F7F7F7F;
        const std::uint64_t word = ((((cut & low7) + low7) | cut) & ~low7) >> 7;
        std::memcpy(bytes, &word, sizeof word);
    } else {
        for (int i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(bits >> i & 1);
    }
}

void unpack(const std::uint64_t* bits, std::size_t n, std::uint8_t* bytes) noexcept {
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) unpack_eight(bits[i / 64] >> (i % 64), bytes + i);
    for (; i < n; ++i) bytes[i] = static_cast<std::uint8_t>(bits[i / 64] >> (i % 64) & 1);
}

std::size_t transitions(const std::uint64_t* bits, std::size_t n, bool before,
                        std::uint32_t* out) noexcept {
    return word_transitions(bits, 0, n, before ? 1 : 0, out);
}

std::uint64_t load_word(const std::uint8_t* bytes) noexcept {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

/// Whether 32 bytes are those of another row.
bool is_same(const std::uint8_t* a, const std::uint8_t* b) noexcept {
    std::uint64_t differs = 0;
    for (std::size_t k = 0; k < 32; k += 8) differs |= load_word(a + k) ^ load_word(b + k);
    return differs == 0;
}

std::size_t differences(const std::uint8_t* a, const std::uint8_t* b, std::size_t n,
                        std::uint32_t* out) noexcept {
    std::uint32_t* const start = out;
    std::size_t i = 0;
    while (i + 8 <= n) {
        if (i + 32 <= n && is_same(a + i, b + i)) {
            i += 32;
            continue;
        }
        if (load_word(a + i) != load_word(b + i)) {
            const std::uint64_t changed = pack_eight(a + i) ^ pack_eight(b + i);
            out += emit_positions(changed, static_cast<std::uint32_t>(i), out);
        }
        i += 8;
    }
    for (; i < n; ++i) {
        if ((a[i] != 0) != (b[i] != 0)) *out++ = static_cast<std::uint32_t>(i);
    }
    return static_cast<std::size_t>(out - start);
}

}  // namespace

const BitKernels scalar_bits = {pack,        pack,           unpack,        transitions,
                                differences, fill_by_chunks, fill_by_chunks};

}  // namespace cocodec::kernels
