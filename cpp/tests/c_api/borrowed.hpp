// Batches as C holds them, between the core's own and the C interface.
#pragma once

#include <algorithm>
#include <cstring>

#include "cocodec/cocodec.h"
#include "cocodec/rle.hpp"

inline cocodec_masks borrow(const cocodec::RleArray& array) {
    return {array.counts.data(),
            static_cast<std::int64_t>(array.counts.size()),
            array.offsets.data(),
            reinterpret_cast<const cocodec_size*>(array.sizes.data()),
            static_cast<std::int64_t>(array.size()),
            nullptr};
}

inline bool same(const cocodec_masks& got, const cocodec::RleArray& expected) {
    const auto n = static_cast<std::size_t>(got.length);
    return n == expected.size() &&
           std::equal(got.offsets, got.offsets + n + 1, expected.offsets.begin()) &&
           std::equal(got.counts, got.counts + got.counts_length, expected.counts.begin(),
                      expected.counts.end()) &&
           (n == 0 || std::memcmp(got.sizes, expected.sizes.data(), 16 * n) == 0);
}
