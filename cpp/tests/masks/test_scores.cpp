// encode of scores: every type, every way they can lie in memory, and every 16-bit number.
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "cocodec/dense.hpp"

#include "check.hpp"
#include "masks.hpp"

using cocodec::ScoreType;
using masks::Pixels;

namespace {

/// What 16 bits mean, by the book.
double decoded(std::uint16_t bits, int exponent_bits) {
    const int mantissa_bits = 15 - exponent_bits, bias = (1 << (exponent_bits - 1)) - 1;
    const int exponent = (bits & 0x7FFF) >> mantissa_bits;
    const int mantissa = bits & ((1 << mantissa_bits) - 1);
    double value = 0;
    if (exponent == (1 << exponent_bits) - 1) {
        value = mantissa == 0 ? std::numeric_limits<double>::infinity() : std::nan("");
    } else if (exponent == 0) {
        value = std::ldexp(mantissa, 1 - bias - mantissa_bits);
    } else {
        value = std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
    }
    return (bits & 0x8000) != 0 ? -value : value;
}

/// The pixels of a column of scores that lie above.
template <class Score>
std::vector<std::uint8_t> above(const std::vector<Score>& scores, ScoreType type,
                                double threshold) {
    const auto n = static_cast<std::ptrdiff_t>(scores.size());
    constexpr auto item = static_cast<std::ptrdiff_t>(sizeof(Score));
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(scores.data());
    const cocodec::RleArray masks =
        cocodec::encode({{bytes, 1, {n, 1}, n * item, item, item}, type}, threshold);
    return masks::slow_decode(masks.view()[0]).pixels;
}

void every_number(ScoreType type, int exponent_bits) {
    std::vector<std::uint16_t> all(1 << 16);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
    masks::Random random(3);
    std::vector<std::uint16_t> thresholds{0,      1,      2,      0x8000, 0x8001, 0x3FF,
                                          0x400,  0x7F,   0x80,   0x7BFF, 0x7C00, 0xFBFF,
                                          0xFC00, 0x7F7F, 0x7F80, 0xFF7F, 0xFF80, 0x3C00};
    for (int i = 0; i < 40; ++i) thresholds.push_back(static_cast<std::uint16_t>(random()));
    for (const std::uint16_t bits : thresholds) {
        const double threshold = decoded(bits, exponent_bits);
        const std::vector<std::uint8_t> got = above(all, type, threshold);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if ((got[i] != 0) != (decoded(all[i], exponent_bits) > threshold)) ++wrong;
        }
        check::equal(wrong, 0U);
    }
}

const check::Test halves("every float16", [] { every_number(ScoreType::float16, 5); });
const check::Test brains("every bfloat16", [] { every_number(ScoreType::bfloat16, 8); });

/// Thresholds between two neighbours go to the nearer one, from the middle to the even one.
void rounding(ScoreType type, int exponent_bits) {
    for (std::uint32_t bits = 0; decoded(static_cast<std::uint16_t>(bits + 1), exponent_bits) <
                                 std::numeric_limits<double>::infinity();
         bits += 7) {
        const auto low = static_cast<std::uint16_t>(bits),
                   high = static_cast<std::uint16_t>(low + 1);
        const double a = decoded(low, exponent_bits), b = decoded(high, exponent_bits);
        const double middle = a + (b - a) / 2;
        const std::vector<std::uint16_t> scores{low, high};
        const bool to_low = low % 2 == 0;
        check::equal(above(scores, type, std::nextafter(middle, a)), Pixels{0, 1});
        check::equal(above(scores, type, std::nextafter(middle, b)), Pixels{0, 0});
        check::equal(above(scores, type, middle), to_low ? Pixels{0, 1} : Pixels{0, 0});
    }
}

const check::Test half_rounding("thresholds become float16", [] {
    rounding(ScoreType::float16, 5);
    check::equal(above<std::uint16_t>({0x7BFF, 0x7C00}, ScoreType::float16, 1e300), Pixels{0, 0});
    check::equal(above<std::uint16_t>({0xFBFF, 0xFC00}, ScoreType::float16, -1e300), Pixels{1, 0});
});
const check::Test brain_rounding("thresholds become bfloat16",
                                 [] { rounding(ScoreType::bfloat16, 8); });

const check::Test not_numbers("NaN is background, and nothing lies above NaN", [] {
    const double nan = std::nan("");
    check::equal(above<float>({1, std::nanf(""), -1}, ScoreType::float32, 0), Pixels{1, 0, 0});
    check::equal(above<double>({1, nan, -1}, ScoreType::float64, -2), Pixels{1, 0, 1});
    check::equal(above<float>({1, 2}, ScoreType::float32, nan), Pixels{0, 0});
    check::equal(above<std::uint16_t>({0x3C00, 0x7E00}, ScoreType::float16, nan), Pixels{0, 0});
});

/// Strides in items.
struct Layout {
    std::size_t mask, row, column;

    [[nodiscard]] std::size_t place(std::size_t m, std::size_t y, std::size_t x) const {
        return m * mask + y * row + x * column;
    }
};

/// Encodes a stack of scores that are 2 where the bitmaps are set and -2 elsewhere.
template <class Score>
cocodec::RleArray encoded(const std::vector<masks::Bitmap>& bitmaps, const Layout& layout,
                          ScoreType type) {
    const cocodec::Size size = bitmaps[0].size;
    const std::size_t n = bitmaps.size(), h = masks::height(size), w = masks::width(size);
    std::vector<Score> memory(layout.place(n - 1, h - 1, w - 1) + 1, Score(9));
    for (std::size_t m = 0; m < n; ++m)
        for (std::size_t y = 0; y < h; ++y)
            for (std::size_t x = 0; x < w; ++x)
                memory[layout.place(m, y, x)] = Score(bitmaps[m].pixels[x * h + y] != 0 ? 2 : -2);
    const auto bytes = [](std::size_t items) {
        return static_cast<std::ptrdiff_t>(items * sizeof(Score));
    };
    const auto* const data = reinterpret_cast<const std::uint8_t*>(memory.data());
    return cocodec::encode(
        {{data, n, size, bytes(layout.mask), bytes(layout.row), bytes(layout.column)}, type}, 0.5,
        2);
}

template <class Score>
void every_place(ScoreType type) {
    masks::Random random(4);
    for (const cocodec::Size size : {cocodec::Size{1, 1}, {5, 70}, {130, 9}, {67, 600}}) {
        const std::size_t h = masks::height(size), w = masks::width(size);
        for (const unsigned percent : {2U, 50U}) {
            std::vector<masks::Bitmap> bitmaps;
            for (int m = 0; m < 3; ++m) bitmaps.push_back(masks::noise(random, size, percent));
            const cocodec::RleArray expected = masks::array(bitmaps);
            for (const Layout& layout : {Layout{h * w, w, 1},
                                         {h * w, 1, h},
                                         {1, w * 3, 3},
                                         {2 * h * w, 2 * w, 2},
                                         {(h + 3) * w, 1, h + 3}}) {
                check::that(masks::same(encoded<Score>(bitmaps, layout, type), expected));
            }
        }
    }
}

const check::Test doubles_anywhere("float64 in every layout",
                                   [] { every_place<double>(ScoreType::float64); });
const check::Test floats_anywhere("float32 in every layout",
                                  [] { every_place<float>(ScoreType::float32); });

}  // namespace
