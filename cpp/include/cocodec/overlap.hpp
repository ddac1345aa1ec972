// How much the masks of two batches have in common, and which masks of one batch say the same.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/buffer.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// Common pixels: as many as they are, or divided by those of the union, by those of the smaller
/// mask, or by the mean of both; 0 where there is nothing to divide by.
enum class Common { intersection, iou, iomin, dice };

/// out[i * b.length + k] says it of a[i] and b[k]. Throws Error{size_mismatch} unless all masks
/// have one size.
void overlap(RleArrayView a, RleArrayView b, Common measure, double* out, int threads = 1);

struct NmsOptions {
    double threshold = 0.5;  ///< a mask goes if it overlaps with one that stays by more than that
    Common measure = Common::iou;
    const std::int64_t* classes = nullptr;  ///< one a mask: others are not touched; nullptr: none
    int threads = 1;
    std::size_t block = 1024;  ///< masks compared at a time: working memory is 8 block^2 bytes
};

/// What became of each mask.
struct Suppressed {
    Buffer<std::int64_t> kept;  ///< indexes of those that stay, highest score first
    Buffer<std::int64_t>
        keepers;  ///< of each mask: the first of `kept` that it went for, or itself
};

/// Non-maximum suppression: from the highest score on (the first of equals), every mask goes that
/// overlaps with one that stays. Throws Error{size_mismatch}, and Error{bad_option} for a score
/// that is NaN.
Suppressed nms(RleArrayView masks, const double* scores, const NmsOptions& options);

struct Merged {
    RleArray masks;             ///< of each that stays: it and those that went for it, united
    Buffer<std::int64_t> kept;  ///< as nms gives them
};

/// The same, and nothing is lost: overlaps are those of the masks as they were.
Merged merge_nms(RleArrayView masks, const double* scores, const NmsOptions& options);

enum class Decay {
    linear,   ///< by 1 - overlap, where that is more than the threshold
    gaussian  ///< by exp(-overlap^2 / sigma), everywhere
};

struct SoftNmsOptions {
    Decay decay = Decay::gaussian;
    double sigma = 0.5;
    double min_score = 0.001;  ///< what falls below goes
    NmsOptions other;
};

struct Softened {
    Buffer<std::int64_t> kept;  ///< indexes in the order in which they were chosen
    Buffer<double> scores;      ///< what their scores were by then
};

/// Soft suppression (Bodla et al., 2017): the mask with the highest score is taken (the first of
/// equals), the scores of those left fall by their overlap with it, and so on. Throws as nms does,
/// and Error{bad_option} for a sigma that is not above 0, and for Common::intersection.
Softened soft_nms(RleArrayView masks, const double* scores, const SoftNmsOptions& options);

}  // namespace cocodec
