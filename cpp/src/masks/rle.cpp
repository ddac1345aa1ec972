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

/// a / b; many processors divide small numbers several times as fast.
std::uint64_t divide(std::uint64_t a, std::uint64_t b) {
    if ((a | b) >> 32 != 0) return a / b;
    return static_cast<std::uint32_t>(a) / static_cast<std::uint32_t>(b);
}

/// Pairs of runs and where they lie: the first one begins at `position`, its foreground in the
/// column whose first pixel is `top`; the last one ends at `end`.
struct RunPairs {
    const std::uint32_t* runs;
    std::size_t length;
    std::uint64_t position, top, end;
};

/// Rows that the runs of `pairs` reach. The kernel gets so many at once that their positions are
/// small numbers even in a huge image.
inline kernels::RowExtent row_extent(RunPairs pairs, std::uint64_t height) {
    const kernels::SetKernels& fast = *kernels::active().sets;
    const std::size_t most = height < 4096 ? 2048 : 256;
    kernels::RowExtent extent;
    for (;;) {
        const std::size_t taken = std::min(pairs.length, most);
        const bool last = taken == pairs.length;
        const std::uint64_t stop =
            last ? pairs.end : pairs.position + fast.sum(pairs.runs, 2 * taken);
        const bool small = std::max(height, stop - pairs.top) < kernels::row_extent_limit;
        const kernels::RowExtent part =
            (small ? fast : kernels::scalar_sets)
                .row_extent(pairs.runs, taken, pairs.position - pairs.top, height);
        extent.first = std::min(extent.first, part.first);
        extent.last = std::max(extent.last, part.last);
        if (last) return extent;
        pairs.runs += 2 * taken;
        pairs.length -= taken;
        pairs.position = stop;
        pairs.top = divide(stop + pairs.runs[0], height) * height;
    }
}

/// By reference and inlined: copying the view would cost a tenth of the whole.
inline Box bounding_box(const RleView& mask) {
    const std::uint32_t* const runs = mask.counts;
    std::size_t first = 0, last = mask.length / 2 * 2;
    std::uint64_t position = 0;
    std::uint64_t end = mask.size.area() - (last < mask.length ? runs[last] : 0);
    // Empty foreground runs at either end would move the sides.
    for (; first < last && runs[first + 1] == 0; first += 2) position += runs[first];
    if (first == last) return {};
    for (; runs[last - 1] == 0; last -= 2) end -= runs[last - 2];
    const auto height = static_cast<std::uint64_t>(mask.size.height);
    const std::uint64_t left = divide(position + runs[first], height);
    const std::uint64_t right = divide(end - 1, height);
    const kernels::RowExtent rows =
        row_extent({runs + first, (last - first) / 2, position, left * height, end}, height);
    // A run that goes on in the next column has all rows. Half of all masks have one: no branch.
    const std::uint64_t crosses = (height - rows.last) >> 63;
    const std::uint64_t top = rows.first & (crosses - 1), bottom = std::min(rows.last, height);
    return {static_cast<double>(left), static_cast<double>(top),
            static_cast<double>(right - left + 1), static_cast<double>(bottom - top)};
}

/// Hands out maximal foreground intervals one by one, so that zero-length runs cannot be told.
class MaximalIntervals {
public:
    explicit MaximalIntervals(RleView mask) : mask_(mask) {}

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

std::string to_text(Size size) {
    std::string text("[");
    text += std::to_string(size.height);
    text += ", ";
    text += std::to_string(size.width);
    text += ']';
    return text;
}

void validate(Size size, std::int64_t item) {
    for (const std::int64_t side : {size.height, size.width}) {
        if (side < 0 || side > max_side) {
            throw Error(ErrorCode::bad_size,
                        "size is " + to_text(size) + "; sides must lie in 0..4294967295", item);
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
    const kernels::SetKernels& fast = *kernels::active().sets;
    for (std::size_t i = 0; i < masks.length; ++i) {
        const std::int64_t* const offset = masks.offsets + i;
        out[i] = fast.sum_foreground(masks.counts + offset[0],
                                     static_cast<std::size_t>(offset[1] - offset[0]));
    }
}

Box bbox(RleView mask) {
    return bounding_box(mask);
}

void bbox(RleArrayView masks, Box* out) {
    for (std::size_t i = 0; i < masks.length; ++i) out[i] = bounding_box(masks[i]);
}

bool equal(RleView a, RleView b) noexcept {
    if (a.size != b.size) return false;
    MaximalIntervals left(a), right(b);
    for (;;) {
        std::uint64_t a_start = 0, a_end = 0, b_start = 0, b_end = 0;
        const bool more = left.next(a_start, a_end);
        if (more != right.next(b_start, b_end)) return false;
        if (!more) return true;
        if (a_start != b_start || a_end != b_end) return false;
    }
}

}  // namespace cocodec
