// Limits as the core's own code keeps them: what a call has spent, over all its threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "cocodec/error.hpp"
#include "cocodec/limits.hpp"

namespace cocodec {

/// Throws Error{too_large}: `what` is "... cross more than", `name` the limit's.
[[noreturn]] inline void throw_too_large(const std::string& what, std::uint64_t limit,
                                         const char* name, std::int64_t item = -1) {
    throw Error(ErrorCode::too_large,
                what + " " + std::to_string(limit) + " (the limit \"" + name +
                    "\" of one call: take fewer at a time, or raise it with set_limits)",
                item);
}

/// The columns that a call may still cross. Threads share it.
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
    void give_back(std::uint64_t columns) noexcept { spent_ -= columns; }
    [[nodiscard]] std::uint64_t limit() const noexcept { return limit_; }

private:
    std::uint64_t limit_;
    std::atomic<std::uint64_t> spent_{0};
};

}  // namespace cocodec
