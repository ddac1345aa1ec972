// Dense masks <-> runs: bytes or scores, in either memory order or with any strides, caller's
// buffers only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/rle.hpp"

namespace cocodec {

/// A stack of dense masks somewhere in memory; pixel (m, y, x) lies at
/// data + m * mask_stride + y * row_stride + x * column_stride (strides in bytes, any sign).
template <class Byte>
struct Dense {
    Byte* data = nullptr;
    std::size_t length = 0;  ///< number of masks
    Size size;               ///< of each mask
    std::ptrdiff_t mask_stride = 0;
    std::ptrdiff_t row_stride = 0;
    std::ptrdiff_t column_stride = 0;
};
using DenseView = Dense<const std::uint8_t>;
using DenseTarget = Dense<std::uint8_t>;

/// Runs of every mask; any non-zero byte is foreground. `threads` 0 = automatic, 1 = none.
/// Throws Error{bad_size} and std::bad_alloc, and Error{bad_run} for a run above 2^32 - 1.
RleArray encode(const DenseView& masks, int threads = 1);

/// How a score is stored, in the byte order of the machine.
enum class ScoreType : std::uint8_t { float16 = 0, bfloat16 = 1, float32 = 2, float64 = 3 };

/// A stack of scores (logits, probabilities), one per pixel; strides in bytes, as for Dense.
struct ScoresView {
    DenseView places;  ///< `data` is the first byte of the first score
    ScoreType type = ScoreType::float32;
};

/// Runs of every mask; a score above `threshold` is foreground, NaN is background. The threshold
/// is rounded to the type of the scores first, as `scores > threshold` does in numpy and torch.
/// The masks of bytes are never written out. Threads and errors as above.
RleArray encode(const ScoresView& scores, double threshold, int threads = 1);

/// What the caller knows of the background of a target.
enum class Background {
    unknown,  ///< every pixel has to be written
    is_zero,  ///< the memory is zero already: writing the foreground is enough
};

/// Writes 1 for foreground and 0 for background into every pixel of `out`, which must have as many
/// masks as `masks`, all of `out.size` (Error{size_mismatch} otherwise, before anything is
/// written).
void decode(RleArrayView masks, const DenseTarget& out, int threads = 1,
            Background background = Background::unknown);

}  // namespace cocodec
