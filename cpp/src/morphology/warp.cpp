// Masks under affine maps. A column of the new mask is a straight line through the old one: along
// it the old column, and inside of one the old row, only ever rise or only ever fall. So the
// stretch of the line that shows a span has two ends, which are guessed and then made exact by the
// rule itself.

#include <algorithm>
#include <cmath>

#include "cocodec/error.hpp"
#include "cocodec/transform.hpp"
#include "masks/columns.hpp"
#include "masks/each.hpp"
#include "masks/limits.hpp"

namespace cocodec {
namespace {

constexpr double warp_ns = 200;
constexpr double most = 1073741824;  // 2^30: products with 2^32 pixels stay far from infinity

/// floor(start + step * y + 1/2), for y = 0, 1, ...; rounding keeps the order of numbers.
struct Line {
    double start, step;

    [[nodiscard]] double at(std::uint64_t y) const {
        return std::floor(start + step * static_cast<double>(y) + 0.5);
    }

    /// The first y in low..high from which on the line has reached `bound` (or, falling, is below
    /// it); high if none is. A level line has one value, which the caller has looked at.
    [[nodiscard]] std::uint64_t first(double bound, std::uint64_t low, std::uint64_t high) const {
        const auto reached = [&](std::uint64_t y) {
            return step > 0 ? at(y) >= bound : at(y) < bound;
        };
        const double guess = std::ceil((bound - 0.5 - start) / step);
        if (guess > static_cast<double>(low) && guess < static_cast<double>(high)) {
            const auto y = static_cast<std::uint64_t>(guess);
            if (reached(y) && !reached(y - 1)) return y;
        }
        while (low < high) {
            const std::uint64_t middle = low + (high - low) / 2;
            if (reached(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
};

struct LinePart {
    std::uint64_t first, last;
};

/// Where in y.first .. y.last the line is from `low` on and below `high`.
LinePart inside(const Line& line, double low, double high, LinePart y) {
    if (y.first >= y.last) return {y.first, y.first};
    if (line.step == 0) {
        const double at = line.at(0);
        return at >= low && at < high ? y : LinePart{y.first, y.first};
    }
    const bool rises = line.step > 0;
    const std::uint64_t first = line.first(rises ? low : high, y.first, y.last);
    return {first, line.first(rises ? high : low, first, y.last)};
}

void require_sane(const Affine& map) {
    for (const double value : {map.xx, map.xy, map.x0, map.yx, map.yy, map.y0}) {
        if (std::abs(value) <= most) continue;  // false for NaN
        throw Error(ErrorCode::bad_option,
                    "the map has a number that is not finite, or beyond +-2^30");
    }
}

class Warper {
public:
    Warper(const Affine* maps, const Size* sizes) : maps_(maps), sizes_(sizes) {}

    void add(RleView mask, std::size_t i, RleArray& out) {
        const Affine& map = maps_[i];
        const Size size = sizes_[i];
        validate(size);
        require_sane(map);
        source_.read(mask);
        ColumnWriter writer(out.counts, size);
        const auto height = static_cast<std::uint64_t>(size.height);
        const LinePart columns = reached_columns(map, size);
        // A small mask can be blown up to any size. Columns take time even where they show nothing.
        require_gain(columns.last - columns.first);
        std::uint64_t runs = 0;
        for (std::uint64_t x = columns.first; x < columns.last; ++x) {
            const auto at = static_cast<double>(x);
            add_column({map.xx * at + map.x0, map.xy}, {map.yx * at + map.y0, map.yy}, height);
            runs += 2 * stretches_.size();
            if (runs > mask.length) require_gain(runs - mask.length);
            for (const LinePart& stretch : stretches_) {
                writer.add(x * height + stretch.first, x * height + stretch.last);
            }
        }
        writer.close();
        out.finish(size);
    }

private:
    /// New columns that can show anything at all: others lie to one side of what there is.
    [[nodiscard]] LinePart reached_columns(const Affine& map, Size size) const {
        const LinePart all{0, size.height > 0 ? static_cast<std::uint64_t>(size.width) : 0};
        if (source_.size() == 0) return {0, 0};
        const double slope = std::abs(map.xy) * static_cast<double>(size.height) + 2;
        const double left = static_cast<double>(source_.left(0)) - slope;
        const double right = static_cast<double>(source_.right(source_.size() - 1)) + slope;
        return inside({map.x0, map.xx}, left, right, all);
    }

    /// What the line through the old mask meets, in order of the new rows.
    void add_column(const Line& x, const Line& y, std::uint64_t height) {
        stretches_.clear();
        const std::size_t n = source_.size();
        const LinePart met = inside(x, source_.left(0), source_.right(n - 1), {0, height});
        if (met.first >= met.last) return;
        const bool rises = x.step >= 0;
        const double first = x.at(met.first), last = x.at(met.last - 1);
        std::size_t low = group_behind(std::min(first, last));
        const double end = std::max(first, last);
        std::size_t high = low;
        while (high < n && static_cast<double>(source_.left(high)) <= end) ++high;
        for (std::size_t k = low; k < high; ++k) {
            const std::size_t g = rises ? k : high - 1 - (k - low);
            add_group(g, y, inside(x, source_.left(g), source_.right(g), met));
        }
    }

    /// The first group that is not all to the left of column `x`.
    [[nodiscard]] std::size_t group_behind(double x) const {
        std::size_t low = 0, high = source_.size();
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            if (static_cast<double>(source_.right(middle)) > x) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    void add_group(std::size_t g, const Line& y, LinePart rows) {
        if (rows.first >= rows.last) return;
        const bool rises = y.step >= 0;
        const double first = y.at(rows.first), last = y.at(rows.last - 1);
        const double low = std::min(first, last), high = std::max(first, last);
        const RowSpan* const end = source_.end(g);
        const RowSpan* from = std::partition_point(source_.begin(g), end, [&](const RowSpan& span) {
            return static_cast<double>(span.bottom) <= low;
        });
        const RowSpan* const to = std::partition_point(
            from, end, [&](const RowSpan& span) { return static_cast<double>(span.top) <= high; });
        for (const RowSpan* span = rises ? from : to; span != (rises ? to : from);) {
            if (!rises) --span;
            const LinePart seen = inside(y, span->top, span->bottom, rows);
            if (seen.first < seen.last) stretches_.push_back(seen);
            if (rises) ++span;
        }
    }

    const Affine* maps_;
    const Size* sizes_;
    Columns source_;
    Buffer<LinePart> stretches_;
};

}  // namespace

RleArray warp_affine(RleArrayView masks, const Affine* maps, const Size* sizes, int threads) {
    return runwise::build_each(masks, warp_ns, threads, [&] { return Warper(maps, sizes); });
}

}  // namespace cocodec
