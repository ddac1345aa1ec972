// A label map as runs of equal pixels, column-major (floor 1b, private).
#pragma once

#include <cstddef>
#include <cstdint>

#include <optional>
#include <vector>

#include "cocodec/label_map.hpp"

namespace cocodec {

/// So many columns in a row are read together: a row of them is a few pages of memory at most, and
/// what is kept of them stays in the cache.
inline constexpr std::size_t strip_columns = 1024;

/// Pixels of one label, one after the other in column-major order.
struct LabelRun {
    std::uint32_t length;
    std::uint32_t label;  ///< index into the strip's `labels`
};

/// Some columns of a label map. Runs of the same label may follow each other.
struct StripRuns {
    Buffer<std::int64_t> labels;  ///< each once, in no order
    Buffer<LabelRun> runs;
};

/// Reads every pixel of `strip` once; it has at most `strip_columns` columns. Throws
/// Error{too_large} beyond 2^32 - 1 labels.
void scan_labels(const LabelMapView& strip, StripRuns& out);

/// One mask for every label of a map of this size but the background; strips from left to right.
LabelledMasks masks_of(Size size, std::vector<StripRuns> strips,
                       std::optional<std::int64_t> background);

}  // namespace cocodec
