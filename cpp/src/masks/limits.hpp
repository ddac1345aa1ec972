// Limits as the core's own code keeps them: what a call has spent, over all its threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "cocodec/error.hpp"
#include "cocodec/limits.hpp"

namespace cocodec {

/// Throws Error{too_large}: `what` is "... cross more than", `name` the limit's, `where` follows.
[[noreturn]] inline void throw_too_large(const std::string& what, std::uint64_t limit,
                                         const char* name, std::int64_t item = -1,
                                         const std::string& where = "") {
    throw Error(ErrorCode::too_large,
                what + " " + std::to_string(limit) + " (the limit \"" + name +
                    "\" of one call: take fewer at a time, or raise it with set_limits or "
                    "COCODEC_LIMITS)" +
                    where,
                item);
}

/// Throws Error{too_large} if a mask that is being made gains so many runs: `gained` are those that
/// its input had not. For masks of which a few runs become one for each column.
inline void require_gain(std::uint64_t gained) {
    if (gained <= free_columns || gained - free_columns <= limits().columns) return;
    throw_too_large("the new mask has more runs than", limits().columns, "columns");
}

/// The columns that a call may still cross, or the runs that its masks may still gain. Threads
/// share it.
class ColumnBudget {
public:
    ColumnBudget() : limit_(limits().columns) {}

    /// Whether `columns` more may be crossed; if so they are spent.
    [[nodiscard]] bool spend(std::uint64_t columns) noexcept {
        if (columns == 0) return true;
        const std::uint64_t before = spent_.fetch_add(columns);
        if (columns <= limit_ && before <= limit_ - columns) return true;
        give_back(columns);
        return false;
    }
    /// The same for a mask that had `before` runs and has `now`. Throws Error{too_large}.
    void spend_gain(std::size_t before, std::size_t now) {
        if (now <= before + free_columns) return;
        if (spend(now - before - free_columns)) return;
        throw_too_large("the new masks have more runs than", limit_, "columns");
    }
    void give_back(std::uint64_t columns) noexcept { spent_ -= columns; }
    [[nodiscard]] std::uint64_t limit() const noexcept { return limit_; }

private:
    std::uint64_t limit_;
    std::atomic<std::uint64_t> spent_{0};
};

}  // namespace cocodec
