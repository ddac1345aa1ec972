// IoU by cell. Masks of a cell are copied together first: rows of one cell lie apart.

#include "evaluation/similarity.hpp"

#include <algorithm>

#include "cocodec/iou.hpp"
#include "evaluation/keypoints.hpp"
#include "masks/pair_iou.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

constexpr double box_pair_ns = 5;
constexpr double mask_ns = 500;  // an average mask: copied, compared with a few others
constexpr double measured_mask_ns = 50;

void gather(const RleArrayView& masks, const std::uint32_t* rows, std::size_t n, RleArray& out) {
    out.counts.clear();
    out.sizes.clear();
    out.offsets.resize(1);
    for (std::size_t i = 0; i < n; ++i) out.append(masks[rows[i]]);
}

void gather(const Box* boxes, const std::uint32_t* rows, std::size_t n, std::vector<Box>& out) {
    out.clear();
    for (std::size_t i = 0; i < n; ++i) out.push_back(boxes[rows[i]]);
}

}  // namespace

std::size_t Similarities::pairs(std::size_t c) const noexcept {
    return (cells_.gt_starts[c + 1] - cells_.gt_starts[c]) *
           (cells_.dt_starts[c + 1] - cells_.dt_starts[c]);
}

double Similarities::work_ns() const {
    const auto rows = static_cast<double>(cells_.gt_rows.size() + cells_.dt_rows.size());
    const bool cheap =
        settings_.similarity == Similarity::boxes || settings_.similarity == Similarity::keypoints;
    return rows * (cheap ? 10 * box_pair_ns : mask_ns);
}

void Similarities::Measures::take(const RleArrayView& masks, int threads) {
    boxes.resize(masks.length);
    areas.resize(masks.length);
    parallel_for(masks.length, measured_mask_ns * static_cast<double>(masks.length), threads,
                 [&](std::size_t first, std::size_t last) {
                     const RleArrayView part = masks.slice(first, last - first);
                     bbox(part, boxes.data() + first);
                     area(part, areas.data() + first);
                 });
}

void Similarities::prepare(int threads) {
    if (settings_.similarity == Similarity::keypoints) {
        compare_keypoints();
    } else if (settings_.similarity != Similarity::boxes && dt_.boxes.empty()) {
        gt_.take(truth_.masks, threads);
        dt_.take(detections_.masks, threads);
    }
}

void Similarities::compare_keypoints() {
    if (!keypoint_starts_.empty()) return;
    keypoint_starts_.push_back(0);
    for (std::size_t c = 0; c < cells_.size(); ++c) {
        keypoint_starts_.push_back(keypoint_starts_.back() + pairs(c));
    }
    keypoints_.resize(keypoint_starts_.back());
    KeypointComparison comparison(truth_, detections_, settings_, keypoints_.data());
    for (std::size_t c = 0; c < cells_.size(); ++c) {
        for (std::size_t g = cells_.gt_starts[c]; g < cells_.gt_starts[c + 1]; ++g) {
            for (std::size_t d = cells_.dt_starts[c]; d < cells_.dt_starts[c + 1]; ++d) {
                comparison.add(cells_.gt_rows[g], cells_.dt_rows[d]);
            }
        }
    }
    comparison.finish();
}

const double* Similarities::of(std::size_t c, Scratch& scratch) const {
    if (pairs(c) == 0) return nullptr;
    if (settings_.similarity == Similarity::keypoints) {
        return keypoints_.data() + keypoint_starts_[c];
    }
    scratch.matrix.resize(pairs(c));
    scratch.crowd.clear();
    for (std::size_t g = cells_.gt_starts[c]; g < cells_.gt_starts[c + 1]; ++g) {
        const std::uint8_t* const crowd = truth_.crowd;
        scratch.crowd.push_back(crowd == nullptr ? std::uint8_t{0} : crowd[cells_.gt_rows[g]]);
    }
    if (settings_.similarity == Similarity::boxes) {
        compare_boxes(c, scratch);
    } else {
        if (!compare_few_masks(c, scratch)) compare_masks(c, scratch);
        if (settings_.similarity == Similarity::boundaries) compare_boundaries(c, scratch);
    }
    return scratch.matrix.data();
}

void Similarities::compare_boxes(std::size_t c, Scratch& scratch) const {
    const std::size_t g = cells_.gt_starts[c], d = cells_.dt_starts[c];
    const std::size_t m = cells_.dt_starts[c + 1] - d, n = cells_.gt_starts[c + 1] - g;
    gather(detections_.boxes, &cells_.dt_rows[d], m, scratch.dt_boxes);
    gather(truth_.boxes, &cells_.gt_rows[g], n, scratch.gt_boxes);
    iou(scratch.dt_boxes.data(), m, scratch.gt_boxes.data(), n, scratch.crowd.data(),
        scratch.matrix.data());
}

/// Pair by pair, where the masks are: most cells have few, and of these few meet. False, and
/// nothing of use done, if masks meet so often that bitmaps pay.
bool Similarities::compare_few_masks(std::size_t c, Scratch& scratch) const {
    const std::size_t g = cells_.gt_starts[c], d = cells_.dt_starts[c];
    const std::size_t m = cells_.dt_starts[c + 1] - d, n = cells_.gt_starts[c + 1] - g;
    scratch.met.clear();
    for (std::size_t k = 0; k < m * n; ++k) {
        scratch.matrix[k] = 0;
        const Box &dt = dt_.boxes[cells_.dt_rows[d + k % m]],
                  &gt = gt_.boxes[cells_.gt_rows[g + k / m]];
        if (boxes_meet(dt, gt)) scratch.met.push_back(k);
    }
    if (scratch.met.size() > std::max(m, n)) return false;
    for (const std::size_t k : scratch.met) {
        const std::size_t dt = cells_.dt_rows[d + k % m], gt = cells_.gt_rows[g + k / m];
        scratch.matrix[k] = pair_iou({detections_.masks[dt], dt_.areas[dt]},
                                     {truth_.masks[gt], gt_.areas[gt]}, scratch.crowd[k / m] != 0);
    }
    return true;
}

void Similarities::compare_masks(std::size_t c, Scratch& scratch) const {
    const std::size_t g = cells_.gt_starts[c], d = cells_.dt_starts[c];
    gather(detections_.masks, &cells_.dt_rows[d], cells_.dt_starts[c + 1] - d, scratch.dt_masks);
    gather(truth_.masks, &cells_.gt_rows[g], cells_.gt_starts[c + 1] - g, scratch.gt_masks);
    iou(scratch.dt_masks.view(), scratch.gt_masks.view(), scratch.crowd.data(),
        scratch.matrix.data());
}

void Similarities::compare_boundaries(std::size_t c, Scratch& scratch) const {
    const std::size_t g = cells_.gt_starts[c], d = cells_.dt_starts[c];
    gather(detections_.boundaries, &cells_.dt_rows[d], cells_.dt_starts[c + 1] - d,
           scratch.dt_masks);
    gather(truth_.boundaries, &cells_.gt_rows[g], cells_.gt_starts[c + 1] - g, scratch.gt_masks);
    scratch.other.resize(scratch.matrix.size());
    iou(scratch.dt_masks.view(), scratch.gt_masks.view(), scratch.crowd.data(),
        scratch.other.data());
    const std::size_t m = scratch.dt_masks.size();
    for (std::size_t i = 0; i < scratch.matrix.size(); ++i) {
        // Of a crowd the boundary says nothing.
        if (scratch.crowd[i / m] != 0) continue;
        scratch.matrix[i] = std::min(scratch.matrix[i], scratch.other[i]);
    }
}

}  // namespace cocodec
