// Closed walks whose edges are level, upright, or lead to the next pixel at a corner -> masks, as
// OpenCV's fillPoly paints them (floor 1c, private). Such are walks along border pixels, which is
// what trainers are given.
//
// These edges meet no pixel's centre but those that they paint, so that what they enclose may be
// told by columns as well as by rows: between the first and the second, the third and the fourth
// ... of the level edges that cross a column. A mask is wanted in columns: nothing has to be
// turned.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "cocodec/rle.hpp"
#include "masks/columns.hpp"

namespace cocodec {

class LatticeFiller {
public:
    /// Appends the counts of the mask; false, and nothing is appended, for a walk of other edges,
    /// or one that leaves the image but for a pixel to the right and below. With `links`, one a
    /// point, edges from points where it is not 0 are left out, if they come in pairs.
    bool fill(const std::int32_t* xy, const std::uint8_t* links, std::size_t n, Size size,
              Buffer<std::uint32_t>& counts) {
        if (!gather(xy, links, n, size)) return false;
        sort_into_columns();
        ColumnWriter writer(counts, size);
        for (std::size_t i = 0; i + 1 < crossings_of_.size(); ++i) write_column(i, size, writer);
        writer.close();
        return true;
    }

private:
    /// Columns begin .. end - 1 are crossed at a row.
    struct Level {
        std::int32_t row, begin, end;
    };
    /// Pixels top .. bottom - 1 of a column.
    struct Stretch {
        std::int32_t column, top, bottom;
    };
    struct Point {
        std::int32_t x, y;
    };

    /// Whether an edge could be taken, and whether what it crosses and paints covers its ends.
    struct Taken {
        bool good, start, end;
    };

    bool gather(const std::int32_t* xy, const std::uint8_t* links, std::size_t n, Size size) {
        levels_.clear();
        stretches_.clear();
        left_out_.clear();
        width_ = static_cast<std::int32_t>(size.width);
        height_ = static_cast<std::int32_t>(size.height);
        const auto point = [&](std::size_t i) { return Point{xy[2 * i], xy[2 * i + 1]}; };
        const auto take = [&](Point a, Point b, std::size_t from) {
            return links != nullptr && links[from] != 0 ? leave_out(a, b) : add_edge(a, b);
        };
        Point before = point(n - 1);
        Taken first{}, last{};
        for (std::size_t i = 0; i < n; ++i) {
            const Point here = point(i);
            if (here.x < 0 || here.x > width_ || here.y < 0 || here.y > height_) return false;
            const Taken taken = take(before, here, i == 0 ? n - 1 : i - 1);
            if (!taken.good) return false;
            if (i == 0) first = taken;
            if (i > 0 && !last.end && !taken.start) paint(before.x, before.y, before.y + 1);
            last = taken;
            before = here;
        }
        if (!last.end && !first.start) paint(before.x, before.y, before.y + 1);
        return are_pairs();
    }
    /// An edge of which only the ends are painted, and that comes back.
    Taken leave_out(Point a, Point b) {
        Ends ends{{a.x, a.y}, {b.x, b.y}};
        if (ends.second < ends.first) std::swap(ends.first, ends.second);
        left_out_.push_back(ends);
        return {true, false, false};
    }
    Taken add_edge(Point a, Point b) {
        if (a.x == b.x) {
            paint(a.x, std::min(a.y, b.y), std::max(a.y, b.y) + 1);
            return {true, true, true};
        }
        const bool forwards = a.x < b.x;
        if (!forwards) std::swap(a, b);
        const bool is_step = b.x == a.x + 1 && (b.y == a.y + 1 || b.y == a.y - 1);
        if (a.y != b.y && !(is_step && is_inside(a) && is_inside(b))) return {};
        // Its left end and what follows are crossings, which are inside; its right end is none.
        levels_.push_back({a.y, a.x, b.x});
        return {true, forwards, !forwards};
    }
    [[nodiscard]] bool is_inside(Point p) const noexcept { return p.x < width_ && p.y < height_; }
    void paint(std::int32_t column, std::int32_t top, std::int32_t bottom) {
        bottom = std::min(bottom, height_);
        if (top < bottom && column < width_) stretches_.push_back({column, top, bottom});
    }
    /// Without pairs, what is left is not closed.
    bool are_pairs() {
        std::sort(left_out_.begin(), left_out_.end());
        if (left_out_.size() % 2 != 0) return false;
        for (std::size_t i = 0; i < left_out_.size(); i += 2) {
            if (left_out_[i] != left_out_[i + 1]) return false;
        }
        return true;
    }

    /// Counts what was gathered into the columns from the first one on.
    void sort_into_columns() {
        first_ = width_;
        std::int32_t end = 0;
        for (const Level& level : levels_) {
            first_ = std::min(first_, level.begin);
            end = std::max(end, level.end);
        }
        for (const Stretch& stretch : stretches_) {
            first_ = std::min(first_, stretch.column);
            end = std::max(end, stretch.column + 1);
        }
        const auto columns = static_cast<std::size_t>(std::max(end - first_, 0));
        crossings_of_.assign(columns + 1, 0);
        stretches_of_.assign(columns + 1, 0);
        for (const Level& level : levels_) {
            for (std::int32_t x = level.begin; x < level.end; ++x) ++crossings_of_[at(x)];
        }
        for (const Stretch& stretch : stretches_) ++stretches_of_[at(stretch.column)];
        std::uint32_t crossings = 0, stretches = 0;
        for (std::size_t i = 0; i <= columns; ++i) {
            crossings_of_[i] = std::exchange(crossings, crossings + crossings_of_[i]);
            stretches_of_[i] = std::exchange(stretches, stretches + stretches_of_[i]);
        }
        crossings_.resize(crossings);
        sorted_.resize(stretches_.size());
        for (const Level& level : levels_) {
            for (std::int32_t x = level.begin; x < level.end; ++x) {
                crossings_[crossings_of_[at(x)]++] = level.row;
            }
        }
        for (const Stretch& stretch : stretches_) {
            sorted_[stretches_of_[at(stretch.column)]++] = {stretch.top, stretch.bottom};
        }
    }
    [[nodiscard]] std::size_t at(std::int32_t column) const noexcept {
        return static_cast<std::size_t>(column - first_);
    }

    void write_column(std::size_t i, Size size, ColumnWriter& writer) {
        // Offsets were moved to the ends while things were put there.
        std::int32_t* const rows = crossings_.data() + (i == 0 ? 0 : crossings_of_[i - 1]);
        const std::size_t crossings =
            static_cast<std::size_t>(crossings_.data() + crossings_of_[i] - rows);
        const Rows* const painted = sorted_.data() + (i == 0 ? 0 : stretches_of_[i - 1]);
        const Rows* const painted_end = sorted_.data() + stretches_of_[i];
        const std::uint64_t start =
            (static_cast<std::uint64_t>(first_) + i) * static_cast<std::uint64_t>(size.height);
        if (crossings == 2 && painted == painted_end) {  // most columns
            const auto [top, last] = std::minmax(rows[0], rows[1]);
            const std::int32_t bottom = std::min(last + 1, height_);
            if (top < bottom) {
                writer.add(start + static_cast<std::uint64_t>(top),
                           start + static_cast<std::uint64_t>(bottom));
            }
            return;
        }
        std::sort(rows, rows + crossings);
        column_.clear();
        for (std::size_t k = 0; k + 1 < crossings; k += 2) {
            const std::int32_t bottom = std::min(rows[k + 1] + 1, height_);
            if (rows[k] < bottom) column_.push_back({rows[k], bottom});
        }
        if (painted != painted_end) {
            column_.insert(column_.end(), painted, painted_end);
            std::sort(column_.begin(), column_.end());
        }
        for (std::size_t k = 0; k < column_.size();) {
            const std::int32_t top = column_[k].first;
            std::int32_t bottom = column_[k].second;
            for (++k; k < column_.size() && column_[k].first <= bottom; ++k) {
                bottom = std::max(bottom, column_[k].second);
            }
            writer.add(start + static_cast<std::uint64_t>(top),
                       start + static_cast<std::uint64_t>(bottom));
        }
    }

    using Rows = std::pair<std::int32_t, std::int32_t>;
    using Ends = std::pair<std::array<std::int32_t, 2>, std::array<std::int32_t, 2>>;

    std::int32_t width_ = 0, height_ = 0, first_ = 0;
    std::vector<Level> levels_;
    std::vector<Stretch> stretches_;
    std::vector<Ends> left_out_;
    std::vector<std::uint32_t> crossings_of_, stretches_of_;  // of each column, where the next goes
    std::vector<std::int32_t> crossings_;
    std::vector<Rows> sorted_, column_;
};

}  // namespace cocodec
