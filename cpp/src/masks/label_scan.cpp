// A label map as runs of equal pixels.
//
// Pixels are compared with the pixel above, a line at a time; only where they differ is a label
// looked at. Memory that runs down the columns gives the runs as they come. Memory that runs along
// the rows gives them row by row: they are put in the order of columns afterwards, and they are few
// where objects are larger than pixels.

#include "masks/label_scan.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "cocodec/error.hpp"
#include "kernels/table.hpp"
#include "masks/label_changes.hpp"

namespace cocodec {
namespace {

template <class T>
struct Integer {
    using Value = T;
    static constexpr bool in_place = true;  // memory holds values as they are
    static T read(const std::uint8_t* pixel, std::ptrdiff_t /*channel_stride*/) {
        T value;
        std::memcpy(&value, pixel, sizeof value);
        return value;
    }
};

struct Rgb {
    using Value = std::uint32_t;
    static constexpr bool in_place = false;
    static std::uint32_t read(const std::uint8_t* pixel, std::ptrdiff_t channel_stride) {
        return pixel[0] | static_cast<std::uint32_t>(pixel[channel_stride]) << 8 |
               static_cast<std::uint32_t>(pixel[2 * channel_stride]) << 16;
    }
};

template <class Pixel>
class LabelScanner {
public:
    LabelScanner(const LabelMapView& map, StripRuns& out)
        : map_(map), out_(out), changes_(out), kernels_(kernels::active()) {
        found_.resize(strip_columns + kernels::slack);
    }

    void scan() {
        if (std::abs(map_.row_stride) < std::abs(map_.column_stride) || map_.size.width == 1) {
            scan_columns();
        } else {
            scan_rows();
        }
    }

private:
    using Value = typename Pixel::Value;

    void scan_columns() {
        const auto height = static_cast<std::uint64_t>(map_.size.height);
        Value above{};
        for (std::int64_t x = 0; x < map_.size.width; ++x) {
            for (std::uint64_t y = 0; y < height; y += strip_columns) {
                const auto n =
                    static_cast<std::size_t>(std::min<std::uint64_t>(strip_columns, height - y));
                const Value* line =
                    contiguous(static_cast<std::int64_t>(y), x, map_.row_stride, n, copies_[0]);
                add_line(line, n, above);
                above = line[n - 1];
            }
        }
    }

    /// The next n pixels, column-major; `above` is the one before them.
    void add_line(const Value* line, std::size_t n, Value above) {
        marks_[0] = out_.runs.empty() || line[0] != above;
        for (std::size_t i = 1; i < n; ++i) marks_[i] = line[i] != line[i - 1];
        const std::size_t changes = kernels_.bits->differences(marks_, none_, n, found_.data());
        std::size_t start = 0;
        for (std::size_t i = 0; i <= changes; ++i) {
            const std::size_t end = i < changes ? found_[i] : n;
            if (end > start) append_run(out_, changes_.number(line[start]), end - start);
            start = end;
        }
    }

    void scan_rows() {
        const auto width = static_cast<std::size_t>(map_.size.width);
        changes_.begin(width);
        const Value* above = nullptr;
        for (std::int64_t y = 0; y < map_.size.height; ++y) {
            const Value* row = contiguous(y, 0, map_.column_stride, width, copies_[y % 2]);
            add_row(row, above, static_cast<std::uint32_t>(y));
            above = row;
        }
        changes_.finish(static_cast<std::uint32_t>(map_.size.height));
    }

    void add_row(const Value* row, const Value* above, std::uint32_t y) {
        const auto width = static_cast<std::size_t>(map_.size.width);
        if (above == nullptr) {
            std::memset(marks_, 1, width);
        } else {
            for (std::size_t x = 0; x < width; ++x) marks_[x] = row[x] != above[x];
        }
        const std::size_t n = kernels_.bits->differences(marks_, none_, width, found_.data());
        for (std::size_t i = 0; i < n; ++i) changes_.add(found_[i], y, row[found_[i]]);
    }

    /// n pixels from (y, x) on, side by side: where they lie, or gathered in `copy`.
    const Value* contiguous(std::int64_t y, std::int64_t x, std::ptrdiff_t stride, std::size_t n,
                            Value* copy) const {
        const std::uint8_t* first = map_.data + static_cast<std::ptrdiff_t>(y) * map_.row_stride +
                                    static_cast<std::ptrdiff_t>(x) * map_.column_stride;
        if constexpr (Pixel::in_place) {
            const bool aligned = reinterpret_cast<std::uintptr_t>(first) % alignof(Value) == 0;
            if (aligned && (stride == sizeof(Value) || n == 1)) {
                return reinterpret_cast<const Value*>(first);
            }
        }
        const std::ptrdiff_t channel = map_.channel_stride;
        for (std::size_t i = 0; i < n; ++i, first += stride) copy[i] = Pixel::read(first, channel);
        return copy;
    }

    const LabelMapView& map_;
    StripRuns& out_;
    RowChanges changes_;
    const kernels::KernelTable& kernels_;
    std::uint8_t marks_[strip_columns];      // 1 where a pixel of the line differs
    std::uint8_t none_[strip_columns] = {};  // no marks
    Buffer<std::uint32_t> found_;            // where the marks are
    Value copies_[2][strip_columns];         // lines that have to be gathered; two take turns
};

template <class Pixel>
void scan_as(const LabelMapView& strip, StripRuns& out) {
    LabelScanner<Pixel>(strip, out).scan();
}

}  // namespace

void scan_labels(const LabelMapView& strip, StripRuns& out) {
    switch (strip.type) {
        case LabelType::u8:
            return scan_as<Integer<std::uint8_t>>(strip, out);
        case LabelType::u16:
            return scan_as<Integer<std::uint16_t>>(strip, out);
        case LabelType::u32:
            return scan_as<Integer<std::uint32_t>>(strip, out);
        case LabelType::i8:
            return scan_as<Integer<std::int8_t>>(strip, out);
        case LabelType::i16:
            return scan_as<Integer<std::int16_t>>(strip, out);
        case LabelType::i32:
            return scan_as<Integer<std::int32_t>>(strip, out);
        case LabelType::i64:
            return scan_as<Integer<std::int64_t>>(strip, out);
        case LabelType::rgb:
            return scan_as<Rgb>(strip, out);
    }
}

}  // namespace cocodec
