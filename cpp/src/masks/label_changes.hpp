// What is kept of a label map that is read row by row (private): where a pixel differs from the one
// above it, sorted by columns in the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "cocodec/buffer.hpp"
#include "cocodec/error.hpp"
#include "masks/label_scan.hpp"
#include "masks/scatter.hpp"

namespace cocodec {

inline constexpr std::uint32_t longest_run = 0xFFFFFFFF;

/// Numbers labels in the order in which they are first seen.
class LabelNumbers {
public:
    explicit LabelNumbers(Buffer<std::int64_t>& labels) : labels_(labels) { rehash(64); }

    std::uint32_t number(std::int64_t label) {
        if (!labels_.empty() && label == last_) return last_number_;
        std::size_t slot = slot_of(label);
        if (slots_[slot] == 0) {
            if (labels_.size() >= longest_run) {
                throw Error(ErrorCode::too_large, "more than 2^32 - 1 labels");
            }
            labels_.push_back(label);
            slots_[slot] = static_cast<std::uint32_t>(labels_.size());
            if (2 * labels_.size() > slots_.size()) rehash(2 * slots_.size());
            slot = slot_of(label);
        }
        last_ = label;
        last_number_ = slots_[slot] - 1;
        return last_number_;
    }

private:
    /// Where the label stands, or the free slot where it belongs.
    [[nodiscard]] std::size_t slot_of(std::int64_t label) const {
        const std::uint64_t place = scatter_(static_cast<std::uint64_t>(label));
        std::size_t slot = static_cast<std::size_t>(place) & (slots_.size() - 1);
        while (slots_[slot] != 0 && labels_[slots_[slot] - 1] != label) {
            slot = (slot + 1) & (slots_.size() - 1);
        }
        return slot;
    }
    void rehash(std::size_t size) {
        slots_.resize(size);
        std::memset(slots_.data(), 0, size * sizeof(std::uint32_t));
        for (std::size_t i = 0; i < labels_.size(); ++i) {
            slots_[slot_of(labels_[i])] = static_cast<std::uint32_t>(i + 1);
        }
    }

    Buffer<std::int64_t>& labels_;
    Scatter scatter_;
    Buffer<std::uint32_t> slots_;  // index into labels_ + 1, 0 = free; the size is a power of two
    std::int64_t last_ = 0;
    std::uint32_t last_number_ = 0;
};

/// Appends pixels of one label; a run that is full goes on in another.
inline void append_run(StripRuns& out, std::uint32_t label, std::uint64_t length) {
    if (!out.runs.empty() && out.runs[out.runs.size() - 1].label == label) {
        std::uint32_t& last = out.runs[out.runs.size() - 1].length;
        const std::uint64_t more = std::min<std::uint64_t>(length, longest_run - last);
        last += static_cast<std::uint32_t>(more);
        length -= more;
    }
    if (length > 0) out.runs.push_back({static_cast<std::uint32_t>(length), label});
}

/// The changes of some columns, told row by row.
class RowChanges {
public:
    explicit RowChanges(StripRuns& out) : out_(out), numbers_(out.labels) {}

    void begin(std::size_t width) {
        width_ = width;
        changes_.clear();
        first_.resize(width + 1);
        std::memset(first_.data(), 0, (width + 1) * sizeof(std::uint64_t));
    }
    std::uint32_t number(std::int64_t label) { return numbers_.number(label); }

    /// From this row on the column has this label. Rows never fall; of row 0 every column is told.
    void add(std::uint32_t column, std::uint32_t row, std::int64_t label) {
        ++first_[column + 1];
        changes_.push_back({column, row, numbers_.number(label)});
    }

    /// Appends the runs, column by column.
    void finish(std::uint32_t height) {
        sort_by_column();
        for (std::size_t x = 0; x < width_; ++x) {
            const Below* change = sorted_.data() + first_[x];
            const Below* const end = sorted_.data() + first_[x + 1];
            for (; change != end; ++change) {
                const std::uint32_t below = change + 1 != end ? change[1].row : height;
                append_run(out_, change->label, below - change->row);
            }
        }
    }

private:
    struct Change {
        std::uint32_t column, row, label;
    };
    struct Below {
        std::uint32_t row, label;
    };

    /// From the order of rows to that of columns; within a column rows keep ascending.
    void sort_by_column() {
        for (std::size_t x = 0; x < width_; ++x) first_[x + 1] += first_[x];
        next_.clear();
        next_.append(first_.data(), width_);
        sorted_.resize(changes_.size());
        for (const Change& change : changes_) {
            sorted_[static_cast<std::size_t>(next_[change.column]++)] = {change.row, change.label};
        }
    }

    StripRuns& out_;
    LabelNumbers numbers_;
    std::size_t width_ = 0;
    Buffer<Change> changes_;       // in the order of rows
    Buffer<std::uint64_t> first_;  // per column: where its changes start in `sorted_`
    Buffer<std::uint64_t> next_;   // per column: where its next change goes
    Buffer<Below> sorted_;         // in the order of columns
};

}  // namespace cocodec
