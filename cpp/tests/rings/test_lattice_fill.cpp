// lattice_fill.hpp: which walks it takes, and that it fills them to what they were traced from.
#include "rings/lattice_fill.hpp"

#include <vector>

#include "check.hpp"
#include "cocodec/centres.hpp"
#include "masks.hpp"

using cocodec::CentreWalks;
using cocodec::LatticeFiller;
using cocodec::RleArray;
using cocodec::Size;

namespace {

using Points = std::vector<std::int32_t>;

bool is_taken(const Points& xy, Size size, const std::vector<std::uint8_t>& links = {}) {
    LatticeFiller filler;
    cocodec::Buffer<std::uint32_t> counts;
    const bool taken =
        filler.fill(xy.data(), links.empty() ? nullptr : links.data(), xy.size() / 2, size, counts);
    check::that(taken || counts.empty());
    return taken;
}

const check::Test chosen("which walks are filled by columns", [] {
    const Size size{5, 7};
    check::that(is_taken({2, 2}, size));
    check::that(is_taken({1, 1, 4, 1, 4, 3, 1, 3}, size));
    check::that(is_taken({1, 1, 2, 2, 2, 4, 1, 4}, size));   // over a corner
    check::that(is_taken({1, 1, 7, 1, 7, 5, 1, 5}, size));   // behind the far edges
    check::that(!is_taken({1, 1, 3, 2, 3, 4, 1, 4}, size));  // slanted
    check::that(!is_taken({1, 1, 8, 1, 8, 3, 1, 3}, size));  // too far outside
    check::that(!is_taken({-1, 1, 4, 1, 4, 3, -1, 3}, size));
    check::that(!is_taken({6, 1, 7, 2, 6, 2}, size));  // a step that leaves it
    check::that(is_taken({1, 1, 4, 3, 1, 1, 1, 2}, size, {1, 1, 0, 0}));
    check::that(!is_taken({1, 1, 4, 3, 1, 1, 1, 2}, size, {0, 1, 0, 0}));  // one way is painted
    check::that(!is_taken({1, 1, 4, 1, 4, 3, 1, 3}, size, {1, 0, 0, 0}));  // does not come back
    check::that(!is_taken({1, 1, 4, 1, 4, 3, 1, 3}, size, {1, 0, 1, 0}));  // nor by another way
});

const check::Test traced("walks along border pixels", [] {
    masks::Random random(7);
    LatticeFiller filler;
    for (int i = 0; i < 2000; ++i) {
        const Size size{static_cast<std::int64_t>(1 + random() % 12),
                        static_cast<std::int64_t>(1 + random() % 12)};
        const auto percent = static_cast<unsigned>(random() % 101);
        const RleArray mask = masks::array({masks::noise(random, size, percent)});
        const CentreWalks walk = cocodec::trace_centres(mask.view());
        if (walk.links.empty()) continue;
        RleArray out;
        check::that(
            filler.fill(walk.xy.data(), walk.links.data(), walk.links.size(), size, out.counts));
        out.finish(size);
        check::that(cocodec::equal(mask.view()[0], out.view()[0]));
    }
});

}  // namespace
