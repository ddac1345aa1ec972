// How alike the detections and the ground truths of one cell are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cocodec/evaluation.hpp"

namespace cocodec {

class Similarities {
public:
    /// Everything is borrowed.
    Similarities(const TruthView& truth, const DetectionsView& detections,
                 const EvaluationSettings& settings, const EvaluationCells& cells)
        : truth_(truth), detections_(detections), settings_(settings), cells_(cells) {}

    /// Working memory of one thread.
    struct Scratch {
        std::vector<Box> dt_boxes, gt_boxes;
        RleArray dt_masks, gt_masks;
        std::vector<std::uint8_t> crowd;
        Buffer<double> matrix, other;
        std::vector<std::size_t> met;
    };

    /// Keypoints are compared for all cells at once, because exponentials are taken in bulk; masks
    /// are measured. To be called once before `of`.
    void prepare(int threads);

    /// The similarities of cell `c`, the detection as the fast index; nullptr where one side is
    /// empty. Lives until the next call with the same scratch.
    [[nodiscard]] const double* of(std::size_t c, Scratch& scratch) const;

    /// What one cell costs on average.
    [[nodiscard]] double work_ns() const;

private:
    /// Boxes and areas of the masks of one side.
    struct Measures {
        std::vector<Box> boxes;
        std::vector<std::uint64_t> areas;
        void take(const RleArrayView& masks, int threads);
    };
    void compare_keypoints();
    bool compare_few_masks(std::size_t c, Scratch& scratch) const;
    void compare_boxes(std::size_t c, Scratch& scratch) const;
    void compare_masks(std::size_t c, Scratch& scratch) const;
    void compare_boundaries(std::size_t c, Scratch& scratch) const;
    [[nodiscard]] std::size_t pairs(std::size_t c) const noexcept;

    const TruthView& truth_;
    const DetectionsView& detections_;
    const EvaluationSettings& settings_;
    const EvaluationCells& cells_;
    Measures gt_, dt_;                          // where masks are compared
    Buffer<double> keypoints_;                  // similarities of all cells
    std::vector<std::size_t> keypoint_starts_;  // where each cell's begin
};

}  // namespace cocodec
