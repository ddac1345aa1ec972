// The C interface: masks traced, painted, changed and measured.

#include "c_api/operations.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "c_api/guard.hpp"
#include "c_api/views.hpp"
#include "cocodec/boundary.hpp"
#include "cocodec/components.hpp"
#include "cocodec/label_map.hpp"
#include "cocodec/measures.hpp"
#include "cocodec/morphology.hpp"
#include "cocodec/overlap.hpp"
#include "cocodec/paste.hpp"
#include "cocodec/png.hpp"
#include "cocodec/positions.hpp"
#include "cocodec/transform.hpp"

namespace cocodec::c::operations {
namespace {

/// A value of an enumeration whose values are 0..last.
std::int32_t choice(std::int32_t value, std::int32_t last, const char* what) {
    if (value >= 0 && value <= last) return value;
    throw Misuse(std::string(what) + " is " + std::to_string(value) + ", expected 0.." +
                 std::to_string(last));
}

Connectivity neighbours(std::int32_t connectivity) {
    if (connectivity == 4) return Connectivity::four;
    if (connectivity == 8) return Connectivity::eight;
    throw Misuse("connectivity is " + std::to_string(connectivity) + ", expected 4 or 8");
}

/// Options that have grown since their caller was compiled hold what was first published at least.
void require_struct(std::int64_t size, std::int64_t first_published, std::size_t ours) {
    if (size >= first_published) return;
    throw Misuse("struct_size is " + std::to_string(size) + ", expected " + std::to_string(ours));
}

TraceOptions trace_options(const cocodec_trace_options* options) {
    if (options == nullptr) return {};
    constexpr std::int64_t first_published =
        offsetof(cocodec_trace_options, connectivity) + sizeof(std::int32_t);
    require_struct(options->struct_size, first_published, sizeof(cocodec_trace_options));
    TraceOptions wanted;
    wanted.tolerance = options->tolerance;
    wanted.min_area = options->min_area;
    wanted.merge_steps = options->keep_steps == 0;
    wanted.holes = static_cast<Holes>(choice(options->holes, COCODEC_HOLES_REFUSE, "holes"));
    wanted.connectivity = options->connectivity == 0 ? 4 : options->connectivity;
    return wanted;
}

/// Rings as C callers hold them, owned.
struct OwnedPolygons {
    Polygons polygons;
    Buffer<Size> sizes;
};

void give(Polygons polygons, RleArrayView masks, cocodec_polygons* out) {
    auto owner = std::make_unique<OwnedPolygons>();
    owner->polygons = std::move(polygons);
    owner->sizes.append(masks.sizes, masks.length);
    const Rings& rings = owner->polygons.rings;
    out->rings = {rings.xy.data(),
                  static_cast<std::int64_t>(rings.xy.size() / 2),
                  rings.ring_offsets.data(),
                  static_cast<std::int64_t>(rings.ring_offsets.size()) - 1,
                  rings.mask_offsets.data(),
                  reinterpret_cast<const cocodec_size*>(owner->sizes.data()),
                  static_cast<std::int64_t>(masks.length)};
    out->is_hole = owner->polygons.is_hole.data();
    out->owner = owner.release();
}

template <class Byte, class Map>
LabelMap<Byte> label_map(const Map* map, const char* what) {
    static_assert(static_cast<int>(LabelType::rgb) == COCODEC_LABEL_RGB);
    const Map& from = require(map, what);
    LabelMap<Byte> labels;
    labels.size = {from.size.height, from.size.width};
    validate(labels.size);
    labels.data = require_array(from.data, labels.size.area() > 0 ? 1 : 0, "data");
    labels.type = static_cast<LabelType>(choice(from.type, COCODEC_LABEL_RGB, "type"));
    labels.row_stride = static_cast<std::ptrdiff_t>(from.row_stride);
    labels.column_stride = static_cast<std::ptrdiff_t>(from.column_stride);
    labels.channel_stride = static_cast<std::ptrdiff_t>(from.channel_stride);
    return labels;
}

std::uint32_t reach(std::int64_t value, const char* what) {
    if (value >= 0 && value <= std::int64_t{0x7FFFFFFF}) return static_cast<std::uint32_t>(value);
    throw Misuse(std::string(what) + " is " + std::to_string(value) + ", expected 0..2147483647");
}

Neighbourhood neighbourhood(const cocodec_neighbourhood& from) {
    switch (choice(from.shape, COCODEC_DISK, "shape")) {
        case COCODEC_BOX:
            return Neighbourhood::box(reach(from.rows, "rows"), reach(from.columns, "columns"));
        case COCODEC_CROSS:
            return Neighbourhood::cross(reach(from.rows, "rows"), reach(from.columns, "columns"));
        default:
            return Neighbourhood::disk(from.radius);
    }
}

std::uint32_t iterations(std::int64_t times) {
    if (times >= 0 && times <= 65535) return times == 0 ? 1 : static_cast<std::uint32_t>(times);
    throw Misuse("iterations is " + std::to_string(times) + ", expected 0..65535");
}

Common measure_of(std::int32_t measure) {
    static_assert(static_cast<int>(Common::dice) == COCODEC_DICE);
    return static_cast<Common>(choice(measure, COCODEC_DICE, "measure"));
}

SoftNmsOptions soft_nms_options(const cocodec_soft_nms_options* options) {
    SoftNmsOptions wanted;
    if (options == nullptr) return wanted;
    constexpr std::int64_t first_published =
        offsetof(cocodec_soft_nms_options, measure) + sizeof(std::int32_t);
    require_struct(options->struct_size, first_published, sizeof(cocodec_soft_nms_options));
    const bool linear =
        choice(options->decay, COCODEC_DECAY_LINEAR, "decay") == COCODEC_DECAY_LINEAR;
    wanted.decay = linear ? Decay::linear : Decay::gaussian;
    // Of the gaussian decay alone: whoever chose the other one may leave it at zero.
    if (!linear) wanted.sigma = options->sigma;
    wanted.min_score = options->min_score;
    wanted.other.threshold = options->threshold;
    wanted.other.measure = measure_of(options->measure);
    return wanted;
}

/// Measures masks, one value each, to the caller's array, whose struct is laid out as the core's.
template <class Value, class Out>
std::int32_t measured(const cocodec_masks* masks, Out* out, cocodec_context* context,
                      void (*measure)(RleArrayView, Value*, int)) noexcept {
    static_assert(sizeof(Value) == sizeof(Out));
    return guarded(context, [&] {
        const RleArrayView from = view(masks);
        auto* const to = reinterpret_cast<Value*>(require_array(out, from.length, "out"));
        measure(from, to, threads(context));
    });
}

}  // namespace

void release_polygons(cocodec_polygons* polygons) noexcept {
    if (polygons == nullptr) return;
    delete static_cast<OwnedPolygons*>(polygons->owner);
    *polygons = {};
}

void release_integers(cocodec_integers* integers) noexcept {
    if (integers == nullptr) return;
    delete static_cast<Buffer<std::int64_t>*>(integers->owner);
    *integers = {};
}

std::int32_t trace(const cocodec_masks* masks, const cocodec_trace_options* options,
                   cocodec_polygons* out, cocodec_context* context) noexcept {
    return filled(out, context, [&] {
        const RleArrayView from = view(masks);
        give(cocodec::trace(from, trace_options(options), threads(context)), from, out);
    });
}

std::int32_t from_label_map(const cocodec_label_map* map, const std::int64_t* background,
                            cocodec_integers* labels, cocodec_masks* out,
                            cocodec_context* context) noexcept {
    if (labels == nullptr) return report(context, {COCODEC_BAD_ARGUMENT, "labels is NULL"});
    *labels = {};
    return filled(out, context, [&] {
        const auto ground =
            background == nullptr ? std::nullopt : std::optional<std::int64_t>(*background);
        LabelledMasks found = cocodec::from_label_map(label_map<const std::uint8_t>(map, "map"),
                                                      ground, threads(context));
        c::give(std::move(found.masks), out);
        give_or_release(std::move(found.labels), labels, out);
    });
}

// NOLINTNEXTLINE(readability-function-size): a list of plain parameters, as C takes them
std::int32_t paint_labels(const cocodec_masks* masks, const std::int64_t* labels,
                          std::int64_t background, std::int32_t rule,
                          const cocodec_label_target* out, cocodec_context* context) noexcept {
    return guarded(context, [&] {
        static_assert(static_cast<int>(Overlap::error) == COCODEC_PAINT_REFUSE);
        const RleArrayView from = view(masks);
        const PaintOptions options{background,
                                   static_cast<Overlap>(choice(rule, COCODEC_PAINT_REFUSE, "rule")),
                                   threads(context)};
        cocodec::paint_labels(from, require_array(labels, from.length, "labels"),
                              label_map<std::uint8_t>(out, "out"), options);
    });
}

std::int32_t flip(const cocodec_masks* masks, std::int32_t upside_down, cocodec_masks* out,
                  cocodec_context* context) noexcept {
    return build(out, context, [&] {
        const Flip direction = upside_down != 0 ? Flip::vertical : Flip::horizontal;
        return cocodec::flip(view(masks), direction, threads(context));
    });
}

std::int32_t transpose(const cocodec_masks* masks, cocodec_masks* out,
                       cocodec_context* context) noexcept {
    return build(out, context, [&] { return cocodec::transpose(view(masks), threads(context)); });
}

std::int32_t rotate90(const cocodec_masks* masks, std::int64_t times, cocodec_masks* out,
                      cocodec_context* context) noexcept {
    return build(out, context,
                 [&] { return cocodec::rotate90(view(masks), times, threads(context)); });
}

std::int32_t crop(const cocodec_masks* masks, const cocodec_window* windows, cocodec_masks* out,
                  cocodec_context* context) noexcept {
    return build(out, context, [&] {
        static_assert(sizeof(Window) == sizeof(cocodec_window));
        const RleArrayView from = view(masks);
        require_array(windows, from.length, "windows");
        return cocodec::crop(from, reinterpret_cast<const Window*>(windows), threads(context));
    });
}

std::int32_t resize(const cocodec_masks* masks, const cocodec_size* size, std::int32_t rule,
                    cocodec_masks* out, cocodec_context* context) noexcept {
    return build(out, context, [&] {
        const RleArrayView from = view(masks);
        const auto by = static_cast<ResizeRule>(choice(rule, COCODEC_RESIZE_AREA, "rule"));
        return cocodec::resize(from, sizes(size, from.length), by, threads(context));
    });
}

std::int32_t warp_affine(const cocodec_masks* masks, const cocodec_affine* maps,
                         const cocodec_size* size, cocodec_masks* out,
                         cocodec_context* context) noexcept {
    return build(out, context, [&] {
        static_assert(sizeof(Affine) == sizeof(cocodec_affine));
        const RleArrayView from = view(masks);
        require_array(maps, from.length, "maps");
        return cocodec::warp_affine(from, reinterpret_cast<const Affine*>(maps),
                                    sizes(size, from.length), threads(context));
    });
}

std::int32_t morphology(const cocodec_masks* masks, std::int32_t change,
                        const cocodec_neighbourhood* around, cocodec_masks* out,
                        cocodec_context* context) noexcept {
    return build(out, context, [&] {
        static_assert(static_cast<int>(Morphology::close) == COCODEC_CLOSE);
        static_assert(static_cast<int>(Outside::ignored) == COCODEC_OUTSIDE_IGNORED);
        const RleArrayView from = view(masks);
        const cocodec_neighbourhood& given = require(around, "neighbourhood");
        const auto outside =
            static_cast<Outside>(choice(given.outside, COCODEC_OUTSIDE_IGNORED, "outside"));
        const auto what = static_cast<Morphology>(choice(change, COCODEC_CLOSE, "change"));
        return cocodec::morphology(from, what, neighbourhood(given), outside,
                                   iterations(given.iterations), threads(context));
    });
}

std::int32_t boundary(const cocodec_masks* masks, double dilation_ratio, cocodec_masks* out,
                      cocodec_context* context) noexcept {
    return build(out, context,
                 [&] { return boundaries(view(masks), dilation_ratio, threads(context)); });
}

std::int32_t components(const cocodec_masks* masks, std::int32_t connectivity,
                        cocodec_integers* parents, cocodec_masks* out,
                        cocodec_context* context) noexcept {
    if (parents == nullptr) return report(context, {COCODEC_BAD_ARGUMENT, "parents is NULL"});
    *parents = {};
    return filled(out, context, [&] {
        Components found =
            connected_components(view(masks), neighbours(connectivity), threads(context));
        c::give(std::move(found.masks), out);
        give_or_release(std::move(found.parents), parents, out);
    });
}

std::int32_t remove_small(const cocodec_masks* masks, std::uint64_t min_area,
                          std::int32_t connectivity, cocodec_masks* out,
                          cocodec_context* context) noexcept {
    return build(out, context, [&] {
        return cocodec::remove_small(view(masks), min_area, neighbours(connectivity),
                                     threads(context));
    });
}

std::int32_t largest_component(const cocodec_masks* masks, std::int32_t connectivity,
                               cocodec_masks* out, cocodec_context* context) noexcept {
    return build(out, context, [&] {
        return cocodec::largest_component(view(masks), neighbours(connectivity), threads(context));
    });
}

std::int32_t fill_holes(const cocodec_masks* masks, std::uint64_t max_area,
                        std::int32_t connectivity, cocodec_masks* out,
                        cocodec_context* context) noexcept {
    return build(out, context, [&] {
        return cocodec::fill_holes(view(masks), max_area, neighbours(connectivity),
                                   threads(context));
    });
}

std::int32_t moments(const cocodec_masks* masks, cocodec_moments* out,
                     cocodec_context* context) noexcept {
    return measured<Moments>(masks, out, context, cocodec::moments);
}

std::int32_t centroid(const cocodec_masks* masks, cocodec_point* out,
                      cocodec_context* context) noexcept {
    return measured<Point>(masks, out, context, cocodec::centroid);
}

std::int32_t perimeter(const cocodec_masks* masks, std::uint64_t* out,
                       cocodec_context* context) noexcept {
    return measured<std::uint64_t>(masks, out, context, cocodec::perimeter);
}

std::int32_t extreme_points(const cocodec_masks* masks, cocodec_extremes* out,
                            cocodec_context* context) noexcept {
    return measured<ExtremePoints>(masks, out, context, cocodec::extreme_points);
}

std::int32_t inner_rectangle(const cocodec_masks* masks, cocodec_box* out,
                             cocodec_context* context) noexcept {
    return measured<Box>(masks, out, context, cocodec::inner_rectangle);
}

std::int32_t convex_hull(const cocodec_masks* masks, cocodec_polygons* out,
                         cocodec_context* context) noexcept {
    return filled(out, context, [&] {
        const RleArrayView from = view(masks);
        const Hulls hulls = cocodec::convex_hull(from);
        Polygons polygons;
        polygons.clear();
        for (const auto& [x, y] : hulls.corners) {
            polygons.rings.xy.push_back(static_cast<double>(x));
            polygons.rings.xy.push_back(static_cast<double>(y));
        }
        for (std::size_t i = 0; i < from.length; ++i) {
            // Empty masks have no ring.
            if (hulls.offsets[i + 1] > hulls.offsets[i]) {
                polygons.rings.ring_offsets.push_back(hulls.offsets[i + 1]);
                polygons.is_hole.push_back(0);
            }
            const std::size_t rings = polygons.rings.ring_offsets.size() - 1;
            polygons.rings.mask_offsets.push_back(static_cast<std::int64_t>(rings));
        }
        give(std::move(polygons), from, out);
    });
}

std::int32_t contains(const cocodec_masks* masks, const cocodec_point* points, std::int64_t length,
                      std::uint8_t* out, cocodec_context* context) noexcept {
    return guarded(context, [&] {
        static_assert(sizeof(Point) == sizeof(cocodec_point));
        const RleArrayView from = view(masks);
        const std::size_t n = require_length(length, "length");
        require_array(points, n, "points");
        cocodec::contains(from, reinterpret_cast<const Point*>(points), n,
                          require_array(out, from.length > 0 ? n : 0, "out"), threads(context));
    });
}

std::int32_t overlap(const cocodec_masks* a, const cocodec_masks* b, std::int32_t measure,
                     double* out, cocodec_context* context) noexcept {
    return guarded(context, [&] {
        const RleArrayView first = view(a), second = view(b);
        const std::size_t pairs = first.length > 0 ? second.length : 0;
        cocodec::overlap(first, second, measure_of(measure), require_array(out, pairs, "out"),
                         threads(context));
    });
}

// NOLINTNEXTLINE(readability-function-size): a list of plain parameters, as C takes them
std::int32_t nms(const cocodec_masks* masks, const double* scores, const std::int64_t* classes,
                 double threshold, std::int32_t measure, cocodec_integers* kept,
                 cocodec_context* context) noexcept {
    return filled(kept, context, [&] {
        const RleArrayView from = view(masks);
        const NmsOptions options{threshold, measure_of(measure), classes, threads(context)};
        require_array(scores, from.length, "scores");
        c::give(std::move(cocodec::nms(from, scores, options).kept), kept);
    });
}

// NOLINTNEXTLINE(readability-function-size): a list of plain parameters, as C takes them
std::int32_t paste(const cocodec_grids* grids, const cocodec_box* boxes, const cocodec_size* size,
                   double threshold, cocodec_masks* out, cocodec_context* context) noexcept {
    return build(out, context, [&] {
        const cocodec_grids& from = require(grids, "grids");
        const std::size_t n = require_length(from.length, "length");
        const ScoreGrids given{from.values, {from.size.height, from.size.width}, n};
        validate(given.size);
        require_array(from.values, given.size.area() > 0 ? n : 0, "values");
        require_array(boxes, n, "boxes");
        return cocodec::paste(given, reinterpret_cast<const Box*>(boxes), sizes(size, n), threshold,
                              threads(context));
    });
}

// NOLINTNEXTLINE(readability-function-size): a list of plain parameters, as C takes them
std::int32_t from_label_png(const std::uint8_t* png, std::int64_t length,
                            const std::int64_t* background, cocodec_integers* labels,
                            cocodec_masks* out, cocodec_context* context) noexcept {
    if (labels == nullptr) return report(context, {COCODEC_BAD_ARGUMENT, "labels is NULL"});
    *labels = {};
    return filled(out, context, [&] {
        const std::size_t n = require_length(length, "length");
        const auto ground =
            background == nullptr ? std::nullopt : std::optional<std::int64_t>(*background);
        LabelledMasks found = cocodec::from_label_png({require_array(png, n, "png"), n}, ground);
        c::give(std::move(found.masks), out);
        give_or_release(std::move(found.labels), labels, out);
    });
}

std::int32_t write_label_png(const cocodec_label_map* map, cocodec_texts* out,
                             cocodec_context* context) noexcept {
    return filled(out, context, [&] {
        const Buffer<std::uint8_t> png =
            cocodec::write_label_png(label_map<const std::uint8_t>(map, "map"));
        auto owner = std::make_unique<Texts>();
        owner->chars.append(reinterpret_cast<const char*>(png.data()), png.size());
        owner->offsets.push_back(0);
        owner->offsets.push_back(static_cast<std::int64_t>(png.size()));
        const Texts* const texts = owner.get();
        *out = {texts->chars.data(), texts->offsets[1], texts->offsets.data(), 1, owner.release()};
    });
}

// NOLINTNEXTLINE(readability-function-size): a list of plain parameters, as C takes them
std::int32_t merge_nms(const cocodec_masks* masks, const double* scores,
                       const std::int64_t* classes, double threshold, std::int32_t measure,
                       cocodec_integers* kept, cocodec_masks* out,
                       cocodec_context* context) noexcept {
    if (kept == nullptr) return report(context, {COCODEC_BAD_ARGUMENT, "kept is NULL"});
    *kept = {};
    return filled(out, context, [&] {
        const RleArrayView from = view(masks);
        const NmsOptions options{threshold, measure_of(measure), classes, threads(context)};
        require_array(scores, from.length, "scores");
        Merged found = cocodec::merge_nms(from, scores, options);
        c::give(std::move(found.masks), out);
        give_or_release(std::move(found.kept), kept, out);
    });
}

// NOLINTNEXTLINE(readability-function-size): a list of plain parameters, as C takes them
std::int32_t soft_nms(const cocodec_masks* masks, const double* scores, const std::int64_t* classes,
                      const cocodec_soft_nms_options* options, cocodec_integers* kept,
                      double* lowered, cocodec_context* context) noexcept {
    return filled(kept, context, [&] {
        const RleArrayView from = view(masks);
        SoftNmsOptions wanted = soft_nms_options(options);
        wanted.other.classes = classes;
        wanted.other.threads = threads(context);
        require_array(scores, from.length, "scores");
        require_array(lowered, from.length, "lowered");
        Softened found = cocodec::soft_nms(from, scores, wanted);
        std::copy(found.scores.begin(), found.scores.end(), lowered);
        c::give(std::move(found.kept), kept);
    });
}

std::int32_t from_runs(const cocodec_masks* runs, cocodec_masks* out,
                       cocodec_context* context) noexcept {
    return build(out, context, [&] {
        RleArray copy;
        copy.append(view(runs));
        return copy;
    });
}

std::int32_t from_positions(const cocodec_positions* positions, const cocodec_size* sizes,
                            cocodec_masks* out, cocodec_context* context) noexcept {
    return build(out, context, [&] {
        const PositionsView changes = view(positions);
        return cocodec::from_positions(changes, c::sizes(sizes, changes.length));
    });
}

std::int32_t outline(const cocodec_masks* masks, std::int32_t connectivity, cocodec_masks* out,
                     cocodec_context* context) noexcept {
    return build(out, context, [&] {
        return cocodec::outline(view(masks), neighbours(connectivity), threads(context));
    });
}

std::int32_t orientation(const cocodec_masks* masks, double* out,
                         cocodec_context* context) noexcept {
    return measured<double>(masks, out, context, cocodec::orientation);
}

}  // namespace cocodec::c::operations
