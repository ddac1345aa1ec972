// The reference takes cumulative sums over all detections of a category and makes the precision
// fall from right to left. Both change to the better only where a detection is right: it is enough
// to look at these.

#include "evaluation/accumulate.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "evaluation/cells.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

constexpr double verdict_ns = 1.5;
constexpr double curve_ns = 400;
// Curves that are kept until they are written: 1.5 MB with the reference's thresholds.
constexpr std::size_t curves_at_once = 32;

/// The detections of one category, highest score first.
struct Ranking {
    std::vector<std::uint32_t> order;  // indices in EvaluationCells::dt_rows
    std::vector<double> scores;
    /// For each of `max_detections`: positions in `order` of those that are among the first so many
    /// of their cell.
    std::vector<std::vector<std::uint32_t>> admitted;

    /// Limits ascend, so of two with as many positions the positions are the same.
    [[nodiscard]] bool admits_as_before(std::size_t m) const {
        return m > 0 && admitted[m].size() == admitted[m - 1].size();
    }
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
    /// `verdicts` are in the order of the ranking, `stride` bytes apart.
    void trace(const std::uint8_t* verdicts, std::size_t stride,
               const std::vector<std::uint32_t>& positions) {
        // Room for one more than there can be: what is written is kept only where it is right. No
        // branch asks for that, which nobody could predict.
        const std::size_t room = std::max(positions.size() + 1, hits_.size());
        hits_.resize(room);
        wrong_.resize(room);
        any_ = !positions.empty();
        first_ = any_ ? positions.front() : 0;
        std::uint32_t right = 0, wrong = 0;
        for (const std::uint32_t position : positions) {
            const std::uint32_t verdict = verdicts[position * stride];
            hits_[right] = position;
            wrong_[right] = wrong;
            right += verdict & static_cast<std::uint32_t>(Verdict::right);
            wrong += verdict / static_cast<std::uint32_t>(Verdict::wrong);
        }
        count_ = right;
        precision_.resize(count_);
        for (std::uint32_t i = 0; i < right; ++i) {
            const double found = i + 1;
            precision_[i] = found / (wrong_[i] + found + epsilon);
        }
        for (std::size_t i = count_; i > 1; --i) {
            precision_[i - 2] = std::max(precision_[i - 2], precision_[i - 1]);
        }
    }

    [[nodiscard]] std::size_t right() const { return count_; }

    /// Precision and position where there are so many right ones for the first time, or, for 0,
    /// where the curve begins; false if there never are.
    bool reach(std::size_t needed, double* precision, std::size_t* position) const {
        if (!any_ || needed > count_) return false;
        const std::size_t i = needed == 0 ? 0 : needed - 1;
        *precision = count_ > 0 ? precision_[i] : 0;
        *position = needed == 0 ? first_ : hits_[i];
        return true;
    }

private:
    static constexpr double epsilon = std::numeric_limits<double>::epsilon();

    std::vector<std::uint32_t> hits_;   // where the right ones stand
    std::vector<std::uint32_t> wrong_;  // how many wrong ones stand before each
    std::vector<double> precision_;     // the best from each right one on
    std::size_t count_ = 0, first_ = 0;
    bool any_ = false;
};

/// Where one or several rows of `Curves` begin.
struct CurveRows {
    double* precision;
    double* scores;
};

/// Precision and scores of some curves, a row each.
struct Curves {
    std::vector<double> precision, scores;
    std::size_t height = 0, width = 0;

    void resize(std::size_t rows, std::size_t columns) {
        height = rows;
        width = columns;
        precision.resize(rows * columns);
        scores.resize(rows * columns);
    }
    [[nodiscard]] CurveRows from(std::size_t row) {
        return {precision.data() + row * width, scores.data() + row * width};
    }
};

struct GroupArea {
    std::size_t group, area;
};

/// How many right ones are a recall of `threshold`, if `wanted` would be one of 1: the least i with
/// i / wanted >= threshold. Beyond any number where none is.
std::size_t needed_for(double threshold, double wanted) {
    if (threshold <= 0) return 0;
    const double about = threshold * wanted;
    if (!(about < 1e15)) return std::numeric_limits<std::size_t>::max();
    // The product is rounded, as recalls are: the number is this one or a neighbour.
    auto i = std::max<std::size_t>(1, static_cast<std::size_t>(about));
    while (i > 1 && static_cast<double>(i - 1) / wanted >= threshold) --i;
    while (static_cast<double>(i) / wanted < threshold) ++i;
    return i;
}

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

    /// Slots first .. last: a slot is a category in an area range, area ranges side by side.
    void run(const std::vector<Ranking>& rankings, std::size_t first, std::size_t last) const {
        // Curves are written side by side, those of several slots at a time: each by itself would
        // touch the result's memory at thousands of places, once for every curve.
        Curves curves;
        for (std::size_t begin = first; begin < last; begin += curves_at_once) {
            const std::size_t end = std::min(begin + curves_at_once, last);
            curves.resize((end - begin) * limits_, thresholds_ * recalls_);
            for (std::size_t slot = begin; slot < end; ++slot) {
                const GroupArea place{slot / areas_, slot % areas_};
                const double wanted = wanted_truths(place);
                const CurveRows rows = curves.from((slot - begin) * limits_);
                if (wanted > 0) {
                    run_area(rankings[place.group], place, wanted, rows);
                } else {
                    std::fill_n(rows.precision, limits_ * curves.width, -1.0);
                    std::fill_n(rows.scores, limits_ * curves.width, -1.0);
                }
            }
            write(curves, begin * limits_);
        }
    }

private:
    [[nodiscard]] double wanted_truths(GroupArea place) const {
        const std::size_t* const starts = cells_.group_starts.data() + place.group;
        std::uint64_t wanted = 0;
        for (std::size_t c = starts[0]; c < starts[1]; ++c) {
            wanted += verdicts_.wanted[c * areas_ + place.area];
        }
        return static_cast<double>(wanted);
    }
    [[nodiscard]] std::size_t stride() const { return settings_.groups() * areas_ * limits_; }

    /// Rows become columns: a cache line of a row at a time, each number of it to its own column.
    void write(const Curves& curves, std::size_t place) const {
        constexpr std::size_t line = 8;
        for (std::size_t column = 0; column < curves.width; column += line) {
            const std::size_t columns = std::min(line, curves.width - column);
            for (std::size_t row = 0; row < curves.height; ++row) {
                const std::size_t in = row * curves.width + column;
                const std::size_t out = column * stride() + place + row;
                for (std::size_t c = 0; c < columns; ++c) {
                    out_.precision[out + c * stride()] = curves.precision[in + c];
                    out_.scores[out + c * stride()] = curves.scores[in + c];
                }
            }
        }
    }

    void run_area(const Ranking& ranking, GroupArea place, double wanted, CurveRows rows) const {
        Curve curve;
        std::vector<std::size_t> needed;  // for each recall threshold
        needed.reserve(recalls_);
        for (const double threshold : settings_.recall_thresholds) {
            needed.push_back(needed_for(threshold, wanted));
        }
        const std::vector<std::uint8_t> ranked = rank_verdicts(ranking, place.area);
        for (std::size_t t = 0; t < thresholds_; ++t) {
            double* const recall =
                out_.recall + t * stride() + (place.group * areas_ + place.area) * limits_;
            for (std::size_t m = 0; m < limits_; ++m) {
                const std::size_t at = (m * thresholds_ + t) * recalls_;
                const CurveRows out{rows.precision + at, rows.scores + at};
                if (ranking.admits_as_before(m)) {
                    const std::size_t before = thresholds_ * recalls_;
                    std::copy_n(out.precision - before, recalls_, out.precision);
                    std::copy_n(out.scores - before, recalls_, out.scores);
                } else {
                    // Where nothing is ranked there is no memory to point into.
                    const std::uint8_t* const own = ranked.empty() ? nullptr : ranked.data() + t;
                    curve.trace(own, thresholds_, ranking.admitted[m]);
                    read(curve, needed, ranking, out);
                }
                recall[m] = static_cast<double>(curve.right()) / wanted;
            }
        }
    }

    /// The verdicts in the order of the ranking: [detection][threshold].
    [[nodiscard]] std::vector<std::uint8_t> rank_verdicts(const Ranking& ranking,
                                                          std::size_t area) const {
        std::vector<std::uint8_t> ranked(thresholds_ * ranking.order.size());
        if (ranked.empty()) return ranked;
        const std::uint8_t* const from = verdicts_.of.data() + area * thresholds_;
        std::uint8_t* out = ranked.data();
        for (const std::uint32_t detection : ranking.order) {
            std::memcpy(out, from + detection * areas_ * thresholds_, thresholds_);
            out += thresholds_;
        }
        return ranked;
    }

    /// Precision and score at every recall threshold.
    void read(const Curve& curve, const std::vector<std::size_t>& needed, const Ranking& ranking,
              CurveRows out) const {
        std::size_t r = 0;
        for (; r < recalls_; ++r) {
            double precision = 0;
            std::size_t position = 0;
            if (!curve.reach(needed[r], &precision, &position)) break;
            out.precision[r] = precision;
            out.scores[r] = ranking.scores[position];
        }
        // The first recall that is not reached ends it: those behind stay 0, whatever they are.
        std::fill(out.precision + r, out.precision + recalls_, 0.0);
        std::fill(out.scores + r, out.scores + recalls_, 0.0);
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
    parallel_for(groups * areas, work, threads, [&](std::size_t first, std::size_t last) {
        accumulation.run(rankings, first, last);
    });
}

}  // namespace cocodec
