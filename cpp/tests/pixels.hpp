// What can be done with a bitmap pixel by pixel: painting, flooding, dilation by looking at every
// neighbour. The fast ways are compared with these.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <vector>

#include "cocodec/morphology.hpp"

#include "masks.hpp"

namespace masks {

inline bool pixel(const Bitmap& mask, std::int64_t x, std::int64_t y) {
    if (x < 0 || y < 0 || x >= mask.size.width || y >= mask.size.height) return false;
    return mask.pixels[static_cast<std::size_t>(x * mask.size.height + y)] != 0;
}

/// A mask of `size` whose pixel (x, y) is what `value` says.
inline Bitmap paint(cocodec::Size size,
                    const std::function<bool(std::int64_t, std::int64_t)>& value) {
    Bitmap out{size, Pixels(pixels(size))};
    for (std::int64_t x = 0; x < size.width; ++x)
        for (std::int64_t y = 0; y < size.height; ++y)
            out.pixels[static_cast<std::size_t>(x * size.height + y)] = value(x, y) ? 1 : 0;
    return out;
}

/// Pixels that belong together, by flooding.
inline std::vector<Bitmap> parts_of(const Bitmap& mask, bool corners) {
    Bitmap left = mask;
    std::vector<Bitmap> parts;
    const auto h = mask.size.height;
    for (std::size_t start = 0; start < left.pixels.size(); ++start) {
        if (left.pixels[start] == 0) continue;
        Bitmap part{mask.size, Pixels(left.pixels.size())};
        std::vector<std::size_t> todo{start};
        left.pixels[start] = 0;
        while (!todo.empty()) {
            const auto at = static_cast<std::int64_t>(todo.back());
            todo.pop_back();
            part.pixels[static_cast<std::size_t>(at)] = 1;
            for (std::int64_t dx = -1; dx <= 1; ++dx)
                for (std::int64_t dy = -1; dy <= 1; ++dy) {
                    const std::int64_t x = at / h + dx, y = at % h + dy;
                    if ((!corners && dx != 0 && dy != 0) || !pixel(left, x, y)) continue;
                    const auto next = static_cast<std::size_t>(x * h + y);
                    left.pixels[next] = 0;
                    todo.push_back(next);
                }
        }
        parts.push_back(part);
    }
    return parts;
}

inline std::size_t area(const Bitmap& mask) {
    return static_cast<std::size_t>(std::count(mask.pixels.begin(), mask.pixels.end(), 1));
}

inline bool on_a_side(const Bitmap& part) {
    for (std::int64_t x = 0; x < part.size.width; ++x)
        for (std::int64_t y = 0; y < part.size.height; ++y) {
            const bool side =
                x == 0 || y == 0 || x == part.size.width - 1 || y == part.size.height - 1;
            if (side && pixel(part, x, y)) return true;
        }
    return false;
}

inline bool within(const cocodec::Neighbourhood& shape, std::int64_t dx, std::int64_t dy) {
    return std::any_of(shape.rings.begin(), shape.rings.end(), [&](const auto& ring) {
        return std::abs(dx) >= ring.from && std::abs(dx) <= ring.to && std::abs(dy) <= ring.reach;
    });
}

/// Erosion with background outside, or dilation with `border` outside.
inline Bitmap dilated_or_eroded(const Bitmap& mask, const cocodec::Neighbourhood& shape,
                                bool erosion, bool border) {
    Bitmap out = mask;
    const auto h = mask.size.height, w = mask.size.width;
    const auto reach =
        static_cast<std::int64_t>(std::max(shape.rings.back().to, shape.rings.front().reach));
    const auto pixel = [&](std::int64_t x, std::int64_t y) {
        if (x < 0 || y < 0 || x >= w || y >= h) return border;
        return mask.pixels[static_cast<std::size_t>(x * h + y)] != 0;
    };
    for (std::int64_t x = 0; x < w; ++x) {
        for (std::int64_t y = 0; y < h; ++y) {
            bool any = false;
            for (std::int64_t dx = -reach; dx <= reach; ++dx)
                for (std::int64_t dy = -reach; dy <= reach; ++dy)
                    any |= within(shape, dx, dy) && pixel(x + dx, y + dy) != erosion;
            out.pixels[static_cast<std::size_t>(x * h + y)] = any != erosion ? 1 : 0;
        }
    }
    return out;
}

}  // namespace masks
