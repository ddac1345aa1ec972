// Label maps hardly change from row to row. So a row is not made anew but by what changes in the
// one above: filtered bytes that are not zero say where, and they are few.

#include "png/rows.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "cocodec/error.hpp"

namespace cocodec::png {
namespace {

constexpr std::size_t piece = std::size_t{1} << 17;  // inflated at a time: stays in the cache

void zeros(Buffer<std::uint8_t>& buffer, std::size_t n) {
    buffer.resize(n);
    std::memset(buffer.data(), 0, n);
}

/// Which of left, above and above left is nearest to left + above - above left.
int paeth(int left, int above, int corner) {
    const int by_left = std::abs(above - corner), by_above = std::abs(left - corner);
    const int by_corner = std::abs(left + above - 2 * corner);
    if (by_left <= by_above && by_left <= by_corner) return left;
    return by_above <= by_corner ? above : corner;
}

std::uint8_t byte(int value) {
    return static_cast<std::uint8_t>(value & 0xFF);
}

}  // namespace

Scanlines::Scanlines(const Image& image)
    : inflater_(image.pixels, image.length),
      kernels_(kernels::active()),
      row_(image.row_bytes()),
      pixel_(image.pixel_bytes()),
      pad_(std::max<std::size_t>(pixel_, 16)) {
    window_.resize(history + std::max(piece, row_ + 1) + row_ + 1 + overshoot);
    zeros(line_, pad_ + row_);
    zeros(fresh_, pad_ + row_ + 32);
    zeros(none_, row_);
    found_.resize(row_ + kernels::slack);
    left_.resize(row_ + kernels::slack);
}

/// The next row as it is stored: how it is filtered, and its bytes.
const std::uint8_t* Scanlines::filtered() {
    while (end_ - begin_ < row_ + 1) {
        const std::size_t kept = std::min(begin_, history);
        // What is left, and what matches may reach back to, goes to the front.
        std::memmove(window_.data(), window_.data() + begin_ - kept, kept + end_ - begin_);
        end_ -= begin_ - kept;
        begin_ = kept;
        std::uint8_t* const out = window_.data() + end_;
        std::uint8_t* const limit = window_.data() + window_.size() - overshoot;
        std::uint8_t* const stop = inflater_.run(window_.data(), out, limit);
        end_ += static_cast<std::size_t>(stop - out);
        if (inflater_.is_done() && end_ - begin_ < row_ + 1) {
            throw Error(ErrorCode::bad_image, "the image has fewer rows than its header says");
        }
    }
    const std::uint8_t* const row = window_.data() + begin_;
    begin_ += row_ + 1;
    return row;
}

void Scanlines::next() {
    const std::uint8_t* const row = filtered() + 1;
    switch (row[-1]) {
        case 0:
            return replace(row);
        case 1:
            return undo_sub(row);
        case 2:
            return add_above(row);
        case 3:
            return undo_average(row);
        case 4:
            return undo_paeth(row);
        default:
            throw Error(ErrorCode::bad_image,
                        "a row has filter " + std::to_string(row[-1]) + ", expected 0..4");
    }
}

void Scanlines::require_end() {
    std::uint8_t rest[1 + overshoot] = {};
    if (begin_ == end_ && inflater_.run(rest, rest, rest + 1) == rest && inflater_.is_done())
        return;
    throw Error(ErrorCode::bad_image, "the image has more rows than its header says");
}

std::size_t Scanlines::find_nonzero(const std::uint8_t* row) {
    return kernels_.bits->differences(row, none_.data(), row_, left_.data());
}

/// The line becomes `row`.
void Scanlines::replace(const std::uint8_t* row) {
    std::uint8_t* const line = line_.data() + pad_;
    for (std::size_t i = 0; i < row_; ++i) line[i] ^= row[i];
    changed_ = kernels_.bits->differences(line, none_.data(), row_, found_.data());
    std::memcpy(line, row, row_);
}

void Scanlines::add_above(const std::uint8_t* row) {
    std::uint8_t* const line = line_.data() + pad_;
    changed_ = kernels_.bits->differences(row, none_.data(), row_, found_.data());
    for (std::size_t i = 0; i < changed_; ++i) {
        line[found_[i]] = byte(line[found_[i]] + row[found_[i]]);
    }
}

void Scanlines::undo_sub(const std::uint8_t* row) {
    std::uint8_t* const fresh = fresh_.data() + pad_;
    const std::size_t n = find_nonzero(row);
    std::size_t done = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t at = left_[i];
        if (at > done) repeat(fresh + done, pixel_, at - done);
        fresh[at] = byte(row[at] + *(fresh + at - pixel_));
        done = at + 1;
    }
    if (row_ > done) repeat(fresh + done, pixel_, row_ - done);
    replace(fresh);
}

void Scanlines::undo_average(const std::uint8_t* row) {
    const std::uint8_t* const line = line_.data() + pad_;
    std::uint8_t* const fresh = fresh_.data() + pad_;
    for (std::size_t i = 0; i < row_; ++i) {
        fresh[i] = byte(row[i] + (*(fresh + i - pixel_) + line[i]) / 2);
    }
    replace(fresh);
}

/// Where the pixel to the left is as it was, a filtered byte of zero leaves this one as it was too.
void Scanlines::undo_paeth(const std::uint8_t* row) {
    std::uint8_t* const line = line_.data() + pad_;
    std::uint8_t* const fresh = fresh_.data() + pad_;
    const std::size_t n = find_nonzero(row);
    std::memcpy(fresh, line, row_);
    changed_ = 0;
    std::size_t unlike = 0;  // bytes from here on have a left pixel that is as it was
    for (std::size_t at = 0, next = 0; at < row_; ++at) {
        if (at >= unlike) {
            while (next < n && left_[next] < at) ++next;
            if (next == n) break;
            at = left_[next];
        }
        const std::uint8_t* const left = fresh + at - pixel_;
        const std::uint8_t* const above = line + at;
        const std::uint8_t value = byte(row[at] + paeth(*left, *above, *(above - pixel_)));
        if (value == *above) continue;
        fresh[at] = value;
        found_[changed_++] = static_cast<std::uint32_t>(at);
        unlike = at + pixel_ + 1;
    }
    for (std::size_t i = 0; i < changed_; ++i) line[found_[i]] = fresh[found_[i]];
}

}  // namespace cocodec::png
