# cython: language_level=3, freethreading_compatible=True
"""One method of each kind of `cocodec.cython`, without the lock."""
import numpy

from cocodec cimport (COCODEC_DECAY_LINEAR, COCODEC_DICE, COCODEC_IOU, COCODEC_RESIZE_AREA,
                      COCODEC_SYMMETRIC_DIFFERENCE, cocodec_box, cocodec_label_map,
                      cocodec_label_target, cocodec_point, cocodec_positions, cocodec_size,
                      cocodec_soft_nms_options)
from cocodec.cython cimport Integers, Masks, Polygons
from libc.stdint cimport int64_t, uint8_t


def changed(Masks masks):
    """Each batch that comes out, by its name."""
    cdef list names = ["dilate", "erode", "pad", "shift", "flip", "transpose", "rotate90", "resize",
                       "fill_holes", "remove_small", "largest_component", "complement", "combine",
                       "boundary"]
    cdef list results = [Masks() for _ in names]
    cdef Masks a, b, c, d, e, f, g, h, i, j, k, l, m, n
    cdef cocodec_size[2] sizes
    a, b, c, d, e, f, g, h, i, j, k, l, m, n = results
    sizes[0].height = sizes[1].height = 5
    sizes[0].width = sizes[1].width = 30
    with nogil:
        masks.dilate(a, 1, 2)
        masks.erode(b, 1, 1)
        masks.pad(c, 1, 2, 3, 4)
        masks.shift(d, -1, 2)
        masks.flip(e, True)
        masks.transpose(f)
        masks.rotate90(g, 3)
        masks.resize(h, sizes, COCODEC_RESIZE_AREA)
        masks.fill_holes(i, 10, 4)
        masks.remove_small(j, 3, 8)
        masks.largest_component(k, 4)
        masks.complement(l)
        masks.combine(m, a, COCODEC_SYMMETRIC_DIFFERENCE)
        masks.boundary(n, 0.1)
        masks.transpose(masks)  # onto itself
        masks.transpose(masks)
    return dict(zip(names, results))


def measured(Masks masks, double[::1] scores):
    """Boxes, centroids, overlaps, parents of parts, kept masks, and rings there and back."""
    cdef Py_ssize_t n = len(masks)
    cdef Masks parts = Masks(), again = Masks()
    cdef Integers parents = Integers(), kept = Integers()
    cdef Polygons rings = Polygons()
    boxes, centroids, shares = numpy.zeros((n, 4)), numpy.zeros((n, 2)), numpy.zeros((n, n))
    cdef double[:, ::1] to_boxes = boxes, to_centroids = centroids, to_shares = shares
    with nogil:
        masks.boxes(<cocodec_box*>&to_boxes[0, 0])
        masks.centroids(<cocodec_point*>&to_centroids[0, 0])
        masks.overlap(masks, &to_shares[0, 0], COCODEC_DICE)
        masks.components(parts, parents, 8)
        masks.nms(kept, &scores[0], NULL, 0.1, COCODEC_DICE)
        masks.trace(rings, NULL)
        again.from_rings(rings.rings())
    return boxes, centroids, shares, parents.to_list(), kept.to_list(), again.to_rles()


def suppressed(Masks masks, double[::1] scores):
    """Masks merged where they overlap, which of them stay; scores that fall, and whose they are."""
    cdef Masks merged = Masks()
    cdef Integers kept = Integers(), taken = Integers()
    cdef cocodec_soft_nms_options options
    cdef int64_t[2] classes
    lowered = numpy.zeros(len(masks))
    cdef double[::1] to = lowered
    classes[0], classes[1] = 5, 5
    options.struct_size, options.sigma, options.threshold = sizeof(options), 0, 0.05
    options.min_score, options.decay, options.measure = 0.1, COCODEC_DECAY_LINEAR, COCODEC_IOU
    with nogil:
        masks.merge_nms(merged, kept, &scores[0], classes, 0.1, COCODEC_DICE)
        masks.soft_nms(taken, &to[0], &scores[0], NULL, &options)
    return merged.to_rles(), kept.to_list(), taken.to_list(), lowered[:taken.length()]


def told(Masks masks, const int64_t[::1] positions, const int64_t[::1] offsets):
    """The batch again from its runs and from where it changes; outlines, directions."""
    cdef Masks runs = Masks(), changes = Masks(), outlines = Masks()
    cdef cocodec_positions given
    given.positions, given.positions_length = &positions[0], positions.shape[0]
    given.offsets, given.length = &offsets[0], offsets.shape[0] - 1
    directions = numpy.zeros(len(masks))
    cdef double[::1] to = directions
    with nogil:
        runs.from_runs(&masks.masks)
        changes.from_positions(&given, masks.masks.sizes)
        masks.outline(outlines, 8)
        masks.orientations(&to[0])
    return runs.to_rles(), changes.to_rles(), outlines.to_rles(), directions


def labelled(const uint8_t[:, ::1] labels):
    """The labels of a map, and the map painted again."""
    cdef Masks masks = Masks()
    cdef Integers found = Integers()
    cdef int64_t background = 0
    cdef cocodec_label_map map
    cdef cocodec_label_target target
    painted = numpy.zeros((labels.shape[0], labels.shape[1]), numpy.uint8)
    cdef uint8_t[:, ::1] to = painted
    map.data, map.type = &labels[0, 0], 0
    map.size.height, map.size.width = labels.shape[0], labels.shape[1]
    map.row_stride, map.column_stride, map.channel_stride = labels.shape[1], 1, 0
    target.data, target.type, target.size = &to[0, 0], 0, map.size
    target.row_stride, target.column_stride, target.channel_stride = labels.shape[1], 1, 0
    with nogil:
        masks.from_label_map(&map, &background, found)
        masks.paint_labels(found.values(), background, 2, &target)
    return found.to_list(), painted
