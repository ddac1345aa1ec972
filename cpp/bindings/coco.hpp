// COCO's RLE dictionaries {"size": [h, w], "counts": str | bytes | list} <-> runs: what the
// bindings of whole batches and the drop-in's functions share. Defined in bind_coco.cpp.
#pragma once

#include <string>

#include "convert.hpp"

namespace cocodec::python {

/// How the counts of a dict are written.
enum class DictCounts { text, bytes, list };

/// What a "size" may be: two whole numbers; or, as in the reference, numbers of which the first two
/// count, without their fractions.
enum class SizeRule { whole, reference };

/// Appends the masks of the RLEs in a sequence, checked; `given` has a size for each, or is
/// nullptr. Errors name the item.
void read_rles(py::handle rles, const Size* given, RleArray& out,
               SizeRule rule = SizeRule::reference);

/// The same of a single RLE, by the reference's rule for sizes; errors name it as this item.
void read_only(py::handle rle, RleArray& out, std::size_t item = 0);

/// A new dict with counts as bytes. `text` is working memory.
py::object write_rle(RleView mask, Buffer<char>& text);

/// A new list of dicts.
py::object write_rles(RleArrayView masks, DictCounts spelling);

}  // namespace cocodec::python
