// Any doubles as rings: refused with the place of a bad coordinate, or a valid mask that does not
// depend on how the batch is split; a ring that is not too long to be walked gives what the
// reference's walk gives. (The kernels of all instruction sets: fuzz_kernels.)
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "cocodec/error.hpp"
#include "cocodec/polygon.hpp"

#include "oracle.hpp"
#include "reference_walk.hpp"

namespace {

/// Coordinates of every kind: near the image, on the rasteriser's grid, far away, any bits at all.
double coordinate(fuzz::Input& input) {
    switch (input.take<std::uint8_t>() % 4) {
        case 0:
            return input.take<std::int16_t>() / 100.0;
        case 1:
            return input.take<std::int8_t>() / 10.0;
        case 2:
            return input.take<std::int32_t>() * 1e4;
        default:
            return input.take<double>();
    }
}

void require_equal(const cocodec::RleArray& a, const cocodec::RleArray& b) {
    fuzz::require(a.size() == b.size(), "as many masks");
    for (std::size_t i = 0; i < a.size(); ++i)
        fuzz::require(cocodec::equal(a.view()[i], b.view()[i]), "threads do not show");
}

/// The one ring of a mask; empty if there are several, or one that has too few points or is long.
masks::Ring only_ring(const cocodec::RingsView& rings, std::size_t mask) {
    const std::int64_t first = rings.mask_offsets[mask];
    if (rings.mask_offsets[mask + 1] != first + 1) return {};
    masks::Ring ring(rings.xy + 2 * rings.ring_offsets[first],
                     rings.xy + 2 * rings.ring_offsets[first + 1]);
    const bool is_long = std::any_of(ring.begin(), ring.end(),
                                     [](double value) { return !(std::abs(value) < 2e3); });
    return is_long || ring.size() < 6 ? masks::Ring() : ring;
}

void require_walk(const cocodec::RingsView& rings, const cocodec::RleArray& made) {
    for (std::size_t i = 0; i < made.size(); ++i) {
        const masks::Ring ring = only_ring(rings, i);
        if (ring.empty() || rings.sizes[i].area() == 0) continue;
        const masks::Runs expected = masks::slow_polygon(ring, rings.sizes[i]);
        fuzz::require(masks::runs_of(made.view()[i]) == expected, "as the reference walks");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    std::vector<double> xy;
    std::vector<std::int64_t> rings{0}, masks{0};
    std::vector<cocodec::Size> sizes;
    while (input.left() > 0 && sizes.size() < 4) {
        sizes.push_back({input.below(300), input.below(300)});
        for (std::uint32_t ring = input.below(3); ring > 0; --ring) {
            for (std::uint32_t k = 2 * input.below(12); k > 0; --k) xy.push_back(coordinate(input));
            rings.push_back(static_cast<std::int64_t>(xy.size() / 2));
        }
        masks.push_back(static_cast<std::int64_t>(rings.size() - 1));
    }
    const cocodec::RingsView view{xy.data(), rings.data(), masks.data(), sizes.data(),
                                  sizes.size()};
    try {
        const cocodec::RleArray out = cocodec::from_rings(view);
        cocodec::validate(out.view());
        require_equal(out, cocodec::from_rings(view, 2));
        require_walk(view, out);
    } catch (const cocodec::Error& error) {
        fuzz::require(error.code() == cocodec::ErrorCode::bad_coordinate,
                      "only coordinates are bad here");
        fuzz::require(error.item() >= 0 && error.item() < static_cast<std::int64_t>(sizes.size()),
                      "a mask");
        fuzz::require(error.offset() >= 0 && error.offset() < static_cast<std::int64_t>(xy.size()),
                      "a place");
    }
    return 0;
}
