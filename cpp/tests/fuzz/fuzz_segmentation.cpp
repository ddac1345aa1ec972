// Any bytes as the JSON of a segmentation, of an image and of an annotation: refused with an Error,
// or a mask that is valid; a rewritten record reads back as the same mask.
#include <cstdint>
#include <string>
#include <string_view>

#include "cocodec/error.hpp"
#include "cocodec/segmentation.hpp"

#include "oracle.hpp"

namespace {

using cocodec::Span;

constexpr std::string_view image = R"({"id": 1, "height": 30, "width": 40})";

Span whole(std::string_view text) {
    return {0, static_cast<std::int64_t>(text.size())};
}

void parse_alone(std::string_view text) {
    cocodec::Segmentation value;
    try {
        cocodec::parse_segmentation(text, value);
    } catch (const cocodec::Error&) {
        return;
    }
    const bool rle = value.kind == cocodec::SegmentationKind::rle_string ||
                     value.kind == cocodec::SegmentationKind::rle_list;
    if (rle) cocodec::validate(cocodec::RleView{value.runs.data(), value.runs.size(), value.size});
    if (!value.ring_offsets.empty())
        fuzz::require(value.ring_offsets[value.ring_offsets.size() - 1] * 2 ==
                          static_cast<std::int64_t>(value.xy.size()),
                      "the rings use all coordinates");
}

cocodec::SegmentationBatch read(std::string_view record, const cocodec::ImageSizes& images) {
    const Span span = whole(record);
    cocodec::SegmentationBatch batch = cocodec::read_segmentations({record, &span, 1}, images);
    fuzz::require(batch.rows.size() == 1 && batch.masks.size() == 1, "one record, one row");
    cocodec::validate(batch.masks.view());
    return batch;
}

void convert(std::string_view record, const cocodec::ImageSizes& images,
             const cocodec::Spelling& spelling) {
    const cocodec::SegmentationBatch before = read(record, images);
    const Span span = whole(record);
    const cocodec::Conversion made =
        cocodec::convert_segmentations({record, &span, 1}, span, images, spelling);
    std::string text;
    for (const auto& piece : made.pieces) text.append(piece.data(), piece.size());
    fuzz::require(made.rows.size() == 1, "one record, one row");
    if (made.rows[0].outcome != cocodec::Outcome::converted) {
        fuzz::require(text == record, "what is not converted stays as it was");
        return;
    }
    const cocodec::SegmentationBatch after = read(text, images);
    if (spelling.rings && !after.rows[0].is_mask()) {
        const bool no_image = after.rows[0].code != cocodec::ErrorCode::ok;
        fuzz::require(no_image || made.rows[0].empty, "rings need an image, or there are none");
        return;
    }
    fuzz::require(after.rows[0].is_mask(), "a converted record reads back");
    fuzz::require(cocodec::equal(after.masks.view()[0], before.masks.view()[0]),
                  "as the same mask");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    parse_alone(text);
    static_cast<void>(cocodec::find_invalid_utf8(text));
    const Span span = whole(image);
    const cocodec::ImageSizes images({image, &span, 1});
    const Span any = whole(text);
    try {
        const cocodec::ImageSizes odd({text, &any, 1});
        fuzz::require(odd.size() <= 1, "at most one image");
    } catch (const cocodec::Error&) {
        // Refused: fine.
    }
    const std::string record = R"({"image_id": 1, "segmentation": )" + std::string(text) + "}";
    for (const cocodec::Spelling& spelling : {cocodec::Spelling(cocodec::CountsForm::string),
                                              cocodec::Spelling(cocodec::CountsForm::list),
                                              cocodec::Spelling(cocodec::TraceOptions())}) {
        convert(record, images, spelling);
        convert(text, images, spelling);
    }
    return 0;
}
