// Masks -> the JSON text of their segmentations; rings -> their areas and boxes.

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "cocodec/segmentation.hpp"
#include "masks/threads.hpp"
#include "outlines/polygon_text.hpp"
#include "outlines/tracer.hpp"
#include "records/counts_text.hpp"

namespace cocodec {
namespace {

// Measured costs, for the choice of threads: printing one run, parsing one byte of rings.
constexpr double printed_run_ns = 4.0, printed_byte_ns = 2.0;

/// Prints masks, one behind the other, without white space.
class MaskPrinter {
public:
    explicit MaskPrinter(const Spelling& spelling) : spelling_(spelling) {
        if (spelling.rings) tracer_.emplace(*spelling.rings);
    }

    /// Appends a mask to `text`, and says where its parts lie there.
    PrintedSegmentation print(RleView mask, Buffer<char>& text) {
        PrintedSegmentation result;
        result.value = printed(text, [&] {
            if (spelling_.rings) {
                traced_.clear();
                tracer_->trace(mask, traced_);
                return append_rings(traced_, 0, ",", text);
            }
            append("{\"size\":", text);
            append_size(mask.size, ",", text);
            append(",\"counts\":", text);
            result.counts =
                printed(text, [&] { counts_.append_counts(mask, spelling_.counts, ",", text); });
            text.push_back('}');
        });
        return result;
    }

private:
    template <class Print>
    static Span printed(const Buffer<char>& text, const Print& print) {
        const auto begin = static_cast<std::int64_t>(text.size());
        print();
        return {begin, static_cast<std::int64_t>(text.size())};
    }

    const Spelling& spelling_;
    CountsPrinter counts_;
    std::optional<Tracer> tracer_;
    Polygons traced_;
};

/// What one thread prints: the masks up to `end`.
struct PrintedPiece {
    Buffer<char> text;
    std::size_t end = 0;
};

void shift(Span& span, std::int64_t by) {
    if (span.found()) span = {span.begin + by, span.end + by};
}

/// Twice the area that a ring encloses, with a sign.
double doubled_area(const double* xy, std::size_t points) {
    double sum = 0;
    for (std::size_t i = 0; i < points; ++i) {
        const std::size_t before = i == 0 ? points - 1 : i - 1;
        sum += xy[2 * before] * xy[2 * i + 1] - xy[2 * i] * xy[2 * before + 1];
    }
    return sum;
}

}  // namespace

PrintedSegmentations print_segmentations(RleArrayView masks, const Spelling& spelling,
                                         int threads) {
    if (spelling.rings) validate(*spelling.rings);
    const std::size_t n = masks.length;
    PrintedSegmentations result;
    result.rows.resize(n);
    const double work = printed_run_ns * static_cast<double>(masks.offsets[n] - masks.offsets[0]);
    auto pieces = parallel_pieces<PrintedPiece>(
        n, work, threads, [&](std::size_t first, std::size_t last, PrintedPiece& piece) {
            MaskPrinter printer(spelling);
            for (std::size_t i = first; i < last; ++i) {
                result.rows[i] = printer.print(masks[i], piece.text);
            }
            piece.end = last;
        });
    std::size_t row = 0;
    for (PrintedPiece& piece : pieces) {
        const auto by = static_cast<std::int64_t>(result.text.size());
        for (; row < piece.end; ++row) {
            shift(result.rows[row].value, by);
            shift(result.rows[row].counts, by);
        }
        if (pieces.size() == 1) {
            result.text = std::move(piece.text);
        } else {
            result.text.append(piece.text.data(), piece.text.size());
        }
        piece.text = Buffer<char>();
    }
    return result;
}

RingMeasure measure_rings(const Segmentation& rings) {
    RingMeasure result;
    const std::size_t points = rings.xy.size() / 2;
    if (points == 0) return result;
    for (std::size_t ring = 0; ring + 1 < rings.ring_offsets.size(); ++ring) {
        const auto first = static_cast<std::size_t>(rings.ring_offsets[ring]);
        const auto last = static_cast<std::size_t>(rings.ring_offsets[ring + 1]);
        result.area += std::abs(doubled_area(rings.xy.data() + 2 * first, last - first)) / 2;
    }
    double low[2] = {rings.xy[0], rings.xy[1]}, high[2] = {low[0], low[1]};
    for (std::size_t i = 1; i < points; ++i) {
        for (const std::size_t axis : {std::size_t{0}, std::size_t{1}}) {
            low[axis] = std::min(low[axis], rings.xy[2 * i + axis]);
            high[axis] = std::max(high[axis], rings.xy[2 * i + axis]);
        }
    }
    result.has_points = true;
    result.bbox = {low[0], low[1], high[0] - low[0], high[1] - low[1]};
    return result;
}

void measure_rings(const RecordsView& values, RingMeasure* out, int threads) {
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < values.length; ++i) {
        bytes += values.spans[i].end - values.spans[i].begin;
    }
    parallel_for(values.length, printed_byte_ns * static_cast<double>(bytes), threads,
                 [&](std::size_t first, std::size_t last) {
                     Segmentation rings;
                     for (std::size_t i = first; i < last; ++i) {
                         out[i] = {};
                         if (!values.spans[i].found()) continue;
                         try {
                             parse_segmentation(values[i], rings);
                             out[i] = measure_rings(rings);
                         } catch (const Error&) {
                             // No rings either.
                         }
                     }
                 });
}

}  // namespace cocodec
