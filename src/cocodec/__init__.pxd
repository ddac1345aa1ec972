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

    ctypedef enum cocodec_operation:
        COCODEC_UNION
        COCODEC_INTERSECTION
        COCODEC_DIFFERENCE
        COCODEC_SYMMETRIC_DIFFERENCE

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

cdef extern from "cocodec/import.h":
    # With the lock; raises ImportError where the installed package is too old or too new.
    const cocodec_api* cocodec_import() except NULL
