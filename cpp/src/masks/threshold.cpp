// Scores against a threshold. The loops are such that compilers turn them into vector code.

#include "masks/threshold.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace cocodec {
namespace {

/// A 16-bit floating-point format: sign, exponent, mantissa.
struct Format {
    int exponent_bits, mantissa_bits;
};
constexpr Format half{5, 10}, brain{8, 7};

constexpr std::uint16_t infinity(Format format) {
    return static_cast<std::uint16_t>(((1 << format.exponent_bits) - 1) << format.mantissa_bits);
}

/// The bits of the nearest value of a format, ties to even.
std::uint16_t nearest(double value, Format format) {
    const int bias = (1 << (format.exponent_bits - 1)) - 1;
    const double magnitude = std::min(std::abs(value), std::ldexp(1.0, bias + 1));
    const int least = 1 - bias;  // below it numbers are subnormal: they lose digits
    const int exponent = magnitude > 0 ? std::max(std::ilogb(magnitude), least) : least;
    const double units = std::nearbyint(std::ldexp(magnitude, format.mantissa_bits - exponent));
    // The leading digit is part of `units`, hence one less in the exponent; carries find their way.
    const int bits = ((exponent + bias - 1) << format.mantissa_bits) + static_cast<int>(units);
    const int finite = std::min<int>(bits, infinity(format));
    return static_cast<std::uint16_t>(finite | (std::signbit(value) && finite != 0 ? 0x8000 : 0));
}

/// Where a number stands among all of its format, as far as it is not NaN: -0 directly below +0.
constexpr std::int16_t rank(std::uint16_t bits) {
    const auto number = static_cast<std::int16_t>(bits);
    return static_cast<std::int16_t>(number ^ ((number >> 15) & 0x7FFF));
}

/// Calls holds(score) for n scores that lie `stride` bytes apart.
template <class Score, class Holds>
void for_each_score(const std::uint8_t* scores, std::ptrdiff_t stride, std::size_t n,
                    std::uint8_t* out, const Holds& holds) noexcept {
    const auto load = [](const std::uint8_t* place) {
        Score score;
        std::memcpy(&score, place, sizeof score);
        return score;
    };
    if (stride == static_cast<std::ptrdiff_t>(sizeof(Score))) {
        for (std::size_t i = 0; i < n; ++i) out[i] = holds(load(scores + i * sizeof(Score)));
    } else {
        for (std::size_t i = 0; i < n; ++i) {
            out[i] = holds(load(scores + static_cast<std::ptrdiff_t>(i) * stride));
        }
    }
}

}  // namespace

std::size_t item_size(ScoreType type) noexcept {
    switch (type) {
        case ScoreType::float64:
            return 8;
        case ScoreType::float32:
            return 4;
        case ScoreType::float16:
        case ScoreType::bfloat16:
            break;
    }
    return 2;
}

Above::Above(ScoreType type, double threshold)
    : type_(type), wide_(threshold), single_(static_cast<float>(threshold)) {
    if (item_size(type) != 2) return;
    const Format format = type == ScoreType::float16 ? half : brain;
    last_ = rank(infinity(format));
    // Nothing lies above NaN.
    const std::int16_t at = std::isnan(threshold) ? last_ : rank(nearest(threshold, format));
    first_ = static_cast<std::int16_t>(at + 1);
}

void Above::compare(const std::uint8_t* scores, std::ptrdiff_t stride, std::size_t n,
                    std::uint8_t* out) const noexcept {
    switch (type_) {
        case ScoreType::float64:
            return for_each_score<double>(scores, stride, n, out,
                                          [t = wide_](double x) { return x > t; });
        case ScoreType::float32:
            return for_each_score<float>(scores, stride, n, out,
                                         [t = single_](float x) { return x > t; });
        case ScoreType::float16:
        case ScoreType::bfloat16:
            // NaN stands beyond the infinities.
            return for_each_score<std::uint16_t>(
                scores, stride, n, out, [first = first_, last = last_](std::uint16_t x) {
                    // No `&&`: it would be a jump, and the loop no vector code.
                    return static_cast<bool>(int{rank(x) >= first} & int{rank(x) <= last});
                });
    }
}

}  // namespace cocodec
