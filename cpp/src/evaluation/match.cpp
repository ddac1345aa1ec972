// The reference tries every ground truth in turn. Here those that no threshold accepts are dropped
// beforehand, once for all area ranges and thresholds: few are left.

#include "evaluation/match.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cocodec {
namespace {

bool flag(const std::uint8_t* flags, std::uint32_t row) {
    return flags != nullptr && flags[row] != 0;
}

}  // namespace

Matcher::Matcher(const TruthView& truth, const DetectionsView& detections,
                 const EvaluationSettings& settings, const EvaluationCells& cells)
    : truth_(truth),
      detections_(detections),
      settings_(settings),
      cells_(cells),
      least_(std::numeric_limits<double>::infinity()) {
    constexpr double highest = 1 - 1e-10;  // a perfect match passes a threshold of 1
    for (const double threshold : settings.iou_thresholds) {
        thresholds_.push_back(highest < threshold ? highest : threshold);
        if (std::isnan(threshold)) least_ = -std::numeric_limits<double>::infinity();
        if (threshold < least_) least_ = thresholds_.back();
    }
    least_ = std::min(least_, highest);
}

bool Matcher::outside(double area, std::size_t a) const {
    return area < settings_.area_ranges[a].first || area > settings_.area_ranges[a].second;
}

void Matcher::run(std::size_t c, const double* similarities, Verdicts& verdicts,
                  EvaluationDetails* details) {
    gt_begin_ = cells_.gt_starts[c];
    gt_count_ = cells_.gt_starts[c + 1] - gt_begin_;
    dt_begin_ = cells_.dt_starts[c];
    dt_count_ = cells_.dt_starts[c + 1] - dt_begin_;
    find_candidates(similarities);
    const std::size_t areas = settings_.area_ranges.size();
    for (std::size_t a = 0; a < areas; ++a) {
        look_at_area(a);
        judge_area(a, verdicts, details);
        verdicts.wanted[c * areas + a] = static_cast<std::uint32_t>(
            std::count(gt_ignored_.begin(), gt_ignored_.end(), std::uint8_t{0}));
    }
}

void Matcher::find_candidates(const double* similarities) {
    candidates_.clear();
    candidate_starts_.assign(1, 0);
    hopeful_.clear();
    const std::size_t all = similarities == nullptr ? 0 : dt_count_ * gt_count_;
    // Nothing is less than NaN: once NaN has been the best so far, anything is better.
    const bool any_nan = std::any_of(similarities, similarities + all,
                                     [](double value) { return std::isnan(value); });
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double least = any_nan ? -infinity : least_;
    strongest_ = any_nan ? infinity : -infinity;
    for (std::size_t d = 0; d < dt_count_; ++d) {
        for (std::size_t g = 0; g * dt_count_ < all; ++g) {
            const double similarity = similarities[g * dt_count_ + d];
            if (similarity < least) continue;
            candidates_.push_back({static_cast<std::uint32_t>(g), similarity});
            strongest_ = std::max(strongest_, similarity);
        }
        if (candidates_.size() > candidate_starts_.back()) {
            hopeful_.push_back(static_cast<std::uint32_t>(d));
        }
        candidate_starts_.push_back(candidates_.size());
    }
}

void Matcher::look_at_area(std::size_t a) {
    gt_ignored_.clear();
    for (std::size_t g = 0; g < gt_count_; ++g) {
        const std::uint32_t row = cells_.gt_rows[gt_begin_ + g];
        const bool ignored = flag(truth_.ignore, row) || outside(truth_.area[row], a);
        gt_ignored_.push_back(ignored ? 1 : 0);
    }
    unmatched_.clear();
    for (std::size_t d = 0; d < dt_count_; ++d) {
        const std::uint32_t row = cells_.dt_rows[dt_begin_ + d];
        const bool ignored = flag(detections_.lenient, row) || outside(detections_.area[row], a);
        unmatched_.push_back(
            static_cast<std::uint8_t>(ignored ? Verdict::ignored : Verdict::wrong));
    }
}

void Matcher::judge_area(std::size_t a, Verdicts& verdicts, EvaluationDetails* details) {
    if (details != nullptr) note_area(a, *details);
    if (thresholds_.empty()) return;  // there is no memory for verdicts then, to point into
    const std::size_t all = cells_.dt_rows.size();
    std::uint8_t* out = verdicts.of.data() + a * thresholds_.size() * all + dt_begin_;
    for (std::size_t t = 0; t < thresholds_.size(); ++t, out += all) {
        // Most cells of a real data set, or most thresholds: nothing is near enough to anything.
        if (details == nullptr && strongest_ < thresholds_[t]) {
            for (std::size_t d = 0; d < dt_count_; ++d) out[d] = unmatched_[d];
        } else {
            match(a, t, out, details);
        }
    }
}

void Matcher::match(std::size_t a, std::size_t t, std::uint8_t* verdicts,
                    EvaluationDetails* details) {
    std::copy(unmatched_.begin(), unmatched_.end(), verdicts);
    taken_.assign(hopeful_.empty() ? 0 : gt_count_, 0);
    dt_match_.assign(details == nullptr ? 0 : dt_count_, nobody);
    gt_match_.assign(details == nullptr ? 0 : gt_count_, nobody);
    for (const std::uint32_t d : hopeful_) {
        std::uint32_t gt = best(d, thresholds_[t], false);
        if (gt == nobody) gt = best(d, thresholds_[t], true);
        if (gt == nobody) continue;
        if (!flag(detections_.unnamed, cells_.dt_rows[dt_begin_ + d])) taken_[gt] = 1;
        verdicts[d] = static_cast<std::uint8_t>(judge(d, gt));
        if (details == nullptr) continue;
        dt_match_[d] = gt;
        gt_match_[gt] = d;
    }
    if (details != nullptr) note(a, t, *details);
}

std::uint32_t Matcher::best(std::size_t d, double threshold, bool among_ignored) const {
    std::uint32_t found = nobody;
    for (std::size_t i = candidate_starts_[d]; i < candidate_starts_[d + 1]; ++i) {
        const Candidate& candidate = candidates_[i];
        if ((gt_ignored_[candidate.gt] != 0) != among_ignored) continue;
        if (taken_[candidate.gt] != 0 &&
            !flag(truth_.crowd, cells_.gt_rows[gt_begin_ + candidate.gt])) {
            continue;
        }
        if (candidate.similarity < threshold) continue;
        threshold = candidate.similarity;
        found = candidate.gt;
    }
    return found;
}

Verdict Matcher::judge(std::size_t d, std::uint32_t gt) const {
    const bool counts = !flag(truth_.unnamed, cells_.gt_rows[gt_begin_ + gt]);
    if (gt_ignored_[gt] != 0) return Verdict::ignored;
    return counts ? Verdict::right : static_cast<Verdict>(unmatched_[d]);
}

void Matcher::note_area(std::size_t a, EvaluationDetails& details) {
    const std::size_t out = a * cells_.gt_rows.size() + gt_begin_;
    gt_place_.assign(gt_count_, 0);
    std::uint32_t place = 0;
    for (const std::uint8_t ignored : {std::uint8_t{0}, std::uint8_t{1}}) {
        for (std::size_t g = 0; g < gt_count_; ++g) {
            if (gt_ignored_[g] != ignored) continue;
            details.gt_rows[out + place] = cells_.gt_rows[gt_begin_ + g];
            details.gt_ignore[out + place] = ignored;
            gt_place_[g] = place++;
        }
    }
}

void Matcher::note(std::size_t a, std::size_t t, EvaluationDetails& details) const {
    const std::size_t plane = a * thresholds_.size() + t;
    const std::size_t dt_out = plane * cells_.dt_rows.size() + dt_begin_;
    for (std::size_t d = 0; d < dt_count_; ++d) {
        const std::uint32_t gt = dt_match_[d];
        const bool matched = gt != nobody;
        const std::uint32_t row = matched ? cells_.gt_rows[gt_begin_ + gt] : 0;
        // The reference takes a match with an unnamed ground truth for none here, too.
        const bool open = !matched || flag(truth_.unnamed, row);
        const bool lenient = open && unmatched_[d] == static_cast<std::uint8_t>(Verdict::ignored);
        const bool ignored = (matched && gt_ignored_[gt] != 0) || lenient;
        details.dt_matches[dt_out + d] = matched ? static_cast<std::int64_t>(row) : -1;
        details.dt_ignore[dt_out + d] = ignored ? 1 : 0;
    }
    const std::size_t gt_out = plane * cells_.gt_rows.size() + gt_begin_;
    for (std::size_t g = 0; g < gt_count_; ++g) {
        const std::uint32_t d = gt_match_[g];
        details.gt_matches[gt_out + gt_place_[g]] =
            d == nobody ? -1 : static_cast<std::int64_t>(cells_.dt_rows[dt_begin_ + d]);
    }
}

}  // namespace cocodec
