// Runs along rows <-> runs along columns, patches <-> whole images.

#include "cocodec/row_runs.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "cocodec/dense.hpp"
#include "cocodec/error.hpp"
#include "masks/column_changes.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

// Measured cost of one run, one mask, for the choice of threads.
constexpr double run_ns = 40.0, mask_ns = 300.0;
// From so many runs on, all pixels are faster than the runs; never more pixels than this.
constexpr std::uint64_t pixels_a_run = 16, max_dense = std::uint64_t{1} << 28;

/// Calls add(first, last) for the pixels of a mask that follow each other, in order.
template <class Add>
void each_stretch(RleView mask, const Add& add) {
    std::uint64_t at = 0, begin = 0, end = 0;
    for (std::size_t i = 0; i < mask.length; at += mask.counts[i], ++i) {
        if (i % 2 == 0 || mask.counts[i] == 0) continue;
        if (at != end) {
            if (begin < end) add(begin, end);
            begin = at;
        }
        end = at + mask.counts[i];
    }
    if (begin < end) add(begin, end);
}

/// Writes runs from stretches that come in order and may touch.
class StretchWriter {
public:
    StretchWriter(RleArray& out, Size size) : out_(out), size_(size) {}
    void add(std::uint64_t begin, std::uint64_t end) {
        if (begin != end_) {
            flush();
            begin_ = begin;
        }
        end_ = end;
    }
    void finish() {
        flush();
        if (at_ < size_.area()) out_.counts.push_back(fitting_run(size_.area() - at_));
        out_.finish(size_);
    }

private:
    void flush() {
        if (begin_ == end_) return;
        out_.counts.push_back(fitting_run(begin_ - at_));
        out_.counts.push_back(fitting_run(end_ - begin_));
        at_ = end_;
    }
    RleArray& out_;
    Size size_;
    std::uint64_t begin_ = 0, end_ = 0, at_ = 0;
};

class Transposer {
public:
    void transpose(RleView mask, RleArray& out) {
        const Size size{mask.size.width, mask.size.height};
        const std::uint64_t pixels = size.area();
        if (pixels <= max_dense && mask.length * pixels_a_run > pixels) {
            transpose_pixels(mask, size, out);
            return;
        }
        changes_.begin(size);
        borders_.clear();
        row_ = 0;
        // A column of the mask is a row of the result.
        const auto height = static_cast<std::uint64_t>(mask.size.height);
        each_stretch(mask, [&](std::uint64_t begin, std::uint64_t end) {
            while (begin < end) {
                const std::uint64_t row = begin / height, first = row * height;
                const std::uint64_t stop = std::min(end, first + height);
                add(row, begin - first, stop - first);
                begin = stop;
            }
        });
        flush();
        changes_.finish(out);
        out.finish(size);
    }

private:
    void add(std::uint64_t row, std::uint64_t begin, std::uint64_t end) {
        if (static_cast<std::int64_t>(row) != row_) flush();
        row_ = static_cast<std::int64_t>(row);
        borders_.push_back(static_cast<std::int64_t>(begin));
        borders_.push_back(static_cast<std::int64_t>(end));
    }
    void flush() {
        if (!borders_.empty()) changes_.add_row(row_, borders_);
        borders_.clear();
    }
    /// The pixels as bytes, column by column: those of the result row by row.
    void transpose_pixels(RleView mask, Size size, RleArray& out) {
        const auto pixels = static_cast<std::size_t>(size.area());
        bytes_.resize(pixels);
        std::fill(bytes_.begin(), bytes_.end(), std::uint8_t{0});
        each_stretch(mask, [&](std::uint64_t begin, std::uint64_t end) {
            std::fill(bytes_.begin() + begin, bytes_.begin() + end, std::uint8_t{1});
        });
        DenseView view;
        view.data = bytes_.data();
        view.length = 1;
        view.size = size;
        view.mask_stride = static_cast<std::ptrdiff_t>(pixels);
        view.row_stride = static_cast<std::ptrdiff_t>(size.width);
        view.column_stride = 1;
        out.append(encode(view, 1).view());
    }

    ColumnChanges changes_;
    std::vector<std::int64_t> borders_;
    Buffer<std::uint8_t> bytes_;
    std::int64_t row_ = 0;
};

/// Calls add(x, begin, end) for the pixels of each column of a mask.
template <class Add>
void each_column(RleView mask, const Add& add) {
    const auto height = static_cast<std::uint64_t>(mask.size.height);
    each_stretch(mask, [&](std::uint64_t begin, std::uint64_t end) {
        while (begin < end) {
            const std::uint64_t x = begin / height, first = x * height;
            const std::uint64_t stop = std::min(end, first + height);
            add(static_cast<std::int64_t>(x), static_cast<std::int64_t>(begin - first),
                static_cast<std::int64_t>(stop - first));
            begin = stop;
        }
    });
}

/// Each column of a mask, moved, as far as it lies in an image.
void move(RleView mask, PatchPlace by, Size size, RleArray& out) {
    StretchWriter writer(out, size);
    each_column(mask, [&](std::int64_t x, std::int64_t begin, std::int64_t end) {
        x += by.left;
        if (x < 0 || x >= size.width) return;
        begin = std::max<std::int64_t>(begin + by.top, 0);
        end = std::min(end + by.top, size.height);
        if (begin >= end) return;
        const auto first = static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(size.height);
        writer.add(first + static_cast<std::uint64_t>(begin),
                   first + static_cast<std::uint64_t>(end));
    });
    writer.finish();
}

void check(PatchPlace place, std::size_t i) {
    constexpr std::int64_t limit = std::int64_t{1} << 40;
    if (place.left <= limit && place.left >= -limit && place.top <= limit && place.top >= -limit) {
        return;
    }
    throw Error(ErrorCode::bad_coordinate,
                "the place [" + std::to_string(place.left) + ", " + std::to_string(place.top) +
                    "] is beyond 2^40 pixels",
                static_cast<std::int64_t>(i));
}

}  // namespace

RleArray transpose(RleArrayView masks, int threads) {
    const auto cost_before = [&](std::size_t i) {
        return mask_ns * static_cast<double>(i) +
               run_ns * static_cast<double>(masks.offsets[i] - masks.offsets[0]);
    };
    return parallel_build(masks.length, cost_before, threads,
                          [&](std::size_t first, std::size_t last, RleArray& out) {
                              Transposer transposer;
                              for (std::size_t i = first; i < last; ++i) {
                                  transposer.transpose(masks[i], out);
                              }
                          });
}

RleArray place(RleArrayView patches, const PatchPlace* places, const Size* sizes) {
    RleArray out;
    for (std::size_t i = 0; i < patches.length; ++i) {
        validate(sizes[i], static_cast<std::int64_t>(i));
        check(places[i], i);
        move(patches[i], places[i], sizes[i], out);
    }
    return out;
}

RleArray crop(RleArrayView masks, const PatchPlace* places, const Size* windows) {
    RleArray out;
    for (std::size_t i = 0; i < masks.length; ++i) {
        const Size size = masks.sizes[i], window = windows[i];
        validate(window, static_cast<std::int64_t>(i));
        check(places[i], i);
        if (places[i].left < 0 || places[i].top < 0 || places[i].left + window.width > size.width ||
            places[i].top + window.height > size.height) {
            throw Error(ErrorCode::bad_shape, "the window leaves the mask of size " + to_text(size),
                        static_cast<std::int64_t>(i));
        }
        move(masks[i], {-places[i].left, -places[i].top}, window, out);
    }
    return out;
}

}  // namespace cocodec
