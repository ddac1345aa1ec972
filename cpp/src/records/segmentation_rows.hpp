// Reading a block of records: what each one says, and its mask. The batch calls split their rows
// into such blocks.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "cocodec/segmentation.hpp"
#include "masks/limits.hpp"

namespace cocodec {

/// Rows to a block: enough to rasterise many rings in one call, few enough to stay in the cache.
inline constexpr std::size_t block_rows = 256;

/// Finds the members of one record, and its segmentation's kind. Never throws cocodec::Error: what
/// is wrong stands in the row.
class RowParser {
public:
    /// `record` lies in `text`, and so do the spans of `row`.
    void parse(std::string_view text, Span record, const ImageSizes& images, SegmentationRow& row);
    /// The segmentation of the last row.
    [[nodiscard]] const Segmentation& segmentation() const noexcept { return segmentation_; }
    /// The image of the last row, nullptr if that is not listed.
    [[nodiscard]] const ImageSizes::Image* image() const noexcept { return image_; }
    /// Whether the last row's mask is the one that it speaks of, as far as can be told without
    /// making it: rings by the box of their points.
    [[nodiscard]] MaskFit fit(std::string_view text, const SegmentationRow& row) const;

private:
    Segmentation segmentation_;
    const ImageSizes::Image* image_ = nullptr;
};

/// What a row says of its mask. `text` is the one that its spans are of.
[[nodiscard]] MaskClaim claim_of(const SegmentationRow& row, std::string_view text) noexcept;

/// Reads blocks of records, one after the other; keeps its memory between them.
class BlockReader {
public:
    /// `budget` is what all blocks of a call may cost together.
    BlockReader(const RecordsView& records, const ImageSizes& images, ColumnBudget& budget)
        : records_(records), images_(images), budget_(budget) {}

    /// Reads `length` records from record `first` on; what was read before is gone.
    void read(std::size_t first, std::size_t length);

    [[nodiscard]] std::size_t size() const noexcept { return length_; }
    [[nodiscard]] SegmentationRow& row(std::size_t i) noexcept { return rows_[i]; }
    /// The mask of a row that `is_mask`.
    [[nodiscard]] RleView mask(std::size_t i) const noexcept;
    /// Whether it is the mask that its row speaks of, with so many `pixels`.
    [[nodiscard]] MaskFit fit(std::size_t i, std::uint64_t pixels) const;

private:
    void clear(std::size_t length);
    void keep_rings(std::size_t i);
    void keep_runs(std::size_t i);
    void rasterize();
    void rasterize_one_by_one();

    RecordsView records_;
    const ImageSizes& images_;
    ColumnBudget& budget_;
    RowParser parser_;
    std::size_t first_ = 0, length_ = 0;
    std::vector<SegmentationRow> rows_;
    std::vector<std::size_t> places_;  // of each mask: index in runs_ or in rasterized_
    std::vector<const ImageSizes::Image*> row_images_;  // of each row; nullptr if not known

    RleArray runs_, rasterized_;
    std::vector<std::size_t> ring_rows_;  // rows whose rings are kept below
    std::vector<RingMeasure> measures_;   // of these
    Buffer<double> xy_;
    Buffer<std::int64_t> ring_offsets_, mask_offsets_;
    Buffer<Size> sizes_;
};

}  // namespace cocodec
