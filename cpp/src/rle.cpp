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

/// Walks the foreground runs that are not empty: fn(first pixel, one past the last pixel).
template <class Fn>
void for_each_foreground(RleView mask, const Fn& fn) {
    std::uint64_t position = 0;
    for (std::size_t i = 0; i + 1 < mask.length; i += 2) {
        const std::uint64_t start = position + mask.counts[i];
        position = start + mask.counts[i + 1];
        if (position > start) fn(start, position);
    }
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

std::uint64_t area(RleView mask) noexcept {
    std::uint64_t total = 0;
    for (std::size_t i = 1; i < mask.length; i += 2) total += mask.counts[i];
    return total;
}

void area(RleArrayView masks, std::uint64_t* out) noexcept {
    for (std::size_t i = 0; i < masks.length; ++i) out[i] = area(masks[i]);
}

Box bbox(RleView mask) noexcept {
    const auto height = static_cast<std::uint64_t>(mask.size.height);
    std::uint64_t left = ~std::uint64_t{0}, right = 0, top = ~std::uint64_t{0}, bottom = 0;
    for_each_foreground(mask, [&](std::uint64_t start, std::uint64_t end) {
        const std::uint64_t first_column = start / height, last_column = (end - 1) / height;
        left = std::min(left, first_column);
        right = std::max(right, last_column);
        const bool one_column = first_column == last_column;
        top = std::min(top, one_column ? start % height : 0);
        bottom = std::max(bottom, one_column ? (end - 1) % height : height - 1);
    });
    if (left > right) return {};
    return {static_cast<double>(left), static_cast<double>(top),
            static_cast<double>(right - left + 1), static_cast<double>(bottom - top + 1)};
}

void bbox(RleArrayView masks, Box* out) noexcept {
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
