// Walking over JSON text: brackets are counted, strings and stretches of numbers are leapt over.

#include "json/scan.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "cocodec/error.hpp"
#include "json/number.hpp"
#include "json/space.hpp"

namespace cocodec::json {
namespace {

constexpr std::size_t npos = std::string_view::npos;

/// Whether a byte ends a number or a word.
constexpr std::array<bool, 256> make_ends() {
    std::array<bool, 256> ends{};
    for (const char c : {',', ':', ' ', '\n', '\t', '\r', '"', '[', '{', ']', '}'}) {
        ends[static_cast<unsigned char>(c)] = true;
    }
    return ends;
}
constexpr std::array<bool, 256> ends = make_ends();

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The four hex digits at `at`, -1 if they are not.
std::int32_t hex4(std::string_view raw, std::size_t at) noexcept {
    if (at > raw.size() || raw.size() - at < 4) return -1;
    std::int32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
        const int digit = hex_digit(raw[i]);
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

void append_utf8(std::int32_t code, std::string& out) {
    const auto byte = [&](std::int32_t value) { out.push_back(static_cast<char>(value)); };
    if (code < 0x80) {
        byte(code);
        return;
    }
    if (code < 0x800) {
        byte(0xC0 | (code >> 6));
    } else {
        if (code < 0x10000) {
            byte(0xE0 | (code >> 12));
        } else {
            byte(0xF0 | (code >> 18));
            byte(0x80 | ((code >> 12) & 0x3F));
        }
        byte(0x80 | ((code >> 6) & 0x3F));
    }
    byte(0x80 | (code & 0x3F));
}

/// Takes the \uXXXX whose digits start at `at`, with its second half if it has one; returns the
/// index behind it.
std::size_t unescape_unicode(std::string_view raw, std::size_t at, std::string& out) {
    std::int32_t code = hex4(raw, at);
    if (code < 0) throw Error(ErrorCode::bad_json, "\\u is not followed by four hex digits");
    at += 4;
    if (code >= 0xD800 && code < 0xDC00 && raw.substr(at, 2) == "\\u") {
        const std::int32_t low = hex4(raw, at + 2);
        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            at += 6;
        }
    }
    append_utf8(code, out);
    return at;
}

/// Appends a value without the white space between its tokens.
void append_compact(std::string_view value, std::string& out) {
    bool quoted = false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (!quoted && is_space(c)) continue;
        out.push_back(c);
        if (c == '"') quoted = !quoted;
        if (quoted && c == '\\' && i + 1 < value.size()) out.push_back(value[++i]);
    }
}

/// "-12.50e3" as "n-125e2": sign, digits without zeros at either end, exponent. False if the
/// exponent is absurd, so that the text itself has to serve.
bool append_number_identity(std::string_view number, std::string& out) {
    const bool negative = number[0] == '-';
    if (number.find_first_of(".eE") == npos && number[negative ? 1 : 0] != '0') {
        const std::size_t zeros = number.size() - 1 - number.find_last_not_of('0');
        out.push_back('n');
        out.append(number.substr(0, number.size() - zeros));
        out.push_back('e');
        out.append(std::to_string(zeros));
        return true;
    }
    std::string digits;
    std::int64_t exponent = 0;
    bool fraction = false;
    for (std::size_t i = negative ? 1 : 0; i < number.size(); ++i) {
        const char c = number[i];
        if (c == '.') {
            fraction = true;
        } else if (c == 'e' || c == 'E') {
            const bool plus = i + 1 < number.size() && number[i + 1] == '+';
            const std::string text(number.substr(i + (plus ? 2 : 1)));
            if (text.size() > 15) return false;
            exponent += std::strtoll(text.c_str(), nullptr, 10);
            break;
        } else {
            if (fraction) --exponent;
            if (c != '0' || !digits.empty()) digits.push_back(c);
        }
    }
    while (!digits.empty() && digits.back() == '0') {
        digits.pop_back();
        ++exponent;
    }
    if (digits.empty()) {
        out += "n0";
        return true;
    }
    out += negative ? "n-" : "n";
    out += digits + "e" + std::to_string(exponent);
    return true;
}

}  // namespace

std::size_t skip_numbers(std::string_view text, std::size_t at) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101U, letters = 0x40 * ones, tops = 0x80 * ones;
    std::uint64_t block = 0;
    while (text.size() - at >= sizeof block) {
        std::memcpy(&block, text.data() + at, sizeof block);
        const std::uint64_t quotes = block ^ ('"' * ones);
        if ((block & (letters | tops)) != 0) break;
        if (((quotes - ones) & ~quotes & tops) != 0) break;
        at += sizeof block;
    }
    return at;
}

std::size_t behind_string(std::string_view text, std::size_t at) noexcept {
    for (std::size_t quote = text.find('"', at + 1); quote != npos;
         quote = text.find('"', quote + 1)) {
        std::size_t first = quote;
        while (first > at + 1 && text[first - 1] == '\\') --first;
        if ((quote - first) % 2 == 0) return quote + 1;
    }
    return npos;
}

std::size_t behind_nested(std::string_view text, std::size_t at) noexcept {
    // Brackets and braces differ by one bit: with it set, there is one opening and one closing.
    constexpr unsigned difference = '[' ^ '{', opening = '[' | difference,
                       closing = ']' | difference;
    std::size_t depth = 0;
    while (at < text.size()) {
        at = skip_numbers(text, at);
        // One block's worth of single steps, then look further ahead again.
        for (const std::size_t stop = std::min(text.size(), at + sizeof(std::uint64_t));
             at < stop;) {
            const char c = text[at];
            if (c == '"') {
                at = behind_string(text, at);
                if (at == npos) return npos;
                continue;
            }
            const unsigned folded = static_cast<unsigned char>(c) | difference;
            ++at;
            depth += static_cast<std::size_t>(folded == opening);
            if (folded == closing && --depth == 0) return at;
        }
    }
    return npos;
}

void Scanner::fail(const std::string& what) const {
    throw Error(ErrorCode::bad_json, what + " at byte " + std::to_string(at_), -1,
                static_cast<std::int64_t>(at_));
}

char Scanner::peek() noexcept {
    at_ = skip_space(text_, at_);
    return at_ < text_.size() ? text_[at_] : '\0';
}

bool Scanner::accept(char c) noexcept {
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
}

void Scanner::expect(char c) {
    if (!accept(c)) fail(std::string("expected '") + c + "'");
}

bool Scanner::more(char closing_bracket) {
    if (accept(',')) return true;
    expect(closing_bracket);
    return false;
}

void Scanner::leap(std::size_t behind, const char* unless) {
    if (behind == npos) fail(unless);
    at_ = behind;
}

void Scanner::skip_string() {
    leap(behind_string(text_, at_), "a string does not end");
}

void Scanner::skip_scalar() {
    const std::size_t start = at_;
    while (at_ < text_.size() && !ends[static_cast<unsigned char>(text_[at_])]) ++at_;
    if (at_ == start) fail("expected a value");
}

std::string_view Scanner::value() {
    const char first = peek();
    const std::size_t start = at_;
    if (first == '"') {
        skip_string();
    } else if (first == '[' || first == '{') {
        leap(behind_nested(text_, at_), "a bracket is not closed");
    } else {
        skip_scalar();
    }
    return text_.substr(start, at_ - start);
}

std::string_view Scanner::string() {
    if (peek() != '"') fail("expected a string");
    const std::size_t start = at_;
    skip_string();
    return text_.substr(start + 1, at_ - start - 2);
}

bool Scanner::number(double& value) {
    const char first = peek();
    if (first != '-' && (first < '0' || first > '9')) return false;
    const std::size_t end = parse_number(text_, at_, value);
    if (end == at_) return false;
    at_ = end;
    return true;
}

bool key_is(std::string_view raw, std::string_view key) {
    if (!has_escapes(raw)) return raw == key;
    std::string text;
    unescape(raw, text);
    return text == key;
}

void find_members(std::string_view object, const std::string_view* keys, std::size_t length,
                  Member* members) {
    for (std::size_t i = 0; i < length; ++i) members[i] = {};
    Scanner scanner(object);
    scanner.expect('{');
    if (scanner.accept('}')) return;
    do {
        const std::string_view key = scanner.string();
        scanner.expect(':');
        const std::size_t colon = scanner.at();
        const std::string_view value = scanner.value();
        const bool escaped = has_escapes(key);  // asked once, not for every key that is looked for
        for (std::size_t i = 0; i < length; ++i) {
            if (escaped ? !key_is(key, keys[i]) : key != keys[i]) continue;
            const auto end = static_cast<std::int64_t>(scanner.at());
            const auto begin = end - static_cast<std::int64_t>(value.size());
            members[i] = {{begin, end}, begin > static_cast<std::int64_t>(colon)};
        }
    } while (scanner.more('}'));
}

void unescape(std::string_view raw, std::string& out) {
    static constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    std::size_t at = 0;
    while (at < raw.size()) {
        const std::size_t escape = std::min(raw.find('\\', at), raw.size());
        out.append(raw.substr(at, escape - at));
        if (escape == raw.size()) return;
        if (escape + 1 == raw.size()) throw Error(ErrorCode::bad_json, "a string ends in \\");
        at = escape + 2;
        if (raw[escape + 1] == 'u') {
            at = unescape_unicode(raw, at, out);
            continue;
        }
        const std::size_t which = letters.find(raw[escape + 1]);
        if (which == npos) throw Error(ErrorCode::bad_json, "a string has an unknown escape");
        out.push_back(meanings[which]);
    }
}

void append_identity(std::string_view value, std::string& out) {
    const char first = value.empty() ? '\0' : value[0];
    if (first == '"' && value.size() >= 2) {
        out.push_back('s');
        unescape(value.substr(1, value.size() - 2), out);
        return;
    }
    double number = 0;
    if ((first == '-' || (first >= '0' && first <= '9')) &&
        parse_number(value, 0, number) == value.size() && append_number_identity(value, out)) {
        return;
    }
    out.push_back('x');
    append_compact(value, out);
}

std::string excerpt(std::string_view value) {
    constexpr std::size_t limit = 40;
    if (value.size() <= limit) return std::string(value);
    std::size_t end = limit - 3;
    while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
    return std::string(value.substr(0, end)) + "...";
}

}  // namespace cocodec::json
