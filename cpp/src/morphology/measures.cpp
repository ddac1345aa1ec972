// Sums over spans in closed form, and what lies furthest out.

#include "cocodec/measures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cocodec/error.hpp"
#include "masks/columns.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

constexpr double measure_ns = 5;

/// fn(mask, i) for every mask, over threads.
template <class Fn>
void for_each_mask(RleArrayView masks, int threads, const Fn& fn) {
    const auto runs = masks.length == 0 ? 0 : masks.offsets[masks.length] - masks.offsets[0];
    parallel_for(masks.length, measure_ns * static_cast<double>(runs), threads,
                 [&](std::size_t first, std::size_t last) {
                     for (std::size_t i = first; i < last; ++i) fn(masks[i], i);
                 });
}

/// Sums of the powers of first .. last - 1.
struct PowerSums {
    double n, first, second, third;

    PowerSums(std::uint64_t from, std::uint64_t to) {
        const auto a = static_cast<double>(from), b = static_cast<double>(to);
        n = b - a;
        const double before = a * (a - 1) / 2, all = b * (b - 1) / 2;
        first = all - before;
        second = all * (2 * b - 1) / 3 - before * (2 * a - 1) / 3;
        third = all * all - before * before;
    }
};

/// x and y count from `column` and `row`, which come before the foreground.
Moments moments_of(RleView mask, std::uint64_t column = 0, std::uint64_t row = 0) {
    Moments sum{};
    for_each_span(mask, [&](std::uint64_t left, std::uint64_t right, std::uint64_t top,
                            std::uint64_t bottom) {
        const PowerSums x(left - column, right - column), y(top - row, bottom - row);
        sum.m00 += x.n * y.n;
        sum.m10 += x.first * y.n;
        sum.m01 += x.n * y.first;
        sum.m20 += x.second * y.n;
        sum.m11 += x.first * y.first;
        sum.m02 += x.n * y.second;
        sum.m30 += x.third * y.n;
        sum.m21 += x.second * y.first;
        sum.m12 += x.first * y.second;
        sum.m03 += x.n * y.third;
    });
    return sum;
}

/// Twice the sums of x and y, in whole numbers where those are small enough.
Point centroid_of(RleView mask) {
    if (mask.size.height > 0xFFFF || mask.size.width > 0xFFFF) {
        const Moments sums = moments_of(mask);
        return {sums.m10 / sums.m00, sums.m01 / sums.m00};
    }
    std::uint64_t pixels = 0, twice_x = 0, twice_y = 0;
    for_each_span(mask, [&](std::uint64_t left, std::uint64_t right, std::uint64_t top,
                            std::uint64_t bottom) {
        const std::uint64_t n = (right - left) * (bottom - top);
        pixels += n;
        twice_x += n * (left + right - 1);
        twice_y += n * (top + bottom - 1);
    });
    const auto count = static_cast<double>(pixels);
    const std::uint64_t x = twice_x / 2, y = twice_y / 2;  // both are even
    return {static_cast<double>(x) / count, static_cast<double>(y) / count};
}

/// Every pixel of a column has a side on the left and one on the right, but where two columns meet.
std::uint64_t perimeter_of(const Columns& columns) {
    std::uint64_t sides = 0;
    for (std::size_t g = 0; g < columns.size(); ++g) {
        const std::uint64_t width = columns.right(g) - columns.left(g);
        for (const RowSpan* span = columns.begin(g); span < columns.end(g); ++span) {
            // Columns of a group meet each other along all of their height.
            sides += 2 * width + 2 * std::uint64_t{span->bottom - span->top};
        }
        if (g == 0 || columns.right(g - 1) != columns.left(g)) continue;
        const RowSpan* a = columns.begin(g - 1);
        const RowSpan* b = columns.begin(g);
        while (a < columns.end(g - 1) && b < columns.end(g)) {
            const std::uint32_t top = std::max(a->top, b->top);
            const std::uint32_t bottom = std::min(a->bottom, b->bottom);
            if (top < bottom) sides -= 2 * std::uint64_t{bottom - top};
            if (a->bottom < b->bottom) {
                ++a;
            } else {
                ++b;
            }
        }
    }
    return sides;
}

ExtremePoints extremes_of(RleView mask) {
    ExtremePoints found{{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    for_each_span(
        mask, [&](std::uint64_t first, std::uint64_t last, std::uint64_t from, std::uint64_t to) {
            const auto left = static_cast<std::int64_t>(first);
            const auto right = static_cast<std::int64_t>(last) - 1;
            const auto top = static_cast<std::int64_t>(from);
            const auto bottom = static_cast<std::int64_t>(to) - 1;
            if (found.left.x < 0) found = {{left, top}, {left, top}, {left, top}, {left, bottom}};
            if (top < found.top.y) found.top = {left, top};
            if (bottom > found.bottom.y) found.bottom = {left, bottom};
            if (right > found.right.x) found.right = {right, top};
        });
    return found;
}

class PointFinder {
public:
    void find(RleView mask, const Point* points, std::size_t n, std::uint8_t* out) {
        ends_.resize(mask.length);
        std::uint64_t end = 0;
        for (std::size_t i = 0; i < mask.length; ++i) ends_[i] = end += mask.counts[i];
        const auto height = static_cast<double>(mask.size.height);
        const auto width = static_cast<double>(mask.size.width);
        for (std::size_t k = 0; k < n; ++k) {
            const double x = points[k].x, y = points[k].y;
            out[k] = 0;
            if (!(x >= 0 && y >= 0 && x < width && y < height)) continue;
            const std::uint64_t at =
                static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(mask.size.height) +
                static_cast<std::uint64_t>(y);
            const auto run = std::upper_bound(ends_.begin(), ends_.end(), at) - ends_.begin();
            out[k] = static_cast<std::uint8_t>(run % 2);
        }
    }

private:
    Buffer<std::uint64_t> ends_;
};

using Pixel = ExtremePoints::Pixel;

/// Above 0 where the way a -> b -> c turns clockwise on the screen.
std::int64_t turn(Pixel a, Pixel b, Pixel c) {
    return (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x);
}

/// The hull from the left to the right along the top, and back along the bottom.
class HullMaker {
public:
    void add(RleView mask, Buffer<Pixel>& corners) {
        if (std::max(mask.size.height, mask.size.width) >
            std::numeric_limits<std::int32_t>::max()) {
            throw Error(ErrorCode::bad_size, "size is " + to_text(mask.size) +
                                                 "; for a hull, sides are at most 2147483647");
        }
        columns_.read(mask);
        const std::size_t first = corners.size(), n = columns_.size();
        for (std::size_t g = 0; g < n; ++g) {
            const std::int64_t top = columns_.begin(g)->top;
            push(corners, first, {columns_.left(g), top});
            push(corners, first, {columns_.right(g), top});
        }
        const std::size_t below = corners.size();
        for (std::size_t g = n; g-- > 0;) {
            const std::int64_t bottom = columns_.end(g)[-1].bottom;
            push(corners, below, {columns_.right(g), bottom});
            push(corners, below, {columns_.left(g), bottom});
        }
    }

private:
    static void push(Buffer<Pixel>& corners, std::size_t first, Pixel next) {
        while (corners.size() > first + 1 &&
               turn(corners[corners.size() - 2], corners[corners.size() - 1], next) <= 0) {
            corners.resize(corners.size() - 1);
        }
        corners.push_back(next);
    }
    Columns columns_;
};

}  // namespace

void moments(RleArrayView masks, Moments* out, int threads) {
    for_each_mask(masks, threads, [&](RleView mask, std::size_t i) { out[i] = moments_of(mask); });
}

void centroid(RleArrayView masks, Point* out, int threads) {
    for_each_mask(masks, threads, [&](RleView mask, std::size_t i) { out[i] = centroid_of(mask); });
}

void orientation(RleArrayView masks, double* out, int threads) {
    for_each_mask(masks, threads, [&](RleView mask, std::size_t i) {
        // From the box's corner: far from it, what is left of large sums would be rounding.
        const Box box = bbox(mask);
        const Moments m =
            moments_of(mask, static_cast<std::uint64_t>(box.x), static_cast<std::uint64_t>(box.y));
        const double x = m.m10 / m.m00, y = m.m01 / m.m00;
        const double xx = m.m20 - x * m.m10, xy = m.m11 - x * m.m01, yy = m.m02 - y * m.m01;
        out[i] = std::atan2(2 * xy, xx - yy) / 2;
    });
}

void perimeter(RleArrayView masks, std::uint64_t* out, int threads) {
    const auto runs = masks.length == 0 ? 0 : masks.offsets[masks.length] - masks.offsets[0];
    parallel_for(masks.length, measure_ns * static_cast<double>(runs), threads,
                 [&](std::size_t first, std::size_t last) {
                     Columns columns;
                     for (std::size_t i = first; i < last; ++i) {
                         columns.read(masks[i]);
                         out[i] = perimeter_of(columns);
                     }
                 });
}

void extreme_points(RleArrayView masks, ExtremePoints* out, int threads) {
    for_each_mask(masks, threads, [&](RleView mask, std::size_t i) { out[i] = extremes_of(mask); });
}

void contains(RleArrayView masks, const Point* points, std::size_t n, std::uint8_t* out,
              int threads) {
    const auto runs = masks.length == 0 ? 0 : masks.offsets[masks.length] - masks.offsets[0];
    const double work =
        static_cast<double>(runs) + 20 * static_cast<double>(n) * static_cast<double>(masks.length);
    parallel_for(masks.length, work, threads, [&](std::size_t first, std::size_t last) {
        PointFinder finder;
        for (std::size_t i = first; i < last; ++i) finder.find(masks[i], points, n, out + i * n);
    });
}

Hulls convex_hull(RleArrayView masks) {
    Hulls hulls;
    hulls.offsets.push_back(0);
    HullMaker maker;
    for (std::size_t i = 0; i < masks.length; ++i) {
        try {
            maker.add(masks[i], hulls.corners);
        } catch (const Error& error) {
            throw error.at(static_cast<std::int64_t>(i));
        }
        hulls.offsets.push_back(static_cast<std::int64_t>(hulls.corners.size()));
    }
    return hulls;
}

}  // namespace cocodec
