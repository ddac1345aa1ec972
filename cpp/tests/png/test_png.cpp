// png.hpp: what is written is read again; what is cut short or turned over is refused, or stays
// inside of the image.
#include "cocodec/png.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "check.hpp"
#include "cocodec/error.hpp"
#include "masks.hpp"
#include "png/inflate.hpp"

using cocodec::Buffer;
using cocodec::LabelType;
using masks::Random;

namespace {

/// Blocks of labels, row by row.
std::vector<std::uint8_t> blocks(Random& random, std::size_t h, std::size_t w, std::size_t bytes) {
    const std::size_t side = 1 + random() % 20;
    std::vector<std::uint8_t> values(256);
    for (auto& value : values) value = static_cast<std::uint8_t>(random() % 5 * 50);
    std::vector<std::uint8_t> out;
    for (std::size_t y = 0; y < h; ++y)
        for (std::size_t x = 0; x < w; ++x)
            for (std::size_t k = 0; k < bytes; ++k)
                out.push_back(values[(y / side * 31 + x / side * 7 + k) % 256]);
    return out;
}

cocodec::LabelMapView view(const std::vector<std::uint8_t>& pixels, std::size_t h, std::size_t w,
                           LabelType type) {
    const std::ptrdiff_t bytes = type == LabelType::rgb ? 3 : type == LabelType::u16 ? 2 : 1;
    return {pixels.data(),
            type,
            {static_cast<std::int64_t>(h), static_cast<std::int64_t>(w)},
            static_cast<std::ptrdiff_t>(w) * bytes,
            bytes};
}

const check::Test round("maps there and back", [] {
    Random random(1);
    const LabelType types[] = {LabelType::u8, LabelType::u16, LabelType::rgb};
    for (int i = 0; i < 150; ++i) {
        const LabelType type = types[i % 3];
        const std::size_t bytes = type == LabelType::rgb ? 3 : type == LabelType::u16 ? 2 : 1;
        const std::size_t h = 1 + random() % 60, w = 1 + random() % 90;
        const std::vector<std::uint8_t> pixels = blocks(random, h, w, bytes);
        const auto map = view(pixels, h, w, type);
        const Buffer<std::uint8_t> png = cocodec::write_label_png(map);
        const auto expected = cocodec::from_label_map(map, 0);
        const auto got = cocodec::from_label_png({png.data(), png.size()}, 0);
        check::that(masks::same(got.masks, expected.masks));
        check::that(std::equal(got.labels.begin(), got.labels.end(), expected.labels.begin(),
                               expected.labels.end()));
        std::vector<std::uint8_t> again(pixels.size());
        cocodec::read_png({png.data(), png.size()}, again.data());
        check::that(again == pixels);
    }
});

const check::Test cut("files cut short are refused, wherever they end", [] {
    Random random(2);
    const std::vector<std::uint8_t> pixels = blocks(random, 20, 30, 1);
    const Buffer<std::uint8_t> png = cocodec::write_label_png(view(pixels, 20, 30, LabelType::u8));
    for (std::size_t n = 0; n < png.size(); ++n) {
        try {
            cocodec::from_label_png({png.data(), n}, 0);
            check::fail("read of " + std::to_string(n) + " bytes", check::here());
        } catch (const cocodec::Error& error) {
            check::equal(static_cast<int>(error.code()),
                         static_cast<int>(cocodec::ErrorCode::bad_image));
        }
    }
});

const check::Test streams("broken streams are refused, or stay inside of the window", [] {
    Random random(3);
    for (int i = 0; i < 20000; ++i) {
        std::vector<std::uint8_t> bytes(2 + random() % 80);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
        bytes[0] = 0x78;
        bytes[1] = 0x9C;
        std::vector<std::uint8_t> window(4096 + cocodec::png::overshoot, 7);
        try {
            cocodec::png::Inflater inflater(bytes.data(), bytes.size());
            std::uint8_t* const limit = window.data() + 4096;
            const std::uint8_t* const end = inflater.run(window.data(), window.data(), limit);
            check::that(end <= limit + cocodec::png::overshoot);
        } catch (const cocodec::Error&) {
            // Refused.
        }
    }
});

/// A stream of one block of fixed codes: a zero, a code of the caller's, a distance, the end.
std::vector<std::uint8_t> one_match(unsigned code, int length, unsigned distance) {
    std::vector<std::uint8_t> bytes{0x78, 0x9C};
    int at = 16;
    const auto bit = [&](unsigned value) {
        if (at % 8 == 0) bytes.push_back(0);
        bytes.back() = static_cast<std::uint8_t>(bytes.back() | value << at % 8);
        ++at;
    };
    const auto bits = [&](unsigned value, int n) {  // codes begin with their first bit
        while (n-- > 0) bit(value >> n & 1);
    };
    bits(0b110, 3);  // the last block, of kind 1
    bits(0b00110000, 8);
    bits(code, length);
    bits(distance, 5);
    bits(0, 7);
    bytes.resize(bytes.size() + 16);
    return bytes;
}

const check::Test codes("codes that mean no length and no distance are refused", [] {
    const auto written = [](unsigned code, int length, unsigned distance) {
        const std::vector<std::uint8_t> bytes = one_match(code, length, distance);
        std::vector<std::uint8_t> window(4096 + cocodec::png::overshoot, 7);
        cocodec::png::Inflater inflater(bytes.data(), bytes.size());
        return inflater.run(window.data(), window.data(), window.data() + 4096) - window.data();
    };
    check::equal(written(1, 7, 0), 4);             // one zero, and three copies of it
    check::equal(written(0b11000101, 8, 0), 259);  // the longest: 258 copies
    for (const unsigned code : {0b11000110U, 0b11000111U})
        check::raises(cocodec::ErrorCode::bad_image, -1, -1,
                      [&] { static_cast<void>(written(code, 8, 0)); });
    for (const unsigned distance : {30U, 31U})
        check::raises(cocodec::ErrorCode::bad_image, -1, -1,
                      [&] { static_cast<void>(written(1, 7, distance)); });
});

// 2 x 2 pixels of one byte; the second row is filtered by Paeth, and its last byte by the pixel
// above, which is as near as the corner. Written by zlib.
constexpr std::uint8_t by_others[] = {
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44,
    0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x08, 0x00, 0x00, 0x00, 0x00, 0x57,
    0xDD, 0x52, 0xF8, 0x00, 0x00, 0x00, 0x11, 0x49, 0x44, 0x41, 0x54, 0x78, 0x01, 0x01, 0x06,
    0x00, 0xF9, 0xFF, 0x00, 0x04, 0x00, 0x04, 0x02, 0x09, 0x00, 0x33, 0x00, 0x14, 0x0A, 0xD2,
    0x20, 0x0F, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};

const check::Test paeth("of what is as near, Paeth takes left, then above, then the corner", [] {
    std::vector<std::uint8_t> pixels(4);
    cocodec::read_png({by_others, sizeof by_others}, pixels.data());
    check::equal(pixels, std::vector<std::uint8_t>{4, 0, 6, 9});
});

}  // namespace
