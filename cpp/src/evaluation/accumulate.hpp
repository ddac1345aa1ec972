// Verdicts of all cells of a category -> precision and recall.
#pragma once

#include "cocodec/evaluation.hpp"
#include "evaluation/match.hpp"

namespace cocodec {

/// What is accumulated, borrowed.
struct Judged {
    const EvaluationSettings& settings;
    const EvaluationCells& cells;
    const double* score;  ///< of every row of the detections
    const Verdicts& verdicts;
};

/// Fills all of `out`.
void accumulate_verdicts(const Judged& judged, const EvaluationOutput& out, int threads);

}  // namespace cocodec
