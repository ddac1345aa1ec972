// morphology.hpp: both ways of dilation against pixels, in windows of every kind.
#include "morphology/dilation.hpp"

#include <algorithm>
#include <cstdlib>

#include "check.hpp"
#include "cocodec/morphology.hpp"
#include "masks.hpp"
#include "pixels.hpp"

using cocodec::Neighbourhood;
using cocodec::RleArray;
using cocodec::Size;
using cocodec::runwise::BitDilation;
using cocodec::runwise::Frame;
using cocodec::runwise::StripDilation;
using masks::Bitmap;
using masks::Random;
using masks::within;

namespace {

Neighbourhood any_shape(Random& random) {
    const auto rows = static_cast<std::uint32_t>(random() % (random() % 4 == 0 ? 80 : 6));
    const auto columns = static_cast<std::uint32_t>(random() % 6);
    if (random() % 3 == 0) return Neighbourhood::box(rows, columns);
    if (random() % 2 == 0) return Neighbourhood::cross(rows, columns);
    return Neighbourhood::disk(static_cast<double>(random() % 24) / 2);
}

const check::Test both("both ways give what pixels give", [] {
    Random random(7);
    BitDilation bits;
    StripDilation strips;
    for (int i = 0; i < 600; ++i) {
        const Size size{static_cast<std::int64_t>(1 + random() % 150),
                        static_cast<std::int64_t>(1 + random() % 12)};
        const Bitmap bitmap = masks::noise(random, size, static_cast<unsigned>(random() % 101));
        const RleArray mask = masks::array({bitmap});
        const Neighbourhood shape = any_shape(random);
        const auto h = size.height, w = size.width;
        const bool erosion = random() % 3 == 0, border = !erosion && random() % 2 == 0;
        const Frame frame = erosion || border ? Frame{-1, -1, w + 1, h + 1, erosion, border}
                                              : Frame{0, 0, w, h, false, false};
        const RleArray expected =
            masks::array({masks::dilated_or_eroded(bitmap, shape, erosion, border)});
        RleArray by_bits, by_strips;
        bits.run(mask.view()[0], frame, shape, by_bits);
        strips.run(mask.view()[0], frame, shape, by_strips);
        check::that(masks::same(by_bits, expected));
        check::that(masks::same(by_strips, expected));
    }
});

const check::Test disks("disks are what the distance of centres says", [] {
    for (int half = 0; half < 80; ++half) {
        const double radius = half / 2.0;
        const Neighbourhood disk = Neighbourhood::disk(radius);
        for (std::int64_t dx = 0; dx < 45; ++dx)
            for (std::int64_t dy = 0; dy < 45; ++dy)
                check::equal(within(disk, dx, dy),
                             static_cast<double>(dx * dx + dy * dy) <= radius * radius);
    }
    check::raises(cocodec::ErrorCode::bad_option, -1, -1, [] { Neighbourhood::disk(-1); });
    check::raises(cocodec::ErrorCode::bad_option, -1, -1, [] { Neighbourhood::disk(65537); });
});

}  // namespace
