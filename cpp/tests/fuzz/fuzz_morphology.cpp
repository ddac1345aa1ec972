// Any mask through what changes and takes apart masks: each gives what looking at pixels gives.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "cocodec/components.hpp"
#include "cocodec/morphology.hpp"
#include "cocodec/transform.hpp"

#include "oracle.hpp"
#include "pixels.hpp"

namespace {

using cocodec::Neighbourhood;
using cocodec::RleArray;
using masks::Bitmap;

Bitmap mask_from(fuzz::Input& input) {
    Bitmap out{{1 + input.below(70), 1 + input.below(12)}, {}};
    out.pixels.resize(masks::pixels(out.size));
    for (std::size_t at = 0; at < out.pixels.size() && input.left() > 0;) {
        const auto run = input.take<std::uint8_t>();
        const std::size_t end = std::min<std::size_t>(out.pixels.size(), at + run % 64);
        std::fill(out.pixels.begin() + static_cast<std::ptrdiff_t>(at),
                  out.pixels.begin() + static_cast<std::ptrdiff_t>(end), run >= 128 ? 1 : 0);
        at = end;
    }
    return out;
}

Neighbourhood shape_from(fuzz::Input& input) {
    const std::uint32_t kind = input.below(3), rows = input.below(9), columns = input.below(5);
    if (kind == 0) return Neighbourhood::box(rows, columns);
    if (kind == 1) return Neighbourhood::cross(rows, columns);
    return Neighbourhood::disk(rows / 2.0);
}

void gives(const RleArray& got, const Bitmap& expected, const char* promise) {
    fuzz::require(masks::same(got, masks::array({expected})), promise);
}

void grown(const Bitmap& mask, const RleArray& runs, const Neighbourhood& shape) {
    using cocodec::Morphology;
    using cocodec::Outside;
    for (const bool border : {false, true}) {
        const Outside outside = border ? Outside::foreground : Outside::background;
        gives(cocodec::morphology(runs.view(), Morphology::dilate, shape, outside),
              masks::dilated_or_eroded(mask, shape, false, border), "dilate");
        gives(cocodec::morphology(runs.view(), Morphology::erode, shape, outside),
              masks::dilated_or_eroded(mask, shape, true, border), "erode");
    }
}

void moved(const Bitmap& mask, const RleArray& runs, fuzz::Input& input) {
    const auto h = mask.size.height, w = mask.size.width;
    gives(cocodec::flip(runs.view(), cocodec::Flip::horizontal),
          masks::paint({h, w}, [&](auto x, auto y) { return pixel(mask, w - 1 - x, y); }), "flip");
    gives(cocodec::rotate90(runs.view(), 1),
          masks::paint({w, h}, [&](auto x, auto y) { return pixel(mask, w - 1 - y, x); }), "turn");
    const cocodec::Window window{static_cast<std::int64_t>(input.below(160)) - 80,
                                 static_cast<std::int64_t>(input.below(160)) - 80,
                                 {input.below(90), input.below(20)}};
    gives(cocodec::crop(runs.view(), &window),
          masks::paint(window.size,
                       [&](auto x, auto y) { return pixel(mask, x + window.x, y + window.y); }),
          "crop");
    const cocodec::Size size{1 + input.below(90), 1 + input.below(20)};
    gives(cocodec::resize(runs.view(), &size, cocodec::ResizeRule::nearest),
          masks::paint(size,
                       [&](auto x, auto y) {
                           return pixel(mask, (2 * x + 1) * w / (2 * size.width),
                                        (2 * y + 1) * h / (2 * size.height));
                       }),
          "resize");
}

void taken_apart(const Bitmap& mask, const RleArray& runs, bool corners) {
    const auto connectivity = corners ? cocodec::Connectivity::eight : cocodec::Connectivity::four;
    const auto parts = cocodec::connected_components(runs.view(), connectivity);
    fuzz::require(masks::same(parts.masks, masks::array(parts_of(mask, corners))), "parts");
    Bitmap ground = mask, filled = mask;
    for (auto& value : ground.pixels) value = value == 0 ? 1 : 0;
    for (const Bitmap& part : parts_of(ground, corners)) {
        if (on_a_side(part) || area(part) > 9) continue;
        for (std::size_t k = 0; k < part.pixels.size(); ++k) filled.pixels[k] |= part.pixels[k];
    }
    gives(cocodec::fill_holes(runs.view(), 9, connectivity), filled, "holes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const Neighbourhood shape = shape_from(input);
    const bool corners = input.below(2) == 0;
    fuzz::Input places = input;
    input.take<std::uint64_t>(), input.take<std::uint32_t>();
    const Bitmap mask = mask_from(input);
    const RleArray runs = masks::array({mask});
    grown(mask, runs, shape);
    moved(mask, runs, places);
    taken_apart(mask, runs, corners);
    return 0;
}
