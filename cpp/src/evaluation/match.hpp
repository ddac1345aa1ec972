// Who is whose match in one cell, under every area range and threshold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cocodec/evaluation.hpp"
#include "evaluation/similarity.hpp"

namespace cocodec {

/// What a detection counts as.
enum class Verdict : std::uint8_t { wrong = 0, right = 1, ignored = 2 };

/// The decisions of one evaluation.
struct Verdicts {
    Buffer<std::uint8_t> of;  ///< [area range][threshold][detection], a Verdict each
    /// [cell][area range]: ground truths that are to be found
    Buffer<std::uint32_t> wanted;
};

/// Matches cell by cell; one per thread. What it writes to is borrowed, and of the right size.
class Matcher {
public:
    Matcher(const TruthView& truth, const DetectionsView& detections,
            const EvaluationSettings& settings, const EvaluationCells& cells);

    /// `details` may be nullptr.
    void run(std::size_t c, const double* similarities, Verdicts& verdicts,
             EvaluationDetails* details);

private:
    struct Candidate {
        std::uint32_t gt;  // index in the cell
        double similarity;
    };
    static constexpr std::uint32_t nobody = ~std::uint32_t{0};

    void find_candidates(const double* similarities);
    void look_at_area(std::size_t a);
    void judge_area(std::size_t a, Verdicts& verdicts, EvaluationDetails* details);
    void match(std::size_t a, std::size_t t, std::uint8_t* verdicts, EvaluationDetails* details);
    [[nodiscard]] std::uint32_t best(std::size_t d, double threshold, bool among_ignored) const;
    [[nodiscard]] Verdict judge(std::size_t d, std::uint32_t gt) const;
    void note(std::size_t a, std::size_t t, EvaluationDetails& details) const;
    void note_area(std::size_t a, EvaluationDetails& details);
    [[nodiscard]] bool outside(double area, std::size_t a) const;

    const TruthView& truth_;
    const DetectionsView& detections_;
    const EvaluationSettings& settings_;
    const EvaluationCells& cells_;
    std::vector<double> thresholds_;
    double least_;  // what no threshold accepts lies below

    // The cell at hand.
    std::size_t gt_begin_ = 0, gt_count_ = 0, dt_begin_ = 0, dt_count_ = 0;
    std::vector<Candidate> candidates_;
    std::vector<std::size_t> candidate_starts_;
    std::vector<std::uint32_t> hopeful_;  // detections with candidates
    double strongest_ = 0;                // the highest similarity of a candidate
    // The area range at hand.
    std::vector<std::uint8_t> gt_ignored_;
    std::vector<std::uint8_t> unmatched_;  // the Verdict of each detection without a match
    std::vector<std::uint32_t> gt_place_;  // where each ground truth stands, ignored ones last
    // The threshold at hand.
    std::vector<std::uint8_t> taken_;
    std::vector<std::uint32_t> dt_match_, gt_match_;
};

}  // namespace cocodec
