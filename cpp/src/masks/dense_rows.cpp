// Row-major masks -> runs and back.

#include "masks/dense_rows.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "masks/bit_square.hpp"

namespace cocodec {
namespace {

// Changes a column may have before the mask goes through bits: a cache line of row numbers.
constexpr std::size_t slots = 16;
// Columns that are transposed together: eight words, so that a row is read a few lines at a time.
constexpr std::size_t strip_words = 8;
constexpr std::size_t strip_columns = 64 * strip_words;

std::size_t words_for(std::size_t bits) {
    return (bits + 63) / 64;
}

/// Lists for every column take no more memory than the pixels do, or not much: images that are very
/// wide and not high get none.
bool lists_fit(const PixelRows<const std::uint8_t>& rows) {
    constexpr std::size_t not_much = std::size_t{1} << 20;
    const std::size_t bytes = rows.columns * slots * sizeof(std::uint32_t);
    return bytes <= not_much || bytes <= rows.columns * rows.height;
}

// A mask of no more pixels goes through `write_small`: what the other ways prepare costs more.
constexpr std::size_t few_pixels = 512;

bool is_small(const PixelRows<const std::uint8_t>& rows) {
    return rows.columns <= few_pixels && rows.height * rows.columns <= few_pixels &&
           rows.interleave == 1 && rows.column_stride == 1 && rows.above == nullptr;
}

/// Bit i says whether byte i of n, at most eight, is not zero.
std::uint64_t row_bits(const std::uint8_t* bytes, std::size_t n) {
    constexpr std::uint64_t each_byte = 0x0101010101010101;
    std::uint64_t row = 0;
    if (n == 8 && std::endian::native == std::endian::little) {
        std::memcpy(&row, bytes, 8);
    } else {
        for (std::size_t i = 0; i < n; ++i) row |= std::uint64_t{bytes[i]} << 8 * i;
    }
    const std::uint64_t some = ((row & 0x7F * each_byte) + 0x7F * each_byte) | row;
    return (some >> 7 & each_byte) * 0x0102040810204080 >> 56;
}

/// Bit c of byte r becomes bit r of byte c. (Warren, Hacker's Delight, 7-3.)
std::uint64_t transpose_eight(std::uint64_t square) {
    std::uint64_t swapped = (square ^ square >> 7) & 0x00AA00AA00AA00AA;
    square ^= swapped ^ swapped << 7;
    swapped = (square ^ square >> 14) & 0x0000CCCC0000CCCC;
    square ^= swapped ^ swapped << 14;
    swapped = (square ^ square >> 28) & 0x00000000F0F0F0F0;
    return square ^ swapped ^ swapped << 28;
}

}  // namespace

void RowEncoder::encode(const PixelRows<const std::uint8_t>& rows, RunScratch& scratch,
                        RleArray& out) {
    const std::size_t width = rows.columns / rows.interleave;
    const Size size{static_cast<std::int64_t>(rows.height), static_cast<std::int64_t>(width)};
    if (is_small(rows)) {
        RunWriter writer(out.counts, scratch, kernels_);
        write_small(rows, writer);
        writer.close(size.area());
        return out.finish(size);
    }
    const bool few_changes = lists_fit(rows) && collect_changes(rows);
    for (std::size_t mask = 0; mask < rows.interleave; ++mask) {
        RunWriter writer(out.counts, scratch, kernels_);
        if (few_changes) {
            write_changes(rows, mask, writer);
        } else {
            write_transposed(rows, mask, writer);
        }
        writer.close(size.area());
        out.finish(size);
    }
}

/// Squares of 8 x 8 pixels become bits of columns in a register, and these one row of bits.
void RowEncoder::write_small(const PixelRows<const std::uint8_t>& rows, RunWriter& writer) {
    std::uint64_t bits[few_pixels / 64 + 1] = {};  // a column may reach into one word more
    for (std::size_t y = 0; y < rows.height; y += 8) {
        const std::size_t height = std::min<std::size_t>(8, rows.height - y);
        for (std::size_t x = 0; x < rows.columns; x += 8) {
            const std::size_t width = std::min<std::size_t>(8, rows.columns - x);
            std::uint64_t square = 0;
            for (std::size_t k = 0; k < height; ++k) {
                square |= row_bits(rows.row(y + k) + x, width) << 8 * k;
            }
            square = transpose_eight(square);
            for (std::size_t c = 0; c < width; ++c, square >>= 8) {
                const std::size_t place = (x + c) * rows.height + y;
                const std::uint64_t column = square & 0xFF;
                bits[place / 64] |= column << place % 64;
                bits[place / 64 + 1] |= column >> 1 >> (63 - place % 64);
            }
        }
    }
    writer.add_bits(bits, rows.height * rows.columns);
}

/// False as soon as a column has too many changes.
bool RowEncoder::collect_changes(const PixelRows<const std::uint8_t>& rows) {
    changes_.resize(rows.columns * slots);
    used_.resize(rows.columns);
    found_.resize(rows.columns + kernels::slack);
    std::memset(used_.data(), 0, rows.columns);
    copies_[1].resize(rows.columns);
    std::memset(copies_[1].data(), 0, rows.columns);  // above the first row all is background
    const std::uint8_t* above = copies_[1].data();
    for (std::size_t y = 0; y < rows.height; ++y) {
        const std::uint8_t* row = contiguous(rows, y, copies_[y % 2]);
        const std::size_t n = kernels_.bits->differences(row, above, rows.columns, found_.data());
        for (std::size_t i = 0; i < n; ++i) {
            const std::size_t column = found_[i];
            if (used_[column] == slots) return false;
            changes_[column * slots + used_[column]++] = static_cast<std::uint32_t>(y);
        }
        above = row;
    }
    return true;
}

const std::uint8_t* RowEncoder::contiguous(const PixelRows<const std::uint8_t>& rows, std::size_t y,
                                           Buffer<std::uint8_t>& copy) const {
    const std::uint8_t* row = rows.row(y);
    if (rows.above == nullptr && rows.column_stride == 1) return row;
    copy.resize(rows.columns);
    if (rows.above != nullptr) {
        rows.above->compare(row, rows.column_stride, rows.columns, copy.data());
        return copy.data();
    }
    for (std::size_t c = 0; c < rows.columns; ++c) {
        copy[c] = row[static_cast<std::ptrdiff_t>(c) * rows.column_stride];
    }
    return copy.data();
}

void RowEncoder::write_changes(const PixelRows<const std::uint8_t>& rows, std::size_t mask,
                               RunWriter& writer) const {
    bool bottom = false;  // the last pixel of the column before
    std::uint64_t start = 0;
    for (std::size_t c = mask; c < rows.columns; c += rows.interleave, start += rows.height) {
        const std::size_t n = used_[c];
        const std::uint32_t* row = changes_.data() + c * slots;
        std::size_t i = 0;
        if (bottom) {
            // Foreground goes on over the top of this column unless the column starts without it.
            if (n > 0 && row[0] == 0) {
                i = 1;
            } else {
                writer.change_at(start);
            }
        }
        for (; i < n; ++i) writer.change_at(start + row[i]);
        bottom = n % 2 != 0;
    }
}

void RowEncoder::write_transposed(const PixelRows<const std::uint8_t>& rows, std::size_t mask,
                                  RunWriter& writer) {
    const std::size_t width = rows.columns / rows.interleave;
    const std::ptrdiff_t stride = rows.column_stride * static_cast<std::ptrdiff_t>(rows.interleave);
    const std::uint8_t* first = rows.data + static_cast<std::ptrdiff_t>(mask) * rows.column_stride;
    const std::size_t column_words = words_for(rows.height);
    strip_.resize(rows.height * strip_words);
    columns_.resize(64 * column_words);
    for (std::size_t x = 0; x < width; x += strip_columns) {
        const std::size_t columns = std::min(strip_columns, width - x);
        const PixelRows<const std::uint8_t> strip{first + static_cast<std::ptrdiff_t>(x) * stride,
                                                  rows.height,
                                                  columns,
                                                  rows.row_stride,
                                                  stride,
                                                  1,
                                                  rows.above};
        for (std::size_t y = 0; y < rows.height; ++y) {
            kernels_.bits->pack(contiguous(strip, y, copies_[0]), columns,
                                strip_.data() + y * strip_words);
        }
        for (std::size_t c = 0; c < columns; c += 64) {
            transpose_strip(rows.height, c / 64);
            for (std::size_t k = 0; k < std::min<std::size_t>(64, columns - c); ++k) {
                writer.add_bits(columns_.data() + k * column_words, rows.height);
            }
        }
    }
}

/// Word `word` of every row of the strip, as 64 columns of bits.
void RowEncoder::transpose_strip(std::size_t height, std::size_t word) {
    const std::size_t column_words = words_for(height);
    for (std::size_t y = 0; y < height; y += 64) {
        std::uint64_t square[64] = {};
        for (std::size_t k = 0; k < std::min<std::size_t>(64, height - y); ++k) {
            square[k] = strip_[(y + k) * strip_words + word];
        }
        transpose_square(square);
        for (std::size_t k = 0; k < 64; ++k) columns_[k * column_words + y / 64] = square[k];
    }
}

void RowDecoder::decode(RleView mask, const PixelRows<std::uint8_t>& rows, bool cleared) {
    const std::size_t words = words_for(rows.columns);
    if (toggles_.size() < rows.height * words) {
        toggles_.resize(rows.height * words);
        std::memset(toggles_.data(), 0, toggles_.size() * sizeof(std::uint64_t));
    }
    state_.resize(words);
    std::memset(state_.data(), 0, words * sizeof(std::uint64_t));
    const Extent marked = mark_changes(mask, words);
    if (!cleared) {
        clear_rows(rows, 0, marked.top);
        clear_rows(rows, marked.bottom, rows.height);
    }
    for (std::size_t y = marked.top; y < marked.bottom; ++y) {
        std::uint64_t* changed = toggles_.data() + y * words;
        for (std::size_t k = marked.left; k < marked.right; ++k) {
            state_[k] ^= changed[k];
            changed[k] = 0;  // ready for the next mask
        }
        if (cleared) {
            write_row(rows, y, marked.left, marked.right);
        } else {
            write_row(rows, y, 0, words);
        }
    }
}

void RowDecoder::clear_rows(const PixelRows<std::uint8_t>& rows, std::size_t first,
                            std::size_t last) {
    if (rows.row_stride == static_cast<std::ptrdiff_t>(rows.columns) && rows.column_stride == 1) {
        if (first < last) std::memset(rows.row(first), 0, (last - first) * rows.columns);
        return;
    }
    for (std::size_t y = first; y < last; ++y) write_row(rows, y, 0, state_.size());
}

/// Writes the pixels of words first .. last - 1 of the current row.
void RowDecoder::write_row(const PixelRows<std::uint8_t>& rows, std::size_t y, std::size_t first,
                           std::size_t last) {
    const std::size_t begin = 64 * first, end = std::min(64 * last, rows.columns);
    std::uint8_t* row = rows.row(y);
    if (rows.column_stride == 1) {
        kernels_.bits->unpack(state_.data() + first, end - begin, row + begin);
        return;
    }
    line_.resize(rows.columns);
    kernels_.bits->unpack(state_.data() + first, end - begin, line_.data() + begin);
    for (std::size_t c = begin; c < end; ++c) {
        row[static_cast<std::ptrdiff_t>(c) * rows.column_stride] = line_[c];
    }
}

/// Flips a bit where each foreground run starts and behind its end, and at the top of every column
/// that it runs on into. Returns the rows that hold foreground, and the words that hold a flipped
/// bit.
RowDecoder::Extent RowDecoder::mark_changes(RleView mask, std::size_t words) {
    const auto height = static_cast<std::uint64_t>(mask.size.height);
    std::uint64_t x = 0, y = 0;
    std::uint64_t top = height, bottom = 0, left = ~std::uint64_t{0}, right = 0;
    const auto advance = [&](std::uint32_t run) {
        y += run;
        if (y >= height) {
            x += y / height;
            y %= height;
        }
    };
    const auto flip = [&] {
        toggles_[static_cast<std::size_t>(y) * words + static_cast<std::size_t>(x / 64)] ^=
            std::uint64_t{1} << (x % 64);
    };
    for (std::size_t i = 0; i + 1 < mask.length; i += 2) {
        advance(mask.counts[i]);
        if (mask.counts[i + 1] == 0) continue;
        flip();
        const std::uint64_t column = x;
        left = std::min(left, x);
        top = std::min(top, y);
        advance(mask.counts[i + 1]);
        const std::uint64_t columns_end = y == 0 ? x : x + 1;
        flip_row_start(column + 1, columns_end);
        if (y != 0) flip();
        // A run that goes on into the next column reaches the bottom of one and the top of the
        // next.
        if (columns_end > column + 1) top = 0;
        bottom = std::max(bottom, columns_end > column + 1 || y == 0 ? height : y + 1);
        right = columns_end;
    }
    if (right == 0) return {};
    return {static_cast<std::size_t>(top), static_cast<std::size_t>(bottom),
            static_cast<std::size_t>(left / 64), words_for(static_cast<std::size_t>(right))};
}

/// Flips the top pixel of columns first .. last - 1.
void RowDecoder::flip_row_start(std::uint64_t first, std::uint64_t last) {
    while (first < last) {
        const std::uint64_t bit = first % 64;
        const std::uint64_t n = std::min<std::uint64_t>(64 - bit, last - first);
        const std::uint64_t ones = n == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1;
        toggles_[static_cast<std::size_t>(first / 64)] ^= ones << bit;
        first += n;
    }
}

}  // namespace cocodec
