// Overlaps by way of COCO's IoU, and what is suppressed for them. Masks are compared in blocks: the
// whole matrix of ten thousand masks would take 800 MB.

#include "cocodec/overlap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "cocodec/error.hpp"
#include "cocodec/iou.hpp"
#include "cocodec/setops.hpp"

namespace cocodec {
namespace {

void require_one_size(RleArrayView a, RleArrayView b) {
    const Size* const first = a.length > 0 ? a.sizes : b.sizes;
    for (const RleArrayView& masks : {a, b}) {
        for (std::size_t i = 0; i < masks.length; ++i) {
            if (masks.sizes[i] == *first) continue;
            throw Error(ErrorCode::size_mismatch,
                        "masks of sizes " + to_text(*first) + " and " + to_text(masks.sizes[i]) +
                            " do not overlap",
                        static_cast<std::int64_t>(i));
        }
    }
}

double whole(Common measure, double a, double b, double common) {
    switch (measure) {
        case Common::iou:
            return a + b - common;
        case Common::iomin:
            return std::min(a, b);
        case Common::dice:
            return (a + b) / 2;
        case Common::intersection:
            break;
    }
    return 1;
}

std::vector<double> areas_of(RleArrayView masks) {
    std::vector<std::uint64_t> pixels(masks.length);
    area(masks, pixels.data());
    return {pixels.begin(), pixels.end()};
}

/// Some masks of a batch, in an order of their own.
RleArray gather(RleArrayView masks, const std::int64_t* indexes, std::size_t n) {
    RleArray out;
    for (std::size_t i = 0; i < n; ++i) out.append(masks[static_cast<std::size_t>(indexes[i])]);
    return out;
}

std::vector<std::int64_t> by_score(RleArrayView masks, const double* scores) {
    std::vector<std::int64_t> order(masks.length);
    std::iota(order.begin(), order.end(), std::int64_t{0});
    for (std::size_t i = 0; i < masks.length; ++i) {
        if (!std::isnan(scores[i])) continue;
        throw Error(ErrorCode::bad_option, "a score is NaN", static_cast<std::int64_t>(i));
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int64_t a, std::int64_t b) { return scores[a] > scores[b]; });
    return order;
}

/// Masks that are compared with each other, block by block.
class Blocks {
public:
    Blocks(RleArrayView masks, const NmsOptions& options) : masks_(masks), options_(options) {}

    /// Calls fn(i, k, overlap) for masks a[i] and b[k] of the same class; indexes of the batch.
    template <class Fn>
    void compare(const std::int64_t* a, std::size_t n, const std::int64_t* b, std::size_t m,
                 const Fn& fn) {
        for (std::size_t start = 0; start < n; start += options_.block) {
            const std::size_t rows = std::min(options_.block, n - start);
            const RleArray first = gather(masks_, a + start, rows), second = gather(masks_, b, m);
            matrix_.resize(rows * m);
            overlap(first.view(), second.view(), options_.measure, matrix_.data(),
                    options_.threads);
            for (std::size_t i = 0; i < rows; ++i) {
                for (std::size_t k = 0; k < m; ++k) {
                    if (alike(a[start + i], b[k])) fn(start + i, k, matrix_[i * m + k]);
                }
            }
        }
    }

private:
    [[nodiscard]] bool alike(std::int64_t a, std::int64_t b) const {
        return options_.classes == nullptr || options_.classes[a] == options_.classes[b];
    }
    RleArrayView masks_;
    const NmsOptions& options_;
    std::vector<double> matrix_;
};

/// Pairs that overlap: what is left of a matrix that is nearly all zero.
struct Neighbour {
    std::size_t index;
    double overlap;
};

/// Masks by class, and from left to right: those that can overlap lie near each other.
class LeftToRight {
public:
    LeftToRight(RleArrayView masks, const std::int64_t* classes)
        : boxes_(masks.length), order_(masks.length), classes_(classes) {
        bbox(masks, boxes_.data());
        std::iota(order_.begin(), order_.end(), std::int64_t{0});
        std::sort(order_.begin(), order_.end(), [&](std::int64_t a, std::int64_t b) {
            if (class_of(a) != class_of(b)) return class_of(a) < class_of(b);
            return box(a).x != box(b).x ? box(a).x < box(b).x : a < b;
        });
    }
    [[nodiscard]] const std::vector<std::int64_t>& order() const { return order_; }

    /// Those at or behind `first` that may overlap with one of the `n` masks there.
    void near(std::size_t first, std::size_t n, std::vector<std::int64_t>& out) const {
        double right = 0, top = std::numeric_limits<double>::infinity(), bottom = 0;
        for (std::size_t i = first; i < first + n; ++i) {
            const Box& own = box(order_[i]);
            right = std::max(right, own.x + own.width);
            top = std::min(top, own.y);
            bottom = std::max(bottom, own.y + own.height);
        }
        const std::int64_t last_class = class_of(order_[first + n - 1]);
        out.clear();
        for (std::size_t i = first; i < order_.size(); ++i) {
            const Box& own = box(order_[i]);
            const std::int64_t of = class_of(order_[i]);
            // Of one class they come from left to right; the masks may be of several.
            if (of > last_class || (of == last_class && i >= first + n && own.x >= right)) break;
            if (own.y < bottom && own.y + own.height > top) out.push_back(order_[i]);
        }
    }

private:
    [[nodiscard]] const Box& box(std::int64_t i) const {
        return boxes_[static_cast<std::size_t>(i)];
    }
    [[nodiscard]] std::int64_t class_of(std::int64_t i) const {
        return classes_ == nullptr ? 0 : classes_[i];
    }
    std::vector<Box> boxes_;
    std::vector<std::int64_t> order_;
    const std::int64_t* classes_;
};

std::vector<std::vector<Neighbour>> neighbours_of(RleArrayView masks, const NmsOptions& options) {
    // The fewer are compared at a time, the fewer are near one of them.
    const std::size_t together = std::min<std::size_t>(256, options.block);
    require_one_size(masks, masks);
    std::vector<std::vector<Neighbour>> found(masks.length);
    const LeftToRight sorted(masks, options.classes);
    const std::vector<std::int64_t>& order = sorted.order();
    std::vector<std::int64_t> near;
    std::vector<std::size_t> places(masks.length);
    for (std::size_t i = 0; i < order.size(); ++i) places[static_cast<std::size_t>(order[i])] = i;
    Blocks blocks(masks, options);
    for (std::size_t start = 0; start < order.size(); start += together) {
        const std::size_t n = std::min(together, order.size() - start);
        sorted.near(start, n, near);
        blocks.compare(near.data(), near.size(), order.data() + start, n,
                       [&](std::size_t i, std::size_t k, double share) {
                           const auto a = static_cast<std::size_t>(near[i]);
                           const auto b = static_cast<std::size_t>(order[start + k]);
                           // Pairs among these masks come twice.
                           if (!(share > 0) || places[a] <= places[b]) return;
                           found[a].push_back({b, share});
                           found[b].push_back({a, share});
                       });
    }
    return found;
}

/// The masks that are left, the one with the highest score (the first of equals) at hand. What has
/// changed since it was put in is put in again, and left out when its old score comes up.
class Scores {
public:
    Scores(const double* scores, std::size_t n) : left_(scores, scores + n), taken_(n) {
        for (std::size_t i = 0; i < n; ++i) put(i);
    }
    /// The best of all, or false if there is none of at least `least`.
    bool take(double least, std::size_t& chosen, double& score) {
        while (!queue_.empty()) {
            const Entry best = queue_.top();
            queue_.pop();
            if (taken_[best.index] != 0 || best.score != left_[best.index]) continue;
            if (!(best.score >= least)) return false;
            taken_[best.index] = 1;
            chosen = best.index;
            score = best.score;
            return true;
        }
        return false;
    }
    void scale(std::size_t index, double factor) {
        if (taken_[index] != 0) return;
        const double before = left_[index];
        left_[index] *= factor;
        if (left_[index] != before) put(index);
    }

private:
    struct Entry {
        double score;
        std::size_t index;
        bool operator<(const Entry& other) const {
            return score != other.score ? score < other.score : index > other.index;
        }
    };
    /// An infinite score times 0 is none: that mask goes.
    void put(std::size_t index) {
        if (!std::isnan(left_[index])) queue_.push({left_[index], index});
    }
    std::vector<double> left_;
    std::vector<std::uint8_t> taken_;
    std::priority_queue<Entry> queue_;
};

}  // namespace

void overlap(RleArrayView a, RleArrayView b, Common measure, double* out, int threads) {
    if (a.length == 0 || b.length == 0) return;
    require_one_size(a, b);
    const std::vector<double> first = areas_of(a), second = areas_of(b);
    // What COCO divides by the area of the detection alone for crowds, times that area: rounding
    // gives the whole number again, which is below 2^52.
    const std::vector<std::uint8_t> crowd(a.length, 1);
    iou(b, a, crowd.data(), out, threads);
    for (std::size_t i = 0; i < a.length; ++i) {
        double* const row = out + i * b.length;
        for (std::size_t k = 0; k < b.length; ++k) {
            const double common = std::nearbyint(row[k] * second[k]);
            const double divisor = whole(measure, first[i], second[k], common);
            row[k] = divisor > 0 ? common / divisor : 0;
        }
    }
}

Suppressed nms(RleArrayView masks, const double* scores, const NmsOptions& options) {
    require_one_size(masks, masks);
    const std::vector<std::int64_t> order = by_score(masks, scores);
    Suppressed out;
    out.keepers.resize(masks.length);
    std::fill(out.keepers.begin(), out.keepers.end(), std::int64_t{-1});
    Blocks blocks(masks, options);
    for (std::size_t start = 0; start < order.size(); start += options.block) {
        const std::size_t n = std::min(options.block, order.size() - start);
        const std::int64_t* const block = order.data() + start;
        const auto suppress = [&](std::int64_t keeper, std::int64_t mask, double share) {
            std::int64_t& known = out.keepers[static_cast<std::size_t>(mask)];
            if (known < 0 && share > options.threshold) known = keeper;
        };
        blocks.compare(out.kept.data(), out.kept.size(), block, n,
                       [&](std::size_t i, std::size_t k, double share) {
                           suppress(out.kept[i], block[k], share);
                       });
        std::size_t decided = 0;
        blocks.compare(block, n, block, n, [&](std::size_t i, std::size_t k, double share) {
            // Rows come in order of scores: nothing can suppress mask i any more.
            for (; decided <= i; ++decided) {
                std::int64_t& own = out.keepers[static_cast<std::size_t>(block[decided])];
                if (own >= 0) continue;
                own = block[decided];
                out.kept.push_back(own);
            }
            if (k > i && out.keepers[static_cast<std::size_t>(block[i])] == block[i]) {
                suppress(block[i], block[k], share);
            }
        });
    }
    return out;
}

Merged merge_nms(RleArrayView masks, const double* scores, const NmsOptions& options) {
    Suppressed found = nms(masks, scores, options);
    // Members of the group of each that stays, by counting: ends[g + 1] is where the next goes.
    std::vector<std::int64_t> group(masks.length), members(masks.length);
    std::vector<std::int64_t> ends(found.kept.size() + 2);
    for (std::size_t g = 0; g < found.kept.size(); ++g) {
        group[static_cast<std::size_t>(found.kept[g])] = static_cast<std::int64_t>(g);
    }
    const auto group_of = [&](std::size_t i) {
        return static_cast<std::size_t>(group[static_cast<std::size_t>(found.keepers[i])]);
    };
    for (std::size_t i = 0; i < masks.length; ++i) ++ends[group_of(i) + 2];
    std::partial_sum(ends.begin(), ends.end(), ends.begin());
    for (std::size_t i = 0; i < masks.length; ++i) {
        members[static_cast<std::size_t>(ends[group_of(i) + 1]++)] = static_cast<std::int64_t>(i);
    }
    const GroupsView groups{members.data(), ends.data(), found.kept.size()};
    return {combine(masks, groups, SetOp::union_, options.threads), std::move(found.kept)};
}

Softened soft_nms(RleArrayView masks, const double* scores, const SoftNmsOptions& options) {
    if (!(options.sigma > 0)) {
        throw Error(ErrorCode::bad_option,
                    "sigma is " + std::to_string(options.sigma) + "; it must be above 0");
    }
    if (options.other.measure == Common::intersection) {
        throw Error(ErrorCode::bad_option,
                    "common pixels are no share of 1 by which a score could fall");
    }
    by_score(masks, scores);
    const auto neighbours = neighbours_of(masks, options.other);
    Scores left(scores, masks.length);
    Softened out;
    std::size_t chosen = 0;
    double score = 0;
    while (left.take(options.min_score, chosen, score)) {
        out.kept.push_back(static_cast<std::int64_t>(chosen));
        out.scores.push_back(score);
        for (const auto& [index, share] : neighbours[chosen]) {
            if (options.decay == Decay::gaussian) {
                left.scale(index, std::exp(-(share * share) / options.sigma));
            } else if (share > options.other.threshold) {
                left.scale(index, 1 - share);
            }
        }
    }
    return out;
}

}  // namespace cocodec
