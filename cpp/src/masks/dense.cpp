// Dense masks <-> runs. Columns that lie contiguous in memory are read and written in place; any
// other layout goes through a strip of columns that fits the cache.

#include "cocodec/dense.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "cocodec/error.hpp"
#include "kernels/table.hpp"
#include "masks/dense_rows.hpp"
#include "masks/limits.hpp"
#include "masks/run_writer.hpp"
#include "masks/threads.hpp"
#include "masks/threshold.hpp"

namespace cocodec {
namespace {

/// Columns lie contiguous: the runs' own order. `item`: bytes of a pixel.
template <class Byte>
bool in_columns(const Dense<Byte>& masks, std::ptrdiff_t item = 1) {
    return masks.row_stride == item || masks.size.height <= 1;
}

/// All pixels of a mask lie contiguous, column by column.
template <class Byte>
bool in_one_piece(const Dense<Byte>& masks, std::ptrdiff_t item = 1) {
    return in_columns(masks, item) &&
           (masks.size.width <= 1 || masks.column_stride == masks.size.height * item);
}

/// Every row holds pixel x of all masks side by side, as (H, W, N) in C order does.
bool interleaved(const DenseView& masks, std::ptrdiff_t item) {
    return masks.length > 1 && masks.mask_stride == item &&
           masks.column_stride == static_cast<std::ptrdiff_t>(masks.length) * item;
}

template <class Byte>
Byte* at(const Dense<Byte>& masks, std::size_t mask, std::size_t x = 0) {
    return masks.data + static_cast<std::ptrdiff_t>(mask) * masks.mask_stride +
           static_cast<std::ptrdiff_t>(x) * masks.column_stride;
}

template <class Byte>
PixelRows<Byte> rows_of(const Dense<Byte>& masks, std::size_t mask) {
    return {at(masks, mask), static_cast<std::size_t>(masks.size.height),
            static_cast<std::size_t>(masks.size.width), masks.row_stride, masks.column_stride};
}

/// What one thread needs to encode masks of any layout.
class Encoder {
public:
    /// Masks of `size`, whose pixels are bytes, or, if there is an `above`, scores of `item` bytes.
    Encoder(const kernels::KernelTable& kernels, Size size, std::ptrdiff_t item, const Above* above)
        : kernels_(kernels), scratch_(size.area()), rows_(kernels), item_(item), above_(above) {}

    void mask(const DenseView& masks, std::size_t mask, RleArray& out) {
        if (masks.size.area() == 0) {
            out.counts.push_back(0);
            out.finish(masks.size);
        } else if (in_columns(masks, item_)) {
            columns(masks, mask, out);
        } else {
            PixelRows<const std::uint8_t> rows = rows_of(masks, mask);
            rows.above = above_;
            rows_.encode(rows, scratch_, out);
        }
    }
    /// All masks of an interleaved stack in one sweep over its rows.
    void stack(const DenseView& masks, RleArray& out) {
        PixelRows<const std::uint8_t> rows = rows_of(masks, 0);
        rows.columns *= masks.length;
        rows.column_stride = item_;
        rows.interleave = masks.length;
        rows.above = above_;
        rows_.encode(rows, scratch_, out);
    }

private:
    void columns(const DenseView& masks, std::size_t mask, RleArray& out) {
        RunWriter writer(out.counts, scratch_, kernels_);
        if (in_one_piece(masks, item_)) {
            add(writer, at(masks, mask), masks.size.area());
        } else {
            const auto height = static_cast<std::uint64_t>(masks.size.height);
            for (std::size_t x = 0; x < static_cast<std::size_t>(masks.size.width); ++x) {
                add(writer, at(masks, mask, x), height);
            }
        }
        writer.close(masks.size.area());
        out.finish(masks.size);
    }
    /// The next n pixels, which lie side by side.
    void add(RunWriter& writer, const std::uint8_t* data, std::uint64_t n) {
        if (above_ == nullptr) return writer.add_bytes(data, n);
        block_.resize(block_pixels);
        while (n > 0) {
            const auto block = static_cast<std::size_t>(std::min<std::uint64_t>(n, block_pixels));
            above_->compare(data, item_, block, block_.data());
            writer.add_bytes(block_.data(), block);
            data += static_cast<std::ptrdiff_t>(block) * item_;
            n -= block;
        }
    }

    const kernels::KernelTable& kernels_;
    RunScratch scratch_;
    RowEncoder rows_;
    std::ptrdiff_t item_;
    const Above* above_;
    Buffer<std::uint8_t> block_;
};

/// What one thread needs to decode masks to any layout.
class Decoder {
public:
    Decoder(const kernels::KernelTable& kernels, const DenseTarget& out, bool cleared)
        : rows_(kernels),
          fill_(fill_for(*kernels.bits, out.size.area(), out.length)),
          cleared_(cleared) {}

    void mask(RleView runs, const DenseTarget& out, std::size_t mask) {
        if (!in_one_piece(out)) {
            rows_.decode(runs, rows_of(out, mask), cleared_);
        } else if (cleared_) {
            fill_foreground(runs, at(out, mask));
        } else {
            fill_(runs.counts, runs.length, at(out, mask),
                  static_cast<std::size_t>(out.size.area()));
        }
    }

private:
    static void fill_foreground(RleView runs, std::uint8_t* out) {
        for (std::size_t i = 0; i + 1 < runs.length; i += 2) {
            out += runs.counts[i];
            std::memset(out, 1, runs.counts[i + 1]);
            out += runs.counts[i + 1];
        }
    }

    RowDecoder rows_;
    decltype(kernels::BitKernels::fill) fill_;
    bool cleared_;
};

/// Work is in nanoseconds a pixel.
RleArray encode_stack(const DenseView& masks, double work, std::ptrdiff_t item, const Above* above,
                      int threads) {
    validate(masks.size);
    if (masks.length > limits().masks) {
        throw_too_large("a stack of " + std::to_string(masks.length) + " masks has more than",
                        limits().masks, "masks");
    }
    const kernels::KernelTable& kernels = kernels::active();
    if (interleaved(masks, item) && masks.size.area() > 0) {
        RleArray out;
        Encoder(kernels, masks.size, item, above).stack(masks, out);
        return out;
    }
    work *= static_cast<double>(masks.size.area()) * static_cast<double>(masks.length);
    return parallel_build(masks.length, work, threads,
                          [&](std::size_t first, std::size_t last, RleArray& out) {
                              Encoder encoder(kernels, masks.size, item, above);
                              for (std::size_t i = first; i < last; ++i)
                                  encoder.mask(masks, i, out);
                          });
}

}  // namespace

RleArray encode(const DenseView& masks, int threads) {
    return encode_stack(masks, kernels::active().costs.encoded_pixel, 1, nullptr, threads);
}

RleArray encode(const ScoresView& scores, double threshold, int threads) {
    const Above above(scores.type, threshold);
    const std::size_t item = item_size(scores.type);
    const double work = kernels::active().costs.encoded_score * static_cast<double>(item);
    return encode_stack(scores.places, work, static_cast<std::ptrdiff_t>(item), &above, threads);
}

void decode(RleArrayView masks, const DenseTarget& out, int threads, Background background) {
    if (masks.length != out.length) {
        throw Error(ErrorCode::size_mismatch, std::to_string(masks.length) + " masks do not fit " +
                                                  std::to_string(out.length) + " places");
    }
    validate(masks);
    for (std::size_t i = 0; i < masks.length; ++i) {
        if (masks.sizes[i] == out.size) continue;
        throw Error(ErrorCode::size_mismatch,
                    "size is " + to_text(masks.sizes[i]) + ", expected " + to_text(out.size),
                    static_cast<std::int64_t>(i));
    }
    if (out.size.area() == 0) return;
    const kernels::KernelTable& kernels = kernels::active();
    const double work = kernels.costs.decoded_pixel * static_cast<double>(out.size.area()) *
                        static_cast<double>(masks.length);
    parallel_for(masks.length, work, threads, [&](std::size_t first, std::size_t last) {
        Decoder decoder(kernels, out, background == Background::is_zero);
        for (std::size_t i = first; i < last; ++i) decoder.mask(masks[i], out, i);
    });
}

}  // namespace cocodec
