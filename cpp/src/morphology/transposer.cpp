#include "morphology/transposer.hpp"

#include <algorithm>

#include "cocodec/error.hpp"

namespace cocodec::runwise {

/// Where the spans of two neighbouring columns differ: both are lists of rows where something
/// changes, and the changes that they share are none.
void Transposer::difference(std::uint32_t at, Spans a, Spans b) {
    const auto* left = reinterpret_cast<const std::uint32_t*>(a.begin);
    const auto* right = reinterpret_cast<const std::uint32_t*>(b.begin);
    const auto* const left_end = reinterpret_cast<const std::uint32_t*>(a.end);
    const auto* const right_end = reinterpret_cast<const std::uint32_t*>(b.end);
    Change* const first = changes_.room(static_cast<std::size_t>((left_end - left) / 2) +
                                        static_cast<std::size_t>((right_end - right) / 2) + 1);
    Change* change = first;
    bool open = false;
    const auto row = [&](std::uint32_t y) {
        if (open) {
            change->bottom = y;
            ++change;
        } else {
            change->at = at;
            change->top = y;
        }
        open = !open;
    };
    while (left < left_end && right < right_end) {
        if (*left == *right) {
            ++left;
            ++right;
        } else {
            row(*left < *right ? *left++ : *right++);
        }
    }
    while (left < left_end) row(*left++);
    while (right < right_end) row(*right++);
    changes_.advance(static_cast<std::size_t>(change - first));
}

void Transposer::read(const Columns& source, std::uint32_t width, bool from_the_right) {
    static_assert(sizeof(RowSpan) == 2 * sizeof(std::uint32_t));
    changes_.clear();
    runs_read_ = 2 * source.spans();
    Spans before{nullptr, nullptr};
    std::uint32_t reached = 0;
    const std::size_t n = source.size();
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t from = from_the_right ? n - 1 - i : i;
        const Spans spans{source.begin(from), source.end(from)};
        const std::uint32_t left = from_the_right ? width - source.right(from) : source.left(from);
        if (left != reached) {
            difference(reached, before, {nullptr, nullptr});
            before = {nullptr, nullptr};
        }
        difference(left, before, spans);
        before = spans;
        reached = from_the_right ? width - source.left(from) : source.right(from);
    }
    difference(reached, before, {nullptr, nullptr});
    choose_rows();
    sort_by_row();
}

/// Every row from the first to the last change, or only those where something changes if there are
/// few of them.
void Transposer::choose_rows() {
    rows_.clear();
    std::uint32_t top = ~std::uint32_t{0}, bottom = 0;
    for (const Change& change : changes_) {
        top = std::min(top, change.top);
        bottom = std::max(bottom, change.bottom);
    }
    first_row_ = top;
    places_ = changes_.empty() ? 0 : bottom - top;
    if (places_ <= 4096 || places_ / 16 <= changes_.size()) return;
    for (const Change& change : changes_) {
        rows_.push_back(change.top);
        rows_.push_back(change.bottom);
    }
    std::sort(rows_.begin(), rows_.end());
    rows_.resize(static_cast<std::size_t>(std::unique(rows_.begin(), rows_.end()) - rows_.begin()));
    places_ = rows_.size() - 1;
}

std::size_t Transposer::place(std::uint32_t row) const {
    if (rows_.empty()) return row - first_row_;
    return static_cast<std::size_t>(std::lower_bound(rows_.begin(), rows_.end(), row) -
                                    rows_.begin());
}

void Transposer::sort_by_row() {
    // starts_[p + 1] is where the changes of place p go next; in the end, where those of the next
    // place start.
    starts_.resize(places_ + 2);
    std::fill(starts_.begin(), starts_.end(), std::size_t{0});
    for (Change& change : changes_) {
        change.top = static_cast<std::uint32_t>(place(change.top));
        change.bottom = static_cast<std::uint32_t>(place(change.bottom));
        ++starts_[change.top + 1];
        --starts_[change.bottom + 1];
    }
    std::size_t open = 0, total = 0;
    for (std::size_t p = 0; p < places_; ++p) {
        open += starts_[p + 1];
        starts_[p + 1] = total;
        total += open;
    }
    require_few(total);
    columns_.resize(total);
    std::uint32_t* const columns = columns_.data();
    for (const Change& change : changes_) {
        std::size_t* const starts = starts_.data() + 1;
        for (std::uint32_t p = change.top; p < change.bottom; ++p) columns[starts[p]++] = change.at;
    }
}

void Transposer::write(Size turned, bool from_the_bottom, Buffer<std::uint32_t>& counts) {
    ColumnWriter writer(counts, turned);
    const auto width = static_cast<std::uint64_t>(turned.width);
    std::uint64_t runs = 0;
    for (std::size_t p = 0; p < places_ && !rows_.empty(); ++p) {
        const std::size_t first = starts_[p], n = starts_[p + 1] - first;
        const bool whole = n == 2 && columns_[first + 1] - columns_[first] ==
                                         static_cast<std::uint64_t>(turned.height);
        runs += whole ? n : std::uint64_t{rows_[p + 1] - rows_[p]} * n;
    }
    require_few(runs);
    for (std::size_t i = 0; i < places_; ++i) {
        const std::size_t p = from_the_bottom ? places_ - 1 - i : i;
        const std::size_t first = starts_[p], last = starts_[p + 1];
        if (first == last) continue;
        std::uint64_t left = rows_.empty() ? first_row_ + p : rows_[p];
        std::uint64_t right = rows_.empty() ? left + 1 : rows_[p + 1];
        if (from_the_bottom) {
            const std::uint64_t top = left;
            left = width - right;
            right = width - top;
        }
        // Alike columns that are foreground all the way go at once, others one after the other.
        const bool whole = last - first == 2 && columns_[last - 1] - columns_[first] ==
                                                    static_cast<std::uint64_t>(turned.height);
        const std::uint64_t step = whole ? right - left : 1;
        for (; left < right; left += step) {
            for (std::size_t k = first; k < last; k += 2) {
                writer.add(left, left + step, columns_[k], columns_[k + 1]);
            }
        }
    }
    writer.close();
}

}  // namespace cocodec::runwise
