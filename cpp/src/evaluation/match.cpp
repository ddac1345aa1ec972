// The reference tries every ground truth in turn. Here those that no threshold accepts are dropped
// beforehand, once for all area ranges and thresholds: few are left. Verdicts of a detection lie
// side by side, so that a cell writes at one place.

#include "evaluation/match.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace cocodec {
namespace {

bool flag(const std::uint8_t* flags, std::uint32_t row) {
    return flags != nullptr && flags[row] != 0;
}

}  // namespace

CellAreas::CellAreas(const TruthView& truth, const DetectionsView& detections,
                     const EvaluationCells& cells) {
    gt.reserve(cells.gt_rows.size());
    for (const std::uint32_t row : cells.gt_rows) gt.push_back(truth.area[row]);
    dt.reserve(cells.dt_rows.size());
    for (const std::uint32_t row : cells.dt_rows) dt.push_back(detections.area[row]);
}

Matcher::Matcher(const TruthView& truth, const DetectionsView& detections,
                 const EvaluationSettings& settings, const EvaluationCells& cells,
                 const CellAreas& areas)
    : truth_(truth),
      detections_(detections),
      settings_(settings),
      cells_(cells),
      areas_(areas),
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
    if (is_simple(details)) prefer();
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
    any_nan_ = std::any_of(similarities, similarities + all,
                           [](double value) { return std::isnan(value); });
    const double least = any_nan_ ? -std::numeric_limits<double>::infinity() : least_;
    for (std::size_t d = 0; d < dt_count_; ++d) {
        for (std::size_t g = 0; g * dt_count_ < all; ++g) {
            const double similarity = similarities[g * dt_count_ + d];
            if (similarity < least) continue;
            candidates_.push_back({static_cast<std::uint32_t>(g), similarity, 0});
        }
        if (candidates_.size() > candidate_starts_.back()) {
            hopeful_.push_back(static_cast<std::uint32_t>(d));
        }
        candidate_starts_.push_back(candidates_.size());
    }
}

/// Puts the candidates of each detection in the order in which `best` would prefer them, the last
/// of equal ones first.
void Matcher::prefer() {
    for (Candidate& candidate : candidates_) candidate.accepted = accepting(candidate.similarity);
    const auto better = [](const Candidate& a, const Candidate& b) {
        return a.similarity != b.similarity ? a.similarity > b.similarity : a.gt > b.gt;
    };
    for (const std::uint32_t d : hopeful_) {
        Candidate* const first = candidates_.data() + candidate_starts_[d];
        Candidate* const last = candidates_.data() + candidate_starts_[d + 1];
        if (last - first > 1) std::sort(first, last, better);
    }
}

/// A bit for each threshold that this similarity reaches.
std::uint64_t Matcher::accepting(double similarity) const {
    std::uint64_t bits = 0;
    for (std::size_t t = 0; t < thresholds_.size(); ++t) {
        bits |= std::uint64_t{!(similarity < thresholds_[t])} << t;
    }
    return bits;
}

void Matcher::look_at_area(std::size_t a) {
    gt_ignored_.resize(gt_count_);
    for (std::size_t g = 0; g < gt_count_; ++g) {
        const std::uint32_t row = cells_.gt_rows[gt_begin_ + g];
        const bool ignored = flag(truth_.ignore, row) || outside(areas_.gt[gt_begin_ + g], a);
        gt_ignored_[g] = ignored ? 1 : 0;
    }
    unmatched_.resize(dt_count_);
    for (std::size_t d = 0; d < dt_count_; ++d) {
        const bool lenient = flag(detections_.lenient, cells_.dt_rows[dt_begin_ + d]);
        const bool ignored = lenient || outside(areas_.dt[dt_begin_ + d], a);
        unmatched_[d] = static_cast<std::uint8_t>(ignored ? Verdict::ignored : Verdict::wrong);
    }
}

void Matcher::judge_area(std::size_t a, Verdicts& verdicts, EvaluationDetails* details) {
    if (details != nullptr) note_area(a, *details);
    // Where there is nothing to judge there is no memory for verdicts to point into.
    const auto own = [&](std::size_t t) -> std::uint8_t* {
        if (dt_count_ == 0) return nullptr;
        return verdicts.of.data() + dt_begin_ * planes() + a * thresholds_.size() + t;
    };
    if (thresholds_.empty()) return;
    std::uint8_t* const out = own(0);
    for (std::size_t d = 0; d < dt_count_; ++d) {
        std::memset(out + d * planes(), unmatched_[d], thresholds_.size());
    }
    if (is_simple(details)) return match_at_once(out);
    for (std::size_t t = 0; t < thresholds_.size(); ++t) match(a, t, own(t), details);
}

/// What `match` does, for all thresholds in one go: each has a bit.
void Matcher::match_at_once(std::uint8_t* verdicts) {
    if (hopeful_.empty()) return;
    claimed_.assign(gt_count_, 0);
    for (const std::uint32_t d : hopeful_) {
        const bool claims = !flag(detections_.unnamed, cells_.dt_rows[dt_begin_ + d]);
        std::uint64_t open = ~std::uint64_t{0};
        for (const std::uint8_t ignored : {std::uint8_t{0}, std::uint8_t{1}}) {
            for (std::size_t i = candidate_starts_[d]; i < candidate_starts_[d + 1]; ++i) {
                const auto& [gt, similarity, accepted] = candidates_[i];
                if (gt_ignored_[gt] != ignored) continue;
                const bool shared = flag(truth_.crowd, cells_.gt_rows[gt_begin_ + gt]);
                std::uint64_t won = accepted & open & (shared ? open : ~claimed_[gt]);
                open &= ~won;
                if (claims) claimed_[gt] |= won;
                const auto verdict = static_cast<std::uint8_t>(judge(d, gt));
                for (; won != 0; won &= won - 1) {
                    verdicts[d * planes() + static_cast<std::size_t>(std::countr_zero(won))] =
                        verdict;
                }
            }
        }
    }
}

void Matcher::match(std::size_t a, std::size_t t, std::uint8_t* verdicts,
                    EvaluationDetails* details) {
    taken_.assign(hopeful_.empty() ? 0 : gt_count_, 0);
    dt_match_.assign(details == nullptr ? 0 : dt_count_, nobody);
    gt_match_.assign(details == nullptr ? 0 : gt_count_, nobody);
    for (const std::uint32_t d : hopeful_) {
        std::uint32_t gt = best(d, thresholds_[t], false);
        if (gt == nobody) gt = best(d, thresholds_[t], true);
        if (gt == nobody) continue;
        if (!flag(detections_.unnamed, cells_.dt_rows[dt_begin_ + d])) taken_[gt] = 1;
        verdicts[d * planes()] = static_cast<std::uint8_t>(judge(d, gt));
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
