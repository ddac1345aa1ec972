// transform.hpp, components.hpp, measures.hpp: against pixels.
#include "cocodec/transform.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "check.hpp"
#include "cocodec/components.hpp"
#include "cocodec/measures.hpp"
#include "masks.hpp"
#include "morphology/bit_turner.hpp"
#include "pixels.hpp"

using cocodec::RleArray;
using cocodec::Size;
using masks::Bitmap;
using masks::paint;
using masks::Random;

namespace {

Bitmap any_mask(Random& random) {
    const Size size{static_cast<std::int64_t>(1 + random() % 12),
                    static_cast<std::int64_t>(1 + random() % 12)};
    return masks::noise(random, size, static_cast<unsigned>(random() % 101));
}

void gives(const RleArray& got, const Bitmap& expected, check::Place place = check::here()) {
    check::that(masks::same(got, masks::array({expected})), place);
}

/// The three turns of a mask, pixel by pixel.
void turns(const Bitmap& mask, check::Place place = check::here()) {
    const RleArray runs = masks::array({mask});
    const auto h = mask.size.height, w = mask.size.width;
    gives(cocodec::transpose(runs.view()),
          paint({w, h}, [&](auto x, auto y) { return pixel(mask, y, x); }), place);
    gives(cocodec::rotate90(runs.view(), 1),
          paint({w, h}, [&](auto x, auto y) { return pixel(mask, w - 1 - y, x); }), place);
    gives(cocodec::rotate90(runs.view(), -1),
          paint({w, h}, [&](auto x, auto y) { return pixel(mask, y, h - 1 - x); }), place);
}

const check::Test moved("flips, turns and windows", [] {
    Random random(1);
    for (int i = 0; i < 500; ++i) {
        const Bitmap mask = any_mask(random);
        const RleArray runs = masks::array({mask});
        const auto h = mask.size.height, w = mask.size.width;
        gives(cocodec::flip(runs.view(), cocodec::Flip::horizontal),
              paint({h, w}, [&](auto x, auto y) { return pixel(mask, w - 1 - x, y); }));
        gives(cocodec::flip(runs.view(), cocodec::Flip::vertical),
              paint({h, w}, [&](auto x, auto y) { return pixel(mask, x, h - 1 - y); }));
        turns(mask);
        const cocodec::Window window{
            static_cast<std::int64_t>(random() % 20) - 10,
            static_cast<std::int64_t>(random() % 20) - 10,
            {static_cast<std::int64_t>(random() % 9), static_cast<std::int64_t>(random() % 9)}};
        gives(cocodec::crop(runs.view(), &window), paint(window.size, [&](auto x, auto y) {
                  return pixel(mask, x + window.x, y + window.y);
              }));
    }
});

// From 64 x 64 on, masks that change every few pixels are turned as bits.
const check::Test turned_as_bits("turns of noise", [] {
    Random random(3);
    const Size sizes[] = {{64, 64}, {63, 64}, {65, 64}, {64, 127}, {128, 65}, {191, 130}};
    for (const Size& size : sizes) {
        for (const unsigned percent : {1U, 3U, 50U, 99U, 100U}) {
            turns(masks::noise(random, size, percent));
        }
    }
});

const check::Test chosen_way("which masks are turned as bits", [] {
    Random random(4);
    const auto suits = [&](Size size, unsigned percent) {
        const RleArray runs = masks::array({masks::noise(random, size, percent)});
        return cocodec::runwise::BitTurner::suits(runs.view()[0]);
    };
    for (const Size& size : {Size{64, 64}, Size{64, 127}, Size{191, 130}, Size{2000, 1500}}) {
        for (const unsigned percent : {3U, 50U, 97U}) check::that(suits(size, percent));
        for (const unsigned percent : {0U, 100U}) check::that(!suits(size, percent));
    }
    for (const Size& size : {Size{63, 64}, Size{64, 63}, Size{1, 4096}, Size{2000, 63}}) {
        check::that(!suits(size, 50));
    }
});

const check::Test cut_by_empty_runs("turns of runs that empty ones cut in pieces", [] {
    RleArray runs;
    for (int i = 0; i < 64 * 64 / 4; ++i) {
        for (const std::uint32_t run : {1U, 1U, 0U, 1U, 1U, 0U}) runs.counts.push_back(run);
    }
    runs.finish({64, 64});
    gives(cocodec::transpose(runs.view()),
          paint({64, 64}, [](auto x, auto) { return x % 4 == 1 || x % 4 == 2; }));
});

const check::Test scaled("resized and warped", [] {
    Random random(2);
    const auto number = [&] { return static_cast<double>(random() % 4001) / 1000 - 2; };
    for (int i = 0; i < 500; ++i) {
        const Bitmap mask = any_mask(random);
        const RleArray runs = masks::array({mask});
        const auto h = mask.size.height, w = mask.size.width;
        const Size size{static_cast<std::int64_t>(1 + random() % 20),
                        static_cast<std::int64_t>(1 + random() % 20)};
        gives(cocodec::resize(runs.view(), &size, cocodec::ResizeRule::nearest),
              paint(size, [&](auto x, auto y) {
                  return pixel(mask, (2 * x + 1) * w / (2 * size.width),
                               (2 * y + 1) * h / (2 * size.height));
              }));
        const cocodec::Affine map{number(), i % 3 == 0 ? 0 : number(), 3 * number(),
                                  number(), i % 5 == 0 ? 0 : number(), 3 * number()};
        gives(cocodec::warp_affine(runs.view(), &map, &size), paint(size, [&](auto x, auto y) {
                  const auto u = static_cast<double>(x), v = static_cast<double>(y);
                  return pixel(mask,
                               static_cast<std::int64_t>(
                                   std::floor((map.xx * u + map.x0) + map.xy * v + 0.5)),
                               static_cast<std::int64_t>(
                                   std::floor((map.yx * u + map.y0) + map.yy * v + 0.5)));
              }));
    }
});

const check::Test parts("components, small ones, the largest, holes", [] {
    Random random(3);
    for (int i = 0; i < 400; ++i) {
        const Bitmap mask = any_mask(random);
        const RleArray runs = masks::array({mask});
        const bool corners = random() % 2 == 0;
        const auto connectivity =
            corners ? cocodec::Connectivity::eight : cocodec::Connectivity::four;
        const std::vector<Bitmap> found = parts_of(mask, corners);
        const auto got = cocodec::connected_components(runs.view(), connectivity);
        check::that(masks::same(got.masks, masks::array(found)));
        check::equal(got.parents.size(), found.size());

        Bitmap large{mask.size, masks::Pixels(mask.pixels.size())}, largest = large;
        std::size_t most = 0;
        for (const Bitmap& part : found) {
            for (std::size_t k = 0; k < part.pixels.size() && area(part) >= 4; ++k)
                large.pixels[k] |= part.pixels[k];
            if (area(part) > most) largest = part;
            most = std::max(most, area(part));
        }
        gives(cocodec::remove_small(runs.view(), 4, connectivity), large);
        gives(cocodec::largest_component(runs.view(), connectivity), largest);

        Bitmap ground = mask, filled = mask;
        for (auto& value : ground.pixels) value = value == 0 ? 1 : 0;
        for (const Bitmap& part : parts_of(ground, corners)) {
            if (on_a_side(part) || area(part) > 3) continue;
            for (std::size_t k = 0; k < part.pixels.size(); ++k) filled.pixels[k] |= part.pixels[k];
        }
        gives(cocodec::fill_holes(runs.view(), 3, connectivity), filled);
    }
});

const check::Test shapes("moments, perimeters, extremes, rectangles", [] {
    Random random(4);
    for (int i = 0; i < 300; ++i) {
        const Bitmap mask = any_mask(random);
        const RleArray runs = masks::array({mask});
        double m00 = 0, m10 = 0, m12 = 0;
        std::uint64_t sides = 0;
        double best = 0;
        for (std::int64_t x = 0; x < mask.size.width; ++x)
            for (std::int64_t y = 0; y < mask.size.height; ++y) {
                if (!pixel(mask, x, y)) continue;
                m00 += 1;
                m10 += static_cast<double>(x);
                m12 += static_cast<double>(x * y * y);
                sides += static_cast<std::uint64_t>(!pixel(mask, x - 1, y)) +
                         static_cast<std::uint64_t>(!pixel(mask, x + 1, y)) +
                         static_cast<std::uint64_t>(!pixel(mask, x, y - 1)) +
                         static_cast<std::uint64_t>(!pixel(mask, x, y + 1));
                // The tallest stretch of every width from here on.
                std::int64_t height = mask.size.height;
                for (std::int64_t right = x; height > 0 && right < mask.size.width; ++right) {
                    std::int64_t tall = 0;
                    while (tall < height && pixel(mask, right, y + tall)) ++tall;
                    height = tall;
                    best = std::max(best, static_cast<double>((right - x + 1) * height));
                }
            }
        cocodec::Moments moments{};
        cocodec::moments(runs.view(), &moments);
        check::equal(moments.m00, m00);
        check::equal(moments.m10, m10);
        check::equal(moments.m12, m12);
        std::uint64_t perimeter = 0;
        cocodec::perimeter(runs.view(), &perimeter);
        check::equal(perimeter, sides);
        cocodec::Box box;
        cocodec::inner_rectangle(runs.view(), &box);
        check::equal(box.width * box.height, best);
        bool inside = true;
        const auto left = static_cast<std::int64_t>(box.x), top = static_cast<std::int64_t>(box.y);
        const auto width = static_cast<std::int64_t>(box.width);
        const auto height = static_cast<std::int64_t>(box.height);
        for (std::int64_t x = left; x < left + width; ++x)
            for (std::int64_t y = top; y < top + height; ++y) inside &= pixel(mask, x, y);
        check::that(inside);
        cocodec::ExtremePoints points{};
        cocodec::extreme_points(runs.view(), &points);
        check::equal(points.left.x >= 0, m00 > 0);
        if (m00 == 0) continue;
        const cocodec::Box around = cocodec::bbox(runs.view()[0]);
        check::equal(static_cast<double>(points.left.x), around.x);
        check::equal(static_cast<double>(points.bottom.y), around.y + around.height - 1);
        check::that(pixel(mask, points.right.x, points.right.y));
    }
});

}  // namespace
