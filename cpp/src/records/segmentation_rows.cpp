// Reading many records: in blocks, in parallel, and past the bad ones.

#include "records/segmentation_rows.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "cocodec/polygon.hpp"
#include "json/scan.hpp"
#include "masks/threads.hpp"
#include "rings/columns.hpp"

namespace cocodec {
namespace {

// Measured cost of scanning and parsing one byte of a record, for the choice of threads.
constexpr double parsed_byte_ns = 2.0;

void refuse(SegmentationRow& row, const Error& error) {
    row.code = error.code();
    row.message = error.message();
}

/// A span within a record as one within the text.
Span shifted(Span span, std::int64_t by) {
    return span.found() ? Span{span.begin + by, span.end + by} : span;
}

const ImageSizes::Image* find_image(std::string_view text, const SegmentationRow& row,
                                    const ImageSizes& images) {
    return row.image_id.found() ? images.find(row.image_id.of(text)) : nullptr;
}

/// What to do about an id that is listed as a number and given as a text, or the other way.
std::string type_clash(std::string_view id, const ImageSizes& images) {
    const bool is_text = id.front() == '"';
    const std::string other =
        is_text ? std::string(id.substr(1, id.size() - 2)) : '"' + std::string(id) + '"';
    double number = 0;
    if (is_text && !parse_number_text(other, number)) return "";
    if (images.find(other) == nullptr) return "";
    return std::string("; it is ") +
           (is_text ? "a text here and a number" : "a number here and a text") +
           " there: --coerce-ids takes them for one";
}

/// The size that rings take. Throws Error{bad_segmentation} that says why there is none.
Size image_size(std::string_view text, const SegmentationRow& row, const ImageSizes::Image* image,
                const ImageSizes& images) {
    const auto refused = [](const std::string& what) {
        return Error(ErrorCode::bad_segmentation, "no image size for the rings: " + what);
    };
    if (!row.image_id.found()) throw refused("the row has no image_id");
    const std::string image_id = "image " + json::excerpt(row.image_id.of(text));
    if (image == nullptr) {
        throw refused("there is no " + image_id + type_clash(row.image_id.of(text), images));
    }
    if (!image->reason.empty()) {
        const bool is_missing = image->reason.starts_with("has no ");
        throw refused(image_id + " " + image->reason +
                      (is_missing ? "; --to official --images FOLDER reads it from the file" : ""));
    }
    return image->size;
}

/// Finds the members of one record.
void find(std::string_view whole, Span record, SegmentationRow& row) {
    static constexpr std::string_view keys[] = {"id",           "image_id", "iscrowd",
                                                "segmentation", "bbox",     "area"};
    const std::string_view text = record.of(whole);
    if (text.empty() || text[0] != '{') {
        throw Error(ErrorCode::bad_segmentation,
                    "the row is " + json::excerpt(text) + ", expected an object");
    }
    json::Member members[std::size(keys)];
    json::find_members(text, keys, std::size(keys), members);
    row.id = shifted(members[0].value, record.begin);
    row.image_id = shifted(members[1].value, record.begin);
    row.iscrowd = shifted(members[2].value, record.begin);
    row.segmentation = shifted(members[3].value, record.begin);
    row.bbox = shifted(members[4].value, record.begin);
    row.area = shifted(members[5].value, record.begin);
    row.spaced = members[3].spaced;
}

}  // namespace

void RowParser::parse(std::string_view text, Span record, const ImageSizes& images,
                      SegmentationRow& row) {
    row = {};
    image_ = nullptr;
    try {
        find(text, record, row);
        image_ = find_image(text, row, images);
        if (!row.segmentation.found()) return;
        const bool sized = image_ != nullptr && image_->reason.empty();
        parse_segmentation(row.segmentation.of(text), segmentation_,
                           sized ? &image_->size : nullptr);
        row.kind = segmentation_.kind;
        row.is_bare = segmentation_.is_bare;
        row.counts = shifted(segmentation_.counts, row.segmentation.begin);
    } catch (const Error& error) {
        row.kind = SegmentationKind::bad;
        refuse(row, error);
    }
}

MaskFit RowParser::fit(std::string_view text, const SegmentationRow& row) const {
    if (!row.is_mask()) return MaskFit::fits;
    const Size* const size = image_ != nullptr && image_->reason.empty() ? &image_->size : nullptr;
    const MaskClaim claim = claim_of(row, text);
    if (!has_rings(row.kind)) {
        const RleView mask{segmentation_.runs.data(), segmentation_.runs.size(),
                           segmentation_.size};
        return judge_runs(mask, area(mask), claim, size);
    }
    if (size == nullptr) return MaskFit::fits;
    const RingMeasure rings = measure_rings(segmentation_);
    return judge_rings(rings.bbox, rings.area, -1, claim, *size);
}

MaskClaim claim_of(const SegmentationRow& row, std::string_view text) noexcept {
    return {row.bbox.found() ? row.bbox.of(text) : std::string_view{},
            row.area.found() ? row.area.of(text) : std::string_view{}};
}

void BlockReader::read(std::size_t first, std::size_t length) {
    clear(length);
    first_ = first;
    for (std::size_t i = 0; i < length; ++i) {
        SegmentationRow& row = rows_[i];
        parser_.parse(records_.text_of(first + i), records_.spans[first + i], images_, row);
        if (!row.is_mask()) continue;
        row_images_[i] = parser_.image();
        try {
            if (has_rings(row.kind)) {
                keep_rings(i);
            } else {
                keep_runs(i);
            }
        } catch (const Error& error) {
            refuse(row, error);
        }
    }
    rasterize();
}

void BlockReader::clear(std::size_t length) {
    length_ = length;
    if (rows_.size() < length) rows_.resize(length);
    places_.assign(length, 0);
    row_images_.assign(length, nullptr);
    runs_.counts.clear();
    runs_.sizes.clear();
    runs_.offsets.resize(1);
    ring_rows_.clear();
    measures_.clear();
    xy_.clear();
    ring_offsets_.clear();
    ring_offsets_.push_back(0);
    mask_offsets_.clear();
    mask_offsets_.push_back(0);
    sizes_.clear();
}

void BlockReader::keep_rings(std::size_t i) {
    const Size size = image_size(records_.text_of(first_ + i), rows_[i], parser_.image(), images_);
    const Segmentation& rings = parser_.segmentation();
    const std::int64_t first_point = ring_offsets_[ring_offsets_.size() - 1];
    for (std::size_t ring = 1; ring < rings.ring_offsets.size(); ++ring) {
        ring_offsets_.push_back(first_point + rings.ring_offsets[ring]);
    }
    xy_.append(rings.xy.data(), rings.xy.size());
    mask_offsets_.push_back(static_cast<std::int64_t>(ring_offsets_.size()) - 1);
    sizes_.push_back(size);
    places_[i] = ring_rows_.size();
    ring_rows_.push_back(i);
    measures_.push_back(measure_rings(rings));
}

void BlockReader::keep_runs(std::size_t i) {
    const Segmentation& rle = parser_.segmentation();
    const ImageSizes::Image* const image = parser_.image();
    rows_[i].size_differs = image != nullptr && image->reason.empty() && !(image->size == rle.size);
    places_[i] = runs_.size();
    runs_.append(RleView{rle.runs.data(), rle.runs.size(), rle.size});
}

void BlockReader::rasterize() {
    try {
        rasterized_ = from_rings(
            {xy_.data(), ring_offsets_.data(), mask_offsets_.data(), sizes_.data(), sizes_.size()},
            1, budget_);
    } catch (const Error&) {
        rasterize_one_by_one();
    }
}

/// Some row of the block is bad; the others still get their masks.
void BlockReader::rasterize_one_by_one() {
    rasterized_ = RleArray();
    for (std::size_t mask = 0; mask < ring_rows_.size(); ++mask) {
        try {
            rasterized_.append(from_rings({xy_.data(), ring_offsets_.data(),
                                           mask_offsets_.data() + mask, sizes_.data() + mask, 1},
                                          1, budget_)
                                   .view());
        } catch (const Error& error) {
            refuse(rows_[ring_rows_[mask]], error);
            rasterized_.finish({});
        }
    }
}

RleView BlockReader::mask(std::size_t i) const noexcept {
    return has_rings(rows_[i].kind) ? rasterized_.view()[places_[i]] : runs_.view()[places_[i]];
}

MaskFit BlockReader::fit(std::size_t i, std::uint64_t pixels) const {
    const ImageSizes::Image* const image = row_images_[i];
    const Size* const size = image != nullptr && image->reason.empty() ? &image->size : nullptr;
    const MaskClaim claim = claim_of(rows_[i], records_.text_of(first_ + i));
    if (!has_rings(rows_[i].kind)) return judge_runs(mask(i), pixels, claim, size);
    const RingMeasure& rings = measures_[places_[i]];
    return judge_rings(rings.bbox, rings.area, static_cast<double>(pixels), claim, mask(i).size);
}

SegmentationBatch read_segmentations(const RecordsView& records, const ImageSizes& images,
                                     int threads) {
    SegmentationBatch batch;
    batch.rows.resize(records.length);
    ColumnBudget budget;
    batch.masks = parallel_build(records.length, parsed_byte_ns * records.bytes(), threads,
                                 [&](std::size_t first, std::size_t last, RleArray& out) {
                                     BlockReader block(records, images, budget);
                                     for (std::size_t at = first; at < last; at += block_rows) {
                                         block.read(at, std::min(block_rows, last - at));
                                         for (std::size_t i = 0; i < block.size(); ++i) {
                                             if (block.row(i).is_mask()) {
                                                 out.append(block.mask(i));
                                             } else {
                                                 out.finish({});
                                             }
                                             batch.rows[at + i] = std::move(block.row(i));
                                             out.counts.foresee(at + i + 1 - first, last - first);
                                         }
                                     }
                                 });
    return batch;
}

std::vector<ClassifiedRow> classify_segmentations(const RecordsView& records,
                                                  const ImageSizes& images, int threads) {
    std::vector<ClassifiedRow> result(records.length);
    parallel_for(records.length, parsed_byte_ns * records.bytes(), threads,
                 [&](std::size_t first, std::size_t last) {
                     RowParser parser;
                     SegmentationRow row;
                     for (std::size_t i = first; i < last; ++i) {
                         const std::string_view text = records.text_of(i);
                         parser.parse(text, records.spans[i], images, row);
                         const Crowd crowd =
                             row.iscrowd.found() ? parse_crowd(row.iscrowd.of(text)) : Crowd::no;
                         result[i] = {row.kind, crowd, parser.image() != nullptr,
                                      parser.fit(text, row)};
                     }
                 });
    return result;
}

}  // namespace cocodec
