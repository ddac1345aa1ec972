// Many masks into one (floor 1b, private).
#pragma once

#include "cocodec/rle.hpp"
#include "cocodec/setops.hpp"

namespace cocodec {

/// A set operation over a list of masks, with the memory that it needs from one list to the next.
class Fold {
public:
    explicit Fold(SetOp op) : op_(op) {}

    void clear() noexcept { masks_.clear(); }
    /// Takes a mask of the same size as those before. It is not copied and must stay where it is.
    void add(RleView mask) { masks_.push_back(mask); }

    /// Appends `first op second op ...` to `out`; there must be a first. The runs are those of
    /// merging from left to right with `merge_runs`, whatever way is taken.
    void finish(RleArray& out);

private:
    void left_to_right();
    void tree(std::size_t first);
    /// Pixels to look at, and words that hold them.
    struct Window {
        std::uint64_t start = 0, end = 0;
        std::size_t words = 0;
    };
    [[nodiscard]] Window window() const;
    void bitmap(const Window& window, Buffer<std::uint32_t>& out);

    SetOp op_;
    Buffer<RleView> masks_;
    Buffer<std::uint64_t> words_;
    Buffer<std::uint32_t> runs_, next_;
    RleArray level_, next_level_;
};

/// Whether masks may be merged in any order and by any way, with the same runs in the end: no empty
/// run but the first, and positions that fit 32 bits.
bool is_plain(RleView mask);

}  // namespace cocodec
