// The members of the table from `release_polygons` on (private).
#pragma once

#include <cstdint>

#include "cocodec/cocodec.h"

namespace cocodec::c::operations {

void release_polygons(cocodec_polygons* polygons) noexcept;
void release_integers(cocodec_integers* integers) noexcept;
std::int32_t trace(const cocodec_masks* masks, const cocodec_trace_options* options,
                   cocodec_polygons* out, cocodec_context* context) noexcept;
std::int32_t from_label_map(const cocodec_label_map* map, const std::int64_t* background,
                            cocodec_integers* labels, cocodec_masks* out,
                            cocodec_context* context) noexcept;
std::int32_t paint_labels(const cocodec_masks* masks, const std::int64_t* labels,
                          std::int64_t background, std::int32_t rule,
                          const cocodec_label_target* out, cocodec_context* context) noexcept;
std::int32_t flip(const cocodec_masks* masks, std::int32_t upside_down, cocodec_masks* out,
                  cocodec_context* context) noexcept;
std::int32_t transpose(const cocodec_masks* masks, cocodec_masks* out,
                       cocodec_context* context) noexcept;
std::int32_t rotate90(const cocodec_masks* masks, std::int64_t times, cocodec_masks* out,
                      cocodec_context* context) noexcept;
std::int32_t crop(const cocodec_masks* masks, const cocodec_window* windows, cocodec_masks* out,
                  cocodec_context* context) noexcept;
std::int32_t resize(const cocodec_masks* masks, const cocodec_size* sizes, std::int32_t rule,
                    cocodec_masks* out, cocodec_context* context) noexcept;
std::int32_t warp_affine(const cocodec_masks* masks, const cocodec_affine* maps,
                         const cocodec_size* sizes, cocodec_masks* out,
                         cocodec_context* context) noexcept;
std::int32_t morphology(const cocodec_masks* masks, std::int32_t change,
                        const cocodec_neighbourhood* neighbourhood, cocodec_masks* out,
                        cocodec_context* context) noexcept;
std::int32_t boundary(const cocodec_masks* masks, double dilation_ratio, cocodec_masks* out,
                      cocodec_context* context) noexcept;
std::int32_t components(const cocodec_masks* masks, std::int32_t connectivity,
                        cocodec_integers* parents, cocodec_masks* out,
                        cocodec_context* context) noexcept;
std::int32_t remove_small(const cocodec_masks* masks, std::uint64_t min_area,
                          std::int32_t connectivity, cocodec_masks* out,
                          cocodec_context* context) noexcept;
std::int32_t largest_component(const cocodec_masks* masks, std::int32_t connectivity,
                               cocodec_masks* out, cocodec_context* context) noexcept;
std::int32_t fill_holes(const cocodec_masks* masks, std::uint64_t max_area,
                        std::int32_t connectivity, cocodec_masks* out,
                        cocodec_context* context) noexcept;
std::int32_t moments(const cocodec_masks* masks, cocodec_moments* out,
                     cocodec_context* context) noexcept;
std::int32_t centroid(const cocodec_masks* masks, cocodec_point* out,
                      cocodec_context* context) noexcept;
std::int32_t perimeter(const cocodec_masks* masks, std::uint64_t* out,
                       cocodec_context* context) noexcept;
std::int32_t extreme_points(const cocodec_masks* masks, cocodec_extremes* out,
                            cocodec_context* context) noexcept;
std::int32_t inner_rectangle(const cocodec_masks* masks, cocodec_box* out,
                             cocodec_context* context) noexcept;
std::int32_t convex_hull(const cocodec_masks* masks, cocodec_polygons* out,
                         cocodec_context* context) noexcept;
std::int32_t contains(const cocodec_masks* masks, const cocodec_point* points, std::int64_t length,
                      std::uint8_t* out, cocodec_context* context) noexcept;
std::int32_t overlap(const cocodec_masks* a, const cocodec_masks* b, std::int32_t measure,
                     double* out, cocodec_context* context) noexcept;
std::int32_t nms(const cocodec_masks* masks, const double* scores, const std::int64_t* classes,
                 double threshold, std::int32_t measure, cocodec_integers* kept,
                 cocodec_context* context) noexcept;
std::int32_t paste(const cocodec_grids* grids, const cocodec_box* boxes, const cocodec_size* sizes,
                   double threshold, cocodec_masks* out, cocodec_context* context) noexcept;
std::int32_t from_label_png(const std::uint8_t* png, std::int64_t length,
                            const std::int64_t* background, cocodec_integers* labels,
                            cocodec_masks* out, cocodec_context* context) noexcept;
std::int32_t write_label_png(const cocodec_label_map* map, cocodec_texts* out,
                             cocodec_context* context) noexcept;
std::int32_t merge_nms(const cocodec_masks* masks, const double* scores,
                       const std::int64_t* classes, double threshold, std::int32_t measure,
                       cocodec_integers* kept, cocodec_masks* out,
                       cocodec_context* context) noexcept;
std::int32_t soft_nms(const cocodec_masks* masks, const double* scores, const std::int64_t* classes,
                      const cocodec_soft_nms_options* options, cocodec_integers* kept,
                      double* lowered, cocodec_context* context) noexcept;
std::int32_t from_runs(const cocodec_masks* runs, cocodec_masks* out,
                       cocodec_context* context) noexcept;
std::int32_t from_positions(const cocodec_positions* positions, const cocodec_size* sizes,
                            cocodec_masks* out, cocodec_context* context) noexcept;
std::int32_t outline(const cocodec_masks* masks, std::int32_t connectivity, cocodec_masks* out,
                     cocodec_context* context) noexcept;
std::int32_t orientation(const cocodec_masks* masks, double* out,
                         cocodec_context* context) noexcept;

}  // namespace cocodec::c::operations
