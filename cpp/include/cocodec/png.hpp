// PNG files of label maps <-> masks and arrays. What is needed of the format and no more: no
// interlaced images (Error{bad_option} says so), no colours made of other colours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "cocodec/buffer.hpp"
#include "cocodec/label_map.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// How a PNG stores its pixels; the numbers are the format's own.
enum class PngColour : std::uint8_t { grey = 0, rgb = 2, palette = 3, grey_alpha = 4, rgba = 6 };

struct PngHeader {
    Size size;
    int bits = 8;  ///< of a channel: 1, 2, 4, 8 or 16
    PngColour colour = PngColour::grey;
    bool is_interlaced = false;

    [[nodiscard]] std::size_t channels() const noexcept;
};

/// A PNG somewhere in memory.
struct PngView {
    const std::uint8_t* data = nullptr;
    std::size_t length = 0;
};

/// What the first chunk says. Throws Error{bad_image}.
PngHeader read_png_header(PngView png);

/// One mask for every label that occurs but for `background`. A pixel's label is its grey level or
/// its index in the palette, or red + 256 green + 65536 blue; alpha is not looked at. Pixels are
/// inflated, unfiltered and read in one go: the image never exists as a whole. Throws
/// Error{bad_image} for what is no such PNG, with `offset` = where in the file, Error{bad_option}
/// for interlaced ones and for 16 bits of red, green and blue, and Error{too_large} above
/// `Limits::pixels`, before anything is inflated. Checksums of chunks are checked; that of the
/// inflated bytes, which they cover already, is not.
LabelledMasks from_label_png(PngView png, std::optional<std::int64_t> background);

/// The pixels as they are stored: rows of width * channels values, one byte each or, for 16 bits,
/// two in the machine's order. `out` has room for them all. Errors as above.
void read_png(PngView png, std::uint8_t* out);

/// A PNG of a map that lies row by row without gaps: grey levels of 8 or 16 bits (u8, u16), or red,
/// green and blue (rgb). Throws Error{bad_option} for other types and empty images.
Buffer<std::uint8_t> write_label_png(const LabelMapView& map);

}  // namespace cocodec
