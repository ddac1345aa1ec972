// The merge of two run lists, shared by set operations and polygons (floor 1b, private).
#pragma once

#include "cocodec/rle.hpp"
#include "cocodec/setops.hpp"

namespace cocodec {

// Measured cost of merging one run, for the choice of ways and of threads.
inline constexpr double merge_ns_per_run = 1.5;

/// Appends the runs of `a op b` to `out`. Sizes must be equal and both masks valid.
/// Zero-length runs inside the input are walked exactly as pycocotools' rleMerge walks them.
void merge_runs(RleView a, RleView b, SetOp op, Buffer<std::uint32_t>& out);

}  // namespace cocodec
