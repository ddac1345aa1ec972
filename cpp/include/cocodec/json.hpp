// JSON text that is not built into anything: places in it, and what values are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cocodec {

/// Bytes [begin, end) of a text; begin < 0 where there is nothing.
struct Span {
    std::int64_t begin = -1;
    std::int64_t end = -1;

    [[nodiscard]] bool found() const noexcept { return begin >= 0; }
    /// These bytes of `text`, which must hold them.
    [[nodiscard]] std::string_view of(std::string_view text) const noexcept {
        return text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    }
};

/// Where records (or values of records) lie: all in one text, or each in one of several.
struct RecordsView {
    std::string_view text;  ///< where they lie, unless `which` says otherwise
    const Span* spans = nullptr;
    std::size_t length = 0;                   ///< number of records
    const std::string_view* texts = nullptr;  ///< several texts, and
    const std::int32_t* which = nullptr;      ///< of each record, the index of its text; or nullptr

    /// How many bytes all records have, as the cost of reading them is counted in.
    [[nodiscard]] double bytes() const noexcept {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < length; ++i) sum += spans[i].end - spans[i].begin;
        return static_cast<double>(sum);
    }
    /// The text in which record `i` lies.
    [[nodiscard]] std::string_view text_of(std::size_t i) const noexcept {
        return which == nullptr ? text : texts[which[i]];
    }
    /// Record `i`; empty where there is nothing.
    [[nodiscard]] std::string_view operator[](std::size_t i) const noexcept {
        return spans[i].found() ? spans[i].of(text_of(i)) : std::string_view();
    }
};

/// What a JSON value is, as its text shows. The values are part of the ABI: append only.
enum class JsonKind : std::uint8_t {
    missing = 0,  ///< the record has no such key, or is no object
    null = 1,
    false_ = 2,
    true_ = 3,
    integer = 4,   ///< a number without point and exponent
    floating = 5,  ///< any other number
    string = 6,
    list = 7,
    object = 8,
};

/// The kind of a value's text. O(length of a number). Throws Error{bad_json} for what is no value.
JsonKind json_kind(std::string_view value);

/// Index of the first byte that is not UTF-8, or the size of `text`. O(bytes).
std::size_t find_invalid_utf8(std::string_view text) noexcept;

}  // namespace cocodec
