// The counts string, one number at a time.

#include "kernels/table.hpp"

namespace cocodec::kernels {
namespace {

constexpr int first_char = 48;
// Seven groups of five bits hold every difference of two 32-bit runs.
constexpr int max_chars = 7;
constexpr std::int64_t max_run = 0xFFFFFFFF;

std::size_t format(const std::uint32_t* runs, std::size_t n, char* out) noexcept {
    char* p = out;
    for (std::size_t i = 0; i < n; ++i) {
        std::int64_t value = runs[i];
        if (i > 2) value -= runs[i - 2];
        for (bool more = true; more;) {
            auto group = static_cast<int>(value & 31);
            value >>= 5;
            more = (group & 16) != 0 ? value != -1 : value != 0;
            if (more) group |= 32;
            *p++ = static_cast<char>(group + first_char);
        }
    }
    return static_cast<std::size_t>(p - out);
}

/// Reads the number at the front of text[0..n); returns the chars it took, 0 if it is not a good
/// one.
std::size_t read_number(const char* text, std::size_t n, std::int64_t& value) noexcept {
    value = 0;
    for (std::size_t i = 0; i < n && i < max_chars; ++i) {
        const int group = static_cast<unsigned char>(text[i]) - first_char;
        if (group < 0 || group > 63) return 0;
        const auto shift = static_cast<int>(5 * i);
        value |= static_cast<std::int64_t>(group & 31) << shift;
        if ((group & 32) != 0) continue;
        if ((group & 16) != 0) value -= std::int64_t{1} << (shift + 5);
        return i + 1;
    }
    return 0;
}

std::size_t parse(const char* text, std::size_t n, std::uint32_t* out,
                  std::size_t* consumed) noexcept {
    std::size_t runs = 0, index = 0;
    while (index < n) {
        std::int64_t value = 0;
        const std::size_t chars = read_number(text + index, n - index, value);
        if (chars == 0) break;
        if (runs > 2) value += out[runs - 2];
        if (value < 0 || value > max_run) break;
        out[runs++] = static_cast<std::uint32_t>(value);
        index += chars;
    }
    *consumed = index;
    return runs;
}

}  // namespace

const CountsKernels scalar_counts = {format, parse};

}  // namespace cocodec::kernels
