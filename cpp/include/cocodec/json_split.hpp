// JSON that is checked and taken apart in one pass.
//
// What is found is sure to be JSON. Nothing is found in what is none, nor in what is spelled as few
// programs do it (nested beyond 64 levels, thousands of keys, escapes that stand for half a
// character): whoever asks has a reader that knows all of JSON, and says where something is wrong.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "cocodec/json.hpp"
#include "cocodec/json_stream.hpp"

namespace cocodec {

/// A member of an object, and the elements of its value where that is a list that was asked for.
struct SplitMember {
    Span key;  ///< with its quotes
    Span value;
    std::optional<std::vector<Span>> elements;
};

/// The members of the one object that `text` is, white space around it allowed, in their order; a
/// key may come twice. Elements are those of the lists under one of `lists`, keys without escapes.
/// O(bytes). Whether bytes beyond ASCII are UTF-8 is not looked at.
std::optional<std::vector<SplitMember>> split_object(std::string_view text,
                                                     const std::vector<std::string_view>& lists);

/// The elements of the one list that `text` is, under the same conditions.
std::optional<std::vector<Span>> split_list(std::string_view text);

/// As `split_values` of a list: those elements of text[start.at...] that are whole, up to the first
/// that is not sure to be JSON; what stands there shows `split_values`.
Stretch split_sure_values(std::string_view text, const StretchStart& start);

}  // namespace cocodec
