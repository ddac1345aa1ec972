// Keys that come twice in one JSON object: legal to write, but of the values all but one get lost
// in most programs.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "cocodec/json.hpp"

namespace cocodec {

/// What was found in a text.
struct DuplicateKeys {
    std::size_t count = 0;    ///< keys that their object has had before
    std::vector<Span> first;  ///< `limit` of them, quotes included, the outermost first
};

/// Finds the keys that come again in the same object, at any depth; of one that comes three times,
/// two. Keys are told apart by what they stand for: "a" and "\u0061" are the same. `text` may hold
/// several values. Of equal depth the first in the text come first. O(bytes). Throws
/// Error{bad_json} if a key has a broken escape or a string does not end; other mistakes are not
/// noticed.
DuplicateKeys find_duplicate_keys(std::string_view text, std::size_t limit);

}  // namespace cocodec
