// Which annotations meet: rows of both sides, grouped by category and image.
#pragma once

#include <cstdint>
#include <vector>

#include "cocodec/evaluation.hpp"

namespace cocodec {

/// Throws Error{bad_shape} for an image or category index that the settings do not know.
EvaluationCells group_cells(const TruthView& truth, const DetectionsView& detections,
                            const EvaluationSettings& settings, int threads);

/// What is sorted: a score, and where it stands.
struct Scored {
    double score;
    std::uint32_t index;
};

/// Highest score first, equal ones as they came, NaN behind all others: numpy's stable order. They
/// come in the order of their indices.
void sort_by_score(std::vector<Scored>& items);

}  // namespace cocodec
