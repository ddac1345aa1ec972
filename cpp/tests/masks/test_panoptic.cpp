// panoptic.hpp: shared pixels of label maps and of masks, against counting every pixel.
#include "cocodec/panoptic.hpp"

#include <map>
#include <ostream>

#include "check.hpp"
#include "masks.hpp"

using cocodec::ErrorCode;
using cocodec::RleArray;
using cocodec::SharedPixels;
using masks::Bitmap;

namespace {

using Labels = std::vector<std::uint32_t>;

std::vector<SharedPixels> slow_counts(const Labels& gt, const Labels& dt) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> counts;
    for (std::size_t i = 0; i < gt.size(); ++i) ++counts[{gt[i], dt[i]}];
    std::vector<SharedPixels> out;
    for (const auto& [pair, pixels] : counts) out.push_back({pair.first, pair.second, pixels});
    return out;
}

Labels some_labels(masks::Random& random, std::size_t n) {
    Labels out(n);
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = i > 0 && random() % 4 > 0 ? out[i - 1] : static_cast<std::uint32_t>(random() % 5);
    }
    return out;
}

RleArray as_masks(const Labels& labels, cocodec::Size size) {
    std::vector<Bitmap> bitmaps;
    for (std::uint32_t label = 1; label < 5; ++label) {
        Bitmap bitmap{size, masks::Pixels(labels.size())};
        for (std::size_t i = 0; i < labels.size(); ++i) bitmap.pixels[i] = labels[i] == label;
        bitmaps.push_back(bitmap);
    }
    return masks::array(bitmaps);
}

const check::Test against_pixels("maps and masks give the same counts", [] {
    masks::Random random(51);
    for (int round = 0; round < 50; ++round) {
        const cocodec::Size size{1 + static_cast<std::int64_t>(random() % 9),
                                 1 + static_cast<std::int64_t>(random() % 9)};
        const Labels gt = some_labels(random, masks::pixels(size));
        const Labels dt = some_labels(random, masks::pixels(size));
        const std::vector<SharedPixels> expected = slow_counts(gt, dt);
        check::that(cocodec::shared_pixels(gt.data(), dt.data(), gt.size()) == expected);
        const RleArray a = as_masks(gt, size), b = as_masks(dt, size);
        check::that(cocodec::shared_pixels(a.view(), b.view()) == expected);
    }
});

const check::Test large_labels("labels use all their bits", [] {
    const Labels gt{0xFFFFFFFF, 0, 0xFFFFFFFF}, dt{1, 0xFFFFFFFE, 1};
    check::that(cocodec::shared_pixels(gt.data(), dt.data(), 3) == slow_counts(gt, dt));
    check::equal(cocodec::shared_pixels(gt.data(), dt.data(), 0).size(), 0U);
});

const check::Test refusals("masks that overlap, or differ in size", [] {
    const RleArray apart = masks::array({masks::draw({"#.."}), masks::draw({".#."})});
    const RleArray over = masks::array({masks::draw({"#.."}), masks::draw({"##."})});
    const RleArray tall = masks::array({masks::draw({"#", "."})});
    check::raises(ErrorCode::bad_shape, 1, -1,
                  [&] { cocodec::shared_pixels(apart.view(), over.view()); });
    check::raises(ErrorCode::size_mismatch, 0, -1,
                  [&] { cocodec::shared_pixels(apart.view(), tall.view()); });
    const RleArray none;
    check::equal(cocodec::shared_pixels(none.view(), none.view()).size(), 0U);
});

}  // namespace
