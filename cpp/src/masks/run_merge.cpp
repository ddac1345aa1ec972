// The merge of two run lists: without branches where positions fit 32 bits, step by step elsewhere.

#include "masks/run_merge.hpp"

#include <algorithm>
#include <cstring>

#include "masks/fitting_run.hpp"

namespace cocodec {
namespace {

constexpr std::uint64_t max_run = 0xFFFFFFFF;

// Operations on masks: 0 is background, all ones is foreground.
using Mask = std::int64_t;
constexpr Mask ones = -1;
struct Union {
    Mask operator()(Mask a, Mask b) const { return a | b; }
};
struct Intersection {
    Mask operator()(Mask a, Mask b) const { return a & b; }
};
struct Difference {
    Mask operator()(Mask a, Mask b) const { return a & ~b; }
};
struct SymmetricDifference {
    Mask operator()(Mask a, Mask b) const { return a ^ b; }
};

/// Calls fn with the operation as a type, so that the inner loop is compiled for each.
template <class Fn>
auto with_operation(SetOp op, const Fn& fn) {
    switch (op) {
        case SetOp::union_:
            return fn(Union{});
        case SetOp::intersection:
            return fn(Intersection{});
        case SetOp::difference:
            return fn(Difference{});
        case SetOp::symmetric_difference:
            break;
    }
    return fn(SymmetricDifference{});
}

/// Position in one run list: how much of the current run is left, and its value.
struct RunCursor {
    const std::uint32_t* next;
    const std::uint32_t* end;
    std::uint32_t left;
    Mask foreground = 0;

    explicit RunCursor(RleView mask)
        : next(mask.counts), end(mask.counts + mask.length), left(next < end ? *next++ : 0) {}

    void take(std::uint32_t n) {
        left -= n;
        if (left == 0 && next < end) {
            left = *next++;
            foreground = ~foreground;
        }
    }
};

/// The merge step by step, in images of any size. Stops at the first step that reaches the last
/// pixel; the reference would stop where both lists stand at an empty run, even in the middle of
/// the image.
template <class Op>
std::size_t merge_steps(RleView a, RleView b, Op op, std::uint32_t* out) {
    std::uint32_t* const start = out;
    RunCursor left(a), right(b);
    std::uint64_t remaining = a.size.area();
    std::uint64_t run = 0;
    Mask value = 0;
    for (bool done = false; !done;) {
        const std::uint32_t step = std::min(left.left, right.left);
        run += step;
        remaining -= step;
        left.take(step);
        right.take(step);
        const Mask before = value;
        value = op(left.foreground, right.foreground);
        done = remaining == 0 && left.left == 0 && right.left == 0;
        if (value == before && !done) continue;
        *out++ = fitting_run(run);
        run = 0;
    }
    return static_cast<std::size_t>(out - start);
}

/// Position in a list of runs that ends in one above 0: a run, where it ends, and its value.
struct RunPlace {
    const std::uint32_t* run;
    const std::uint32_t* last;
    std::int64_t end;
    Mask foreground = 0;

    explicit RunPlace(RleView mask) : run(mask.counts), last(run + mask.length - 1), end(*run) {
        while (*last == 0) --last;
    }
    [[nodiscard]] bool more() const { return run < last; }

    /// Goes to the next run where `advance` is all ones: there must be a next run.
    void step(Mask advance) {
        const std::int64_t next = run[1];
        run -= advance;
        end += next & advance;
        foreground ^= advance;
    }
};

/// What has been written: runs up to `position`, where `value` begins.
struct Written {
    std::uint32_t* out;
    std::int64_t position = 0;
    Mask value = 0;

    /// Ends the current run at `at` if `now` is another value.
    void change(std::int64_t at, Mask now) {
        const Mask changed = value ^ now;
        const std::int64_t run = at - position;
        *out = static_cast<std::uint32_t>(run);
        out -= changed;
        position += run & changed;
        value = now;
    }
    void end_run(std::int64_t at) { *out++ = static_cast<std::uint32_t>(at - position); }
};

/// Takes the runs of `moving` that end before `limit`, while the other mask is still background:
/// they show through, or not at all.
void start(RunPlace& moving, bool shows, std::int64_t limit, Written& written) {
    while (moving.end < limit && moving.more()) {
        if (shows) written.change(moving.end, ~written.value);
        moving.step(ones);
    }
}

/// Both masks, until one of them is in its last run. Nobody can predict which run ends first, so
/// there is no branch on it; this loop is as fast as its chain of dependent instructions.
template <class Op>
void meet(RunPlace& to_left, RunPlace& to_right, Op op, Written& to_written) {
    RunPlace left = to_left, right = to_right;
    Written written = to_written;
    while (left.more() && right.more()) {
        const std::int64_t ahead = left.end - right.end;
        const Mask right_stays = ahead >> 63;
        const std::int64_t at = right.end + (ahead & right_stays);
        left.step((ahead - 1) >> 63);
        right.step(~right_stays);
        written.change(at, op(left.foreground, right.foreground));
    }
    to_left = left;
    to_right = right;
    to_written = written;
}

/// The other mask stays as it is: `moving` shows through from where it stands, or not at all.
void finish(const RunPlace& moving, bool shows, std::int64_t pixels, Written& written) {
    if (!shows || !moving.more()) return written.end_run(pixels);
    written.end_run(moving.end);
    const auto n = static_cast<std::size_t>(moving.last - moving.run);
    std::memcpy(written.out, moving.run + 1, n * sizeof *moving.run);
    written.out += n;
}

/// The merge where positions fit 32 bits and there are pixels. Runs go as `merge_steps` has them:
/// at each step the lists whose run ends here go one run further, empty runs included.
template <class Op>
std::size_t merge_small(RleView a, RleView b, Op op, std::uint32_t* out) {
    RunPlace left(a), right(b);
    Written written{out};
    const auto pixels = static_cast<std::int64_t>(a.size.area());
    if (left.end < right.end) {
        start(left, op(ones, 0) != 0, right.end, written);
    } else {
        start(right, op(0, ones) != 0, left.end, written);
    }
    meet(left, right, op, written);
    if (left.more()) {
        finish(left, op(0, right.foreground) != op(ones, right.foreground), pixels, written);
    } else {
        finish(right, op(left.foreground, 0) != op(left.foreground, ones), pixels, written);
    }
    return static_cast<std::size_t>(written.out - out);
}

}  // namespace

void merge_runs(RleView a, RleView b, SetOp op, Buffer<std::uint32_t>& out) {
    // Each step uses up a run of one side, so there are at most as many runs as on both sides.
    std::uint32_t* const place = out.room(a.length + b.length + 1);
    const std::uint64_t pixels = a.size.area();
    const bool small = pixels > 0 && pixels <= max_run;
    out.advance(with_operation(op, [&](auto operation) {
        return small ? merge_small(a, b, operation, place) : merge_steps(a, b, operation, place);
    }));
}

}  // namespace cocodec
