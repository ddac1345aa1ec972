# cython: language_level=3, freethreading_compatible=True, embedsignature=True
"""Batches of masks for Cython: `cimport cocodec.cython`. In Python, RleArray says more.

The declarations in ``cython.pxd`` are the manual.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from cocodec cimport (COCODEC_BAD_ARGUMENT, COCODEC_BAD_COORDINATE, COCODEC_DILATE,
                      COCODEC_ERODE, COCODEC_HAS_HOLES, COCODEC_INTERNAL, COCODEC_NO_MEMORY,
                      COCODEC_OK, COCODEC_UNION, cocodec_affine, cocodec_api,
                      cocodec_box, cocodec_boxes, cocodec_context, cocodec_dense, cocodec_extremes,
                      cocodec_grids, cocodec_groups, cocodec_import, cocodec_integers,
                      cocodec_label_map, cocodec_label_target, cocodec_masks, cocodec_moments,
                      cocodec_neighbourhood, cocodec_point, cocodec_polygons, cocodec_positions, cocodec_rings,
                      cocodec_scores, cocodec_size, cocodec_soft_nms_options, cocodec_target,
                      cocodec_texts, cocodec_trace_options, cocodec_window)

import numpy

from cocodec.errors import PolygonError, RleError
from cocodec.masks.rle_array import RleArray

__all__ = ["Integers", "Masks", "Polygons", "Texts"]

cdef const cocodec_api* api = cocodec_import()


cdef int check(int32_t status, const cocodec_context* context) except -1 nogil:
    """Raise what a call has said."""
    if status == COCODEC_OK:
        return 0
    with gil:
        message = (<const char*>context.message).decode("utf-8", "replace")
        if status == COCODEC_NO_MEMORY:
            raise MemoryError(message)
        if status == COCODEC_INTERNAL:
            raise RuntimeError(message)
        if status == COCODEC_BAD_ARGUMENT:
            raise ValueError(message)
        if context.item >= 0:
            message = f"mask {context.item}: {message}"
        kind = PolygonError if status in (COCODEC_BAD_COORDINATE, COCODEC_HAS_HOLES) else RleError
        error = kind(message)
        error.code = api.status_name(status).decode()
        error.item = context.item if context.item >= 0 else None
        error.offset = context.offset if context.offset >= 0 else None
        raise error


cdef cocodec_context new_context(int32_t threads) noexcept nogil:
    cdef cocodec_context context
    memset(&context, 0, sizeof(context))
    context.threads = threads
    return context


cdef class Integers:
    """Whole numbers that the library made."""

    def __dealloc__(self):
        api.release_integers(&self.integers)

    def __len__(self):
        return self.integers.length

    cdef int take(self, cocodec_integers* fresh) noexcept nogil:
        api.release_integers(&self.integers)
        self.integers = fresh[0]
        return 0

    def to_list(self):
        """Return them as a list of int."""
        return [self.integers.values[i] for i in range(self.integers.length)]


cdef class Texts:
    """Counts strings."""

    def __dealloc__(self):
        api.release_texts(&self.texts)

    def __len__(self):
        return self.texts.length

    def to_list(self):
        """Return them as a list of bytes."""
        return [self.chars(i)[:self.size(i)] for i in range(self.texts.length)]


cdef class Polygons:
    """Rings, mask by mask."""

    def __dealloc__(self):
        api.release_polygons(&self.polygons)

    def __len__(self):
        return self.polygons.rings.length

    cdef int take(self, cocodec_polygons* fresh) noexcept nogil:
        api.release_polygons(&self.polygons)
        self.polygons = fresh[0]
        return 0

    def to_list(self):
        """Return a list of rings for each mask, a ring being x1, y1, x2, y2, ... as COCO has it."""
        cdef const cocodec_rings* rings = &self.polygons.rings
        cdef int64_t m, r, k
        return [
            [[rings.xy[k] for k in range(2 * rings.ring_offsets[r], 2 * rings.ring_offsets[r + 1])]
             for r in range(rings.mask_offsets[m], rings.mask_offsets[m + 1])]
            for m in range(rings.length)
        ]


cdef class Masks:
    """A batch of masks.

    Parameters
    ----------
    rles : RleArray, optional
        Masks to begin with; nothing is copied.
    threads : int
        Of every method: 0 = as many as pay, 1 = none.
    """

    def __init__(self, rles=None, *, int32_t threads=0):
        cdef const uint32_t[::1] counts
        cdef const int64_t[::1] offsets
        cdef const int64_t[:, ::1] sizes
        cdef cocodec_masks fresh
        self.threads = threads
        if rles is None:
            return
        if not isinstance(rles, RleArray):
            raise TypeError(f"expected an RleArray, not {type(rles).__name__}")
        counts, offsets, sizes = rles.counts, rles.offsets, rles.sizes
        memset(&fresh, 0, sizeof(fresh))
        fresh.length = sizes.shape[0]
        fresh.counts_length = counts.shape[0]
        fresh.offsets = &offsets[0]
        if fresh.counts_length > 0:
            fresh.counts = &counts[0]
        if fresh.length > 0:
            fresh.sizes = <const cocodec_size*>&sizes[0, 0]
        self.take(&fresh)
        self.kept = (counts, offsets, sizes)

    def __dealloc__(self):
        api.release_masks(&self.masks)

    def __len__(self):
        return self.masks.length

    def to_rles(self):
        """Return the masks as an RleArray of their own."""
        cdef int64_t n = self.masks.length, runs = self.masks.counts_length
        counts = numpy.zeros(runs, numpy.uint32)
        offsets = numpy.zeros(n + 1, numpy.int64)
        sizes = numpy.zeros((n, 2), numpy.int64)
        cdef uint32_t[::1] to_counts = counts
        cdef int64_t[::1] to_offsets = offsets
        cdef int64_t[:, ::1] to_sizes = sizes
        cdef int64_t i
        for i in range(runs):
            to_counts[i] = self.masks.counts[i]
        for i in range(n):
            to_offsets[i + 1] = self.masks.offsets[i + 1]
            to_sizes[i, 0] = self.masks.sizes[i].height
            to_sizes[i, 1] = self.masks.sizes[i].width
        return RleArray.from_runs(counts, offsets, sizes)

    def rasterise(self, Polygons polygons not None):
        """Become the masks that rings give: the way back from `traced`."""
        self.from_rings(polygons.rings())

    def traced(self):
        """Return the rings that give these masks."""
        cdef Polygons out = Polygons()
        self.trace(out, NULL)
        return out

    def strings(self):
        """Return COCO's counts strings, as a list of bytes."""
        cdef Texts out = Texts()
        self.counts(out)
        return out.to_list()

    cdef int take(self, cocodec_masks* fresh) noexcept nogil:
        """The batch becomes another, which is its own from then on."""
        api.release_masks(&self.masks)
        self.masks = fresh[0]
        return 0

    cdef int encode_dense(self, const cocodec_dense* dense) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.encode(dense, &fresh, &context)
        check(status, &context)
        return self.take(&fresh)

    cdef int encode_scores(self, const cocodec_scores* scores, double threshold) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.encode_scores(scores, threshold, &fresh, &context)
        check(status, &context)
        return self.take(&fresh)

    cdef int from_rings(self, const cocodec_rings* rings) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.from_rings(rings, &fresh, &context)
        check(status, &context)
        return self.take(&fresh)

    cdef int from_boxes(self, const cocodec_boxes* boxes,
                        const cocodec_size* sizes) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.from_boxes(boxes, sizes, &fresh, &context)
        check(status, &context)
        return self.take(&fresh)

    cdef int from_runs(self, const cocodec_masks* runs) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.from_runs(runs, &fresh, &context)
        check(status, &context)
        return self.take(&fresh)

    cdef int from_positions(self, const cocodec_positions* positions,
                            const cocodec_size* sizes) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.from_positions(positions, sizes, &fresh, &context)
        check(status, &context)
        return self.take(&fresh)

    cdef int parse_counts(self, const cocodec_texts* texts,
                          const cocodec_size* sizes) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.parse_counts(texts, sizes, &fresh, &context)
        check(status, &context)
        return self.take(&fresh)

    cdef int paste(self, const cocodec_grids* grids, const cocodec_box* boxes,
                   const cocodec_size* sizes, double threshold) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.paste(grids, boxes, sizes, threshold, &fresh, &context)
        check(status, &context)
        return self.take(&fresh)

    cdef int combine(self, Masks out, Masks other, int32_t operation) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.combine_pairs(&self.masks, &other.masks, operation, &fresh,
                                                &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int complement(self, Masks out) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.complement(&self.masks, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int flip(self, Masks out, bint upside_down) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.flip(&self.masks, upside_down, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int transpose(self, Masks out) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.transpose(&self.masks, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int rotate90(self, Masks out, int64_t times) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.rotate90(&self.masks, times, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int crop(self, Masks out, const cocodec_window* windows) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.crop(&self.masks, windows, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int resize(self, Masks out, const cocodec_size* sizes, int32_t rule) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.resize(&self.masks, sizes, rule, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int warp_affine(self, Masks out, const cocodec_affine* maps,
                         const cocodec_size* sizes) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.warp_affine(&self.masks, maps, sizes, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int change(self, Masks out, int32_t change,
                    const cocodec_neighbourhood* around) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.morphology(&self.masks, change, around, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int boundary(self, Masks out, double dilation_ratio) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.boundary(&self.masks, dilation_ratio, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int outline(self, Masks out, int32_t connectivity) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.outline(&self.masks, connectivity, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int remove_small(self, Masks out, uint64_t min_area, int32_t connectivity) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.remove_small(&self.masks, min_area, connectivity, &fresh,
                                               &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int largest_component(self, Masks out, int32_t connectivity) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.largest_component(&self.masks, connectivity, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int fill_holes(self, Masks out, uint64_t max_area, int32_t connectivity) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.fill_holes(&self.masks, max_area, connectivity, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int areas(self, uint64_t* out) except -1 nogil:
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.area(&self.masks, out, &context)
        return check(status, &context)

    cdef int boxes(self, cocodec_box* out) except -1 nogil:
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.bbox(&self.masks, out, &context)
        return check(status, &context)

    cdef int moments(self, cocodec_moments* out) except -1 nogil:
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.moments(&self.masks, out, &context)
        return check(status, &context)

    cdef int centroids(self, cocodec_point* out) except -1 nogil:
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.centroid(&self.masks, out, &context)
        return check(status, &context)

    cdef int orientations(self, double* out) except -1 nogil:
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.orientation(&self.masks, out, &context)
        return check(status, &context)

    cdef int perimeters(self, uint64_t* out) except -1 nogil:
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.perimeter(&self.masks, out, &context)
        return check(status, &context)

    cdef int extreme_points(self, cocodec_extremes* out) except -1 nogil:
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.extreme_points(&self.masks, out, &context)
        return check(status, &context)

    cdef int inner_rectangles(self, cocodec_box* out) except -1 nogil:
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.inner_rectangle(&self.masks, out, &context)
        return check(status, &context)

    cdef int decode_to(self, const cocodec_target* out) except -1 nogil:
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.decode(&self.masks, out, &context)
        return check(status, &context)

    cdef int iou(self, Masks truth, double* out, const uint8_t* iscrowd) except -1 nogil:
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.iou(&self.masks, &truth.masks, iscrowd, out, &context)
        return check(status, &context)

    cdef int overlap(self, Masks other, double* out, int32_t measure) except -1 nogil:
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.overlap(&self.masks, &other.masks, measure, out, &context)
        return check(status, &context)

    cdef int contains(self, const cocodec_point* points, int64_t n, uint8_t* out) except -1 nogil:
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.contains(&self.masks, points, n, out, &context)
        return check(status, &context)

    cdef int paint_labels(self, const int64_t* labels, int64_t background, int32_t rule,
                          const cocodec_label_target* out) except -1 nogil:
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.paint_labels(&self.masks, labels, background, rule, out, &context)
        return check(status, &context)

    cdef int merge(self, Masks out, int32_t operation) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef cocodec_groups groups
        cdef int64_t[2] ends
        cdef int64_t i, n = self.masks.length
        cdef int64_t* members = <int64_t*>malloc(max(n, 1) * sizeof(int64_t))
        cdef int32_t status = COCODEC_NO_MEMORY
        if members != NULL:
            for i in range(n):
                members[i] = i
            ends[0], ends[1] = 0, n
            groups.members, groups.members_length = members, n
            groups.offsets, groups.length = ends, 1 if n > 0 else 0
            status = api.combine(&self.masks, &groups, operation, &fresh, &context)
            free(members)
        check(status, &context)
        return out.take(&fresh)

    cdef int unite(self, Masks out) except -1 nogil:
        return self.merge(out, COCODEC_UNION)

    cdef int pad(self, Masks out, int64_t left, int64_t top, int64_t right,
                 int64_t bottom) except -1 nogil:
        return self.show(out, -left, -top, top + bottom, left + right)

    cdef int shift(self, Masks out, int64_t dx, int64_t dy) except -1 nogil:
        return self.show(out, -dx, -dy, 0, 0)

    cdef int show(self, Masks out, int64_t x, int64_t y, int64_t taller,
                  int64_t wider) except -1 nogil:
        """Windows of the size of each mask and so much more."""
        cdef int64_t i, n = self.masks.length
        cdef cocodec_window* windows = <cocodec_window*>malloc(max(n, 1) * sizeof(cocodec_window))
        if windows == NULL:
            with gil:
                raise MemoryError
        for i in range(n):
            windows[i].x, windows[i].y = x, y
            windows[i].size.height = self.masks.sizes[i].height + taller
            windows[i].size.width = self.masks.sizes[i].width + wider
        try:
            return self.crop(out, windows)
        finally:
            free(windows)

    cdef int dilate(self, Masks out, int64_t rows, int64_t columns) except -1 nogil:
        return self.change_by_box(out, COCODEC_DILATE, rows, columns)

    cdef int erode(self, Masks out, int64_t rows, int64_t columns) except -1 nogil:
        return self.change_by_box(out, COCODEC_ERODE, rows, columns)

    cdef int change_by_box(self, Masks out, int32_t change, int64_t rows,
                           int64_t columns) except -1 nogil:
        cdef cocodec_neighbourhood box
        memset(&box, 0, sizeof(box))
        box.rows, box.columns = rows, columns
        return self.change(out, change, &box)

    cdef int components(self, Masks out, Integers parents, int32_t connectivity) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_integers numbers
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.components(&self.masks, connectivity, &numbers, &fresh, &context)
        check(status, &context)
        parents.take(&numbers)
        return out.take(&fresh)

    cdef int from_label_map(self, const cocodec_label_map* map, const int64_t* background,
                            Integers labels) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_integers numbers
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.from_label_map(map, background, &numbers, &fresh, &context)
        check(status, &context)
        labels.take(&numbers)
        return self.take(&fresh)

    cdef int from_label_png(self, const uint8_t* png, int64_t length, const int64_t* background,
                            Integers labels) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_integers numbers
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.from_label_png(png, length, background, &numbers, &fresh,
                                                 &context)
        check(status, &context)
        labels.take(&numbers)
        return self.take(&fresh)

    cdef int encode(self, const uint8_t* pixels, int64_t n, int64_t height,
                    int64_t width) except -1 nogil:
        cdef cocodec_dense dense
        dense.data, dense.length = pixels, n
        dense.size.height, dense.size.width = height, width
        dense.mask_stride, dense.row_stride, dense.column_stride = height * width, width, 1
        return self.encode_dense(&dense)

    cdef int decode(self, uint8_t* pixels) except -1 nogil:
        """Masks of one size, row by row."""
        cdef cocodec_target target
        cdef cocodec_size size
        if self.masks.length == 0:
            return 0
        size = self.masks.sizes[0]
        target.data, target.length, target.size = pixels, self.masks.length, size
        target.mask_stride, target.row_stride = size.height * size.width, size.width
        target.column_stride, target.is_zero = 1, 0
        return self.decode_to(&target)

    cdef int counts(self, Texts out) except -1 nogil:
        cdef cocodec_texts fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.format_counts(&self.masks, &fresh, &context)
        check(status, &context)
        api.release_texts(&out.texts)
        out.texts = fresh
        return 0

    cdef int trace(self, Polygons out, const cocodec_trace_options* options) except -1 nogil:
        cdef cocodec_polygons fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.trace(&self.masks, options, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int convex_hulls(self, Polygons out) except -1 nogil:
        cdef cocodec_polygons fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.convex_hull(&self.masks, &fresh, &context)
        check(status, &context)
        return out.take(&fresh)

    cdef int nms(self, Integers kept, const double* scores, const int64_t* classes,
                 double threshold, int32_t measure) except -1 nogil:
        cdef cocodec_integers fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.nms(&self.masks, scores, classes, threshold, measure, &fresh,
                                      &context)
        check(status, &context)
        return kept.take(&fresh)

    cdef int merge_nms(self, Masks out, Integers kept, const double* scores,
                       const int64_t* classes, double threshold, int32_t measure) except -1 nogil:
        cdef cocodec_masks fresh
        cdef cocodec_integers numbers
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.merge_nms(&self.masks, scores, classes, threshold, measure,
                                            &numbers, &fresh, &context)
        check(status, &context)
        kept.take(&numbers)
        return out.take(&fresh)

    cdef int soft_nms(self, Integers kept, double* lowered, const double* scores,
                      const int64_t* classes,
                      const cocodec_soft_nms_options* options) except -1 nogil:
        cdef cocodec_integers fresh
        cdef cocodec_context context = new_context(self.threads)
        cdef int32_t status = api.soft_nms(&self.masks, scores, classes, options, &fresh, lowered,
                                           &context)
        check(status, &context)
        return kept.take(&fresh)
