// The chunks of a PNG (private): its header, checked, and its compressed pixels in one piece.
#pragma once

#include "cocodec/buffer.hpp"
#include "cocodec/png.hpp"

namespace cocodec::png {

/// Bytes of a chunk's name and content -> its checksum.
std::uint32_t checksum(const std::uint8_t* bytes, std::size_t length) noexcept;

struct Image {
    PngHeader header;
    const std::uint8_t* pixels = nullptr;  ///< compressed
    std::size_t length = 0;
    Buffer<std::uint8_t> joined;  ///< where they lie if they came in several chunks

    /// Bytes of one row, without the one that says how it is filtered.
    [[nodiscard]] std::size_t row_bytes() const noexcept {
        const auto bits = static_cast<std::size_t>(header.bits) * header.channels();
        return (static_cast<std::size_t>(header.size.width) * bits + 7) / 8;
    }
    /// From one byte of a pixel to the same of the next; 1 where pixels are smaller.
    [[nodiscard]] std::size_t pixel_bytes() const noexcept {
        return (static_cast<std::size_t>(header.bits) * header.channels() + 7) / 8;
    }
};

/// Walks over the chunks. Throws Error{bad_image}, and Error{bad_option} if interlaced.
Image read_chunks(PngView png);

}  // namespace cocodec::png
