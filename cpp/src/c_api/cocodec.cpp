// The C interface: the functions of the core, each behind a wall that no exception passes.

#include "cocodec/cocodec.h"

#include <cmath>
#include <memory>
#include <string_view>
#include <utility>

#include "c_api/guard.hpp"
#include "c_api/operations.hpp"
#include "c_api/views.hpp"
#include "cocodec/buffer.hpp"
#include "cocodec/counts.hpp"
#include "cocodec/iou.hpp"

namespace cocodec::c {
namespace {

const char* status_name(std::int32_t status) noexcept {
    switch (status) {
        case COCODEC_NO_MEMORY:
            return "no_memory";
        case COCODEC_BAD_ARGUMENT:
            return "bad_argument";
        case COCODEC_INTERNAL:
            return "internal";
        default:
            return name(static_cast<ErrorCode>(status));
    }
}

void release_masks(cocodec_masks* masks) noexcept {
    if (masks == nullptr) return;
    delete static_cast<RleArray*>(masks->owner);
    *masks = {};
}

std::int32_t validate_masks(const cocodec_masks* masks, cocodec_context* context) noexcept {
    return guarded(context, [&] { view(masks); });
}

std::int32_t encode_dense(const cocodec_dense* stack, cocodec_masks* out,
                          cocodec_context* context) noexcept {
    return build(out, context, [&] {
        return encode(dense<const std::uint8_t>(stack, "dense"), threads(context));
    });
}

std::int32_t encode_floats(const cocodec_scores* scores, double threshold, cocodec_masks* out,
                           cocodec_context* context) noexcept {
    return build(out, context, [&] {
        const ScoresView from{dense<const std::uint8_t>(scores, "scores"), type_of(*scores)};
        if (std::isnan(threshold)) throw Misuse("threshold is NaN");
        return encode(from, threshold, threads(context));
    });
}

std::int32_t decode_masks(const cocodec_masks* masks, const cocodec_target* out,
                          cocodec_context* context) noexcept {
    return guarded(context, [&] {
        const DenseTarget target = dense<std::uint8_t>(out, "out");
        const Background background = out->is_zero != 0 ? Background::is_zero : Background::unknown;
        // `decode` checks the runs itself.
        decode(shape_of(masks), target, threads(context), background);
    });
}

std::int32_t rasterise_rings(const cocodec_rings* rings, cocodec_masks* out,
                             cocodec_context* context) noexcept {
    return build(out, context, [&] { return from_rings(view(rings), threads(context)); });
}

std::int32_t rasterise_boxes(const cocodec_boxes* boxes, const cocodec_size* size,
                             cocodec_masks* out, cocodec_context* context) noexcept {
    return build(out, context, [&] {
        const BoxesView from = view(boxes, "boxes");
        return from_boxes(from.boxes, sizes(size, from.length), from.length, threads(context));
    });
}

std::int32_t combine_groups(const cocodec_masks* masks, const cocodec_groups* groups,
                            std::int32_t op, cocodec_masks* out,
                            cocodec_context* context) noexcept {
    return build(out, context, [&] {
        const RleArrayView from = view(masks);
        return combine(from, view(groups, from.length), operation(op), threads(context));
    });
}

std::int32_t combine_pairs(const cocodec_masks* a, const cocodec_masks* b, std::int32_t op,
                           cocodec_masks* out, cocodec_context* context) noexcept {
    return build(out, context,
                 [&] { return combine(view(a), view(b), operation(op), threads(context)); });
}

std::int32_t complement_masks(const cocodec_masks* masks, cocodec_masks* out,
                              cocodec_context* context) noexcept {
    return build(out, context, [&] { return complement(view(masks)); });
}

std::int32_t iou_masks(const cocodec_masks* dt, const cocodec_masks* gt,
                       const std::uint8_t* iscrowd, double* out,
                       cocodec_context* context) noexcept {
    return guarded(context, [&] {
        const RleArrayView a = view(dt), b = view(gt);
        iou(a, b, iscrowd, require_array(out, a.length * b.length, "out"), threads(context));
    });
}

std::int32_t iou_boxes(const cocodec_boxes* dt, const cocodec_boxes* gt,
                       const std::uint8_t* iscrowd, double* out,
                       cocodec_context* context) noexcept {
    return guarded(context, [&] {
        const BoxesView a = view(dt, "dt"), b = view(gt, "gt");
        require_array(out, a.length * b.length, "out");
        iou(a.boxes, a.length, b.boxes, b.length, iscrowd, out);
    });
}

std::int32_t areas(const cocodec_masks* masks, std::uint64_t* out,
                   cocodec_context* context) noexcept {
    return guarded(context, [&] {
        const RleArrayView from = view(masks);
        area(from, require_array(out, from.length, "out"));
    });
}

std::int32_t boxes(const cocodec_masks* masks, cocodec_box* out,
                   cocodec_context* context) noexcept {
    return guarded(context, [&] {
        const RleArrayView from = view(masks);
        bbox(from, reinterpret_cast<Box*>(require_array(out, from.length, "out")));
    });
}

void release_texts(cocodec_texts* texts) noexcept {
    if (texts == nullptr) return;
    delete static_cast<Texts*>(texts->owner);
    *texts = {};
}

std::int32_t parse_texts(const cocodec_texts* texts, const cocodec_size* size, cocodec_masks* out,
                         cocodec_context* context) noexcept {
    return build(out, context, [&] {
        const cocodec_texts& from = require(texts, "texts");
        const std::size_t n = require_length(from.length, "length");
        const std::size_t chars = require_length(from.chars_length, "chars_length");
        const Size* const expected = sizes(size, n);
        require_array(from.chars, n > 0 ? chars : 0, "chars");
        const std::int64_t* const at =
            require_offsets(from.offsets, n, from.chars_length, "offsets");
        RleArray masks;
        for (std::size_t i = 0; i < n; ++i) {
            try {
                parse_counts({from.chars + at[i], static_cast<std::size_t>(at[i + 1] - at[i])},
                             masks.counts);
            } catch (const Error& error) {
                throw error.at(static_cast<std::int64_t>(i));
            }
            masks.finish(expected[i]);
            masks.counts.foresee(i + 1, n);
        }
        validate(masks.view());
        return masks;
    });
}

std::int32_t format_texts(const cocodec_masks* masks, cocodec_texts* out,
                          cocodec_context* context) noexcept {
    if (out == nullptr) return report(context, {COCODEC_BAD_ARGUMENT, "out is NULL"});
    *out = {};
    return guarded(context, [&] {
        const RleArrayView from = view(masks);
        auto owner = std::make_unique<Texts>();
        owner->offsets.push_back(0);
        for (std::size_t i = 0; i < from.length; ++i) {
            format_counts(from[i], owner->chars);
            owner->offsets.push_back(static_cast<std::int64_t>(owner->chars.size()));
            owner->chars.foresee(i + 1, from.length);
        }
        owner->chars.shrink();
        const Texts* const texts = owner.get();
        *out = {texts->chars.data(), texts->offsets[from.length], texts->offsets.data(),
                static_cast<std::int64_t>(from.length), owner.release()};
    });
}

constexpr cocodec_api table = {
    .abi_version = COCODEC_ABI_VERSION,
    .struct_size = sizeof(cocodec_api),
    .status_name = status_name,
    .release_masks = release_masks,
    .release_texts = release_texts,
    .validate = validate_masks,
    .encode = encode_dense,
    .decode = decode_masks,
    .from_rings = rasterise_rings,
    .from_boxes = rasterise_boxes,
    .combine = combine_groups,
    .combine_pairs = combine_pairs,
    .complement = complement_masks,
    .iou = iou_masks,
    .box_iou = iou_boxes,
    .area = areas,
    .bbox = boxes,
    .parse_counts = parse_texts,
    .format_counts = format_texts,
    .encode_scores = encode_floats,
    .release_polygons = operations::release_polygons,
    .release_integers = operations::release_integers,
    .trace = operations::trace,
    .from_label_map = operations::from_label_map,
    .paint_labels = operations::paint_labels,
    .flip = operations::flip,
    .transpose = operations::transpose,
    .rotate90 = operations::rotate90,
    .crop = operations::crop,
    .resize = operations::resize,
    .warp_affine = operations::warp_affine,
    .morphology = operations::morphology,
    .boundary = operations::boundary,
    .components = operations::components,
    .remove_small = operations::remove_small,
    .largest_component = operations::largest_component,
    .fill_holes = operations::fill_holes,
    .moments = operations::moments,
    .centroid = operations::centroid,
    .perimeter = operations::perimeter,
    .extreme_points = operations::extreme_points,
    .inner_rectangle = operations::inner_rectangle,
    .convex_hull = operations::convex_hull,
    .contains = operations::contains,
    .overlap = operations::overlap,
    .nms = operations::nms,
    .paste = operations::paste,
    .from_label_png = operations::from_label_png,
    .write_label_png = operations::write_label_png,
    .merge_nms = operations::merge_nms,
    .soft_nms = operations::soft_nms,
    .from_runs = operations::from_runs,
    .from_positions = operations::from_positions,
    .outline = operations::outline,
    .orientation = operations::orientation,
};

}  // namespace
}  // namespace cocodec::c

const cocodec_api* cocodec_get_api() {
    return &cocodec::c::table;
}
