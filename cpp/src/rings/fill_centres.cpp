// Closed walks over pixel centres -> masks, as OpenCV's fillPoly paints one ring.
//
// The rule, in rows: every edge is drawn, in steps along its longer axis from its left end on; and
// between the first and the second, the third and the fourth ... of the edges that cross a row, all
// pixels are painted whose centre lies between them. Crossings are fixed-point numbers of 16 bits.
//
// A mask is wanted in columns: column_changes.hpp. Walks of level and upright edges have a way of
// their own: lattice_fill.hpp.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cocodec/centres.hpp"
#include "cocodec/error.hpp"
#include "masks/column_changes.hpp"
#include "masks/threads.hpp"
#include "rings/lattice_fill.hpp"

namespace cocodec {
namespace {

// Measured cost of one point, one walk, for the choice of threads.
constexpr double point_ns = 100.0, walk_ns = 1000.0;
constexpr std::int64_t one = std::int64_t{1} << 16;  // of a crossing's fixed point
constexpr std::int64_t max_coordinate = std::int64_t{1} << 30;
constexpr std::uint64_t max_length = std::uint64_t{1} << 26;
// Where in its pixel a point stands that a link starts from, and how far off a text may have it.
constexpr double link_place = 0.25, link_slack = 0.01;

struct GridPoint {
    std::int64_t x, y;
};

/// Pixels left .. right of a row.
struct RowStretch {
    std::int32_t row, left, right;
};
/// An edge crosses a row at x, in fixed point.
struct Crossing {
    std::int32_t row;
    std::int64_t x;
};

/// The pixels of an edge, one in each step along its longer axis from the left end on: paint(row,
/// left, right) those that lie in a row.
template <class Paint>
void draw_line(GridPoint a, GridPoint b, const Paint& paint) {
    if (a.x > b.x) std::swap(a, b);
    const std::int64_t across = b.x - a.x, down = b.y < a.y ? a.y - b.y : b.y - a.y;
    const std::int64_t sign = b.y < a.y ? -1 : 1;
    if (down == 0) return paint(a.y, a.x, b.x);
    const bool steep = down > across;
    const std::int64_t longer = steep ? down : across, shorter = steep ? across : down;
    std::int64_t error = longer - 2 * shorter, from = a.x;
    for (std::int64_t i = 0; i <= longer; ++i) {
        const bool sideways = error < 0;
        const bool ends = steep || sideways || i == longer;  // of pixels in one row
        if (ends) paint(a.y, from, a.x);
        if (steep) {
            a.y += sign;
            a.x += sideways;
        } else {
            a.x += 1;
            a.y += sideways ? sign : 0;
        }
        if (ends) from = a.x;
        error += (sideways ? 2 * longer : 0) - 2 * shorter;
    }
}

class Filler {
public:
    void fill(const std::int32_t* xy, const std::uint8_t* links, std::size_t n, Size size,
              RleArray& out) {
        size_ = size;
        stretches_.clear();
        crossings_.clear();
        if (n > 0 && size.height > 0 && size.width > 0) {
            check(xy, n);
            if (lattice_.fill(xy, links, n, size, out.counts)) return out.finish(size);
            GridPoint before{xy[2 * n - 2], xy[2 * n - 1]};
            for (std::size_t i = 0; i < n; ++i) {
                const GridPoint point{xy[2 * i], xy[2 * i + 1]};
                add_edge(before, point, links == nullptr || links[i == 0 ? n - 1 : i - 1] == 0);
                before = point;
            }
            pair_crossings();
        }
        write(out);
        out.finish(size);
    }

private:
    void check(const std::int32_t* xy, std::size_t n) const {
        std::uint64_t length = 0;
        for (std::size_t i = 0; i < 2 * n; ++i) {
            if (xy[i] > max_coordinate || xy[i] < -max_coordinate) {
                throw Error(ErrorCode::bad_coordinate,
                            "the coordinate " + std::to_string(xy[i]) + " is beyond +-2^30");
            }
            // Outside of the image nothing is painted, nor counted.
            const std::size_t before = i >= 2 ? i - 2 : 2 * n - 2 + i;
            const std::int64_t side = i % 2 == 0 ? size_.width : size_.height;
            const auto inside = [side](std::int64_t v) {
                return std::clamp<std::int64_t>(v, 0, side);
            };
            const std::int64_t step = inside(xy[i]) - inside(xy[before]);
            length += static_cast<std::uint64_t>(step < 0 ? -step : step);
        }
        if (length <= max_length) return;
        throw Error(ErrorCode::too_large,
                    "the outline is " + std::to_string(length) + " pixels long, more than 2^26");
    }

    void add_edge(GridPoint a, GridPoint b, bool painted) {
        if (!painted) {
            // It comes back the same way, so that nothing is enclosed; only its ends are inside.
            if (is_inside(a)) paint(a.y, a.x, a.x);
            return;
        }
        GridPoint from = a, to = b;
        if ((is_inside(a) && is_inside(b)) || clip(from, to)) draw(from, to);
        if (a.y == b.y) return;
        // Of edges that leave the image, what is left of them counts for crossings: the columns of
        // its ends, and their rows where these are two.
        GridPoint start{from.x, a.y}, end{to.x, b.y};
        if (from.y != to.y) start = from, end = to;
        add_crossings(a, b, {start.x * one, start.y}, {end.x * one, end.y});
    }
    [[nodiscard]] bool is_inside(GridPoint p) const noexcept {
        return p.x >= 0 && p.x < size_.width && p.y >= 0 && p.y < size_.height;
    }
    /// Crossings of the edge from a to b, on the line through two points in fixed point.
    void add_crossings(GridPoint a, GridPoint b, GridPoint start, GridPoint end) {
        const std::int64_t slope = (end.x - start.x) / (end.y - start.y);
        const GridPoint& upper = a.y < b.y ? start : end;
        const std::int64_t top = std::max<std::int64_t>(std::min(a.y, b.y), 0);
        const std::int64_t bottom = std::min<std::int64_t>(std::max(a.y, b.y), size_.height);
        for (std::int64_t y = top; y < bottom; ++y) {
            crossings_.push_back({static_cast<std::int32_t>(y), upper.x + (y - upper.y) * slope});
        }
    }

    /// Cuts an edge off at the image's borders; whether anything is left.
    [[nodiscard]] bool clip(GridPoint& a, GridPoint& b) const {
        const std::int64_t right = size_.width - 1, bottom = size_.height - 1;
        const auto across = [](GridPoint p, std::int64_t last) {
            return (p.x < 0) + 2 * (p.x > last);
        };
        const auto along = [](GridPoint p, std::int64_t last) {
            return (p.y < 0) + 2 * (p.y > last);
        };
        const auto apart = [&] {
            return (across(a, right) & across(b, right)) != 0 ||
                   (along(a, bottom) & along(b, bottom)) != 0;
        };
        if (apart()) return false;
        for (GridPoint* end : {&a, &b}) {
            const int side = along(*end, bottom);
            if (side == 0) continue;
            const std::int64_t y = side == 1 ? 0 : bottom;
            end->x += scaled(y - end->y, b.x - a.x, b.y - a.y);
            end->y = y;
        }
        if (apart()) return false;
        for (GridPoint* end : {&a, &b}) {
            const int side = across(*end, right);
            if (side == 0) continue;
            const std::int64_t x = side == 1 ? 0 : right;
            end->y += scaled(x - end->x, b.y - a.y, b.x - a.x);
            end->x = x;
        }
        return is_inside(a) && is_inside(b);
    }
    static std::int64_t scaled(std::int64_t part, std::int64_t rise, std::int64_t run) {
        return static_cast<std::int64_t>(static_cast<double>(part) * static_cast<double>(rise) /
                                         static_cast<double>(run));
    }

    /// Paints the pixels of an edge inside the image.
    void draw(GridPoint a, GridPoint b) {
        draw_line(a, b, [&](std::int64_t row, std::int64_t left, std::int64_t right) {
            paint(row, left, right);
        });
    }
    void paint(std::int64_t row, std::int64_t left, std::int64_t right) {
        stretches_.push_back({static_cast<std::int32_t>(row), static_cast<std::int32_t>(left),
                              static_cast<std::int32_t>(right)});
    }

    /// Puts what lies in rows in the order of the rows, and of `key` in each: counted into rows,
    /// which hold few things each.
    template <class Item, class Key>
    void sort_rows(std::vector<Item>& items, std::vector<Item>& spare, const Key& key) {
        if (items.empty()) return;
        const auto [low, high] = std::minmax_element(
            items.begin(), items.end(), [](const Item& a, const Item& b) { return a.row < b.row; });
        const std::int32_t first = low->row;
        starts_.assign(static_cast<std::size_t>(high->row - first) + 2, 0);
        for (const Item& item : items) ++starts_[static_cast<std::size_t>(item.row - first) + 1];
        for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
        spare.resize(items.size());
        for (const Item& item : items) {
            spare[starts_[static_cast<std::size_t>(item.row - first)]++] = item;
        }
        items.swap(spare);
        std::size_t begin = 0;
        for (std::size_t row = 0; row + 1 < starts_.size(); ++row) {
            std::sort(items.begin() + static_cast<std::ptrdiff_t>(begin),
                      items.begin() + static_cast<std::ptrdiff_t>(starts_[row]),
                      [&](const Item& a, const Item& b) { return key(a) < key(b); });
            begin = starts_[row];
        }
    }

    void pair_crossings() {
        sort_rows(crossings_, spare_crossings_, [](const Crossing& c) { return c.x; });
        for (std::size_t i = 0; i + 1 < crossings_.size(); i += 2) {
            const Crossing &a = crossings_[i], &b = crossings_[i + 1];
            const std::int64_t left = std::max<std::int64_t>((a.x + one - 1) >> 16, 0);
            const std::int64_t right = std::min<std::int64_t>(b.x >> 16, size_.width - 1);
            if (left <= right) paint(a.row, left, right);
        }
    }

    void write(RleArray& out) {
        sort_rows(stretches_, spare_stretches_, [](const RowStretch& s) { return s.left; });
        changes_.begin(size_);
        for (std::size_t i = 0; i < stretches_.size();) {
            const std::int32_t row = stretches_[i].row;
            row_.clear();
            for (; i < stretches_.size() && stretches_[i].row == row; ++i) {
                const RowStretch& next = stretches_[i];
                if (!row_.empty() && next.left <= row_.back()) {
                    row_.back() = std::max<std::int64_t>(row_.back(), next.right + 1);
                } else {
                    row_.push_back(next.left);
                    row_.push_back(next.right + 1);
                }
            }
            changes_.add_row(row, row_);
        }
        changes_.finish(out);
    }

    LatticeFiller lattice_;
    Size size_;
    std::vector<RowStretch> stretches_, spare_stretches_;
    std::vector<std::size_t> starts_;
    std::vector<Crossing> crossings_, spare_crossings_;
    ColumnChanges changes_;
    std::vector<std::int64_t> row_;
};

/// What a trainer makes of shares, and which points links start from.
struct TrainerPoints {
    Buffer<std::int32_t> xy;
    Buffer<std::uint8_t> links;

    void read(const double* shares, std::size_t n, Size size) {
        xy.resize(2 * n);
        links.resize(n);
        const float sides[] = {static_cast<float>(size.width), static_cast<float>(size.height)};
        for (std::size_t i = 0; i < n; ++i) {
            bool is_link = true;
            for (std::size_t k = 0; k < 2; ++k) {
                const float pixels = static_cast<float>(shares[2 * i + k]) * sides[k];
                constexpr auto limit = static_cast<float>(max_coordinate);
                // What is no number has no integer: it goes where walks are refused.
                const float within =
                    std::isnan(pixels) ? -2 * limit : std::clamp(pixels, -limit, limit);
                const auto cut = static_cast<std::int32_t>(within);
                xy[2 * i + k] = cut;
                const double rest = static_cast<double>(pixels) - cut;
                is_link &= std::abs(rest - link_place) < link_slack;
            }
            links[i] = is_link;
        }
    }
};

void require_fit(const Size* sizes, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        validate(sizes[i], static_cast<std::int64_t>(i));
        if (sizes[i].height <= max_coordinate && sizes[i].width <= max_coordinate) continue;
        throw Error(ErrorCode::too_large,
                    "the mask is of size " + to_text(sizes[i]) + "; walks reach sides of 2^30",
                    static_cast<std::int64_t>(i));
    }
}

/// How many of these pixels, in order, are not of the mask.
std::size_t count_outside(RleView mask, const std::vector<std::uint64_t>& pixels) {
    std::size_t outside = 0, run = 0;
    std::uint64_t end = 0;  // of the runs before `run`
    for (const std::uint64_t pixel : pixels) {
        while (run < mask.length && end + mask.counts[run] <= pixel) end += mask.counts[run++];
        outside += run % 2 == 0 ? 1 : 0;
    }
    return outside;
}

// A bare array with its length. NOLINTNEXTLINE(readability-function-size)
void fill_one(Filler& filler, const std::int32_t* xy, const std::uint8_t* links, std::size_t n,
              Size size, std::size_t i, RleArray& out) {
    try {
        filler.fill(xy, links, n, size, out);
    } catch (const Error& error) {
        throw error.at(static_cast<std::int64_t>(i));
    }
}

}  // namespace

// Bare arrays with their length.
// NOLINTNEXTLINE(readability-function-size)
RleArray fill_centres(const std::int32_t* xy, const std::int64_t* offsets, const Size* sizes,
                      std::size_t n, int threads, const std::uint8_t* links) {
    require_fit(sizes, n);
    const auto cost_before = [&](std::size_t i) {
        return walk_ns * static_cast<double>(i) + point_ns * static_cast<double>(offsets[i]);
    };
    return parallel_build(
        n, cost_before, threads, [&](std::size_t first, std::size_t last, RleArray& out) {
            Filler filler;
            for (std::size_t i = first; i < last; ++i) {
                const auto begin = static_cast<std::size_t>(offsets[i]);
                const auto end = static_cast<std::size_t>(offsets[i + 1]);
                fill_one(filler, xy + 2 * begin, links == nullptr ? nullptr : links + begin,
                         end - begin, sizes[i], i, out);
            }
        });
}

void count_link_pixels(RleArrayView masks, const CentreWalks& walks, std::int64_t* out) {
    std::vector<std::uint64_t> pixels;
    for (std::size_t i = 0; i < masks.length; ++i) {
        const RleView mask = masks[i];
        const auto height = static_cast<std::uint64_t>(mask.size.height);
        const auto begin = static_cast<std::size_t>(walks.offsets[i]);
        const auto end = static_cast<std::size_t>(walks.offsets[i + 1]);
        pixels.clear();
        const auto paint = [&](std::int64_t row, std::int64_t left, std::int64_t right) {
            for (; left <= right; ++left) {
                pixels.push_back(static_cast<std::uint64_t>(left) * height +
                                 static_cast<std::uint64_t>(row));
            }
        };
        for (std::size_t k = begin; k < end; ++k) {
            if (walks.links[k] == 0) continue;
            const std::int32_t* const a = walks.xy.data() + 2 * k;
            const std::int32_t* const b = walks.xy.data() + 2 * (k + 1 < end ? k + 1 : begin);
            draw_line({a[0], a[1]}, {b[0], b[1]}, paint);
        }
        std::sort(pixels.begin(), pixels.end());
        pixels.erase(std::unique(pixels.begin(), pixels.end()), pixels.end());
        out[i] = static_cast<std::int64_t>(count_outside(mask, pixels));
    }
}

RleArray fill_shares(const ShareRings& rings, int threads) {
    require_fit(rings.sizes, rings.length);
    std::vector<std::int64_t> before{0};
    for (std::size_t i = 0; i < rings.length; ++i) {
        before.push_back(before.back() + rings.lengths[i] / 2);
    }
    const auto cost_before = [&](std::size_t i) {
        return walk_ns * static_cast<double>(i) + point_ns * static_cast<double>(before[i]);
    };
    return parallel_build(rings.length, cost_before, threads,
                          [&](std::size_t first, std::size_t last, RleArray& out) {
                              Filler filler;
                              TrainerPoints points;
                              for (std::size_t i = first; i < last; ++i) {
                                  points.read(rings.shares + rings.begins[i],
                                              static_cast<std::size_t>(rings.lengths[i] / 2),
                                              rings.sizes[i]);
                                  fill_one(filler, points.xy.data(), points.links.data(),
                                           points.links.size(), rings.sizes[i], i, out);
                              }
                          });
}

}  // namespace cocodec
