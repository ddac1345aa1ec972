// Portable kernels: plain C++, words of eight bytes where that helps. Every other table must give
// the same numbers as this one.

#include <cstring>

#include "kernels/table.hpp"

namespace cocodec::kernels {
namespace {

std::uint64_t load_word(const std::uint8_t* p) noexcept {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    return word;
}

std::size_t transitions(const std::uint8_t* data, std::size_t n, bool before,
                        std::uint32_t* out) noexcept {
    std::uint32_t* const start = out;
    bool state = before;
    std::size_t i = 0;
    const auto step = [&] {
        const bool foreground = data[i] != 0;
        if (foreground != state) {
            *out++ = static_cast<std::uint32_t>(i);
            state = foreground;
        }
        ++i;
    };
    if (n > 0) step();
    while (i + 8 <= n) {
        // Equal to the word one byte earlier: eight pixels without a change.
        if (load_word(data + i) == load_word(data + i - 1)) {
            i += 8;
            continue;
        }
        for (int k = 0; k < 8; ++k) step();
    }
    while (i < n) step();
    return static_cast<std::size_t>(out - start);
}

std::uint64_t sum(const std::uint32_t* runs, std::size_t n) noexcept {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < n; ++i) total += runs[i];
    return total;
}

}  // namespace

const Table scalar = {"scalar", transitions, sum};

}  // namespace cocodec::kernels
