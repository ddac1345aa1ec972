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
//   (cocodec_masks *out, cocodec_texts *out) belongs to the library: give it back with
//   release_masks or release_texts. `out` is overwritten, with zeros if the call fails, and is none
//   of the inputs. Numbers and pixels are written to the caller's own arrays, whose content is
//   undefined if the call fails.
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

/// Passed as an int32_t.
typedef enum cocodec_operation {
    COCODEC_UNION = 0,
    COCODEC_INTERSECTION = 1,
    COCODEC_DIFFERENCE = 2,
    COCODEC_SYMMETRIC_DIFFERENCE = 3
} cocodec_operation;

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
} cocodec_api;

/// Whether the library has a function that older ones of this version lack.
#define COCODEC_HAS(api, member) \
    ((const char*)(&(api)->member + 1) <= (const char*)(api) + (api)->struct_size)

/// The table of the library that this program is linked with; lives as long as the program.
const cocodec_api* cocodec_get_api(void);

#ifdef __cplusplus
}
#endif
