# cython: language_level=3, freethreading_compatible=True
"""Areas of boxes and the IoU of each with the first, without the interpreter's lock."""
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc

from cocodec cimport (COCODEC_OK, cocodec_api, cocodec_box, cocodec_boxes, cocodec_context,
                      cocodec_import, cocodec_masks, cocodec_size)

cdef const cocodec_api* api = cocodec_import()


cdef int measure(const cocodec_boxes* boxes, const cocodec_size* sizes, uint64_t* areas,
                 double* ious, cocodec_context* context) noexcept nogil:
    cdef cocodec_masks masks, first
    cdef int status = api.from_boxes(boxes, sizes, &masks, context)
    if status == COCODEC_OK:
        first = masks
        first.length = 1
        first.owner = NULL  # a view of the first mask
        status = api.area(&masks, areas, context)
        if status == COCODEC_OK:
            status = api.iou(&masks, &first, NULL, ious, context)
    api.release_masks(&masks)
    return status


def measured(double[:, ::1] boxes, long long height, long long width):
    """Return the list of areas and the list of IoUs."""
    cdef Py_ssize_t i, n = boxes.shape[0]
    cdef cocodec_boxes input
    cdef cocodec_context context
    cdef int status
    cdef cocodec_size* sizes = <cocodec_size*>malloc(max(n, 1) * sizeof(cocodec_size))
    cdef uint64_t* areas = <uint64_t*>malloc(max(n, 1) * sizeof(uint64_t))
    cdef double* ious = <double*>malloc(max(n, 1) * sizeof(double))
    try:
        if sizes == NULL or areas == NULL or ious == NULL:
            raise MemoryError
        for i in range(n):
            sizes[i].height = height
            sizes[i].width = width
        input.boxes = <const cocodec_box*>&boxes[0, 0]
        input.length = n
        context.threads = 1
        with nogil:
            status = measure(&input, sizes, areas, ious, &context)
        if status != COCODEC_OK:
            raise ValueError(f"{api.status_name(status).decode()}: {context.message.decode()}")
        return [areas[i] for i in range(n)], [ious[i] for i in range(n)]
    finally:
        free(sizes)
        free(areas)
        free(ious)
