// Rings as JSON text (floor 1c, private).
#pragma once

#include <cstddef>
#include <string_view>

#include "cocodec/buffer.hpp"
#include "cocodec/polygon.hpp"

namespace cocodec {

/// Appends [[x0, y0, ...], ...], the rings of one mask as a COCO file has them, with `comma` (","
/// or ", ") between any two values. Coordinates are whole numbers, and written as such: 12, not
/// 12.0. A mask without a ring is [].
void append_rings(const Polygons& polygons, std::size_t mask, std::string_view comma,
                  Buffer<char>& out);

}  // namespace cocodec
