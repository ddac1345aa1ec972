// Grouping is two stable counting sorts, one after the other: by the minor index, then by the major
// one. Rows of a cell so keep the order in which they came, as the reference has it.

#include "evaluation/cells.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "cocodec/error.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

constexpr double sort_ns = 30;  // a detection in its cell's order

// From here on it is quicker to go through the digits of scores than to compare scores, which
// processors cannot predict.
constexpr std::size_t many_scores = 512;
constexpr unsigned digit_bits = 11, digits = 6;
constexpr std::size_t digit_values = std::size_t{1} << digit_bits;

/// Ascends where scores are to descend; equal scores, zeros of both signs and all NaN among them,
/// have equal keys.
std::uint64_t descending_key(double score) {
    if (std::isnan(score)) return std::numeric_limits<std::uint64_t>::max();
    const auto bits = std::bit_cast<std::uint64_t>(score == 0 ? 0.0 : score);
    constexpr std::uint64_t sign = std::uint64_t{1} << 63;
    return (bits & sign) != 0 ? bits : ~(bits | sign);
}

/// Stable: what comes in the order of indices leaves so where scores are equal.
void sort_by_digits(std::vector<Scored>& items) {
    std::vector<std::array<std::uint32_t, digit_values>> starts(digits);
    const auto digit = [](const Scored& item, unsigned d) {
        return static_cast<std::size_t>(descending_key(item.score) >> (d * digit_bits) &
                                        (digit_values - 1));
    };
    for (const Scored& item : items) {
        for (unsigned d = 0; d < digits; ++d) ++starts[d][digit(item, d)];
    }
    std::vector<Scored> sorted(items.size());
    for (unsigned d = 0; d < digits; ++d) {
        if (starts[d][digit(items[0], d)] == items.size()) continue;  // it tells nobody apart
        std::uint32_t start = 0;
        for (std::uint32_t& count : starts[d]) start += std::exchange(count, start);
        for (const Scored& item : items) sorted[starts[d][digit(item, d)]++] = item;
        items.swap(sorted);
    }
}

void require_index(std::int64_t index, std::size_t count, std::size_t row, const char* what) {
    if (index >= -1 && index < static_cast<std::int64_t>(count)) return;
    std::string message = "row ";
    message += std::to_string(row) + " has " + what + " index " + std::to_string(index) + " of " +
               std::to_string(count);
    throw Error(ErrorCode::bad_shape, message);
}

/// A row, and the indices that decide where it stands: going back to the columns for them would
/// read memory in the order of the result, here and there.
struct Placed {
    std::uint32_t row, image, category;
};

/// Rows that have an image and a category of this evaluation.
std::vector<Placed> evaluated_rows(const AnnotationsView& side,
                                   const EvaluationSettings& settings) {
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    if (side.length > most || settings.images > most || settings.categories > most) {
        throw Error(ErrorCode::too_large, "more than 2^32 - 1 annotations, images or categories");
    }
    std::vector<Placed> rows;
    rows.reserve(side.length);
    for (std::size_t row = 0; row < side.length; ++row) {
        require_index(side.image[row], settings.images, row, "image");
        require_index(side.category[row], settings.categories, row, "category");
        if (side.image[row] < 0 || side.category[row] < 0) continue;
        rows.push_back({static_cast<std::uint32_t>(row),
                        static_cast<std::uint32_t>(side.image[row]),
                        static_cast<std::uint32_t>(side.category[row])});
    }
    return rows;
}

/// Stable: rows of equal keys keep their order.
std::vector<Placed> counting_sort(const std::vector<Placed>& rows, std::uint32_t Placed::* key,
                                  std::size_t key_count) {
    std::vector<std::size_t> starts(key_count + 1);
    for (const Placed& row : rows) ++starts[std::size_t{row.*key} + 1];
    for (std::size_t i = 0; i < key_count; ++i) starts[i + 1] += starts[i];
    std::vector<Placed> sorted(rows.size());
    for (const Placed& row : rows) sorted[starts[row.*key]++] = row;
    return sorted;
}

std::vector<Placed> grouped_rows(const AnnotationsView& side, const EvaluationSettings& settings) {
    const auto by_image = [&](const std::vector<Placed>& rows) {
        return counting_sort(rows, &Placed::image, settings.images);
    };
    const auto by_category = [&](const std::vector<Placed>& rows) {
        return counting_sort(rows, &Placed::category, settings.categories);
    };
    const std::vector<Placed> rows = evaluated_rows(side, settings);
    // Where categories are not told apart, an image's rows still go category by category.
    if (!settings.use_categories) return by_image(by_category(rows));
    return by_category(by_image(rows));
}

struct CellKey {
    std::int64_t category, image;
    friend auto operator<=>(const CellKey&, const CellKey&) = default;
};
constexpr CellKey behind_all{std::numeric_limits<std::int64_t>::max(), 0};

/// Walks the rows of one side, cell by cell.
class CellWalk {
public:
    CellWalk(const std::vector<Placed>& rows, bool use_categories)
        : rows_(rows), use_categories_(use_categories) {}

    [[nodiscard]] CellKey place() const {
        return at_ == rows_.size() ? behind_all : place_of(rows_[at_]);
    }
    /// Appends the rows that stand at `place`.
    void take(CellKey place, std::vector<std::uint32_t>& out) {
        while (at_ < rows_.size() && place_of(rows_[at_]) == place) out.push_back(rows_[at_++].row);
    }

private:
    [[nodiscard]] CellKey place_of(const Placed& row) const {
        return {use_categories_ ? std::int64_t{row.category} : 0, row.image};
    }
    const std::vector<Placed>& rows_;
    bool use_categories_;
    std::size_t at_ = 0;
};

/// Sorts the detections of every cell, and drops those beyond the limit.
void sort_detections(const double* score, std::size_t limit, EvaluationCells& cells, int threads) {
    std::vector<std::uint32_t>& rows = cells.dt_rows;
    std::vector<double> scores;  // in one go: cell by cell memory would be waited for
    scores.reserve(rows.size());
    for (const std::uint32_t row : rows) scores.push_back(score[row]);
    parallel_for(cells.size(), sort_ns * static_cast<double>(rows.size()), threads,
                 [&](std::size_t first, std::size_t last) {
                     std::vector<Scored> items;
                     for (std::size_t cell = first; cell < last; ++cell) {
                         items.clear();
                         const std::size_t begin = cells.dt_starts[cell];
                         const std::size_t end = cells.dt_starts[cell + 1];
                         for (std::size_t i = begin; i < end; ++i) {
                             items.push_back({scores[i], static_cast<std::uint32_t>(i)});
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
    if (std::is_sorted(items.begin(), items.end(), before)) return;
    if (items.size() < many_scores) {
        std::sort(items.begin(), items.end(), before);
    } else {
        sort_by_digits(items);
    }
}

EvaluationCells group_cells(const TruthView& truth, const DetectionsView& detections,
                            const EvaluationSettings& settings, int threads) {
    EvaluationCells cells;
    const std::vector<Placed> gt_rows = grouped_rows(truth, settings);
    const std::vector<Placed> dt_rows = grouped_rows(detections, settings);
    CellWalk gt(gt_rows, settings.use_categories), dt(dt_rows, settings.use_categories);
    cells.gt_rows.reserve(gt_rows.size());
    cells.dt_rows.reserve(dt_rows.size());
    for (CellKey place = std::min(gt.place(), dt.place()); place != behind_all;
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
