// Object keypoint similarity, term for term as pycocotools computes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cocodec/evaluation.hpp"

namespace cocodec {

/// Compares pairs, in the order in which they are added: exponents are collected, and their
/// exponentials taken many at a time.
class KeypointComparison {
public:
    /// The similarity of the i-th pair goes to out[i].
    KeypointComparison(const TruthView& truth, const DetectionsView& detections,
                       const EvaluationSettings& settings, double* out);

    void add(std::uint32_t gt, std::uint32_t dt);
    /// To be called once, behind the last pair.
    void finish();

private:
    /// A visible keypoint of a ground truth; `at` is where its x stands among a detection's
    /// numbers.
    struct Compared {
        std::size_t at;
        double x, y, variance;
    };
    void look_at(std::uint32_t gt);
    void measure_visible(const double* found, double* out) const;
    void measure_all(const double* found, double* out) const;

    const TruthView& truth_;
    const DetectionsView& detections_;
    const EvaluationSettings& settings_;
    double* out_;
    std::vector<double> variances_;
    Buffer<double> exponents_;
    std::vector<std::size_t> ends_;  // behind the exponents of each pair
    // The ground truth of the last pair.
    std::uint32_t gt_ = 0;
    bool looked_ = false;
    std::vector<Compared> compared_;
    double area_ = 0, left_ = 0, right_ = 0, top_ = 0, bottom_ = 0;
};

/// The sum that numpy makes of n doubles: eight partial sums in blocks of up to 128.
double numpy_sum(const double* values, std::size_t n);

}  // namespace cocodec
