# What `cimport cocodec.cython` gives: batches that own their memory, whose methods need no lock.
#
#     from cocodec.cython cimport Masks
#     cdef Masks masks = Masks(), both = Masks()
#     with nogil:
#         masks.encode(&pixels[0, 0, 0], n, height, width)
#         masks.unite(both)
#         both.areas(&area)
#
# A method that makes masks puts them where its argument `out` says, which may be the batch itself.
# What goes wrong is raised: cocodec.RleError and its like, MemoryError, ValueError for misuse. One
# batch is for one thread at a time to change; any number may read it. The rules of the operations
# are those of <cocodec/cocodec.h>, whose structs these are.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from cocodec cimport (cocodec_affine, cocodec_box, cocodec_boxes, cocodec_dense, cocodec_extremes,
                      cocodec_grids, cocodec_integers, cocodec_label_map, cocodec_label_target,
                      cocodec_masks, cocodec_moments, cocodec_neighbourhood, cocodec_point,
                      cocodec_polygons, cocodec_positions, cocodec_rings, cocodec_scores, cocodec_size,
                      cocodec_soft_nms_options, cocodec_target, cocodec_texts,
                      cocodec_trace_options, cocodec_window)


cdef class Integers:
    """Whole numbers that the library made: labels, parents, indexes."""
    cdef cocodec_integers integers
    cdef int take(self, cocodec_integers* fresh) noexcept nogil
    cdef inline const int64_t* values(self) noexcept nogil:
        return self.integers.values
    cdef inline int64_t length(self) noexcept nogil:
        return self.integers.length


cdef class Texts:
    """Counts strings."""
    cdef cocodec_texts texts
    cdef inline int64_t length(self) noexcept nogil:
        return self.texts.length
    cdef inline const char* chars(self, int64_t i) noexcept nogil:
        return self.texts.chars + self.texts.offsets[i]
    cdef inline int64_t size(self, int64_t i) noexcept nogil:
        return self.texts.offsets[i + 1] - self.texts.offsets[i]


cdef class Polygons:
    """Rings, mask by mask."""
    cdef cocodec_polygons polygons
    cdef int take(self, cocodec_polygons* fresh) noexcept nogil
    cdef inline const cocodec_rings* rings(self) noexcept nogil:
        return &self.polygons.rings


cdef class Masks:
    """A batch of masks. `threads` is that of its methods: 0 = as many as pay, 1 = none."""
    cdef cocodec_masks masks
    cdef public int32_t threads
    cdef object kept  # what the runs belong to, where they are somebody else's
    cdef int take(self, cocodec_masks* fresh) noexcept nogil
    cdef inline int64_t length(self) noexcept nogil:
        return self.masks.length

    # Made of pixels, scores, rings, boxes, texts and label maps: the batch becomes what they say.
    cdef int encode_dense(self, const cocodec_dense* dense) except -1 nogil
    cdef int encode_scores(self, const cocodec_scores* scores, double threshold) except -1 nogil
    cdef int from_rings(self, const cocodec_rings* rings) except -1 nogil
    cdef int from_boxes(self, const cocodec_boxes* boxes, const cocodec_size* sizes) except -1 nogil
    # Copied and checked: runs of the caller's own, or the pixels where masks change.
    cdef int from_runs(self, const cocodec_masks* runs) except -1 nogil
    cdef int from_positions(self, const cocodec_positions* positions,
                            const cocodec_size* sizes) except -1 nogil
    cdef int parse_counts(self, const cocodec_texts* texts,
                          const cocodec_size* sizes) except -1 nogil
    cdef int paste(self, const cocodec_grids* grids, const cocodec_box* boxes,
                   const cocodec_size* sizes, double threshold) except -1 nogil

    # Masks made of masks.
    cdef int combine(self, Masks out, Masks other, int32_t operation) except -1 nogil
    cdef int complement(self, Masks out) except -1 nogil
    cdef int flip(self, Masks out, bint upside_down) except -1 nogil
    cdef int transpose(self, Masks out) except -1 nogil
    cdef int rotate90(self, Masks out, int64_t times) except -1 nogil
    cdef int crop(self, Masks out, const cocodec_window* windows) except -1 nogil
    cdef int resize(self, Masks out, const cocodec_size* sizes, int32_t rule) except -1 nogil
    cdef int warp_affine(self, Masks out, const cocodec_affine* maps,
                         const cocodec_size* sizes) except -1 nogil
    cdef int change(self, Masks out, int32_t change,
                    const cocodec_neighbourhood* around) except -1 nogil
    cdef int boundary(self, Masks out, double dilation_ratio) except -1 nogil
    cdef int outline(self, Masks out, int32_t connectivity) except -1 nogil
    cdef int remove_small(self, Masks out, uint64_t min_area, int32_t connectivity) except -1 nogil
    cdef int largest_component(self, Masks out, int32_t connectivity) except -1 nogil
    cdef int fill_holes(self, Masks out, uint64_t max_area, int32_t connectivity) except -1 nogil
    # Of one batch, or united, as `cocodec_operation` has it: all masks of it together.
    cdef int merge(self, Masks out, int32_t operation) except -1 nogil
    cdef int unite(self, Masks out) except -1 nogil
    # Pixels added around each mask (or, below 0, taken away), or each moved inside of its image.
    cdef int pad(self, Masks out, int64_t left, int64_t top, int64_t right,
                 int64_t bottom) except -1 nogil
    cdef int shift(self, Masks out, int64_t dx, int64_t dy) except -1 nogil
    # A box that reaches so many rows and columns around each pixel, background outside.
    cdef int dilate(self, Masks out, int64_t rows, int64_t columns) except -1 nogil
    cdef int erode(self, Masks out, int64_t rows, int64_t columns) except -1 nogil
    cdef int change_by_box(self, Masks out, int32_t change, int64_t rows,
                           int64_t columns) except -1 nogil
    cdef int show(self, Masks out, int64_t x, int64_t y, int64_t taller,
                  int64_t wider) except -1 nogil
    cdef int components(self, Masks out, Integers parents, int32_t connectivity) except -1 nogil
    cdef int from_label_map(self, const cocodec_label_map* map, const int64_t* background,
                            Integers labels) except -1 nogil
    cdef int from_label_png(self, const uint8_t* png, int64_t length, const int64_t* background,
                            Integers labels) except -1 nogil
    # n masks, height by width bytes each, row by row.
    cdef int encode(self, const uint8_t* pixels, int64_t n, int64_t height,
                    int64_t width) except -1 nogil
    cdef int decode(self, uint8_t* pixels) except -1 nogil

    # Read off the masks, to arrays of as many values as there are masks, if nothing else is said.
    cdef int areas(self, uint64_t* out) except -1 nogil
    cdef int boxes(self, cocodec_box* out) except -1 nogil
    cdef int moments(self, cocodec_moments* out) except -1 nogil
    cdef int centroids(self, cocodec_point* out) except -1 nogil
    cdef int orientations(self, double* out) except -1 nogil
    cdef int perimeters(self, uint64_t* out) except -1 nogil
    cdef int extreme_points(self, cocodec_extremes* out) except -1 nogil
    cdef int inner_rectangles(self, cocodec_box* out) except -1 nogil
    cdef int decode_to(self, const cocodec_target* out) except -1 nogil
    cdef int iou(self, Masks truth, double* out, const uint8_t* iscrowd) except -1 nogil
    cdef int overlap(self, Masks other, double* out, int32_t measure) except -1 nogil
    cdef int contains(self, const cocodec_point* points, int64_t n, uint8_t* out) except -1 nogil
    cdef int paint_labels(self, const int64_t* labels, int64_t background, int32_t rule,
                          const cocodec_label_target* out) except -1 nogil
    cdef int counts(self, Texts out) except -1 nogil
    cdef int trace(self, Polygons out, const cocodec_trace_options* options) except -1 nogil
    cdef int convex_hulls(self, Polygons out) except -1 nogil
    cdef int nms(self, Integers kept, const double* scores, const int64_t* classes,
                 double threshold, int32_t measure) except -1 nogil
    cdef int merge_nms(self, Masks out, Integers kept, const double* scores,
                       const int64_t* classes, double threshold, int32_t measure) except -1 nogil
    # `lowered` has room for a score of every mask; as many as `kept` has are written.
    cdef int soft_nms(self, Integers kept, double* lowered, const double* scores,
                      const int64_t* classes,
                      const cocodec_soft_nms_options* options) except -1 nogil
