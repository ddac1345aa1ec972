// Deflating (RFC 1950, 1951) of rows that are nearly all zeros, and the file around them (private).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cocodec/buffer.hpp"
#include "cocodec/png.hpp"

namespace cocodec::png {

/// A zlib stream of one block, whose codes are made for its symbols. Matches are looked for at the
/// byte before alone: runs of the same byte.
class Deflater {
public:
    void add(const std::uint8_t* bytes, std::size_t n);
    Buffer<std::uint8_t> finish();

private:
    void end_run();

    /// A literal, or 256 + the length of a match.
    std::vector<std::uint16_t> tokens_;
    std::size_t run_ = 0;  // how often the last byte came again
    int last_ = -1;
    std::uint32_t low_ = 1, high_ = 0;  // of Adler's checksum
};

/// The file: signature, header, the compressed pixels and the end.
Buffer<std::uint8_t> write_chunks(const PngHeader& header, const Buffer<std::uint8_t>& pixels);

}  // namespace cocodec::png
