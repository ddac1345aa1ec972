// The compressed counts string <-> runs, checked; the work is in the kernels.

#include "cocodec/counts.hpp"

#include <cstdio>
#include <string>

#include "cocodec/error.hpp"
#include "kernels/table.hpp"

namespace cocodec {
namespace {

constexpr int first_char = 48;
// Seven groups of five bits hold every difference of two 32-bit runs.
constexpr int max_chars = 7;

[[noreturn]] void throw_foreign_char(char c, std::size_t index) {
    const auto byte = static_cast<unsigned char>(c);
    char shown[16];
    if (byte > 32 && byte < 127) {
        std::snprintf(shown, sizeof shown, "'%c'", c);
    } else {
        std::snprintf(shown, sizeof shown, "byte 0x%02X", static_cast<unsigned>(byte));
    }
    throw Error(ErrorCode::bad_counts,
                "counts string has " + std::string(shown) + " at index " + std::to_string(index) +
                    "; its chars lie in '0'..'o'",
                -1, static_cast<std::int64_t>(index));
}

/// Reads the number that starts at `index`, moves `index` behind it.
std::int64_t parse_number(std::string_view text, std::size_t& index) {
    const std::size_t start = index;
    std::int64_t value = 0;
    for (int shift = 0;; shift += 5) {
        if (index == text.size()) {
            throw Error(ErrorCode::bad_counts,
                        "counts string ends inside the number that starts at index " +
                            std::to_string(start),
                        -1, static_cast<std::int64_t>(start));
        }
        const int group = static_cast<unsigned char>(text[index]) - first_char;
        if (group < 0 || group > 63) throw_foreign_char(text[index], index);
        if (shift == 5 * max_chars) {
            throw Error(
                ErrorCode::bad_counts,
                "counts string has a number of more than 7 chars at index " + std::to_string(start),
                -1, static_cast<std::int64_t>(start));
        }
        value |= static_cast<std::int64_t>(group & 31) << shift;
        ++index;
        if ((group & 32) == 0) {
            if ((group & 16) != 0) value -= std::int64_t{1} << (shift + 5);
            return value;
        }
    }
}

/// Says what is wrong with run n, whose number starts at `start`.
[[noreturn]] void throw_bad_number(std::string_view text, std::size_t start,
                                   const std::uint32_t* runs, std::size_t n) {
    std::size_t index = start;
    std::int64_t value = parse_number(text, index);
    if (n > 2) value += runs[n - 2];
    throw Error(ErrorCode::bad_run,
                "run " + std::to_string(n) + " is " + std::to_string(value) +
                    " (counts string, index " + std::to_string(start) +
                    "); runs lie in 0..4294967295",
                -1, static_cast<std::int64_t>(start));
}

}  // namespace

void parse_counts(std::string_view text, Buffer<std::uint32_t>& out) {
    // A run takes at least one char.
    std::uint32_t* runs = out.room(text.size() + kernels::slack);
    std::size_t consumed = 0;
    const std::size_t n =
        kernels::active().counts->parse(text.data(), text.size(), runs, &consumed);
    if (consumed != text.size()) throw_bad_number(text, consumed, runs, n);
    out.advance(n);
}

void format_counts(RleView mask, Buffer<char>& out) {
    char* place = out.room(mask.length * max_chars + kernels::slack);
    out.advance(kernels::active().counts->format(mask.counts, mask.length, place));
}

}  // namespace cocodec
