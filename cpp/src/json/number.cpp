// JSON numbers -> doubles. Nearly all of them have few digits and are exact in one division
// (Clinger, "How to read floating point numbers accurately", 1990); the others go to the standard
// library.

#include "json/number.hpp"

#include <bit>
#include <cfloat>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <locale>
#include <sstream>
#include <string>
#include <system_error>

namespace cocodec::json {
namespace {

constexpr int max_exact_power = 22;
constexpr std::uint64_t max_exact_mantissa = std::uint64_t{1} << 53;
constexpr int max_mantissa_digits = 19;  // more might not fit 64 bits
constexpr std::int64_t far_exponent = 100000;

/// A number taken apart: mantissa * 10^exponent, if it has no more than 19 digits.
struct Parts {
    std::uint64_t mantissa = 0;
    std::int64_t exponent = 0;
    std::int64_t magnitude = 0;  // digits before the point, exponent applied; about log10
    std::int64_t digits = 0;     // significant ones, leading zeros left out
    bool negative = false;
};

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

class NumberReader {
public:
    NumberReader(std::string_view text, std::size_t at) : text_(text), at_(at) {}

    /// Index behind the number, or npos.
    std::size_t read(Parts& parts) noexcept {
        parts.negative = take('-');
        const std::size_t start = at_;
        take_digits(parts);
        if (at_ == start || (text_[start] == '0' && at_ > start + 1)) return std::string_view::npos;
        parts.magnitude = parts.digits;
        if (take('.')) {
            const std::size_t fraction = at_;
            const bool zero_so_far = parts.digits == 0;
            take_digits(parts);
            if (at_ == fraction) return std::string_view::npos;
            parts.exponent -= static_cast<std::int64_t>(at_ - fraction);
            if (zero_so_far) parts.magnitude = parts.digits + parts.exponent;
        }
        return take_exponent(parts) ? at_ : std::string_view::npos;
    }

private:
    bool take(char c) noexcept {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void take_digits(Parts& parts) noexcept {
        for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
            const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
            if (parts.digits == 0 && digit == 0) continue;
            // Beyond 19 digits the mantissa is not used; it must only not be taken for a small one.
            if (parts.digits < max_mantissa_digits) parts.mantissa = parts.mantissa * 10 + digit;
            ++parts.digits;
        }
    }
    bool take_exponent(Parts& parts) noexcept {
        if (!take('e') && !take('E')) return true;
        const bool negative = take('-');
        if (!negative) take('+');
        const std::size_t start = at_;
        std::int64_t value = 0;
        for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
            if (value < far_exponent) value = value * 10 + (text_[at_] - '0');
        }
        parts.exponent += negative ? -value : value;
        parts.magnitude += negative ? -value : value;
        return at_ > start;
    }

    std::string_view text_;
    std::size_t at_;
};

#if !defined(__cpp_lib_to_chars) || __cpp_lib_to_chars < 201611L
/// For standard libraries without std::from_chars(double): slower, still exact and locale-free.
bool convert(std::string_view number, double& value) {
    std::istringstream stream{std::string(number)};
    stream.imbue(std::locale::classic());
    if (stream >> value) return true;
    // Some libraries report a subnormal number as out of range, and yet have its value.
    return value != 0 && std::abs(value) < std::numeric_limits<double>::max();
}
#else
bool convert(std::string_view number, double& value) {
    const auto result = std::from_chars(number.data(), number.data() + number.size(), value);
    return result.ec == std::errc();
}
#endif

double convert_slowly(std::string_view number, const Parts& parts) {
    if (parts.digits == 0) return parts.negative ? -0.0 : 0.0;
    double value = 0.0;
    // Out of range either way leaves no value; which way, the magnitude tells.
    if (!convert(number, value)) {
        value = parts.magnitude > 0 ? std::numeric_limits<double>::infinity() : 0.0;
        if (parts.negative) value = -value;
    }
    return value;
}

/// What nearly all numbers are: a few digits, perhaps a point among them, seven chars at most
/// without the sign; no branch asks for each char, which nobody could predict. Returns the index
/// behind it; `at` itself, whatever else there is.
std::size_t parse_short_number(std::string_view text, std::size_t at, double& value) noexcept {
    if constexpr (std::endian::native != std::endian::little || FLT_EVAL_METHOD != 0) return at;
    const bool negative = at < text.size() && text[at] == '-';
    const std::size_t first = at + (negative ? 1 : 0);
    std::uint64_t chars = 0;
    if (first > text.size() || text.size() - first < sizeof chars) return at;
    std::memcpy(&chars, text.data() + first, sizeof chars);
    std::uint64_t digits = chars ^ ('0' * each_byte);
    std::uint64_t others = above_nine(digits);
    const int whole = std::countr_zero(others) / 8;
    if (whole == 0 || whole == 8 || (whole > 1 && (digits & 0xFF) == 0)) return at;
    int length = whole, fraction = 0;
    if ((chars >> 8 * whole & 0xFF) == '.') {
        others &= others - 1;
        length = std::countr_zero(others) / 8;
        fraction = length - whole - 1;
        if (length == 8 || fraction == 0) return at;
        // Without the point.
        const std::uint64_t before = (std::uint64_t{1} << 8 * whole) - 1;
        digits = (digits & before) | (digits >> 8 & ~before);
    }
    if ((chars >> 8 * length & 0x5F) == 'E') return at;
    const int count = length - (fraction > 0 ? 1 : 0);
    // At most six digits of seven chars. NOLINTNEXTLINE(clang-analyzer-security.ArrayBound)
    const double scale = powers_of_ten[fraction];
    value = static_cast<double>(join_digits(digits << 8 * (8 - count))) / scale;
    if (negative) value = -value;
    return first + static_cast<std::size_t>(length);
}

}  // namespace

std::size_t parse_number(std::string_view text, std::size_t at, double& value) {
    const std::size_t behind = parse_short_number(text, at, value);
    if (behind != at) return behind;
    Parts parts;
    const std::size_t end = NumberReader(text, at).read(parts);
    if (end == std::string_view::npos) return at;
    const bool exact = FLT_EVAL_METHOD == 0 && parts.digits <= max_mantissa_digits &&
                       parts.mantissa <= max_exact_mantissa && parts.exponent >= -max_exact_power &&
                       parts.exponent <= max_exact_power;
    if (!exact) {
        value = convert_slowly(text.substr(at, end - at), parts);
        return end;
    }
    const auto mantissa = static_cast<double>(parts.mantissa);
    value = parts.exponent < 0 ? mantissa / powers_of_ten[-parts.exponent]
                               : mantissa * powers_of_ten[parts.exponent];
    if (parts.negative) value = -value;
    return end;
}

}  // namespace cocodec::json
