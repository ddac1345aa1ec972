// JSON numbers -> doubles, correctly rounded and whatever the locale. Floor 0.
#pragma once

#include <cstddef>
#include <string_view>

namespace cocodec::json {

/// Reads the number that starts at text[at] (JSON's grammar, so never NaN or Infinity) and returns
/// the index behind it; `at` itself if there is none. A value beyond the largest double is
/// infinite.
std::size_t parse_number(std::string_view text, std::size_t at, double& value);

}  // namespace cocodec::json
