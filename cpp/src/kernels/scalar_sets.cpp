// Sums over runs and bitmaps in portable C++.

#include <bit>

#include "kernels/table.hpp"

namespace cocodec::kernels {
namespace {

std::uint64_t sum(const std::uint32_t* runs, std::size_t n) noexcept {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < n; ++i) total += runs[i];
    return total;
}

std::uint64_t sum_foreground(const std::uint32_t* runs, std::size_t n) noexcept {
    std::uint64_t total = 0;
    for (std::size_t i = 1; i < n; i += 2) total += runs[i];
    return total;
}

std::uint64_t and_popcount(const std::uint64_t* a, const std::uint64_t* b, std::size_t n) noexcept {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < n; ++i) {
        total += static_cast<std::uint64_t>(std::popcount(a[i] & b[i]));
    }
    return total;
}

}  // namespace

const SetKernels scalar_sets = {sum, sum_foreground, and_popcount};

}  // namespace cocodec::kernels
