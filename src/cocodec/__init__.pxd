# What `cimport cocodec` gives: the C interface of <cocodec/cocodec.h>, whose comments are its manual.
# Names, members and their order mirror that header.
#
#     from cocodec cimport cocodec_api, cocodec_import
#     cdef const cocodec_api* api = cocodec_import()
#
# The functions are members of `api`, and every one may be called without the interpreter's lock.
# Compile with `include_dirs=[cocodec.get_include()]`.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

cdef extern from "cocodec/cocodec.h":
    const uint32_t COCODEC_ABI_VERSION

    ctypedef enum cocodec_status:
        COCODEC_OK
        COCODEC_BAD_SIZE
        COCODEC_BAD_SUM
        COCODEC_BAD_COUNTS
        COCODEC_BAD_RUN
        COCODEC_SIZE_MISMATCH
        COCODEC_BAD_COORDINATE
        COCODEC_BAD_SHAPE
        COCODEC_BAD_SEGMENTATION
        COCODEC_BAD_JSON
        COCODEC_UNKNOWN_ISA
        COCODEC_TOO_LARGE
        COCODEC_HAS_HOLES
        COCODEC_BAD_OPTION
        COCODEC_BAD_LABEL
        COCODEC_BAD_IMAGE
        COCODEC_NO_MEMORY
        COCODEC_BAD_ARGUMENT
        COCODEC_INTERNAL

    ctypedef struct cocodec_context:
        int32_t threads
        int32_t status
        int64_t item
        int64_t offset
        char message[256]

    ctypedef struct cocodec_size:
        int64_t height
        int64_t width

    ctypedef struct cocodec_box:
        double x
        double y
        double width
        double height

    ctypedef struct cocodec_boxes:
        const cocodec_box* boxes
        int64_t length

    ctypedef struct cocodec_masks:
        const uint32_t* counts
        int64_t counts_length
        const int64_t* offsets
        const cocodec_size* sizes
        int64_t length
        void* owner

    ctypedef struct cocodec_texts:
        const char* chars
        int64_t chars_length
        const int64_t* offsets
        int64_t length
        void* owner

    ctypedef struct cocodec_dense:
        const uint8_t* data
        int64_t length
        cocodec_size size
        int64_t mask_stride
        int64_t row_stride
        int64_t column_stride

    ctypedef enum cocodec_score_type:
        COCODEC_FLOAT16
        COCODEC_BFLOAT16
        COCODEC_FLOAT32
        COCODEC_FLOAT64

    ctypedef struct cocodec_scores:
        const uint8_t* data
        int64_t length
        cocodec_size size
        int64_t mask_stride
        int64_t row_stride
        int64_t column_stride
        int32_t type

    ctypedef struct cocodec_target:
        uint8_t* data
        int64_t length
        cocodec_size size
        int64_t mask_stride
        int64_t row_stride
        int64_t column_stride
        int32_t is_zero

    ctypedef struct cocodec_rings:
        const double* xy
        int64_t points_length
        const int64_t* ring_offsets
        int64_t rings_length
        const int64_t* mask_offsets
        const cocodec_size* sizes
        int64_t length

    ctypedef struct cocodec_groups:
        const int64_t* members
        int64_t members_length
        const int64_t* offsets
        int64_t length

    ctypedef struct cocodec_positions:
        const int64_t* positions
        int64_t positions_length
        const int64_t* offsets
        int64_t length

    ctypedef enum cocodec_operation:
        COCODEC_UNION
        COCODEC_INTERSECTION
        COCODEC_DIFFERENCE
        COCODEC_SYMMETRIC_DIFFERENCE

    ctypedef struct cocodec_integers:
        const int64_t* values
        int64_t length
        void* owner

    ctypedef struct cocodec_polygons:
        cocodec_rings rings
        const uint8_t* is_hole
        void* owner

    ctypedef enum cocodec_holes:
        COCODEC_HOLES_BRIDGE
        COCODEC_HOLES_SEPARATE
        COCODEC_HOLES_DROP
        COCODEC_HOLES_REFUSE

    ctypedef struct cocodec_trace_options:
        int64_t struct_size
        double tolerance
        double min_area
        int32_t keep_steps
        int32_t holes
        int32_t connectivity

    ctypedef enum cocodec_label_type:
        COCODEC_LABEL_U8
        COCODEC_LABEL_U16
        COCODEC_LABEL_U32
        COCODEC_LABEL_I8
        COCODEC_LABEL_I16
        COCODEC_LABEL_I32
        COCODEC_LABEL_I64
        COCODEC_LABEL_RGB

    ctypedef struct cocodec_label_map:
        const uint8_t* data
        cocodec_size size
        int64_t row_stride
        int64_t column_stride
        int64_t channel_stride
        int32_t type

    ctypedef struct cocodec_label_target:
        uint8_t* data
        cocodec_size size
        int64_t row_stride
        int64_t column_stride
        int64_t channel_stride
        int32_t type

    ctypedef enum cocodec_paint_rule:
        COCODEC_PAINT_LAST
        COCODEC_PAINT_FIRST
        COCODEC_PAINT_REFUSE

    ctypedef struct cocodec_window:
        int64_t x
        int64_t y
        cocodec_size size

    ctypedef struct cocodec_affine:
        double xx
        double xy
        double x0
        double yx
        double yy
        double y0

    ctypedef enum cocodec_resize_rule:
        COCODEC_RESIZE_NEAREST
        COCODEC_RESIZE_AREA

    ctypedef enum cocodec_shape:
        COCODEC_BOX
        COCODEC_CROSS
        COCODEC_DISK

    ctypedef enum cocodec_outside:
        COCODEC_OUTSIDE_BACKGROUND
        COCODEC_OUTSIDE_FOREGROUND
        COCODEC_OUTSIDE_IGNORED

    ctypedef struct cocodec_neighbourhood:
        int32_t shape
        int32_t outside
        int64_t rows
        int64_t columns
        double radius
        int64_t iterations

    ctypedef enum cocodec_change:
        COCODEC_DILATE
        COCODEC_ERODE
        COCODEC_OPEN
        COCODEC_CLOSE

    ctypedef struct cocodec_moments:
        double m00
        double m10
        double m01
        double m20
        double m11
        double m02
        double m30
        double m21
        double m12
        double m03

    ctypedef struct cocodec_point:
        double x
        double y

    ctypedef struct cocodec_extremes:
        int64_t left_x
        int64_t left_y
        int64_t top_x
        int64_t top_y
        int64_t right_x
        int64_t right_y
        int64_t bottom_x
        int64_t bottom_y

    ctypedef enum cocodec_measure:
        COCODEC_COMMON
        COCODEC_IOU
        COCODEC_IOMIN
        COCODEC_DICE

    ctypedef enum cocodec_decay:
        COCODEC_DECAY_GAUSSIAN
        COCODEC_DECAY_LINEAR

    ctypedef struct cocodec_soft_nms_options:
        int64_t struct_size
        double sigma
        double threshold
        double min_score
        int32_t decay
        int32_t measure

    ctypedef struct cocodec_grids:
        const float* values
        cocodec_size size
        int64_t length

    ctypedef struct cocodec_api:
        uint32_t abi_version
        uint32_t struct_size
        const char* (*status_name)(int32_t status) noexcept nogil
        void (*release_masks)(cocodec_masks* masks) noexcept nogil
        void (*release_texts)(cocodec_texts* texts) noexcept nogil
        int32_t (*validate)(const cocodec_masks* masks, cocodec_context* context) noexcept nogil
        int32_t (*encode)(const cocodec_dense* dense, cocodec_masks* out,
                          cocodec_context* context) noexcept nogil
        int32_t (*decode)(const cocodec_masks* masks, const cocodec_target* out,
                          cocodec_context* context) noexcept nogil
        int32_t (*from_rings)(const cocodec_rings* rings, cocodec_masks* out,
                              cocodec_context* context) noexcept nogil
        int32_t (*from_boxes)(const cocodec_boxes* boxes, const cocodec_size* sizes,
                              cocodec_masks* out, cocodec_context* context) noexcept nogil
        int32_t (*combine)(const cocodec_masks* masks, const cocodec_groups* groups,
                           int32_t operation, cocodec_masks* out,
                           cocodec_context* context) noexcept nogil
        int32_t (*combine_pairs)(const cocodec_masks* a, const cocodec_masks* b, int32_t operation,
                                 cocodec_masks* out, cocodec_context* context) noexcept nogil
        int32_t (*complement)(const cocodec_masks* masks, cocodec_masks* out,
                              cocodec_context* context) noexcept nogil
        int32_t (*iou)(const cocodec_masks* dt, const cocodec_masks* gt, const uint8_t* iscrowd,
                       double* out, cocodec_context* context) noexcept nogil
        int32_t (*box_iou)(const cocodec_boxes* dt, const cocodec_boxes* gt, const uint8_t* iscrowd,
                           double* out, cocodec_context* context) noexcept nogil
        int32_t (*area)(const cocodec_masks* masks, uint64_t* out,
                        cocodec_context* context) noexcept nogil
        int32_t (*bbox)(const cocodec_masks* masks, cocodec_box* out,
                        cocodec_context* context) noexcept nogil
        int32_t (*parse_counts)(const cocodec_texts* texts, const cocodec_size* sizes,
                                cocodec_masks* out, cocodec_context* context) noexcept nogil
        int32_t (*format_counts)(const cocodec_masks* masks, cocodec_texts* out,
                                 cocodec_context* context) noexcept nogil
        int32_t (*encode_scores)(const cocodec_scores* scores, double threshold,
                                 cocodec_masks* out, cocodec_context* context) noexcept nogil
        void (*release_polygons)(cocodec_polygons* polygons) noexcept nogil
        void (*release_integers)(cocodec_integers* integers) noexcept nogil
        int32_t (*trace)(const cocodec_masks* masks, const cocodec_trace_options* options,
                         cocodec_polygons* out, cocodec_context* context) noexcept nogil
        int32_t (*from_label_map)(const cocodec_label_map* map, const int64_t* background,
                                  cocodec_integers* labels, cocodec_masks* out,
                                  cocodec_context* context) noexcept nogil
        int32_t (*paint_labels)(const cocodec_masks* masks, const int64_t* labels,
                                int64_t background, int32_t rule, const cocodec_label_target* out,
                                cocodec_context* context) noexcept nogil
        int32_t (*flip)(const cocodec_masks* masks, int32_t upside_down, cocodec_masks* out,
                        cocodec_context* context) noexcept nogil
        int32_t (*transpose)(const cocodec_masks* masks, cocodec_masks* out,
                             cocodec_context* context) noexcept nogil
        int32_t (*rotate90)(const cocodec_masks* masks, int64_t times, cocodec_masks* out,
                            cocodec_context* context) noexcept nogil
        int32_t (*crop)(const cocodec_masks* masks, const cocodec_window* windows,
                        cocodec_masks* out, cocodec_context* context) noexcept nogil
        int32_t (*resize)(const cocodec_masks* masks, const cocodec_size* sizes, int32_t rule,
                          cocodec_masks* out, cocodec_context* context) noexcept nogil
        int32_t (*warp_affine)(const cocodec_masks* masks, const cocodec_affine* maps,
                               const cocodec_size* sizes, cocodec_masks* out,
                               cocodec_context* context) noexcept nogil
        int32_t (*morphology)(const cocodec_masks* masks, int32_t change,
                              const cocodec_neighbourhood* neighbourhood, cocodec_masks* out,
                              cocodec_context* context) noexcept nogil
        int32_t (*boundary)(const cocodec_masks* masks, double dilation_ratio, cocodec_masks* out,
                            cocodec_context* context) noexcept nogil
        int32_t (*components)(const cocodec_masks* masks, int32_t connectivity,
                              cocodec_integers* parents, cocodec_masks* out,
                              cocodec_context* context) noexcept nogil
        int32_t (*remove_small)(const cocodec_masks* masks, uint64_t min_area,
                                int32_t connectivity, cocodec_masks* out,
                                cocodec_context* context) noexcept nogil
        int32_t (*largest_component)(const cocodec_masks* masks, int32_t connectivity,
                                     cocodec_masks* out, cocodec_context* context) noexcept nogil
        int32_t (*fill_holes)(const cocodec_masks* masks, uint64_t max_area, int32_t connectivity,
                              cocodec_masks* out, cocodec_context* context) noexcept nogil
        int32_t (*moments)(const cocodec_masks* masks, cocodec_moments* out,
                           cocodec_context* context) noexcept nogil
        int32_t (*centroid)(const cocodec_masks* masks, cocodec_point* out,
                            cocodec_context* context) noexcept nogil
        int32_t (*perimeter)(const cocodec_masks* masks, uint64_t* out,
                             cocodec_context* context) noexcept nogil
        int32_t (*extreme_points)(const cocodec_masks* masks, cocodec_extremes* out,
                                  cocodec_context* context) noexcept nogil
        int32_t (*inner_rectangle)(const cocodec_masks* masks, cocodec_box* out,
                                   cocodec_context* context) noexcept nogil
        int32_t (*convex_hull)(const cocodec_masks* masks, cocodec_polygons* out,
                               cocodec_context* context) noexcept nogil
        int32_t (*contains)(const cocodec_masks* masks, const cocodec_point* points,
                            int64_t length, uint8_t* out, cocodec_context* context) noexcept nogil
        int32_t (*overlap)(const cocodec_masks* a, const cocodec_masks* b, int32_t measure,
                           double* out, cocodec_context* context) noexcept nogil
        int32_t (*nms)(const cocodec_masks* masks, const double* scores, const int64_t* classes,
                       double threshold, int32_t measure, cocodec_integers* kept,
                       cocodec_context* context) noexcept nogil
        int32_t (*paste)(const cocodec_grids* grids, const cocodec_box* boxes,
                         const cocodec_size* sizes, double threshold, cocodec_masks* out,
                         cocodec_context* context) noexcept nogil
        int32_t (*from_label_png)(const uint8_t* png, int64_t length, const int64_t* background,
                                  cocodec_integers* labels, cocodec_masks* out,
                                  cocodec_context* context) noexcept nogil
        int32_t (*write_label_png)(const cocodec_label_map* map, cocodec_texts* out,
                                   cocodec_context* context) noexcept nogil
        int32_t (*merge_nms)(const cocodec_masks* masks, const double* scores,
                             const int64_t* classes, double threshold, int32_t measure,
                             cocodec_integers* kept, cocodec_masks* out,
                             cocodec_context* context) noexcept nogil
        int32_t (*soft_nms)(const cocodec_masks* masks, const double* scores,
                            const int64_t* classes, const cocodec_soft_nms_options* options,
                            cocodec_integers* kept, double* lowered,
                            cocodec_context* context) noexcept nogil
        int32_t (*from_runs)(const cocodec_masks* runs, cocodec_masks* out,
                             cocodec_context* context) noexcept nogil
        int32_t (*from_positions)(const cocodec_positions* positions, const cocodec_size* sizes,
                                  cocodec_masks* out, cocodec_context* context) noexcept nogil
        int32_t (*outline)(const cocodec_masks* masks, int32_t connectivity, cocodec_masks* out,
                           cocodec_context* context) noexcept nogil
        int32_t (*orientation)(const cocodec_masks* masks, double* out,
                               cocodec_context* context) noexcept nogil

cdef extern from "cocodec/import.h":
    # With the lock; raises ImportError where the installed package is too old or too new.
    const cocodec_api* cocodec_import() except NULL
