// Most bytes of a document are numbers in lists. These are looked at 64 bytes at a time, as bits:
// which byte may follow which is all there is to their grammar, but for a second point and for
// leading zeros. Everything else is walked over value by value.

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "cocodec/json_split.hpp"
#include "json/number_block.hpp"
#include "json/space.hpp"

namespace cocodec {
namespace {

constexpr std::size_t nowhere = std::string_view::npos;
constexpr std::size_t block_bytes = 64;
// Roots have a handful; of millions, a few bytes each, the list would be larger than the text.
constexpr std::size_t most_members = 4096;
constexpr std::uint64_t ones = 0x0101010101010101U, tops = 0x80 * ones;

bool is_decimal(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_special(char c) noexcept {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

/// Checks blocks of one list of numbers, one behind the other. A space stands behind a comma only.
class NumberListCheck {
public:
    /// Whether the bytes of `within` (low bits of a block, up to its end) go on as such a list
    /// does.
    bool take(const json::NumberBlock& block, std::uint64_t within) noexcept {
        const std::uint64_t behind_digit = behind(block.digits, digit_);
        const std::uint64_t behind_comma = behind(block.commas, comma_);
        const std::uint64_t behind_space = behind(block.spaces, space_);
        const std::uint64_t behind_minus = behind(block.minuses, minus_);
        std::uint64_t wrong = (block.points | block.commas | block.ends) & ~behind_digit;
        wrong |= block.minuses & ~(behind_comma | behind_space);
        wrong |= block.spaces & ~behind_comma;
        wrong |= block.digits &
                 behind(first_zeros(block, behind_comma | behind_space | behind_minus), zero_);
        wrong |= block.points & behind_fractions(block);
        return (wrong & within) == 0;
    }

private:
    /// The bits moved up by one; the lowest is that of the block before.
    static std::uint64_t behind(std::uint64_t bits, std::uint64_t& carried) noexcept {
        const std::uint64_t out = bits << 1 | carried;
        carried = bits >> 63;
        return out;
    }
    static std::uint64_t first_zeros(const json::NumberBlock& block,
                                     std::uint64_t before) noexcept {
        return block.zeros & before;
    }
    /// What stands behind the digits behind a point: added to these digits, the point's bit is
    /// carried to their end.
    std::uint64_t behind_fractions(const json::NumberBlock& block) noexcept {
        const std::uint64_t starts = behind(block.points, point_) | fraction_;
        const std::uint64_t sum = block.digits + starts;
        fraction_ = static_cast<std::uint64_t>(sum < block.digits);
        return sum & ~block.digits;
    }

    std::uint64_t digit_ = 0, comma_ = 1, space_ = 0, minus_ = 0, zero_ = 0;
    std::uint64_t point_ = 0;     // the last byte was one
    std::uint64_t fraction_ = 0;  // the last byte was a digit behind one
};

/// Index behind the list of numbers whose bracket stands at `at`; nowhere if it is spelled
/// otherwise.
std::size_t behind_number_list(std::string_view text, std::size_t at) noexcept {
    const char first = at + 1 < text.size() ? text[at + 1] : '\0';
    if (first == ']') return at + 2;
    if (first != '-' && !is_decimal(first)) return nowhere;
    NumberListCheck check;
    for (++at; at < text.size(); at += block_bytes) {
        json::NumberBlock block;
        if (text.size() - at >= block_bytes) {
            block = json::read_number_block(text.data() + at);
        } else {
            std::array<char, block_bytes> rest{};
            std::copy(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), rest.begin());
            block = json::read_number_block(rest.data());
        }
        const std::uint64_t stops = block.ends | ~block.known();
        if (stops == 0) {
            if (!check.take(block, ~std::uint64_t{0})) return nowhere;
            continue;
        }
        const std::uint64_t stop = stops & (~stops + 1);  // the first
        if ((stop & block.ends) == 0 || !check.take(block, stop | (stop - 1))) return nowhere;
        return at + static_cast<std::size_t>(std::countr_zero(stop)) + 1;
    }
    return nowhere;
}

// What follows takes a place and returns the one behind what stands there; `nowhere` if it is not
// sure to be JSON. Places are handed on by value: in registers, that is.

std::size_t behind_digits(std::string_view text, std::size_t at) noexcept {
    const std::size_t start = at;
    while (at < text.size() && is_decimal(text[at])) ++at;
    return at > start ? at : nowhere;
}

bool stands(std::string_view text, std::size_t at, char c) noexcept {
    return at < text.size() && text[at] == c;
}

std::size_t behind_number(std::string_view text, std::size_t at) noexcept {
    if (text[at] == '-') ++at;
    const std::size_t start = at;
    at = behind_digits(text, at);
    if (at == nowhere || (text[start] == '0' && at > start + 1)) return nowhere;
    if (stands(text, at, '.')) {
        at = behind_digits(text, at + 1);
        if (at == nowhere) return nowhere;
    }
    if (stands(text, at, 'e') || stands(text, at, 'E')) {
        ++at;
        if (stands(text, at, '+') || stands(text, at, '-')) ++at;
        at = behind_digits(text, at);
    }
    return at;
}

/// To the next quote, backslash or control character, or to the end.
std::size_t skip_plain(std::string_view text, std::size_t at) noexcept {
    std::uint64_t block = 0;
    for (; text.size() - at >= sizeof block; at += sizeof block) {
        std::memcpy(&block, text.data() + at, sizeof block);
        const std::uint64_t quotes = block ^ ('"' * ones), slashes = block ^ ('\\' * ones);
        std::uint64_t found = (block - 0x20 * ones) & ~block;
        found |= ((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes);
        if ((found & tops) == 0) continue;
        // The lowest that is marked is one; the subtraction may mark others above it.
        if constexpr (std::endian::native == std::endian::little) {
            return at + static_cast<std::size_t>(std::countr_zero(found & tops)) / 8;
        }
        break;
    }
    while (at < text.size() && !is_special(text[at])) ++at;
    return at;
}

/// Behind the escape whose letter stands at `at`.
std::size_t behind_escape(std::string_view text, std::size_t at) noexcept {
    static constexpr std::string_view letters = "\"\\/bfnrt", digits = "0123456789abcdefABCDEF";
    if (at == text.size()) return nowhere;
    if (text[at] != 'u') return letters.find(text[at]) == nowhere ? nowhere : at + 1;
    const std::string_view code = text.substr(at + 1, 4);
    if (code.size() < 4 || code.find_first_not_of(digits) != nowhere) return nowhere;
    const bool half = (code[0] | 0x20) == 'd' && code[1] >= '8';  // of a character
    return half ? nowhere : at + 5;
}

/// Behind the string whose quote stands at `at`.
std::size_t behind_quotes(std::string_view text, std::size_t at) noexcept {
    for (++at; at != nowhere;) {
        at = skip_plain(text, at);
        if (at == text.size()) return nowhere;
        if (text[at] == '"') return at + 1;
        at = text[at] == '\\' ? behind_escape(text, at + 1) : nowhere;
    }
    return nowhere;
}

std::size_t behind_single(std::string_view text, std::size_t at) noexcept {
    const char first = text[at];
    if (first == '"') return behind_quotes(text, at);
    if (first == '-' || is_decimal(first)) return behind_number(text, at);
    for (const std::string_view word : {"null", "true", "false"}) {
        if (first == word[0] && text.substr(at, word.size()) == word) return at + word.size();
    }
    return nowhere;
}

/// Behind the colon of the key that comes next.
std::size_t behind_key(std::string_view text, std::size_t at) noexcept {
    at = json::skip_space(text, at);
    if (!stands(text, at, '"')) return nowhere;
    at = behind_quotes(text, at);
    if (at == nowhere) return nowhere;
    at = json::skip_space(text, at);
    return stands(text, at, ':') ? at + 1 : nowhere;
}

/// The brackets that are open, the innermost one in the lowest bit: whether it is a brace.
struct Levels {
    std::uint64_t braces = 0;
    int depth = 0;
    static constexpr int most = 64;

    [[nodiscard]] bool in_object() const noexcept { return (braces & 1) != 0; }
    void open(bool brace) noexcept {
        braces = braces << 1 | static_cast<std::uint64_t>(brace);
        ++depth;
    }
    void close() noexcept {
        braces >>= 1;
        --depth;
    }
};

/// Behind a value: over brackets that close, then over the comma and the key of the next value.
std::size_t behind_closing(std::string_view text, std::size_t at, Levels& levels) noexcept {
    while (levels.depth > 0) {
        at = json::skip_space(text, at);
        if (stands(text, at, ',')) return levels.in_object() ? behind_key(text, at + 1) : at + 1;
        if (!stands(text, at, levels.in_object() ? '}' : ']')) return nowhere;
        levels.close();
        ++at;
    }
    return at;
}

/// Behind the value that starts at `at`.
std::size_t behind_sure_value(std::string_view text, std::size_t at) noexcept {
    Levels levels;
    while (at != nowhere) {
        at = json::skip_space(text, at);
        if (at == text.size()) return nowhere;
        const char first = text[at];
        const std::size_t numbers = first == '[' ? behind_number_list(text, at) : nowhere;
        if (numbers != nowhere) {
            at = numbers;
        } else if (first == '[' || first == '{') {
            if (levels.depth == Levels::most) return nowhere;
            levels.open(first == '{');
            const std::size_t inside = json::skip_space(text, at + 1);
            if (!stands(text, inside, first == '{' ? '}' : ']')) {
                at = first == '{' ? behind_key(text, inside) : inside;
                continue;
            }
            at = inside;
        } else {
            at = behind_single(text, at);
            if (at == nowhere) return nowhere;
        }
        at = behind_closing(text, at, levels);
        if (levels.depth == 0) return at;
    }
    return nowhere;
}

/// Takes one thing after the other from the text.
class Taker {
public:
    explicit Taker(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

    [[nodiscard]] std::size_t at() const noexcept { return at_; }
    [[nodiscard]] std::string_view since(std::size_t begin) const noexcept {
        return text_.substr(begin, at_ - begin);
    }
    bool accept(char c) noexcept {
        at_ = json::skip_space(text_, at_);
        if (!stands(text_, at_, c)) return false;
        ++at_;
        return true;
    }
    /// Whether `c` comes next; what comes then starts at `at()`.
    bool next_is(char c) noexcept {
        at_ = json::skip_space(text_, at_);
        return stands(text_, at_, c);
    }
    bool at_end() noexcept { return json::skip_space(text_, at_) == text_.size(); }
    bool key() noexcept { return leap(behind_key(text_, at_)); }
    bool value(Span& span) noexcept {
        const std::size_t begin = at_ = json::skip_space(text_, at_);
        if (!leap(behind_sure_value(text_, at_))) return false;
        span = {static_cast<std::int64_t>(begin), static_cast<std::int64_t>(at_)};
        return true;
    }

private:
    bool leap(std::size_t behind) noexcept {
        if (behind != nowhere) at_ = behind;
        return behind != nowhere;
    }

    std::string_view text_;
    std::size_t at_;
};

/// Takes a list, which comes next, element by element.
bool take_list(Taker& taker, std::vector<Span>& elements) {
    if (!taker.accept('[')) return false;
    if (taker.accept(']')) return true;
    do {
        if (!taker.value(elements.emplace_back())) return false;
    } while (taker.accept(','));
    return taker.accept(']');
}

/// Whether an element that has just been taken ends there: digits and words that end with the text
/// may go on, and what is followed by anything but a comma or bracket is to be looked at as a
/// whole.
bool is_whole(std::string_view text, Taker& taker) noexcept {
    constexpr std::string_view closing = "]}\"";
    if (taker.at() == text.size()) return closing.find(text.back()) != nowhere;
    return taker.at_end() || taker.next_is(',') || taker.next_is(']');
}

bool take_member(Taker& taker, const std::vector<std::string_view>& lists, SplitMember& member) {
    if (!taker.next_is('"')) return false;
    const auto begin = static_cast<std::int64_t>(taker.at());
    if (!taker.key()) return false;
    const std::string_view key = taker.since(static_cast<std::size_t>(begin));
    const std::size_t quote = key.rfind('"');
    member.key = {begin, begin + static_cast<std::int64_t>(quote) + 1};
    const std::string_view name = key.substr(1, quote - 1);
    if (!taker.next_is('[') || std::find(lists.begin(), lists.end(), name) == lists.end()) {
        return taker.value(member.value);
    }
    member.value.begin = static_cast<std::int64_t>(taker.at());
    if (!take_list(taker, member.elements.emplace())) return false;
    member.value.end = static_cast<std::int64_t>(taker.at());
    return true;
}

}  // namespace

std::optional<std::vector<SplitMember>> split_object(std::string_view text,
                                                     const std::vector<std::string_view>& lists) {
    Taker taker(text);
    std::vector<SplitMember> members;
    if (!taker.accept('{')) return std::nullopt;
    if (!taker.accept('}')) {
        do {
            if (members.size() == most_members) return std::nullopt;
            if (!take_member(taker, lists, members.emplace_back())) return std::nullopt;
        } while (taker.accept(','));
        if (!taker.accept('}')) return std::nullopt;
    }
    if (!taker.at_end()) return std::nullopt;
    return members;
}

std::optional<std::vector<Span>> split_list(std::string_view text) {
    Taker taker(text);
    std::vector<Span> elements;
    if (!take_list(taker, elements) || !taker.at_end()) return std::nullopt;
    return elements;
}

Stretch split_sure_values(std::string_view text, const StretchStart& start) {
    Taker taker(text, start.at);
    Stretch out;
    out.at = start.at;
    for (bool first = start.first;; first = false) {
        out.closed = taker.accept(']');
        if (out.closed) out.at = taker.at();
        Span value;
        if (out.closed || (!first && !taker.accept(',')) || !taker.value(value)) return out;
        if (!is_whole(text, taker)) return out;
        out.values.push_back(value);
        out.at = static_cast<std::size_t>(value.end);
    }
}

}  // namespace cocodec
