// PNGs -> masks and pixels; label maps -> PNGs.

#include "cocodec/png.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "cocodec/error.hpp"
#include "cocodec/limits.hpp"
#include "masks/label_changes.hpp"
#include "png/chunks.hpp"
#include "png/deflate.hpp"
#include "png/rows.hpp"

namespace cocodec {
namespace {

using png::Image;
using png::Scanlines;

/// The pixels of a packed byte, the first one highest.
void unpack(std::uint8_t packed, int bits, std::size_t n, std::uint8_t* out) {
    for (std::size_t i = 0; i < n; ++i) {
        const int shift = 8 - bits * (static_cast<int>(i) + 1);
        out[i] = static_cast<std::uint8_t>(packed >> shift & ((1 << bits) - 1));
    }
}

/// Labels of pixels of `Bytes` bytes.
template <std::size_t Bytes>
class Pixels {
public:
    explicit Pixels(const PngHeader& header)
        : is_wide_(header.bits == 16), width_(static_cast<std::size_t>(header.size.width)) {}

    void add_row(const Scanlines& rows, std::uint32_t y, RowChanges& changes) const {
        const std::uint8_t* const bytes = rows.bytes();
        if (y == 0) {
            for (std::uint32_t x = 0; x < width_; ++x) changes.add(x, 0, label(bytes + x * Bytes));
            return;
        }
        const std::uint32_t* const at = rows.changes();
        std::uint32_t before = 0xFFFFFFFF;
        for (std::size_t i = 0; i < rows.change_count(); ++i) {
            const auto x = static_cast<std::uint32_t>(at[i] / Bytes);
            if (x != before) changes.add(x, y, label(bytes + std::size_t{x} * Bytes));
            before = x;
        }
    }

private:
    [[nodiscard]] std::int64_t label(const std::uint8_t* pixel) const {
        if constexpr (Bytes == 1) return pixel[0];
        // Two bytes are a grey level of 16 bits, or one of 8 and its alpha; four are grey and alpha
        // of 16 bits each, or red, green, blue and alpha.
        if (is_wide_) return pixel[0] << 8 | pixel[Bytes > 1 ? 1 : 0];
        if constexpr (Bytes >= 3) return pixel[0] | pixel[1] << 8 | pixel[2] << 16;
        return pixel[0];
    }
    bool is_wide_;
    std::size_t width_;
};

/// Labels of pixels of less than a byte.
class PackedPixels {
public:
    explicit PackedPixels(const PngHeader& header)
        : bits_(header.bits),
          width_(static_cast<std::size_t>(header.size.width)),
          line_(width_ + 8) {}

    void add_row(const Scanlines& rows, std::uint32_t y, RowChanges& changes) {
        const std::size_t together = 8 / static_cast<std::size_t>(bits_);
        const std::size_t bytes = (width_ + together - 1) / together;
        std::uint8_t pixels[8];
        for (std::size_t i = 0; i < (y == 0 ? bytes : rows.change_count()); ++i) {
            const std::size_t at = y == 0 ? i : rows.changes()[i];
            const std::size_t first = at * together, n = std::min(together, width_ - first);
            unpack(rows.bytes()[at], bits_, n, pixels);
            for (std::size_t k = 0; k < n; ++k) {
                if (y > 0 && line_[first + k] == pixels[k]) continue;
                line_[first + k] = pixels[k];
                changes.add(static_cast<std::uint32_t>(first + k), y, pixels[k]);
            }
        }
    }

private:
    int bits_;
    std::size_t width_;
    std::vector<std::uint8_t> line_;
};

template <class Reader>
StripRuns scan(const Image& image, Reader pixels) {
    StripRuns strip;
    Scanlines rows(image);
    RowChanges changes(strip);
    changes.begin(static_cast<std::size_t>(image.header.size.width));
    const auto height = static_cast<std::uint32_t>(image.header.size.height);
    for (std::uint32_t y = 0; y < height; ++y) {
        rows.next();
        pixels.add_row(rows, y, changes);
    }
    rows.require_end();
    changes.finish(height);
    return strip;
}

StripRuns scan(const Image& image) {
    const PngHeader& header = image.header;
    if (header.bits < 8) return scan(image, PackedPixels(header));
    switch (image.pixel_bytes()) {
        case 1:
            return scan(image, Pixels<1>(header));
        case 2:
            return scan(image, Pixels<2>(header));
        case 3:
            return scan(image, Pixels<3>(header));
        default:
            return scan(image, Pixels<4>(header));
    }
}

void require_few(const PngHeader& header) {
    const std::uint64_t most = limits().pixels;
    if (header.size.area() <= most) return;
    throw Error(ErrorCode::too_large,
                "the image is of size " + to_text(header.size) + ", more than " +
                    std::to_string(most) +
                    " pixels (the limit \"pixels\": raise it with set_limits or COCODEC_LIMITS)");
}

std::uint16_t big_endian(const std::uint8_t* bytes) {
    return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

}  // namespace

LabelledMasks from_label_png(PngView png, std::optional<std::int64_t> background) {
    require_few(read_png_header(png));
    const Image image = png::read_chunks(png);
    const PngHeader& header = image.header;
    if (header.bits == 16 && header.channels() >= 3) {
        throw Error(ErrorCode::bad_option,
                    "red, green and blue have 16 bits each; labels have three bytes");
    }
    std::vector<StripRuns> strips;
    strips.push_back(scan(image));
    return masks_of(header.size, std::move(strips), background);
}

void read_png(PngView png, std::uint8_t* out) {
    require_few(read_png_header(png));
    const Image image = png::read_chunks(png);
    const PngHeader& header = image.header;
    Scanlines rows(image);
    const auto width = static_cast<std::size_t>(header.size.width);
    for (std::int64_t y = 0; y < header.size.height; ++y) {
        rows.next();
        if (header.bits == 8) {
            std::memcpy(out, rows.bytes(), image.row_bytes());
            out += image.row_bytes();
        } else if (header.bits == 16) {
            for (std::size_t i = 0; i < image.row_bytes(); i += 2, out += 2) {
                const std::uint16_t value = big_endian(rows.bytes() + i);
                std::memcpy(out, &value, sizeof value);
            }
        } else {
            const std::size_t together = 8 / static_cast<std::size_t>(header.bits);
            for (std::size_t x = 0; x < width; x += together) {
                unpack(rows.bytes()[x / together], header.bits, std::min(together, width - x), out);
                out += std::min(together, width - x);
            }
        }
    }
    rows.require_end();
}

Buffer<std::uint8_t> write_label_png(const LabelMapView& map) {
    const bool is_rgb = map.type == LabelType::rgb, is_wide = map.type == LabelType::u16;
    if ((!is_rgb && !is_wide && map.type != LabelType::u8) || map.size.area() == 0) {
        throw Error(ErrorCode::bad_option,
                    "a PNG holds labels of type u8, u16 or rgb, and one pixel at least");
    }
    validate(map.size);
    const std::size_t bytes = is_rgb ? 3 : is_wide ? 2 : 1;
    PngHeader header;
    header.size = map.size;
    header.bits = is_wide ? 16 : 8;
    header.colour = is_rgb ? PngColour::rgb : PngColour::grey;
    const std::size_t row = static_cast<std::size_t>(map.size.width) * bytes;
    // Rows are stored as differences from the row above: nearly all zeros.
    std::vector<std::uint8_t> above(row), line(row), filtered(row + 1);
    png::Deflater pixels;
    for (std::int64_t y = 0; y < map.size.height; ++y) {
        const std::uint8_t* from = map.data + static_cast<std::ptrdiff_t>(y) * map.row_stride;
        for (std::size_t i = 0; i < row; i += bytes, from += map.column_stride) {
            if (is_wide) {
                std::uint16_t label = 0;
                std::memcpy(&label, from, sizeof label);
                line[i] = static_cast<std::uint8_t>(label >> 8);
                line[i + 1] = static_cast<std::uint8_t>(label & 0xFF);
                continue;
            }
            for (std::size_t k = 0; k < bytes; ++k) {
                line[i + k] = from[static_cast<std::ptrdiff_t>(k) * map.channel_stride];
            }
        }
        filtered[0] = 2;
        for (std::size_t i = 0; i < row; ++i) {
            filtered[i + 1] = static_cast<std::uint8_t>(line[i] - above[i]);
        }
        pixels.add(filtered.data(), filtered.size());
        above.swap(line);
    }
    return png::write_chunks(header, pixels.finish());
}

}  // namespace cocodec
