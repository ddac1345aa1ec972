#include "png/chunks.hpp"

#include <array>
#include <cstring>
#include <string>

#include "cocodec/error.hpp"

namespace cocodec {
namespace {

constexpr std::uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t around = 12;  // of a chunk: its length, its name, its checksum

[[noreturn]] void throw_bad(const std::string& what, std::size_t offset) {
    throw Error(ErrorCode::bad_image, what, -1, static_cast<std::int64_t>(offset));
}

std::uint32_t number(const std::uint8_t* bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
           std::uint32_t{bytes[2]} << 8 | bytes[3];
}

bool is_named(const std::uint8_t* chunk, const char* name) {
    return std::memcmp(chunk + 4, name, 4) == 0;
}

/// Content of the chunk at `at`, whose end is known to lie inside of the file.
std::size_t require_chunk(PngView png, std::size_t at) {
    if (png.length - at < around) throw_bad("the file ends before its last chunk", at);
    const std::size_t length = number(png.data + at);
    if (length > png.length - at - around) throw_bad("the file ends inside of a chunk", at);
    return length;
}

bool allows(PngColour colour, int bits) {
    switch (colour) {
        case PngColour::grey:
            return bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
        case PngColour::palette:
            return bits == 1 || bits == 2 || bits == 4 || bits == 8;
        case PngColour::rgb:
        case PngColour::grey_alpha:
        case PngColour::rgba:
            return bits == 8 || bits == 16;
    }
    return false;
}

std::array<std::array<std::uint32_t, 256>, 8> make_tables() {
    std::array<std::array<std::uint32_t, 256>, 8> tables{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t sum = i;
        for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ ((sum & 1) != 0 ? 0xEDB88320U : 0U);
        tables[0][i] = sum;
    }
    for (std::size_t k = 1; k < 8; ++k) {
        for (std::size_t i = 0; i < 256; ++i) {
            const std::uint32_t sum = tables[k - 1][i];
            tables[k][i] = sum >> 8 ^ tables[0][sum & 0xFF];
        }
    }
    return tables;
}

}  // namespace

std::size_t PngHeader::channels() const noexcept {
    switch (colour) {
        case PngColour::grey:
        case PngColour::palette:
            return 1;
        case PngColour::grey_alpha:
            return 2;
        case PngColour::rgb:
            return 3;
        case PngColour::rgba:
            break;
    }
    return 4;
}

PngHeader read_png_header(PngView png) {
    constexpr std::size_t header = sizeof signature;
    if (png.length < header || std::memcmp(png.data, signature, header) != 0) {
        throw_bad("the file does not begin as a PNG does", 0);
    }
    const std::size_t length = require_chunk(png, header);
    const std::uint8_t* const chunk = png.data + header;
    if (!is_named(chunk, "IHDR") || length != 13) throw_bad("the first chunk is no header", header);
    const std::uint8_t* const values = chunk + 8;
    PngHeader found;
    found.size = {number(values + 4), number(values)};
    found.bits = values[8];
    found.colour = static_cast<PngColour>(values[9]);
    found.is_interlaced = values[12] == 1;
    const auto inside = [](std::int64_t side) { return side >= 1 && side <= 0x7FFFFFFF; };
    if (!inside(found.size.height) || !inside(found.size.width)) {
        throw_bad("the header's size is " + to_text(found.size) + "; sides lie in 1..2147483647",
                  header);
    }
    if (!allows(found.colour, found.bits) || values[10] != 0 || values[11] != 0 || values[12] > 1) {
        throw_bad("the header names a kind of image that there is not", header);
    }
    return found;
}

namespace png {

std::uint32_t checksum(const std::uint8_t* bytes, std::size_t length) noexcept {
    static const std::array<std::array<std::uint32_t, 256>, 8> tables = make_tables();
    std::uint32_t sum = 0xFFFFFFFF;
    for (; length >= 8; bytes += 8, length -= 8) {
        sum ^= bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 |
               std::uint32_t{bytes[3]} << 24;
        sum = tables[7][sum & 0xFF] ^ tables[6][sum >> 8 & 0xFF] ^ tables[5][sum >> 16 & 0xFF] ^
              tables[4][sum >> 24] ^ tables[3][bytes[4]] ^ tables[2][bytes[5]] ^
              tables[1][bytes[6]] ^ tables[0][bytes[7]];
    }
    for (; length > 0; ++bytes, --length) sum = sum >> 8 ^ tables[0][(sum ^ *bytes) & 0xFF];
    return ~sum;
}

Image read_chunks(PngView png) {
    Image image;
    image.header = read_png_header(png);
    if (image.header.is_interlaced) {
        throw Error(ErrorCode::bad_option, "the image is interlaced; store it without");
    }
    for (std::size_t at = sizeof signature;;) {
        const std::size_t length = require_chunk(png, at);
        const std::uint8_t* const chunk = png.data + at;
        if (checksum(chunk + 4, length + 4) != number(chunk + 8 + length)) {
            throw_bad("a chunk's checksum is wrong", at);
        }
        if (is_named(chunk, "IEND")) break;
        if (is_named(chunk, "IDAT")) {
            if (image.pixels == nullptr) {
                image.pixels = chunk + 8;
                image.length = length;
            } else {
                // Only what comes in several pieces has to be joined.
                if (image.joined.empty()) image.joined.append(image.pixels, image.length);
                image.joined.append(chunk + 8, length);
            }
        }
        at += around + length;
    }
    if (image.pixels == nullptr) throw_bad("there are no pixels", png.length);
    if (!image.joined.empty()) {
        image.pixels = image.joined.data();
        image.length = image.joined.size();
    }
    return image;
}

}  // namespace png
}  // namespace cocodec
