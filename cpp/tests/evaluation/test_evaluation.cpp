// evaluation.hpp: what an evaluation decides, against one that tries everything; what it refuses.
#include "cocodec/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "check.hpp"
#include "cocodec/iou.hpp"
#include "evaluation/cells.hpp"
#include "evaluation_side.hpp"
#include "masks.hpp"

using cocodec::Box;
using cocodec::DetectionsView;
using cocodec::ErrorCode;
using cocodec::Evaluation;
using cocodec::EvaluationSettings;
using cocodec::Scored;
using cocodec::Similarity;
using cocodec::TruthView;
using evaluation::Side;

namespace {

using Indices = std::vector<std::int64_t>;
using Numbers = std::vector<double>;
using Flags = std::vector<std::uint8_t>;

Side some_side(masks::Random& random, std::size_t n) {
    Side side;
    for (std::size_t i = 0; i < n; ++i) {
        const auto number = [&](unsigned limit) { return static_cast<double>(random() % limit); };
        side.image.push_back(static_cast<std::int64_t>(random() % 4) - 1);
        side.category.push_back(static_cast<std::int64_t>(random() % 3) - (random() % 9 == 0));
        side.boxes.push_back({number(6), number(6), 1 + number(5), 1 + number(5)});
        side.area.push_back(number(30));
        side.score.push_back(number(5) / 4);
        const auto flag = [&] { return static_cast<std::uint8_t>(random() % 6 == 0 ? 1 : 0); };
        for (Flags* flags : {&side.crowd, &side.ignore, &side.unnamed, &side.lenient}) {
            flags->push_back(flag());
        }
    }
    return side;
}

EvaluationSettings some_settings(bool use_categories) {
    EvaluationSettings settings;
    settings.similarity = Similarity::boxes;
    settings.images = 3;
    settings.categories = 3;
    settings.use_categories = use_categories;
    settings.iou_thresholds = {0.1, 0.5, 1.0};
    settings.recall_thresholds = {0, 0.3, 0.9, 0.2};
    settings.area_ranges = {{0, 100}, {5, 20}};
    settings.max_detections = {1, 3, 8};
    return settings;
}

double slow_iou(const Box& dt, const Box& gt, bool crowd) {
    const double w = std::min(dt.width + dt.x, gt.width + gt.x) - std::max(dt.x, gt.x);
    const double h = std::min(dt.height + dt.y, gt.height + gt.y) - std::max(dt.y, gt.y);
    if (w <= 0 || h <= 0) return 0;
    const double both = w * h, dt_area = dt.width * dt.height;
    return both / (crowd ? dt_area : dt_area + gt.width * gt.height - both);
}

struct Cell {
    std::vector<std::size_t> gts, dts;
};

/// Verdicts of one cell's detections: 'r'ight, 'w'rong or 'i'gnored.
std::string slow_verdicts(const Side& gt, const Side& dt, const Cell& cell,
                          std::pair<double, double> range, double threshold) {
    const auto outside = [&](double area) { return area < range.first || area > range.second; };
    const auto ignored = [&](std::size_t g) { return gt.ignore[g] != 0 || outside(gt.area[g]); };
    std::vector<std::size_t> order = cell.gts;
    std::stable_partition(order.begin(), order.end(), [&](std::size_t g) { return !ignored(g); });
    Flags taken(gt.image.size());
    std::string out;
    for (const std::size_t d : cell.dts) {
        double best = std::min(threshold, 1 - 1e-10);
        const std::size_t* match = nullptr;
        for (const std::size_t& g : order) {
            if (taken[g] != 0 && gt.crowd[g] == 0) continue;
            if (match != nullptr && !ignored(*match) && ignored(g)) break;
            const double iou = slow_iou(dt.boxes[d], gt.boxes[g], gt.crowd[g] != 0);
            if (iou < best) continue;
            best = iou;
            match = &g;
        }
        if (match != nullptr && dt.unnamed[d] == 0) taken[*match] = 1;
        const bool named = match != nullptr && gt.unnamed[*match] == 0;
        const bool lenient = !named && (outside(dt.area[d]) || dt.lenient[d] != 0);
        const bool is_ignored = (match != nullptr && ignored(*match)) || lenient;
        out += is_ignored ? 'i' : named ? 'r' : 'w';
    }
    return out;
}

/// Rows of a cell, in order; detections best first.
std::vector<std::size_t> rows_of(const Side& side, std::int64_t image, std::int64_t category,
                                 bool by_score) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < side.image.size(); ++i) {
        if (side.image[i] == image && side.category[i] == category) rows.push_back(i);
    }
    if (by_score) {
        std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) {
            return side.score[a] > side.score[b];
        });
        rows.resize(std::min<std::size_t>(rows.size(), 8));
    }
    return rows;
}

const check::Test decisions("details are what trying everything gives", [] {
    masks::Random random(31);
    for (int round = 0; round < 60; ++round) {
        const Side gt = some_side(random, random() % 30), dt = some_side(random, random() % 60);
        const EvaluationSettings settings = some_settings(true);
        Evaluation evaluation(gt.truth(), dt.detections(), settings);
        const auto details = evaluation.details(1 + round % 3);
        const auto& cells = evaluation.cells();
        const std::size_t all = cells.dt_rows.size();
        for (std::size_t c = 0; c < cells.size(); ++c) {
            const auto gts = rows_of(gt, cells.image[c], cells.category[c], false);
            const auto dts = rows_of(dt, cells.image[c], cells.category[c], true);
            const std::size_t first = cells.dt_starts[c];
            check::equal(cells.dt_starts[c + 1] - first, dts.size());
            for (std::size_t plane = 0; plane < 6; ++plane) {
                std::string got;
                for (std::size_t i = 0; i < dts.size(); ++i) {
                    check::equal<std::size_t>(cells.dt_rows[first + i], dts[i]);
                    const std::size_t at = plane * all + first + i;
                    const std::int64_t match = details.dt_matches[at];
                    const bool named =
                        match >= 0 && gt.unnamed[static_cast<std::size_t>(match)] == 0;
                    got += details.dt_ignore[at] != 0 ? 'i' : named ? 'r' : 'w';
                }
                check::equal(got, slow_verdicts(gt, dt, {gts, dts}, settings.area_ranges[plane / 3],
                                                settings.iou_thresholds[plane % 3]));
            }
        }
    }
});

Numbers accumulated(Evaluation& evaluation, const EvaluationSettings& settings, int threads) {
    const std::size_t planes = settings.iou_thresholds.size() * settings.groups() *
                               settings.area_ranges.size() * settings.max_detections.size();
    const std::size_t curves = planes * settings.recall_thresholds.size();
    Numbers out(planes + 2 * curves, -7);
    evaluation.accumulate({out.data(), out.data() + curves, out.data() + curves + planes}, threads);
    return out;
}

Numbers accumulate(const Side& gt, const Side& dt, const EvaluationSettings& settings,
                   int threads) {
    Evaluation evaluation(gt.truth(), dt.detections(), settings);
    return accumulated(evaluation, settings, threads);
}

const check::Test threads("results do not depend on the number of threads", [] {
    masks::Random random(32);
    for (const bool use_categories : {true, false}) {
        const Side gt = some_side(random, 300), dt = some_side(random, 900);
        const EvaluationSettings settings = some_settings(use_categories);
        const Numbers alone = accumulate(gt, dt, settings, 1);
        check::that(std::find(alone.begin(), alone.end(), -7) == alone.end());
        for (const int n : {0, 2, 5}) check::equal(accumulate(gt, dt, settings, n), alone);
    }
});

const check::Test at_once("all thresholds at once decide what one after the other does", [] {
    masks::Random random(33);
    for (int round = 0; round < 40; ++round) {
        Side gt = some_side(random, 5 + random() % 60);
        const Side dt = some_side(random, random() % 200);
        EvaluationSettings settings = some_settings(round % 2 == 0);
        // 64 thresholds have a bit each, 70 have not; some boxes have no IoU that is a number.
        const std::size_t count = round % 3 == 0 ? 70 : round % 3 == 1 ? 64 : 4;
        for (std::size_t t = 0; t < count; ++t) {
            settings.iou_thresholds.push_back(static_cast<double>(random() % 101) / 100);
        }
        if (round % 5 == 4) gt.boxes[2].width = std::numeric_limits<double>::quiet_NaN();
        Evaluation evaluation(gt.truth(), dt.detections(), settings);
        (void)evaluation.details();  // notes with whom, so goes one after the other
        check::equal(accumulated(evaluation, settings, 1), accumulate(gt, dt, settings, 1));
    }
});

const check::Test many_scores("many scores are sorted as few are, equal ones as they came", [] {
    masks::Random random(34);
    const double infinity = std::numeric_limits<double>::infinity();
    const double odd[] = {0.0,
                          -0.0,
                          infinity,
                          -infinity,
                          std::numeric_limits<double>::quiet_NaN(),
                          -1e-310,
                          0.25,
                          std::nextafter(0.25, 1.0)};
    for (const std::size_t n : {511U, 512U, 5000U}) {
        std::vector<Scored> items;
        for (std::size_t i = 0; i < n; ++i) {
            const double some = (static_cast<double>(random() % 2000) - 500) / 1000;
            const double score = random() % 4 == 0 ? odd[random() % 8] : some;
            items.push_back({score, static_cast<std::uint32_t>(i)});
        }
        std::vector<Scored> expected = items;
        std::stable_sort(expected.begin(), expected.end(), [](const Scored& a, const Scored& b) {
            return std::isnan(b.score) ? !std::isnan(a.score) : a.score > b.score;
        });
        cocodec::sort_by_score(items);
        const auto index = [](const std::vector<Scored>& sorted) {
            std::vector<std::uint32_t> out;
            for (const Scored& item : sorted) out.push_back(item.index);
            return out;
        };
        check::equal(index(items), index(expected));
    }
});

const check::Test few_masks("masks of cells have the IoU that all of them together have", [] {
    masks::Random random(35);
    for (const std::size_t n : {1U, 2U, 5U, 12U}) {
        cocodec::RleArray batches[2];
        for (cocodec::RleArray& batch : batches) {
            for (std::size_t i = 0; i < n; ++i) {
                // From nothing to all of ten columns, at some place: few meet, or nearly all.
                const auto before = static_cast<std::uint32_t>(random() % 60);
                const auto inside = static_cast<std::uint32_t>(random() % (n == 12 ? 40 : 12));
                for (const std::uint32_t run : {before, inside, 100 - before - inside}) {
                    batch.counts.push_back(run);
                }
                batch.finish(random() % 9 == 0 ? cocodec::Size{20, 5} : cocodec::Size{10, 10});
            }
        }
        Side gt, dt;
        for (Side* side : {&gt, &dt}) {
            side->image = side->category = Indices(n, 0);
            side->area = Numbers(n, 1);
            side->score = Numbers(n, 0.5);
            for (std::size_t i = 0; i < n; ++i) side->crowd.push_back(i % 3 == 1 ? 1 : 0);
        }
        EvaluationSettings settings = some_settings(true);
        settings.similarity = Similarity::masks;
        settings.max_detections = {100};
        TruthView truth = gt.truth();
        DetectionsView detections = dt.detections();
        truth.masks = batches[0].view();
        detections.masks = batches[1].view();
        Evaluation evaluation(truth, detections, settings);
        const auto found = evaluation.similarities(1);
        Numbers expected(n * n);
        cocodec::iou(batches[1].view(), batches[0].view(), gt.crowd.data(), expected.data());
        check::equal(Numbers(found.begin(), found.end()), expected);
    }
});

Side one(Box box, double score) {
    Side side;
    side.image = side.category = {0};
    side.area = {box.width * box.height};
    side.score = {score};
    side.boxes = {box};
    side.crowd = side.ignore = side.unnamed = side.lenient = {0};
    return side;
}

const check::Test perfect("one perfect detection: recall 1, and what the reference calls 1", [] {
    EvaluationSettings settings = some_settings(true);
    settings.images = settings.categories = 1;
    settings.iou_thresholds = {1.0};
    settings.recall_thresholds = {0, 1, 1.01, 0};
    settings.area_ranges = {{0, 100}, {50, 100}};
    settings.max_detections = {1};
    const double most = 1 / (1 + std::numeric_limits<double>::epsilon());
    // [recall][area range]; behind the first recall that is not reached, all is 0
    const Numbers precision = {most, -1, most, -1, 0, -1, 0, -1}, recall = {1, -1},
                  scores = {0.5, -1, 0.5, -1, 0, -1, 0, -1};
    Numbers expected = precision;
    expected.insert(expected.end(), recall.begin(), recall.end());
    expected.insert(expected.end(), scores.begin(), scores.end());
    const Box box{1, 1, 4, 4};
    check::equal(accumulate(one(box, 0.5), one(box, 0.5), settings, 1), expected);
});

const check::Test nobody("no rows at all", [] {
    const Side none;
    EvaluationSettings settings = some_settings(true);
    const Numbers got = accumulate(none, none, settings, 0);
    check::equal(got, Numbers(got.size(), -1));
    settings.images = settings.categories = 0;
    check::equal(accumulate(none, none, settings, 0).size(), 0U);
});

const check::Test not_numbers(
    "NaN scores stand last, NaN similarities are as in the reference", [] {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        Side gt = one({1, 1, 4, 4}, 0), dt;
        for (const double score : {nan, 0.2, nan, 0.9}) {
            dt.image.push_back(0);
            dt.category.push_back(0);
            dt.area.push_back(16);
            dt.score.push_back(score);
            dt.boxes.push_back({1, 1, 4, 4});
            for (Flags* flags : {&dt.crowd, &dt.ignore, &dt.unnamed, &dt.lenient})
                flags->push_back(0);
        }
        EvaluationSettings settings = some_settings(true);
        Evaluation evaluation(gt.truth(), dt.detections(), settings);
        check::equal(evaluation.cells().dt_rows, std::vector<std::uint32_t>{3, 1, 0, 2});
        // 0 / 0: a crowd that meets a detection whose width is lost in rounding
        gt.crowd = {1};
        dt.boxes[3] = {1, 1, nan, 4};
        const auto matches = Evaluation(gt.truth(), dt.detections(), settings).details().dt_matches;
        check::equal(matches[0], std::int64_t{0});
    });

const check::Test refusals("columns and settings that do not fit", [] {
    const Side gt = one({1, 1, 4, 4}, 0);
    const auto refused = [&](const auto& change) {
        EvaluationSettings settings = some_settings(true);
        TruthView truth = gt.truth();
        DetectionsView detections = gt.detections();
        change(settings, truth, detections);
        check::raises(ErrorCode::bad_shape, -1, -1,
                      [&] { Evaluation(truth, detections, settings); });
    };
    refused([](auto& s, auto&, auto&) { s.max_detections = {}; });
    refused([](auto& s, auto&, auto&) { s.max_detections = {3, 1}; });
    refused([](auto& s, auto&, auto&) { s.max_detections = {-1}; });
    refused([](auto& s, auto&, auto&) { s.images = 0; });
    refused([](auto& s, auto&, auto&) { s.categories = 0; });
    refused([](auto& s, auto&, auto&) { s.similarity = Similarity::masks; });
    refused([](auto& s, auto&, auto&) { s.similarity = Similarity::boundaries; });
    refused([](auto& s, auto&, auto&) { s.similarity = Similarity::keypoints; });
    const std::vector<std::int64_t> none{-2}, behind{1000};
    refused([&](auto&, auto& truth, auto&) { truth.image = none.data(); });
    refused([&](auto&, auto& truth, auto&) { truth.category = behind.data(); });
    refused([](auto&, auto& truth, auto&) { truth.boxes = nullptr; });
    refused([](auto&, auto& truth, auto&) { truth.area = nullptr; });
    refused([](auto&, auto&, auto& detections) { detections.score = nullptr; });
});

}  // namespace
