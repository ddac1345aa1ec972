// What the counts kernels of every instruction set share: the numbers of a counts string one by
// one, which is how each of them begins, ends and treats what is rare.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/table.hpp"
#include "kernels/target.hpp"

namespace cocodec::kernels {

inline constexpr int first_char = 48;
// Seven groups of five bits hold every difference of two 32-bit runs.
inline constexpr int max_chars = 7;
inline constexpr std::int64_t max_run = 0xFFFFFFFF;
// Run 3 is the first that is stored as a difference, to run 1.
inline constexpr std::size_t first_difference = 3;

// Vectors handle differences of up to four chars, -2^19 .. 2^19 - 1, in 32-bit lanes. Eight of them
// on top of a run below this limit stay below 2^31; whatever gets to the limit, or below 0 (which
// is above it as an unsigned number), is left to 64-bit arithmetic.
inline constexpr std::uint32_t lane_limit = 0x7F800000;

// ---------------------------------------------------------------- writing

/// A difference as it is written; four bytes, so that one store does.
struct ShortNumber {
    char chars[3];
    std::uint8_t length;
};

inline constexpr std::uint64_t each_byte = 0x0101010101010101;

/// Eight groups of five bits, each into a byte of its own; and back.
inline std::uint64_t spread(std::uint64_t x) noexcept {
    x = (x & 0xFFFFF) | (x & 0x000000FFFFF00000) << 12;
    x = (x & 0x000003FF000003FF) | (x & 0x000FFC00000FFC00) << 6;
    return (x & 0x001F001F001F001F) | (x & 0x03E003E003E003E0) << 3;
}
inline std::uint64_t squeeze(std::uint64_t x) noexcept {
    x = (x & 0x001F001F001F001F) | (x & 0x1F001F001F001F00) >> 3;
    x = (x & 0x000003FF000003FF) | (x & 0x03FF000003FF0000) >> 6;
    return (x & 0xFFFFF) | (x & 0x000FFFFF00000000) >> 12;
}

/// Writes any number of at most seven chars, and something behind it, eight bytes in all.
inline char* write_long_number(std::int64_t value, char* out) noexcept {
    const auto magnitude = static_cast<std::uint64_t>(value ^ value >> 63);
    const int bits = 65 - std::countl_zero(magnitude);  // with the sign
    const int length = (bits + 4) / 5;
    const std::uint64_t more = 32 * each_byte & ((std::uint64_t{1} << 8 * (length - 1)) - 1);
    const std::uint64_t chars =
        (spread(static_cast<std::uint64_t>(value)) | more) + first_char * each_byte;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(out, &chars, sizeof chars);
    } else {
        for (int i = 0; i < length; ++i) out[i] = static_cast<char>(chars >> 8 * i);
    }
    return out + length;
}

/// Differences from -1024 to 1023, which is nearly all of them.
extern const std::array<ShortNumber, 2048> short_numbers;

/// Writes `value`, and a few bytes of nothing behind it; returns where the number ends.
inline char* write_number(std::int64_t value, char* out) noexcept {
    const auto index = static_cast<std::uint64_t>(value + 1024);
    if (index >= short_numbers.size()) return write_long_number(value, out);
    const ShortNumber& number = short_numbers[static_cast<std::size_t>(index)];
    std::memcpy(out, &number, sizeof number);
    return out + number.length;
}

/// Runs first..last of an array whose earlier runs were written before.
inline char* write_runs(const std::uint32_t* runs, std::size_t first, std::size_t last,
                        char* out) noexcept {
    for (std::size_t i = first; i < last; ++i) {
        const std::int64_t before = i < first_difference ? 0 : runs[i - 2];
        out = write_number(runs[i] - before, out);
    }
    return out;
}

/// `format` of a table, by its ways to write `width` runs at a time, nullptr where one of them is
/// too long for that, and sixteen of one char each, false where they are not.
template <std::size_t width, auto write_some, auto write_sixteen_chars>
COCODEC_ALWAYS_INLINE std::size_t format_by(const std::uint32_t* runs, std::size_t n,
                                            char* out) noexcept {
    // Where sixteen numbers of one char follow each other, more will: noise and smooth outlines
    // have them.
    constexpr std::size_t enough = 16 / width;
    std::size_t of_one_char = enough;
    std::size_t i = n < first_difference ? n : first_difference;
    char* place = write_runs(runs, 0, i, out);
    while (i + width <= n) {
        if (of_one_char >= enough && i + 16 <= n) {
            if (write_sixteen_chars(runs + i, place)) {
                place += 16;
                i += 16;
                continue;
            }
            of_one_char = 0;
        }
        char* behind = write_some(runs + i, place);
        if (behind == nullptr) behind = write_runs(runs, i, i + width, place);
        of_one_char = static_cast<std::size_t>(behind - place) == width ? of_one_char + 1 : 0;
        place = behind;
        i += width;
    }
    return static_cast<std::size_t>(write_runs(runs, i, n, place) - out);
}

/// How the chars of four numbers of one to four chars, four bytes each, are moved together. The
/// index holds their lengths less one: bit k the low bit of number k's, bit 4 + k the high bit.
struct Packing {
    std::uint8_t shuffle[16];
};
extern const std::array<Packing, 256> packings;
extern const std::array<std::uint8_t, 256> packed_lengths;

// ---------------------------------------------------------------- reading

/// Where the chars of numbers of one or two chars go that eight chars begin with: number k into
/// bytes 2 k and 2 k + 1. The index has bit i set if char i ends a number; the first number that is
/// longer, or not all there, ends the list.
struct Unpacking {
    std::uint8_t shuffle[16];  // 255 = no char
    std::uint8_t numbers;
    std::uint8_t chars;
};
extern const std::array<Unpacking, 256> unpackings;

/// A string in the middle of being read.
struct Reading {
    const char* text;
    std::size_t n;      // chars
    std::size_t index;  // of the first char not read yet
    std::uint32_t* out;
    std::size_t runs;  // written so far
};

/// Reads one number; false, and nothing done, if there is none or it is not a good one.
inline bool read_number(Reading& r) noexcept {
    std::int64_t value = 0;
    for (std::size_t i = 0; r.index + i < r.n && i < max_chars; ++i) {
        const int group = static_cast<unsigned char>(r.text[r.index + i]) - first_char;
        if (group < 0 || group > 63) return false;
        const auto shift = static_cast<int>(5 * i);
        value |= static_cast<std::int64_t>(group & 31) << shift;
        if ((group & 32) != 0) continue;
        if ((group & 16) != 0) value -= std::int64_t{1} << (shift + 5);
        if (r.runs >= first_difference) value += r.out[r.runs - 2];
        if (value < 0 || value > max_run) return false;
        r.out[r.runs++] = static_cast<std::uint32_t>(value);
        r.index += i + 1;
        return true;
    }
    return false;
}

/// The numbers before the first difference; false if they do not follow each other to its place.
inline bool read_first_numbers(Reading& r) noexcept {
    while (r.runs < first_difference) {
        if (!read_number(r)) return false;
    }
    return true;
}

/// Are all eight chars of the alphabet? 48 is the least, 111 the greatest.
inline bool in_alphabet(std::uint64_t chars) noexcept {
    const std::uint64_t at_least = (chars & 0x7F * each_byte) + 80 * each_byte;
    const std::uint64_t too_great = (chars & 0x7F * each_byte) + 16 * each_byte;
    return ((~at_least | too_great | chars) & 0x80 * each_byte) == 0;
}

/// Reads eight numbers of one char each; false, and nothing done, if one of them makes no good run.
inline bool read_eight_numbers(Reading& r, std::uint64_t groups) noexcept {
    std::uint32_t* out = r.out + r.runs;
    std::int64_t even = out[-2], odd = out[-1], all = 0;
    for (int i = 0; i < 8; i += 2) {
        even += static_cast<std::int64_t>((groups >> 8 * i & 31) ^ 16) - 16;
        odd += static_cast<std::int64_t>((groups >> 8 * (i + 1) & 31) ^ 16) - 16;
        all |= even | odd;
        out[i] = static_cast<std::uint32_t>(even);
        out[i + 1] = static_cast<std::uint32_t>(odd);
    }
    if (static_cast<std::uint64_t>(all) > static_cast<std::uint64_t>(max_run)) return false;
    r.index += 8;
    r.runs += 8;
    return true;
}

/// Reads the numbers that end within the next eight chars, differences all; false, and nothing
/// done, where it takes `read_number` to say what there is. Eight chars must be left.
inline bool read_eight_chars(Reading& r) noexcept {
    if constexpr (std::endian::native != std::endian::little) return false;
    std::uint64_t chars;
    std::memcpy(&chars, r.text + r.index, sizeof chars);
    if (!in_alphabet(chars)) return false;
    const std::uint64_t groups = chars - first_char * each_byte;
    if ((groups & 32 * each_byte) == 0 && read_eight_numbers(r, groups)) return true;
    const std::uint64_t bits = squeeze(groups & 31 * each_byte);
    // Bit 5 k + 4 for every group k that ends a number.
    std::uint64_t ends = squeeze(~groups >> 1 & 16 * each_byte);
    if (ends == std::uint64_t{1} << 39) return false;  // a number of eight chars
    std::uint32_t* out = r.out + r.runs;
    std::int64_t before = out[-2], last = out[-1];
    int begin = 0;
    for (; ends != 0; ends &= ends - 1) {
        const int end = std::countr_zero(ends);
        const int above = 63 - end;
        const std::int64_t value =
            (static_cast<std::int64_t>(bits << above) >> (above + begin)) + before;
        if (static_cast<std::uint64_t>(value) > static_cast<std::uint64_t>(max_run)) break;
        *out++ = static_cast<std::uint32_t>(value);
        before = last;
        last = value;
        begin = end + 1;
    }
    r.index += static_cast<std::size_t>(begin / 5);
    r.runs = static_cast<std::size_t>(out - r.out);
    return begin != 0;
}

/// A few numbers more, whatever they are; false at the end and before the first that is not good.
inline bool read_some(Reading& r) noexcept {
    return (r.n - r.index >= 8 && read_eight_chars(r)) || read_number(r);
}

/// What vectors leave: where one number is long, so are its neighbours.
inline bool read_a_few(Reading& r) noexcept {
    int times = 0;
    while (times < 4 && read_some(r)) ++times;
    return times > 0;
}

}  // namespace cocodec::kernels
