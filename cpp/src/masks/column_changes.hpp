// Rows of a mask, one after the other -> its runs, which follow columns (floor 1b, private).
//
// From one row to the next, the columns where the mask changes are those where the two rows differ.
// The changes are gathered row by row and counted into columns: time and memory follow the changes
// and the columns in use, not the pixels.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cocodec/rle.hpp"
#include "masks/fitting_run.hpp"
#include "masks/limits.hpp"

namespace cocodec {

class ColumnChanges {
public:
    void begin(Size size) {
        size_ = size;
        changes_.clear();
        above_.clear();
        next_row_ = 0;
    }
    /// Where the pixels of a row begin and end: begin, end, begin, end ..., rising. Rows come in
    /// order; those without pixels may be left out. Takes the content of `borders`.
    void add_row(std::int64_t row, std::vector<std::int64_t>& borders) {
        if (row != next_row_) {
            change({}, next_row_);
            above_.clear();
        }
        change(borders, row);
        above_.swap(borders);
        next_row_ = row + 1;
    }
    /// Appends the runs to `out.counts`.
    void finish(RleArray& out) {
        change({}, next_row_);
        sort();
        // A column that ends inside the mask has a change at the next one's first pixel; where that
        // begins inside too there are two, and the run goes on.
        std::uint64_t start = 0;
        for (std::size_t i = 0; i < sorted_.size(); ++i) {
            if (i + 1 < sorted_.size() && sorted_[i] == sorted_[i + 1]) {
                ++i;
                continue;
            }
            if (sorted_[i] == size_.area()) break;
            out.counts.push_back(fitting_run(sorted_[i] - start));
            start = sorted_[i];
        }
        if (start < size_.area()) out.counts.push_back(fitting_run(size_.area() - start));
    }

private:
    struct Change {
        std::uint32_t column, row;
    };

    /// Two rows differ between every other of their borders, taken together.
    void change(const std::vector<std::int64_t>& row_borders, std::int64_t row) {
        if (row_borders == above_) return;
        borders_.resize(above_.size() + row_borders.size());
        std::merge(above_.begin(), above_.end(), row_borders.begin(), row_borders.end(),
                   borders_.begin());
        for (std::size_t i = 0; i + 1 < borders_.size(); i += 2) {
            require_gain(changes_.size() +
                         static_cast<std::uint64_t>(borders_[i + 1] - borders_[i]));
            for (std::int64_t x = borders_[i]; x < borders_[i + 1]; ++x) {
                changes_.push_back(
                    {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(row)});
            }
        }
    }
    /// The changes are in the order of their rows; counting puts them into columns.
    void sort() {
        sorted_.resize(changes_.size());
        if (changes_.empty()) return;
        const auto [low, high] = std::minmax_element(
            changes_.begin(), changes_.end(),
            [](const Change& a, const Change& b) { return a.column < b.column; });
        const std::size_t first = low->column;
        starts_.assign(high->column - first + 2, 0);
        for (const Change& change : changes_) ++starts_[change.column - first + 1];
        for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
        const auto height = static_cast<std::uint64_t>(size_.height);
        for (const Change& change : changes_) {
            sorted_[starts_[change.column - first]++] = change.column * height + change.row;
        }
    }

    Size size_;
    std::vector<Change> changes_;
    std::vector<std::int64_t> above_, borders_;
    std::vector<std::uint64_t> sorted_;
    std::vector<std::size_t> starts_;
    std::int64_t next_row_ = 0;
};

}  // namespace cocodec
