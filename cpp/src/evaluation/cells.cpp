// Grouping is two stable counting sorts, one after the other: by the minor index, then by the major
// one. Rows of a cell so keep the order in which they came, as the reference has it.

#include "evaluation/cells.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "cocodec/error.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

constexpr double sort_ns = 30;  // a detection in its cell's order

void require_index(std::int64_t index, std::size_t count, std::size_t row, const char* what) {
    if (index >= -1 && index < static_cast<std::int64_t>(count)) return;
    std::string message = "row ";
    message += std::to_string(row) + " has " + what + " index " + std::to_string(index) + " of " +
               std::to_string(count);
    throw Error(ErrorCode::bad_shape, message);
}

/// Rows that have an image and a category of this evaluation.
std::vector<std::uint32_t> evaluated_rows(const AnnotationsView& side,
                                          const EvaluationSettings& settings) {
    if (side.length > std::numeric_limits<std::uint32_t>::max()) {
        throw Error(ErrorCode::too_large, "more than 2^32 - 1 annotations");
    }
    std::vector<std::uint32_t> rows;
    rows.reserve(side.length);
    for (std::size_t row = 0; row < side.length; ++row) {
        require_index(side.image[row], settings.images, row, "image");
        require_index(side.category[row], settings.categories, row, "category");
        if (side.image[row] < 0 || side.category[row] < 0) continue;
        rows.push_back(static_cast<std::uint32_t>(row));
    }
    return rows;
}

/// Stable: rows of equal keys keep their order.
std::vector<std::uint32_t> counting_sort(const std::vector<std::uint32_t>& rows,
                                         const std::int64_t* keys, std::size_t key_count) {
    std::vector<std::size_t> starts(key_count + 1);
    for (const std::uint32_t row : rows) ++starts[static_cast<std::size_t>(keys[row]) + 1];
    for (std::size_t key = 0; key < key_count; ++key) starts[key + 1] += starts[key];
    std::vector<std::uint32_t> sorted(rows.size());
    for (const std::uint32_t row : rows)
        sorted[starts[static_cast<std::size_t>(keys[row])]++] = row;
    return sorted;
}

std::vector<std::uint32_t> grouped_rows(const AnnotationsView& side,
                                        const EvaluationSettings& settings) {
    const std::vector<std::uint32_t> rows = evaluated_rows(side, settings);
    // Where categories are not told apart, an image's rows still go category by category.
    if (!settings.use_categories) {
        return counting_sort(counting_sort(rows, side.category, settings.categories), side.image,
                             settings.images);
    }
    return counting_sort(counting_sort(rows, side.image, settings.images), side.category,
                         settings.categories);
}

struct Place {
    std::int64_t category, image;
    friend auto operator<=>(const Place&, const Place&) = default;
};
constexpr Place behind_all{std::numeric_limits<std::int64_t>::max(), 0};

/// Walks the rows of one side, cell by cell.
class Walk {
public:
    Walk(const AnnotationsView& side, const std::vector<std::uint32_t>& rows, bool use_categories)
        : side_(side), rows_(rows), use_categories_(use_categories) {}

    [[nodiscard]] Place place() const {
        return at_ == rows_.size() ? behind_all : place_of(rows_[at_]);
    }
    /// Appends the rows that stand at `place`.
    void take(Place place, std::vector<std::uint32_t>& out) {
        while (at_ < rows_.size() && place_of(rows_[at_]) == place) out.push_back(rows_[at_++]);
    }

private:
    [[nodiscard]] Place place_of(std::uint32_t row) const {
        return {use_categories_ ? side_.category[row] : 0, side_.image[row]};
    }
    const AnnotationsView& side_;
    const std::vector<std::uint32_t>& rows_;
    bool use_categories_;
    std::size_t at_ = 0;
};

/// Sorts the detections of every cell, and drops those beyond the limit.
void sort_detections(const double* score, std::size_t limit, EvaluationCells& cells, int threads) {
    std::vector<std::uint32_t>& rows = cells.dt_rows;
    parallel_for(cells.size(), sort_ns * static_cast<double>(rows.size()), threads,
                 [&](std::size_t first, std::size_t last) {
                     std::vector<Scored> items;
                     for (std::size_t cell = first; cell < last; ++cell) {
                         items.clear();
                         const std::size_t begin = cells.dt_starts[cell];
                         const std::size_t end = cells.dt_starts[cell + 1];
                         for (std::size_t i = begin; i < end; ++i) {
                             items.push_back({score[rows[i]], static_cast<std::uint32_t>(i)});
                         }
                         sort_by_score(items);
                         for (Scored& item : items) item.index = rows[item.index];
                         for (std::size_t i = begin; i < end; ++i) rows[i] = items[i - begin].index;
                     }
                 });
    std::size_t kept = 0, begin = 0;
    for (std::size_t cell = 0; cell < cells.size(); ++cell) {
        const std::size_t end = cells.dt_starts[cell + 1];
        const std::size_t stop = begin + std::min(limit, end - begin);
        for (std::size_t i = begin; i < stop; ++i) rows[kept++] = rows[i];
        cells.dt_starts[cell + 1] = kept;
        begin = end;
    }
    rows.resize(kept);
}

}  // namespace

void sort_by_score(std::vector<Scored>& items) {
    const auto before = [](const Scored& a, const Scored& b) {
        if (a.score > b.score) return true;
        if (a.score < b.score) return false;
        const bool a_is_nan = std::isnan(a.score), b_is_nan = std::isnan(b.score);
        return a_is_nan == b_is_nan ? a.index < b.index : b_is_nan;
    };
    if (!std::is_sorted(items.begin(), items.end(), before)) {
        std::sort(items.begin(), items.end(), before);
    }
}

EvaluationCells group_cells(const TruthView& truth, const DetectionsView& detections,
                            const EvaluationSettings& settings, int threads) {
    EvaluationCells cells;
    const std::vector<std::uint32_t> gt_rows = grouped_rows(truth, settings);
    const std::vector<std::uint32_t> dt_rows = grouped_rows(detections, settings);
    Walk gt(truth, gt_rows, settings.use_categories),
        dt(detections, dt_rows, settings.use_categories);
    cells.gt_rows.reserve(gt_rows.size());
    cells.dt_rows.reserve(dt_rows.size());
    for (Place place = std::min(gt.place(), dt.place()); place != behind_all;
         place = std::min(gt.place(), dt.place())) {
        while (cells.group_starts.size() <= static_cast<std::size_t>(place.category)) {
            cells.group_starts.push_back(cells.size());
        }
        cells.category.push_back(place.category);
        cells.image.push_back(place.image);
        gt.take(place, cells.gt_rows);
        dt.take(place, cells.dt_rows);
        cells.gt_starts.push_back(cells.gt_rows.size());
        cells.dt_starts.push_back(cells.dt_rows.size());
    }
    cells.group_starts.resize(settings.groups() + 1, cells.size());
    sort_detections(detections.score, static_cast<std::size_t>(settings.max_detections.back()),
                    cells, threads);
    return cells;
}

}  // namespace cocodec
