// JSON numbers -> doubles, correctly rounded and whatever the locale. Floor 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cocodec::json {

/// The powers of ten that doubles hold exactly.
inline constexpr double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                           1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

inline constexpr std::uint64_t each_byte = 0x0101010101010101;

/// The upper bit of each byte that is above 9; of bytes behind the first such one, maybe others
/// too.
inline std::uint64_t above_nine(std::uint64_t bytes) noexcept {
    return ((bytes + 0x76 * each_byte) | bytes) & (0x80 * each_byte);
}

/// Eight digits as bytes of 0 to 9, the first in the lowest, as a number.
inline std::uint64_t join_digits(std::uint64_t digits) noexcept {
    digits = digits * 10 + (digits >> 8);
    constexpr std::uint64_t pairs = 0x000000FF000000FF;
    return ((digits & pairs) * 0x000F424000000064 + (digits >> 16 & pairs) * 0x0000271000000001) >>
           32;
}

/// Reads the number that starts at text[at] (JSON's grammar, so never NaN or Infinity) and returns
/// the index behind it; `at` itself if there is none. A value beyond the largest double is
/// infinite.
std::size_t parse_number(std::string_view text, std::size_t at, double& value);

}  // namespace cocodec::json
