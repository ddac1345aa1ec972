#include <algorithm>
#include <bit>

#include "kernels/table.hpp"
#include "morphology/dilation.hpp"

namespace cocodec::runwise {
namespace {

constexpr double pass_ns = 0.6;   // over a word
constexpr double extract_ns = 4;  // the runs of a word

constexpr std::uint64_t ones = ~std::uint64_t{0};

/// Where rows have to be ignored in a band of 64.
std::uint64_t rows_before(std::uint64_t end, std::uint64_t band) {
    if (end >= 64 * (band + 1)) return ones;
    return end <= 64 * band ? 0 : ones >> (64 * (band + 1) - end);
}

/// Every word gets the bits of the one `step` words behind it too.
void take_forward(std::uint64_t* words, std::size_t n, std::size_t step) {
    for (std::size_t i = 0; i + step < n; ++i) words[i] |= words[i + step];
}
void take_backward(std::uint64_t* words, std::size_t n, std::size_t step) {
    for (std::size_t i = n; i-- > step;) words[i] |= words[i - step];
}

/// Every word gets the bits of the `length` - 1 words that follow it (or come before it) too: spans
/// are doubled until they reach.
template <class Take>
void take_all(std::uint64_t* words, std::size_t n, std::size_t length, const Take& take) {
    std::size_t reach = 1;
    for (; 2 * reach <= length; reach *= 2) take(words, n, reach);
    if (reach < length) take(words, n, length - reach);
}

}  // namespace

double BitDilation::cost_ns(const Frame& frame, const Neighbourhood& shape) {
    const auto words_of_column = frame.height() / 64 + 1;
    const double words = static_cast<double>(words_of_column) * static_cast<double>(frame.width());
    double passes = 4;
    for (const Neighbourhood::Ring& ring : shape.rings) {
        passes += 5 + 2 * std::bit_width(ring.to - ring.from);
    }
    return words * (passes * pass_ns + extract_ns);
}

void BitDilation::run(RleView mask, const Frame& frame, const Neighbourhood& shape, RleArray& out) {
    columns_ = static_cast<std::size_t>(frame.width());
    bands_ = static_cast<std::size_t>((frame.height() + 63) / 64);
    grown_ = std::min<std::uint64_t>(shape.rings.back().reach, frame.height());
    paint(mask, frame);
    result_.resize(words_.size());
    std::fill(result_.begin(), result_.end(), std::uint64_t{0});
    none_.resize(columns_);
    std::fill(none_.begin(), none_.end(), std::uint64_t{0});
    for (std::size_t i = shape.rings.size(); i-- > 0;) {
        grow(std::min<std::uint64_t>(shape.rings[i].reach, frame.height()));
        spread(shape.rings[i]);
    }
    write(frame, mask.size, out);
}

/// Paints the mask as it is after the first growth: spans are made longer (of an inverted mask,
/// shorter) before they become bits, which costs nothing.
void BitDilation::paint(RleView mask, const Frame& frame) {
    words_.resize(bands_ * columns_);
    std::uint64_t* const words = words_.data();
    const std::uint64_t height = frame.height();
    for (std::size_t band = 0; band < bands_; ++band) {
        std::fill_n(words + band * columns_, columns_,
                    frame.inverted ? rows_before(height, band) : 0);
    }
    const auto paint_rows = [&](std::uint64_t column, std::uint64_t top, std::uint64_t bottom,
                                std::uint64_t ink) {
        std::uint64_t* word = words + (top / 64) * columns_ + column;
        std::uint64_t bits = ones << (top % 64);
        for (std::uint64_t band = top / 64; 64 * band < bottom; ++band, word += columns_) {
            const std::uint64_t chosen = bits & rows_before(bottom, band);
            *word = (*word & ~chosen) | (ink & chosen);
            bits = ones;
        }
    };
    for_each_span(
        mask, [&](std::uint64_t left, std::uint64_t right, std::uint64_t from, std::uint64_t to) {
            auto top = static_cast<std::uint64_t>(static_cast<std::int64_t>(from) - frame.top);
            auto bottom = static_cast<std::uint64_t>(static_cast<std::int64_t>(to) - frame.top);
            if (frame.inverted) {
                // No background grows in from beyond the window.
                if (top > 0) top += grown_;
                if (bottom < height) bottom -= std::min(bottom, grown_);
                if (top >= bottom) return;
            } else {
                top -= std::min(top, grown_);
                bottom = std::min(bottom + grown_, height);
            }
            const std::uint64_t ink = frame.inverted ? 0 : ones;
            for (; left < right; ++left) {
                paint_rows(static_cast<std::uint64_t>(static_cast<std::int64_t>(left) - frame.left),
                           top, bottom, ink);
            }
        });
    if (!frame.surrounded) return;
    const std::uint64_t thick = std::min(grown_ + 1, height);
    for (std::size_t column = 0; column < columns_; ++column) {
        const bool side = column == 0 || column + 1 == columns_;
        paint_rows(column, 0, side ? height : thick, ones);
        paint_rows(column, height - thick, height, ones);
    }
}

/// Every column reaches `rows` rows up and down from where it was painted. What has grown by t and
/// been cut by the window is nowhere shorter than t + 1, so that it may jump that far.
void BitDilation::grow(std::uint64_t rows) {
    const kernels::SetKernels& fast = *kernels::active().sets;
    while (grown_ < rows) {
        const std::uint64_t step = std::min(rows - grown_, grown_ + 1);
        const auto bands = static_cast<std::ptrdiff_t>(step / 64);
        const unsigned shift = step % 64;
        other_.resize(words_.size());
        const auto band_at = [&](std::ptrdiff_t band) -> const std::uint64_t* {
            if (band < 0 || band >= static_cast<std::ptrdiff_t>(bands_)) return none_.data();
            return words_.data() + static_cast<std::size_t>(band) * columns_;
        };
        for (std::size_t b = 0; b < bands_; ++b) {
            const auto band = static_cast<std::ptrdiff_t>(b);
            fast.grow_words(other_.data() + b * columns_,
                            {band_at(band), band_at(band - bands), band_at(band - bands - 1),
                             band_at(band + bands), band_at(band + bands + 1), shift},
                            columns_);
        }
        words_.swap(other_);
        grown_ += step;
    }
}

/// Adds what lies ring.from to ring.to columns away, on either side.
void BitDilation::spread(const Neighbourhood::Ring& ring) {
    if (ring.from >= columns_) return;
    const std::size_t length =
        std::min<std::size_t>(ring.to - ring.from + std::size_t{1}, columns_);
    if (ring.from == 0 && length > 1) return spread_middle(length - 1);
    const std::uint64_t* forward = words_.data();
    const std::uint64_t* backward = words_.data();
    if (length > 1) {
        forward_.resize(words_.size());
        backward_.resize(words_.size());
        std::copy(words_.begin(), words_.end(), forward_.begin());
        std::copy(words_.begin(), words_.end(), backward_.begin());
        for (std::size_t band = 0; band < bands_; ++band) {
            take_all(forward_.data() + band * columns_, columns_, length, take_forward);
            take_all(backward_.data() + band * columns_, columns_, length, take_backward);
        }
        forward = forward_.data();
        backward = backward_.data();
    }
    const std::size_t from = ring.from, n = columns_;
    const kernels::SetKernels& fast = *kernels::active().sets;
    for (std::size_t band = 0; band < bands_; ++band) {
        std::uint64_t* const to = result_.data() + band * n;
        const std::uint64_t* const right = forward + band * n;
        const std::uint64_t* const left = backward + band * n;
        const std::size_t both = std::max(n - from, from);  // from there on, there is no right side
        for (std::size_t c = 0; c < std::min(from, n - from); ++c) to[c] |= right[c + from];
        if (from + from < n) fast.merge_words(to + from, right + 2 * from, left, n - 2 * from);
        for (std::size_t c = both; c < n; ++c) to[c] |= left[c - from];
    }
}

/// Adds what lies at most `columns` columns away. With so many words of nothing before it, a row's
/// spans that begin at a word are those around the word that stands there in the result.
void BitDilation::spread_middle(std::size_t columns) {
    const std::size_t n = columns_ + columns;
    forward_.resize(n);
    for (std::size_t band = 0; band < bands_; ++band) {
        const std::uint64_t* const row = words_.data() + band * columns_;
        std::uint64_t* const spans = forward_.data();
        std::fill_n(spans, columns, std::uint64_t{0});
        std::copy_n(row, columns_, spans + columns);
        take_all(spans, n, std::min(2 * columns + 1, n), take_forward);
        std::uint64_t* const to = result_.data() + band * columns_;
        for (std::size_t c = 0; c < columns_; ++c) to[c] |= spans[c];
    }
}

void BitDilation::write(const Frame& frame, Size size, RleArray& out) const {
    ColumnWriter writer(out.counts, size);
    const std::int64_t first = std::max<std::int64_t>(frame.left, 0);
    const std::int64_t last = std::min(frame.right, size.width);
    const auto hidden = static_cast<std::uint64_t>(frame.top < 0 ? -frame.top : 0);
    const std::int64_t visible = std::min(frame.bottom, size.height) - frame.top;
    const std::uint64_t invert = frame.inverted ? ones : 0;
    for (std::int64_t column = first; column < last; ++column) {
        const std::uint64_t* word = result_.data() + (column - frame.left);
        // Position of the window's row 0; wraps around where that row is above the image.
        const std::uint64_t top =
            static_cast<std::uint64_t>(column) * static_cast<std::uint64_t>(size.height) +
            static_cast<std::uint64_t>(frame.top);
        for (std::size_t band = 0; band < bands_; ++band, word += columns_) {
            std::uint64_t bits = (*word ^ invert) &
                                 rows_before(static_cast<std::uint64_t>(visible), band) &
                                 ~rows_before(hidden, band);
            const std::uint64_t at = top + 64 * band;
            while (bits != 0) {
                const int start = std::countr_zero(bits);
                const int length = std::countr_one(bits >> start);
                writer.add(at + static_cast<std::uint64_t>(start),
                           at + static_cast<std::uint64_t>(start + length));
                if (start + length == 64) break;
                bits &= ones << (start + length);
            }
        }
    }
    writer.close();
    out.finish(size);
}

}  // namespace cocodec::runwise
