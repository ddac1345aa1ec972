// fold.hpp and run_merge.hpp: run for run what merging from left to right, step by step, gives,
// whatever way is taken, empty runs included.
#include "masks/fold.hpp"

#include <algorithm>
#include <vector>

#include "check.hpp"
#include "masks.hpp"
#include "masks/run_merge.hpp"

using cocodec::RleArray;
using cocodec::SetOp;
using cocodec::Size;
using masks::Runs;

namespace {

const SetOp all_ops[] = {SetOp::union_, SetOp::intersection, SetOp::difference,
                         SetOp::symmetric_difference};

bool apply(SetOp op, bool a, bool b) {
    return op == SetOp::union_         ? a || b
           : op == SetOp::intersection ? a && b
           : op == SetOp::difference   ? a && !b
                                       : a != b;
}

/// pycocotools' rleMerge for two masks, but for where it stops: at the last pixel.
Runs slow_merge(const Runs& a, const Runs& b, SetOp op) {
    struct Cursor {
        const Runs& runs;
        std::size_t next = 0;
        std::uint32_t left = 0;
        bool value = true;
        void turn() {
            if (left > 0 || next == runs.size()) return;
            left = runs[next++];
            value = !value;
        }
    };
    std::uint64_t remaining = 0, run = 0;
    for (const std::uint32_t each : a) remaining += each;
    Cursor left{a}, right{b};
    left.turn();
    right.turn();
    left.value = right.value = false;
    Runs out;
    for (bool value = false, done = false; !done;) {
        const std::uint32_t step = std::min(left.left, right.left);
        run += step;
        remaining -= step;
        left.left -= step;
        right.left -= step;
        left.turn();
        right.turn();
        const bool now = apply(op, left.value, right.value);
        done = remaining == 0 && left.left == 0 && right.left == 0;
        if (now != value || done) {
            out.push_back(static_cast<std::uint32_t>(run));
            run = 0;
        }
        value = now;
    }
    return out;
}

/// Runs of a random mask: `most` is the longest run, one in `empty` is empty (0: none but maybe the
/// first).
Runs random_runs(masks::Random& random, Size size, std::size_t most, std::size_t empty) {
    Runs runs;
    std::size_t left = masks::pixels(size);
    while (left > 0) {
        const bool none = empty > 0 ? random() % empty == 0 : runs.empty() && random() % 3 == 0;
        const std::size_t run = none ? 0 : std::min<std::size_t>(left, 1 + random() % most);
        runs.push_back(static_cast<std::uint32_t>(run));
        left -= run;
    }
    for (std::size_t i = empty > 0 ? random() % 4 : 0; i > 0; --i) runs.push_back(0);
    if (runs.empty()) runs.push_back(0);
    return runs;
}

void folds_agree(const std::vector<Runs>& list, Size size, SetOp op,
                 check::Place place = check::here()) {
    Runs expected = list[0];
    for (std::size_t i = 1; i < list.size(); ++i) expected = slow_merge(expected, list[i], op);
    cocodec::Fold fold(op);
    RleArray out;
    for (int turn = 0; turn < 2; ++turn) {  // what is left from the first must not show
        fold.clear();
        for (const Runs& runs : list) fold.add(masks::view(runs, size));
        fold.finish(out);
    }
    check::equal(out.size(), std::size_t{2}, place);
    check::equal(masks::runs_of(out.view()[0]), expected, place);
    check::equal(masks::runs_of(out.view()[1]), expected, place);
    check::that(out.sizes[1] == size, place);
}

const check::Test pairs("two masks, with and without empty runs", [] {
    masks::Random random(31);
    for (int round = 0; round < 4000; ++round) {
        const Size size{static_cast<std::int64_t>(random() % 9),
                        static_cast<std::int64_t>(random() % 9)};
        const std::size_t empty = round % 4 == 0 ? 0 : static_cast<std::size_t>(1 + round % 4);
        const Runs a = random_runs(random, size, 1 + random() % 20, empty);
        const Runs b = random_runs(random, size, 1 + random() % 20, round % 3 == 0 ? 0 : empty);
        for (const SetOp op : all_ops) {
            cocodec::Buffer<std::uint32_t> out;
            merge_runs(masks::view(a, size), masks::view(b, size), op, out);
            check::equal(Runs(out.begin(), out.end()), slow_merge(a, b, op));
        }
    }
});

const check::Test lists("lists of masks: bitmaps and trees, empty runs and none", [] {
    masks::Random random(32);
    const Size sizes[] = {{0, 5}, {1, 1}, {8, 8}, {13, 11}, {64, 2}, {40, 60}, {300, 400}};
    for (int round = 0; round < 1500; ++round) {
        const Size size = sizes[random() % std::size(sizes)];
        const std::size_t n = 1 + random() % 12;
        // Few runs in a large image take the tree, many the bitmap.
        const std::size_t most =
            1 + random() % (random() % 2 == 0 ? 9 : 2 * masks::pixels(size) + 1);
        std::vector<Runs> list;
        for (std::size_t i = 0; i < n; ++i) {
            const std::size_t empty = round % 3 == 0 && i == n / 2 ? 3 : 0;
            list.push_back(random_runs(random, size, most, empty));
        }
        for (const SetOp op : all_ops) folds_agree(list, size, op);
    }
});

const check::Test blank("masks that are empty or full, first, last and alone", [] {
    masks::Random random(33);
    for (const Size size : {Size{8, 16}, Size{5, 5}, Size{2, 32}}) {
        const auto pixels = static_cast<std::uint32_t>(masks::pixels(size));
        const Runs none{pixels}, all{0, pixels}, last{pixels - 1, 1}, first{0, 1, pixels - 1};
        const std::vector<Runs> kinds{none, all, last, first, random_runs(random, size, 3, 0)};
        for (const Runs& a : kinds)
            for (const Runs& b : kinds)
                for (const Runs& c : kinds)
                    for (const Runs& d : kinds)
                        for (const SetOp op : all_ops) folds_agree({a, b, c, d}, size, op);
    }
});

const check::Test huge("positions beyond 32 bits", [] {
    const Size size{100000, 100000};
    const Runs a{4000000000, 100, 4000000000, 1999999900},
        b{4000000050, 100, 4000000000, 1999999850};
    for (const SetOp op : all_ops) {
        if (op == SetOp::difference || op == SetOp::symmetric_difference) continue;
        folds_agree({a, b}, size, op);
        folds_agree({a, b, a, b}, size, op);
    }
    const Runs gap{4000000000, 1, 4000000000, 1999999999},
        other{3000000000, 1, 3000000000, 1, 3999999998};
    check::raises(cocodec::ErrorCode::bad_run, -1, -1, [&] {
        cocodec::Buffer<std::uint32_t> out;
        merge_runs(masks::view(gap, size), masks::view(other, size), SetOp::intersection, out);
    });
});

}  // namespace
