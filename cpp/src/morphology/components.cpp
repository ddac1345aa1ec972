// Parts of masks by union and find over the spans of neighbouring columns.

#include "cocodec/components.hpp"

#include <algorithm>
#include <vector>

#include "cocodec/error.hpp"
#include "masks/columns.hpp"
#include "masks/each.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

using runwise::build_each;

constexpr double label_ns = 20;

/// Sets of small numbers; every set is known by its smallest.
class Sets {
public:
    void reset(std::size_t n) {
        if (n > 0xFFFFFFFF) throw Error(ErrorCode::too_large, "a mask of more than 2^32 runs");
        parents_.resize(n);
        for (std::size_t i = 0; i < n; ++i) parents_[i] = static_cast<std::uint32_t>(i);
    }
    void unite(std::size_t a, std::size_t b) {
        const std::uint32_t first = find(a), second = find(b);
        if (first < second) {
            parents_[second] = first;
        } else {
            parents_[first] = second;
        }
    }
    /// Calls fn(i, parent) in ascending order; parent is i itself or was told before, and belongs
    /// to the same set.
    template <class Fn>
    void for_each(const Fn& fn) const {
        for (std::size_t i = 0; i < parents_.size(); ++i) fn(i, parents_[i]);
    }

private:
    std::uint32_t find(std::size_t i) {
        auto at = static_cast<std::uint32_t>(i);
        while (parents_[at] != at) {
            parents_[at] = parents_[parents_[at]];
            at = parents_[at];
        }
        return at;
    }
    Buffer<std::uint32_t> parents_;
};

/// Calls fn(i, j) for the pairs of spans of two neighbouring columns that are neighbours: those
/// that share a row or, for `slack` 1, a corner.
template <class A, class B, class Fn>
// Two bare columns with their lengths. NOLINTNEXTLINE(readability-function-size)
void for_each_touch(const A& a, std::size_t n, const B& b, std::size_t m, std::uint64_t slack,
                    const Fn& fn) {
    for (std::size_t i = 0, j = 0; i < n && j < m;) {
        const RowSpan left = a(i), right = b(j);
        if (left.top < right.bottom + slack && right.top < left.bottom + slack) fn(i, j);
        if (left.bottom < right.bottom) {
            ++i;
        } else {
            ++j;
        }
    }
}

/// The parts of one mask: labels of its spans, 0, 1, ... in order of first pixels.
class Labeller {
public:
    explicit Labeller(Connectivity connectivity)
        : slack_(connectivity == Connectivity::eight ? 1 : 0) {}

    /// The number of parts.
    std::size_t read(RleView mask) {
        source_.read(mask);
        sets_.reset(source_.spans());
        touches_ = 0;
        for (std::size_t g = 1; g < source_.size(); ++g) {
            if (source_.right(g - 1) != source_.left(g)) continue;
            const std::size_t before = source_.first(g - 1), here = source_.first(g);
            const RowSpan* const left = source_.begin(g - 1);
            const RowSpan* const right = source_.begin(g);
            for_each_touch([&](std::size_t i) { return left[i]; }, here - before,
                           [&](std::size_t j) { return right[j]; }, source_.first(g + 1) - here,
                           slack_,
                           [&](std::size_t i, std::size_t j) {
                               sets_.unite(before + i, here + j);
                               ++touches_;
                           });
        }
        labels_.resize(source_.spans());
        std::size_t parts = 0;
        sets_.for_each([&](std::size_t i, std::uint32_t parent) {
            labels_[i] = parent == i ? static_cast<std::uint32_t>(parts++) : labels_[parent];
        });
        return parts;
    }

    /// The number of holes in that many parts. Spans and their touches are a plane graph, which has
    /// touches - spans + parts inner faces (Euler), and each of them holds one hole.
    [[nodiscard]] std::size_t holes(std::size_t parts) const noexcept {
        return touches_ + parts - source_.spans();
    }

    /// Pixels of each part.
    const Buffer<std::uint64_t>& measure(std::size_t parts) {
        areas_.resize(parts);
        std::fill(areas_.begin(), areas_.end(), std::uint64_t{0});
        for (std::size_t g = 0; g < source_.size(); ++g) {
            const std::uint64_t columns = source_.right(g) - source_.left(g);
            const std::uint32_t* label = labels_.data() + source_.first(g);
            for (const RowSpan* span = source_.begin(g); span < source_.end(g); ++span) {
                areas_[*label++] += columns * (span->bottom - span->top);
            }
        }
        return areas_;
    }

    /// Appends the mask of the parts that keep(label) chooses.
    template <class Keep>
    void write(Size size, const Keep& keep, RleArray& out) const {
        ColumnWriter writer(out.counts, size);
        for (std::size_t g = 0; g < source_.size(); ++g) {
            const std::uint32_t* label = labels_.data() + source_.first(g);
            for (const RowSpan* span = source_.begin(g); span < source_.end(g); ++span) {
                if (!keep(*label++)) continue;
                writer.add(source_.left(g), source_.right(g), span->top, span->bottom);
            }
        }
        writer.close();
        out.finish(size);
    }

    /// Appends a mask for each part.
    void write_each(Size size, std::size_t parts, RleArray& out) {
        if (parts == 1) return write(size, [](std::uint32_t) { return true; }, out);
        starts_.resize(parts + 1);
        std::fill(starts_.begin(), starts_.end(), std::size_t{0});
        for (const std::uint32_t label : labels_) ++starts_[label + 1];
        for (std::size_t p = 1; p <= parts; ++p) starts_[p] += starts_[p - 1];
        pieces_.resize(labels_.size());
        for (std::size_t g = 0; g < source_.size(); ++g) {
            const std::uint32_t* label = labels_.data() + source_.first(g);
            for (const RowSpan* span = source_.begin(g); span < source_.end(g); ++span) {
                pieces_[starts_[*label++]++] = {source_.left(g), source_.right(g), *span};
            }
        }
        const Piece* piece = pieces_.data();
        for (std::size_t p = 0; p < parts; ++p) {
            ColumnWriter writer(out.counts, size);
            for (const Piece* const end = pieces_.data() + starts_[p]; piece < end; ++piece) {
                writer.add(piece->left, piece->right, piece->span.top, piece->span.bottom);
            }
            writer.close();
            out.finish(size);
        }
    }

private:
    struct Piece {
        std::uint32_t left, right;
        RowSpan span;
    };
    std::uint64_t slack_;
    std::size_t touches_ = 0;
    Columns source_;
    Sets sets_;
    Buffer<std::uint32_t> labels_;
    Buffer<std::uint64_t> areas_;
    Buffer<std::size_t> starts_;
    Buffer<Piece> pieces_;
};

class Splitter {
public:
    Splitter(Connectivity connectivity, std::int64_t* numbers)
        : labeller_(connectivity), numbers_(numbers) {}
    void add(RleView mask, std::size_t i, RleArray& out) {
        const std::size_t parts = labeller_.read(mask);
        numbers_[i] = static_cast<std::int64_t>(parts);
        labeller_.write_each(mask.size, parts, out);
    }

private:
    Labeller labeller_;
    std::int64_t* numbers_;
};

class SmallRemover {
public:
    SmallRemover(Connectivity connectivity, std::uint64_t min_area)
        : labeller_(connectivity), min_area_(min_area) {}
    void add(RleView mask, std::size_t, RleArray& out) {
        const Buffer<std::uint64_t>& areas = labeller_.measure(labeller_.read(mask));
        labeller_.write(
            mask.size, [&](std::uint32_t label) { return areas[label] >= min_area_; }, out);
    }

private:
    Labeller labeller_;
    std::uint64_t min_area_;
};

class LargestKeeper {
public:
    explicit LargestKeeper(Connectivity connectivity) : labeller_(connectivity) {}
    void add(RleView mask, std::size_t, RleArray& out) {
        const Buffer<std::uint64_t>& areas = labeller_.measure(labeller_.read(mask));
        const auto largest =
            static_cast<std::size_t>(std::max_element(areas.begin(), areas.end()) - areas.begin());
        labeller_.write(mask.size, [&](std::uint32_t label) { return label == largest; }, out);
    }

private:
    Labeller labeller_;
};

/// Columns of n spans have n + 1 gaps, the first above them all and the last below, which may be
/// empty. Those two belong to the outside, which gap 0 stands for, and so does whatever meets a
/// column without foreground. Most columns of most masks have no other gaps: two of these next to
/// each other need no look.
class HoleFiller {
public:
    HoleFiller(Connectivity connectivity, std::uint64_t max_area)
        : slack_(connectivity == Connectivity::eight ? 1 : 0), max_area_(max_area) {}

    void add(RleView mask, std::size_t, RleArray& out) {
        source_.read(mask);
        height_ = static_cast<std::uint32_t>(mask.size.height);
        find_holes();
        ColumnWriter writer(out.counts, mask.size);
        for (std::size_t g = 0; g < source_.size(); ++g) {
            const std::uint64_t left = source_.left(g), right = source_.right(g);
            const RowSpan* const spans = source_.begin(g);
            const std::size_t n = count(g);
            writer.add(left, right, spans[0].top, spans[0].bottom);
            for (std::size_t k = 1; k < n; ++k) {
                const std::uint32_t hole = holes_[first(g) + k];
                if (hole != 0 && areas_[hole] <= max_area_) {
                    writer.add(left, right, spans[k - 1].bottom, spans[k].top);
                }
                writer.add(left, right, spans[k].top, spans[k].bottom);
            }
        }
        writer.close();
        out.finish(mask.size);
    }

private:
    [[nodiscard]] std::size_t count(std::size_t g) const {
        return source_.first(g + 1) - source_.first(g);
    }
    [[nodiscard]] std::size_t first(std::size_t g) const { return source_.first(g) + g; }
    [[nodiscard]] RowSpan gap(std::size_t g, std::size_t k) const {
        const RowSpan* const spans = source_.begin(g);
        return {k == 0 ? 0 : spans[k - 1].bottom, k == count(g) ? height_ : spans[k].top};
    }
    /// The gap's place among the sets.
    [[nodiscard]] std::size_t set_of(std::size_t g, std::size_t k) const {
        return k == 0 || k == count(g) ? 0 : first(g) + k;
    }

    void find_holes() {
        const std::size_t groups = source_.size();
        sets_.reset(source_.spans() + groups);
        for (std::size_t g = 0; g < groups; ++g) {
            const bool meets = g > 0 && source_.right(g - 1) == source_.left(g);
            const bool goes_on = g + 1 < groups && source_.left(g + 1) == source_.right(g);
            if (!meets || !goes_on) {
                for (std::size_t k = 1; k < count(g); ++k) sets_.unite(0, first(g) + k);
            }
            if (!meets || (count(g - 1) == 1 && count(g) == 1)) continue;
            for_each_touch(
                [&](std::size_t i) { return gap(g - 1, i); }, count(g - 1) + 1,
                [&](std::size_t j) { return gap(g, j); }, count(g) + 1, slack_,
                [&](std::size_t i, std::size_t j) { sets_.unite(set_of(g - 1, i), set_of(g, j)); });
        }
        holes_.resize(source_.spans() + groups);
        areas_.resize(source_.spans() + groups);
        sets_.for_each([&](std::size_t i, std::uint32_t parent) {
            holes_[i] = parent == i ? parent : holes_[parent];
            areas_[i] = 0;
        });
        for (std::size_t g = 0; g < groups; ++g) {
            for (std::size_t k = 1; k < count(g); ++k) {
                const RowSpan rows = gap(g, k);
                areas_[holes_[first(g) + k]] += rows.bottom - rows.top;
            }
        }
    }

    std::uint64_t slack_, max_area_;
    std::uint32_t height_ = 0;
    Columns source_;
    Sets sets_;
    Buffer<std::uint32_t> holes_;
    Buffer<std::uint64_t> areas_;
};

}  // namespace

Components connected_components(RleArrayView masks, Connectivity connectivity, int threads) {
    Components found;
    std::vector<std::int64_t> numbers(masks.length);
    found.masks = build_each(masks, label_ns, threads,
                             [&] { return Splitter(connectivity, numbers.data()); });
    found.parents.reserve(found.masks.size());
    for (std::size_t i = 0; i < masks.length; ++i) {
        for (std::int64_t k = 0; k < numbers[i]; ++k) {
            found.parents.push_back(static_cast<std::int64_t>(i));
        }
    }
    return found;
}

void count_parts(RleArrayView masks, Connectivity connectivity, PartCounts* out, int threads) {
    const double work =
        label_ns * static_cast<double>(masks.offsets[masks.length] - masks.offsets[0]);
    parallel_for(masks.length, work, threads, [&](std::size_t first, std::size_t last) {
        Labeller labeller(connectivity);
        for (std::size_t i = first; i < last; ++i) {
            const std::size_t parts = labeller.read(masks[i]);
            out[i] = {static_cast<std::int64_t>(parts),
                      static_cast<std::int64_t>(labeller.holes(parts))};
        }
    });
}

RleArray remove_small(RleArrayView masks, std::uint64_t min_area, Connectivity connectivity,
                      int threads) {
    return build_each(masks, label_ns, threads,
                      [&] { return SmallRemover(connectivity, min_area); });
}

RleArray largest_component(RleArrayView masks, Connectivity connectivity, int threads) {
    return build_each(masks, label_ns, threads, [&] { return LargestKeeper(connectivity); });
}

RleArray fill_holes(RleArrayView masks, std::uint64_t max_area, Connectivity connectivity,
                    int threads) {
    return build_each(masks, label_ns, threads, [&] { return HoleFiller(connectivity, max_area); });
}

}  // namespace cocodec
