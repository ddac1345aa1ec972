// Set operations over groups of masks and over pairs of batches.

#include "cocodec/setops.hpp"

#include <algorithm>
#include <string>

#include "cocodec/error.hpp"
#include "masks/fold.hpp"
#include "masks/run_merge.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

// Above this much work, one group alone is worth splitting over threads.
constexpr double split_ns = 5e6;

void require_same_size(RleView a, RleView b, std::int64_t item) {
    if (a.size == b.size) return;
    throw Error(ErrorCode::size_mismatch,
                "size is " + to_text(b.size) + ", the mask it meets has " + to_text(a.size), item);
}

double merge_cost(RleArrayView masks, std::size_t times = 1) {
    const std::int64_t runs =
        masks.length == 0 ? 0 : masks.offsets[masks.length] - masks.offsets[0];
    return merge_ns_per_run * static_cast<double>(runs) * static_cast<double>(times);
}

/// The masks of a group, of one size.
class Members {
public:
    Members(RleArrayView masks, const GroupsView& groups, std::size_t group)
        : masks_(masks), members_(groups.members + groups.offsets[group]) {
        const std::int64_t n = groups.offsets[group + 1] - groups.offsets[group];
        if (n <= 0) {
            throw Error(ErrorCode::bad_shape, "a group has no masks",
                        static_cast<std::int64_t>(group));
        }
        length_ = static_cast<std::size_t>(n);
        for (std::size_t i = 1; i < length_; ++i) {
            require_same_size((*this)[0], (*this)[i], members_[i]);
        }
    }
    [[nodiscard]] std::size_t size() const { return length_; }
    RleView operator[](std::size_t i) const {
        return masks_[static_cast<std::size_t>(members_[i])];
    }

private:
    RleArrayView masks_;
    const std::int64_t* members_;
    std::size_t length_ = 0;
};

/// One group over several threads: each folds a part, and then the parts are folded.
RleArray combine_one(const Members& members, SetOp op, double work, int threads) {
    const auto fold_part = [op](const auto& masks, std::size_t first, std::size_t last,
                                RleArray& out) {
        Fold fold(op);
        for (std::size_t i = first; i < last; ++i) fold.add(masks[i]);
        fold.finish(out);
    };
    const RleArray parts = parallel_build(members.size(), work, threads,
                                          [&](std::size_t first, std::size_t last, RleArray& out) {
                                              fold_part(members, first, last, out);
                                          });
    RleArray out;
    fold_part(parts.view(), 0, parts.size(), out);
    return out;
}

/// Whether the result is the same, run for run, however the group is split.
bool can_split(const Members& members, SetOp op) {
    if (op == SetOp::difference) return false;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (!is_plain(members[i])) return false;
    }
    return true;
}

}  // namespace

RleArray combine(RleArrayView masks, const GroupsView& groups, SetOp op, int threads) {
    const double work = merge_cost(masks);
    if (groups.length == 1 && work > split_ns && threads != 1) {
        const Members members(masks, groups, 0);
        if (can_split(members, op)) return combine_one(members, op, work, threads);
    }
    return parallel_build(groups.length, work, threads,
                          [&](std::size_t first, std::size_t last, RleArray& out) {
                              Fold fold(op);
                              for (std::size_t g = first; g < last; ++g) {
                                  const Members members(masks, groups, g);
                                  fold.clear();
                                  for (std::size_t i = 0; i < members.size(); ++i) {
                                      fold.add(members[i]);
                                  }
                                  fold.finish(out);
                              }
                          });
}

RleArray combine(RleArrayView a, RleArrayView b, SetOp op, int threads) {
    if (a.length != b.length && a.length != 1 && b.length != 1) {
        throw Error(ErrorCode::bad_shape, std::to_string(a.length) + " masks do not pair with " +
                                              std::to_string(b.length) +
                                              " (lengths must be equal, or one of them 1)");
    }
    const std::size_t n = a.length == 1 ? b.length : a.length;
    const double work = merge_cost(a, a.length == 1 ? n : 1) + merge_cost(b, b.length == 1 ? n : 1);
    return parallel_build(
        n, work, threads, [&](std::size_t first, std::size_t last, RleArray& out) {
            for (std::size_t i = first; i < last; ++i) {
                const RleView left = a[a.length == 1 ? 0 : i], right = b[b.length == 1 ? 0 : i];
                require_same_size(left, right, static_cast<std::int64_t>(i));
                merge_runs(left, right, op, out.counts);
                out.finish(left.size);
            }
        });
}

RleArray complement(RleArrayView masks) {
    RleArray out;
    for (std::size_t i = 0; i < masks.length; ++i) {
        const RleView mask = masks[i];
        // The first run is background: an empty one goes, a real one gets an empty one before it.
        if (mask.length > 1 && mask.counts[0] == 0) {
            out.counts.append(mask.counts + 1, mask.length - 1);
        } else {
            if (mask.size.area() > 0) out.counts.push_back(0);
            out.counts.append(mask.counts, mask.length);
        }
        out.finish(mask.size);
    }
    return out;
}

}  // namespace cocodec
