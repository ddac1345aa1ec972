// Detections against ground truth: matching in every image and category, then average precision and
// recall, with the doubles of pycocotools 2.0.11. Annotations come as columns; what an id, an image
// or a category is called is the caller's affair.
//
// A cell is one category in one image (one image, where categories are not told apart). Cells stand
// in the order of categories, then of images; empty ones are left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "cocodec/buffer.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// How alike a detection and a ground truth are.
enum class Similarity : std::uint8_t {
    boxes = 0,       ///< IoU of boxes
    masks = 1,       ///< IoU of masks
    boundaries = 2,  ///< the lesser of the IoU of masks and that of their boundaries; crowds: masks
    keypoints = 3,   ///< object keypoint similarity
};

/// One side's columns, borrowed; those that the similarity does not need may be nullptr.
struct AnnotationsView {
    std::size_t length = 0;
    const std::int64_t* image = nullptr;     ///< index of the image, -1: not evaluated
    const std::int64_t* category = nullptr;  ///< index of the category, -1: not evaluated
    const double* area = nullptr;            ///< in pixels, what area ranges go by
    /// For boxes; of ground truth, for keypoints too.
    const Box* boxes = nullptr;
    RleArrayView masks;       ///< for masks and boundaries
    RleArrayView boundaries;  ///< for boundaries
    /// x, y and visibility of every keypoint, as many as there are sigmas in each row.
    const double* keypoints = nullptr;
    /// nullptr: nowhere. A match with such an annotation does not count as one: pycocotools notes
    /// matches by id, and takes id 0 (for detections, 0 and less) for none.
    const std::uint8_t* unnamed = nullptr;
};

struct TruthView : AnnotationsView {
    const std::uint8_t* crowd = nullptr;   ///< nullptr: nowhere. Matched any number of times.
    const std::uint8_t* ignore = nullptr;  ///< nullptr: nowhere. Need not be found.
};

struct DetectionsView : AnnotationsView {
    const double* score = nullptr;
    /// nullptr: nowhere. Ignored where unmatched (categories that are not exhaustively annotated).
    const std::uint8_t* lenient = nullptr;
};

/// Replaces n values by their exponentials. numpy's differ from the C library's in the last bit, so
/// whoever wants numpy's doubles passes numpy's function.
struct Exponential {
    void (*apply)(void* context, double* values, std::size_t n) = nullptr;  ///< nullptr: std::exp
    void* context = nullptr;
};

struct EvaluationSettings {
    Similarity similarity = Similarity::masks;
    std::size_t images = 0;      ///< how many are evaluated
    std::size_t categories = 0;  ///< how many are evaluated
    bool use_categories = true;  ///< false: all categories of an image are one
    std::vector<double> iou_thresholds;
    std::vector<double> recall_thresholds;
    std::vector<std::pair<double, double>> area_ranges;  ///< both ends included
    std::vector<std::int64_t> max_detections;            ///< in a cell; ascending, at least one
    std::vector<double> sigmas;                          ///< keypoints: one each
    Exponential exponential;

    /// Categories in the result.
    [[nodiscard]] std::size_t groups() const noexcept { return use_categories ? categories : 1; }
};

/// Which rows are in which cell: cell c has ground truth rows gt_rows[gt_starts[c] ..
/// gt_starts[c + 1]) in the order of the input, and detections likewise, highest score first, at
/// most the largest of `max_detections`.
struct EvaluationCells {
    std::vector<std::int64_t> category;  ///< 0 where categories are not told apart
    std::vector<std::int64_t> image;
    std::vector<std::size_t> gt_starts{0}, dt_starts{0};
    std::vector<std::uint32_t> gt_rows, dt_rows;
    std::vector<std::size_t> group_starts;  ///< first cell of each category, and the end

    [[nodiscard]] std::size_t size() const noexcept { return image.size(); }
};

/// Everything that matching decided. Detections and ground truths count as in EvaluationCells, but
/// in every area range the ground truths of a cell that are ignored stand behind the others.
struct EvaluationDetails {
    Buffer<std::int64_t> dt_matches;  ///< [area range][threshold][detection]: row, or -1
    Buffer<std::uint8_t> dt_ignore;   ///< [area range][threshold][detection]
    Buffer<std::int64_t> gt_matches;  ///< [area range][threshold][ground truth]: row, or -1
    Buffer<std::int64_t> gt_rows;     ///< [area range][ground truth]
    Buffer<std::uint8_t> gt_ignore;   ///< [area range][ground truth]
};

/// Where the results go: -1 where a category has no ground truth in an area range.
struct EvaluationOutput {
    double* precision = nullptr;  ///< [threshold][recall][category][area range][max detections]
    double* recall = nullptr;     ///< [threshold][category][area range][max detections]
    double* scores = nullptr;     ///< as precision: the score at that recall
};

/// One evaluation. The columns must outlive it. Results do not depend on the number of threads.
class Evaluation {
public:
    /// Groups and sorts. O(rows log rows + images + categories). Throws Error{bad_shape} for
    /// columns and settings that do not fit together, naming the row.
    Evaluation(const TruthView& truth, const DetectionsView& detections,
               EvaluationSettings settings);
    Evaluation(Evaluation&&) noexcept;
    Evaluation& operator=(Evaluation&&) noexcept;
    ~Evaluation();

    [[nodiscard]] const EvaluationCells& cells() const noexcept;

    /// Decides for every detection, area range and threshold what it is. Keeps one byte for each.
    void match(int threads = 1);

    /// Precision, recall and scores from what `match` decided (it is called if it was not).
    void accumulate(const EvaluationOutput& out, int threads = 1);

    /// Matches again, and notes with whom.
    [[nodiscard]] EvaluationDetails details(int threads = 1);

    /// The similarities, cell by cell: in each, the detection is the fast index.
    [[nodiscard]] Buffer<double> similarities(int threads = 1);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cocodec
