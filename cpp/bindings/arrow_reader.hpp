// Columns of masks that another library lends through Arrow's C data interface -> runs.
#pragma once

#include "arrow_abi.hpp"
#include "cocodec/rle.hpp"

namespace cocodec::python {

/// Appends the masks of a column of structs {size: two integers, counts: text or bytes} to `out`;
/// other fields are passed over. Every length and offset is checked before it is used, as far as
/// the interface tells what to check it against. O(bytes). Throws Error: bad_shape for columns of
/// other types, for nulls and for lengths that do not fit together, and what parse_counts and
/// validate throw; `item` counts from the first mask of `out`.
void append_masks(const ArrowSchema& schema, const ArrowArray& array, RleArray& out);

}  // namespace cocodec::python
