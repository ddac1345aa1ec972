// Intersection over union of masks and of boxes, with COCO's crowd rule.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/rle.hpp"

namespace cocodec {

/// out[g * dt.length + d] = IoU of dt[d] and gt[g] (column-major dt x gt, as pycocotools has it).
/// Where iscrowd[g] is non-zero (nullptr: nowhere) the denominator is the area of dt[d] alone. 0
/// where the bounding boxes do not meet, -1 where they meet but the sizes of the masks differ.
void iou(RleArrayView dt, RleArrayView gt, const std::uint8_t* iscrowd, double* out,
         int threads = 1);

/// The same for boxes (x, y, width, height).
void iou(const Box* dt, std::size_t dt_length, const Box* gt, std::size_t gt_length,
         const std::uint8_t* iscrowd, double* out);

}  // namespace cocodec
