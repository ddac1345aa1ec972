// rle.hpp: validity, area, bounding box, equality, joining and slicing of batches.
#include "cocodec/rle.hpp"

#include <limits>
#include <vector>

#include "check.hpp"
#include "masks.hpp"

using cocodec::Box;
using cocodec::ErrorCode;
using cocodec::RleArray;
using cocodec::RleArrayView;
using cocodec::RleView;
using cocodec::Size;
using masks::Runs;

namespace {

void box_is(RleView mask, Box expected, check::Place place = check::here()) {
    const Box got = cocodec::bbox(mask);
    const std::vector<double> a{got.x, got.y, got.width, got.height};
    const std::vector<double> b{expected.x, expected.y, expected.width, expected.height};
    check::equal(a, b, place);
}

const check::Test valid("runs that cover the image are valid, empty images too", [] {
    const Runs some{2, 3, 1}, none{}, zero{0}, zeros{0, 0, 0};
    cocodec::validate(masks::view(some, {2, 3}));
    cocodec::validate(masks::view(none, {0, 5}));
    cocodec::validate(masks::view(zero, {5, 0}));
    cocodec::validate(masks::view(zeros, {0, 0}));
    cocodec::validate(RleArray{}.view());
});

const check::Test bad_sum("too few or too many pixels name the mask", [] {
    const Runs runs{2, 3, 1};
    check::raises(ErrorCode::bad_sum, 7, -1,
                  [&] { cocodec::validate(masks::view(runs, {2, 4}), 7); });
    check::raises(ErrorCode::bad_sum, 7, -1,
                  [&] { cocodec::validate(masks::view(runs, {5, 1}), 7); });
    RleArray batch;
    batch.append(masks::view(runs, {2, 3}));
    batch.append(masks::view(runs, {3, 3}));
    check::raises(ErrorCode::bad_sum, 1, -1, [&] { cocodec::validate(batch.view()); });
});

const check::Test sum_wraps("a sum that wraps 32 bits is not mistaken for a small one", [] {
    const Runs runs{0xFFFFFFFF, 1, 6};
    check::raises(ErrorCode::bad_sum, -1, -1,
                  [&] { cocodec::validate(masks::view(runs, {2, 3})); });
});

const check::Test bad_size("sides outside 0..2^32-1 are refused", [] {
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const std::vector<Size> bad{{-1, 2}, {2, -1}, {std::int64_t{1} << 32, 1}, {1, most}};
    for (const Size size : bad) {
        check::raises(ErrorCode::bad_size, 4, -1, [&] { cocodec::validate(size, 4); });
        const Runs runs{0};
        check::raises(ErrorCode::bad_size, -1, -1,
                      [&] { cocodec::validate(masks::view(runs, size)); });
    }
    cocodec::validate(Size{0xFFFFFFFF, 0xFFFFFFFF});
});

const check::Test bad_shape("offsets that fall or start below 0 are refused", [] {
    const Runs runs{6, 6};
    const Size sizes[] = {{2, 3}, {2, 3}};
    const std::int64_t falling[] = {0, 2, 1}, negative[] = {-1, 1, 2};
    check::raises(ErrorCode::bad_shape, 1, -1, [&] {
        const Runs whole{5, 1, 6};
        cocodec::validate(RleArrayView{whole.data(), falling, sizes, 2});
    });
    check::raises(ErrorCode::bad_shape, -1, -1,
                  [&] { cocodec::validate(RleArrayView{runs.data(), negative, sizes, 2}); });
});

const check::Test area("area counts foreground beyond 32 bits", [] {
    const Runs runs{2, 3, 1}, none{}, background{6};
    check::equal(cocodec::area(masks::view(runs, {2, 3})), 3U);
    check::equal(cocodec::area(masks::view(none, {0, 0})), 0U);
    check::equal(cocodec::area(masks::view(background, {2, 3})), 0U);
    const Runs huge{0, 0xFFFFFFFF, 0, 0xFFFFFFFF};
    check::equal(cocodec::area(masks::view(huge, {2, 0xFFFFFFFF})), std::uint64_t{0xFFFFFFFF} * 2);
});

const check::Test box_of_drawing("the box of a drawing", [] {
    const masks::Bitmap bitmap = masks::draw({"......", "..##..", "...##.", "......"});
    const Runs runs = masks::slow_encode(bitmap);
    box_is(masks::view(runs, bitmap.size), {2, 1, 3, 2});
});

const check::Test box_edges("boxes of empty, full and wrapping masks", [] {
    const Runs empty{12}, none{}, full{0, 12}, last{11, 1}, wraps{3, 2, 7}, zeros{5, 0, 7};
    box_is(masks::view(empty, {4, 3}), {});
    box_is(masks::view(none, {0, 3}), {});
    box_is(masks::view(full, {4, 3}), {0, 0, 3, 4});
    box_is(masks::view(last, {4, 3}), {2, 3, 1, 1});
    // From the foot of column 0 to the head of column 1: every row is
    // touched.
    box_is(masks::view(wraps, {4, 3}), {0, 0, 2, 4});
    // Only foreground runs of length 0: nothing is there.
    box_is(masks::view(zeros, {4, 3}), {});
});

const check::Test box_random("boxes of random masks, pixel by pixel", [] {
    masks::Random random(1);
    for (int round = 0; round < 300; ++round) {
        const Size size{static_cast<std::int64_t>(1 + random() % 7),
                        static_cast<std::int64_t>(1 + random() % 7)};
        const masks::Bitmap bitmap = masks::noise(random, size, round % 2 == 0 ? 10 : 60);
        std::size_t left = 99, right = 0, top = 99, bottom = 0;
        for (std::size_t i = 0; i < bitmap.pixels.size(); ++i) {
            if (bitmap.pixels[i] == 0) continue;
            const std::size_t x = i / masks::height(size), y = i % masks::height(size);
            left = std::min(left, x), right = std::max(right, x + 1);
            top = std::min(top, y), bottom = std::max(bottom, y + 1);
        }
        const Runs runs = masks::slow_encode(bitmap);
        const auto number = [](std::size_t n) { return static_cast<double>(n); };
        if (left == 99) {
            box_is(masks::view(runs, size), {});
        } else {
            box_is(masks::view(runs, size),
                   {number(left), number(top), number(right - left), number(bottom - top)});
        }
    }
});

const check::Test equality("equality is of pixels, not of cuts", [] {
    const Runs a{2, 3, 1}, cut{2, 1, 0, 2, 1, 0}, split{1, 0, 1, 3, 0, 0, 1}, other{2, 4};
    check::that(cocodec::equal(masks::view(a, {2, 3}), masks::view(cut, {2, 3})));
    check::that(cocodec::equal(masks::view(a, {2, 3}), masks::view(split, {2, 3})));
    check::that(!cocodec::equal(masks::view(a, {2, 3}), masks::view(a, {3, 2})));
    check::that(!cocodec::equal(masks::view(a, {2, 3}), masks::view(other, {2, 3})));
    const Runs empty{6}, empty_cut{3, 0, 3}, none{};
    check::that(cocodec::equal(masks::view(empty, {2, 3}), masks::view(empty_cut, {2, 3})));
    check::that(!cocodec::equal(masks::view(empty, {2, 3}), masks::view(a, {2, 3})));
    check::that(cocodec::equal(masks::view(none, {0, 0}), masks::view(none, {0, 0})));
});

const check::Test joining("append joins batches and keeps offsets right, from a slice too", [] {
    masks::Random random(2);
    std::vector<masks::Bitmap> bitmaps;
    for (int i = 0; i < 5; ++i) bitmaps.push_back(masks::noise(random, {3, 2 + i}, 50));
    const RleArray all = masks::array(bitmaps);
    RleArray joined;
    joined.append(all.view().slice(0, 2));
    joined.append(RleArray{}.view());
    joined.append(all.view().slice(2, 3));
    check::that(masks::same(joined, all));
    cocodec::validate(joined.view());
    check::equal(joined.offsets[5], static_cast<std::int64_t>(joined.counts.size()));
    std::vector<std::uint64_t> areas(3);
    cocodec::area(all.view().slice(2, 3), areas.data());
    check::equal(areas[1], cocodec::area(all.view()[3]));
});

}  // namespace
