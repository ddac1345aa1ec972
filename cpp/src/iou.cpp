// Intersection over union. The arithmetic is written in the reference's order: its doubles must
// come out bit for bit.

#include "cocodec/iou.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "threads.hpp"

namespace cocodec {
namespace {

// Measured cost of one step over two run lists, for the choice of threads.
constexpr double step_ns = 3.0;

double box_iou(const Box& dt, const Box& gt, bool crowd) {
    const double w = std::fmin(dt.width + dt.x, gt.width + gt.x) - std::fmax(dt.x, gt.x);
    if (w <= 0) return 0;
    const double h = std::fmin(dt.height + dt.y, gt.height + gt.y) - std::fmax(dt.y, gt.y);
    if (h <= 0) return 0;
    const double dt_area = dt.width * dt.height, gt_area = gt.width * gt.height;
    const double intersection = w * h;
    const double denominator = crowd ? dt_area : dt_area + gt_area - intersection;
    return intersection / denominator;
}

/// Pixels that are foreground in both masks, by walking the foreground intervals of each.
std::uint64_t intersection_area(RleView a, RleView b) {
    std::uint64_t total = 0;
    std::uint64_t a_end = 0,
                  b_end = 0;  // where the current interval ends, and the list has been read
    std::uint64_t a_start = 0, b_start = 0;
    std::size_t i = 0, j = 0;
    const auto advance = [](RleView mask, std::size_t& index, std::uint64_t& start,
                            std::uint64_t& end) {
        if (index + 1 >= mask.length) return false;
        start = end + mask.counts[index];
        end = start + mask.counts[index + 1];
        index += 2;
        return true;
    };
    if (!advance(a, i, a_start, a_end) || !advance(b, j, b_start, b_end)) return 0;
    for (;;) {
        const std::uint64_t start = std::max(a_start, b_start), end = std::min(a_end, b_end);
        if (start < end) total += end - start;
        const bool more =
            a_end < b_end ? advance(a, i, a_start, a_end) : advance(b, j, b_start, b_end);
        if (!more) return total;
    }
}

struct Measured {
    std::vector<Box> boxes;
    std::vector<std::uint64_t> areas;

    explicit Measured(RleArrayView masks) : boxes(masks.length), areas(masks.length) {
        bbox(masks, boxes.data());
        area(masks, areas.data());
    }
};

}  // namespace

void iou(RleArrayView dt, RleArrayView gt, const std::uint8_t* iscrowd, double* out, int threads) {
    const Measured d(dt), g(gt);
    const auto runs =
        static_cast<double>(dt.length == 0 ? 0 : dt.offsets[dt.length] - dt.offsets[0]);
    const double work = step_ns * runs * static_cast<double>(gt.length);
    parallel_for(gt.length, work, threads, [&](std::size_t first, std::size_t last) {
        for (std::size_t j = first; j < last; ++j) {
            const bool crowd = iscrowd != nullptr && iscrowd[j] != 0;
            for (std::size_t i = 0; i < dt.length; ++i) {
                double& value = out[j * dt.length + i];
                value = 0;
                if (!(box_iou(d.boxes[i], g.boxes[j], crowd) > 0)) continue;
                if (dt.sizes[i] != gt.sizes[j]) {
                    value = -1;
                    continue;
                }
                const std::uint64_t both = intersection_area(dt[i], gt[j]);
                if (both == 0) continue;
                const std::uint64_t either = crowd ? d.areas[i] : d.areas[i] + g.areas[j] - both;
                value = static_cast<double>(both) / static_cast<double>(either);
            }
        }
    });
}

void iou(const Box* dt, std::size_t dt_length, const Box* gt, std::size_t gt_length,
         const std::uint8_t* iscrowd, double* out) {
    for (std::size_t j = 0; j < gt_length; ++j) {
        const bool crowd = iscrowd != nullptr && iscrowd[j] != 0;
        for (std::size_t i = 0; i < dt_length; ++i) {
            out[j * dt_length + i] = box_iou(dt[i], gt[j], crowd);
        }
    }
}

}  // namespace cocodec
