// polygon.hpp: runs that pycocotools gives, the reference's walk as an oracle, refusals.
#include "cocodec/polygon.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "check.hpp"
#include "masks.hpp"
#include "reference_walk.hpp"
#include "rings/chains.hpp"
#include "rings/sweep.hpp"

using cocodec::Box;
using cocodec::ErrorCode;
using cocodec::RingsView;
using cocodec::RleArray;
using cocodec::Size;
using masks::Runs;
using masks::slow_polygon;

namespace {

using masks::real;
using masks::Ring;

/// Rings of a batch, kept flat as the core wants them.
struct Batch {
    std::vector<double> xy;
    std::vector<std::int64_t> ring_offsets{0}, mask_offsets{0};
    std::vector<Size> sizes;

    void add(const std::vector<Ring>& rings, Size size) {
        for (const Ring& ring : rings) {
            xy.insert(xy.end(), ring.begin(),
                      ring.end() - static_cast<std::ptrdiff_t>(ring.size() % 2));
            ring_offsets.push_back(static_cast<std::int64_t>(xy.size() / 2));
        }
        mask_offsets.push_back(static_cast<std::int64_t>(ring_offsets.size() - 1));
        sizes.push_back(size);
    }
    [[nodiscard]] RingsView view() const {
        return {xy.data(), ring_offsets.data(), mask_offsets.data(), sizes.data(), sizes.size()};
    }
};

Runs runs_of(const std::vector<Ring>& rings, Size size) {
    Batch batch;
    batch.add(rings, size);
    const RleArray out = cocodec::from_rings(batch.view());
    cocodec::validate(out.view());
    check::equal(out.size(), 1U);
    return masks::runs_of(out.view()[0]);
}

struct Case {
    const char* name;
    Size size;
    Ring ring;
    Runs runs;
};

const check::Test known("runs that pycocotools 2.0.11 gives", [] {
    const std::vector<Case> cases{
        {"rectangle", {20, 30}, {1, 1, 11, 1, 11, 6, 1, 6}, {21, 5,  15, 5,  15, 5,  15,
                                                             5,  15, 5,  15, 5,  15, 5,
                                                             15, 5,  15, 5,  15, 5,  394}},
        {"off the image", {12, 10}, {-5.5, -3, 14.2, 2.5, 3.3, 30}, {0, 84, 1, 11, 1, 11, 1, 11}},
        {"half grid",
         {6, 6},
         {0.5, 0.5, 4.5, 0.5, 4.5, 4.5, 0.5, 4.5},
         {7, 4, 2, 4, 2, 4, 2, 4, 7}},
        {"steep and shallow",
         {10, 10},
         {1.3, 0.2, 8.9, 1.7, 6.1, 9.6, 2.2, 7.4, 4.4, 3.3},
         {20, 1, 6, 1, 3, 1, 3, 3, 3, 8, 2, 8, 2, 8, 2, 5, 6, 1, 17}},
        {"below the bottom", {10, 9}, {2, 2, 6, 2, 6, 12, 2, 12}, {22, 8, 2, 8, 2, 8, 2, 8, 30}},
        {"bow tie",
         {9, 9},
         {0, 0, 8, 8, 8, 0, 0, 8},
         {0, 7, 3, 5, 5, 3, 7, 1, 8, 1, 7, 3, 5, 5, 3, 7, 11}},
        {"repeated vertices",
         {9, 9},
         {2, 2, 2, 2, 7, 2, 7, 7, 7, 7, 2, 7, 2, 2},
         {20, 5, 4, 5, 4, 5, 4, 5, 4, 5, 20}},
        {"no area", {8, 8}, {1, 1, 5, 5, 1, 1}, {64}},
        {"outside", {8, 8}, {20, 20, 30, 20, 30, 30, 20, 30}, {64}},
        {"larger than the image", {4, 5}, {-100, -100, 100, -100, 100, 100, -100, 100}, {0, 20}},
    };
    for (const Case& item : cases) {
        const Runs got = runs_of({item.ring}, item.size);
        if (got != item.runs) check::fail(std::string(item.name) + ": " + check::show(got));
    }
});

const check::Test united("rings of one mask are united, holes are not made", [] {
    check::equal(runs_of({{1, 1, 11, 1, 11, 6, 1, 6}, {15, 10, 18, 10, 18, 14, 15, 14}}, {20, 30}),
                 Runs{21, 5, 15, 5, 15, 5, 15,  5, 15, 5, 15, 5, 15, 5,
                      15, 5, 15, 5, 15, 5, 104, 4, 16, 4, 16, 4, 246});
    check::equal(runs_of({{2, 2, 10, 2, 10, 10, 2, 10}, {6, 6, 14, 6, 14, 14, 6, 14}}, {20, 30}),
                 Runs{42, 8, 12, 8,  12, 8,  12, 8,  12, 12, 8, 12, 8,
                      12, 8, 12, 12, 8,  12, 8,  12, 8,  12, 8, 326});
});

const check::Test nothing("no ring, short rings and empty images give empty masks", [] {
    check::equal(runs_of({}, {3, 4}), Runs{12});
    check::equal(runs_of({{}}, {3, 4}), Runs{12});
    check::equal(runs_of({{1, 1}, {0, 0, 3, 3}}, {3, 4}), Runs{12});
    for (const Size size : {Size{0, 4}, Size{3, 0}, Size{0, 0}}) {
        Batch batch;
        batch.add({{0, 0, 3, 0, 3, 3}}, size);
        const RleArray out = cocodec::from_rings(batch.view());
        cocodec::validate(out.view());
        check::equal(cocodec::area(out.view()[0]), 0U);
    }
});

const check::Test walks("random rings equal the reference's walk", [] {
    masks::Random random(13);
    const double spans[] = {6, 12, 40, 300}, grids[] = {1, 2, 5, 10, 64, 997};
    for (int round = 0; round < 6000; ++round) {
        const double span = spans[random() % 4], grid = grids[random() % 6];
        const Size size{static_cast<std::int64_t>(1 + random() % 20),
                        static_cast<std::int64_t>(1 + random() % 20)};
        const auto number = [&] {
            return std::round((real(static_cast<std::int64_t>(random() % 100000)) / 100000 - .3) *
                              span * grid) /
                   grid;
        };
        Ring ring;
        for (std::size_t i = 0, points = 3 + random() % 8; i < points; ++i) {
            const bool again = i > 0 && random() % 8 == 0;
            ring.push_back(again ? ring[ring.size() - 2] : number());
            ring.push_back(again && random() % 2 == 0 ? ring[ring.size() - 2] : number());
        }
        check::equal(runs_of({ring}, size), slow_polygon(ring, size));
        if (check::failures > 5) return;
    }
});

const check::Test far_away("vertices far outside the image are exact, not wrapped", [] {
    const Runs full{0, 12};
    for (const double far : {1e5, 1e9, 1e13, 9.9e13}) {
        check::equal(runs_of({{-far, -far, far, -far, far, far, -far, far}}, {3, 4}), full);
        check::equal(runs_of({{far, far, far + 9, far, far, far + 9}}, {3, 4}), Runs{12});
    }
});

const check::Test batches("a batch is its masks one by one, on any number of threads", [] {
    masks::Random random(14);
    Batch batch;
    RleArray expected;
    for (std::int64_t i = 0; i < 80; ++i) {
        const Size size{5 + i % 7, 5 + i % 11};
        std::vector<Ring> rings(static_cast<std::size_t>(i % 4));
        for (Ring& ring : rings)
            for (int k = 0; k < 8; ++k)
                ring.push_back(real(static_cast<std::int64_t>(random() % 130)) / 10);
        batch.add(rings, size);
        const Runs runs = runs_of(rings, size);
        expected.append(masks::view(runs, size));
    }
    for (const int threads : {0, 1, 2, 3, 50})
        check::that(masks::same(cocodec::from_rings(batch.view(), threads), expected));
});

const check::Test bad_coordinates("NaN, infinity and absurd values name mask and coordinate", [] {
    const double infinity = std::numeric_limits<double>::infinity();
    for (const double bad : {std::nan(""), infinity, -infinity, 1.1e14, -1e300}) {
        Batch batch;
        batch.add({{0, 0, 3, 0, 3, 3}}, {4, 4});
        batch.add({{0, 0, 3, 0, 3, 3}, {0, 0, 1, bad, 2, 2}}, {4, 4});
        for (const int threads : {1, 2})
            check::raises(ErrorCode::bad_coordinate, 1, 9,
                          [&] { static_cast<void>(cocodec::from_rings(batch.view(), threads)); });
    }
});

const check::Test bad_sizes("a size that no image has names the mask", [] {
    Batch batch;
    batch.add({{0, 0, 3, 0, 3, 3}}, {4, 4});
    batch.add({{0, 0, 3, 0, 3, 3}}, {4, -4});
    check::raises(ErrorCode::bad_size, 1, -1,
                  [&] { static_cast<void>(cocodec::from_rings(batch.view())); });
    const Box box{0, 0, 1, 1};
    const Size size{-1, 4};
    check::raises(ErrorCode::bad_size, 0, -1,
                  [&] { static_cast<void>(cocodec::from_boxes(&box, &size, 1)); });
});

const check::Test boxes("boxes are the rings of their corners", [] {
    const Box all[] = {{1.2, 2.7, 3.6, 4.1}, {-2, -2, 4, 4}, {3, 3, 0, 0}, {0, 0, 10, 8}};
    const std::vector<Runs> expected{
        {11, 4, 4, 4, 4, 4, 4, 4, 41}, {0, 2, 6, 2, 70}, {80}, {0, 80}};
    const std::vector<Size> sizes(4, {8, 10});
    const RleArray out = cocodec::from_boxes(all, sizes.data(), 4);
    for (std::size_t i = 0; i < 4; ++i) {
        check::equal(masks::runs_of(out.view()[i]), expected[i]);
        const double l = all[i].x, t = all[i].y, r = l + all[i].width, b = t + all[i].height;
        check::equal(runs_of({{l, t, l, b, r, b, r, t}}, {8, 10}), expected[i]);
    }
    const Box bad{0, 0, std::nan(""), 1};
    const Size size{4, 4};
    try {
        static_cast<void>(cocodec::from_boxes(&bad, &size, 1));
        check::fail("no error");
    } catch (const cocodec::Error& error) {
        check::that(error.code() == ErrorCode::bad_coordinate);
        check::equal(error.item(), 0);
    }
});

const check::Test all_boxes("every small box is the ring of its corners", [] {
    const double places[] = {-1.5, 0, 0.3, 0.4, 1, 2.5, 3.9, 4, 9},
                 spans[] = {-2, 0, 0.2, 1, 4, 11};
    for (const Size size : {Size{4, 4}, Size{1, 5}, Size{5, 1}, Size{0, 3}, Size{3, 0}}) {
        for (const double x : places)
            for (const double y : places)
                for (const double w : spans)
                    for (const double h : spans) {
                        const Box box{x, y, w, h};
                        const RleArray out = cocodec::from_boxes(&box, &size, 1);
                        check::equal(masks::runs_of(out.view()[0]),
                                     runs_of({{x, y, x, y + h, x + w, y + h, x + w, y}}, size));
                    }
    }
});

const check::Test box_batches("boxes do not depend on the number of threads", [] {
    std::vector<Box> all;
    for (int i = 0; i < 500; ++i) all.push_back({i * .7, i * .3, i * .9, i * .5});
    const std::vector<Size> sizes(all.size(), {480, 640});
    const RleArray expected = cocodec::from_boxes(all.data(), sizes.data(), all.size());
    for (const int threads : {0, 2, 7})
        check::that(masks::same(cocodec::from_boxes(all.data(), sizes.data(), all.size(), threads),
                                expected));
});

const check::Test tangles("vertices at random, many chains in each column", [] {
    masks::Random random(15);
    // Few rows for the bitmap, many for the sort; 4, 17 and 400 chains or so in a column.
    for (const Size size : {Size{20, 30}, Size{90, 7}, Size{9000, 12}}) {
        for (const std::size_t points : {5U, 12U, 52U, 1200U}) {
            Ring ring;
            for (std::size_t i = 0; i < points; ++i) {
                ring.push_back(real(static_cast<std::int64_t>(random() % 1000)) / 1000 *
                               real(size.width));
                ring.push_back(real(static_cast<std::int64_t>(random() % 1000)) / 1000 *
                               real(size.height));
            }
            check::equal(runs_of({ring}, size), slow_polygon(ring, size));
        }
    }
});

/// One ring, its edges taken for near or far ones.
template <class Tracer>
Runs traced(const Ring& ring, Size size) {
    Tracer tracer;
    cocodec::ChainSweep sweep;
    if (!tracer.trace({ring.data(), ring.size() / 2}, size)) return {};
    Runs runs(tracer.crossings() + 1 + cocodec::kernels::slack);
    runs.resize(sweep.runs(tracer.chains(), tracer.rows(), size, runs.data()));
    return runs;
}

const check::Test near_and_far("near and far vertices are computed alike", [] {
    masks::Random random(16);
    for (int round = 0; round < 60; ++round) {
        const Size size{static_cast<std::int64_t>(1 + random() % 60),
                        static_cast<std::int64_t>(1 + random() % 60)};
        Ring ring;
        // The oracle walks every step, so few rounds go as far as near vertices reach.
        const double span = round == 0 ? 7.9e5 : round == 1 ? 8.1e5 : 3e4;
        for (int k = 0; k < 12; ++k) {
            const bool inside = random() % 2 == 0;
            ring.push_back((real(static_cast<std::int64_t>(random() % 2000001)) / 1e6 - 1) *
                           (inside ? 60 : span));
        }
        const Runs expected = slow_polygon(ring, size);
        check::equal(runs_of({ring}, size), expected);
        check::equal(traced<cocodec::ChainTracer<cocodec::FarRing>>(ring, size), expected);
        const Runs near = traced<cocodec::ChainTracer<cocodec::NearRing>>(ring, size);
        check::that(!near.empty() || round == 1);  // that one may have a vertex that is far
        if (!near.empty()) check::equal(near, expected);
        // What one ring of a mask is, does not change the other.
        check::equal(runs_of({ring, {1e7, 1e7, 1e7, 2e7, 2e7, 2e7}}, size), expected);
        if (check::failures > 5) return;
    }
});

// Kernels read and write in steps: what they touch beyond a ring's end is there, of both kinds.
const check::Test every_width("rings of every number of columns", [] {
    for (std::int64_t width = 1; width < 70; ++width) {
        const Size size{5, width};
        for (const double far : {3e5, 9e5, 1e9}) {
            const Ring ring{-far, 1, far, 1, far, 3, -far, 3};
            Runs expected{1};
            for (std::int64_t i = 0; i < width; ++i) expected.insert(expected.end(), {2, 3});
            expected.back() = 2;
            check::equal(runs_of({ring}, size), expected);
        }
    }
});

}  // namespace
