"""rlemasklib beside us: pixel for pixel where its definitions are ours; where not, how they differ.

What is tested last is what docs/howto/mask-operations.md says of the differences.
"""

from __future__ import annotations

import numpy as np
import pytest

from cocodec import RleArray
from support.bridge import same
from support.twins import blobs, encoded

rlemasklib = pytest.importorskip("rlemasklib")

BOX5 = {"kernel_shape": "square", "kernel_size": 5}
CROSS5 = {"kernel_shape": "cross", "kernel_size": 5}
CIRCLE9 = {"kernel_shape": "circle", "kernel_size": 9}
INSIDE = {"border": "ignore"}
DISK9 = {"shape": "disk", "border": "ignore"}

# A name, ours on a batch, theirs on one mask.
MASKS = [
    ("flip across", lambda r: r.flip("horizontal"), lambda m: m.fliplr()),
    ("flip down", lambda r: r.flip("vertical"), lambda m: m.flipud()),
    ("transpose", lambda r: r.transpose(), lambda m: m.transpose()),
    ("rotate", lambda r: r.rotate90(3), lambda m: m.rot90(3)),
    ("pad", lambda r: r.pad(3, 4, 5, 6), lambda m: m.pad(4, 6, 3, 5)),
    ("shift", lambda r: r.shift(2, -3), lambda m: m.shift((-3, 2))),
    (
        "crop",
        lambda r: r.pad(0, 0, 5, 6).crop([1, 2, 3, 4]),
        lambda m: m.pad(0, 6, 0, 5).crop(np.array([1, 2, 3, 4])),
    ),
    ("resize x2", lambda r: r.resize(2 * r.sizes), lambda m: m.resize(fx=2, fy=2)),
    ("resize x3", lambda r: r.resize(3 * r.sizes), lambda m: m.resize(fx=3, fy=3)),
    ("dilate 3x3", lambda r: r.dilate(3), lambda m: m.dilate3x3(connectivity=8)),
    ("dilate cross", lambda r: r.dilate(3, shape="cross"), lambda m: m.dilate3x3(connectivity=4)),
    ("dilate 5x5", lambda r: r.dilate(5), lambda m: m.dilate(**BOX5)),
    ("dilate circle", lambda r: r.dilate(4.5, shape="disk"), lambda m: m.dilate(**CIRCLE9)),
    ("erode 3x3", lambda r: r.erode(3, **INSIDE), lambda m: m.erode3x3(connectivity=8)),
    ("erode 5x5", lambda r: r.erode(5, **INSIDE), lambda m: m.erode(**BOX5)),
    ("erode cross", lambda r: r.erode(5, shape="cross", **INSIDE), lambda m: m.erode(**CROSS5)),
    ("erode circle", lambda r: r.erode(4.5, **DISK9), lambda m: m.erode(**CIRCLE9)),
    ("open", lambda r: r.open(5, **INSIDE), lambda m: m.opening(**BOX5)),
    ("open circle", lambda r: r.open(4.5, **DISK9), lambda m: m.opening(**CIRCLE9)),
    ("close", lambda r: r.close(5, **INSIDE), lambda m: m.closing(**BOX5)),
    ("outline", lambda r: r.outline(), lambda m: m.contours()),
    ("complement", lambda r: ~r, lambda m: m.complement()),
    (
        "remove small",
        lambda r: r.remove_small(5),
        lambda m: m.remove_small_components(5, connectivity=8),
    ),
    (
        "fill holes, none of which can be at a side",
        lambda r: r.pad(3, 3, 3, 3).fill_holes(4),
        lambda m: m.pad(3, 3, 3, 3).fill_small_holes(5),
    ),
]
TEN = ["m00", "m10", "m01", "m20", "m11", "m02", "m30", "m21", "m12", "m03"]
MEASURES = [
    ("area", lambda r: r.area(), lambda m: m.area()),
    ("bbox", lambda r: r.bbox(), lambda m: m.bbox()),
    ("moments", lambda r: r.moments(), lambda m: [m.moments()[name] for name in TEN]),
    ("perimeter", lambda r: r.outline().area(), lambda m: m.perimeter()),
    (
        "area of the largest part",
        lambda r: r.largest_component(connectivity=4).area(),
        lambda m: m.largest_connected_component(connectivity=4).area(),
    ),
    (
        "area of the rectangle inside",
        lambda r: r.largest_inner_rectangle()[:, 2:].prod(1),
        lambda m: m.largest_interior_rectangle()[2:].prod(),
    ),
]


def stacks():
    for number in range(30):
        random = np.random.default_rng(number)
        yield blobs(random, 10, *random.integers(1, 50, 2))


def theirs_of(stack):
    return [rlemasklib.RLEMask.from_array(np.ascontiguousarray(m, np.uint8)) for m in stack]


def encoded_of(masks):
    return encoded(np.array([np.asarray(mask.to_array()) != 0 for mask in masks]))


@pytest.mark.parametrize(("ours", "theirs"), [pytest.param(*m[1:], id=m[0]) for m in MASKS])
def test_masks_that_are_the_same(ours, theirs):
    for stack in stacks():
        expected = encoded_of([theirs(mask) for mask in theirs_of(stack)])
        same(ours(encoded(stack)), expected)


@pytest.mark.parametrize(("ours", "theirs"), [pytest.param(*m[1:], id=m[0]) for m in MEASURES])
def test_measures_that_are_the_same(ours, theirs):
    for stack in stacks():
        expected = np.array([theirs(mask) for mask in theirs_of(stack)])
        np.testing.assert_array_equal(ours(encoded(stack)), expected)


@pytest.mark.parametrize("connectivity", [4, 8])
def test_parts_that_are_the_same(connectivity):
    """Each by itself: they come in another order."""
    for stack in stacks():
        got = encoded(stack).connected_components(connectivity)
        for i, mask in enumerate(theirs_of(stack)):
            parts = mask.connected_components(connectivity=connectivity)
            own = got.masks[got.parent == i]
            assert len(own) == len(parts)
            assert {part["counts"] for part in own.to_coco("bytes")} == {
                part.to_dict()["counts"] for part in parts
            }


def test_overlaps_and_unions_that_are_the_same():
    for stack in stacks():
        rles, masks = encoded(stack), theirs_of(stack)
        expected = rlemasklib.RLEMask.iou_matrix(masks, masks)
        both = rles.overlap(rles)
        met = rles.area() > 0
        np.testing.assert_allclose(both[met][:, met], expected[met][:, met], rtol=1e-6)
        union = rlemasklib.RLEMask.merge_many(masks, rlemasklib.BoolFunc.OR)
        same(rles.union(), encoded_of([union]))


def one(rows):
    mask = np.array([[pixel == "#" for pixel in row] for row in rows])
    return RleArray.encode(mask), theirs_of(mask[None])[0]


def test_notches_are_holes_to_them():
    ours, theirs = one(["###", "#..", "###"])
    same(ours.fill_holes(), ours)
    assert theirs.fill_small_holes(min_size=3).area() == 9


def test_their_borders_repeat():
    ours, theirs = one(["###", "###", "###"])
    assert ours.erode(3).area()[0] == 1
    assert ours.erode(3, border="ignore").area()[0] == theirs.erode3x3(connectivity=8).area() == 9


def test_their_3x3_is_a_cross():
    ours, theirs = one(["...", ".#.", "..."])
    assert ours.dilate(3).area()[0] == 9
    assert ours.dilate(3, shape="cross").area()[0] == theirs.dilate3x3().area() == 5


def test_their_circles_have_half_a_pixel_more():
    ours, theirs = one(["." * 11] * 5 + ["." * 5 + "#" + "." * 5] + ["." * 11] * 5)
    circle = encoded_of([theirs.dilate(kernel_shape="circle", kernel_size=7)])
    assert ours.dilate(3, shape="disk").area()[0] == 29
    assert ours.dilate(3.5, shape="disk").area()[0] == circle.area()[0] == 37


def test_their_boxes_are_cut_at_the_image():
    ours, theirs = one(["##", "##"])
    assert ours.crop([1, 1, 3, 4]).sizes.tolist() == [[4, 3]]
    assert tuple(theirs.crop(np.array([1, 1, 3, 4])).shape) == (1, 1)


def test_their_resize_is_a_warp():
    """Where a centre lies between two old pixels, and where doubles are not exact."""
    for stack in stacks():
        got = encoded(stack).resize((11, 17)).decode(layout="NHW")
        expected = encoded_of([m.resize((11, 17)) for m in theirs_of(stack)]).decode(layout="NHW")
        if not np.array_equal(got, expected):
            return
    pytest.fail("rlemasklib resizes as we do by now: say so in docs/howto/mask-operations.md")


def test_their_centroid_of_nothing_is_the_corner():
    ours, theirs = one(["..", ".."])
    assert np.isnan(ours.centroid()).all()
    assert theirs.centroid().tolist() == [0, 0]


def test_their_perimeter_counts_pixels():
    ours, theirs = one(["###", "###", "###"])
    assert ours.perimeter()[0] == 12
    assert ours.outline().area()[0] == theirs.perimeter() == 8
