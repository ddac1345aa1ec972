// cocodec.h: what is done with masks. The same answers as the C++ functions; misuse is refused.
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "c_api/borrowed.hpp"
#include "check.hpp"
#include "cocodec/boundary.hpp"
#include "cocodec/cocodec.h"
#include "cocodec/components.hpp"
#include "cocodec/label_map.hpp"
#include "cocodec/measures.hpp"
#include "cocodec/morphology.hpp"
#include "cocodec/overlap.hpp"
#include "cocodec/paste.hpp"
#include "cocodec/polygon.hpp"
#include "cocodec/positions.hpp"
#include "cocodec/setops.hpp"
#include "cocodec/transform.hpp"
#include "masks.hpp"

namespace {

const cocodec_api& api = *cocodec_get_api();

/// What the library made, given back at the end.
struct Owned {
    cocodec_masks masks{};
    cocodec_integers integers{};
    cocodec_polygons polygons{};

    Owned() = default;
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() {
        api.release_masks(&masks);
        api.release_integers(&integers);
        api.release_polygons(&polygons);
    }
};

bool same(const cocodec_integers& got, const cocodec::Buffer<std::int64_t>& expected) {
    return std::equal(got.values, got.values + got.length, expected.begin(), expected.end());
}

cocodec::RleArray some_masks() {
    masks::Random random(5);
    std::vector<masks::Bitmap> bitmaps;
    for (unsigned i = 0; i < 6; ++i) bitmaps.push_back(masks::noise(random, {9, 13}, 15 * i));
    return masks::array(bitmaps);
}

/// A call that makes masks gives what the C++ function gives.
template <class Call>
void makes(const cocodec::RleArray& expected, const Call& call,
           check::Place place = check::here()) {
    Owned out;
    check::equal(call(&out.masks), COCODEC_OK, place);
    check::that(same(out.masks, expected), place);
}

/// A call that writes one `T` for each of `n` masks.
template <class T, class Expected, class Call, class Function>
void measures(std::size_t n, const Function& function, const Call& call,
              check::Place place = check::here()) {
    std::vector<T> got(n);
    std::vector<Expected> expected(n);
    static_assert(sizeof(T) == sizeof(Expected));
    check::equal(call(got.data()), COCODEC_OK, place);
    function(expected.data());
    check::equal(std::memcmp(got.data(), expected.data(), n * sizeof(T)), 0, place);
}

template <class Call>
void refused(const Call& call, std::int32_t status, const std::string& words,
             check::Place place = check::here()) {
    cocodec_context context{};
    check::equal(call(&context), status, place);
    if (std::string(context.message).find(words) == std::string::npos) {
        check::fail("message is \"" + std::string(context.message) + "\", not " + words, place);
    }
}

const check::Test moved("moved, turned and scaled", [] {
    const cocodec::RleArray array = some_masks();
    const cocodec_masks given = borrow(array);
    const auto view = array.view();
    makes(cocodec::flip(view, cocodec::Flip::vertical),
          [&](cocodec_masks* out) { return api.flip(&given, 1, out, nullptr); });
    makes(cocodec::flip(view, cocodec::Flip::horizontal),
          [&](cocodec_masks* out) { return api.flip(&given, 0, out, nullptr); });
    makes(cocodec::transpose(view),
          [&](cocodec_masks* out) { return api.transpose(&given, out, nullptr); });
    makes(cocodec::rotate90(view, -1),
          [&](cocodec_masks* out) { return api.rotate90(&given, -1, out, nullptr); });

    const std::vector<cocodec_window> windows(6, {-2, 3, {8, 20}});
    const std::vector<cocodec::Window> same_windows(6, {-2, 3, {8, 20}});
    makes(cocodec::crop(view, same_windows.data()),
          [&](cocodec_masks* out) { return api.crop(&given, windows.data(), out, nullptr); });

    const std::vector<cocodec_size> sizes(6, {5, 30});
    const std::vector<cocodec::Size> same_sizes(6, {5, 30});
    makes(cocodec::resize(view, same_sizes.data(), cocodec::ResizeRule::area),
          [&](cocodec_masks* out) {
              return api.resize(&given, sizes.data(), COCODEC_RESIZE_AREA, out, nullptr);
          });
    const std::vector<cocodec_affine> maps(6, {0.7, 0.4, -1, -0.3, 0.9, 2});
    const std::vector<cocodec::Affine> same_maps(6, {0.7, 0.4, -1, -0.3, 0.9, 2});
    makes(cocodec::warp_affine(view, same_maps.data(), same_sizes.data()), [&](cocodec_masks* out) {
        return api.warp_affine(&given, maps.data(), sizes.data(), out, nullptr);
    });
});

const check::Test grown("eroded, dilated, near their edges", [] {
    const cocodec::RleArray array = some_masks();
    const cocodec_masks given = borrow(array);
    const auto view = array.view();
    const cocodec_neighbourhood box{COCODEC_BOX, COCODEC_OUTSIDE_IGNORED, 1, 2, 0, 0};
    makes(cocodec::morphology(view, cocodec::Morphology::close, cocodec::Neighbourhood::box(1, 2),
                              cocodec::Outside::ignored),
          [&](cocodec_masks* out) {
              return api.morphology(&given, COCODEC_CLOSE, &box, out, nullptr);
          });
    const cocodec_neighbourhood disk{COCODEC_DISK, COCODEC_OUTSIDE_FOREGROUND, 0, 0, 1.5, 2};
    makes(cocodec::morphology(view, cocodec::Morphology::erode, cocodec::Neighbourhood::disk(1.5),
                              cocodec::Outside::foreground, 2),
          [&](cocodec_masks* out) {
              return api.morphology(&given, COCODEC_ERODE, &disk, out, nullptr);
          });
    makes(cocodec::boundaries(view, 0.1),
          [&](cocodec_masks* out) { return api.boundary(&given, 0.1, out, nullptr); });
    makes(cocodec::outline(view, cocodec::Connectivity::four),
          [&](cocodec_masks* out) { return api.outline(&given, 4, out, nullptr); });
    makes(cocodec::outline(view, cocodec::Connectivity::eight),
          [&](cocodec_masks* out) { return api.outline(&given, 8, out, nullptr); });

    Owned out;
    cocodec_neighbourhood wrong = box;
    const auto change = [&](cocodec_context* context) {
        return api.morphology(&given, COCODEC_OPEN, &wrong, &out.masks, context);
    };
    wrong.shape = 3;
    refused(change, COCODEC_BAD_ARGUMENT, "shape is 3, expected 0..2");
    wrong = box;
    wrong.rows = -1;
    refused(change, COCODEC_BAD_ARGUMENT, "rows is -1");
    wrong = disk;
    wrong.radius = -1;
    refused(change, COCODEC_BAD_OPTION, "");
    wrong = disk;
    wrong.iterations = 65536;
    refused(change, COCODEC_BAD_ARGUMENT, "iterations is 65536");
});

const check::Test parts("taken apart and filled", [] {
    const cocodec::RleArray array = some_masks();
    const cocodec_masks given = borrow(array);
    const auto view = array.view();
    constexpr auto eight = cocodec::Connectivity::eight, four = cocodec::Connectivity::four;
    Owned out;
    check::equal(api.components(&given, 8, &out.integers, &out.masks, nullptr), COCODEC_OK);
    const cocodec::Components expected = cocodec::connected_components(view, eight);
    check::that(same(out.masks, expected.masks));
    check::that(same(out.integers, expected.parents));
    makes(cocodec::remove_small(view, 3, four),
          [&](cocodec_masks* to) { return api.remove_small(&given, 3, 4, to, nullptr); });
    makes(cocodec::largest_component(view, four),
          [&](cocodec_masks* to) { return api.largest_component(&given, 4, to, nullptr); });
    constexpr auto all = std::numeric_limits<std::uint64_t>::max();
    makes(cocodec::fill_holes(view, all, eight),
          [&](cocodec_masks* to) { return api.fill_holes(&given, all, 8, to, nullptr); });
    Owned none;
    refused(
        [&](cocodec_context* context) {
            return api.components(&given, 6, &none.integers, &none.masks, context);
        },
        COCODEC_BAD_ARGUMENT, "connectivity is 6, expected 4 or 8");
    refused(
        [&](cocodec_context* context) {
            return api.components(&given, 8, nullptr, &none.masks, context);
        },
        COCODEC_BAD_ARGUMENT, "parents is NULL");
});

const check::Test shape("measured", [] {
    const cocodec::RleArray array = some_masks();
    const cocodec_masks given = borrow(array);
    const auto view = array.view();
    measures<cocodec_moments, cocodec::Moments>(
        6, [&](cocodec::Moments* out) { cocodec::moments(view, out); },
        [&](cocodec_moments* out) { return api.moments(&given, out, nullptr); });
    measures<double, double>(
        6, [&](double* out) { cocodec::orientation(view, out); },
        [&](double* out) { return api.orientation(&given, out, nullptr); });
    measures<std::uint64_t, std::uint64_t>(
        6, [&](std::uint64_t* out) { cocodec::perimeter(view, out); },
        [&](std::uint64_t* out) { return api.perimeter(&given, out, nullptr); });
    measures<cocodec_extremes, cocodec::ExtremePoints>(
        6, [&](cocodec::ExtremePoints* out) { cocodec::extreme_points(view, out); },
        [&](cocodec_extremes* out) { return api.extreme_points(&given, out, nullptr); });
    measures<cocodec_box, cocodec::Box>(
        6, [&](cocodec::Box* out) { cocodec::inner_rectangle(view, out); },
        [&](cocodec_box* out) { return api.inner_rectangle(&given, out, nullptr); });
    std::vector<cocodec_point> centres(6);
    check::equal(api.centroid(&given, centres.data(), nullptr), COCODEC_OK);
    std::vector<cocodec::Point> expected(6);
    cocodec::centroid(view, expected.data());
    check::that(std::isnan(centres[0].x));  // the first is empty
    check::equal(centres[3].x, expected[3].x);
    check::equal(centres[3].y, expected[3].y);

    const cocodec_point points[] = {{2.5, 3.5}, {-1, 0}};
    const cocodec::Point same_points[] = {{2.5, 3.5}, {-1, 0}};
    std::vector<std::uint8_t> hits(12, 7), expected_hits(12, 7);
    check::equal(api.contains(&given, points, 2, hits.data(), nullptr), COCODEC_OK);
    cocodec::contains(view, same_points, 2, expected_hits.data());
    check::that(hits == expected_hits);

    Owned hulls;
    check::equal(api.convex_hull(&given, &hulls.polygons, nullptr), COCODEC_OK);
    const cocodec::Hulls corners = cocodec::convex_hull(view);
    const cocodec_rings& rings = hulls.polygons.rings;
    check::equal(rings.length, 6);
    check::equal(rings.rings_length, 5);
    check::equal(static_cast<std::size_t>(rings.points_length), corners.corners.size());
    check::equal(rings.mask_offsets[1], 0);
    check::equal(rings.ring_offsets[1], corners.offsets[2]);
    check::equal(rings.xy[3], static_cast<double>(corners.corners[1].y));
});

const check::Test outlines("traced, and back", [] {
    const cocodec::RleArray array = some_masks();
    const cocodec_masks given = borrow(array);
    Owned out;
    check::equal(api.trace(&given, nullptr, &out.polygons, nullptr), COCODEC_OK);
    const cocodec::Polygons expected = cocodec::trace(array.view(), {});
    const cocodec_rings& rings = out.polygons.rings;
    check::that(std::equal(rings.xy, rings.xy + 2 * rings.points_length, expected.rings.xy.begin(),
                           expected.rings.xy.end()));
    makes(array, [&](cocodec_masks* to) { return api.from_rings(&rings, to, nullptr); });

    cocodec_trace_options options{};
    const auto trace = [&](cocodec_context* context) {
        Owned none;
        return api.trace(&given, &options, &none.polygons, context);
    };
    refused(trace, COCODEC_BAD_ARGUMENT, "struct_size is 0");
    options.struct_size = sizeof options + 64;  // of a caller that knows more: its rest is not read
    refused(trace, COCODEC_OK, "");
    options.holes = COCODEC_HOLES_REFUSE;
    refused(trace, COCODEC_HAS_HOLES, "");
    options.holes = 4;
    refused(trace, COCODEC_BAD_ARGUMENT, "holes is 4, expected 0..3");
    options.holes = 0;
    options.connectivity = 5;
    refused(trace, COCODEC_BAD_OPTION, "");
});

const check::Test labels("label maps, both ways", [] {
    masks::Random random(8);
    std::vector<std::uint16_t> pixels(std::size_t{7} * 9);
    for (auto& pixel : pixels) pixel = static_cast<std::uint16_t>(random() % 3 * 500);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(pixels.data());
    cocodec_label_map map{bytes, {7, 9}, 18, 2, 0, COCODEC_LABEL_U16};
    const std::int64_t background = 0;
    Owned out;
    check::equal(api.from_label_map(&map, &background, &out.integers, &out.masks, nullptr),
                 COCODEC_OK);
    const cocodec::LabelledMasks expected =
        cocodec::from_label_map({bytes, cocodec::LabelType::u16, {7, 9}, 18, 2}, background);
    check::that(same(out.masks, expected.masks));
    check::that(same(out.integers, expected.labels));

    std::vector<std::uint16_t> painted(std::size_t{7} * 9, 77);
    const cocodec_label_target target{
        reinterpret_cast<std::uint8_t*>(painted.data()), {7, 9}, 18, 2, 0, COCODEC_LABEL_U16};
    check::equal(api.paint_labels(&out.masks, out.integers.values, 0, COCODEC_PAINT_REFUSE, &target,
                                  nullptr),
                 COCODEC_OK);
    check::that(painted == pixels);

    cocodec_texts png{};
    check::equal(api.write_label_png(&map, &png, nullptr), COCODEC_OK);
    check::equal(png.length, 1);
    const auto* const file = reinterpret_cast<const std::uint8_t*>(png.chars);
    Owned read;
    check::equal(api.from_label_png(file, png.chars_length, &background, &read.integers,
                                    &read.masks, nullptr),
                 COCODEC_OK);
    check::that(same(read.masks, expected.masks));
    check::that(same(read.integers, expected.labels));
    refused(
        [&](cocodec_context* context) {
            Owned broken;
            return api.from_label_png(file, 40, nullptr, &broken.integers, &broken.masks, context);
        },
        COCODEC_BAD_IMAGE, "the file ends");
    api.release_texts(&png);

    const std::vector<std::int64_t> large(2, 70000);
    refused(
        [&](cocodec_context* context) {
            return api.paint_labels(&out.masks, large.data(), 0, COCODEC_PAINT_LAST, &target,
                                    context);
        },
        COCODEC_BAD_LABEL, "70000");
    map.type = 8;
    Owned none;
    refused(
        [&](cocodec_context* context) {
            return api.from_label_map(&map, nullptr, &none.integers, &none.masks, context);
        },
        COCODEC_BAD_ARGUMENT, "type is 8, expected 0..7");
});

const check::Test choices("overlaps and suppression", [] {
    const cocodec::RleArray array = some_masks();
    const cocodec_masks given = borrow(array);
    for (std::int32_t measure = 0; measure < 4; ++measure) {
        std::vector<double> got(36), expected(36);
        check::equal(api.overlap(&given, &given, measure, got.data(), nullptr), COCODEC_OK);
        cocodec::overlap(array.view(), array.view(), static_cast<cocodec::Common>(measure),
                         expected.data());
        check::that(got == expected);
    }
    const double scores[] = {1, 0.5, 0.25, 2, 0.75, 0.1};
    const std::int64_t classes[] = {0, 0, 0, 1, 1, 1};
    Owned out;
    check::equal(api.nms(&given, scores, classes, 0.2, COCODEC_IOU, &out.integers, nullptr),
                 COCODEC_OK);
    cocodec::NmsOptions options;
    options.threshold = 0.2;
    options.classes = classes;
    check::that(same(out.integers, cocodec::nms(array.view(), scores, options).kept));
    refused(
        [&](cocodec_context* context) {
            std::vector<double> shares(36);
            return api.overlap(&given, &given, 4, shares.data(), context);
        },
        COCODEC_BAD_ARGUMENT, "measure is 4");
});

const check::Test merged("what is suppressed is united with what stays", [] {
    const cocodec::RleArray array = some_masks();
    const cocodec_masks given = borrow(array);
    const double scores[] = {1, 0.5, 0.25, 2, 0.75, 0.1};
    const std::int64_t classes[] = {0, 0, 0, 1, 1, 1};
    Owned out;
    check::equal(api.merge_nms(&given, scores, classes, 0.2, COCODEC_IOMIN, &out.integers,
                               &out.masks, nullptr),
                 COCODEC_OK);
    cocodec::NmsOptions options;
    options.threshold = 0.2;
    options.measure = cocodec::Common::iomin;
    options.classes = classes;
    const cocodec::Suppressed found = cocodec::nms(array.view(), scores, options);
    check::that(same(out.integers, found.kept));
    check::that(out.integers.length < 6);
    check::equal(out.masks.length, out.integers.length);
    for (std::size_t g = 0; g < found.kept.size(); ++g) {
        std::vector<std::int64_t> members;
        for (std::size_t i = 0; i < 6; ++i) {
            if (found.keepers[i] == found.kept[g]) members.push_back(static_cast<std::int64_t>(i));
        }
        const std::int64_t offsets[] = {0, static_cast<std::int64_t>(members.size())};
        const cocodec::RleArray united =
            cocodec::combine(array.view(), {members.data(), offsets, 1}, cocodec::SetOp::union_);
        cocodec_masks one = out.masks;
        one.offsets += g;
        one.sizes += g;
        one.length = 1;
        Owned both;
        const cocodec_masks expected = borrow(united);
        check::equal(
            api.combine_pairs(&one, &expected, COCODEC_SYMMETRIC_DIFFERENCE, &both.masks, nullptr),
            COCODEC_OK);
        std::uint64_t differs = 1;
        check::equal(api.area(&both.masks, &differs, nullptr), COCODEC_OK);
        check::equal(differs, std::uint64_t{0});
    }
    refused(
        [&](cocodec_context* context) {
            return api.merge_nms(&given, scores, classes, 0.2, COCODEC_IOU, nullptr, &out.masks,
                                 context);
        },
        COCODEC_BAD_ARGUMENT, "kept is NULL");
});

const check::Test softened("scores that fall", [] {
    const cocodec::RleArray array = some_masks();
    const cocodec_masks given = borrow(array);
    const double scores[] = {1, 0.5, 0.25, 2, 0.75, 0.1};
    cocodec_soft_nms_options options{sizeof options,         0.3,         0.2, 0.15,
                                     COCODEC_DECAY_GAUSSIAN, COCODEC_DICE};
    cocodec::SoftNmsOptions wanted;
    wanted.sigma = 0.3;
    wanted.min_score = 0.15;
    wanted.other.threshold = 0.2;
    wanted.other.measure = cocodec::Common::dice;
    const auto agree = [&](const cocodec_soft_nms_options* given_options) {
        Owned out;
        std::vector<double> lowered(6, -1);
        check::equal(api.soft_nms(&given, scores, nullptr, given_options, &out.integers,
                                  lowered.data(), nullptr),
                     COCODEC_OK);
        const cocodec::Softened expected = cocodec::soft_nms(array.view(), scores, wanted);
        check::that(same(out.integers, expected.kept));
        check::equal(static_cast<std::size_t>(out.integers.length), expected.scores.size());
        check::that(std::equal(expected.scores.begin(), expected.scores.end(), lowered.begin()));
    };
    agree(&options);
    options.decay = COCODEC_DECAY_LINEAR;
    options.sigma = 0;  // not looked at
    wanted.decay = cocodec::Decay::linear;
    agree(&options);
    wanted = {};
    agree(nullptr);

    const auto soften = [&](cocodec_context* context) {
        Owned none;
        std::vector<double> lowered(6);
        return api.soft_nms(&given, scores, nullptr, &options, &none.integers, lowered.data(),
                            context);
    };
    options.decay = COCODEC_DECAY_GAUSSIAN;
    refused(soften, COCODEC_BAD_OPTION, "sigma is 0");
    options.decay = 2;
    refused(soften, COCODEC_BAD_ARGUMENT, "decay is 2, expected 0..1");
    options.decay = COCODEC_DECAY_LINEAR;
    options.measure = COCODEC_COMMON;
    refused(soften, COCODEC_BAD_OPTION, "no share of 1");
    options.struct_size = 8;
    refused(soften, COCODEC_BAD_ARGUMENT, "struct_size is 8");
});

const check::Test told("masks told by their runs, and by where they change", [] {
    const cocodec::RleArray array = some_masks();
    const cocodec_masks given = borrow(array);
    makes(array, [&](cocodec_masks* out) { return api.from_runs(&given, out, nullptr); });
    std::vector<std::int64_t> changes, offsets{0};
    for (std::size_t i = 0; i < array.size(); ++i) {
        const cocodec::RleView mask = array.view()[i];
        std::int64_t at = 0;
        for (std::size_t k = 0; k + 1 < mask.length; ++k) changes.push_back(at += mask.counts[k]);
        offsets.push_back(static_cast<std::int64_t>(changes.size()));
    }
    cocodec_positions positions{changes.data(), static_cast<std::int64_t>(changes.size()),
                                offsets.data(), 6};
    makes(array, [&](cocodec_masks* out) {
        return api.from_positions(&positions, given.sizes, out, nullptr);
    });
    const cocodec::PositionsView changed{changes.data(), offsets.data(), 6};
    check::that(same(borrow(cocodec::from_positions(changed, array.sizes.data())), array));

    Owned out;
    const auto make = [&](cocodec_context* context) {
        return api.from_positions(&positions, given.sizes, &out.masks, context);
    };
    const auto third = static_cast<std::size_t>(offsets[2]);
    std::swap(changes[third], changes[third + 1]);
    cocodec_context context{};
    check::equal(make(&context), COCODEC_BAD_SHAPE);
    check::equal(context.item, 2);
    check::equal(context.offset, 1);
    changes[third] = 117;  // 9 x 13
    refused(make, COCODEC_BAD_SHAPE, "below 117, the number of pixels: position 0 is 117");
    changes[third] = -1;
    refused(make, COCODEC_BAD_SHAPE, "position 0 is -1");
    positions.positions_length = 1;
    refused(make, COCODEC_BAD_SHAPE, "offsets");
    cocodec_masks wrong = given;
    wrong.counts_length = 1;
    refused([&](cocodec_context* to) { return api.from_runs(&wrong, &out.masks, to); },
            COCODEC_BAD_SHAPE, "offsets");
});

const check::Test pasted("grids pasted", [] {
    const std::vector<float> values = {0.2F, 0.9F, 0.6F, 0.1F};
    const cocodec_grids grids{values.data(), {2, 2}, 1};
    const cocodec_box box{1, 1, 5, 6};
    const cocodec_size size{9, 9};
    const cocodec::Box same_box{1, 1, 5, 6};
    const cocodec::Size same_size{9, 9};
    makes(cocodec::paste({values.data(), {2, 2}, 1}, &same_box, &same_size, 0.5),
          [&](cocodec_masks* out) { return api.paste(&grids, &box, &size, 0.5, out, nullptr); });
    Owned none;
    refused(
        [&](cocodec_context* context) {
            return api.paste(&grids, &box, &size, 0, &none.masks, context);
        },
        COCODEC_BAD_OPTION, "the threshold is");
});

const check::Test nothing("no masks", [] {
    const cocodec_masks none{};
    Owned a, b, c, d, e;
    check::equal(api.transpose(&none, &a.masks, nullptr), COCODEC_OK);
    check::equal(api.components(&none, 4, &b.integers, &b.masks, nullptr), COCODEC_OK);
    check::equal(api.trace(&none, nullptr, &c.polygons, nullptr), COCODEC_OK);
    check::equal(api.overlap(&none, &none, COCODEC_IOU, nullptr, nullptr), COCODEC_OK);
    check::equal(api.nms(&none, nullptr, nullptr, 0.5, COCODEC_IOU, &a.integers, nullptr),
                 COCODEC_OK);
    check::equal(api.crop(&none, nullptr, &d.masks, nullptr), COCODEC_OK);
    check::equal(
        api.merge_nms(&none, nullptr, nullptr, 0.5, COCODEC_IOU, &e.integers, &e.masks, nullptr),
        COCODEC_OK);
    check::equal(api.soft_nms(&none, nullptr, nullptr, nullptr, &c.integers, nullptr, nullptr),
                 COCODEC_OK);
    check::equal(a.masks.length + b.integers.length + c.polygons.rings.length + d.masks.length +
                     e.masks.length,
                 0);
});

}  // namespace
