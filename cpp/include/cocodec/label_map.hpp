// Label maps: one image whose pixels name the object that they belong to <-> one mask per object.
// Panoptic PNGs are label maps, and so is what instance segmentation networks give.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "cocodec/buffer.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// What one pixel is: an integer of the machine's byte order, or three bytes that say
/// red + 256 green + 65536 blue, as panoptic PNGs have it.
enum class LabelType { u8, u16, u32, i8, i16, i32, i64, rgb };

/// A label map somewhere in memory; pixel (y, x) lies at data + y * row_stride + x * column_stride
/// (strides in bytes, any sign; nothing needs to be aligned).
template <class Byte>
struct LabelMap {
    Byte* data = nullptr;
    LabelType type = LabelType::u8;
    Size size;
    std::ptrdiff_t row_stride = 0;
    std::ptrdiff_t column_stride = 0;
    std::ptrdiff_t channel_stride = 1;  ///< from red to green to blue; rgb alone has it
};
using LabelMapView = LabelMap<const std::uint8_t>;
using LabelMapTarget = LabelMap<std::uint8_t>;

/// The objects of a label map: mask i is where the map says labels[i].
struct LabelledMasks {
    Buffer<std::int64_t> labels;  ///< ascending
    RleArray masks;
};

/// One mask for every label that occurs, but for `background`. Every pixel is read once, whatever
/// the number of labels. `threads` 0 = automatic, 1 = none; the result does not depend on it.
/// Throws Error{bad_size} and std::bad_alloc, and Error{bad_run} for a run above 2^32 - 1.
LabelledMasks from_label_map(const LabelMapView& map, std::optional<std::int64_t> background,
                             int threads = 1);

/// Who gets a pixel that several masks cover.
enum class Overlap {
    last,   ///< the mask that comes last: paint order
    first,  ///< the mask that comes first
    error,  ///< nobody: Error{bad_label} names the pixel
};

struct PaintOptions {
    std::int64_t background = 0;  ///< the label of pixels of no mask
    Overlap overlap = Overlap::last;
    int threads = 1;  ///< 0 = automatic, 1 = none
};

/// Writes every pixel of `out`: labels[i] where mask i is, the background elsewhere. Cost: the
/// pixels of the map and of all masks, and for every 2^15 pixels of the map a look at each mask.
/// Throws Error{size_mismatch} unless all masks have `out.size`, and Error{bad_label} for a label
/// that does not fit `out.type` (rgb takes none), all before a pixel is written.
void paint_labels(RleArrayView masks, const std::int64_t* labels, const LabelMapTarget& out,
                  const PaintOptions& options);

}  // namespace cocodec
