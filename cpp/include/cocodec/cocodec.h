// The C interface: plain structs and one table of functions, for C, Cython, Rust and other wheels.
//
// A program that links cocodec::core gets the table from cocodec_get_api(); an extension module
// gets the same table from the installed Python package, see <cocodec/import.h>. No C++ class and
// no exception crosses this border.
//
// Rules that hold for every function:
// - It returns COCODEC_OK or what went wrong (cocodec_status); `context`, which may be NULL, says
//   it in words. Bad input is refused: batches are checked whenever they come in, O(runs).
// - What comes in belongs to the caller, is not changed and not kept. A batch that comes out
//   (cocodec_masks, cocodec_texts, cocodec_polygons, cocodec_integers) belongs to the library: give
//   it back with the function of its name, release_masks and so on. `out` is overwritten, with
//   zeros if the call fails, and is none of the inputs. Numbers and pixels are written to the
//   caller's own arrays, whose content is undefined if the call fails.
// - It may be called from any thread at any time, with one `context` per thread. There is no state.
//
// Runs are column-major, alternate background and foreground and start with background. Sizes are
// height before width. Lengths and offsets count items (masks, runs, points, chars), strides bytes.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Changes only if a consumer that was built before would break. Tables of one version only grow.
#define COCODEC_ABI_VERSION 1

/// What a function returns, an int32_t. The values never change; new ones may be added.
typedef enum cocodec_status {
    COCODEC_OK = 0,
    COCODEC_BAD_SIZE = 1,         ///< a height or width is negative or above 2^32 - 1
    COCODEC_BAD_SUM = 2,          ///< runs do not cover exactly height * width pixels
    COCODEC_BAD_COUNTS = 3,       ///< a counts string that cannot be read
    COCODEC_BAD_RUN = 4,          ///< a run that is negative or above 2^32 - 1
    COCODEC_SIZE_MISMATCH = 5,    ///< masks that must have the same size do not
    COCODEC_BAD_COORDINATE = 6,   ///< NaN, infinite or beyond +-1e14
    COCODEC_BAD_SHAPE = 7,        ///< offsets and lengths that do not fit together
    COCODEC_BAD_SEGMENTATION = 8, /* documents: not used here yet */
    COCODEC_BAD_JSON = 9,         /* documents: not used here yet */
    COCODEC_UNKNOWN_ISA = 10,     ///< the environment variable COCODEC_ISA asks for too much
    COCODEC_TOO_LARGE = 11,       ///< a result that cannot be addressed
    COCODEC_HAS_HOLES = 12,       ///< a mask has holes, which the caller did not want
    COCODEC_BAD_OPTION = 13,      ///< an option has a value that means nothing
    COCODEC_BAD_LABEL = 14,       ///< a label that does not fit its map, or a pixel of two masks
    COCODEC_BAD_IMAGE = 15,       ///< bytes that are no PNG
    COCODEC_NO_MEMORY = 100,
    COCODEC_BAD_ARGUMENT = 101,  ///< a NULL pointer, a negative length, an unknown operation
    COCODEC_INTERNAL = 102       ///< a fault of the library
} cocodec_status;

/// How a call is to be made, and what it says of an error. Set it to zeros before first use.
typedef struct cocodec_context {
    int32_t threads;    ///< in: 0 = as many as pay, 1 = none
    int32_t status;     ///< out: what the call returned
    int64_t item;       ///< out: index of the mask (group, text) that is wrong, -1 if none is
    int64_t offset;     ///< out: of the run, char or coordinate inside it, -1 if there is none
    char message[256];  ///< out: one sentence, "" where all went well
} cocodec_context;

/// In pixels, each from 0 to 2^32 - 1.
typedef struct cocodec_size {
    int64_t height;
    int64_t width;
} cocodec_size;

/// In pixels: x and y of the top left corner, width, height.
typedef struct cocodec_box {
    double x, y, width, height;
} cocodec_box;

typedef struct cocodec_boxes {
    const cocodec_box* boxes;
    int64_t length;
} cocodec_boxes;

/// A batch of masks: mask i has the runs counts[offsets[i]] .. counts[offsets[i + 1] - 1].
typedef struct cocodec_masks {
    const uint32_t* counts;
    int64_t counts_length;   ///< number of runs that `counts` holds
    const int64_t* offsets;  ///< length + 1 values, never falling
    const cocodec_size* sizes;
    int64_t length;  ///< number of masks
    void* owner;     ///< the library's; NULL in a batch of the caller's own
} cocodec_masks;

/// A batch of counts strings: string i is chars[offsets[i]] .. chars[offsets[i + 1] - 1].
typedef struct cocodec_texts {
    const char* chars;  ///< not terminated
    int64_t chars_length;
    const int64_t* offsets;  ///< length + 1 values, never falling
    int64_t length;          ///< number of strings
    void* owner;             ///< the library's; NULL in a batch of the caller's own
} cocodec_texts;

/// A stack of dense masks, one byte a pixel: pixel (m, y, x) lies at
/// data + m * mask_stride + y * row_stride + x * column_stride, any sign.
typedef struct cocodec_dense {
    const uint8_t* data;  ///< any value but 0 is foreground
    int64_t length;       ///< number of masks
    cocodec_size size;    ///< of each of them
    int64_t mask_stride, row_stride, column_stride;
} cocodec_dense;

/// How a score is stored, in the byte order of the machine. Passed as an int32_t.
typedef enum cocodec_score_type {
    COCODEC_FLOAT16 = 0,
    COCODEC_BFLOAT16 = 1,
    COCODEC_FLOAT32 = 2,
    COCODEC_FLOAT64 = 3
} cocodec_score_type;

/// A stack of scores, one per pixel; `data` is the first byte of the first one.
typedef struct cocodec_scores {
    const uint8_t* data;
    int64_t length;     ///< number of masks
    cocodec_size size;  ///< of each of them
    int64_t mask_stride, row_stride, column_stride;
    int32_t type;  ///< cocodec_score_type
} cocodec_scores;

/// A stack of dense masks to write to, as cocodec_dense.
typedef struct cocodec_target {
    uint8_t* data;
    int64_t length;
    cocodec_size size;
    int64_t mask_stride, row_stride, column_stride;
    int32_t is_zero;  ///< not 0: the memory is all zero already; only foreground is written then
} cocodec_target;

/// Rings of a batch of masks: mask m has rings mask_offsets[m] .. mask_offsets[m + 1] - 1, ring r
/// points ring_offsets[r] .. ring_offsets[r + 1] - 1, point p lies at x = xy[2 p], y = xy[2 p + 1].
typedef struct cocodec_rings {
    const double* xy;
    int64_t points_length;        ///< number of points that `xy` holds
    const int64_t* ring_offsets;  ///< rings_length + 1 values, never falling
    int64_t rings_length;
    const int64_t* mask_offsets;  ///< length + 1 values, never falling
    const cocodec_size* sizes;
    int64_t length;  ///< number of masks
} cocodec_rings;

/// Groups of masks: group g has members[offsets[g]] .. members[offsets[g + 1] - 1], indexes of
/// masks.
typedef struct cocodec_groups {
    const int64_t* members;
    int64_t members_length;
    const int64_t* offsets;  ///< length + 1 values, rising: no group is empty
    int64_t length;          ///< number of groups
} cocodec_groups;

/// Masks told by the pixels where they change: mask i has positions[offsets[i]] ..
/// positions[offsets[i + 1] - 1], each x * height + y of a pixel that differs from the one before
/// it down the columns, rising; before pixel 0 is background.
typedef struct cocodec_positions {
    const int64_t* positions;
    int64_t positions_length;
    const int64_t* offsets;  ///< length + 1 values, never falling
    int64_t length;          ///< number of masks
} cocodec_positions;

/// Passed as an int32_t.
typedef enum cocodec_operation {
    COCODEC_UNION = 0,
    COCODEC_INTERSECTION = 1,
    COCODEC_DIFFERENCE = 2,
    COCODEC_SYMMETRIC_DIFFERENCE = 3
} cocodec_operation;

/// Whole numbers of the library's own.
typedef struct cocodec_integers {
    const int64_t* values;
    int64_t length;
    void* owner;
} cocodec_integers;

/// Rings that masks were traced to; `rings` is as from_rings takes it.
typedef struct cocodec_polygons {
    cocodec_rings rings;
    const uint8_t* is_hole;  ///< of each ring: 1 for holes by themselves
    void* owner;
} cocodec_polygons;

/// What is made of a hole. Passed as an int32_t.
typedef enum cocodec_holes {
    COCODEC_HOLES_BRIDGE = 0,    ///< joined to the ring around it
    COCODEC_HOLES_SEPARATE = 1,  ///< a ring of its own
    COCODEC_HOLES_DROP = 2,      ///< filled
    COCODEC_HOLES_REFUSE = 3     ///< COCODEC_HAS_HOLES
} cocodec_holes;

/// How masks are traced. Zeros but for `struct_size` ask for rings that rasterise to the same mask.
typedef struct cocodec_trace_options {
    int64_t struct_size;   ///< sizeof(cocodec_trace_options): later members are zeros
    double tolerance;      ///< in pixels; 0: the same mask
    double min_area;       ///< parts of fewer pixels are left out
    int32_t keep_steps;    ///< not 0: no slanted edges; no matter with a tolerance
    int32_t holes;         ///< cocodec_holes
    int32_t connectivity;  ///< 4 or 8; 0: 4
} cocodec_trace_options;

/// What one pixel of a label map is, in the byte order of the machine; RGB: three bytes that say
/// red + 256 green + 65536 blue. Passed as an int32_t.
typedef enum cocodec_label_type {
    COCODEC_LABEL_U8 = 0,
    COCODEC_LABEL_U16 = 1,
    COCODEC_LABEL_U32 = 2,
    COCODEC_LABEL_I8 = 3,
    COCODEC_LABEL_I16 = 4,
    COCODEC_LABEL_I32 = 5,
    COCODEC_LABEL_I64 = 6,
    COCODEC_LABEL_RGB = 7
} cocodec_label_type;

/// A label map: pixel (y, x) lies at data + y * row_stride + x * column_stride, any sign.
typedef struct cocodec_label_map {
    const uint8_t* data;
    cocodec_size size;
    int64_t row_stride;
    int64_t column_stride;
    int64_t channel_stride;  ///< from red to green to blue; COCODEC_LABEL_RGB alone has it
    int32_t type;            ///< cocodec_label_type
} cocodec_label_map;

/// A label map to write to.
typedef struct cocodec_label_target {
    uint8_t* data;
    cocodec_size size;
    int64_t row_stride;
    int64_t column_stride;
    int64_t channel_stride;
    int32_t type;
} cocodec_label_target;

/// Who gets a pixel that several masks cover. Passed as an int32_t.
typedef enum cocodec_paint_rule {
    COCODEC_PAINT_LAST = 0,
    COCODEC_PAINT_FIRST = 1,
    COCODEC_PAINT_REFUSE = 2  ///< COCODEC_BAD_LABEL
} cocodec_paint_rule;

/// A rectangle of pixels: column and row of its top left corner (any sign), and its size.
typedef struct cocodec_window {
    int64_t x;
    int64_t y;
    cocodec_size size;
} cocodec_window;

/// From pixel (x, y) of the new mask to (xx x + xy y + x0, yx x + yy y + y0) of the old one.
typedef struct cocodec_affine {
    double xx;
    double xy;
    double x0;
    double yx;
    double yy;
    double y0;
} cocodec_affine;

/// Passed as an int32_t.
typedef enum cocodec_resize_rule {
    COCODEC_RESIZE_NEAREST = 0,  ///< the pixel that holds the centre of the new one
    COCODEC_RESIZE_AREA = 1      ///< foreground where more than half of the new pixel's area is
} cocodec_resize_rule;

/// Passed as an int32_t.
typedef enum cocodec_shape {
    COCODEC_BOX = 0,    ///< 2 * rows + 1 by 2 * columns + 1 pixels
    COCODEC_CROSS = 1,  ///< the middle row and the middle column of such a box
    COCODEC_DISK = 2    ///< pixels whose centres are at most `radius` away
} cocodec_shape;

/// What lies outside of the image. Passed as an int32_t.
typedef enum cocodec_outside {
    COCODEC_OUTSIDE_BACKGROUND = 0,
    COCODEC_OUTSIDE_FOREGROUND = 1,
    COCODEC_OUTSIDE_IGNORED = 2
} cocodec_outside;

typedef struct cocodec_neighbourhood {
    int32_t shape;       ///< cocodec_shape
    int32_t outside;     ///< cocodec_outside
    int64_t rows;        ///< that a box or a cross reaches up and down
    int64_t columns;     ///< and to the left and right
    double radius;       ///< of a disk, up to 65536
    int64_t iterations;  ///< of each step; 0: 1
} cocodec_neighbourhood;

/// Passed as an int32_t.
typedef enum cocodec_change {
    COCODEC_DILATE = 0,
    COCODEC_ERODE = 1,
    COCODEC_OPEN = 2,
    COCODEC_CLOSE = 3
} cocodec_change;

/// Sums of x^i y^j over the foreground pixels, (x, y) being column and row.
typedef struct cocodec_moments {
    double m00;
    double m10;
    double m01;
    double m20;
    double m11;
    double m02;
    double m30;
    double m21;
    double m12;
    double m03;
} cocodec_moments;

typedef struct cocodec_point {
    double x;
    double y;
} cocodec_point;

/// Pixels where the foreground goes furthest: columns and rows, -1 where there is none.
typedef struct cocodec_extremes {
    int64_t left_x;
    int64_t left_y;
    int64_t top_x;
    int64_t top_y;
    int64_t right_x;
    int64_t right_y;
    int64_t bottom_x;
    int64_t bottom_y;
} cocodec_extremes;

/// Common pixels: how many, or divided by those of the union, of the smaller mask, by the mean of
/// both. Passed as an int32_t.
typedef enum cocodec_measure {
    COCODEC_COMMON = 0,
    COCODEC_IOU = 1,
    COCODEC_IOMIN = 2,
    COCODEC_DICE = 3
} cocodec_measure;

/// How scores fall in soft suppression. Passed as an int32_t.
typedef enum cocodec_decay {
    COCODEC_DECAY_GAUSSIAN = 0,  ///< times exp(-overlap^2 / sigma)
    COCODEC_DECAY_LINEAR = 1     ///< times 1 - overlap, where that is more than the threshold
} cocodec_decay;

/// How soft suppression goes about it.
typedef struct cocodec_soft_nms_options {
    int64_t struct_size;  ///< sizeof(cocodec_soft_nms_options): later members are zeros
    double sigma;         ///< of the gaussian decay, above 0
    double threshold;     ///< of the linear decay
    double min_score;     ///< masks whose score falls below it go
    int32_t decay;        ///< cocodec_decay
    int32_t measure;      ///< cocodec_measure, but COCODEC_COMMON
} cocodec_soft_nms_options;

/// Grids of scores, each `size` floats, row by row.
typedef struct cocodec_grids {
    const float* values;
    cocodec_size size;
    int64_t length;
} cocodec_grids;

/// The functions. A member behind the first `struct_size` bytes is not there: see COCODEC_HAS.
typedef struct cocodec_api {
    uint32_t abi_version;  ///< COCODEC_ABI_VERSION of the library
    uint32_t struct_size;  ///< bytes of the library's table

    /// "bad_sum", ...; "unknown" for a number that is no status. Never NULL, never to be freed.
    const char* (*status_name)(int32_t status);
    /// Gives a batch back and sets it to zeros. Zeros and NULL are left alone.
    void (*release_masks)(cocodec_masks* masks);
    void (*release_texts)(cocodec_texts* texts);

    /// Are these masks? The other functions ask this themselves.
    int32_t (*validate)(const cocodec_masks* masks, cocodec_context* context);

    /// Runs of every mask of a stack.
    int32_t (*encode)(const cocodec_dense* dense, cocodec_masks* out, cocodec_context* context);
    /// Writes 0 and 1 to every pixel of `out`, which has as many masks as `masks`, of their size.
    int32_t (*decode)(const cocodec_masks* masks, const cocodec_target* out,
                      cocodec_context* context);

    /// Rasterises rings, bit for bit as pycocotools does: the union of the rings of each mask.
    int32_t (*from_rings)(const cocodec_rings* rings, cocodec_masks* out, cocodec_context* context);
    /// One mask per box; `sizes` has as many values.
    int32_t (*from_boxes)(const cocodec_boxes* boxes, const cocodec_size* sizes, cocodec_masks* out,
                          cocodec_context* context);

    /// Merges: one mask per group, folded from left to right. `operation`: cocodec_operation.
    int32_t (*combine)(const cocodec_masks* masks, const cocodec_groups* groups, int32_t operation,
                       cocodec_masks* out, cocodec_context* context);
    /// a[i] with b[i]; a side of length 1 serves every mask of the other.
    int32_t (*combine_pairs)(const cocodec_masks* a, const cocodec_masks* b, int32_t operation,
                             cocodec_masks* out, cocodec_context* context);
    /// Foreground and background exchanged.
    int32_t (*complement)(const cocodec_masks* masks, cocodec_masks* out, cocodec_context* context);

    /// out[g * dt->length + d] = IoU of dt[d] and gt[g], as pycocotools computes it: 0 where their
    /// bounding boxes do not meet, -1 where they do but the sizes of the masks differ. Where
    /// iscrowd[g] is not 0 the denominator is the area of dt[d]; `iscrowd` NULL: nowhere.
    int32_t (*iou)(const cocodec_masks* dt, const cocodec_masks* gt, const uint8_t* iscrowd,
                   double* out, cocodec_context* context);
    /// The same for boxes.
    int32_t (*box_iou)(const cocodec_boxes* dt, const cocodec_boxes* gt, const uint8_t* iscrowd,
                       double* out, cocodec_context* context);

    /// Foreground pixels of each mask; `out` has masks->length values.
    int32_t (*area)(const cocodec_masks* masks, uint64_t* out, cocodec_context* context);
    /// Smallest box around the foreground of each mask, zeros where there is none.
    int32_t (*bbox)(const cocodec_masks* masks, cocodec_box* out, cocodec_context* context);

    /// Reads COCO's compressed counts strings; `sizes` has texts->length values.
    int32_t (*parse_counts)(const cocodec_texts* texts, const cocodec_size* sizes,
                            cocodec_masks* out, cocodec_context* context);
    /// Writes them.
    int32_t (*format_counts)(const cocodec_masks* masks, cocodec_texts* out,
                             cocodec_context* context);

    // The table as it was first published ends here.

    /// Runs of every mask of a stack of scores: what lies above `threshold` is foreground, NaN is
    /// not. The threshold is rounded to the type of the scores first.
    int32_t (*encode_scores)(const cocodec_scores* scores, double threshold, cocodec_masks* out,
                             cocodec_context* context);

    void (*release_polygons)(cocodec_polygons* polygons);
    void (*release_integers)(cocodec_integers* integers);

    /// Rings of each mask; `options` NULL: those that rasterise to it.
    int32_t (*trace)(const cocodec_masks* masks, const cocodec_trace_options* options,
                     cocodec_polygons* out, cocodec_context* context);

    /// One mask for every label that occurs, ascending, but for `*background` (NULL: for all).
    int32_t (*from_label_map)(const cocodec_label_map* map, const int64_t* background,
                              cocodec_integers* labels, cocodec_masks* out,
                              cocodec_context* context);
    /// Writes every pixel: labels[i] where mask i is, `background` elsewhere. `rule`:
    /// cocodec_paint_rule.
    int32_t (*paint_labels)(const cocodec_masks* masks, const int64_t* labels, int64_t background,
                            int32_t rule, const cocodec_label_target* out,
                            cocodec_context* context);

    /// Left and right, or top and bottom, change places.
    int32_t (*flip)(const cocodec_masks* masks, int32_t upside_down, cocodec_masks* out,
                    cocodec_context* context);
    /// Rows become columns.
    int32_t (*transpose)(const cocodec_masks* masks, cocodec_masks* out, cocodec_context* context);
    /// By 90 degrees counterclockwise, `times` times, any sign.
    int32_t (*rotate90)(const cocodec_masks* masks, int64_t times, cocodec_masks* out,
                        cocodec_context* context);
    /// What each mask's window shows, background outside of the image: to crop, to pad, to shift.
    int32_t (*crop)(const cocodec_masks* masks, const cocodec_window* windows, cocodec_masks* out,
                    cocodec_context* context);
    /// Each mask scaled to its size. `rule`: cocodec_resize_rule.
    int32_t (*resize)(const cocodec_masks* masks, const cocodec_size* sizes, int32_t rule,
                      cocodec_masks* out, cocodec_context* context);
    /// Each mask under its map, the nearest pixel taken.
    int32_t (*warp_affine)(const cocodec_masks* masks, const cocodec_affine* maps,
                           const cocodec_size* sizes, cocodec_masks* out, cocodec_context* context);
    /// Erosion, dilation and what is made of them. `change`: cocodec_change.
    int32_t (*morphology)(const cocodec_masks* masks, int32_t change,
                          const cocodec_neighbourhood* neighbourhood, cocodec_masks* out,
                          cocodec_context* context);
    /// Pixels near the edge, as the boundary IoU API has them.
    int32_t (*boundary)(const cocodec_masks* masks, double dilation_ratio, cocodec_masks* out,
                        cocodec_context* context);

    /// The connected parts of each mask; parents->values[i] is the mask that part i belongs to.
    /// `connectivity` is 4 or 8 here and below.
    int32_t (*components)(const cocodec_masks* masks, int32_t connectivity,
                          cocodec_integers* parents, cocodec_masks* out, cocodec_context* context);
    /// Without parts of fewer than `min_area` pixels.
    int32_t (*remove_small)(const cocodec_masks* masks, uint64_t min_area, int32_t connectivity,
                            cocodec_masks* out, cocodec_context* context);
    int32_t (*largest_component)(const cocodec_masks* masks, int32_t connectivity,
                                 cocodec_masks* out, cocodec_context* context);
    /// Holes (parts of the background that touch no side of the image) of at most `max_area` pixels
    /// filled; UINT64_MAX: all.
    int32_t (*fill_holes)(const cocodec_masks* masks, uint64_t max_area, int32_t connectivity,
                          cocodec_masks* out, cocodec_context* context);

    // Measures: `out` has masks->length values.
    int32_t (*moments)(const cocodec_masks* masks, cocodec_moments* out, cocodec_context* context);
    /// NaN for empty masks.
    int32_t (*centroid)(const cocodec_masks* masks, cocodec_point* out, cocodec_context* context);
    /// Sides of pixels between foreground and background or the outside.
    int32_t (*perimeter)(const cocodec_masks* masks, uint64_t* out, cocodec_context* context);
    int32_t (*extreme_points)(const cocodec_masks* masks, cocodec_extremes* out,
                              cocodec_context* context);
    /// The largest rectangle of pixels inside.
    int32_t (*inner_rectangle)(const cocodec_masks* masks, cocodec_box* out,
                               cocodec_context* context);
    /// One ring a mask.
    int32_t (*convex_hull)(const cocodec_masks* masks, cocodec_polygons* out,
                           cocodec_context* context);
    /// out[i * length + k] = 1 where point k lies on mask i, 0 elsewhere.
    int32_t (*contains)(const cocodec_masks* masks, const cocodec_point* points, int64_t length,
                        uint8_t* out, cocodec_context* context);

    /// out[i * b->length + k]: what a[i] and b[k] have in common. `measure`: cocodec_measure.
    int32_t (*overlap)(const cocodec_masks* a, const cocodec_masks* b, int32_t measure, double* out,
                       cocodec_context* context);
    /// Indexes of the masks that stay, highest score first; the others overlap with one of them by
    /// more than `threshold`. `classes` NULL: all are of one.
    int32_t (*nms)(const cocodec_masks* masks, const double* scores, const int64_t* classes,
                   double threshold, int32_t measure, cocodec_integers* kept,
                   cocodec_context* context);
    /// Grids stretched over boxes: foreground where the interpolated score is at least `threshold`,
    /// which is above 0. One box and one size of an image for each grid.
    int32_t (*paste)(const cocodec_grids* grids, const cocodec_box* boxes,
                     const cocodec_size* sizes, double threshold, cocodec_masks* out,
                     cocodec_context* context);

    /// The same as from_label_map for a PNG of `length` bytes: grey levels, indices of a palette,
    /// or red, green and blue as in COCODEC_LABEL_RGB; not interlaced, at most 2^28 pixels.
    int32_t (*from_label_png)(const uint8_t* png, int64_t length, const int64_t* background,
                              cocodec_integers* labels, cocodec_masks* out,
                              cocodec_context* context);
    /// One text, the PNG of a map of COCODEC_LABEL_U8, _U16 or _RGB.
    int32_t (*write_label_png)(const cocodec_label_map* map, cocodec_texts* out,
                               cocodec_context* context);

    /// The same as nms; each mask that stays is united with those that went for it.
    int32_t (*merge_nms)(const cocodec_masks* masks, const double* scores, const int64_t* classes,
                         double threshold, int32_t measure, cocodec_integers* kept,
                         cocodec_masks* out, cocodec_context* context);
    /// Masks go one after the other, highest score first, and the scores of those left fall by
    /// their overlap with it: indexes in that order, and lowered[k] is the score of kept->values[k]
    /// by then. `lowered` has room for masks->length values. `options` NULL: gaussian with sigma
    /// 0.5, IoU, down to 0.001.
    int32_t (*soft_nms)(const cocodec_masks* masks, const double* scores, const int64_t* classes,
                        const cocodec_soft_nms_options* options, cocodec_integers* kept,
                        double* lowered, cocodec_context* context);

    /// A batch of the library's own with the same runs, which are checked and copied.
    int32_t (*from_runs)(const cocodec_masks* runs, cocodec_masks* out, cocodec_context* context);
    /// `sizes` has positions->length values.
    int32_t (*from_positions)(const cocodec_positions* positions, const cocodec_size* sizes,
                              cocodec_masks* out, cocodec_context* context);
    /// Foreground pixels that have background, or the outside of the image, for a neighbour.
    int32_t (*outline)(const cocodec_masks* masks, int32_t connectivity, cocodec_masks* out,
                       cocodec_context* context);
    /// Direction of the longer axis in radians, from the x axis towards the y axis; 0 where none is
    /// longer, NaN for empty masks.
    int32_t (*orientation)(const cocodec_masks* masks, double* out, cocodec_context* context);
} cocodec_api;

/// Whether the library has a function that older ones of this version lack.
#define COCODEC_HAS(api, member) \
    ((const char*)(&(api)->member + 1) <= (const char*)(api) + (api)->struct_size)

/// The table of the library that this program is linked with; lives as long as the program.
const cocodec_api* cocodec_get_api(void);

#ifdef __cplusplus
}
#endif
