// Lines of numbers, read and printed.

#include "cocodec/row_text.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "cocodec/error.hpp"
#include "json/number.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

// Measured cost of a char read, a number printed, for the choice of threads.
constexpr double char_ns = 2.0, number_ns = 20.0;
/// The two digits of each number below 100.
constexpr char pairs[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546"
    "4748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293"
    "949596979899";
constexpr double most = 9e17;  // what has its digits in 64 bits
constexpr double slack =
    1e-6;  // of the last digit: a product that is a hair above is not rounded up

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

class LineReader {
public:
    LineReader(std::string_view text, std::string_view word, NumberLines& out)
        : text_(text), word_(word), out_(out) {}

    void read_file(std::size_t begin, std::size_t end, std::int64_t file) {
        file_ = file;
        line_ = 1;
        if (text_.substr(begin, end - begin).starts_with("\xEF\xBB\xBF")) begin += 3;
        while (begin < end) {
            std::size_t stop = text_.find('\n', begin);
            if (stop > end) stop = end;
            // A carriage return alone ends a line too, as Python has it.
            const std::size_t back = text_.substr(begin, stop - begin).find('\r');
            if (back < stop - begin - 1) stop = begin + back;
            read_line(begin, stop);
            begin = stop + 1;
            ++line_;
        }
    }

private:
    void read_line(std::size_t at, std::size_t end) {
        const std::size_t before = out_.values.size();
        std::int64_t tail_begin = -1, tail_end = -1;
        while (true) {
            while (at < end && is_blank(text_[at])) ++at;
            if (at == end) break;
            std::size_t stop = at;
            while (stop < end && !is_blank(text_[stop])) ++stop;
            const std::string_view field = text_.substr(at, stop - at);
            if (out_.values.size() == before + 1 && field == word_) {
                tail_begin = static_cast<std::int64_t>(stop);
                while (end > stop && is_blank(text_[end - 1])) --end;
                tail_end = static_cast<std::int64_t>(end);
                break;
            }
            double share = 0;
            out_.values.push_back(is_share(field, share) ? share : number(field));
            at = stop;
        }
        if (out_.values.size() == before) return;
        out_.offsets.push_back(static_cast<std::int64_t>(out_.values.size()));
        out_.files.push_back(file_);
        out_.numbers.push_back(line_);
        out_.tails.push_back(tail_begin);
        out_.tails.push_back(tail_end);
    }
    /// Nearly all numbers are "0." and up to 15 digits, which are exact in one division.
    [[nodiscard]] static bool is_share(std::string_view field, double& value) noexcept {
        if (field.size() < 3 || field.size() > 17 || field[0] != '0' || field[1] != '.') {
            return false;
        }
        std::uint64_t digits = 0;
        bool good = true;
        for (std::size_t i = 2; i < field.size(); ++i) {
            const auto digit = static_cast<unsigned>(field[i] - '0');
            good &= digit < 10;
            digits = digits * 10 + digit;
        }
        value = static_cast<double>(digits) / json::powers_of_ten[field.size() - 2];
        return good;
    }
    /// Is it a number that JSON would have more digits of: ".5", "-.5", "1."?
    [[nodiscard]] static bool is_bare(std::string_view field) noexcept {
        const std::size_t sign = field.starts_with('+') || field.starts_with('-') ? 1 : 0;
        const std::string_view digits = field.substr(sign);
        return digits.size() > 1 && digits.size() < 40 &&
               digits.find_first_not_of("0123456789.") == std::string_view::npos &&
               digits.find('.') == digits.rfind('.') &&
               (digits.front() == '.' || digits.back() == '.');
    }
    [[nodiscard]] static std::string with_zeros(std::string_view field) {
        const std::size_t sign = field.starts_with('+') || field.starts_with('-') ? 1 : 0;
        std::string text(field.substr(0, sign));
        const std::string_view digits = field.substr(sign);
        if (digits.front() == '.') text += '0';
        text += digits;
        if (digits.back() == '.') text += '0';
        return text;
    }
    [[nodiscard]] double number(std::string_view field) const {
        double value = 0;
        const std::size_t sign = field.starts_with('+') ? 1 : 0;
        const std::size_t end = json::parse_number(field, sign, value);
        if (end == field.size() && end > sign && std::isfinite(value)) return value;
        if (is_bare(field)) return number(with_zeros(field));
        std::string shown(field.substr(0, 40));
        for (char& c : shown) c = c > ' ' && c < '\x7F' ? c : '?';
        throw Error(ErrorCode::bad_json, "'" + shown + "' is no number", file_, line_);
    }

    std::string_view text_, word_;
    NumberLines& out_;
    std::int64_t file_ = 0, line_ = 0;
};

void append(const NumberLines& piece, NumberLines& out) {
    const std::int64_t start = out.offsets[out.offsets.size() - 1];
    for (std::size_t i = 1; i < piece.offsets.size(); ++i) {
        out.offsets.push_back(start + piece.offsets[i]);
    }
    out.values.append(piece.values.data(), piece.values.size());
    out.files.append(piece.files.data(), piece.files.size());
    out.numbers.append(piece.numbers.data(), piece.numbers.size());
    out.tails.append(piece.tails.data(), piece.tails.size());
}

class LinePrinter {
public:
    LinePrinter(bool upwards, Buffer<char>& text) : upwards_(upwards), text_(text) {}

    void print(const double* values, std::size_t n, unsigned decimals) {
        char* out = text_.room(n * max_chars + 1);
        char* const begin = out;
        for (std::size_t i = 0; i < n; ++i) {
            if (i > 0) *out++ = ' ';
            out = i == 0 ? number(values[i], 0, out) : number(values[i], decimals, out);
        }
        *out++ = '\n';
        text_.advance(static_cast<std::size_t>(out - begin));
    }

private:
    static constexpr std::size_t max_chars = 24;

    char* number(double value, unsigned decimals, char* out) const {
        const double scaled = value * json::powers_of_ten[decimals];
        if (!(std::abs(scaled) < most)) {
            throw Error(ErrorCode::bad_coordinate, "a number is not finite, or too long to print");
        }
        const double rounded = upwards_ ? std::ceil(scaled - slack) : std::round(scaled);
        auto digits = static_cast<std::int64_t>(rounded);
        if (digits < 0) {
            *out++ = '-';
            digits = -digits;
        }
        const auto unit = static_cast<std::int64_t>(json::powers_of_ten[decimals]);
        std::int64_t part = digits;
        if (digits < unit) {
            *out++ = '0';
        } else {
            part = digits % unit;
            out = std::to_chars(out, out + max_chars - 2, digits / unit).ptr;
        }
        if (part == 0) return out;
        *out++ = '.';
        char* end = out + decimals;
        for (char* at = end; at > out + 1; part /= 100) {
            at -= 2;
            std::memcpy(at, pairs + 2 * (part % 100), 2);
        }
        if (decimals % 2 != 0) *out = static_cast<char>('0' + part);
        while (end[-1] == '0') --end;
        return end;
    }

    bool upwards_;
    Buffer<char>& text_;
};

}  // namespace

NumberLines read_number_lines(std::string_view text, const std::int64_t* begins, std::size_t files,
                              std::string_view word, int threads) {
    const double work = char_ns * static_cast<double>(text.size());
    const auto read = [&](std::size_t first, std::size_t last, NumberLines& piece) {
        LineReader reader(text, word, piece);
        for (std::size_t k = first; k < last; ++k) {
            reader.read_file(static_cast<std::size_t>(begins[k]),
                             static_cast<std::size_t>(begins[k + 1]), static_cast<std::int64_t>(k));
        }
    };
    std::vector<NumberLines> pieces = parallel_pieces<NumberLines>(files, work, threads, read);
    if (pieces.size() == 1) return std::move(pieces[0]);
    NumberLines all;
    for (const NumberLines& piece : pieces) append(piece, all);
    return all;
}

// Bare arrays with their length, and two buffers to write to.
// NOLINTNEXTLINE(readability-function-size)
void print_number_lines(const double* values, const std::int64_t* offsets, std::size_t lines,
                        const LineFormat& format, Buffer<char>& text, Buffer<std::int64_t>& ends,
                        int threads) {
    const double work = number_ns * static_cast<double>(offsets[lines]);
    struct Piece {
        Buffer<char> text;
        Buffer<std::int64_t> ends;
    };
    const auto print = [&](std::size_t first, std::size_t last, Piece& piece) {
        LinePrinter printer(format.upwards, piece.text);
        for (std::size_t i = first; i < last; ++i) {
            try {
                printer.print(values + offsets[i],
                              static_cast<std::size_t>(offsets[i + 1] - offsets[i]),
                              format.decimals[i]);
            } catch (const Error& error) {
                throw error.at(static_cast<std::int64_t>(i));
            }
            piece.ends.push_back(static_cast<std::int64_t>(piece.text.size()));
        }
    };
    for (const Piece& piece : parallel_pieces<Piece>(lines, work, threads, print)) {
        const auto start = static_cast<std::int64_t>(text.size());
        text.append(piece.text.data(), piece.text.size());
        for (const std::int64_t end : piece.ends) ends.push_back(start + end);
    }
}

}  // namespace cocodec
