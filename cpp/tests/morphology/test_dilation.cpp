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
using cocodec::runwise::Strips;
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

const check::Test by_strands("strands give what pixels give", [] {
    Random random(8);
    cocodec::runwise::Strands strands;
    for (int i = 0; i < 600; ++i) {
        const Size size{static_cast<std::int64_t>(1 + random() % 90),
                        static_cast<std::int64_t>(1 + random() % 30)};
        const Bitmap bitmap = masks::noise(random, size, static_cast<unsigned>(random() % 101));
        const Neighbourhood shape = any_shape(random);
        const RleArray mask = masks::array({bitmap});
        cocodec::Columns columns;
        columns.read(mask.view()[0]);
        Strips strips, grown;
        for (std::size_t k = 0; k < columns.size(); ++k) {
            strips.open(columns.left(k), columns.right(k));
            for (const cocodec::RowSpan* span = columns.begin(k); span < columns.end(k); ++span) {
                strips.add(span->top, span->bottom);
            }
            strips.close();
        }
        if (strips.size() == 0) continue;
        check::that(!strands.read(strips, shape, 1));
        check::that(strands.read(strips, shape, 1e18));
        strands.dilate(static_cast<std::uint32_t>(size.width),
                       static_cast<std::uint32_t>(size.height), grown);
        RleArray out;
        cocodec::ColumnWriter writer(out.counts, size);
        for (std::size_t k = 0; k < grown.size(); ++k) {
            for (std::int64_t x = grown.left(k); x < grown.right(k); ++x) {
                for (const cocodec::RowSpan* span = grown.begin(k); span < grown.end(k); ++span) {
                    const auto column = static_cast<std::uint64_t>(x);
                    writer.add(column, column + 1, span->top, span->bottom);
                }
            }
        }
        writer.close();
        out.finish(size);
        const RleArray expected =
            masks::array({masks::dilated_or_eroded(bitmap, shape, false, false)});
        check::that(masks::same(out, expected));
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
