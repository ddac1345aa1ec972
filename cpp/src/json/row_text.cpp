// Lines of numbers, read and printed; rows woven of columns.

#include "cocodec/row_text.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
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
            double value = 0;
            std::size_t stop = short_share(at, end, value);
            if (stop != at) {
                out_.values.push_back(value);
                at = stop;
                continue;
            }
            while (stop < end && !is_blank(text_[stop])) ++stop;
            const std::string_view field = text_.substr(at, stop - at);
            if (out_.values.size() == before + 1 && field == word_) {
                tail_begin = static_cast<std::int64_t>(stop);
                while (end > stop && is_blank(text_[end - 1])) --end;
                tail_end = static_cast<std::int64_t>(end);
                break;
            }
            out_.values.push_back(is_share(field, value) ? value : number(field));
            at = stop;
        }
        if (out_.values.size() == before) return;
        out_.offsets.push_back(static_cast<std::int64_t>(out_.values.size()));
        out_.files.push_back(file_);
        out_.numbers.push_back(line_);
        out_.tails.push_back(tail_begin);
        out_.tails.push_back(tail_end);
    }
    /// Nearly all numbers are "0." and up to seven digits: the index behind such a one, or `at`.
    [[nodiscard]] std::size_t short_share(std::size_t at, std::size_t end,
                                          double& value) const noexcept {
        if constexpr (std::endian::native != std::endian::little) return at;
        std::uint64_t chars = 0;
        if (text_.size() - at < 2 + sizeof chars || text_[at] != '0' || text_[at + 1] != '.') {
            return at;
        }
        std::memcpy(&chars, text_.data() + at + 2, sizeof chars);
        const std::uint64_t digits = chars ^ ('0' * json::each_byte);
        const auto count = static_cast<std::size_t>(std::countr_zero(json::above_nine(digits)) / 8);
        const std::size_t stop = at + 2 + count;
        if (count == 0 || count == sizeof chars || stop > end) return at;
        if (stop < end && !is_blank(text_[stop])) return at;
        value = static_cast<double>(json::join_digits(digits << 8 * (sizeof chars - count))) /
                json::powers_of_ten[count];
        return stop;
    }
    /// Others have up to 15 digits, which are exact in one division.
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

/// Prints numbers with up to so many digits behind the point.
class NumberPrinter {
public:
    static constexpr std::size_t max_chars = 24;

    NumberPrinter(unsigned decimals, bool upwards)
        : decimals_(decimals), upwards_(upwards), power_(json::powers_of_ten[decimals]) {}

    char* print(double value, char* out) const {
        const double scaled = value * power_;
        if (!(std::abs(scaled) < most)) {
            throw Error(ErrorCode::bad_coordinate, "a number is not finite, or too long to print");
        }
        auto digits = upwards_ ? up(scaled - slack) : nearest(scaled);
        if (digits < 0) {
            *out++ = '-';
            digits = -digits;
        }
        const auto unit = static_cast<std::int64_t>(power_);
        std::int64_t part = digits;
        if (digits < unit) {
            *out++ = '0';
        } else {
            part = digits % unit;
            out = std::to_chars(out, out + max_chars - 2, digits / unit).ptr;
        }
        if (part == 0) return out;
        *out++ = '.';
        // Divided twice as fast, and nearly all are small.
        char* end = part <= 0xFFFFFFFF ? fraction(static_cast<std::uint32_t>(part), out)
                                       : fraction(static_cast<std::uint64_t>(part), out);
        while (end[-1] == '0') --end;
        return end;
    }

private:
    template <class T>
    char* fraction(T part, char* out) const {
        char* const end = out + decimals_;
        for (char* at = end; at > out + 1; part /= 100) {
            at -= 2;
            std::memcpy(at, pairs + 2 * (part % 100), 2);
        }
        if (decimals_ % 2 != 0) *out = static_cast<char>('0' + part);
        return end;
    }
    /// As std::round and std::ceil, which are calls where a processor may lack their instructions.
    static std::int64_t nearest(double value) {
        const auto whole = static_cast<std::int64_t>(value);
        const double rest = value - static_cast<double>(whole);
        return whole + (rest >= 0.5 ? 1 : 0) - (rest <= -0.5 ? 1 : 0);
    }
    static std::int64_t up(double value) {
        const auto whole = static_cast<std::int64_t>(value);
        return whole + (value > static_cast<double>(whole) ? 1 : 0);
    }

    unsigned decimals_;
    bool upwards_;
    double power_;
};

/// Prints rings as lines.
class RingPrinter {
public:
    RingPrinter(const RingLines& rings, const LineFormat& format, Buffer<char>& text)
        : rings_(rings), format_(format), text_(text) {}

    void print(std::size_t i) {
        const auto n = static_cast<std::size_t>(rings_.offsets[i + 1] - rings_.offsets[i]);
        const double* xy = rings_.xy + 2 * rings_.offsets[i];
        const double sides[] = {static_cast<double>(rings_.sizes[i].width),
                                static_cast<double>(rings_.sizes[i].height)};
        char* const begin = text_.room((2 * n + 1) * (NumberPrinter::max_chars + 1));
        char* out = std::to_chars(begin, begin + NumberPrinter::max_chars, rings_.classes[i]).ptr;
        if (format_.upwards && !survives(xy, n, sides, format_.decimals[i])) {
            text_.advance(static_cast<std::size_t>(out - begin));
            return print_surviving(xy, n, sides);
        }
        const NumberPrinter printer(format_.decimals[i], format_.upwards);
        for (std::size_t k = 0; k < 2 * n; ++k) {
            *out++ = ' ';
            out = printer.print(xy[k] / sides[k % 2], out);
        }
        *out++ = '\n';
        text_.advance(static_cast<std::size_t>(out - begin));
    }

private:
    /// What COCO's rule makes of a coordinate before it draws edges.
    static double fifths(double pixels) { return std::trunc(5.0 * pixels + 0.5); }

    /// Whether all numbers, with these decimals, times the side are drawn as the pixels are: the
    /// printed number may be the one above or the nearest one.
    static bool survives(const double* xy, std::size_t n, const double (&sides)[2],
                         unsigned decimals) {
        const double power = json::powers_of_ten[decimals];
        for (std::size_t k = 0; k < 2 * n; ++k) {
            const double side = sides[k % 2], scaled = xy[k] / side * power;
            const double wanted = fifths(xy[k]);
            double above = std::ceil(scaled), nearest = above;
            if (above - scaled > 0.5 || (above - scaled == 0.5 && std::fmod(above, 2) != 0)) {
                nearest = above - 1;
            }
            if (fifths(above / power * side) != wanted) return false;
            if (nearest != above && fifths(nearest / power * side) != wanted) return false;
        }
        return true;
    }
    /// The shortest numbers that times the side are drawn as the pixels are: the quotients or,
    /// where these fail, neighbours of them.
    void print_surviving(const double* xy, std::size_t n, const double (&sides)[2]) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        char number[400];  // the longest has 323 zeros and 17 digits
        for (std::size_t k = 0; k < 2 * n; ++k) {
            const double side = sides[k % 2], divided = xy[k] / side, wanted = fifths(xy[k]);
            double share = divided;
            for (const double near :
                 {std::nextafter(divided, -infinity), std::nextafter(divided, infinity), divided}) {
                if (fifths(near * side) == wanted) share = near;
            }
            number[0] = ' ';
            const auto end =
                std::to_chars(number + 1, std::end(number), share, std::chars_format::fixed);
            text_.append(number, static_cast<std::size_t>(end.ptr - number));
        }
        text_.push_back('\n');
    }

    const RingLines& rings_;
    const LineFormat& format_;
    Buffer<char>& text_;
};

/// Where lines go: one behind the other, and where each ends.
struct Printed {
    Buffer<char>& text;
    Buffer<std::int64_t>& ends;
};

/// Lines that `print_one(i, text)` appends, in pieces on several threads.
template <class PrintOne>
void print_pieces(std::size_t lines, double work, int threads, const PrintOne& print_one,
                  Printed out) {
    struct Piece {
        Buffer<char> text;
        Buffer<std::int64_t> ends;
    };
    const auto print = [&](std::size_t first, std::size_t last, Piece& piece) {
        for (std::size_t i = first; i < last; ++i) {
            try {
                print_one(i, piece.text);
            } catch (const Error& error) {
                throw error.at(static_cast<std::int64_t>(i));
            }
            piece.ends.push_back(static_cast<std::int64_t>(piece.text.size()));
        }
    };
    for (const Piece& piece : parallel_pieces<Piece>(lines, work, threads, print)) {
        const auto start = static_cast<std::int64_t>(out.text.size());
        out.text.append(piece.text.data(), piece.text.size());
        for (const std::int64_t end : piece.ends) out.ends.push_back(start + end);
    }
}

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
    const NumberPrinter integers(0, format.upwards);
    const auto print_one = [&](std::size_t i, Buffer<char>& out) {
        const NumberPrinter decimals(format.decimals[i], format.upwards);
        const auto n = static_cast<std::size_t>(offsets[i + 1] - offsets[i]);
        char* const begin = out.room(n * NumberPrinter::max_chars + 1);
        char* at = begin;
        for (std::size_t k = 0; k < n; ++k) {
            if (k > 0) *at++ = ' ';
            at = (k == 0 ? integers : decimals)
                     .print(values[static_cast<std::size_t>(offsets[i]) + k], at);
        }
        *at++ = '\n';
        out.advance(static_cast<std::size_t>(at - begin));
    };
    print_pieces(lines, work, threads, print_one, {text, ends});
}

void print_ring_lines(const RingLines& rings, const LineFormat& format, Buffer<char>& text,
                      Buffer<std::int64_t>& ends, int threads) {
    const double work = 2 * number_ns * static_cast<double>(rings.offsets[rings.length]);
    const auto print_one = [&](std::size_t i, Buffer<char>& out) {
        RingPrinter(rings, format, out).print(i);
    };
    print_pieces(rings.length, work, threads, print_one, {text, ends});
}

std::size_t woven_size(std::span<const TextColumn> columns, std::size_t rows,
                       std::string_view separator) {
    constexpr auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::ptrdiff_t>::max());
    std::uint64_t size = 0;
    const auto add = [&](std::uint64_t times, std::uint64_t chars) {
        // The places of the rows are written too.
        if (times > limit / sizeof(Span) || (chars > 0 && times > (limit - size) / chars)) {
            throw Error(ErrorCode::too_large,
                        "the text of " + std::to_string(rows) + " rows is beyond 2^63 bytes");
        }
        size += times * chars;
    };
    add(rows, 0);
    if (rows > 1) add(rows - 1, separator.size());
    for (const TextColumn& column : columns) {
        if (column.spans == nullptr) {
            add(rows, column.text.size());
            continue;
        }
        for (std::size_t i = 0; i < rows; ++i) {
            add(1, static_cast<std::uint64_t>(column.spans[i].end - column.spans[i].begin));
        }
    }
    return static_cast<std::size_t>(size);
}

void weave_rows(std::span<const TextColumn> columns, std::size_t rows, std::string_view separator,
                char* text, Span* spans) {
    char* at = text;
    const auto write = [&](const char* from, std::size_t n) {
        std::memcpy(at, from, n);
        at += n;
    };
    for (std::size_t i = 0; i < rows; ++i) {
        if (i > 0) write(separator.data(), separator.size());
        spans[i].begin = at - text;
        for (const TextColumn& column : columns) {
            if (column.spans == nullptr) {
                write(column.text.data(), column.text.size());
            } else {
                const Span span = column.spans[i];
                write(column.text.data() + span.begin,
                      static_cast<std::size_t>(span.end - span.begin));
            }
        }
        spans[i].end = at - text;
    }
}

}  // namespace cocodec
