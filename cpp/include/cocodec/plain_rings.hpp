// Rings of segmentations that need no repair, found where they lie in JSON text: whoever hands them
// on copies their bytes.
#pragma once

#include <cstdint>
#include <vector>

#include "cocodec/buffer.hpp"
#include "cocodec/json.hpp"
#include "cocodec/rle.hpp"
#include "cocodec/segmentation.hpp"

namespace cocodec {

/// What a value is. The values are part of the ABI: append only.
enum class PlainShape : std::uint8_t {
    other = 0,  ///< something else, or rings that need a second look
    rings = 1,  ///< [[x, y, ...], ...]
    ring = 2,   ///< [x, y, ...]
};

/// What a ring's text is like.
struct RingHabit {
    std::uint8_t decimals = 0;  ///< the most digits behind a point
    std::uint8_t integers = 0;  ///< 1 if some number has no point
    std::uint8_t spaced = 0;    ///< 1 if there is white space in it
};

/// The rings of row i are those from offsets[i] to offsets[i + 1].
struct PlainRings {
    Buffer<PlainShape> shapes;     ///< one a row
    Buffer<std::int64_t> offsets;  ///< one more than there are rows
    Buffer<double> sums;           ///< of each row, of all its numbers: are they counts of an RLE?
    std::vector<RingMeasure> measures;  ///< of each row, where asked for; of no plain one, nothing
    Buffer<Span> spans;                 ///< of each ring, in its row's text
    Buffer<RingHabit> habits;           ///< of each ring
};

/// Finds the rows that are plain: at least one ring, each of three points or more and an even
/// number of numbers within +-1e6, every number spelled as it is printed: no exponent, at most 15
/// digits, none of them superfluous. `measured`: with their measures. O(bytes).
PlainRings find_plain_rings(const RecordsView& values, bool measured);

/// Rasterises plain rings, each row in an image of its own size. A row's text is that of its rings
/// with commas between them: what lies between the brackets of its list. O(bytes + pixels' runs).
/// Throws Error{bad_json} for what is not plain, and what `from_rings` throws.
RleArray rasterize_plain_rings(const RecordsView& values, const Size* sizes, int threads = 1);

}  // namespace cocodec
