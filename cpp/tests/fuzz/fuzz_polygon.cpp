// Any doubles as rings: refused with the place of a bad coordinate, or a valid mask that does not
// depend on how the batch is split.
#include <cstdint>
#include <vector>

#include "cocodec/error.hpp"
#include "cocodec/polygon.hpp"

#include "oracle.hpp"

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
