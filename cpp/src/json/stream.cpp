// A value is whole when its last bracket or quote is there; a number only when something follows.

#include "cocodec/json_stream.hpp"

#include <cstdint>
#include <string>

#include "cocodec/error.hpp"
#include "json/scan.hpp"
#include "json/space.hpp"

namespace cocodec {
namespace {

constexpr std::size_t npos = std::string_view::npos;

std::size_t behind_scalar(std::string_view text, std::size_t at, bool last) noexcept {
    const std::size_t end = text.find_first_of(",]}: \n\t\r\"[{", at);
    if (end != npos) return end;
    return last && at < text.size() ? text.size() : npos;
}

/// Index behind the value that starts at `at`, npos if it is not whole.
std::size_t behind_value(std::string_view text, std::size_t at, bool last) noexcept {
    if (at >= text.size()) return npos;
    if (text[at] == '"') return json::behind_string(text, at);
    if (text[at] == '[' || text[at] == '{') return json::behind_nested(text, at);
    return behind_scalar(text, at, last);
}

[[noreturn]] void fail(std::string_view text, std::size_t at, const char* expected) {
    std::string message = "expected ";
    message += expected;
    message += ", found ";
    // Text is the caller's business: only what is plainly a char is shown as one.
    if (at >= text.size()) {
        message += "the end";
    } else if (text[at] > ' ' && text[at] < 0x7F) {
        message += '\'';
        message += text[at];
        message += '\'';
    } else {
        message += "byte ";
        message += std::to_string(static_cast<unsigned>(static_cast<unsigned char>(text[at])));
    }
    throw Error(ErrorCode::bad_json, message, -1, static_cast<std::int64_t>(at));
}

/// Steps over what separates two values: npos if the text ends first.
std::size_t behind_separator(std::string_view text, std::size_t at, const StretchStart& start,
                             bool first) {
    at = json::skip_space(text, at);
    if (at == text.size() || first || start.separator == Separator::space) return at;
    if (text[at] != ',') fail(text, at, "',' or ']'");
    return json::skip_space(text, at + 1);
}

}  // namespace

Stretch split_values(std::string_view text, const StretchStart& start, std::size_t limit) {
    Stretch out;
    out.at = start.at;
    bool first = start.first;
    while (out.values.size() < limit) {
        std::size_t at = json::skip_space(text, out.at);
        const bool list = start.separator == Separator::comma;
        if (list && at < text.size() && text[at] == ']') {
            out.at = at + 1;
            out.closed = true;
            return out;
        }
        if (!list && start.last && at == text.size()) {
            out.closed = true;
            return out;
        }
        at = behind_separator(text, at, start, first);
        const std::size_t end = behind_value(text, at, start.last);
        if (end == npos) return out;
        if (end == at) fail(text, at, "a value");
        out.values.push_back({static_cast<std::int64_t>(at), static_cast<std::int64_t>(end)});
        out.at = end;
        first = false;
    }
    return out;
}

std::size_t whole_value(std::string_view text, std::size_t at, bool last) {
    at = json::skip_space(text, at);
    const std::size_t end = behind_value(text, at, last);
    if (end == npos) return 0;
    if (end == at) fail(text, at, "a value");
    return end;
}

}  // namespace cocodec
