// Set operations as merges of run lists.

#include "cocodec/setops.hpp"

#include <algorithm>
#include <string>

#include "cocodec/error.hpp"
#include "run_merge.hpp"
#include "threads.hpp"

namespace cocodec {
namespace {

// Measured cost of merging one run, for the choice of threads.
constexpr double merge_ns_per_run = 3.0;

/// Position in one run list: how much of the current run is left, and its value.
struct Cursor {
    const std::uint32_t* next;
    const std::uint32_t* end;
    std::uint32_t left;
    bool foreground = false;

    explicit Cursor(RleView mask)
        : next(mask.counts), end(mask.counts + mask.length), left(next < end ? *next++ : 0) {}

    void take(std::uint32_t n) {
        left -= n;
        if (left == 0 && next < end) {
            left = *next++;
            foreground = !foreground;
        }
    }
};

struct Union {
    bool operator()(bool a, bool b) const { return a || b; }
};
struct Intersection {
    bool operator()(bool a, bool b) const { return a && b; }
};
struct Difference {
    bool operator()(bool a, bool b) const { return a && !b; }
};
struct SymmetricDifference {
    bool operator()(bool a, bool b) const { return a != b; }
};

/// Calls fn with the operation as a type, so that the inner loop is compiled for each.
template <class Fn>
void with_operation(SetOp op, const Fn& fn) {
    switch (op) {
        case SetOp::union_:
            return fn(Union{});
        case SetOp::intersection:
            return fn(Intersection{});
        case SetOp::difference:
            return fn(Difference{});
        case SetOp::symmetric_difference:
            return fn(SymmetricDifference{});
    }
}

std::uint32_t checked_run(std::uint64_t run) {
    if (run > 0xFFFFFFFF) {
        throw Error(ErrorCode::bad_run,
                    "a run of " + std::to_string(run) + " pixels does not fit 32 bits");
    }
    return static_cast<std::uint32_t>(run);
}

template <class Op>
std::size_t merge_into(RleView a, RleView b, Op op, std::uint32_t* out) {
    std::uint32_t* const start = out;
    Cursor left(a), right(b);
    std::uint64_t remaining = a.size.area();
    std::uint64_t run = 0;
    bool value = false;
    // The reference stops where both lists stand at an empty run, even in the middle of the image;
    // counting the pixels that remain ends at the same place when it is right.
    do {
        const std::uint32_t step = std::min(left.left, right.left);
        run += step;
        remaining -= step;
        left.take(step);
        right.take(step);
        const bool before = value;
        value = op(left.foreground, right.foreground);
        const bool done = remaining == 0 && left.left == 0 && right.left == 0;
        if (value != before || done) {
            *out++ = checked_run(run);
            run = 0;
        }
        if (done) break;
    } while (true);
    return static_cast<std::size_t>(out - start);
}

void require_same_size(RleView a, RleView b, std::int64_t item) {
    if (a.size == b.size) return;
    const auto text = [](Size size) {
        return "[" + std::to_string(size.height) + ", " + std::to_string(size.width) + "]";
    };
    throw Error(ErrorCode::size_mismatch,
                "size is " + text(b.size) + ", the mask it meets has " + text(a.size), item);
}

/// One group, folded from left to right through two scratch buffers that take turns.
class Fold {
public:
    explicit Fold(SetOp op) : op_(op) {}

    void start(RleView mask) {
        current_.clear();
        current_.append(mask.counts, mask.length);
        size_ = mask.size;
    }
    void add(RleView mask, std::int64_t item) {
        require_same_size(view(), mask, item);
        next_.clear();
        merge_runs(view(), mask, op_, next_);
        current_.swap(next_);
    }
    [[nodiscard]] RleView view() const { return {current_.data(), current_.size(), size_}; }

private:
    SetOp op_;
    Size size_;
    Buffer<std::uint32_t> current_, next_;
};

double merge_cost(RleArrayView masks, std::size_t times = 1) {
    const std::int64_t runs =
        masks.length == 0 ? 0 : masks.offsets[masks.length] - masks.offsets[0];
    return merge_ns_per_run * static_cast<double>(runs) * static_cast<double>(times);
}

}  // namespace

void merge_runs(RleView a, RleView b, SetOp op, Buffer<std::uint32_t>& out) {
    // Each step uses up a run of one side, so there are at most as many runs as on both sides.
    std::uint32_t* place = out.room(a.length + b.length + 1);
    with_operation(op, [&](auto operation) { out.advance(merge_into(a, b, operation, place)); });
}

RleArray combine(RleArrayView masks, const GroupsView& groups, SetOp op, int threads) {
    return parallel_build(
        groups.length, merge_cost(masks), threads,
        [&](std::size_t first, std::size_t last, RleArray& out) {
            Fold fold(op);
            for (std::size_t g = first; g < last; ++g) {
                const std::int64_t begin = groups.offsets[g], end = groups.offsets[g + 1];
                if (begin >= end) {
                    throw Error(ErrorCode::bad_shape, "a group has no masks",
                                static_cast<std::int64_t>(g));
                }
                fold.start(masks[static_cast<std::size_t>(groups.members[begin])]);
                for (std::int64_t i = begin + 1; i < end; ++i) {
                    const std::int64_t member = groups.members[i];
                    fold.add(masks[static_cast<std::size_t>(member)], member);
                }
                out.append(fold.view());
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
