// Many masks into one, by the cheapest of three ways: from left to right, which is what the result
// is defined by; in a tree, when runs are few for the size of the image; through a bitmap over the
// column-major pixels between the first and the last that matter, when they are not.

#include "masks/fold.hpp"

#include <algorithm>
#include <bit>

#include "kernels/table.hpp"
#include "masks/run_merge.hpp"

namespace cocodec {
namespace {

// Measured costs: painting one run, and clearing and reading one word of a bitmap.
constexpr double paint_ns_per_run = 2.0;
constexpr double read_ns_per_word = 0.8;

// Words whose changes are read at once: the kernel wants room for as many changes as there are
// bits.
constexpr std::size_t words_per_read = 512;

/// Where foreground begins and ends; both the end of the image if there is none.
struct Reach {
    std::uint64_t start, end;
};
Reach reach_of(RleView mask) {
    const std::uint64_t pixels = mask.size.area();
    if (mask.length < 2) return {pixels, pixels};
    return {mask.counts[0], pixels - (mask.length % 2 == 1 ? mask.counts[mask.length - 1] : 0)};
}

enum class Paint { set, flip, clear };

template <Paint paint>
void apply(std::uint64_t& word, std::uint64_t bits) {
    if constexpr (paint == Paint::set) word |= bits;
    if constexpr (paint == Paint::flip) word ^= bits;
    if constexpr (paint == Paint::clear) word &= ~bits;
}

/// Paints bits start .. end, at least one, 64 at a time: two words without asking, because whether
/// a run crosses into the second is hard to predict. The word behind the last one is touched too.
template <Paint paint>
void paint_bits(std::uint64_t* words, std::uint64_t start, std::uint64_t end) {
    std::uint64_t* word = words + start / 64;
    const std::uint64_t shift = start % 64;
    std::uint64_t left = end - start;
    for (; left > 64; left -= 64, ++word) {
        apply<paint>(word[0], ~std::uint64_t{0} << shift);
        apply<paint>(word[1], ~std::uint64_t{0} >> 1 >> (63 - shift));
    }
    const std::uint64_t bits = ~std::uint64_t{0} >> (64 - left);
    apply<paint>(word[0], bits << shift);
    apply<paint>(word[1], bits >> 1 >> (63 - shift));
}

/// Paints every second run of a mask, from run `parity` on; bit 0 is pixel `start`. Where the mask
/// may reach beyond start .. end, `clip` leaves that out.
template <Paint paint, bool clip>
void paint_runs(std::uint64_t* words, RleView mask, std::size_t parity, const Reach& window) {
    std::uint64_t position = parity == 1 ? mask.counts[0] : 0;
    for (std::size_t i = parity; i < mask.length && position < window.end; i += 2) {
        std::uint64_t from = position, to = position + mask.counts[i];
        position = to + (i + 1 < mask.length ? mask.counts[i + 1] : 0);
        if constexpr (clip) from = std::max(from, window.start), to = std::min(to, window.end);
        if (from < to) paint_bits<paint>(words, from - window.start, to - window.start);
    }
}

/// Appends the positions where bits change to `out`, bit 0 being pixel `origin`.
void read_changes(const std::uint64_t* words, std::size_t n, std::uint32_t origin,
                  Buffer<std::uint32_t>& out) {
    const kernels::BitKernels& bits = *kernels::active().bits;
    bool before = false;
    for (std::size_t i = 0; i < n; i += words_per_read) {
        const std::size_t taken = std::min(words_per_read, n - i);
        std::uint32_t* const place = out.room(64 * taken + kernels::slack);
        const std::size_t found = bits.transitions(words + i, 64 * taken, before, place);
        const auto base = static_cast<std::uint32_t>(origin + 64 * i);
        for (std::size_t k = 0; k < found; ++k) place[k] += base;
        out.advance(found);
        before = words[i + taken - 1] >> 63 != 0;
    }
}

void reset(RleArray& masks) {
    masks.counts.clear();
    masks.sizes.clear();
    masks.offsets.resize(1);
}

}  // namespace

bool is_plain(RleView mask) {
    return mask.size.area() <= 0xFFFFFFFF && mask.length > 0 &&
           !kernels::active().sets->any_zero(mask.counts + 1, mask.length - 1);
}

void Fold::left_to_right() {
    runs_.clear();
    runs_.append(masks_[0].counts, masks_[0].length);
    for (std::size_t i = 1; i < masks_.size(); ++i) {
        next_.clear();
        merge_runs({runs_.data(), runs_.size(), masks_[0].size}, masks_[i], op_, next_);
        runs_.swap(next_);
    }
}

/// Merges neighbours, then neighbours of those, and so on, from mask `first` on; leaves the one
/// mask that remains in `level_`.
void Fold::tree(std::size_t first) {
    const SetOp op = op_ == SetOp::difference ? SetOp::union_ : op_;
    const auto halve = [op](const auto& masks, std::size_t from, std::size_t n, RleArray& out) {
        reset(out);
        for (; from + 1 < n; from += 2) {
            const RleView mask = masks[from];
            merge_runs(mask, masks[from + 1], op, out.counts);
            out.finish(mask.size);
        }
        if (from < n) out.append(masks[from]);
    };
    halve(masks_, first, masks_.size(), level_);
    while (level_.size() > 1) {
        halve(level_.view(), 0, level_.size(), next_level_);
        std::swap(level_, next_level_);
    }
}

/// What can be foreground in the result: nothing outside of it needs to be looked at.
Fold::Window Fold::window() const {
    const Reach first = reach_of(masks_[0]);
    Window window{first.start, first.end, 0};
    for (std::size_t i = 1; i < masks_.size() && op_ != SetOp::difference; ++i) {
        const Reach next = reach_of(masks_[i]);
        if (op_ == SetOp::intersection) {
            window.start = std::max(window.start, next.start);
            window.end = std::min(window.end, next.end);
        } else if (next.start < next.end) {
            window.end = window.start < window.end ? std::max(window.end, next.end) : next.end;
            window.start = std::min(window.start, next.start);
        }
    }
    if (window.end <= window.start) window.end = window.start;
    // One word more than the bits need: the last change is seen like any other.
    window.words = static_cast<std::size_t>((window.end - window.start) / 64) + 1;
    return window;
}

void Fold::bitmap(const Window& window, Buffer<std::uint32_t>& out) {
    words_.resize(window.words + 1);
    std::fill(words_.begin(), words_.end(), std::uint64_t{0});
    const Reach reach{window.start, window.end};
    const auto paint = [&](std::size_t i, auto* paint_one, std::size_t parity) {
        paint_one(words_.data(), masks_[i], parity, reach);
    };
    const bool inside = op_ != SetOp::intersection;  // no mask reaches beyond its own span
    paint(0, inside ? paint_runs<Paint::set, false> : paint_runs<Paint::set, true>, 1);
    for (std::size_t i = 1; i < masks_.size(); ++i) {
        if (op_ == SetOp::union_) paint(i, paint_runs<Paint::set, false>, 1);
        if (op_ == SetOp::symmetric_difference) paint(i, paint_runs<Paint::flip, false>, 1);
        if (op_ == SetOp::difference) paint(i, paint_runs<Paint::clear, true>, 1);
        if (op_ == SetOp::intersection) paint(i, paint_runs<Paint::clear, true>, 0);
    }
    const std::size_t before = out.size();
    read_changes(words_.data(), window.words, static_cast<std::uint32_t>(window.start), out);
    // Positions become runs; the last one ends where the image ends.
    const auto pixels = static_cast<std::uint32_t>(masks_[0].size.area());
    if (out.size() == before || out.end()[-1] != pixels) out.push_back(pixels);
    std::uint32_t* const runs = out.data() + before;
    for (std::size_t i = out.size() - before; --i > 0;) runs[i] -= runs[i - 1];
}

void Fold::finish(RleArray& out) {
    const RleView first = masks_[0];
    const std::size_t n = masks_.size();
    if (n == 1) return out.append(first);
    if (n > 2 && std::all_of(masks_.begin(), masks_.end(), is_plain)) {
        std::size_t runs = 0;
        for (const RleView& mask : masks_) runs += mask.length;
        const Window around = window();
        const auto total = static_cast<double>(runs);
        const double by_bitmap =
            paint_ns_per_run * total + read_ns_per_word * static_cast<double>(around.words);
        if (by_bitmap < merge_ns_per_run * total * static_cast<double>(std::bit_width(n - 1))) {
            bitmap(around, out.counts);
        } else if (op_ == SetOp::difference) {
            tree(1);
            merge_runs(first, level_.view()[0], op_, out.counts);
        } else {
            tree(0);
            return out.append(level_.view()[0]);
        }
    } else if (n == 2) {
        merge_runs(first, masks_[1], op_, out.counts);
    } else {
        left_to_right();
        out.counts.append(runs_.data(), runs_.size());
    }
    out.finish(first.size);
}

}  // namespace cocodec
