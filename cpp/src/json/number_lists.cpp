// A number is kept as a double only where printing that double gives the number's text again, or
// somebody is told so (`odd`): files are to come back byte for byte.

#include "cocodec/number_lists.hpp"

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "cocodec/error.hpp"
#include "json/number.hpp"
#include "json/scan.hpp"
#include "json/space.hpp"

namespace cocodec {
namespace {

constexpr std::size_t max_chars = 32;  // of a printed double: 17 digits, sign, point, exponent
constexpr double last_exact = 0x1p53;  // up to here every integer is a double
constexpr double least_plain = 1e-4;   // below, and from here on above, floats get an exponent,
constexpr double first_exponential = 1e16;  // as Python's repr has it
constexpr std::size_t surely_exact = 15;    // digits of a decimal that a double always keeps

/// Prints a double as json.dumps does; `whole`: without a point if it is a whole number.
char* print(double value, bool whole, char* out) {
    const double size = std::abs(value);
    if (whole && size < last_exact && value == std::floor(value)) {
        if (value == 0 && std::signbit(value)) *out++ = '-';
        return std::to_chars(out, out + max_chars, static_cast<std::int64_t>(value)).ptr;
    }
    if (size != 0 && (size < least_plain || size >= first_exponential)) {
        return std::to_chars(out, out + max_chars, value, std::chars_format::scientific).ptr;
    }
    char* end = std::to_chars(out, out + max_chars, value, std::chars_format::fixed).ptr;
    if (value == std::floor(value)) {
        *end++ = '.';
        *end++ = '0';
    }
    return end;
}

bool is_spelled(std::string_view text, double value, bool whole) {
    char printed[max_chars];
    return std::string_view(
               printed, static_cast<std::size_t>(print(value, whole, printed) - printed)) == text;
}

/// Whether a decimal is short and ends in a digit that counts: no shorter one is the same double.
bool is_surely_shortest(std::string_view text, double value) {
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos || text.size() > surely_exact + 1 ||
        std::abs(value) < least_plain) {
        return false;
    }
    return (text.back() != '0' || point + 2 == text.size()) &&
           text.find_first_of("eE") == std::string_view::npos;
}

/// What the spellings of some numbers have in common.
class Habit {
public:
    void number(std::string_view text, double value) {
        if (is_surely_shortest(text, value)) {
            if (value == std::floor(value)) integers_ = false;
            return;
        }
        const bool as_float = is_spelled(text, value, false);
        const bool as_integer = is_spelled(text, value, true);
        floats_ &= as_float;
        integers_ &= as_integer;
    }
    void comma(std::size_t spaces) {
        compact_ &= spaces == 0;
        spaced_ &= spaces == 1;
    }
    void strange() { compact_ = spaced_ = false; }

    [[nodiscard]] NumberSpelling spelling() const {
        if (!compact_ && !spaced_) return NumberSpelling::odd;
        if (floats_) return NumberSpelling::floats;
        return integers_ ? NumberSpelling::integers : NumberSpelling::odd;
    }

private:
    bool floats_ = true, integers_ = true;
    bool compact_ = true, spaced_ = true;
};

/// An integer below 2^53, or any number with a point or an exponent that is not
/// too large for one.
bool is_faithful(std::string_view text, double value) {
    if (!std::isfinite(value)) return false;
    if (text.size() <= surely_exact || json_kind(text) == JsonKind::floating) return true;
    return std::abs(value) < last_exact;
}

/// Reads the values of one row after the other.
class ListReader {
public:
    ListReader(int depth, NumberLists& out) : depth_(depth), out_(out) {}

    void add(std::string_view text) {
        const std::size_t values = out_.values.size(), lists = out_.lists.size();
        habit_ = Habit();
        text_ = text;
        at_ = 0;
        bool ok = !text.empty() && read(depth_) && at_ == text.size();
        if (!ok) {
            out_.values.resize(values);
            if (depth_ > 0) out_.lists.resize(lists);
        }
        if (depth_ == 0 && !ok) out_.values.push_back(0);
        if (depth_ == 1 && !ok) close_list();
        if (depth_ == 2) {
            out_.rows.push_back(static_cast<std::int64_t>(out_.lists.size()) - 1);
        }
        out_.spellings.push_back(ok ? habit_.spelling() : NumberSpelling::none);
    }

private:
    bool read(int depth) {
        if (depth == 0) return number();
        if (at_ >= text_.size() || text_[at_] != '[') return false;
        ++at_;
        if (space() > 0) habit_.strange();
        if (at_ < text_.size() && text_[at_] == ']') {
            ++at_;
            if (depth == 1) close_list();
            return true;
        }
        while (true) {
            if (!read(depth - 1)) return false;
            if (space() > 0) habit_.strange();
            const char next = at_ < text_.size() ? text_[at_] : '\0';
            if (next != ',' && next != ']') return false;
            ++at_;
            if (next == ']') break;
            const std::size_t begin = at_;
            const std::size_t spaces = space();
            habit_.comma(spaces);
            if (spaces == 1 && text_[begin] != ' ') habit_.strange();
        }
        if (depth == 1) close_list();
        return true;
    }
    bool number() {
        double value = 0;
        const std::size_t end = json::parse_number(text_, at_, value);
        if (end == at_) return false;
        const std::string_view text = text_.substr(at_, end - at_);
        if (!is_faithful(text, value)) return false;
        habit_.number(text, value);
        out_.values.push_back(value);
        at_ = end;
        return true;
    }
    std::size_t space() {
        const std::size_t begin = at_;
        at_ = json::skip_space(text_, at_);
        return at_ - begin;
    }
    void close_list() { out_.lists.push_back(static_cast<std::int64_t>(out_.values.size())); }

    int depth_;
    NumberLists& out_;
    Habit habit_;
    std::string_view text_;
    std::size_t at_ = 0;
};

/// Prints the values of rows.
class ListPrinter {
public:
    ListPrinter(const NumberListsView& view, Buffer<char>& text) : view_(view), text_(text) {}

    void row(std::size_t i) {
        row_ = i;
        whole_ = view_.spellings[i] == NumberSpelling::integers;
        if (view_.lists == nullptr) return number(i);
        if (view_.rows == nullptr) return list(i);
        const auto [begin, end] = range(view_.rows, i, view_.list_count);
        text_.push_back('[');
        for (std::size_t at = begin; at < end; ++at) {
            if (at > begin) text_.push_back(',');
            list(at);
        }
        text_.push_back(']');
    }

private:
    static std::pair<std::size_t, std::size_t> range(const std::int64_t* offsets, std::size_t i,
                                                     std::size_t limit) {
        const std::int64_t begin = offsets[i], end = offsets[i + 1];
        if (begin < 0 || end < begin || static_cast<std::size_t>(end) > limit) {
            throw Error(ErrorCode::bad_shape, "offsets of lists do not fit");
        }
        return {static_cast<std::size_t>(begin), static_cast<std::size_t>(end)};
    }
    void list(std::size_t i) {
        const auto [begin, end] = range(view_.lists, i, view_.count);
        text_.push_back('[');
        for (std::size_t at = begin; at < end; ++at) {
            if (at > begin) text_.push_back(',');
            number(at);
        }
        text_.push_back(']');
    }
    void number(std::size_t i) {
        const double value = view_.values[i];
        if (!std::isfinite(value)) {
            std::string message("row ");
            message += std::to_string(row_);
            message += " has NaN or infinity, which are no JSON numbers";
            throw Error(ErrorCode::bad_json, message);
        }
        char* const out = text_.room(max_chars);
        text_.advance(static_cast<std::size_t>(print(value, whole_, out) - out));
    }

    const NumberListsView& view_;
    Buffer<char>& text_;
    std::size_t row_ = 0;
    bool whole_ = false;
};

}  // namespace

NumberLists read_number_lists(const RecordsView& values, int depth) {
    if (depth < 0 || depth > 2) throw Error(ErrorCode::bad_option, "depth must be 0, 1 or 2");
    NumberLists out;
    if (depth > 0) out.lists.push_back(0);
    if (depth > 1) out.rows.push_back(0);
    ListReader reader(depth, out);
    for (std::size_t i = 0; i < values.length; ++i) reader.add(values[i]);
    return out;
}

void print_number_lists(const NumberListsView& values, Buffer<char>& text, Buffer<Span>& spans) {
    ListPrinter printer(values, text);
    for (std::size_t i = 0; i < values.length; ++i) {
        if (values.spellings[i] == NumberSpelling::none) {
            spans.push_back({});
            continue;
        }
        const auto begin = static_cast<std::int64_t>(text.size());
        printer.row(i);
        spans.push_back({begin, static_cast<std::int64_t>(text.size())});
    }
}

}  // namespace cocodec
