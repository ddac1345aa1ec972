#include "evaluation/keypoints.hpp"

#include <cmath>
#include <limits>

namespace cocodec {
namespace {

constexpr std::size_t batch = std::size_t{1} << 16;  // exponents that are taken in one go

/// numpy.max((0, value)): NaN stays NaN.
double above_zero(double value) {
    return value < 0 ? 0 : value;
}

}  // namespace

double numpy_sum(const double* values, std::size_t n) {
    if (n < 8) {
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i) sum += values[i];
        return sum;
    }
    if (n > 128) {
        const std::size_t half = n / 2 - n / 2 % 8;
        return numpy_sum(values, half) + numpy_sum(values + half, n - half);
    }
    double r[8];
    for (std::size_t k = 0; k < 8; ++k) r[k] = values[k];
    std::size_t i = 8;
    for (; i + 8 <= n; i += 8) {
        for (std::size_t k = 0; k < 8; ++k) r[k] += values[i + k];
    }
    double sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    for (; i < n; ++i) sum += values[i];
    return sum;
}

KeypointComparison::KeypointComparison(const TruthView& truth, const DetectionsView& detections,
                                       const EvaluationSettings& settings, double* out)
    : truth_(truth), detections_(detections), settings_(settings), out_(out) {
    for (const double sigma : settings.sigmas) {
        const double doubled = sigma * 2;
        variances_.push_back(doubled * doubled);
    }
}

void KeypointComparison::look_at(std::uint32_t gt) {
    if (looked_ && gt == gt_) return;
    looked_ = true;
    gt_ = gt;
    compared_.clear();
    for (std::size_t k = 0; k < variances_.size(); ++k) {
        const double* const point = truth_.keypoints + 3 * (variances_.size() * gt + k);
        if (point[2] > 0) compared_.push_back({3 * k, point[0], point[1], variances_[k]});
    }
    area_ = truth_.area[gt] + std::numeric_limits<double>::epsilon();
    const Box& box = truth_.boxes[gt];
    left_ = box.x - box.width;
    right_ = box.x + box.width * 2;
    top_ = box.y - box.height;
    bottom_ = box.y + box.height * 2;
}

void KeypointComparison::measure_visible(const double* found, double* out) const {
    for (std::size_t i = 0; i < compared_.size(); ++i) {
        const Compared& point = compared_[i];
        const double dx = found[point.at] - point.x, dy = found[point.at + 1] - point.y;
        out[i] = -((dx * dx + dy * dy) / point.variance / area_ / 2);
    }
}

void KeypointComparison::measure_all(const double* found, double* out) const {
    // Without a visible keypoint, what counts is how far outside of the doubled box it lies.
    for (std::size_t k = 0; k < variances_.size(); ++k) {
        const double x = found[3 * k], y = found[3 * k + 1];
        const double dx = above_zero(left_ - x) + above_zero(x - right_);
        const double dy = above_zero(top_ - y) + above_zero(y - bottom_);
        out[k] = -((dx * dx + dy * dy) / variances_[k] / area_ / 2);
    }
}

void KeypointComparison::add(std::uint32_t gt, std::uint32_t dt) {
    look_at(gt);
    const std::size_t n = variances_.size();
    const double* const found = detections_.keypoints + 3 * n * dt;
    double* const out = exponents_.room(n);
    if (compared_.empty()) {
        measure_all(found, out);
    } else {
        measure_visible(found, out);
    }
    exponents_.advance(compared_.empty() ? n : compared_.size());
    ends_.push_back(exponents_.size());
    if (exponents_.size() >= batch) finish();
}

void KeypointComparison::finish() {
    double* const values = exponents_.data();
    const Exponential& exponential = settings_.exponential;
    if (exponential.apply != nullptr && !exponents_.empty()) {
        exponential.apply(exponential.context, values, exponents_.size());
    } else {
        for (std::size_t i = 0; i < exponents_.size(); ++i) values[i] = std::exp(values[i]);
    }
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
        *out_++ = numpy_sum(values + begin, end - begin) / static_cast<double>(end - begin);
        begin = end;
    }
    ends_.clear();
    exponents_.clear();
}

}  // namespace cocodec
