// The rows of a column that many chains of a ring cross, put in order (floor 1b, private).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "cocodec/buffer.hpp"

namespace cocodec {

/// Takes rows in any order and gives them back sorted; keeps its memory between columns.
class RingColumn {
public:
    void clear() noexcept { rows_.clear(); }
    void add(std::uint32_t row) { rows_.push_back(row); }

    /// fn(row) in ascending order, O(n log n) at most. Rows that come twice may be left out in
    /// pairs: they would cancel.
    template <class Fn>
    void for_each(std::uint64_t height, const Fn& fn) {
        if (height / 64 <= 4 * rows_.size()) {
            through_bitmap(height, fn);
        } else {
            std::sort(rows_.begin(), rows_.end());
            for (const std::uint32_t row : rows_) fn(row);
        }
    }

private:
    /// One bit a row, flipped by every crossing; all are zero again afterwards.
    template <class Fn>
    void through_bitmap(std::uint64_t height, const Fn& fn) {
        const std::size_t words = static_cast<std::size_t>(height / 64) + 1;
        if (bits_.size() < words) {
            bits_.resize(words);
            std::memset(bits_.data(), 0, words * sizeof(std::uint64_t));
        }
        std::uint64_t* bits = bits_.data();
        for (const std::uint32_t row : rows_) bits[row / 64] ^= std::uint64_t{1} << (row % 64);
        for (std::size_t word = 0; word < words; ++word) {
            const auto first = static_cast<std::uint32_t>(word * 64);
            std::uint64_t left = bits[word];
            bits[word] = 0;
            for (; left != 0; left &= left - 1) {
                fn(first + static_cast<std::uint32_t>(std::countr_zero(left)));
            }
        }
    }

    Buffer<std::uint32_t> rows_;
    Buffer<std::uint64_t> bits_;
};

}  // namespace cocodec
