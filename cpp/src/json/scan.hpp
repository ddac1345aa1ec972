// Walking over JSON text without building anything: where values lie, what strings and numbers say.
//
// The text has normally been checked before (by msgspec); nothing here relies on that. Whatever the
// bytes are, no read leaves them, no call recurses, and what is not understood is Error{bad_json}.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cocodec/json.hpp"
#include "json/number.hpp"
#include "json/space.hpp"

namespace cocodec::json {

/// Index of the first block of eight bytes, from `at` on, that has a bracket or a quote in it, or
/// any other letter: lists of numbers have none between their brackets. Close to the end, `at`
/// itself.
[[nodiscard]] std::size_t skip_numbers(std::string_view text, std::size_t at) noexcept;

/// Index behind the string whose opening quote stands at `at`; npos if it does not end.
[[nodiscard]] std::size_t behind_string(std::string_view text, std::size_t at) noexcept;

/// Index behind the list or object whose bracket stands at `at`; npos if it does not end. Brackets
/// are counted, not matched.
[[nodiscard]] std::size_t behind_nested(std::string_view text, std::size_t at) noexcept;

/// A place in a JSON text that moves forward over one token or value at a time.
class Scanner {
public:
    explicit Scanner(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

    [[nodiscard]] std::size_t at() const noexcept { return at_; }
    /// Skips white space, then shows the next char; '\0' at the end.
    char peek() noexcept;
    /// Takes `c` if it comes next.
    bool accept(char c) noexcept;
    /// Takes `c` or throws.
    void expect(char c);
    /// Takes a value of any kind and returns its text. Brackets are counted, not matched.
    std::string_view value();
    /// Takes a string and returns what lies between its quotes, escapes and all.
    std::string_view string();
    /// Takes a number; too large a one is infinite. False, and nothing taken, if none comes next.
    bool number(double& value);
    /// Takes numbers, each with the comma behind it, as long as `take(value)` is true: what most
    /// lists are but for their last number. Whatever else comes next is left to the other calls.
    template <class Take>
    void numbers_with_commas(Take take) {
        while (true) {
            double value = 0;
            const std::size_t begin = skip_space(text_, at_);
            const std::size_t end = parse_number(text_, begin, value);
            const std::size_t comma = skip_space(text_, end);
            if (end == begin || comma == text_.size() || text_[comma] != ',') return;
            if (!take(value)) return;
            at_ = comma + 1;
        }
    }
    /// Takes a list element's end: true at a comma, false at the closing bracket, else throws.
    bool more(char closing);

    [[noreturn]] void fail(const std::string& what) const;

private:
    /// Goes to `behind`, or fails with `unless` if that is npos.
    void leap(std::size_t behind, const char* unless);
    void skip_string();
    void skip_scalar();

    std::string_view text_;
    std::size_t at_;
};

/// A member's value, and whether white space separates it from the colon.
struct Member {
    Span value;
    bool spaced = false;
};

/// Where in `object` (the text of one JSON object) the values of `keys` lie; of a key that comes
/// twice the last counts, as for json.load. A key that is not there leaves an empty span.
void find_members(std::string_view object, const std::string_view* keys, std::size_t length,
                  Member* members);

/// Whether a string needs `unescape` before it can be compared.
[[nodiscard]] inline bool has_escapes(std::string_view raw) noexcept {
    return raw.find('\\') != std::string_view::npos;
}

/// Whether the inside of a JSON string stands for `key`.
[[nodiscard]] bool key_is(std::string_view raw, std::string_view key);

/// Appends what the inside of a JSON string stands for, as UTF-8.
void unescape(std::string_view raw, std::string& out);

/// Appends a text that two values share if and only if they are equal: numbers by their exact value
/// (1 and 1.0 agree), strings by their content, lists and objects by their text without white
/// space; never a number and a string.
void append_identity(std::string_view value, std::string& out);

/// The first bytes of a value, to be quoted in a message.
std::string excerpt(std::string_view value);

}  // namespace cocodec::json
