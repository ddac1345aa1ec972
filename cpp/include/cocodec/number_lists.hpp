// Numbers, lists of numbers and lists of such lists: from the JSON text of many values to flat
// arrays, and back to the very text.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/buffer.hpp"
#include "cocodec/json.hpp"

namespace cocodec {

/// How the numbers of a value are spelled. A float has the fewest digits that tell it from others,
/// as json.dumps prints it. The values are part of the ABI: append only.
enum class NumberSpelling : std::uint8_t {
    none = 0,      ///< the value is missing, or no such value
    floats = 1,    ///< whole numbers have a point: 12.0
    integers = 2,  ///< whole numbers have none: 12
    odd = 3,       ///< some other way, or white space that is neither none nor ", " throughout
};

/// Values of many rows. Of depth 0, row i is values[i] (0 where there is none); of depth 1, the
/// values from lists[i] to lists[i + 1]; of depth 2, the lists from rows[i] to rows[i + 1].
struct NumberLists {
    Buffer<double> values;
    Buffer<std::int64_t> lists;        ///< offsets into `values`; empty at depth 0
    Buffer<std::int64_t> rows;         ///< offsets into `lists`; empty but at depth 2
    Buffer<NumberSpelling> spellings;  ///< one a row
};

/// Reads values of `depth` 0, 1 or 2. A row that is anything else, or has an integer of 2^53 or
/// more, which a double might round, has no numbers. O(bytes). Throws Error{bad_option}.
NumberLists read_number_lists(const RecordsView& values, int depth);

/// Values of rows as `NumberLists` has them, borrowed.
struct NumberListsView {
    const double* values = nullptr;
    std::size_t count = 0;                      ///< of `values`
    const std::int64_t* lists = nullptr;        ///< nullptr at depth 0
    std::size_t list_count = 0;                 ///< one less than there are offsets in `lists`
    const std::int64_t* rows = nullptr;         ///< nullptr but at depth 2
    const NumberSpelling* spellings = nullptr;  ///< rows of `none` are not printed
    std::size_t length = 0;                     ///< number of rows
};

/// Appends the JSON text of the values to `text`, without white space, and where each lies to
/// `spans`; nowhere for rows of `none`, `odd` as floats. O(text). Throws Error: bad_shape for
/// offsets that do not fit, bad_json for NaN and infinity.
void print_number_lists(const NumberListsView& values, Buffer<char>& text, Buffer<Span>& spans);

}  // namespace cocodec
