// White space, as JSON has it.
#pragma once

#include <cstddef>
#include <string_view>

namespace cocodec::json {

[[nodiscard]] constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/// The first place from `at` on where there is none; the text's end if there is no such place.
[[nodiscard]] constexpr std::size_t skip_space(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && is_space(text[at])) ++at;
    return at;
}

}  // namespace cocodec::json
