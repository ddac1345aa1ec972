#include <algorithm>
#include <bit>

#include "morphology/dilation.hpp"

namespace cocodec::runwise {
namespace {

constexpr double unite_ns = 12;  // a span

bool same_spans(const RowSpan* a, const RowSpan* a_end, const RowSpan* b, const RowSpan* b_end) {
    return std::equal(a, a_end, b, b_end, [](const RowSpan& left, const RowSpan& right) {
        return left.top == right.top && left.bottom == right.bottom;
    });
}

/// Calls add(top, bottom) for the spans of both lists in order of their tops.
template <class Add>
void merge_spans(const RowSpan* a, const RowSpan* a_end, const RowSpan* b, const RowSpan* b_end,
                 const Add& add) {
    while (a < a_end && b < b_end) {
        const RowSpan& next = a->top <= b->top ? *a++ : *b++;
        add(next.top, next.bottom);
    }
    for (; a < a_end; ++a) add(a->top, a->bottom);
    for (; b < b_end; ++b) add(b->top, b->bottom);
}

}  // namespace

void Strips::open(std::uint64_t left, std::uint64_t right) {
    groups_.push_back(
        {static_cast<std::uint32_t>(left), static_cast<std::uint32_t>(right), spans_.size()});
}

void Strips::add(std::uint32_t top, std::uint32_t bottom) {
    if (spans_.size() > groups_[groups_.size() - 1].first) {
        RowSpan& last = spans_[spans_.size() - 1];
        if (top <= last.bottom) {
            last.bottom = std::max(last.bottom, bottom);
            return;
        }
    }
    spans_.push_back({top, bottom});
}

void Strips::close() {
    const std::size_t n = groups_.size();
    const ColumnGroup last = groups_[n - 1];
    if (last.first == spans_.size()) {
        groups_.resize(n - 1);
    } else if (n > 1 && groups_[n - 2].right == last.left &&
               same_spans(begin(n - 2), begin(n - 1), begin(n - 1), end(n - 1))) {
        groups_[n - 2].right = last.right;
        spans_.resize(last.first);
        groups_.resize(n - 1);
    }
}

double StripDilation::cost_ns(std::size_t runs, const Neighbourhood& shape) {
    double passes = 4;
    for (const Neighbourhood::Ring& ring : shape.rings) {
        passes += 3 + 2 * std::bit_width(ring.to - ring.from);
    }
    return static_cast<double>(runs) * passes * unite_ns;
}

void StripDilation::run(RleView mask, const Frame& frame, const Neighbourhood& shape,
                        RleArray& out) {
    width_ = static_cast<std::uint32_t>(frame.width());
    height_ = static_cast<std::uint32_t>(frame.height());
    read(mask, frame);
    if (frame.inverted) invert();
    if (frame.surrounded) surround();
    result_.clear();
    if (strands_.read(strips_, shape, cost_ns(2 * strips_.spans(), shape))) {
        strands_.dilate(width_, height_, result_);
    } else {
        grown_ = 0;
        for (std::size_t i = shape.rings.size(); i-- > 0;) {
            grow(shape.rings[i].reach);
            spread(shape.rings[i]);
        }
    }
    if (frame.inverted) {
        strips_.swap(result_);
        invert();
        strips_.swap(result_);
    }
    write(frame, mask.size, out);
}

void StripDilation::read(RleView mask, const Frame& frame) {
    strips_.clear();
    std::uint64_t column = ~std::uint64_t{0};
    for_each_span(mask, [&](std::uint64_t left, std::uint64_t right, std::uint64_t top,
                            std::uint64_t bottom) {
        if (left != column) {
            if (~column != 0) strips_.close();
            strips_.open(static_cast<std::uint64_t>(static_cast<std::int64_t>(left) - frame.left),
                         static_cast<std::uint64_t>(static_cast<std::int64_t>(right) - frame.left));
            column = left;
        }
        strips_.add(static_cast<std::uint32_t>(static_cast<std::int64_t>(top) - frame.top),
                    static_cast<std::uint32_t>(static_cast<std::int64_t>(bottom) - frame.top));
    });
    if (~column != 0) strips_.close();
}

/// Foreground and background of the window exchanged.
void StripDilation::invert() {
    next_.clear();
    std::int64_t reached = 0;
    const auto fill_to = [&](std::int64_t column) {
        if (reached == column) return;
        next_.open(static_cast<std::uint64_t>(reached), static_cast<std::uint64_t>(column));
        next_.add(0, height_);
        next_.close();
    };
    for (std::size_t i = 0; i < strips_.size(); ++i) {
        fill_to(strips_.left(i));
        reached = strips_.right(i);
        next_.open(static_cast<std::uint64_t>(strips_.left(i)),
                   static_cast<std::uint64_t>(reached));
        std::uint32_t row = 0;
        for (const RowSpan* span = strips_.begin(i); span < strips_.end(i); ++span) {
            if (span->top > row) next_.add(row, span->top);
            row = span->bottom;
        }
        if (row < height_) next_.add(row, height_);
        next_.close();
    }
    fill_to(width_);
    strips_.swap(next_);
}

void StripDilation::surround() {
    Strips around;
    const auto add = [&](std::uint64_t left, std::uint64_t right, bool whole) {
        around.open(left, right);
        around.add(0, whole ? height_ : 1);
        around.add(height_ - 1, height_);
        around.close();
    };
    add(0, 1, true);
    if (width_ > 2) add(1, width_ - std::uint64_t{1}, false);
    if (width_ > 1) add(width_ - std::uint64_t{1}, width_, true);
    unite(strips_, around, 0);
}

void StripDilation::grow(std::uint64_t rows) {
    if (rows <= grown_) return;
    const std::uint64_t step = rows - grown_;
    grown_ = rows;
    next_.clear();
    for (std::size_t i = 0; i < strips_.size(); ++i) {
        next_.open(static_cast<std::uint64_t>(strips_.left(i)),
                   static_cast<std::uint64_t>(strips_.right(i)));
        for (const RowSpan* span = strips_.begin(i); span < strips_.end(i); ++span) {
            next_.add(
                static_cast<std::uint32_t>(span->top - std::min<std::uint64_t>(span->top, step)),
                static_cast<std::uint32_t>(std::min<std::uint64_t>(span->bottom + step, height_)));
        }
        next_.close();
    }
    strips_.swap(next_);
}

/// Adds to `strips` what `other` has, moved by `shift` columns; what leaves the window is lost.
void StripDilation::unite(Strips& strips, const Strips& other, std::int64_t shift) {
    next_.clear();
    const std::size_t n = strips.size(), m = other.size();
    std::int64_t x = 0;
    const std::int64_t end = width_;
    for (std::size_t i = 0, j = 0; x < end;) {
        while (i < n && strips.right(i) <= x) ++i;
        while (j < m && other.right(j) + shift <= x) ++j;
        if (i == n && j == m) break;
        const bool in_first = i < n && strips.left(i) <= x;
        const bool in_second = j < m && other.left(j) + shift <= x;
        std::int64_t stop = end;
        if (i < n) stop = std::min(stop, in_first ? strips.right(i) : strips.left(i));
        if (j < m) stop = std::min(stop, (in_second ? other.right(j) : other.left(j)) + shift);
        if (in_first || in_second) {
            const RowSpan* const a = in_first ? strips.begin(i) : nullptr;
            const RowSpan* const b = in_second ? other.begin(j) : nullptr;
            next_.open(static_cast<std::uint64_t>(x), static_cast<std::uint64_t>(stop));
            merge_spans(a, in_first ? strips.end(i) : nullptr, b,
                        in_second ? other.end(j) : nullptr,
                        [&](std::uint32_t top, std::uint32_t bottom) { next_.add(top, bottom); });
            next_.close();
        }
        x = stop;
    }
    strips.swap(next_);
}

/// Every column gets what the `columns` - 1 columns on one side of it have.
void StripDilation::reach(Strips& strips, std::uint64_t columns, bool to_the_right) {
    const auto take = [&](std::uint64_t step) {
        const auto shift = static_cast<std::int64_t>(step);
        unite(strips, strips, to_the_right ? -shift : shift);
    };
    std::uint64_t reached = 1;
    for (; 2 * reached <= columns; reached *= 2) take(reached);
    if (reached < columns) take(columns - reached);
}

void StripDilation::spread(const Neighbourhood::Ring& ring) {
    if (ring.from >= width_) return;
    const std::uint64_t columns =
        std::min<std::uint64_t>(ring.to - ring.from + std::uint64_t{1}, width_);
    const auto from = static_cast<std::int64_t>(ring.from);
    if (columns == 1) {
        unite(result_, strips_, -from);
        if (from > 0) unite(result_, strips_, from);
        return;
    }
    for (const bool to_the_right : {true, false}) {
        spread_.clear();
        unite(spread_, strips_, 0);
        reach(spread_, columns, to_the_right);
        unite(result_, spread_, to_the_right ? -from : from);
    }
}

void StripDilation::write(const Frame& frame, Size size, RleArray& out) const {
    ColumnWriter writer(out.counts, size);
    for (std::size_t i = 0; i < result_.size(); ++i) {
        const std::int64_t left = std::max<std::int64_t>(result_.left(i) + frame.left, 0);
        const std::int64_t right = std::min(result_.right(i) + frame.left, size.width);
        const std::int64_t n = result_.end(i) - result_.begin(i);
        const std::int64_t wide = n == 1 ? right - left : 1;
        if (n > 1 && right > left)
            writer.expect(static_cast<std::uint64_t>((right - left - 1) * n));
        for (std::int64_t x = left; x < right; x += wide) {
            for (const RowSpan* span = result_.begin(i); span < result_.end(i); ++span) {
                const std::int64_t top = std::max<std::int64_t>(span->top + frame.top, 0);
                const std::int64_t bottom = std::min(span->bottom + frame.top, size.height);
                if (top >= bottom) continue;
                writer.add(static_cast<std::uint64_t>(x), static_cast<std::uint64_t>(x + wide),
                           static_cast<std::uint64_t>(top), static_cast<std::uint64_t>(bottom));
            }
        }
    }
    writer.close();
    out.finish(size);
}

}  // namespace cocodec::runwise
