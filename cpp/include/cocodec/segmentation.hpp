// The JSON text of `segmentation` values -> rings or runs, and back into the records they came
// from.
//
// What a value is, its JSON type says; `iscrowd` has no say. A document stays its own source bytes:
// everything here reads spans of them, and what is written is those bytes with new values spliced
// in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cocodec/buffer.hpp"
#include "cocodec/error.hpp"
#include "cocodec/mask_fit.hpp"
#include "cocodec/polygon.hpp"
#include "cocodec/records.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// What a `segmentation` value turned out to be. The values are part of the ABI: append only.
///
/// A ring is never a box: four numbers are two points, which enclose nothing.
enum class SegmentationKind : std::uint8_t {
    missing = 0,       ///< the record has no such key
    null = 1,          ///< null
    empty = 2,         ///< []
    empty_rings = 3,   ///< [[]]: rings without any number
    points = 4,        ///< rings of fewer than three points only: nothing to fill
    polygons = 5,      ///< a list of rings, at least one of three points or more
    flat_ring = 6,     ///< one ring, not wrapped in a list
    box = 7,           ///< never made any more: x, y, width, height in the place of a ring
    rle_string = 8,    ///< {"size": [h, w], "counts": "..."}
    rle_list = 9,      ///< {"size": [h, w], "counts": [...]}
    bad = 10,          ///< none of these
    loose_rings = 11,  ///< rings whose points are pairs, or whose numbers are texts
    loose_rle = 12,    ///< counts in base64 or as texts, or a bare counts string
};

/// Whether rings are filled for it.
[[nodiscard]] constexpr bool has_rings(SegmentationKind kind) noexcept {
    return kind == SegmentationKind::polygons || kind == SegmentationKind::flat_ring ||
           kind == SegmentationKind::loose_rings;
}

/// Whether it is run-length encoded.
[[nodiscard]] constexpr bool has_runs(SegmentationKind kind) noexcept {
    return kind == SegmentationKind::rle_string || kind == SegmentationKind::rle_list ||
           kind == SegmentationKind::loose_rle;
}

/// One value, parsed. Memory is kept from one `parse_segmentation` to the next.
struct Segmentation {
    SegmentationKind kind = SegmentationKind::missing;
    Buffer<double> xy;                  ///< rings: x, y of every point
    Buffer<std::int64_t> ring_offsets;  ///< rings: first point of each, and the end
    bool is_bare = false;               ///< rings: a single one, not in a list of rings
    Buffer<std::uint32_t> runs;         ///< RLE: its runs, which cover `size`
    Size size;                          ///< RLE: its own size
    Span counts;                        ///< RLE: where the counts value lies in the text
};

/// Parses the text of one value into `out`. `image` is the size of its image, if that is known:
/// with it a bare counts string can be read, and runs in the place of a ring are told. O(bytes).
/// Throws Error{bad_segmentation | bad_json | bad_coordinate | bad_counts | bad_run | bad_size |
/// bad_sum} with what was found and where.
void parse_segmentation(std::string_view text, Segmentation& out, const Size* image = nullptr);

/// Whether the numbers of a ring are runs rather than points: whole, none below zero, together
/// height x width, and some point beyond the image. O(numbers); stops at the first fraction.
[[nodiscard]] bool are_runs(const double* numbers, std::size_t length, Size image) noexcept;

/// The number that a text consists of, as JSON spells it; false if it is anything else.
bool parse_number_text(std::string_view text, double& value);

/// The sizes of a document's images, by id. Ids are told apart by the value of their JSON text: 1
/// and 1.0 are one id, 1 and "1" are two. Of an id that comes twice the last image counts.
class ImageSizes {
public:
    struct Image {
        Size size;
        std::string reason;  ///< why the size cannot be used; empty if it can
    };

    /// Reads the records of images. O(bytes of these). Records that are not
    /// objects, or have no id, are no images. Throws Error{bad_json}.
    explicit ImageSizes(const RecordsView& images);
    ImageSizes(ImageSizes&&) noexcept;
    ImageSizes& operator=(ImageSizes&&) noexcept;
    ~ImageSizes();

    /// The image with this id (its JSON text), nullptr if there is none. Safe from many threads.
    [[nodiscard]] const Image* find(std::string_view id) const;
    /// Number of different ids.
    [[nodiscard]] std::size_t size() const noexcept;
    /// The usable sizes, one per image, in no order.
    [[nodiscard]] std::vector<Size> sizes() const;

private:
    struct Entries;
    std::unique_ptr<Entries> table_;
};

/// What was found in one annotation record.
struct SegmentationRow {
    SegmentationKind kind = SegmentationKind::missing;
    Span id, image_id, iscrowd, bbox, area;  ///< in the record's text
    Span segmentation;                       ///< its value
    Span counts;                             ///< RLE: the counts value
    bool spaced = false;        ///< white space stands behind the colon of `segmentation`
    bool size_differs = false;  ///< RLE of another size than its image
    bool is_bare = false;       ///< a single ring, not in a list of rings
    ErrorCode code = ErrorCode::ok;
    std::string message;  ///< what is wrong; empty where code is ok

    [[nodiscard]] bool is_mask() const noexcept {
        return code == ErrorCode::ok && (has_rings(kind) || has_runs(kind));
    }
};

/// The masks of many records: one per record, in their order. Where a row is no mask (see
/// `SegmentationRow::is_mask`) its mask is empty, of size 0 x 0.
struct SegmentationBatch {
    RleArray masks;
    std::vector<SegmentationRow> rows;
};

/// Reads the masks of records. Rings take the size of the
/// record's image, RLE its own. A bad record does not stop the others: its row says what is wrong.
SegmentationBatch read_segmentations(const RecordsView& records, const ImageSizes& images,
                                     int threads = 1);

/// What a value says of being a crowd.
enum class Crowd : std::uint8_t {
    no = 0,       ///< false, 0, null, "0", "false", "", or no value
    yes = 1,      ///< true, 1, 1.0, "1", "true" (in any case)
    unclear = 2,  ///< anything else
};

/// What the JSON text of an `iscrowd` says; an empty text is a value that is not there.
[[nodiscard]] Crowd parse_crowd(std::string_view text);

/// What a record is, in few bytes.
struct ClassifiedRow {
    SegmentationKind kind = SegmentationKind::missing;
    Crowd crowd = Crowd::no;      ///< what its `iscrowd` says
    bool has_image = false;       ///< its `image_id` is among the images
    MaskFit fit = MaskFit::fits;  ///< of what can be told without making the mask
};

/// The kinds of the records, without any mask; a bad one does not stop the others.
std::vector<ClassifiedRow> classify_segmentations(const RecordsView& records,
                                                  const ImageSizes& images, int threads = 1);

/// The two spellings of counts.
enum class CountsForm : std::uint8_t { string = 0, list = 1 };

/// How masks are to be written: as runs, or as rings.
struct Spelling {
    CountsForm counts = CountsForm::string;
    std::optional<TraceOptions> rings;

    Spelling(CountsForm form) : counts(form) {}
    Spelling(const TraceOptions& options) : rings(options) {}
};

/// What became of one record.
enum class Outcome : std::uint8_t { converted = 0, unchanged = 1, skipped = 2, refused = 3 };

struct ConvertedRow {
    SegmentationKind kind = SegmentationKind::missing;
    Outcome outcome = Outcome::skipped;
    bool empty = false;           ///< converted or unchanged, and the mask has no pixel
    bool size_differs = false;    ///< RLE of another size than its image
    bool crowd = false;           ///< a mask, and `iscrowd` says that it is a crowd
    MaskFit fit = MaskFit::fits;  ///< whether it is the mask that the row speaks of
    TraceLoss loss;               ///< of rings that were traced with options that may lose pixels
};

/// A mask that lies far from its row's own bbox or area: index in the call, where its id lies.
struct Misfit {
    std::int64_t row = 0;
    Span id;
    MaskFit why = MaskFit::unlike;
};

/// A record that was refused: index in the call, where its id lies, and why.
struct Refusal {
    std::int64_t row = 0;
    Span id;
    ErrorCode code = ErrorCode::ok;
    std::string message;
};

/// A stretch of a document, written anew.
struct Conversion {
    std::vector<Buffer<char>> pieces;  ///< the new bytes, in order
    std::vector<ConvertedRow> rows;
    std::vector<Refusal> refusals;
    std::vector<Misfit> misfits;
};

/// Rewrites text[range] (all records lie in it): in every record at `records` (ascending, apart,
/// inside `range`) the mask is spelled as asked, every other byte is as it was. As runs: of an RLE
/// only the counts value changes; rings become {"size": [h, w], "counts": ...}, spaced as the
/// record is. As rings: RLE becomes [[x0, y0, ...], ...], a flat ring becomes a list of one, rings
/// of pairs become flat with their numbers as they were, and an RLE of another size than its image
/// is refused, because rings have no size of their own. Rows without a mask are left alone, rows
/// that are wrong too (see `refusals`). O(bytes
/// + pixels' runs). Throws Error{bad_option}.
Conversion convert_segmentations(const RecordsView& records, Span range, const ImageSizes& images,
                                 const Spelling& spelling, int threads = 1);

/// Where the text of one segmentation lies, and of an RLE its counts.
struct PrintedSegmentation {
    Span value, counts;
};

/// Segmentations as JSON text without white space.
struct PrintedSegmentations {
    Buffer<char> text;
    std::vector<PrintedSegmentation> rows;
};

/// Prints masks, which must be valid, as runs or as rings. O(text). Throws Error{bad_option}.
PrintedSegmentations print_segmentations(RleArrayView masks, const Spelling& spelling,
                                         int threads = 1);

/// What the rings of a segmentation measure, whatever their image.
struct RingMeasure {
    bool has_points = false;  ///< false where there are no rings: RLE, [], what is wrong
    double area = 0;          ///< sum of what each ring encloses by itself (shoelace formula)
    Box bbox;                 ///< of all points
};

/// Measures one that was parsed. O(points).
[[nodiscard]] RingMeasure measure_rings(const Segmentation& rings);

/// Measures segmentations, given as JSON text. O(bytes).
void measure_rings(const RecordsView& values, RingMeasure* out, int threads = 1);

}  // namespace cocodec
