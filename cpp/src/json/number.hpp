// JSON numbers -> doubles, correctly rounded and whatever the locale. Floor 0.
#pragma once

#include <cstddef>
#include <string_view>

namespace cocodec::json {

/// The powers of ten that doubles hold exactly.
inline constexpr double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                           1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// Reads the number that starts at text[at] (JSON's grammar, so never NaN or Infinity) and returns
/// the index behind it; `at` itself if there is none. A value beyond the largest double is
/// infinite.
std::size_t parse_number(std::string_view text, std::size_t at, double& value);

}  // namespace cocodec::json
