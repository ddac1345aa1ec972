// Any columns as an evaluation, numbers of any bits among them: refused, or results in their range
// that do not depend on the number of threads and agree with what was matched.
#include <cstdint>
#include <cstring>
#include <vector>

#include "cocodec/error.hpp"
#include "cocodec/evaluation.hpp"

#include "evaluation_side.hpp"
#include "oracle.hpp"

namespace {

/// Scores, areas and sides: mostly small and often equal, sometimes any bits at all.
double number(fuzz::Input& input) {
    const auto kind = input.take<std::uint8_t>();
    return kind < 240 ? kind % 24 / 2.0 : input.take<double>();
}

evaluation::Side side_from(fuzz::Input& input) {
    evaluation::Side side;
    for (std::uint32_t n = input.below(24); n > 0; --n) {
        const auto flags = input.take<std::uint8_t>();
        side.image.push_back(flags % 5 - 1);
        side.category.push_back(flags / 5 % 4 - 1);
        side.crowd.push_back(flags & 1);
        side.ignore.push_back(flags >> 5 & 1);
        side.unnamed.push_back(flags >> 6 & 1);
        side.lenient.push_back(flags >> 7);
        side.area.push_back(number(input));
        side.score.push_back(number(input));
        const double x = number(input), y = number(input);
        const double width = number(input), height = number(input);
        side.boxes.push_back({x, y, width, height});
        for (int k = 0; k < 6; ++k) side.keypoints.push_back(number(input));
    }
    return side;
}

cocodec::EvaluationSettings settings_from(fuzz::Input& input) {
    cocodec::EvaluationSettings settings;
    settings.similarity =
        input.below(2) == 0 ? cocodec::Similarity::boxes : cocodec::Similarity::keypoints;
    settings.images = input.below(5);
    settings.categories = input.below(4);
    settings.use_categories = input.below(2) == 0;
    for (std::uint32_t n = input.below(4); n > 0; --n)
        settings.iou_thresholds.push_back(number(input) / 12);
    for (std::uint32_t n = input.below(4); n > 0; --n)
        settings.recall_thresholds.push_back(number(input) / 12);
    for (std::uint32_t n = input.below(3); n > 0; --n) {
        const double low = number(input);
        settings.area_ranges.emplace_back(low, number(input));
    }
    for (std::int64_t n = input.below(3), most = 0; n > 0; --n)
        settings.max_detections.push_back(most += input.below(20));
    settings.sigmas = {0.05, number(input)};
    return settings;
}

std::vector<double> accumulated(cocodec::Evaluation& evaluation,
                                const cocodec::EvaluationSettings& settings, std::size_t detections,
                                int threads) {
    const std::size_t planes = settings.iou_thresholds.size() * settings.groups() *
                               settings.area_ranges.size() * settings.max_detections.size();
    const std::size_t curves = planes * settings.recall_thresholds.size();
    std::vector<double> out(planes + 2 * curves, -7);
    evaluation.accumulate({out.data(), out.data() + curves, out.data() + curves + planes}, threads);
    for (std::size_t i = 0; i < curves + planes; ++i) {
        // A crowd that is not ignored is found as often as it is matched: recall knows no end.
        const double most = i < curves ? 1 : static_cast<double>(detections);
        fuzz::require(out[i] == -1 || (out[i] >= 0 && out[i] <= most), "precision and recall");
    }
    return out;
}

void check_matches(const cocodec::EvaluationDetails& details, std::size_t truths,
                   std::size_t detections) {
    for (const std::int64_t match : details.dt_matches)
        fuzz::require(match >= -1 && match < static_cast<std::int64_t>(truths), "a truth or none");
    for (const std::int64_t match : details.gt_matches)
        fuzz::require(match >= -1 && match < static_cast<std::int64_t>(detections),
                      "a detection or none");
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() == b.size() &&
           (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const cocodec::EvaluationSettings settings = settings_from(input);
    const evaluation::Side gt = side_from(input), dt = side_from(input);
    try {
        cocodec::Evaluation one(gt.truth(), dt.detections(), settings);
        cocodec::Evaluation two(gt.truth(), dt.detections(), settings);
        const std::size_t n = dt.image.size();
        fuzz::require(same_bits(accumulated(one, settings, n, 1), accumulated(two, settings, n, 2)),
                      "threads do not show");
        check_matches(one.details(), gt.image.size(), dt.image.size());
        static_cast<void>(one.similarities());
    } catch (const cocodec::Error& error) {
        fuzz::require(error.code() == cocodec::ErrorCode::bad_shape, "what does not fit together");
    }
    return 0;
}
