// Masks scaled. Lengths are counted in parts so small that old and new pixels both are whole
// numbers of them: w W across, h H down. So nothing is rounded.

#include <algorithm>

#include "cocodec/error.hpp"
#include "cocodec/transform.hpp"
#include "masks/columns.hpp"
#include "masks/each.hpp"

namespace cocodec {
namespace {

constexpr double resize_ns = 40;

struct Division {
    std::uint64_t quotient, remainder;
};

/// Many processors divide small numbers several times as fast.
Division divided(std::uint64_t a, std::uint64_t b) {
    if ((a | b) >> 32 != 0) return {a / b, a % b};
    const auto x = static_cast<std::uint32_t>(a), y = static_cast<std::uint32_t>(b);
    return {x / y, x % y};
}

/// From `old` pixels to `fresh` ones along one side.
struct Scale {
    std::uint64_t old, fresh;

    /// The first new pixel whose centre lies at or behind the start of old pixel `at`.
    [[nodiscard]] std::uint64_t first(std::uint64_t at) const {
        const Division parts = divided(at * fresh, old);
        return parts.quotient + (parts.remainder > old - parts.remainder ? 1 : 0);
    }
};

/// Spans of one new column, for as many columns as have the same.
class SpanList {
public:
    void clear() { spans_.clear(); }
    void add(std::uint64_t top, std::uint64_t bottom) {
        if (top >= bottom) return;
        spans_.push_back({static_cast<std::uint32_t>(top), static_cast<std::uint32_t>(bottom)});
    }
    void write(std::uint64_t left, std::uint64_t right, ColumnWriter& writer) const {
        if (spans_.size() == 1) {
            writer.add(left, right, spans_[0].top, spans_[0].bottom);
            return;
        }
        writer.expect((right - left - 1) * spans_.size());
        for (; left < right; ++left) {
            for (const RowSpan& span : spans_) writer.add(left, left + 1, span.top, span.bottom);
        }
    }

private:
    Buffer<RowSpan> spans_;
};

void require_pixels(Size from, Size to) {
    validate(to);
    if (from.area() > 0 || to.area() == 0) return;
    throw Error(ErrorCode::bad_size, "a mask of size " + to_text(from) +
                                         " has no pixels to be scaled to size " + to_text(to));
}

class Nearest {
public:
    explicit Nearest(const Size* sizes) : sizes_(sizes) {}

    void add(RleView mask, std::size_t i, RleArray& out) {
        const Size size = sizes_[i];
        require_pixels(mask.size, size);
        source_.read(mask);
        const Scale across{static_cast<std::uint64_t>(mask.size.width),
                           static_cast<std::uint64_t>(size.width)};
        const Scale down{static_cast<std::uint64_t>(mask.size.height),
                         static_cast<std::uint64_t>(size.height)};
        ColumnWriter writer(out.counts, size);
        for (std::size_t g = 0; g < source_.size(); ++g) {
            const std::uint64_t left = across.first(source_.left(g));
            const std::uint64_t right = across.first(source_.right(g));
            if (left == right) continue;
            spans_.clear();
            for (const RowSpan* span = source_.begin(g); span < source_.end(g); ++span) {
                spans_.add(down.first(span->top), down.first(span->bottom));
            }
            spans_.write(left, right, writer);
        }
        writer.close();
        out.finish(size);
    }

private:
    const Size* sizes_;
    Columns source_;
    SpanList spans_;
};

class ByArea {
public:
    explicit ByArea(const Size* sizes) : sizes_(sizes) {}

    void add(RleView mask, std::size_t i, RleArray& out) {
        const Size size = sizes_[i];
        require_pixels(mask.size, size);
        source_.read(mask);
        across_ = {static_cast<std::uint64_t>(mask.size.width),
                   static_cast<std::uint64_t>(size.width)};
        down_ = {static_cast<std::uint64_t>(mask.size.height),
                 static_cast<std::uint64_t>(size.height)};
        ColumnWriter writer(out.counts, size);
        std::uint64_t x = 0;
        const std::size_t n = source_.size();
        for (std::size_t g = 0; g < n;) {
            x = std::max(x, divided(left(g), across_.old).quotient);
            if (x >= across_.fresh) break;
            const std::uint64_t start = x * across_.old, end = start + across_.old;
            if (left(g) <= start && end <= right(g)) {
                // New columns inside of old ones that are alike.
                changes_.clear();
                weigh(g, across_.old);
                find_spans();
                const std::uint64_t stop = divided(right(g), across_.old).quotient;
                spans_.write(x, stop, writer);
                x = stop;
            } else {
                changes_.clear();
                for (std::size_t k = g; k < n && left(k) < end; ++k) {
                    weigh(k, std::min(end, right(k)) - std::max(start, left(k)));
                }
                find_spans();
                spans_.write(x, x + 1, writer);
                ++x;
            }
            while (g < n && right(g) <= x * across_.old) ++g;
        }
        writer.close();
        out.finish(size);
    }

private:
    /// From this row of a new column on, so much more (modulo 2^64) of each pixel is foreground.
    struct Change {
        std::uint64_t row, more;
    };
    [[nodiscard]] std::uint64_t left(std::size_t g) const {
        return source_.left(g) * across_.fresh;
    }
    [[nodiscard]] std::uint64_t right(std::size_t g) const {
        return source_.right(g) * across_.fresh;
    }

    /// Adds the spans of a column that covers `weight` parts of the new one's width.
    void weigh(std::size_t g, std::uint64_t weight) {
        const auto edge = [&](std::uint32_t row, std::uint64_t each) {
            // The pixel in which the edge lies has some of it, those below have all.
            const Division parts = divided(row * down_.fresh, down_.old);
            changes_.push_back({parts.quotient, each * (down_.old - parts.remainder)});
            if (parts.remainder > 0) {
                changes_.push_back({parts.quotient + 1, each * parts.remainder});
            }
        };
        for (const RowSpan* span = source_.begin(g); span < source_.end(g); ++span) {
            edge(span->top, weight);
            edge(span->bottom, std::uint64_t{0} - weight);
        }
    }

    void find_spans() {
        std::sort(changes_.begin(), changes_.end(),
                  [](const Change& a, const Change& b) { return a.row < b.row; });
        spans_.clear();
        const std::uint64_t half = across_.old * down_.old / 2;
        std::uint64_t covered = 0, top = 0;
        bool open = false;
        for (std::size_t i = 0; i < changes_.size();) {
            const std::uint64_t row = changes_[i].row;
            for (; i < changes_.size() && changes_[i].row == row; ++i) covered += changes_[i].more;
            if ((covered > half) == open) continue;
            if (open) spans_.add(top, row);
            top = row;
            open = !open;
        }
    }

    const Size* sizes_;
    Scale across_{}, down_{};
    Columns source_;
    Buffer<Change> changes_;
    SpanList spans_;
};

}  // namespace

RleArray resize(RleArrayView masks, const Size* sizes, ResizeRule rule, int threads) {
    using runwise::build_each;
    if (rule == ResizeRule::nearest) {
        return build_each(masks, resize_ns, threads, [&] { return Nearest(sizes); });
    }
    return build_each(masks, resize_ns, threads, [&] { return ByArea(sizes); });
}

}  // namespace cocodec
