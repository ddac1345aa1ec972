// Writing records anew: the source's own bytes with new masks spliced in.

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "masks/threads.hpp"
#include "outlines/polygon_text.hpp"
#include "outlines/tracer.hpp"
#include "records/counts_text.hpp"
#include "records/segmentation_rows.hpp"

namespace cocodec {
namespace {

// Measured cost of one byte of records, read, rasterised and written; for the choice of threads.
constexpr double converted_byte_ns = 4.0;

/// Whether rings traced like this may be another mask than the one that they stand for.
bool may_lose(const TraceOptions& options) {
    return options.tolerance > 0 || options.min_area > 0 || options.holes == Holes::drop ||
           options.holes == Holes::separate;
}

/// Rewrites rows, front to back, into one piece of text.
class Writer {
public:
    Writer(std::string_view text, const Spelling& spelling, std::int64_t begin)
        : text_(text), spelling_(spelling), written_(begin) {
        if (spelling.rings) tracer_.emplace(*spelling.rings);
    }

    /// Spells the mask of `row` as asked; `result` tells what became of it. Writes nothing if it
    /// throws.
    void convert(const SegmentationRow& row, RleView mask, ConvertedRow& result) {
        if (spelling_.rings) {
            result.outcome = write_rings(row, mask, result.loss);
        } else {
            result.outcome = write_runs(row, mask);
        }
    }

    /// Copies what is left up to `end` and gives the piece away.
    Buffer<char> finish(std::int64_t end) {
        copy_until(end);
        return std::move(out_);
    }

private:
    Outcome write_rings(const SegmentationRow& row, RleView mask, TraceLoss& loss) {
        if (row.kind == SegmentationKind::polygons) return Outcome::unchanged;
        if (row.kind == SegmentationKind::flat_ring) {
            copy_until(row.segmentation.begin);
            append("[", out_);
            copy_until(row.segmentation.end);
            append("]", out_);
            return Outcome::converted;
        }
        if (row.kind == SegmentationKind::loose_rings) {
            write_flat_rings(row);
            return Outcome::converted;
        }
        if (row.size_differs) {
            throw Error(ErrorCode::size_mismatch,
                        "the RLE is of size " + to_text(mask.size) +
                            ", unlike its image; rings have no size of their own");
        }
        traced_.clear();
        // Rings are asked for here. NOLINTBEGIN(bugprone-unchecked-optional-access)
        tracer_.value().trace(mask, traced_);
        if (may_lose(spelling_.rings.value())) {  // NOLINTEND(bugprone-unchecked-optional-access)
            const std::int64_t offsets[] = {0, static_cast<std::int64_t>(mask.length)};
            // In a document every ring is filled, those of holes too.
            for (std::size_t i = 0; i < traced_.is_hole.size(); ++i) traced_.is_hole[i] = 0;
            measure_loss({mask.counts, offsets, &mask.size, 1}, traced_, &loss);
        }
        copy_until(row.segmentation.begin);
        append_rings(traced_, 0, row.spaced ? ", " : ",", out_);
        written_ = row.segmentation.end;
        return Outcome::converted;
    }

    /// Rings of pairs or of texts, made flat rings of numbers: brackets around pairs and quotes go,
    /// the numbers stay as they are spelled.
    void write_flat_rings(const SegmentationRow& row) {
        copy_until(row.segmentation.begin);
        const std::string_view text = row.segmentation.of(text_);
        if (row.is_bare) append("[", out_);
        const int rings = row.is_bare ? 1 : 2;  // how deep the numbers of a ring lie
        int depth = 0;
        for (const char c : text) {
            if (c == '[') ++depth;
            const bool bracket = c == '[' || c == ']';
            if (c != '"' && !(bracket && depth > rings)) out_.push_back(c);
            if (c == ']') --depth;
        }
        if (row.is_bare) append("]", out_);
        written_ = row.segmentation.end;
    }

    Outcome write_runs(const SegmentationRow& row, RleView mask) {
        const SegmentationKind asked = spelling_.counts == CountsForm::string
                                           ? SegmentationKind::rle_string
                                           : SegmentationKind::rle_list;
        if (row.kind == asked) return Outcome::unchanged;
        const std::string_view comma = row.spaced ? ", " : ",", colon = row.spaced ? ": " : ":";
        if (row.counts.found()) {
            copy_until(row.counts.begin);
            counts_.append_counts(mask, spelling_.counts, comma, out_);
            written_ = row.counts.end;
            return Outcome::converted;
        }
        copy_until(row.segmentation.begin);
        append("{\"size\"", out_);
        append(colon, out_);
        append_size(mask.size, comma, out_);
        append(comma, out_);
        append("\"counts\"", out_);
        append(colon, out_);
        counts_.append_counts(mask, spelling_.counts, comma, out_);
        append("}", out_);
        written_ = row.segmentation.end;
        return Outcome::converted;
    }

    void copy_until(std::int64_t end) {
        append(Span{written_, end}.of(text_), out_);
        written_ = end;
    }

    std::string_view text_;
    const Spelling& spelling_;
    std::int64_t written_;  // up to here the source has been copied or replaced
    Buffer<char> out_;
    CountsPrinter counts_;
    std::optional<Tracer> tracer_;
    Polygons traced_;
};

/// What one thread makes of consecutive records.
struct ConvertedPiece {
    Buffer<char> text;
    std::vector<Refusal> refusals;
    std::vector<Misfit> misfits;
};

/// The whole call, as its threads share it.
struct Job {
    const RecordsView& records;
    const ImageSizes& images;
    const Spelling& spelling;
    std::vector<ConvertedRow>& rows;
    ColumnBudget& budget;

    /// Rewrites records first..last and the source around them, from `range.begin` to `range.end`.
    void run(std::size_t first, std::size_t last, Span range, ConvertedPiece& piece) const {
        BlockReader block(records, images, budget);
        Writer writer(records.text, spelling, range.begin);
        for (std::size_t at = first; at < last; at += block_rows) {
            block.read(at, std::min(block_rows, last - at));
            for (std::size_t i = 0; i < block.size(); ++i) {
                SegmentationRow& row = block.row(i);
                rows[at + i].kind = row.kind;
                rows[at + i].size_differs = row.size_differs;
                if (row.is_mask()) {
                    convert(writer, row, block.mask(i), rows[at + i]);
                    const std::uint64_t pixels = area(block.mask(i));
                    rows[at + i].empty = row.code == ErrorCode::ok && pixels == 0;
                    rows[at + i].fit = block.fit(i, pixels);
                    rows[at + i].crowd = row.iscrowd.found() &&
                                         parse_crowd(row.iscrowd.of(records.text)) == Crowd::yes;
                }
                if (row.code == ErrorCode::ok && rows[at + i].fit != MaskFit::fits) {
                    piece.misfits.push_back(
                        {static_cast<std::int64_t>(at + i), row.id, rows[at + i].fit});
                }
                if (row.code == ErrorCode::ok) continue;
                rows[at + i].outcome = Outcome::refused;
                rows[at + i].size_differs = false;
                piece.refusals.push_back(
                    {static_cast<std::int64_t>(at + i), row.id, row.code, std::move(row.message)});
            }
        }
        piece.text = writer.finish(range.end);
    }

private:
    /// A mask that cannot be spelled as asked is refused like one that cannot be read.
    static void convert(Writer& writer, SegmentationRow& row, RleView mask, ConvertedRow& result) {
        try {
            writer.convert(row, mask, result);
        } catch (const Error& error) {
            row.code = error.code();
            row.message = error.message();
        }
    }
};

void require_order(Span range, const RecordsView& records) {
    bool right = records.which == nullptr && range.begin >= 0 &&
                 range.end <= static_cast<std::int64_t>(records.text.size());
    std::int64_t at = range.begin;
    for (std::size_t i = 0; i < records.length; ++i) {
        const Span record = records.spans[i];
        right = right && record.begin >= at && record.end >= record.begin;
        at = record.end;
    }
    if (!right || at > range.end) {
        throw Error(ErrorCode::bad_shape, "records must lie one behind the other in the range");
    }
}

}  // namespace

Conversion convert_segmentations(const RecordsView& records, Span range, const ImageSizes& images,
                                 const Spelling& spelling, int threads) {
    require_order(range, records);
    if (spelling.rings) validate(*spelling.rings);
    const std::size_t length = records.length;
    Conversion result;
    result.rows.resize(length);
    ColumnBudget budget;
    const Job job{records, images, spelling, result.rows, budget};
    const double work = converted_byte_ns * static_cast<double>(range.end - range.begin);
    auto pieces = parallel_pieces<ConvertedPiece>(
        length, work, threads, [&](std::size_t first, std::size_t last, ConvertedPiece& piece) {
            // A part owns the source from its first record to the next part's.
            const std::int64_t begin = first == 0 ? range.begin : records.spans[first].begin;
            const std::int64_t end = last == length ? range.end : records.spans[last].begin;
            job.run(first, last, {begin, end}, piece);
        });
    for (ConvertedPiece& piece : pieces) {
        result.pieces.push_back(std::move(piece.text));
        std::move(piece.refusals.begin(), piece.refusals.end(),
                  std::back_inserter(result.refusals));
        result.misfits.insert(result.misfits.end(), piece.misfits.begin(), piece.misfits.end());
    }
    return result;
}

}  // namespace cocodec
