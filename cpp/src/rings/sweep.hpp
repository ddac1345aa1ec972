// From chains to runs: a sweep over the columns that takes one row from every chain that is there
// (floor 1b, private).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "cocodec/rle.hpp"
#include "rings/chains.hpp"
#include "rings/column.hpp"
#include "rings/writer.hpp"

namespace cocodec {

/// Sweeps over chains; keeps its memory between rings.
class ChainSweep {
public:
    /// Writes the runs of a mask that changes where `chains` (put in order here) cross its columns
    /// to `out`, which has room for one run more than there are crossings, and `slack` more.
    /// Returns their number.
    std::size_t runs(Buffer<Chain>& chains, const std::uint32_t* rows, Size size,
                     std::uint32_t* out) {
        std::sort(chains.begin(), chains.end(),
                  [](const Chain& a, const Chain& b) { return a.first < b.first; });
        rows_ = rows;
        height_ = static_cast<std::uint64_t>(size.height);
        if (size.area() < 0xFFFFFFFF) return sweep<std::uint32_t>(chains, size, out);
        return sweep<std::uint64_t>(chains, size, out);
    }

private:
    template <class Position>
    std::size_t sweep(const Buffer<Chain>& chains, Size size, std::uint32_t* out) {
        RingWriter<Position> writer(out);
        active_.clear();
        const Chain* next = chains.begin();
        std::int64_t column = 0;
        while (next != chains.end() || !active_.empty()) {
            if (active_.empty()) column = next->first;
            for (; next != chains.end() && next->first == column; ++next) active_.push_back(*next);
            std::int64_t stop = next != chains.end() ? next->first : active_[0].last;
            for (const Chain& chain : active_) stop = std::min(stop, chain.last);
            stretch(column, stop, writer);
            column = stop;
            retire(column);
        }
        return writer.finish(static_cast<Position>(size.area()));
    }
    void retire(std::int64_t column) noexcept {
        std::size_t kept = 0;
        for (const Chain& chain : active_) {
            active_[kept] = chain;
            kept += chain.last > column ? 1 : 0;
        }
        active_.resize(kept);
    }

    /// Columns first .. last - 1, all crossed by the same chains.
    template <class Position>
    void stretch(std::int64_t first, std::int64_t last, RingWriter<Position>& writer) {
        auto base = static_cast<Position>(static_cast<std::uint64_t>(first) * height_);
        if (active_.size() == 2) {
            const std::uint32_t* a = rows_ + (active_[0].shift + first);
            const std::uint32_t* b = rows_ + (active_[1].shift + first);
            if (*a > *b) std::swap(a, b);
            writer.pairs(a, b, static_cast<std::size_t>(last - first), base,
                         static_cast<Position>(height_));
            return;
        }
        if (active_.size() <= few) put_in_order(first);
        for (std::int64_t c = first; c < last; ++c, base += static_cast<Position>(height_)) {
            if (active_.size() <= few) {
                few_rows(c, base, writer);
            } else {
                column_.clear();
                for (const Chain& chain : active_) column_.add(rows_[chain.shift + c]);
                column_.for_each(height_, [&](std::uint32_t row) { writer.toggle(base + row); });
            }
        }
    }
    /// From top to bottom, as they stand in column c: as long as they do not cross each other, the
    /// rows of a column are sorted already.
    void put_in_order(std::int64_t c) noexcept {
        for (std::size_t i = 1; i < active_.size(); ++i) {
            const Chain chain = active_[i];
            const std::uint32_t row = rows_[chain.shift + c];
            std::size_t at = i;
            for (; at > 0 && rows_[active_[at - 1].shift + c] > row; --at) {
                active_[at] = active_[at - 1];
            }
            active_[at] = chain;
        }
    }
    template <class Position>
    void few_rows(std::int64_t c, Position base, RingWriter<Position>& writer) {
        std::uint32_t sorted[few];
        const std::size_t n = active_.size();
        for (std::size_t i = 0; i < n; ++i) {
            const std::uint32_t row = rows_[active_[i].shift + c];
            std::size_t at = i;
            for (; at > 0 && sorted[at - 1] > row; --at) sorted[at] = sorted[at - 1];
            sorted[at] = row;
        }
        for (std::size_t i = 0; i < n; ++i) writer.toggle(base + sorted[i]);
    }

    /// So many rows are put in order one by one.
    static constexpr std::size_t few = 16;

    Buffer<Chain> active_;
    RingColumn column_;
    const std::uint32_t* rows_ = nullptr;  // of the chains
    std::uint64_t height_ = 0;
};

}  // namespace cocodec
