// Which scores lie above a threshold (floor 1b, private): scores of any type -> bytes of 0 and 1, a
// piece at a time, so that no mask of bytes ever exists as a whole.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/dense.hpp"

namespace cocodec {

/// Bytes of one score.
std::size_t item_size(ScoreType type) noexcept;

class Above {
public:
    /// `threshold` is rounded to `type` first, to the nearest, ties to even.
    Above(ScoreType type, double threshold);

    /// out[i] = 1 if the score at scores + i * stride (bytes) lies above, 0 if not or if it is NaN.
    void compare(const std::uint8_t* scores, std::ptrdiff_t stride, std::size_t n,
                 std::uint8_t* out) const noexcept;

private:
    ScoreType type_;
    double wide_ = 0;                    // the threshold, for 64 bits
    float single_ = 0;                   // for 32
    std::int16_t first_ = 0, last_ = 0;  // for 16: the ranks that lie above
};

}  // namespace cocodec
