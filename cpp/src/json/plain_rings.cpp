// What is plain may be copied without being read as numbers, so in doubt it is not plain.

#include "cocodec/plain_rings.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "json/number.hpp"
#include "json/space.hpp"

namespace cocodec {
namespace {

constexpr double farthest = 1e6;
constexpr std::size_t fewest = 6;     // numbers of a ring that covers something
constexpr unsigned most_digits = 15;  // of a decimal that a double always keeps
constexpr double least = 1e-4;        // below, floats are printed with an exponent

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

class PlainRingReader {
public:
    PlainRingReader(std::string_view text, PlainRings& out) : text_(text), out_(out) {}

    /// What the whole text is; its rings are added, if it is plain.
    PlainShape read() {
        if (!accept('[')) return PlainShape::other;
        space();
        if (at_ < text_.size() && text_[at_] != '[') {
            at_ = 0;
            return ring() && at_ == text_.size() ? PlainShape::ring : PlainShape::other;
        }
        do {
            space();
            if (!ring()) return PlainShape::other;
            space();
        } while (accept(','));
        return accept(']') && at_ == text_.size() ? PlainShape::rings : PlainShape::other;
    }
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
        sum_ += negative ? -value : value;
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
    PlainRings& out_;
    std::size_t at_ = 0;
    double sum_ = 0;
    RingHabit habit_;
};

}  // namespace

PlainRings find_plain_rings(const RecordsView& values) {
    PlainRings out;
    out.offsets.push_back(0);
    for (std::size_t i = 0; i < values.length; ++i) {
        const std::size_t before = out.spans.size();
        PlainRingReader reader(values[i], out);
        const PlainShape shape = reader.read();
        if (shape == PlainShape::other) {
            out.spans.resize(before);
            out.habits.resize(before);
        }
        out.shapes.push_back(shape);
        out.sums.push_back(reader.sum());
        out.offsets.push_back(static_cast<std::int64_t>(out.spans.size()));
    }
    return out;
}

}  // namespace cocodec
