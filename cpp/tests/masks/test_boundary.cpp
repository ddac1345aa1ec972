// boundary.hpp: pixels near the edge, against looking at every neighbour.
#include "cocodec/boundary.hpp"

#include "check.hpp"
#include "masks.hpp"

using cocodec::RleArray;
using masks::Bitmap;

namespace {

Bitmap slow_boundary(const Bitmap& mask, double ratio) {
    const std::int64_t reach = cocodec::boundary_width(mask.size, ratio);
    const std::int64_t h = mask.size.height, w = mask.size.width;
    const auto at = [&](std::int64_t x, std::int64_t y) {
        return x >= 0 && y >= 0 && x < w && y < h &&
               mask.pixels[static_cast<std::size_t>(x * h + y)] != 0;
    };
    Bitmap out{mask.size, masks::Pixels(mask.pixels.size())};
    for (std::int64_t x = 0; x < w; ++x) {
        for (std::int64_t y = 0; y < h; ++y) {
            bool inner = at(x, y);
            for (std::int64_t i = -reach; i <= reach && inner; ++i)
                for (std::int64_t j = -reach; j <= reach; ++j) inner = inner && at(x + i, y + j);
            out.pixels[static_cast<std::size_t>(x * h + y)] = at(x, y) && !inner ? 1 : 0;
        }
    }
    return out;
}

const check::Test widths("widths are rounded half to even and are at least 1", [] {
    check::equal(cocodec::boundary_width({480, 640}, 0.02), std::int64_t{16});
    check::equal(cocodec::boundary_width({3, 4}, 0.5), std::int64_t{2});
    check::equal(cocodec::boundary_width({3, 4}, 0.02), std::int64_t{1});
    check::equal(cocodec::boundary_width({3, 4}, 1e300), std::int64_t{4});
});

const check::Test against_pixels("noise, blocks and full masks, on any number of threads", [] {
    masks::Random random(41);
    for (const double ratio : {0.0, 0.05, 0.1, 3.0}) {
        std::vector<Bitmap> shapes, expected;
        for (int i = 0; i < 30; ++i) {
            const cocodec::Size size{1 + static_cast<std::int64_t>(random() % 150),
                                     1 + static_cast<std::int64_t>(random() % 40)};
            Bitmap mask = masks::noise(random, size, i % 3 == 0 ? 100 : i % 3 == 1 ? 98 : 40);
            for (std::size_t p = 0; p < mask.pixels.size() / 3; ++p)
                if (i % 2 == 0) mask.pixels[p] = 0;
            shapes.push_back(mask);
            expected.push_back(slow_boundary(mask, ratio));
        }
        const RleArray array = masks::array(shapes), wanted = masks::array(expected);
        for (const int threads : {0, 1, 3})
            check::that(masks::same(cocodec::boundaries(array.view(), ratio, threads), wanted));
    }
});

const check::Test cut_runs("runs that are cut by empty ones are one stretch", [] {
    RleArray cut, whole;
    cut.append(masks::view({0, 10, 0, 20, 0, 5}, {7, 5}));
    whole.append(masks::view({0, 35}, {7, 5}));
    check::that(masks::same(cocodec::boundaries(cut.view(), 0.02),
                            cocodec::boundaries(whole.view(), 0.02)));
});

const check::Test empty("masks without a pixel, and images without one", [] {
    RleArray masks;
    masks.append(masks::view({12}, {3, 4}));
    masks.append(masks::view({0}, {0, 4}));
    const RleArray got = cocodec::boundaries(masks.view(), 0.02);
    check::equal(got.size(), 2U);
    check::equal(cocodec::area(got.view()[0]) + cocodec::area(got.view()[1]), std::uint64_t{0});
});

const check::Test refusal("a ratio must be a number from 0 on", [] {
    const RleArray none;
    check::raises(cocodec::ErrorCode::bad_coordinate, -1, -1,
                  [&] { cocodec::boundaries(none.view(), -1); });
});

}  // namespace
