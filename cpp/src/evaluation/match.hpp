// Who is whose match in one cell, under every area range and threshold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cocodec/evaluation.hpp"
#include "evaluation/similarity.hpp"

namespace cocodec {

/// What a detection counts as. One bit for each of the two that are counted.
enum class Verdict : std::uint8_t { ignored = 0, right = 1, wrong = 2 };

/// The decisions of one evaluation.
struct Verdicts {
    Buffer<std::uint8_t> of;  ///< [detection][area range][threshold], a Verdict each
    /// [cell][area range]: ground truths that are to be found
    Buffer<std::uint32_t> wanted;
};

/// The areas in the order of cells: columns would be read here and there.
struct CellAreas {
    std::vector<double> gt, dt;

    CellAreas(const TruthView& truth, const DetectionsView& detections,
              const EvaluationCells& cells);
};

/// Matches cell by cell; one per thread. What it writes to is borrowed, and of the right size.
class Matcher {
public:
    Matcher(const TruthView& truth, const DetectionsView& detections,
            const EvaluationSettings& settings, const EvaluationCells& cells,
            const CellAreas& areas);

    /// `details` may be nullptr.
    void run(std::size_t c, const double* similarities, Verdicts& verdicts,
             EvaluationDetails* details);

private:
    struct Candidate {
        std::uint32_t gt;  // index in the cell
        double similarity;
        std::uint64_t accepted;  // a bit for each threshold that it reaches (set by `prefer`)
    };
    static constexpr std::uint32_t nobody = ~std::uint32_t{0};

    void find_candidates(const double* similarities);
    [[nodiscard]] bool is_simple(const EvaluationDetails* details) const {
        return details == nullptr && !any_nan_ && thresholds_.size() <= 64;
    }
    void prefer();
    void look_at_area(std::size_t a);
    void judge_area(std::size_t a, Verdicts& verdicts, EvaluationDetails* details);
    void match_at_once(std::uint8_t* verdicts);
    [[nodiscard]] std::uint64_t accepting(double similarity) const;
    void match(std::size_t a, std::size_t t, std::uint8_t* verdicts, EvaluationDetails* details);
    [[nodiscard]] std::uint32_t best(std::size_t d, double threshold, bool among_ignored) const;
    [[nodiscard]] Verdict judge(std::size_t d, std::uint32_t gt) const;
    void note(std::size_t a, std::size_t t, EvaluationDetails& details) const;
    void note_area(std::size_t a, EvaluationDetails& details);
    [[nodiscard]] bool outside(double area, std::size_t a) const;
    /// Verdicts of a detection: as many for each of these.
    [[nodiscard]] std::size_t planes() const {
        return settings_.area_ranges.size() * thresholds_.size();
    }

    const TruthView& truth_;
    const DetectionsView& detections_;
    const EvaluationSettings& settings_;
    const EvaluationCells& cells_;
    const CellAreas& areas_;
    std::vector<double> thresholds_;
    double least_;  // what no threshold accepts lies below

    // The cell at hand.
    std::size_t gt_begin_ = 0, gt_count_ = 0, dt_begin_ = 0, dt_count_ = 0;
    std::vector<Candidate> candidates_;
    std::vector<std::size_t> candidate_starts_;
    std::vector<std::uint32_t> hopeful_;  // detections with candidates
    bool any_nan_ = false;                // among the similarities
    std::vector<std::uint64_t> claimed_;  // by ground truth: thresholds at which it is taken
    // The area range at hand.
    std::vector<std::uint8_t> gt_ignored_;
    std::vector<std::uint8_t> unmatched_;  // the Verdict of each detection without a match
    std::vector<std::uint32_t> gt_place_;  // where each ground truth stands, ignored ones last
    // The threshold at hand.
    std::vector<std::uint8_t> taken_;
    std::vector<std::uint32_t> dt_match_, gt_match_;
};

}  // namespace cocodec
