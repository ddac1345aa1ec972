// Runs and numbers as JSON text (floor 1c, private).
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

#include "cocodec/buffer.hpp"
#include "cocodec/counts.hpp"
#include "cocodec/rle.hpp"
#include "cocodec/segmentation.hpp"

namespace cocodec {

inline void append(std::string_view text, Buffer<char>& out) {
    out.append(text.data(), text.size());
}

inline void append_number(std::uint64_t value, Buffer<char>& out) {
    constexpr std::size_t max_digits = 20;
    char* const digits = out.room(max_digits);
    out.advance(
        static_cast<std::size_t>(std::to_chars(digits, digits + max_digits, value).ptr - digits));
}

/// Prints the counts of one mask after the other; keeps its memory between them.
class CountsPrinter {
public:
    /// Appends a JSON string or list, with `comma` ("," or ", ") between any two numbers.
    void append_counts(RleView mask, CountsForm form, std::string_view comma, Buffer<char>& out) {
        if (form == CountsForm::string) return append_string(mask, out);
        out.push_back('[');
        for (std::size_t i = 0; i < mask.length; ++i) {
            if (i > 0) append(comma, out);
            append_number(mask.counts[i], out);
        }
        out.push_back(']');
    }

private:
    /// The backslash is the one char of the alphabet that JSON wants escaped.
    void append_string(RleView mask, Buffer<char>& out) {
        counts_.clear();
        format_counts(mask, counts_);
        out.push_back('"');
        for (const char c : counts_) {
            if (c == '\\') out.push_back('\\');
            out.push_back(c);
        }
        out.push_back('"');
    }

    Buffer<char> counts_;
};

/// Appends [height, width].
inline void append_size(Size size, std::string_view comma, Buffer<char>& out) {
    out.push_back('[');
    append_number(static_cast<std::uint64_t>(size.height), out);
    append(comma, out);
    append_number(static_cast<std::uint64_t>(size.width), out);
    out.push_back(']');
}

}  // namespace cocodec
