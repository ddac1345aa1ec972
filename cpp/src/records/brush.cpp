// The bit stream of Label Studio's brush.

#include "cocodec/brush.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "cocodec/error.hpp"
#include "cocodec/transform.hpp"
#include "masks/fitting_run.hpp"

namespace cocodec {
namespace {

constexpr std::array<unsigned, 4> length_bits{3, 4, 8, 16};  // what everybody writes

class BitReader {
public:
    static constexpr unsigned peeked = 57;  // bits that `peek` gives

    BitReader(const std::uint8_t* bytes, std::size_t n)
        : bytes_(bytes), bits_(std::uint64_t{8} * n) {}

    /// The next 57 bits, from the highest on; zeros behind the end.
    [[nodiscard]] std::uint64_t peek() const noexcept {
        return load(static_cast<std::size_t>(at_ / 8)) << (at_ % 8);
    }
    void skip(unsigned n) {
        if (n > bits_ - at_) {
            throw Error(ErrorCode::bad_counts, "the brush stream ends too early", -1,
                        static_cast<std::int64_t>(at_ / 8));
        }
        at_ += n;
    }
    /// The next n <= 32 bits.
    std::uint32_t take(unsigned n) {
        const std::uint64_t word = peek();
        skip(n);
        return static_cast<std::uint32_t>(word >> (64 - n));
    }
    [[nodiscard]] std::uint64_t left() const noexcept { return bits_ - at_; }
    [[nodiscard]] std::int64_t byte() const noexcept { return static_cast<std::int64_t>(at_ / 8); }

private:
    [[nodiscard]] std::uint64_t load(std::size_t first) const noexcept {
        std::uint64_t word = 0;
        const std::size_t left = static_cast<std::size_t>(bits_ / 8) - first;
        if (left >= 8) {
            for (std::size_t i = 0; i < 8; ++i) word = word << 8 | bytes_[first + i];
            return word;
        }
        for (std::size_t i = 0; i < 8; ++i) word = word << 8 | (i < left ? bytes_[first + i] : 0U);
        return word;
    }

    const std::uint8_t* bytes_;
    std::uint64_t bits_, at_ = 0;
};

/// Pixels in the order that they come in, as runs.
class PixelRuns {
public:
    explicit PixelRuns(RleArray& out) : out_(&out) {}
    void add(bool inside, std::uint64_t n) {
        if (inside != inside_ && n > 0) {
            out_->counts.push_back(fitting_run(run_));
            inside_ = inside;
            run_ = 0;
        }
        run_ += n;
    }
    void finish(Size size) {
        out_->counts.push_back(fitting_run(run_));
        out_->finish(size);
    }

private:
    RleArray* out_;
    std::uint64_t run_ = 0;
    bool inside_ = false;
};

/// The chunks of a stream, behind its head.
class Chunks {
public:
    Chunks(BitReader& bits, std::uint64_t values, std::uint32_t threshold, RleArray& rows)
        : bits_(bits), runs_(rows), values_(values), threshold_(threshold) {
        word_ = bits_.take(5) + 1;
        for (unsigned& length : lengths_) length = bits_.take(4) + 1;
        for (unsigned i = 0; i < 8; ++i) {
            const unsigned length = lengths_[i & 3];
            forms_[i] = {3 + length, 3 + length + word_};
            longest_ = std::max(longest_, forms_[i].bits);
        }
    }
    void read(Size size) {
        while (at_ < values_) {
            read_repeated();
            if (at_ < values_) read_one();
        }
        runs_.finish(size);
    }

private:
    /// What the first three bits of a chunk say: where its value begins, if it has one, and ends.
    struct Form {
        unsigned value, bits;
    };

    /// Chunks of one value, two from each word, as long as nothing can be wrong with them.
    void read_repeated() {
        // Two chunks as everybody writes them have 54 bits at most.
        const unsigned pairs = 2 * longest_ <= BitReader::peeked ? 2 : 1;
        PixelRuns runs = runs_;
        std::uint64_t at = at_;
        while (bits_.left() >= BitReader::peeked) {
            std::uint64_t chunk = bits_.peek();
            unsigned used = 0;
            for (unsigned k = 0; k < pairs && chunk >> 63 != 0; ++k) {
                const Form form = forms_[static_cast<std::size_t>(chunk >> 61)];
                const std::uint64_t count = (chunk << 3 >> (67 - form.value)) + 1;
                if (count > values_ - at) break;
                // Alpha is every fourth value.
                const bool inside = chunk << form.value >> (64 - word_) >= threshold_;
                runs.add(inside, (at + count) / 4 - at / 4);
                at += count;
                used += form.bits;
                chunk <<= form.bits;
            }
            if (used == 0) break;
            bits_.skip(used);
        }
        runs_ = runs;
        at_ = at;
    }

    /// Any chunk.
    void read_one() {
        // All of a chunk with one value: 3 + 16 + 32 bits at most.
        const std::uint64_t chunk = bits_.peek();
        const unsigned length = lengths_[chunk >> 61 & 3];
        const std::uint64_t count = (chunk << 3 >> (64 - length)) + 1;
        bits_.skip(3 + length);
        if (count > values_ - at_) {
            throw Error(ErrorCode::bad_counts, "the brush stream has more values than it says", -1,
                        bits_.byte());
        }
        const std::uint64_t end = at_ + count;
        if (chunk >> 63 != 0) {
            runs_.add(bits_.take(word_) >= threshold_, end / 4 - at_ / 4);
            at_ = end;
            return;
        }
        for (; at_ < end; ++at_) {
            const bool inside = bits_.take(word_) >= threshold_;
            if (at_ % 4 == 3) runs_.add(inside, 1);
        }
    }

    BitReader& bits_;
    PixelRuns runs_;
    std::uint64_t values_, at_ = 0;
    std::uint32_t threshold_;
    unsigned word_ = 0, longest_ = 0;
    std::array<unsigned, 4> lengths_{};
    std::array<Form, 8> forms_{};
};

class BitWriter {
public:
    explicit BitWriter(Buffer<std::uint8_t>& out) : out_(out) {}
    /// The n <= 32 low bits of a value that has no others.
    void put(std::uint32_t value, unsigned n) {
        word_ = word_ << n | value;
        used_ += n;
        if (used_ >= 32) flush(4);
    }
    /// The SDK pads by one to eight bits.
    void finish() {
        put(0, 8 - used_ % 8);
        flush(used_ / 8);
    }

private:
    void flush(unsigned n) {
        std::array<std::uint8_t, 4> bytes{};
        for (unsigned i = 0; i < n; ++i) {
            bytes[i] = static_cast<std::uint8_t>(word_ >> (used_ - 8 * (i + 1)));
        }
        out_.append(bytes.data(), n);
        used_ -= 8 * n;
    }

    Buffer<std::uint8_t>& out_;
    std::uint64_t word_ = 0;
    unsigned used_ = 0;
};

/// `n` equal values.
void put_run(std::uint64_t n, std::uint32_t value, BitWriter& bits) {
    constexpr std::uint64_t longest = std::uint64_t{1} << 16;
    if (n <= 256) {
        const unsigned kind = n <= 8 ? 0 : n <= 16 ? 1 : 2;
        const unsigned length = length_bits[kind];
        const auto less = static_cast<std::uint32_t>(n - 1);
        bits.put((4 | kind) << (length + 8) | less << 8 | value, 3 + length + 8);
        return;
    }
    while (n > 0) {
        const std::uint64_t piece = std::min(n, longest);
        bits.put(std::uint32_t{7} << 24 | static_cast<std::uint32_t>(piece - 1) << 8 | value, 27);
        n -= piece;
    }
}

}  // namespace

RleArray decode_brush(const std::uint8_t* bytes, std::size_t n, Size size,
                      std::uint32_t threshold) {
    validate(size);
    BitReader bits(bytes, n);
    const std::uint64_t values = bits.take(32);
    if (size.area() > (std::uint64_t{1} << 32) || values != 4 * size.area()) {
        throw Error(ErrorCode::bad_sum, "the brush stream has " + std::to_string(values) +
                                            " values, an image of size " + to_text(size) +
                                            " has four a pixel");
    }
    RleArray rows;
    rows.counts.reserve(n / 2 + 2);  // noise: a chunk has 14 bits and more
    Chunks(bits, values, threshold, rows).read({size.width, size.height});
    return transpose(rows.view(), 1);
}

void encode_brush(RleView mask, Buffer<std::uint8_t>& out) {
    const std::uint64_t pixels = mask.size.area();
    if (pixels >= (std::uint64_t{1} << 30)) {
        throw Error(ErrorCode::too_large,
                    "a brush stream has no room for a mask of size " + to_text(mask.size));
    }
    const std::int64_t offsets[] = {0, static_cast<std::int64_t>(mask.length)};
    const RleArray rows = transpose({mask.counts, offsets, &mask.size, 1}, 1);
    BitWriter bits(out);
    bits.put(static_cast<std::uint32_t>(4 * pixels), 32);
    bits.put(8 - 1, 5);
    for (const unsigned length : length_bits) bits.put(length - 1, 4);
    // Runs of the same side may follow each other, with none of the other in between.
    std::uint64_t run = 0;
    bool inside = false;
    const auto flush = [&] {
        if (run > 0) put_run(4 * run, inside ? 255 : 0, bits);
        run = 0;
    };
    for (std::size_t i = 0; i < rows.counts.size(); ++i) {
        if (rows.counts[i] == 0) continue;
        if (inside != (i % 2 == 1)) flush();
        inside = i % 2 == 1;
        run += rows.counts[i];
    }
    flush();
    bits.finish();
}

}  // namespace cocodec
