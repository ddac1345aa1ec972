// Bytes, bits and transitions in portable C++: eight bytes at a time where that helps.

#include <bit>
#include <cstring>

#include "kernels/emit.hpp"
#include "kernels/table.hpp"

namespace cocodec::kernels {
namespace {

constexpr std::uint64_t ones = 0x0101010101010101, low7 = 0x7F7F7F7F7F7F7F7F;

std::uint64_t load_word(const std::uint8_t* bytes) noexcept {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

/// Every byte that is not zero as 1.
std::uint64_t as_ones(std::uint64_t word) noexcept {
    return (((word & low7) + low7) | word) >> 7 & ones;
}

/// One bit per byte of eight bytes, any non-zero byte counts.
std::uint64_t pack_eight(const std::uint8_t* bytes) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        // The product gathers the eight bits in the top byte.
        return (as_ones(load_word(bytes)) * 0x0102040810204080) >> 56;
    } else {
        std::uint64_t bits = 0;
        for (int i = 0; i < 8; ++i) bits |= std::uint64_t{bytes[i] != 0} << i;
        return bits;
    }
}

/// Bit k of byte j becomes bit j of byte k.
std::uint64_t transpose(std::uint64_t x) noexcept {
    const auto swap = [&x](int distance, std::uint64_t which) {
        const std::uint64_t differs = (x ^ x >> distance) & which;
        x ^= differs ^ differs << distance;
    };
    swap(7, 0x00AA00AA00AA00AA);
    swap(14, 0x0000CCCC0000CCCC);
    swap(28, 0x00000000F0F0F0F0);
    return x;
}

std::uint64_t pack_word(const std::uint8_t* bytes) noexcept {
    std::uint64_t words[8], any = 0;
    for (std::size_t k = 0; k < 8; ++k) any |= words[k] = load_word(bytes + 8 * k);
    if (any == 0) return 0;
    if constexpr (std::endian::native != std::endian::little) {
        std::uint64_t bits = 0;
        for (std::size_t k = 0; k < 8; ++k) bits |= pack_eight(bytes + 8 * k) << (8 * k);
        return bits;
    }
    // Most masks have no other numbers.
    if ((any & ~ones) != 0) {
        for (std::uint64_t& word : words) word = as_ones(word);
    }
    std::uint64_t joined = 0;
    for (std::size_t k = 0; k < 8; ++k) joined |= words[k] << k;
    return transpose(joined);
}

bool is_background(const std::uint8_t* bytes) noexcept {
    // Eight words side by side, which every compiler makes vectors of, where it has any.
    std::uint64_t any[8] = {};
    for (std::size_t i = 0; i < stretch; i += 64) {
        for (std::size_t k = 0; k < 8; ++k) any[k] |= load_word(bytes + i + 8 * k);
    }
    return ((any[0] | any[1]) | (any[2] | any[3]) | (any[4] | any[5]) | (any[6] | any[7])) == 0;
}

void pack(const std::uint8_t* bytes, std::size_t n, std::uint64_t* bits) noexcept {
    pack_stretches<is_background, pack_word>(bytes, n, bits);
}

/// Eight bytes of 0 or 1 from the low eight bits.
void unpack_eight(std::uint64_t bits, std::uint8_t* bytes) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        // Bit i of every copy is cut out in byte i, then moved down to bit 0.
        const std::uint64_t cut = ((bits & 0xFF) * 0x0101010101010101) & 0x8040201008040201;
        const std::uint64_t word = as_ones(cut);
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
