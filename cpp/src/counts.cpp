// The compressed counts string <-> runs, one number at a time.

#include "cocodec/counts.hpp"

#include <cstdio>
#include <string>

#include "cocodec/error.hpp"

namespace cocodec {
namespace {

constexpr int first_char = 48;
constexpr std::uint64_t max_run = 0xFFFFFFFF;
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

}  // namespace

void parse_counts(std::string_view text, Buffer<std::uint32_t>& out) {
    const std::size_t before = out.size();
    std::uint32_t* runs = out.room(text.size());  // a run takes at least one char
    std::size_t n = 0;
    for (std::size_t index = 0; index < text.size();) {
        const std::size_t start = index;
        std::int64_t value = parse_number(text, index);
        if (n > 2) value += runs[n - 2];
        if (value < 0 || value > static_cast<std::int64_t>(max_run)) {
            throw Error(ErrorCode::bad_run,
                        "run " + std::to_string(n) + " is " + std::to_string(value) +
                            " (counts string, index " + std::to_string(start) +
                            "); runs lie in 0..4294967295",
                        -1, static_cast<std::int64_t>(start));
        }
        runs[n++] = static_cast<std::uint32_t>(value);
    }
    out.resize(before + n);
}

void format_counts(RleView mask, Buffer<char>& out) {
    char* const start = out.room(mask.length * max_chars);
    char* p = start;
    for (std::size_t i = 0; i < mask.length; ++i) {
        std::int64_t value = mask.counts[i];
        if (i > 2) value -= mask.counts[i - 2];
        for (bool more = true; more;) {
            auto group = static_cast<int>(value & 31);
            value >>= 5;
            more = (group & 16) != 0 ? value != -1 : value != 0;
            if (more) group |= 32;
            *p++ = static_cast<char>(group + first_char);
        }
    }
    out.advance(static_cast<std::size_t>(p - start));
}

}  // namespace cocodec
