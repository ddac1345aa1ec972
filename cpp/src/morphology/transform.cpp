// Flips, turns and windows: the spans of columns, told in another order or elsewhere.

#include "cocodec/transform.hpp"

#include <algorithm>
#include <string>

#include "cocodec/error.hpp"
#include "masks/columns.hpp"
#include "masks/each.hpp"
#include "morphology/bit_turner.hpp"
#include "morphology/transposer.hpp"

namespace cocodec {
namespace {

using runwise::BitTurner;
using runwise::build_each;
using runwise::Transposer;

constexpr double move_ns = 6;
constexpr double turn_ns = 25;
constexpr std::int64_t most_distant = std::int64_t{1} << 40;

/// Mirrors masks whose pixels are counted in 32 bits, as those of nearly all images are. Each
/// stretch of a column is turned inside of its column where that is all that changes; turning all
/// pixels around exchanges columns as well.
class SmallMirror {
public:
    SmallMirror(bool columns, bool rows) : turns_all_(columns), turns_columns_(columns != rows) {}

    void add(RleView mask, Buffer<std::uint32_t>& counts) {
        const std::size_t n = collect(mask);
        const auto pixels = static_cast<std::uint32_t>(mask.size.area());
        std::uint32_t* const first = counts.room(2 * n + 1);
        std::uint32_t* run = first;
        std::uint32_t done = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const Stretch at = stretches_[turns_all_ ? n - 1 - i : i];
            const std::uint32_t start = turns_all_ ? pixels - at.end : at.start;
            const std::uint32_t end = turns_all_ ? pixels - at.start : at.end;
            if (start == done && run != first) {
                run[-1] += end - start;
            } else {
                run[0] = start - done;
                run[1] = end - start;
                run += 2;
            }
            done = end;
        }
        if (pixels > done || run == first) *run++ = pixels - done;
        counts.advance(static_cast<std::size_t>(run - first));
    }

private:
    struct Stretch {
        std::uint32_t start, end;
    };

    std::size_t collect(RleView mask) {
        const auto height = static_cast<std::uint32_t>(mask.size.height);
        stretches_.resize(mask.length / 2 * 3);
        Stretch* const first = stretches_.data();
        Stretch* next = first;
        Stretch* of_column = first;
        std::uint64_t column = ~std::uint64_t{0};
        for_each_span(mask, [&](std::uint64_t left, std::uint64_t right, std::uint64_t top,
                                std::uint64_t bottom) {
            const std::uint32_t base = static_cast<std::uint32_t>(left) * height;
            const auto over = static_cast<std::uint32_t>(top);
            const auto under = height - static_cast<std::uint32_t>(bottom);
            const auto last = static_cast<std::uint32_t>(right) * height;
            if (!turns_columns_) {
                *next++ = {base + over, last - under};
                return;
            }
            if (left != column) {
                if (next - of_column > 1) std::reverse(of_column, next);
                of_column = next;
                column = left;
            }
            *next++ = {base + under, last - over};
        });
        if (turns_columns_) std::reverse(of_column, next);
        return static_cast<std::size_t>(next - first);
    }

    bool turns_all_, turns_columns_;
    Buffer<Stretch> stretches_;
};

class Mirror {
public:
    explicit Mirror(bool columns, bool rows)
        : columns_(columns), rows_(rows), small_(columns, rows) {}

    void add(RleView mask, std::size_t, RleArray& out) {
        if (mask.size.area() <= 0xFFFFFFFF) {
            small_.add(mask, out.counts);
            out.finish(mask.size);
            return;
        }
        source_.read(mask);
        ColumnWriter writer(out.counts, mask.size);
        const auto height = static_cast<std::uint64_t>(mask.size.height);
        const auto width = static_cast<std::uint64_t>(mask.size.width);
        const std::size_t n = source_.size();
        for (std::size_t i = 0; i < n; ++i) {
            const std::size_t from = columns_ ? n - 1 - i : i;
            std::uint64_t left = source_.left(from), right = source_.right(from);
            if (columns_) {
                const std::uint64_t last = left;
                left = width - right;
                right = width - last;
            }
            const RowSpan* const begin = source_.begin(from);
            const RowSpan* const end = source_.end(from);
            if (rows_) {
                for (const RowSpan* span = end; span-- > begin;) {
                    writer.add(left, right, height - span->bottom, height - span->top);
                }
            } else {
                for (const RowSpan* span = begin; span < end; ++span) {
                    writer.add(left, right, span->top, span->bottom);
                }
            }
        }
        writer.close();
        out.finish(mask.size);
    }

private:
    bool columns_, rows_;
    SmallMirror small_;
    Columns source_;
};

class Turn {
public:
    Turn(bool from_the_right, bool from_the_bottom)
        : from_the_right_(from_the_right), from_the_bottom_(from_the_bottom) {}

    void add(RleView mask, std::size_t, RleArray& out) {
        const Size turned{mask.size.width, mask.size.height};
        if (BitTurner::suits(mask)) {
            bits_.add(mask, from_the_right_, from_the_bottom_, out.counts);
            return out.finish(turned);
        }
        source_.read(mask);
        transposer_.read(source_, static_cast<std::uint32_t>(mask.size.width), from_the_right_);
        transposer_.write(turned, from_the_bottom_, out.counts);
        out.finish(turned);
    }

private:
    bool from_the_right_, from_the_bottom_;
    Columns source_;
    Transposer transposer_;
    BitTurner bits_;
};

class Cropper {
public:
    explicit Cropper(const Window* windows) : windows_(windows) {}

    void add(RleView mask, std::size_t i, RleArray& out) const {
        const Window& window = windows_[i];
        validate(window.size);
        if (std::max(window.x, window.y) > most_distant ||
            std::min(window.x, window.y) < -most_distant) {
            throw Error(ErrorCode::bad_shape, "a window at x " + std::to_string(window.x) + ", y " +
                                                  std::to_string(window.y) +
                                                  "; both lie in -2^40..2^40");
        }
        ColumnWriter writer(out.counts, window.size);
        const std::int64_t width = window.size.width, height = window.size.height;
        for_each_span(mask, [&](std::uint64_t first, std::uint64_t last, std::uint64_t from,
                                std::uint64_t to) {
            const auto left =
                std::max<std::int64_t>(static_cast<std::int64_t>(first) - window.x, 0);
            const auto right = std::min(static_cast<std::int64_t>(last) - window.x, width);
            const auto top = std::max<std::int64_t>(static_cast<std::int64_t>(from) - window.y, 0);
            const auto bottom = std::min(static_cast<std::int64_t>(to) - window.y, height);
            if (left >= right || top >= bottom) return;
            writer.add(static_cast<std::uint64_t>(left), static_cast<std::uint64_t>(right),
                       static_cast<std::uint64_t>(top), static_cast<std::uint64_t>(bottom));
        });
        writer.close();
        out.finish(window.size);
    }

private:
    const Window* windows_;
};

}  // namespace

RleArray flip(RleArrayView masks, Flip direction, int threads) {
    const bool horizontal = direction == Flip::horizontal;
    return build_each(masks, move_ns, threads, [&] { return Mirror(horizontal, !horizontal); });
}

RleArray transpose(RleArrayView masks, int threads) {
    return build_each(masks, turn_ns, threads, [] { return Turn(false, false); });
}

RleArray rotate90(RleArrayView masks, std::int64_t times, int threads) {
    const auto quarters = static_cast<unsigned>(times) % 4;
    if (quarters % 2 == 0) {
        const bool half = quarters == 2;
        return build_each(masks, move_ns, threads, [&] { return Mirror(half, half); });
    }
    return build_each(masks, turn_ns, threads, [&] { return Turn(quarters == 1, quarters == 3); });
}

RleArray crop(RleArrayView masks, const Window* windows, int threads) {
    return build_each(masks, move_ns, threads, [&] { return Cropper(windows); });
}

}  // namespace cocodec
