// JSON that arrives in pieces: which values of a long list are whole in the piece at hand.
//
// A document of any size is read with bounded memory this way: take the whole values, drop them,
// read on. What the values say is not looked at; whether they are JSON, somebody else checks.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "cocodec/json.hpp"

namespace cocodec {

/// What separates the values of a stretch.
enum class Separator : unsigned char {
    comma = 0,  ///< a list's elements; its bracket ends them
    space = 1,  ///< one value after the other up to the end of the text
};

/// What the piece is part of.
struct StretchStart {
    std::size_t at = 0;  ///< where to go on: behind the list's bracket, or behind a value
    bool first = true;   ///< no value has come before `at`
    bool last = false;   ///< nothing comes behind the text
    Separator separator = Separator::comma;
};

/// The values that are whole in a piece of text.
struct Stretch {
    std::vector<Span> values;
    std::size_t at = 0;   ///< behind the last of them, or behind the closing bracket
    bool closed = false;  ///< the bracket has been reached (or, without one, the end of it all)
};

/// Splits text[start.at...] into values, as far as they are whole; at most `limit` of them. A value
/// that ends with the text may go on, unless `start.last`. O(bytes). Throws Error{bad_json} where a
/// comma or bracket is missing, `offset` says where.
Stretch split_values(std::string_view text, const StretchStart& start, std::size_t limit);

/// Index behind the one value that starts at or behind `at` (white space may come first), 0 if it
/// is not whole. As for `split_values`, a value that ends with the text may go on unless `last`.
std::size_t whole_value(std::string_view text, std::size_t at, bool last);

}  // namespace cocodec
