// Deflating (RFC 1950, 1951) of rows that are nearly all zeros, and the file around them (private).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cocodec/buffer.hpp"
#include "cocodec/png.hpp"

namespace cocodec::png {

/// A zlib stream of one block, whose codes are made for its symbols. Matches are looked for at the
/// byte before, and where four bytes like the next four were seen last. What was added is kept.
class Deflater {
public:
    void add(const std::uint8_t* bytes, std::size_t n);
    Buffer<std::uint8_t> finish();

private:
    /// A byte, or 256 + the length of a match and its distance.
    struct Token {
        std::uint16_t value, distance;
    };
    void find_matches(std::size_t first);

    Buffer<std::uint8_t> bytes_;
    std::vector<std::size_t> heads_;  // by hash: where four such bytes were last, + 1
    std::vector<Token> tokens_;
    std::uint32_t low_ = 1, high_ = 0;  // of Adler's checksum
};

/// The file: signature, header, the compressed pixels and the end.
Buffer<std::uint8_t> write_chunks(const PngHeader& header, const Buffer<std::uint8_t>& pixels);

}  // namespace cocodec::png
