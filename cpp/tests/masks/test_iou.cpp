// iou.hpp: masks against a pixel count, boxes against the formula, the crowd rule, -1 and 0.
#include "cocodec/iou.hpp"

#include <algorithm>
#include <vector>

#include "check.hpp"
#include "masks.hpp"

using cocodec::Box;
using cocodec::RleArray;
using masks::Bitmap;

namespace {

double slow_iou(const Bitmap& dt, const Bitmap& gt, bool crowd) {
    std::uint64_t both = 0, dt_area = 0, either = 0;
    for (std::size_t i = 0; i < dt.pixels.size(); ++i) {
        both += dt.pixels[i] & gt.pixels[i];
        either += dt.pixels[i] | gt.pixels[i];
        dt_area += dt.pixels[i];
    }
    const std::uint64_t below = crowd ? dt_area : either;
    return both == 0 ? 0 : static_cast<double>(both) / static_cast<double>(below);
}

std::vector<double> iou(const RleArray& dt, const RleArray& gt,
                        const std::vector<std::uint8_t>& crowd, int threads = 1) {
    std::vector<double> out(dt.size() * gt.size(), -7);
    cocodec::iou(dt.view(), gt.view(), crowd.empty() ? nullptr : crowd.data(), out.data(), threads);
    return out;
}

const check::Test against_pixels(
    "random masks, with and without crowds, on any number of threads", [] {
        masks::Random random(11);
        std::vector<Bitmap> dt, gt;
        for (int i = 0; i < 17; ++i)
            dt.push_back(masks::noise(random, {13, 9}, i % 4 == 0 ? 2 : 50));
        for (int i = 0; i < 12; ++i)
            gt.push_back(masks::noise(random, {13, 9}, i % 5 == 0 ? 1 : 70));
        std::vector<std::uint8_t> crowd(gt.size());
        for (std::size_t g = 0; g < gt.size(); ++g) crowd[g] = g % 3 == 0 ? 1 : 0;
        std::vector<double> expected;
        for (std::size_t g = 0; g < gt.size(); ++g)
            for (const Bitmap& bitmap : dt)
                expected.push_back(slow_iou(bitmap, gt[g], crowd[g] != 0));
        const RleArray a = masks::array(dt), b = masks::array(gt);
        for (const int threads : {0, 1, 2, 9}) check::equal(iou(a, b, crowd, threads), expected);
    });

const check::Test no_crowd("no crowd flags mean no crowd", [] {
    const RleArray a = masks::array({masks::draw({"##.", "##."})});
    const RleArray b = masks::array({masks::draw({".##", ".##"})});
    check::equal(iou(a, b, {}), std::vector<double>{2.0 / 6.0});
    check::equal(iou(a, b, {0}), std::vector<double>{2.0 / 6.0});
    check::equal(iou(a, b, {1}), std::vector<double>{2.0 / 4.0});
});

const check::Test empty_masks("an empty mask meets nothing", [] {
    const RleArray none = masks::array({masks::draw({"...", "..."})});
    const RleArray some = masks::array({masks::draw({".##", ".##"})});
    check::equal(iou(none, some, {0}), std::vector<double>{0});
    check::equal(iou(some, none, {1}), std::vector<double>{0});
    check::equal(iou(none, none, {1}), std::vector<double>{0});
});

const check::Test sizes("different sizes: -1 where the boxes meet, 0 where they do not", [] {
    const RleArray dt = masks::array({masks::draw({"#..", "..."})});
    const RleArray gt = masks::array({masks::draw({"##", "##"}), masks::draw({"..#.", "..#."})});
    check::equal(iou(dt, gt, {}), std::vector<double>{-1, 0});
});

const check::Test no_masks("nothing on either side writes nothing", [] {
    const RleArray none, some = masks::array({masks::draw({"#"})});
    check::equal(iou(none, some, {}).size(), 0U);
    check::equal(iou(some, none, {}).size(), 0U);
});

const check::Test column_major("the detection is the fast index", [] {
    const RleArray dt =
        masks::array({masks::draw({"#.."}), masks::draw({"##."}), masks::draw({"..#"})});
    const RleArray gt = masks::array({masks::draw({"#.."}), masks::draw({"###"})});
    check::equal(iou(dt, gt, {}), std::vector<double>{1, 0.5, 0, 1 / 3.0, 2 / 3.0, 1 / 3.0});
});

/// The reference's expression, term by term.
double slow_iou(const Box& dt, const Box& gt, bool crowd) {
    const double w = std::min(dt.width + dt.x, gt.width + gt.x) - std::max(dt.x, gt.x);
    const double h = std::min(dt.height + dt.y, gt.height + gt.y) - std::max(dt.y, gt.y);
    if (w <= 0 || h <= 0) return 0;
    const double both = w * h, dt_area = dt.width * dt.height, gt_area = gt.width * gt.height;
    return both / (crowd ? dt_area : dt_area + gt_area - both);
}

const check::Test boxes("boxes give the reference's doubles, bit for bit", [] {
    masks::Random random(12);
    const auto number = [&] { return static_cast<double>(random() % 4000) / 7.0; };
    std::vector<Box> dt(50), gt(40);
    for (Box& box : dt) box = {number(), number(), number(), number()};
    for (Box& box : gt) box = {number(), number(), number(), number()};
    gt[3] = dt[5];
    gt[4].width = 0;
    std::vector<std::uint8_t> crowd(gt.size());
    for (std::size_t g = 0; g < gt.size(); ++g) crowd[g] = g % 2 == 0 ? 1 : 0;
    for (const bool with_crowd : {false, true}) {
        std::vector<double> got(dt.size() * gt.size()), expected;
        cocodec::iou(dt.data(), dt.size(), gt.data(), gt.size(),
                     with_crowd ? crowd.data() : nullptr, got.data());
        for (std::size_t g = 0; g < gt.size(); ++g)
            for (const Box& box : dt)
                expected.push_back(slow_iou(box, gt[g], with_crowd && crowd[g] != 0));
        check::equal(got, expected);
    }
});

/// Rectangles, noise, and runs that go on over several columns.
Bitmap some_mask(masks::Random& random, cocodec::Size size) {
    Bitmap out{size, masks::Pixels(masks::pixels(size))};
    const std::size_t h = masks::height(size), w = masks::width(size), kind = random() % 4;
    const std::size_t x0 = random() % w, x1 = x0 + 1 + random() % (w - x0);
    const std::size_t y0 = random() % h, y1 = y0 + 1 + random() % (h - y0);
    for (std::size_t x = x0; x < x1; ++x)
        for (std::size_t y = y0; y < y1; ++y)
            out.pixels[x * h + y] = kind == 0 || random() % 3 > 0 ? 1 : 0;
    if (kind == 1)
        std::fill(out.pixels.begin() + static_cast<std::ptrdiff_t>(x0 * h + y0),
                  out.pixels.begin() + static_cast<std::ptrdiff_t>(x1 * h), std::uint8_t{1});
    return out;
}

const check::Test shapes("tall, wide and large images: bitmaps, merges, and both", [] {
    masks::Random random(14);
    for (const cocodec::Size size :
         {cocodec::Size{200, 30}, cocodec::Size{64, 64}, cocodec::Size{1, 300},
          cocodec::Size{300, 1}, cocodec::Size{129, 70}}) {
        std::vector<Bitmap> dt, gt;
        for (int i = 0; i < 20; ++i) dt.push_back(some_mask(random, size));
        for (int i = 0; i < 15; ++i) gt.push_back(some_mask(random, size));
        gt.push_back(Bitmap{size, masks::Pixels(masks::pixels(size), 1)});
        gt.push_back(Bitmap{size, masks::Pixels(masks::pixels(size), 0)});
        std::vector<double> expected;
        for (const Bitmap& right : gt)
            for (const Bitmap& left : dt) expected.push_back(slow_iou(left, right, false));
        const RleArray a = masks::array(dt), b = masks::array(gt);
        check::equal(iou(a, b, {}), expected);
        check::equal(iou(a, b, {}, 3), expected);
        // One by one there are no bitmaps.
        std::vector<double> single;
        for (std::size_t g = 0; g < gt.size(); ++g)
            for (std::size_t d = 0; d < dt.size(); ++d)
                single.push_back(iou(masks::array({dt[d]}), masks::array({gt[g]}), {})[0]);
        check::equal(single, expected);
    }
});

const check::Test empty_runs("runs of length 0 change nothing", [] {
    RleArray cut, whole;
    for (int i = 0; i < 3; ++i) {
        cut.append(masks::view({1, 0, 1, 2, 0, 3, 0, 0, 5, 0, 0}, {3, 4}));
        whole.append(masks::view({2, 5, 5}, {3, 4}));
    }
    check::equal(iou(cut, whole, {}), std::vector<double>(9, 1.0));
    check::equal(iou(cut, cut, {}), std::vector<double>(9, 1.0));
});

}  // namespace
