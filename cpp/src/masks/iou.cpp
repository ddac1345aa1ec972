// Intersection over union. The arithmetic is in the reference's order: its doubles must come out
// bit for bit.

#include "cocodec/iou.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "kernels/table.hpp"
#include "masks/grid.hpp"
#include "masks/intervals.hpp"
#include "masks/pair_iou.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

// Measured costs, for the choice of ways and of threads: box and area of a mask, a run in them, two
// boxes, a run in a merge, a run painted into a bitmap. What words cost the kernels know.
constexpr double iou_mask_ns = 40;
constexpr double measure_ns = 0.3;
constexpr double boxes_ns = 1.5;
constexpr double iou_run_ns = 1.2;
constexpr double paint_ns = 3.0;

// A mask gets a bitmap if that has at most this many words a run: beyond that merging runs is
// faster, and memory stays in proportion to the runs.
constexpr std::size_t words_per_run = 6;

using kernels::slack;

/// Boxes by columns, as the kernel wants them.
class BoxTable {
public:
    BoxTable(const Box* boxes, std::size_t n) : length_(n), values_(5 * n) {
        for (std::size_t i = 0; i < n; ++i) {
            const kernels::BoxEdges box = edges(boxes[i]);
            const double columns[] = {box.left, box.top, box.right, box.bottom, box.area};
            for (std::size_t k = 0; k < 5; ++k) values_[k * n + i] = columns[k];
        }
    }
    static kernels::BoxEdges edges(const Box& box) {
        return {box.x, box.y, box.width + box.x, box.height + box.y, box.width * box.height};
    }
    [[nodiscard]] kernels::BoxColumns columns() const {
        const double* const values = values_.data();
        return {values, values + length_, values + 2 * length_, values + 3 * length_,
                values + 4 * length_};
    }

private:
    std::size_t length_;
    std::vector<double> values_;
};

/// Pixels of the interval where both masks are now.
std::int64_t shared(const Intervals& a, const Intervals& b) {
    const std::int64_t length = std::min(a.end, b.end) - std::max(a.start, b.start);
    return length & ~(length >> 63);
}

/// Pixels that are foreground in both masks, by walking the foreground intervals of each: whichever
/// ends first goes on. Nobody can predict which, so there is no branch on it.
std::uint64_t intersection_area(RleView mask_a, RleView mask_b) {
    Intervals a(mask_a), b(mask_b);
    if (!a.more() || !b.more()) return 0;
    a.step(-1);
    b.step(-1);
    while (a.end <= b.start && a.more()) a.step(-1);
    while (b.end <= a.start && b.more()) b.step(-1);
    std::int64_t total = shared(a, b);
    while (a.more() && b.more()) {
        const std::int64_t behind = (a.end - b.end) >> 63;
        a.step(behind);
        b.step(~behind);
        total += shared(a, b);
    }
    while (a.more() && a.end < b.end) {
        a.step(-1);
        total += shared(a, b);
    }
    while (b.more() && b.end < a.end) {
        b.step(-1);
        total += shared(a, b);
    }
    return static_cast<std::uint64_t>(total);
}

/// `both`: pixels in common; of a crowd the area of the detection alone counts.
double ratio(std::uint64_t both, std::uint64_t dt_area, std::uint64_t gt_area, bool is_crowd) {
    if (both == 0) return 0;
    const std::uint64_t either = is_crowd ? dt_area : dt_area + gt_area - both;
    return static_cast<double>(both) / static_cast<double>(either);
}

/// What is known of the masks of one side.
struct IouSide {
    RleArrayView masks;
    std::vector<Box> boxes;
    std::vector<std::uint64_t> areas;
    std::vector<std::uint8_t> partners;  // whose boxes meet: 0, 1, or more
    std::vector<Grid> grids;             // those that have words are painted
    Buffer<std::uint64_t> words;

    IouSide(RleArrayView of, int threads)
        : masks(of), boxes(of.length), areas(of.length), partners(of.length), grids(of.length) {
        const auto measure = [this](std::size_t first, std::size_t last) {
            const RleArrayView part = masks.slice(first, last - first);
            bbox(part, boxes.data() + first);
            area(part, areas.data() + first);
        };
        parallel_for(masks.length,
                     iou_mask_ns * static_cast<double>(masks.length) + measure_ns * runs(), threads,
                     measure);
    }
    [[nodiscard]] double runs() const {
        const std::size_t n = masks.length;
        return n == 0 ? 0 : static_cast<double>(masks.offsets[n] - masks.offsets[0]);
    }

    /// Bitmaps for the masks that have several partners, where they pay.
    void paint(int threads) {
        std::size_t total = 0;
        double painted = 0;
        for (std::size_t i = 0; i < masks.length; ++i) {
            if (partners[i] < 2) continue;
            grids[i] = Grid(boxes[i]);
            if (grids[i].size() > words_per_run * masks[i].length) grids[i] = Grid();
            total += grids[i].size();
            painted += static_cast<double>(grids[i].size() > 0 ? masks[i].length : 0);
        }
        words.resize(total);
        std::uint64_t* place = words.data();
        for (Grid& grid : grids) {
            if (grid.size() == 0) continue;
            grid.words = place;
            place += grid.size();
        }
        parallel_for(masks.length, painted * paint_ns, threads,
                     [&](std::size_t first, std::size_t last) {
                         for (std::size_t i = first; i < last; ++i) {
                             if (grids[i].words != nullptr) grids[i].paint(masks[i]);
                         }
                     });
    }
};

/// Detections against ground truth: first the boxes of all pairs, then the pixels of those that
/// meet.
class IouPairs {
public:
    IouPairs(RleArrayView dt, RleArrayView gt, const std::uint8_t* iscrowd, double* out,
             int threads)
        : dt_(dt, threads), gt_(gt, threads), iscrowd_(iscrowd), out_(out), threads_(threads) {}

    void run() {
        if (dt_.masks.length == 0 || gt_.masks.length == 0) return;
        const auto n =
            static_cast<double>(dt_.masks.length) * static_cast<double>(gt_.masks.length);
        const BoxTable table(dt_.boxes.data(), dt_.masks.length);
        parallel_for(gt_.masks.length, n * boxes_ns, threads_,
                     [&](std::size_t first, std::size_t last) { meet(table, first, last); });
        if (met_ == 0) return;
        dt_.paint(threads_);
        gt_.paint(threads_);
        parallel_for(gt_.masks.length, work() + n * boxes_ns, threads_,
                     [&](std::size_t first, std::size_t last) {
                         Buffer<std::uint32_t> list;
                         for (std::size_t j = first; j < last; ++j) count(j, list);
                     });
    }

private:
    [[nodiscard]] bool crowd(std::size_t j) const {
        return iscrowd_ != nullptr && iscrowd_[j] != 0;
    }

    /// The IoU of the boxes goes where the IoU of the masks will stand; who meets whom is counted.
    void meet(const BoxTable& table, std::size_t first, std::size_t last) {
        const std::size_t n = dt_.masks.length;
        const kernels::SetKernels& kernels = *kernels::active().sets;
        std::vector<std::uint8_t> partners(n);
        Buffer<std::uint32_t> list;
        std::uint64_t met = 0;
        for (std::size_t j = first; j < last; ++j) {
            double* const column = out_ + j * n;
            kernels.box_iou(table.columns(), n, BoxTable::edges(gt_.boxes[j]), crowd(j), column);
            const std::size_t here = kernels.positive(column, n, list.room(n + slack));
            for (std::size_t k = 0; k < here; ++k) {
                std::uint8_t& count = partners[list.data()[k]];
                count = static_cast<std::uint8_t>(count | (count + 1));
            }
            met += here;
            gt_.partners[j] = static_cast<std::uint8_t>(std::min<std::size_t>(here, 2));
        }
        const std::lock_guard<std::mutex> lock(mutex_);
        met_ += met;
        for (std::size_t i = 0; i < n; ++i) {
            dt_.partners[i] =
                static_cast<std::uint8_t>(dt_.partners[i] | (dt_.partners[i] + partners[i]));
        }
    }

    /// What comparing all pairs that meet will cost, from the average mask.
    [[nodiscard]] double work() const {
        const double word_ns = kernels::active().costs.compared_word;
        const auto average = [word_ns](const IouSide& side) {
            const double all = side.words.empty()
                                   ? iou_run_ns * side.runs()
                                   : word_ns * static_cast<double>(side.words.size());
            return all / static_cast<double>(side.masks.length);
        };
        return static_cast<double>(met_) * (average(dt_) + average(gt_));
    }

    /// Replaces what is above 0 in column `j`; `list` is memory.
    void count(std::size_t j, Buffer<std::uint32_t>& list) {
        const std::size_t n = dt_.masks.length;
        double* const column = out_ + j * n;
        const std::size_t here = kernels::active().sets->positive(column, n, list.room(n + slack));
        for (std::size_t k = 0; k < here; ++k) {
            const std::size_t i = list.data()[k];
            column[i] = dt_.masks.sizes[i] == gt_.masks.sizes[j] ? pair(i, j) : -1;
        }
    }

    [[nodiscard]] double pair(std::size_t i, std::size_t j) const {
        const Grid &a = dt_.grids[i], &b = gt_.grids[j];
        const bool painted = a.words != nullptr && b.words != nullptr;
        const std::uint64_t both = painted
                                       ? cocodec::intersection_area(a, b, *kernels::active().sets)
                                       : intersection_area(dt_.masks[i], gt_.masks[j]);
        return ratio(both, dt_.areas[i], gt_.areas[j], crowd(j));
    }

    IouSide dt_, gt_;
    const std::uint8_t* iscrowd_;
    double* out_;
    int threads_;
    std::mutex mutex_;
    std::uint64_t met_ = 0;
};

}  // namespace

bool boxes_meet(const Box& a, const Box& b) noexcept {
    return std::min(a.x + a.width, b.x + b.width) > std::max(a.x, b.x) &&
           std::min(a.y + a.height, b.y + b.height) > std::max(a.y, b.y);
}

double pair_iou(const MeasuredMask& dt, const MeasuredMask& gt, bool is_crowd) {
    if (!(dt.mask.size == gt.mask.size)) return -1;
    return ratio(intersection_area(dt.mask, gt.mask), dt.area, gt.area, is_crowd);
}

void iou(RleArrayView dt, RleArrayView gt, const std::uint8_t* iscrowd, double* out, int threads) {
    IouPairs(dt, gt, iscrowd, out, threads).run();
}

// Two arrays, their flags and the output: what any caller has.
// NOLINTNEXTLINE(readability-function-size)
void iou(const Box* dt, std::size_t dt_length, const Box* gt, std::size_t gt_length,
         const std::uint8_t* iscrowd, double* out) {
    const kernels::SetKernels& kernels = *kernels::active().sets;
    const BoxTable table(dt, dt_length);
    for (std::size_t j = 0; j < gt_length; ++j) {
        kernels.box_iou(table.columns(), dt_length, BoxTable::edges(gt[j]),
                        iscrowd != nullptr && iscrowd[j] != 0, out + j * dt_length);
    }
}

}  // namespace cocodec
