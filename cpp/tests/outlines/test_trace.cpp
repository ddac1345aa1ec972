// polygon.hpp, runs -> rings: rings of drawn masks, the same masks from them, refusals; their text.
#include <cstdint>
#include <string>
#include <vector>

#include "check.hpp"
#include "cocodec/polygon.hpp"
#include "masks.hpp"
#include "outlines/polygon_text.hpp"

using cocodec::ErrorCode;
using cocodec::Holes;
using cocodec::Polygons;
using cocodec::RleArray;
using cocodec::TraceLoss;
using cocodec::TraceOptions;
using masks::Bitmap;

namespace {

TraceOptions corners(Holes holes = Holes::bridge, int connectivity = 4) {
    TraceOptions options;
    options.merge_steps = false;
    options.holes = holes;
    options.connectivity = connectivity;
    return options;
}

std::string text(const Polygons& polygons, std::size_t mask = 0) {
    cocodec::Buffer<char> out;
    cocodec::append_rings(polygons, mask, ",", out);
    return {out.data(), out.size()};
}

std::string traced(const std::vector<std::string_view>& rows, const TraceOptions& options) {
    return text(cocodec::trace(masks::array({masks::draw(rows)}).view(), options));
}

const check::Test drawn("rings of drawn masks", [] {
    check::equal(traced({"..", ".."}, corners()), std::string("[]"));
    check::equal(traced({"#"}, corners()), std::string("[[0,0,1,0,1,1,0,1]]"));
    check::equal(traced({"#.", ".#"}, corners()),
                 std::string("[[0,0,1,0,1,1,0,1],[1,1,2,1,2,2,1,2]]"));
    check::equal(traced({"#.", ".#"}, corners(Holes::bridge, 8)),
                 std::string("[[0,0,1,0,1,1,2,1,2,2,1,2,1,1,0,1]]"));
    check::equal(traced({"###", "#.#", "###"}, corners()),
                 std::string("[[0,0,1,0,1,2,2,2,2,1,1,1,1,0,3,0,3,3,0,3]]"));
    check::equal(traced({"###", "#.#", "###"}, corners(Holes::separate)),
                 std::string("[[0,0,3,0,3,3,0,3],[1,1,1,2,2,2,2,1]]"));
    check::equal(traced({"###", "#.#", "###"}, corners(Holes::drop)),
                 std::string("[[0,0,3,0,3,3,0,3]]"));
    check::equal(traced({"#...", "##..", "###.", "####"}, {}), std::string("[[0,0,4,4,0,4]]"));
});

const check::Test there_and_back("noise comes back from its rings, whatever the options", [] {
    masks::Random random(1);
    std::vector<Bitmap> bitmaps;
    for (int i = 0; i < 300; ++i) {
        const cocodec::Size size{1 + static_cast<std::int64_t>(random() % 30),
                                 1 + static_cast<std::int64_t>(random() % 30)};
        bitmaps.push_back(masks::noise(random, size, static_cast<unsigned>(random() % 101)));
    }
    const RleArray all = masks::array(bitmaps);
    for (const int connectivity : {4, 8}) {
        for (const bool merge_steps : {false, true}) {
            TraceOptions options = corners(Holes::bridge, connectivity);
            options.merge_steps = merge_steps;
            const Polygons polygons = cocodec::trace(all.view(), options, 2);
            check::that(
                masks::same(cocodec::from_rings(polygons.rings.view(all.sizes.data())), all));
        }
    }
});

const check::Test far("corners beyond a million pixels are exact too", [] {
    RleArray mask;  // steps of one column, far down a tall image
    for (const std::uint32_t run : {3000000U, 500U, 4000000U, 700U, 4000100U, 900U, 998100U - 300U})
        mask.counts.push_back(run);
    mask.finish({4000000, 3});
    cocodec::validate(mask.view());
    const Polygons polygons = cocodec::trace(mask.view(), {});
    check::that(masks::same(cocodec::from_rings(polygons.rings.view(mask.sizes.data())), mask));
});

const check::Test loss("the loss is counted, and nil where holes stand by themselves", [] {
    const RleArray ring = masks::array({masks::draw({"####", "#..#", "####"})});
    const auto measured = [&](const TraceOptions& options) {
        TraceLoss out;
        cocodec::measure_loss(ring.view(), cocodec::trace(ring.view(), options), &out);
        return out;
    };
    check::equal(measured(corners(Holes::separate)).gained, 0U);
    check::equal(measured(corners(Holes::drop)).gained, 2U);
    check::equal(measured(corners(Holes::drop)).lost, 0U);
    check::equal(measured(corners(Holes::drop)).iou, 10.0 / 12.0);
});

const check::Test refusals("options that mean nothing, holes that nobody wanted", [] {
    const RleArray two = masks::array({masks::draw({"#"}), masks::draw({"###", "#.#", "###"})});
    check::raises(ErrorCode::has_holes, 1, -1,
                  [&] { (void)cocodec::trace(two.view(), corners(Holes::error)); });
    TraceOptions options;
    options.tolerance = -1;
    check::raises(ErrorCode::bad_option, -1, -1,
                  [&] { (void)cocodec::trace(two.view(), options); });
    check::raises(ErrorCode::bad_option, -1, -1,
                  [&] { (void)cocodec::trace(two.view(), corners(Holes::bridge, 6)); });
});

const check::Test spaced("text is spaced as asked; numbers are whole", [] {
    const RleArray mask = masks::array({masks::draw({"#.#"})});
    cocodec::Buffer<char> out;
    cocodec::append_rings(cocodec::trace(mask.view(), corners()), 0, ", ", out);
    check::equal(std::string(out.data(), out.size()),
                 std::string("[[0, 0, 1, 0, 1, 1, 0, 1], [2, 0, 3, 0, 3, 1, 2, 1]]"));
});

}  // namespace
