// The largest rectangle inside of a mask: columns from left to right, and for every row how far its
// foreground reaches back from there. That is the histogram whose largest rectangle a stack finds.
// Rows between two where something begins or ends are alike, and go together.

#include <algorithm>
#include <tuple>
#include <vector>

#include "cocodec/measures.hpp"
#include "masks/columns.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

constexpr double search_ns = 60;

struct Rectangle {
    std::uint64_t left = 0, top = 0, right = 0, bottom = 0;

    /// Whether this is the one to be told of the two.
    [[nodiscard]] bool beats(const Rectangle& other) const {
        const std::uint64_t own = area(), theirs = other.area();
        if (own != theirs) return own > theirs;
        return std::tie(left, top, right) < std::tie(other.left, other.top, other.right);
    }
    [[nodiscard]] std::uint64_t area() const { return (right - left) * (bottom - top); }
};

class RectangleFinder {
public:
    Rectangle find(RleView mask) {
        source_.read(mask);
        best_ = {};
        if (source_.size() == 0) return best_;
        rows_.clear();
        for (const RowSpan* span = source_.begin(0); span < source_.end(source_.size() - 1);
             ++span) {
            rows_.push_back(span->top);
            rows_.push_back(span->bottom);
        }
        std::sort(rows_.begin(), rows_.end());
        rows_.erase(std::unique(rows_.begin(), rows_.end()), rows_.end());
        reach_.assign(rows_.size(), {0, 0});
        for (std::size_t g = 0; g < source_.size(); ++g) {
            for (const RowSpan* span = source_.begin(g); span < source_.end(g); ++span) {
                search(place(span->top), place(span->bottom), source_.left(g), source_.right(g));
            }
        }
        return best_;
    }

private:
    /// Foreground without a gap from column `from` up to column `to`.
    struct Reach {
        std::uint32_t from, to;
    };
    /// Rows from `row` on whose foreground reaches back to `from` at least.
    struct Step {
        std::uint32_t from;
        std::size_t row;
    };

    [[nodiscard]] std::size_t place(std::uint32_t row) const {
        return static_cast<std::size_t>(std::lower_bound(rows_.begin(), rows_.end(), row) -
                                        rows_.begin());
    }

    void search(std::size_t first, std::size_t last, std::uint32_t left, std::uint32_t right) {
        steps_.clear();
        for (std::size_t row = first; row < last; ++row) {
            Reach& reach = reach_[row];
            if (reach.to != left || reach.from == reach.to) reach.from = left;
            reach.to = right;
            const std::size_t start = close(reach.from, row, right);
            if (steps_.empty() || steps_.back().from != reach.from) {
                steps_.push_back({reach.from, start});
            }
        }
        close(right, last, right);
    }

    /// Ends the rectangles that reach back further than `from`; says where one that does not, may
    /// begin.
    std::size_t close(std::uint32_t from, std::size_t row, std::uint32_t right) {
        std::size_t start = row;
        while (!steps_.empty() && steps_.back().from < from) {
            start = steps_.back().row;
            const Rectangle found{steps_.back().from, rows_[start], right, rows_[row]};
            if (found.beats(best_)) best_ = found;
            steps_.pop_back();
        }
        return start;
    }

    Columns source_;
    std::vector<std::uint32_t> rows_;  // where anything begins or ends
    std::vector<Reach> reach_;         // of the rows from each of these to the next
    std::vector<Step> steps_;          // ever further back
    Rectangle best_;
};

}  // namespace

void inner_rectangle(RleArrayView masks, Box* out, int threads) {
    const auto runs = masks.length == 0 ? 0 : masks.offsets[masks.length] - masks.offsets[0];
    parallel_for(masks.length, search_ns * static_cast<double>(runs), threads,
                 [&](std::size_t first, std::size_t last) {
                     RectangleFinder finder;
                     for (std::size_t i = first; i < last; ++i) {
                         const Rectangle found = finder.find(masks[i]);
                         out[i] = {static_cast<double>(found.left), static_cast<double>(found.top),
                                   static_cast<double>(found.right - found.left),
                                   static_cast<double>(found.bottom - found.top)};
                     }
                 });
}

}  // namespace cocodec
