// The reference takes cumulative sums over all detections of a category and makes the precision
// fall from right to left. Both change to the better only where a detection is right: it is enough
// to look at these.

#include "evaluation/accumulate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "evaluation/cells.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

constexpr double verdict_ns = 1.5;
constexpr double curve_ns = 400;
constexpr std::size_t few_groups = 8;

/// The detections of one category, highest score first.
struct Ranking {
    std::vector<std::uint32_t> order;  // indices in EvaluationCells::dt_rows
    std::vector<double> scores;
    /// For each of `max_detections`: positions in `order` of those that are among the first so many
    /// of their cell.
    std::vector<std::vector<std::uint32_t>> admitted;
};

Ranking rank_detections(const Judged& judged, std::size_t k) {
    const EvaluationCells& cells = judged.cells;
    std::vector<Scored> items;
    std::vector<std::uint32_t> ranks;  // in the cell
    const std::size_t first_cell = cells.group_starts[k], last_cell = cells.group_starts[k + 1];
    const std::size_t first = cells.dt_starts[first_cell];
    for (std::size_t c = first_cell; c < last_cell; ++c) {
        for (std::size_t i = cells.dt_starts[c]; i < cells.dt_starts[c + 1]; ++i) {
            items.push_back({judged.score[cells.dt_rows[i]], static_cast<std::uint32_t>(i)});
            ranks.push_back(static_cast<std::uint32_t>(i - cells.dt_starts[c]));
        }
    }
    sort_by_score(items);
    Ranking ranking;
    for (const Scored& item : items) {
        ranking.order.push_back(item.index);
        ranking.scores.push_back(item.score);
    }
    for (const std::int64_t limit : judged.settings.max_detections) {
        std::vector<std::uint32_t>& positions = ranking.admitted.emplace_back();
        for (std::size_t p = 0; p < items.size(); ++p) {
            if (ranks[items[p].index - first] < static_cast<std::uint64_t>(limit)) {
                positions.push_back(static_cast<std::uint32_t>(p));
            }
        }
    }
    return ranking;
}

/// Precision against recall for one category, area range, threshold and limit.
class Curve {
public:
    /// `verdicts` are in the order of the ranking.
    void trace(const std::vector<std::uint8_t>& verdicts,
               const std::vector<std::uint32_t>& positions) {
        // Room for one more than there can be: what is written is kept only where it is right.
        hits_.resize(positions.size() + 1);
        precision_.resize(positions.size() + 1);
        any_ = !positions.empty();
        first_ = any_ ? positions.front() : 0;
        count_ = 0;
        std::size_t wrong = 0;
        for (const std::uint32_t position : positions) {
            const std::uint8_t verdict = verdicts[position];
            hits_[count_] = position;
            precision_[count_] = static_cast<double>(wrong);
            count_ += verdict == static_cast<std::uint8_t>(Verdict::right) ? 1 : 0;
            wrong += verdict == static_cast<std::uint8_t>(Verdict::wrong) ? 1 : 0;
        }
        for (std::size_t i = 0; i < count_; ++i) {
            const auto right = static_cast<double>(i + 1);
            precision_[i] = right / (precision_[i] + right + epsilon);
        }
        for (std::size_t i = count_; i > 1; --i) {
            precision_[i - 2] = std::max(precision_[i - 2], precision_[i - 1]);
        }
    }

    [[nodiscard]] double recall(double wanted) const {
        return static_cast<double>(count_) / wanted;
    }

    /// Precision and position where the recall first reaches `threshold`; false if it never does.
    bool reach(double threshold, double wanted, double* precision, std::size_t* position) const {
        if (!any_ || !(threshold <= recall(wanted))) return false;
        if (threshold <= 0) {
            *precision = count_ > 0 ? precision_[0] : 0;
            *position = first_;
            return true;
        }
        // Close to threshold * wanted, but the quotients decide.
        std::size_t right = std::clamp<std::size_t>(
            static_cast<std::size_t>(std::ceil(threshold * wanted)), 1, count_);
        while (right > 1 && static_cast<double>(right - 1) / wanted >= threshold) --right;
        while (static_cast<double>(right) / wanted < threshold) ++right;
        *precision = precision_[right - 1];
        *position = hits_[right - 1];
        return true;
    }

private:
    static constexpr double epsilon = std::numeric_limits<double>::epsilon();

    std::vector<std::uint32_t> hits_;  // where the right ones stand
    std::vector<double> precision_;    // the best from each right one on
    std::size_t count_ = 0, first_ = 0;
    bool any_ = false;
};

/// Where one or several rows of `Curves` begin.
struct Rows {
    double* precision;
    double* scores;
};

/// Precision and scores of some curves, a row each; -1 at first.
struct Curves {
    std::vector<double> precision, scores;
    std::size_t height = 0, width = 0;

    void resize(std::size_t rows, std::size_t columns) {
        height = rows;
        width = columns;
        precision.assign(rows * columns, -1.0);
        scores.assign(rows * columns, -1.0);
    }
    [[nodiscard]] Rows from(std::size_t row) {
        return {precision.data() + row * width, scores.data() + row * width};
    }
};

struct Place {
    std::size_t group, area;
};

class Accumulation {
public:
    Accumulation(const Judged& judged, const EvaluationOutput& out)
        : settings_(judged.settings),
          cells_(judged.cells),
          verdicts_(judged.verdicts),
          out_(out),
          areas_(settings_.area_ranges.size()),
          limits_(settings_.max_detections.size()),
          thresholds_(settings_.iou_thresholds.size()),
          recalls_(settings_.recall_thresholds.size()) {}

    /// Category `k` in area ranges first .. last.
    void run(const Ranking& ranking, std::size_t k, std::size_t first, std::size_t last) const {
        // Curves are written side by side at the end: each by itself would touch the result's
        // memory at thousands of places, once for every curve.
        Curves curves;
        curves.resize((last - first) * limits_, thresholds_ * recalls_);
        for (std::size_t a = first; a < last; ++a) {
            const double wanted = wanted_truths(k, a);
            if (wanted > 0) run_area(ranking, {k, a}, wanted, curves.from((a - first) * limits_));
        }
        const std::size_t place = (k * areas_ + first) * limits_;
        for (std::size_t column = 0; column < thresholds_ * recalls_; ++column) {
            for (std::size_t row = 0; row < curves.height; ++row) {
                const std::size_t out = column * stride() + place + row;
                out_.precision[out] = curves.precision[row * curves.width + column];
                out_.scores[out] = curves.scores[row * curves.width + column];
            }
        }
    }

private:
    [[nodiscard]] double wanted_truths(std::size_t k, std::size_t a) const {
        std::uint64_t wanted = 0;
        for (std::size_t c = cells_.group_starts[k]; c < cells_.group_starts[k + 1]; ++c) {
            wanted += verdicts_.wanted[c * areas_ + a];
        }
        return static_cast<double>(wanted);
    }
    [[nodiscard]] std::size_t stride() const { return settings_.groups() * areas_ * limits_; }

    void run_area(const Ranking& ranking, Place place, double wanted, Rows rows) const {
        Curve curve;
        std::vector<std::uint8_t> sorted(ranking.order.size());
        for (std::size_t t = 0; t < thresholds_; ++t) {
            const std::uint8_t* const plane =
                verdicts_.of.data() + (place.area * thresholds_ + t) * cells_.dt_rows.size();
            for (std::size_t i = 0; i < sorted.size(); ++i) sorted[i] = plane[ranking.order[i]];
            for (std::size_t m = 0; m < limits_; ++m) {
                curve.trace(sorted, ranking.admitted[m]);
                const std::size_t out = (place.group * areas_ + place.area) * limits_ + m;
                out_.recall[t * stride() + out] = curve.recall(wanted);
                const std::size_t at = m * thresholds_ * recalls_ + t * recalls_;
                read(curve, wanted, ranking, {rows.precision + at, rows.scores + at});
            }
        }
    }

    /// Precision and score at every recall threshold.
    void read(const Curve& curve, double wanted, const Ranking& ranking, Rows out) const {
        bool reached = true;
        for (std::size_t r = 0; r < recalls_; ++r) {
            double precision = 0;
            std::size_t position = 0;
            // The first recall that is not reached ends it: those behind stay 0, whatever they are.
            reached = reached &&
                      curve.reach(settings_.recall_thresholds[r], wanted, &precision, &position);
            out.precision[r] = reached ? precision : 0;
            out.scores[r] = reached ? ranking.scores[position] : 0;
        }
    }

    const EvaluationSettings& settings_;
    const EvaluationCells& cells_;
    const Verdicts& verdicts_;
    const EvaluationOutput& out_;
    std::size_t areas_, limits_, thresholds_, recalls_;
};

}  // namespace

void accumulate_verdicts(const Judged& judged, const EvaluationOutput& out, int threads) {
    const EvaluationSettings& settings = judged.settings;
    const std::size_t areas = settings.area_ranges.size(), groups = settings.groups();
    const std::size_t all =
        settings.iou_thresholds.size() * groups * areas * settings.max_detections.size();
    std::fill_n(out.recall, all, -1.0);
    const double work = verdict_ns * static_cast<double>(judged.verdicts.of.size()) *
                            static_cast<double>(settings.max_detections.size()) +
                        curve_ns * static_cast<double>(all);
    const Accumulation accumulation(judged, out);
    // Few categories may have very many detections: area ranges are shared out, too.
    std::vector<Ranking> rankings(groups);
    parallel_for(groups, work / 4, threads, [&](std::size_t first, std::size_t last) {
        for (std::size_t k = first; k < last; ++k) {
            rankings[k] = rank_detections(judged, k);
        }
    });
    const std::size_t pieces = groups < few_groups ? areas : 1;
    parallel_for(groups * pieces, work, threads, [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) {
            const std::size_t piece = i % pieces;
            accumulation.run(rankings[i / pieces], i / pieces, areas * piece / pieces,
                             areas * (piece + 1) / pieces);
        }
    });
}

}  // namespace cocodec
