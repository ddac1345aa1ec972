// Any mask as rings, with any options: back to the same mask without a tolerance, rings of three
// points and more that cover pixels with one, and a loss that adds up.
#include <cstdint>
#include <vector>

#include "cocodec/error.hpp"
#include "cocodec/polygon.hpp"

#include "oracle.hpp"

namespace {

using cocodec::RleArray;

RleArray mask_from(fuzz::Input& input, cocodec::Size size) {
    RleArray out;
    std::uint64_t left = size.area();
    for (std::uint32_t n = input.below(200); n > 0 && left > 0; --n) {
        const auto run = static_cast<std::uint32_t>(input.take<std::uint8_t>() % (left + 1));
        out.counts.push_back(run);
        left -= run;
    }
    out.counts.push_back(static_cast<std::uint32_t>(left));
    out.finish(size);
    return out;
}

cocodec::TraceOptions options_from(fuzz::Input& input) {
    cocodec::TraceOptions options;
    options.tolerance = input.below(2) == 0 ? 0 : input.below(100) / 10.0;
    options.merge_steps = input.below(2) == 0;
    options.holes = static_cast<cocodec::Holes>(input.below(3));
    options.connectivity = input.below(2) == 0 ? 4 : 8;
    options.min_area = input.below(4) == 0 ? input.below(20) : 0;
    return options;
}

void check_rings(const cocodec::Polygons& polygons, const RleArray& mask) {
    const auto& offsets = polygons.rings.ring_offsets;
    fuzz::require(offsets.size() == polygons.is_hole.size() + 1, "a flag for each ring");
    for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
        fuzz::require(offsets[i + 1] - offsets[i] >= 3, "three points");
        const std::int64_t one_mask[] = {0, 1};
        const RleArray ring = cocodec::from_rings(
            {polygons.rings.xy.data(), offsets.data() + i, one_mask, mask.sizes.data(), 1});
        fuzz::require(cocodec::area(ring.view()[0]) > 0, "a ring covers pixels");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const cocodec::TraceOptions options = options_from(input);
    const cocodec::Size image{input.below(70), input.below(70)};
    const RleArray mask = mask_from(input, image);
    const cocodec::Polygons polygons = cocodec::trace(mask.view(), options);
    check_rings(polygons, mask);
    cocodec::TraceLoss loss;
    cocodec::measure_loss(mask.view(), polygons, &loss);
    const bool lossless = options.tolerance == 0 && options.min_area == 0;
    if (lossless && options.holes != cocodec::Holes::drop)
        fuzz::require(loss.gained == 0 && loss.lost == 0 && loss.iou == 1, "no loss");
    if (lossless && options.holes == cocodec::Holes::bridge) {
        const RleArray back = cocodec::from_rings(polygons.rings.view(mask.sizes.data()));
        fuzz::require(cocodec::equal(back.view()[0], mask.view()[0]), "the same mask");
    }
    return 0;
}
