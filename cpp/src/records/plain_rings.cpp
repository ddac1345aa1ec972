// What is plain may be copied without being read as numbers, so in doubt it is not plain.

#include "cocodec/plain_rings.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "json/number.hpp"
#include "json/space.hpp"
#include "masks/limits.hpp"
#include "masks/threads.hpp"
#include "records/segmentation_rows.hpp"
#include "rings/columns.hpp"

namespace cocodec {
namespace {

constexpr double farthest = 1e6;
constexpr std::size_t fewest = 6;      // numbers of a ring that covers something
constexpr unsigned most_digits = 15;   // of a decimal that a double always keeps
constexpr double least = 1e-4;         // below, floats are printed with an exponent
constexpr double plain_byte_ns = 1.0;  // measured, for the choice of threads

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// Reads the rings of one text: their points are added to `xy` and `ring_offsets` of a
/// segmentation, where they lie and what they are like to `spans` and `habits`.
class PlainRingReader {
public:
    PlainRingReader(std::string_view text, Segmentation& points, PlainRings& out)
        : text_(text), points_(points), out_(out) {}

    /// What the whole text is; its rings are added, if it is plain.
    PlainShape read() {
        if (!accept('[')) return PlainShape::other;
        space();
        if (at_ < text_.size() && text_[at_] != '[') {
            at_ = 0;
            return ring() && at_ == text_.size() ? PlainShape::ring : PlainShape::other;
        }
        return rings() && accept(']') && at_ == text_.size() ? PlainShape::rings
                                                             : PlainShape::other;
    }
    /// Whether the whole text is rings with commas between them.
    bool read_inner() { return rings() && at_ == text_.size(); }
    [[nodiscard]] double sum() const noexcept { return sum_; }

private:
    bool accept(char c) noexcept {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void space() noexcept {
        const std::size_t begin = at_;
        at_ = json::skip_space(text_, at_);
        if (at_ != begin) habit_.spaced = 1;
    }
    bool rings() {
        do {
            space();
            if (!ring()) return false;
            space();
        } while (accept(','));
        return true;
    }
    bool ring() {
        const std::size_t begin = at_;
        habit_ = {};
        if (!accept('[')) return false;
        std::size_t count = 0;
        do {
            space();
            if (!number()) return false;
            ++count;
            space();
        } while (accept(','));
        if (!accept(']') || count < fewest || count % 2 != 0) return false;
        points_.ring_offsets.push_back(static_cast<std::int64_t>(points_.xy.size() / 2));
        out_.spans.push_back({static_cast<std::int64_t>(begin), static_cast<std::int64_t>(at_)});
        out_.habits.push_back(habit_);
        return true;
    }
    bool number() noexcept {
        const bool negative = accept('-');
        const std::size_t begin = at_;
        double value = 0;
        digits(value);
        const std::size_t whole = at_ - begin;
        if (whole == 0 || (whole > 1 && text_[begin] == '0')) return false;
        std::size_t decimals = 0;
        if (accept('.')) {
            const std::size_t first = at_;
            digits(value);
            decimals = at_ - first;
            // A last 0 is superfluous, unless it is the only digit.
            if (decimals == 0 || (decimals > 1 && text_[at_ - 1] == '0')) return false;
        } else if (negative && value == 0) {
            return false;  // -0, which is read as 0
        }
        if (whole + decimals > most_digits) return false;
        if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) return false;
        value /= json::powers_of_ten[decimals];
        if (value > farthest || (value != 0 && value < least)) return false;
        if (negative) value = -value;
        points_.xy.push_back(value);
        sum_ += value;
        habit_.decimals = std::max(habit_.decimals, static_cast<std::uint8_t>(decimals));
        if (decimals == 0) habit_.integers = 1;
        return true;
    }
    /// Appends digits to a value: up to 15 of them are exact.
    void digits(double& value) noexcept {
        for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
            value = value * 10 + (text_[at_] - '0');
        }
    }

    std::string_view text_;
    Segmentation& points_;
    PlainRings& out_;
    std::size_t at_ = 0;
    double sum_ = 0;
    RingHabit habit_;
};

}  // namespace

PlainRings find_plain_rings(const RecordsView& values, bool measured) {
    PlainRings out;
    out.offsets.push_back(0);
    if (measured) out.measures.resize(values.length);
    Segmentation points;
    for (std::size_t i = 0; i < values.length; ++i) {
        const std::size_t before = out.spans.size();
        points.xy.clear();
        points.ring_offsets.clear();
        points.ring_offsets.push_back(0);
        PlainRingReader reader(values[i], points, out);
        const PlainShape shape = reader.read();
        if (shape == PlainShape::other) {
            out.spans.resize(before);
            out.habits.resize(before);
        } else if (measured) {
            out.measures[i] = measure_rings(points);
        }
        out.shapes.push_back(shape);
        out.sums.push_back(reader.sum());
        out.offsets.push_back(static_cast<std::int64_t>(out.spans.size()));
    }
    return out;
}

RleArray rasterize_plain_rings(const RecordsView& values, const Size* sizes, int threads) {
    ColumnBudget budget;
    return parallel_build(
        values.length, plain_byte_ns * values.bytes(), threads,
        [&](std::size_t first, std::size_t last, RleArray& out) {
            Segmentation points;
            PlainRings places;
            Buffer<std::int64_t> masks;
            for (std::size_t at = first; at < last; at += block_rows) {
                const std::size_t length = std::min(block_rows, last - at);
                points.xy.clear();
                points.ring_offsets.clear();
                points.ring_offsets.push_back(0);
                masks.clear();
                masks.push_back(0);
                for (std::size_t i = at; i < at + length; ++i) {
                    if (!PlainRingReader(values[i], points, places).read_inner()) {
                        throw Error(ErrorCode::bad_json, "rings are not plain",
                                    static_cast<std::int64_t>(i));
                    }
                    masks.push_back(static_cast<std::int64_t>(points.ring_offsets.size()) - 1);
                }
                places.spans.clear();
                places.habits.clear();
                out.append(from_rings({points.xy.data(), points.ring_offsets.data(), masks.data(),
                                       sizes + at, length},
                                      1, budget)
                               .view());
            }
        });
}

}  // namespace cocodec
