// Masks to test with (drawn as text, random, random runs) and a slow codec to compare the fast one
// with. Pixels here are column-major bytes, as runs count them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "cocodec/rle.hpp"

namespace masks {

using Runs = std::vector<std::uint32_t>;
using Pixels = std::vector<std::uint8_t>;
using Random = std::mt19937_64;

struct Bitmap {
    cocodec::Size size;
    Pixels pixels;
};

inline std::size_t height(cocodec::Size size) {
    return static_cast<std::size_t>(size.height);
}
inline std::size_t width(cocodec::Size size) {
    return static_cast<std::size_t>(size.width);
}
inline std::size_t pixels(cocodec::Size size) {
    return height(size) * width(size);
}

/// One string per row; '#' is foreground.
inline Bitmap draw(const std::vector<std::string_view>& rows) {
    const std::size_t h = rows.size(), w = rows.empty() ? 0 : rows[0].size();
    Bitmap out{{static_cast<std::int64_t>(h), static_cast<std::int64_t>(w)}, Pixels(h * w)};
    for (std::size_t y = 0; y < h; ++y)
        for (std::size_t x = 0; x < w; ++x) out.pixels[x * h + y] = rows[y][x] == '#' ? 1 : 0;
    return out;
}

/// Every pixel is foreground with a chance of `percent`.
inline Bitmap noise(Random& random, cocodec::Size size, unsigned percent) {
    Bitmap out{size, Pixels(pixels(size))};
    for (auto& pixel : out.pixels) pixel = random() % 100 < percent ? 1 : 0;
    return out;
}

inline Runs slow_encode(const Bitmap& bitmap) {
    Runs runs;
    std::uint8_t value = 0;
    std::uint32_t length = 0;
    for (const std::uint8_t pixel : bitmap.pixels) {
        if ((pixel != 0) != (value != 0)) {
            runs.push_back(length);
            length = 0;
            value = value == 0 ? 1 : 0;
        }
        ++length;
    }
    runs.push_back(length);
    return runs;
}

inline Bitmap slow_decode(cocodec::RleView mask) {
    Bitmap out{mask.size, {}};
    for (std::size_t i = 0; i < mask.length; ++i)
        out.pixels.insert(out.pixels.end(), mask.counts[i], static_cast<std::uint8_t>(i % 2));
    return out;
}

inline cocodec::RleView view(const Runs& runs, cocodec::Size size) {
    return {runs.data(), runs.size(), size};
}

inline cocodec::RleArray array(const std::vector<Bitmap>& bitmaps) {
    cocodec::RleArray out;
    for (const Bitmap& bitmap : bitmaps) {
        const Runs runs = slow_encode(bitmap);
        out.append(view(runs, bitmap.size));
    }
    return out;
}

inline Runs runs_of(cocodec::RleView mask) {
    return {mask.counts, mask.counts + mask.length};
}

inline bool same(const cocodec::RleArray& a, const cocodec::RleArray& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!(a.sizes[i] == b.sizes[i]) || runs_of(a.view()[i]) != runs_of(b.view()[i]))
            return false;
    return true;
}

}  // namespace masks
