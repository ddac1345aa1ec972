// The counts string in portable C++: short numbers from a table, eight chars at a time.

#include "kernels/counts.hpp"

namespace cocodec::kernels {
namespace {

constexpr std::array<ShortNumber, 2048> make_short_numbers() {
    std::array<ShortNumber, 2048> table{};
    for (int value = -1024; value < 1024; ++value) {
        ShortNumber& number = table[static_cast<std::size_t>(value + 1024)];
        int rest = value;
        for (bool more = true; more;) {
            int group = rest & 31;
            rest >>= 5;
            more = (group & 16) != 0 ? rest != -1 : rest != 0;
            if (more) group |= 32;
            number.chars[number.length++] = static_cast<char>(group + first_char);
        }
    }
    return table;
}

constexpr std::uint8_t length_of(std::size_t lengths, std::size_t number) {
    return static_cast<std::uint8_t>(1 + (lengths >> number & 1) +
                                     2 * (lengths >> (4 + number) & 1));
}

constexpr std::array<Packing, 256> make_packings() {
    std::array<Packing, 256> table{};
    for (std::size_t lengths = 0; lengths < 256; ++lengths) {
        std::size_t place = 0;
        for (std::size_t number = 0; number < 4; ++number) {
            for (std::size_t i = 0; i < length_of(lengths, number); ++i) {
                table[lengths].shuffle[place++] = static_cast<std::uint8_t>(4 * number + i);
            }
        }
    }
    return table;
}

constexpr std::array<std::uint8_t, 256> make_packed_lengths() {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t lengths = 0; lengths < 256; ++lengths) {
        for (std::size_t number = 0; number < 4; ++number) {
            table[lengths] = static_cast<std::uint8_t>(table[lengths] + length_of(lengths, number));
        }
    }
    return table;
}

constexpr Unpacking make_unpacking(std::size_t ends) {
    Unpacking unpacking{};
    for (std::uint8_t& place : unpacking.shuffle) place = 255;
    std::uint8_t i = 0;
    while (i < 8) {
        const bool one = (ends >> i & 1) != 0, two = i < 7 && (ends >> (i + 1) & 1) != 0;
        if (!one && !two) break;
        unpacking.shuffle[std::size_t{2} * unpacking.numbers] = i++;
        if (!one) unpacking.shuffle[std::size_t{2} * unpacking.numbers + 1] = i++;
        ++unpacking.numbers;
    }
    unpacking.chars = i;
    return unpacking;
}

constexpr std::array<Unpacking, 256> make_unpackings() {
    std::array<Unpacking, 256> table{};
    for (std::size_t ends = 0; ends < 256; ++ends) table[ends] = make_unpacking(ends);
    return table;
}

std::size_t format(const std::uint32_t* runs, std::size_t n, char* out) noexcept {
    return static_cast<std::size_t>(write_runs(runs, 0, n, out) - out);
}

std::size_t parse(const char* text, std::size_t n, std::uint32_t* out,
                  std::size_t* consumed) noexcept {
    Reading reading{text, n, 0, out, 0};
    if (read_first_numbers(reading)) {
        while (read_some(reading)) {
        }
    }
    *consumed = reading.index;
    return reading.runs;
}

}  // namespace

constinit const std::array<ShortNumber, 2048> short_numbers = make_short_numbers();
constinit const std::array<Packing, 256> packings = make_packings();
constinit const std::array<std::uint8_t, 256> packed_lengths = make_packed_lengths();
constinit const std::array<Unpacking, 256> unpackings = make_unpackings();

const CountsKernels scalar_counts = {format, parse};

}  // namespace cocodec::kernels
