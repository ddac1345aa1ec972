// Pixels where a mask changes -> runs (floor 1b, private).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/table.hpp"
#include "masks/fitting_run.hpp"

namespace cocodec {

/// Turns the pixels where a mask changes, in ascending order, into runs. Position is wide enough
/// for the mask's area, with its highest value to spare.
template <class Position>
class RingWriter {
public:
    explicit RingWriter(std::uint32_t* out) noexcept : begin_(out), out_(out) {}

    /// Crossings at one pixel cancel in pairs; what is left over starts a run.
    void toggle(Position pixel) {
        if (pixel == pending_) {
            pending_ = none;
        } else {
            flush();
            pending_ = pixel;
        }
    }
    /// Two crossings in each of n columns, mostly one above the other: rows a[i] and b[i] below
    /// pixel base + i * height. For the kernel's sake there is a value before each of them, and
    /// `slack` behind them and behind the runs.
    void pairs(const std::uint32_t* a, const std::uint32_t* b, std::size_t n, Position base,
               Position height) {
        for (std::size_t i = 0; i < n;) {
            const std::size_t some = calm_pairs(a + i, b + i, n - i, base, height);
            i += some;
            base += static_cast<Position>(some) * height;
            // One by one through the crossings that cancel.
            for (std::size_t end = std::min(i + odd_pairs, n); i < end; ++i, base += height) {
                toggle(base + std::min(a[i], b[i]));
                toggle(base + std::max(a[i], b[i]));
            }
        }
    }
    /// Closes the mask of `area` pixels; returns how many runs were written.
    std::size_t finish(Position area) {
        if (pending_ != area) flush();
        put(area - start_);
        return static_cast<std::size_t>(out_ - begin_);
    }

private:
    static constexpr Position none = static_cast<Position>(~Position{0});

    /// The columns up to a crossing that cancels, about; none if the first one does.
    std::size_t calm_pairs(const std::uint32_t* a, const std::uint32_t* b, std::size_t n,
                           Position base, Position height) noexcept {
        if constexpr (sizeof(Position) != 4) return 0;
        if (pending_ == none || pending_ >= base + a[0]) return 0;
        const std::size_t calm = pair_runs_(a, b, n, static_cast<std::uint32_t>(height), out_ + 1);
        if (calm == 0) return 0;
        const Position last = base + static_cast<Position>(calm - 1) * height;
        out_[0] = static_cast<std::uint32_t>(pending_ - start_);
        out_[1] = static_cast<std::uint32_t>(base + a[0] - pending_);
        out_ += 2 * calm;
        start_ = last + a[calm - 1];
        pending_ = last + b[calm - 1];
        return calm;
    }
    void flush() {
        if (pending_ == none) return;
        put(pending_ - start_);
        start_ = pending_;
    }
    void put(Position run) { *out_++ = fitting_run(run); }

    static constexpr std::size_t odd_pairs = 2;

    decltype(kernels::RingKernels::pair_runs) pair_runs_ = kernels::active().rings->pair_runs;
    std::uint32_t* begin_;
    std::uint32_t* out_;
    Position start_ = 0;       // first pixel of the open run
    Position pending_ = none;  // a crossing that has met no partner yet
};

}  // namespace cocodec
