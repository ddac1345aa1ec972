// Rows of text. Lines of numbers, as YOLO's label files have them: a class, then coordinates, then
// the next line. And rows woven of columns of texts, as JSON has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "cocodec/buffer.hpp"
#include "cocodec/json.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// The lines of many files, one after the other. Line i has the numbers offsets[i] ..
/// offsets[i + 1] - 1 of `values`.
struct NumberLines {
    Buffer<double> values;
    Buffer<std::int64_t> offsets;
    Buffer<std::int64_t> files;    ///< index of the file of each line
    Buffer<std::int64_t> numbers;  ///< number of each line in its file, from 1
    Buffer<std::int64_t> tails;    ///< begin and end of what stands behind the word, or -1, -1

    NumberLines() { offsets.push_back(0); }
};

/// Reads the lines of files; file k is text[begins[k] .. begins[k + 1]). Lines without anything
/// are left out. A line whose second field is `word` has one number, and a tail. Throws
/// Error{bad_json} for what is no finite number: `item` is the file, `offset` the line.
NumberLines read_number_lines(std::string_view text, const std::int64_t* begins, std::size_t files,
                              std::string_view word, int threads = 0);

/// How a line's numbers are printed: the first as an integer, the others with up to `decimals`
/// digits behind the point, without zeros at the end.
struct LineFormat {
    const std::uint8_t* decimals = nullptr;  ///< of each line, up to 17
    bool upwards = false;  ///< rounded up, so that a product never falls below what was divided
};

/// Appends lines to `text`, and where each ends to `ends`. Throws Error{bad_coordinate} for numbers
/// that are not finite, or have more than 18 digits.
void print_number_lines(const double* values, const std::int64_t* offsets, std::size_t lines,
                        const LineFormat& format, Buffer<char>& text, Buffer<std::int64_t>& ends,
                        int threads = 0);

/// A ring an object: ring i has the points offsets[i] .. offsets[i + 1] - 1 of `xy`, in pixels of
/// an image of sizes[i].
struct RingLines {
    const std::int64_t* classes = nullptr;
    const double* xy = nullptr;
    const std::int64_t* offsets = nullptr;
    const Size* sizes = nullptr;
    std::size_t length = 0;
};

/// Appends a line for each ring: its class, then its points as shares of the image. Where
/// `upwards`, a line whose numbers a reader who only multiplies would take to other pixels by
/// COCO's rule, which cuts five times a coordinate and a half to an integer, has the shortest
/// numbers that do not. Throws as `print_number_lines`.
void print_ring_lines(const RingLines& rings, const LineFormat& format, Buffer<char>& text,
                      Buffer<std::int64_t>& ends, int threads = 0);

/// A text of each row: spans[i] of `text`, or all of it where there are no spans.
struct TextColumn {
    std::string_view text;
    const Span* spans = nullptr;
};

/// How many chars `weave_rows` writes; Error of more than memory can hold.
std::size_t woven_size(std::span<const TextColumn> columns, std::size_t rows,
                       std::string_view separator);

/// Rows of what each column has for them, one behind the other, with a separator in between. Says
/// where each row lies.
void weave_rows(std::span<const TextColumn> columns, std::size_t rows, std::string_view separator,
                char* text, Span* spans);

}  // namespace cocodec
