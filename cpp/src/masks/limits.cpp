// The limits of the process.

#include "cocodec/limits.hpp"

#include <atomic>

namespace cocodec {
namespace {

std::atomic<std::uint64_t> columns{Limits().columns}, masks{Limits().masks},
    box_pixels{Limits().box_pixels};

}  // namespace

Limits limits() noexcept {
    return {columns, masks, box_pixels};
}

void set_limits(const Limits& limits) noexcept {
    columns = limits.columns;
    masks = limits.masks;
    box_pixels = limits.box_pixels;
}

}  // namespace cocodec
