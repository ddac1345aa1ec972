// Label maps <-> one mask per label: runs sorted out by label, and masks painted.

#include "cocodec/label_map.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "cocodec/error.hpp"
#include "cocodec/setops.hpp"
#include "masks/fitting_run.hpp"
#include "masks/intervals.hpp"
#include "masks/label_scan.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

// Measured costs, for the choice of threads.
constexpr double scan_ns_per_pixel = 0.3, paint_ns_per_pixel = 0.5;

constexpr std::size_t line_bytes = 64;                             // of the cache
constexpr std::uint64_t pixels_together = std::uint64_t{1} << 15;  // painted at a time

constexpr std::uint32_t no_mask = 0xFFFFFFFF;

/// The runs of a whole map, whose masks are numbered in the order of their labels.
class LabelledRuns {
public:
    LabelledRuns(Size size, std::vector<StripRuns> strips)
        : size_(size), strips_(std::move(strips)) {}
    LabelledRuns(const LabelMapView& map, int threads) : size_(map.size) {
        if (map.size.area() == 0) return;
        const auto width = static_cast<std::size_t>(map.size.width);
        const std::size_t strips = (width + strip_columns - 1) / strip_columns;
        strips_.resize(strips);
        const double work = scan_ns_per_pixel * static_cast<double>(map.size.area());
        parallel_for(strips, work, threads, [&](std::size_t first, std::size_t last) {
            for (std::size_t i = first; i < last; ++i) {
                LabelMapView strip = map;
                const std::size_t x = i * strip_columns;
                strip.data += static_cast<std::ptrdiff_t>(x) * map.column_stride;
                strip.size.width = static_cast<std::int64_t>(std::min(strip_columns, width - x));
                scan_labels(strip, strips_[i]);
            }
        });
    }

    /// Numbers the masks: all labels but the background, ascending.
    Buffer<std::int64_t> number(std::optional<std::int64_t> background) {
        Buffer<std::int64_t> labels;
        for (const StripRuns& strip : strips_) {
            labels.append(strip.labels.data(), strip.labels.size());
        }
        std::sort(labels.begin(), labels.end());
        std::int64_t* end = std::unique(labels.begin(), labels.end());
        if (background) end = std::remove(labels.begin(), end, *background);
        labels.resize(static_cast<std::size_t>(end - labels.begin()));
        for (const StripRuns& strip : strips_) {
            std::vector<std::uint32_t>& masks = masks_.emplace_back();
            for (const std::int64_t label : strip.labels) {
                const std::int64_t* place = std::lower_bound(labels.begin(), labels.end(), label);
                const bool found = place != labels.end() && *place == label;
                masks.push_back(found ? static_cast<std::uint32_t>(place - labels.begin())
                                      : no_mask);
            }
        }
        return labels;
    }

    /// fn(mask, first pixel, pixel behind the last) for every run that belongs to a mask.
    template <class Fn>
    void for_each(const Fn& fn) const {
        std::uint32_t mask = no_mask;
        std::uint64_t start = 0, end = 0;
        for (std::size_t i = 0; i < strips_.size(); ++i) {
            for (const LabelRun& run : strips_[i].runs) {
                const std::uint32_t next = masks_[i][run.label];
                if (next != mask) {
                    if (mask != no_mask) fn(mask, start, end);
                    mask = next;
                    start = end;
                }
                end += run.length;
            }
        }
        if (mask != no_mask) fn(mask, start, end);
    }

    [[nodiscard]] Size size() const { return size_; }

private:
    Size size_;
    std::vector<StripRuns> strips_;
    std::vector<std::vector<std::uint32_t>> masks_;  // per strip: the mask of each of its labels
};

/// One mask while its runs are found and written.
struct Progress {
    std::size_t next = 0;   // where its next run goes
    std::uint64_t end = 0;  // the pixel behind its last run
};

RleArray sort_out(const LabelledRuns& runs, std::size_t length) {
    const std::uint64_t pixels = runs.size().area();
    std::vector<Progress> masks(length);
    runs.for_each([&](std::uint32_t mask, std::uint64_t, std::uint64_t end) {
        masks[mask].next += 2;
        masks[mask].end = end;
    });
    RleArray out;
    std::size_t total = 0;
    for (Progress& mask : masks) {
        const std::size_t counts = mask.next + (mask.end < pixels ? 1 : 0);
        mask = {total, 0};
        total += counts;
        out.sizes.push_back(runs.size());
        out.offsets.push_back(static_cast<std::int64_t>(total));
    }
    out.counts.resize(total);
    runs.for_each([&](std::uint32_t mask, std::uint64_t start, std::uint64_t end) {
        Progress& progress = masks[mask];
        out.counts[progress.next] = fitting_run(start - progress.end);
        out.counts[progress.next + 1] = fitting_run(end - start);
        progress = {progress.next + 2, end};
    });
    for (const Progress& mask : masks) {
        if (mask.end < pixels) out.counts[mask.next] = fitting_run(pixels - mask.end);
    }
    return out;
}

LabelledMasks sorted(LabelledRuns runs, std::optional<std::int64_t> background) {
    LabelledMasks out;
    out.labels = runs.number(background);
    out.masks = sort_out(runs, out.labels.size());
    return out;
}

/// Paints columns of a map: column by column in memory of its own, which is copied to where the map
/// has its rows afterwards. Going down the rows of a large image pixel by pixel, each on another
/// page, would cost several times as much.
template <class T>
class Painter {
public:
    Painter(RleArrayView masks, const std::int64_t* labels, const LabelMapTarget& out,
            const PaintOptions& options)
        : masks_(masks), labels_(labels), out_(out), options_(options), cursors_(masks.length) {}

    /// Columns first .. last - 1; each call lies right of the one before.
    void paint(std::uint64_t first, std::uint64_t last) {
        const auto height = static_cast<std::uint64_t>(out_.size.height);
        origin_ = first * height;
        end_ = last * height;
        columns_.resize(static_cast<std::size_t>(end_ - origin_));
        std::fill(columns_.begin(), columns_.end(), static_cast<T>(options_.background));
        for (std::size_t i = 0; i < masks_.length; ++i) {
            paint_mask(options_.overlap == Overlap::first ? masks_.length - 1 - i : i);
        }
        copy_rows(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
    }

private:
    /// The run that reaches into the columns to come, and where it starts.
    struct Cursor {
        std::size_t run = 0;
        std::uint64_t start = 0;
    };

    void paint_mask(std::size_t index) {
        Cursor& cursor = cursors_[index];
        const RleView mask = masks_[index];
        const auto value = static_cast<T>(labels_[index]);
        while (cursor.start < end_ && cursor.run < mask.length) {
            const std::uint64_t stop = cursor.start + mask.counts[cursor.run];
            if (cursor.run % 2 == 1 && stop > origin_) {
                const std::uint64_t from = std::max(cursor.start, origin_);
                std::fill_n(columns_.data() + (from - origin_), std::min(stop, end_) - from, value);
            }
            if (stop > end_) return;
            ++cursor.run;
            cursor.start = stop;
        }
    }

    /// In blocks of a few rows: each line of memory is read once and written once.
    void copy_rows(std::size_t first, std::size_t width) {
        constexpr std::size_t block = line_bytes / sizeof(T);
        const auto height = static_cast<std::size_t>(out_.size.height);
        for (std::size_t y = 0; y < height; y += block) {
            const std::size_t n = std::min(block, height - y);
            std::uint8_t* target = out_.data + static_cast<std::ptrdiff_t>(y) * out_.row_stride +
                                   static_cast<std::ptrdiff_t>(first) * out_.column_stride;
            for (std::size_t x = 0; x < width; ++x, target += out_.column_stride) {
                const T* source = columns_.data() + x * height + y;
                std::uint8_t* pixel = target;
                for (std::size_t i = 0; i < n; ++i, pixel += out_.row_stride) {
                    std::memcpy(pixel, source + i, sizeof(T));
                }
            }
        }
    }

    RleArrayView masks_;
    const std::int64_t* labels_;
    const LabelMapTarget& out_;
    const PaintOptions& options_;
    std::vector<Cursor> cursors_;
    Buffer<T> columns_;
    std::uint64_t origin_ = 0, end_ = 0;  // the pixels of the columns
};

template <class T>
void paint_as(RleArrayView masks, const std::int64_t* labels, const LabelMapTarget& out,
              const PaintOptions& options) {
    const auto width = static_cast<std::uint64_t>(out.size.width);
    // Whole lines of memory, and so many pixels that a look at each mask is little beside them.
    const std::uint64_t step = std::max<std::uint64_t>(
        line_bytes / sizeof(T), pixels_together / static_cast<std::uint64_t>(out.size.height));
    const auto steps = static_cast<std::size_t>((width + step - 1) / step);
    const double work = paint_ns_per_pixel * static_cast<double>(out.size.area());
    const std::size_t workers = thread_count(steps, work, options.threads);
    run_parts(workers, workers, [&](std::size_t part) {
        Painter<T> painter(masks, labels, out, options);
        for (std::size_t i = steps * part / workers; i < steps * (part + 1) / workers; ++i) {
            painter.paint(i * step, std::min(width, (i + 1) * step));
        }
    });
}

template <class T>
void require_range(std::int64_t label, std::int64_t item = -1) {
    using Limits = std::numeric_limits<T>;
    if (label >= static_cast<std::int64_t>(Limits::min()) &&
        label <= static_cast<std::int64_t>(Limits::max())) {
        return;
    }
    std::string message = item < 0 ? "background " : "label ";
    message += std::to_string(label);
    message += " does not fit a map of ";
    message += std::to_string(8 * sizeof(T));
    message += Limits::is_signed ? " signed bits" : " unsigned bits";
    throw Error(ErrorCode::bad_label, message, item);
}

void require_size(RleArrayView masks, Size size) {
    validate(masks);
    for (std::size_t i = 0; i < masks.length; ++i) {
        if (masks.sizes[i] == size) continue;
        throw Error(ErrorCode::size_mismatch,
                    "size is " + to_text(masks.sizes[i]) + ", expected " + to_text(size),
                    static_cast<std::int64_t>(i));
    }
}

/// Throws, naming the first pixel that several masks cover, and the first two of these. Only called
/// where there is such a pixel.
[[noreturn]] void throw_overlap(RleArrayView masks) {
    const std::vector<MaskInterval> intervals = sorted_intervals(masks);
    const std::uint64_t pixel = intervals[first_overlap(intervals)].start;
    std::vector<std::size_t> owners;
    for (const MaskInterval& interval : intervals) {
        if (interval.start <= pixel && pixel < interval.end) owners.push_back(interval.mask);
    }
    std::sort(owners.begin(), owners.end());
    const auto height = static_cast<std::uint64_t>(masks.sizes[0].height);
    std::string message = "masks ";
    message += std::to_string(owners[0]) + " and " + std::to_string(owners[1]);
    message += " both cover the pixel in row " + std::to_string(pixel % height);
    message += ", column " + std::to_string(pixel / height);
    throw Error(ErrorCode::bad_label, message);
}

/// All pixels of all masks are as many as those of their union.
void require_no_overlap(RleArrayView masks, int threads) {
    if (masks.length == 0) return;
    std::uint64_t sum = 0;
    std::vector<std::int64_t> members(masks.length);
    for (std::size_t i = 0; i < masks.length; ++i) {
        sum += area(masks[i]);
        members[i] = static_cast<std::int64_t>(i);
    }
    const std::int64_t offsets[] = {0, static_cast<std::int64_t>(masks.length)};
    const RleArray all =
        combine(masks, GroupsView{members.data(), offsets, 1}, SetOp::union_, threads);
    if (area(all.view()[0]) != sum) throw_overlap(masks);
}

}  // namespace

LabelledMasks from_label_map(const LabelMapView& map, std::optional<std::int64_t> background,
                             int threads) {
    validate(map.size);
    return sorted(LabelledRuns(map, threads), background);
}

LabelledMasks masks_of(Size size, std::vector<StripRuns> strips,
                       std::optional<std::int64_t> background) {
    return sorted(LabelledRuns(size, std::move(strips)), background);
}

void paint_labels(RleArrayView masks, const std::int64_t* labels, const LabelMapTarget& out,
                  const PaintOptions& options) {
    validate(out.size);
    require_size(masks, out.size);
    const auto paint = [&]<class T>(T) {
        require_range<T>(options.background);
        for (std::size_t i = 0; i < masks.length; ++i) {
            require_range<T>(labels[i], static_cast<std::int64_t>(i));
        }
        if (out.size.area() == 0) return;
        if (options.overlap == Overlap::error) require_no_overlap(masks, options.threads);
        paint_as<T>(masks, labels, out, options);
    };
    switch (out.type) {
        case LabelType::u8:
            return paint(std::uint8_t{});
        case LabelType::u16:
            return paint(std::uint16_t{});
        case LabelType::u32:
            return paint(std::uint32_t{});
        case LabelType::i8:
            return paint(std::int8_t{});
        case LabelType::i16:
            return paint(std::int16_t{});
        case LabelType::i32:
            return paint(std::int32_t{});
        case LabelType::i64:
            return paint(std::int64_t{});
        case LabelType::rgb:
            throw Error(ErrorCode::bad_label, "labels are painted on integers, not on rgb");
    }
}

}  // namespace cocodec
