// Dense masks <-> runs. Columns that lie contiguous in memory are read and written in place; any
// other layout goes through a strip of columns that fits the cache.

#include "cocodec/dense.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "cocodec/error.hpp"
#include "kernels/table.hpp"
#include "threads.hpp"

namespace cocodec {
namespace {

// Transitions are found in blocks, so that their positions fit 32 bits and stay in the first cache.
constexpr std::size_t block_bytes = 1 << 14;
// Columns that are gathered or scattered together: one cache line of a row.
constexpr std::size_t strip_columns = 64;

/// Turns a column-major stream of bytes into the runs of one mask, behind whatever `counts` holds.
class RunWriter {
public:
    RunWriter(Buffer<std::uint32_t>& counts, const kernels::Table& kernels)
        : counts_(counts), kernels_(kernels) {}

    void feed(const std::uint8_t* data, std::uint64_t n) {
        while (n > 0) {
            const auto block = static_cast<std::size_t>(std::min<std::uint64_t>(n, block_bytes));
            feed_block(data, block);
            data += block;
            n -= block;
        }
    }
    /// The run that reaches to the last pixel.
    void close() { counts_.push_back(run_to(position_)); }

private:
    void feed_block(const std::uint8_t* data, std::size_t n) {
        std::uint64_t bits[block_bytes / 64];
        kernels_.bits->pack(data, n, bits);
        std::uint32_t* out = counts_.room(n + kernels::slack);
        const std::size_t found = kernels_.bits->transitions(bits, n, state_, out);
        if (found > 0) {
            const std::uint64_t last = position_ + out[found - 1];
            const std::uint32_t first_run = run_to(position_ + out[0]);
            for (std::size_t i = found - 1; i > 0; --i) out[i] -= out[i - 1];
            out[0] = first_run;
            start_ = last;
            counts_.advance(found);
            state_ = data[n - 1] != 0;
        }
        position_ += n;
    }
    [[nodiscard]] std::uint32_t run_to(std::uint64_t end) const {
        const std::uint64_t run = end - start_;
        if (run > 0xFFFFFFFF) {
            throw Error(ErrorCode::bad_run,
                        "a run of " + std::to_string(run) + " pixels does not fit 32 bits");
        }
        return static_cast<std::uint32_t>(run);
    }

    Buffer<std::uint32_t>& counts_;
    const kernels::Table& kernels_;
    std::uint64_t position_ = 0;  // pixels seen
    std::uint64_t start_ = 0;     // first pixel of the open run
    bool state_ = false;          // is the open run foreground?
};

/// Gives the pixels of one mask back in column-major order, any number at a time.
class RunReader {
public:
    explicit RunReader(RleView mask) : mask_(mask) {}

    void fill(std::uint8_t* out, std::uint64_t n) {
        while (n > 0) {
            while (left_ == 0) {
                left_ = mask_.counts[index_];
                value_ = static_cast<std::uint8_t>(index_ % 2);
                ++index_;
            }
            const std::uint64_t step = std::min<std::uint64_t>(left_, n);
            std::memset(out, value_, static_cast<std::size_t>(step));
            out += step;
            n -= step;
            left_ -= step;
        }
    }

private:
    RleView mask_;
    std::size_t index_ = 0;
    std::uint64_t left_ = 0;
    std::uint8_t value_ = 0;
};

template <class Byte>
bool columns_contiguous(const Dense<Byte>& masks) {
    return masks.row_stride == 1 &&
           (masks.size.width <= 1 || masks.column_stride == masks.size.height);
}

/// fn(first column, number of columns) for strips from left to right.
template <class Fn>
void for_each_strip(Size size, const Fn& fn) {
    const auto width = static_cast<std::size_t>(size.width);
    for (std::size_t x = 0; x < width; x += strip_columns) {
        fn(x, std::min(strip_columns, width - x));
    }
}

/// pixel(y, k) visits row by row, which is the order in which most layouts lie in memory.
template <class Fn>
void for_each_pixel(std::size_t height, std::size_t columns, const Fn& fn) {
    for (std::size_t y = 0; y < height; ++y) {
        for (std::size_t k = 0; k < columns; ++k) fn(y, k);
    }
}

template <class Byte>
Byte* at(const Dense<Byte>& masks, std::size_t mask, std::size_t x) {
    return masks.data + static_cast<std::ptrdiff_t>(mask) * masks.mask_stride +
           static_cast<std::ptrdiff_t>(x) * masks.column_stride;
}

void encode_mask(const DenseView& masks, std::size_t mask, Buffer<std::uint8_t>& strip,
                 RunWriter& writer) {
    const auto height = static_cast<std::size_t>(masks.size.height);
    if (columns_contiguous(masks)) {
        writer.feed(at(masks, mask, 0), masks.size.area());
        return;
    }
    strip.resize(height * strip_columns);
    for_each_strip(masks.size, [&](std::size_t x, std::size_t columns) {
        const std::uint8_t* source = at(masks, mask, x);
        for_each_pixel(height, columns, [&](std::size_t y, std::size_t k) {
            strip[k * height + y] = source[static_cast<std::ptrdiff_t>(y) * masks.row_stride +
                                           static_cast<std::ptrdiff_t>(k) * masks.column_stride];
        });
        writer.feed(strip.data(), height * columns);
    });
}

void decode_mask(RleView runs, const DenseTarget& out, std::size_t mask,
                 Buffer<std::uint8_t>& strip) {
    const auto height = static_cast<std::size_t>(out.size.height);
    RunReader reader(runs);
    if (columns_contiguous(out)) {
        reader.fill(at(out, mask, 0), out.size.area());
        return;
    }
    strip.resize(height * strip_columns);
    for_each_strip(out.size, [&](std::size_t x, std::size_t columns) {
        reader.fill(strip.data(), height * columns);
        std::uint8_t* target = at(out, mask, x);
        for_each_pixel(height, columns, [&](std::size_t y, std::size_t k) {
            target[static_cast<std::ptrdiff_t>(y) * out.row_stride +
                   static_cast<std::ptrdiff_t>(k) * out.column_stride] = strip[k * height + y];
        });
    });
}

std::string text(Size size) {
    return "[" + std::to_string(size.height) + ", " + std::to_string(size.width) + "]";
}

}  // namespace

RleArray encode(const DenseView& masks, int threads) {
    validate(masks.size);
    const kernels::Table& kernels = kernels::active();
    const double work =
        0.1 * static_cast<double>(masks.size.area()) * static_cast<double>(masks.length);
    return parallel_build(masks.length, work, threads,
                          [&](std::size_t first, std::size_t last, RleArray& out) {
                              Buffer<std::uint8_t> strip;
                              for (std::size_t i = first; i < last; ++i) {
                                  RunWriter writer(out.counts, kernels);
                                  if (masks.size.area() > 0) encode_mask(masks, i, strip, writer);
                                  writer.close();
                                  out.finish(masks.size);
                              }
                          });
}

void decode(RleArrayView masks, const DenseTarget& out, int threads) {
    if (masks.length != out.length) {
        throw Error(ErrorCode::size_mismatch, std::to_string(masks.length) + " masks do not fit " +
                                                  std::to_string(out.length) + " places");
    }
    validate(masks);
    for (std::size_t i = 0; i < masks.length; ++i) {
        if (masks.sizes[i] == out.size) continue;
        throw Error(ErrorCode::size_mismatch,
                    "size is " + text(masks.sizes[i]) + ", expected " + text(out.size),
                    static_cast<std::int64_t>(i));
    }
    if (out.size.area() == 0) return;
    const double work =
        0.05 * static_cast<double>(out.size.area()) * static_cast<double>(masks.length);
    parallel_for(masks.length, work, threads, [&](std::size_t first, std::size_t last) {
        Buffer<std::uint8_t> strip;
        for (std::size_t i = first; i < last; ++i) decode_mask(masks[i], out, i, strip);
    });
}

}  // namespace cocodec
