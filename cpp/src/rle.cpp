// What can be read straight off the runs.

#include "cocodec/rle.hpp"

#include <algorithm>
#include <string>

#include "cocodec/error.hpp"
#include "kernels/table.hpp"

namespace cocodec {
namespace {

constexpr std::int64_t max_side = 0xFFFFFFFF;

[[noreturn]] void throw_bad_sum(std::uint64_t covered, std::uint64_t pixels, std::int64_t item) {
    throw Error(
        ErrorCode::bad_sum,
        "runs cover " + std::to_string(covered) + " of " + std::to_string(pixels) + " pixels",
        item);
}

/// Pairs of runs that go to the kernel at once: few enough for their positions to be small numbers
/// even in a huge image.
constexpr std::size_t chunk_pairs = 256;

/// Rows that the runs in pairs[0 .. 2 n) reach, the first of which lies at `position`; the last one
/// ends at `end`.
kernels::RowExtent row_extent(const std::uint32_t* pairs, std::size_t n, std::uint64_t position,
                              std::uint64_t end, std::uint64_t height) {
    const kernels::SetKernels& fast = *kernels::active().sets;
    kernels::RowExtent extent;
    while (n > 0) {
        const std::size_t taken = std::min(n, chunk_pairs);
        const std::uint64_t stop = taken == n ? end : position + fast.sum(pairs, 2 * taken);
        // Positions count from the top of the column in which the first foreground run starts.
        const std::uint64_t top = (position + pairs[0]) / height * height;
        const bool small = std::max(height, stop - top) < kernels::row_extent_limit;
        const kernels::RowExtent part =
            (small ? fast : kernels::scalar_sets).row_extent(pairs, taken, position - top, height);
        extent.first = std::min(extent.first, part.first);
        extent.last = std::max(extent.last, part.last);
        position = stop;
        pairs += 2 * taken;
        n -= taken;
    }
    return extent;
}

/// Hands out maximal foreground intervals one by one, so that zero-length runs cannot be told.
class Intervals {
public:
    explicit Intervals(RleView mask) : mask_(mask) {}

    bool next(std::uint64_t& start, std::uint64_t& end) {
        bool found = false;
        for (; index_ < mask_.length; ++index_) {
            const std::uint32_t run = mask_.counts[index_];
            if (index_ % 2 == 0) {
                if (found && run > 0) return true;
            } else if (run > 0) {
                if (!found) start = position_;
                end = position_ + run;
                found = true;
            }
            position_ += run;
        }
        return found;
    }

private:
    RleView mask_;
    std::size_t index_ = 0;
    std::uint64_t position_ = 0;
};

}  // namespace

void RleArray::append(RleArrayView masks) {
    if (masks.length == 0) return;
    const std::int64_t first = masks.offsets[0];
    const auto base = static_cast<std::int64_t>(counts.size());
    counts.append(masks.counts + first,
                  static_cast<std::size_t>(masks.offsets[masks.length] - first));
    sizes.append(masks.sizes, masks.length);
    std::int64_t* out = offsets.room(masks.length);
    for (std::size_t i = 0; i < masks.length; ++i) out[i] = masks.offsets[i + 1] - first + base;
    offsets.advance(masks.length);
}

void validate(Size size, std::int64_t item) {
    for (const std::int64_t side : {size.height, size.width}) {
        if (side < 0 || side > max_side) {
            throw Error(ErrorCode::bad_size,
                        "size is [" + std::to_string(size.height) + ", " +
                            std::to_string(size.width) + "]; sides must lie in 0..4294967295",
                        item);
        }
    }
}

void validate(RleView mask, std::int64_t item) {
    validate(mask.size, item);
    const std::uint64_t covered = kernels::active().sets->sum(mask.counts, mask.length);
    if (covered != mask.size.area()) throw_bad_sum(covered, mask.size.area(), item);
}

void validate(RleArrayView masks) {
    if (masks.offsets == nullptr || masks.offsets[0] < 0) {
        throw Error(ErrorCode::bad_shape, "offsets must start at 0");
    }
    for (std::size_t i = 0; i < masks.length; ++i) {
        const auto item = static_cast<std::int64_t>(i);
        if (masks.offsets[i + 1] < masks.offsets[i]) {
            throw Error(ErrorCode::bad_shape,
                        "offsets fall from " + std::to_string(masks.offsets[i]) + " to " +
                            std::to_string(masks.offsets[i + 1]),
                        item);
        }
        validate(masks[i], item);
    }
}

std::uint64_t area(RleView mask) {
    return kernels::active().sets->sum_foreground(mask.counts, mask.length);
}

void area(RleArrayView masks, std::uint64_t* out) {
    for (std::size_t i = 0; i < masks.length; ++i) out[i] = area(masks[i]);
}

Box bbox(RleView mask) {
    const std::uint32_t* const runs = mask.counts;
    std::size_t first = 0, last = mask.length / 2 * 2;
    std::uint64_t position = 0;
    std::uint64_t end = mask.size.area() - (last < mask.length ? runs[last] : 0);
    // Empty foreground runs at either end would move the sides.
    for (; first < last && runs[first + 1] == 0; first += 2) position += runs[first];
    if (first == last) return {};
    for (; runs[last - 1] == 0; last -= 2) end -= runs[last - 2];
    const auto height = static_cast<std::uint64_t>(mask.size.height);
    const std::uint64_t left = (position + runs[first]) / height, right = (end - 1) / height;
    auto [top, bottom] = row_extent(runs + first, (last - first) / 2, position, end, height);
    if (bottom > height) {  // a run that goes on in the next column has all rows
        top = 0;
        bottom = height;
    }
    return {static_cast<double>(left), static_cast<double>(top),
            static_cast<double>(right - left + 1), static_cast<double>(bottom - top)};
}

void bbox(RleArrayView masks, Box* out) {
    for (std::size_t i = 0; i < masks.length; ++i) out[i] = bbox(masks[i]);
}

bool equal(RleView a, RleView b) noexcept {
    if (a.size != b.size) return false;
    Intervals left(a), right(b);
    for (;;) {
        std::uint64_t a_start = 0, a_end = 0, b_start = 0, b_end = 0;
        const bool more = left.next(a_start, a_end);
        if (more != right.next(b_start, b_end)) return false;
        if (!more) return true;
        if (a_start != b_start || a_end != b_end) return false;
    }
}

}  // namespace cocodec
