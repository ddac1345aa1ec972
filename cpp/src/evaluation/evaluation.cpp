// The evaluation as a whole: checks, and the order of the steps.

#include "cocodec/evaluation.hpp"

#include <algorithm>
#include <string>

#include "cocodec/error.hpp"
#include "evaluation/accumulate.hpp"
#include "evaluation/cells.hpp"
#include "evaluation/match.hpp"
#include "evaluation/similarity.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

constexpr double match_ns = 3;  // one detection, area range and threshold

void require(bool holds, const char* what) {
    if (!holds) throw Error(ErrorCode::bad_shape, what);
}

void require_shapes(const AnnotationsView& side, Similarity similarity, bool is_truth) {
    if (side.length == 0) return;
    require(side.image != nullptr && side.category != nullptr && side.area != nullptr,
            "an evaluation needs image, category and area of every annotation");
    const bool boxes =
        similarity == Similarity::boxes || (similarity == Similarity::keypoints && is_truth);
    require(!boxes || side.boxes != nullptr, "an evaluation of boxes needs boxes");
    require(similarity != Similarity::keypoints || side.keypoints != nullptr,
            "an evaluation of keypoints needs keypoints");
    const bool masks = similarity == Similarity::masks || similarity == Similarity::boundaries;
    require(!masks || side.masks.length == side.length,
            "an evaluation of masks needs one mask for each annotation");
    require(similarity != Similarity::boundaries || side.boundaries.length == side.length,
            "an evaluation of boundaries needs one boundary for each annotation");
}

EvaluationSettings checked(EvaluationSettings settings) {
    const std::vector<std::int64_t>& limits = settings.max_detections;
    require(!limits.empty(), "max_detections is empty");
    require(limits.front() >= 0, "max_detections has a negative number");
    require(std::is_sorted(limits.begin(), limits.end()), "max_detections must ascend");
    require(settings.similarity != Similarity::keypoints || !settings.sigmas.empty(),
            "an evaluation of keypoints needs sigmas");
    return settings;
}

}  // namespace

struct Evaluation::State {
    TruthView truth;
    DetectionsView detections;
    EvaluationSettings settings;
    EvaluationCells cells;
    Similarities similarities{truth, detections, settings, cells};
    Verdicts verdicts;
    bool matched = false;

    State(const TruthView& t, const DetectionsView& d, EvaluationSettings s)
        : truth(t), detections(d), settings(checked(std::move(s))) {
        require_shapes(truth, settings.similarity, true);
        require_shapes(detections, settings.similarity, false);
        require(d.length == 0 || d.score != nullptr, "detections need scores");
        cells = group_cells(truth, detections, settings, 1);
    }

    [[nodiscard]] std::size_t planes() const {
        return settings.area_ranges.size() * settings.iou_thresholds.size();
    }

    void match(EvaluationDetails* details, int threads) {
        similarities.prepare(threads);
        verdicts.of.resize(planes() * cells.dt_rows.size());
        verdicts.wanted.resize(settings.area_ranges.size() * cells.size());
        const double work = similarities.work_ns() + match_ns * static_cast<double>(planes()) *
                                                         static_cast<double>(cells.dt_rows.size());
        const CellAreas areas(truth, detections, cells);
        parallel_for(cells.size(), work, threads, [&](std::size_t first, std::size_t last) {
            Matcher matcher(truth, detections, settings, cells, areas);
            Similarities::Scratch scratch;
            for (std::size_t c = first; c < last; ++c) {
                matcher.run(c, similarities.of(c, scratch), verdicts, details);
            }
        });
        matched = true;
    }
};

Evaluation::Evaluation(const TruthView& truth, const DetectionsView& detections,
                       EvaluationSettings settings)
    : state_(std::make_unique<State>(truth, detections, std::move(settings))) {}
Evaluation::Evaluation(Evaluation&&) noexcept = default;
Evaluation& Evaluation::operator=(Evaluation&&) noexcept = default;
Evaluation::~Evaluation() = default;

const EvaluationCells& Evaluation::cells() const noexcept {
    return state_->cells;
}

void Evaluation::match(int threads) {
    state_->match(nullptr, threads);
}

void Evaluation::accumulate(const EvaluationOutput& out, int threads) {
    if (!state_->matched) match(threads);
    accumulate_verdicts(
        {state_->settings, state_->cells, state_->detections.score, state_->verdicts}, out,
        threads);
}

EvaluationDetails Evaluation::details(int threads) {
    const std::size_t gt = state_->cells.gt_rows.size(), dt = state_->cells.dt_rows.size();
    const std::size_t areas = state_->settings.area_ranges.size();
    EvaluationDetails out;
    out.dt_matches.resize(state_->planes() * dt);
    out.dt_ignore.resize(state_->planes() * dt);
    out.gt_matches.resize(state_->planes() * gt);
    out.gt_rows.resize(areas * gt);
    out.gt_ignore.resize(areas * gt);
    state_->match(&out, threads);
    return out;
}

Buffer<double> Evaluation::similarities(int threads) {
    const EvaluationCells& cells = state_->cells;
    std::vector<std::size_t> starts{0};
    for (std::size_t c = 0; c < cells.size(); ++c) {
        const std::size_t pairs = (cells.gt_starts[c + 1] - cells.gt_starts[c]) *
                                  (cells.dt_starts[c + 1] - cells.dt_starts[c]);
        starts.push_back(starts.back() + pairs);
    }
    Buffer<double> out;
    out.resize(starts.back());
    state_->similarities.prepare(threads);
    parallel_for(cells.size(), state_->similarities.work_ns(), threads,
                 [&](std::size_t first, std::size_t last) {
                     Similarities::Scratch scratch;
                     for (std::size_t c = first; c < last; ++c) {
                         const double* const values = state_->similarities.of(c, scratch);
                         std::copy_n(values, starts[c + 1] - starts[c], out.data() + starts[c]);
                     }
                 });
    return out;
}

}  // namespace cocodec
