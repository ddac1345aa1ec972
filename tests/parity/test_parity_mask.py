"""The same call to pycocotools and to the drop-in, wherever pycocotools is defined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cocodec.pycocotools import _mask, mask
from reference import masks as reference
from support import oracle
from support import strategies as own
from support.identical import identical

SIZE = (5, 7)
same_size = st.lists(own.masks(st.just(SIZE)), min_size=1, max_size=5)
any_size = st.lists(own.masks(own.solid_sizes), min_size=1, max_size=5)


def as_coco(masks: list[reference.Mask], counts: str = "bytes") -> list[dict[str, object]]:
    rles = [oracle.rle(m) for m in masks]
    if counts == "str":
        return [{**rle, "counts": rle["counts"].decode("ascii")} for rle in rles]
    return rles


spellings = st.sampled_from(["bytes", "str"])


# encode and decode


@given(own.dense(own.solid_sizes), st.sampled_from([np.uint8, np.bool_]))
def test_encode_one(dense, dtype):
    array = np.asfortranarray(dense.astype(dtype))
    identical(mask.encode(array), oracle.encode(array))
    identical(mask.encode(bimask=array), oracle.encode(bimask=array))


@given(own.stacks(), st.sampled_from([np.uint8, np.bool_]))
def test_encode_many(dense, dtype):
    size = dense[0].shape if dense else SIZE
    stack = np.array(dense, dtype=dtype).reshape(len(dense), *size).transpose(1, 2, 0)
    array = np.asfortranarray(stack)
    identical(mask.encode(array), oracle.encode(array))
    identical(_mask.encode(array), oracle._mask.encode(array))


@given(same_size, spellings)
def test_decode(masks, counts):
    rles = as_coco(masks, counts)
    identical(mask.decode(rles), oracle.decode(rles))
    identical(mask.decode(rles[0]), oracle.decode(rles[0]))
    identical(mask.decode(rleObjs=rles[:1]), oracle.decode(rleObjs=rles[:1]))
    for size in (tuple, np.array):
        rle = {"counts": rles[0]["counts"], "size": size(rles[0]["size"]), "id": 3}
        identical(mask.decode(rle), oracle.decode(rle))


@given(own.masks())
def test_decode_of_images_without_pixels(m):
    assume(0 in m.size)
    identical(mask.decode(oracle.rle(m)), oracle.decode(oracle.rle(m)))


# measures


@given(any_size, spellings)
def test_area(masks, counts):
    rles = as_coco(masks, counts)
    identical(mask.area(rles), oracle.area(rles))
    identical(mask.area(rles[0]), oracle.area(rles[0]))
    identical(mask.area(rleObjs=rles[:1]), oracle.area(rleObjs=rles[:1]))


@given(any_size, spellings)
def test_to_bbox(masks, counts):
    rles = as_coco(masks, counts)
    identical(mask.toBbox(rles), oracle.toBbox(rles))
    identical(mask.toBbox(rles[0]), oracle.toBbox(rles[0]))
    identical(mask.toBbox(rleObjs=rles[:1]), oracle.toBbox(rleObjs=rles[:1]))


# merge


@given(same_size, spellings, st.sampled_from([0, 1, True, False, 2]))
def test_merge(masks, counts, intersect):
    rles = as_coco(masks, counts)
    identical(mask.merge(rles, intersect), oracle.merge(rles, intersect))
    identical(mask.merge(rles), oracle.merge(rles))
    identical(mask.merge(tuple(rles)), oracle.merge(tuple(rles)))
    identical(
        mask.merge(rleObjs=rles, intersect=intersect),
        oracle.merge(rleObjs=rles, intersect=intersect),
    )


@given(own.solid_sizes, st.booleans(), st.data())
def test_merge_of_runs_that_are_cut(size, intersect, data):
    """Bytes, not pixels: empty runs in the input can cut runs of the output."""
    masks = data.draw(st.lists(own.cut_masks(st.just(size)), min_size=1, max_size=3))
    operation = "intersection" if intersect else "union"
    folded = masks[0]
    for m in masks[1:]:
        # The reference has room for as many runs as there are pixels, and one.
        assume(len(folded.runs) + len(m.runs) <= size[0] * size[1] + 1)
        folded = m._replace(runs=reference.merge_walk(folded, m, operation))
        # Where both lists stand at an empty run at once, it stops in the middle of the image.
        assume(sum(folded.runs) == size[0] * size[1])
    rles = as_coco(masks)
    identical(mask.merge(rles, intersect), oracle.merge(rles, intersect))


# iou


@given(any_size, any_size, spellings, st.data())
def test_iou_of_masks(dt, gt, counts, data):
    flags = st.lists(st.integers(0, 1), min_size=len(gt), max_size=len(gt))
    iscrowd = data.draw(flags)
    left, right = as_coco(dt, counts), as_coco(gt, counts)
    for form in (list, tuple, np.array, lambda f: np.array(f, bool), lambda f: np.array(f, "f8")):
        crowd = form(iscrowd)
        identical(mask.iou(left, right, crowd), oracle.iou(left, right, crowd))
    identical(
        mask.iou(dt=left, gt=right, pyiscrowd=iscrowd),
        oracle.iou(dt=left, gt=right, pyiscrowd=iscrowd),
    )


box = st.tuples(*[st.one_of(st.floats(-9, 9), st.integers(-2, 9))] * 4).map(list)
box_lists = st.lists(box, min_size=1, max_size=4)


@given(box_lists, box_lists, st.data())
def test_iou_of_boxes(dt, gt, data):
    iscrowd = data.draw(st.lists(st.integers(0, 1), min_size=len(gt), max_size=len(gt)))
    expected = oracle.iou(dt, gt, iscrowd)
    identical(mask.iou(dt, gt, iscrowd), expected)
    for dtype in (np.float64, np.float32, np.int64):
        left, right = np.array(dt).astype(dtype), np.array(gt).astype(dtype)
        identical(mask.iou(left, right, iscrowd), oracle.iou(left, right, iscrowd))
    left = [np.array(b) for b in dt]
    identical(mask.iou(left, np.array(gt, "f8"), iscrowd), expected)


@pytest.mark.parametrize(
    "dt, gt, iscrowd",
    [
        ([], [], []),
        ([], [[0, 0, 1, 1]], [0]),
        ([[0, 0, 1, 1]], [], []),
        ([], [{"size": [1, 1], "counts": "1"}], [0]),
        ([{"size": [1, 1], "counts": "1"}], [], []),
        (np.zeros((0, 4)), np.zeros((2, 4)), [0, 0]),
        (np.zeros((2, 4)), np.zeros((0, 4)), []),
        (np.zeros((0, 4)), [{"size": [1, 1], "counts": "1"}], [0]),
    ],
)
def test_iou_with_an_empty_side(dt, gt, iscrowd):
    identical(mask.iou(dt, gt, iscrowd), oracle.iou(dt, gt, iscrowd))


# frPyObjects and what it calls


@given(own.polygons())
def test_polygons(case):
    polygon, h, w = case
    forms = [polygon, [tuple(ring) for ring in polygon], [np.array(ring) for ring in polygon]]
    for rings in forms:
        identical(mask.frPyObjects(rings, h, w), oracle.frPyObjects(rings, h, w))
        identical(_mask.frPoly(rings, h, w), oracle._mask.frPoly(rings, h, w))
    for height, width in [(float(h), w), (np.int64(h), np.float64(w)), (h + 0.7, True * w)]:
        identical(
            mask.frPyObjects(polygon, height, width), oracle.frPyObjects(polygon, height, width)
        )
    identical(
        mask.frPyObjects(pyobj=polygon, h=h, w=w), oracle.frPyObjects(pyobj=polygon, h=h, w=w)
    )


def test_rings_of_all_lengths():
    rings = [[0, 0, 4, 0, 4, 4], [0, 0, 4, 4], [0, 0, 4, 0, 4, 4, 9], [1, 1, 2], [1, 1]]
    identical(mask.frPyObjects(rings, 5, 6), oracle.frPyObjects(rings, 5, 6))
    identical(mask.frPyObjects(rings[2:3], 5, 6), oracle.frPyObjects(rings[2:3], 5, 6))


@given(st.lists(own.boxes, max_size=4), own.solid_sizes)
def test_boxes(boxes, size):
    array = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    for form in (array, array[::-1][::-1]):
        identical(mask.frPyObjects(form, *size), oracle.frPyObjects(form, *size))
        identical(_mask.frBbox(form, *size), oracle._mask.frBbox(form, *size))


@given(any_size, st.sampled_from([list, tuple, np.array]))
def test_uncompressed(masks, form):
    h, w = 99, 98  # of no interest: an RLE has a size of its own
    rles = [{"size": form(list(m.size)), "counts": form(m.runs)} for m in masks]
    identical(mask.frPyObjects(rles, h, w), oracle.frPyObjects(rles, h, w))
    identical(mask.frPyObjects(rles[0], h, w), oracle.frPyObjects(rles[0], h, w))
    identical(_mask.frUncompressedRLE(rles, h, w), oracle._mask.frUncompressedRLE(rles, h, w))


@given(own.cut_masks(own.solid_sizes))
def test_uncompressed_runs_stay_as_they_are_cut(m):
    rle = {"size": list(m.size), "counts": m.runs}
    identical(mask.frPyObjects(rle, 1, 1), oracle.frPyObjects(rle, 1, 1))
    rle = {"size": list(m.size), "counts": [float(run) for run in m.runs]}
    identical(mask.frPyObjects(rle, 1, 1), oracle.frPyObjects(rle, 1, 1))


# What it refuses, the drop-in refuses, so that whoever catches it still does


RLE = {"size": [4, 5], "counts": b"d0"}
REFUSED = {
    "decode without counts": lambda m: m.decode({"size": [4, 5]}),
    "decode without size": lambda m: m.decode({"counts": b"d0"}),
    "decode too long": lambda m: m.decode({"size": [2, 2], "counts": b"d0"}),
    "decode None": lambda m: m.decode(None),
    "decode a number": lambda m: m.decode(3),
    "decode counts None": lambda m: m.decode({"size": [4, 5], "counts": None}),
    "decode counts bytearray": lambda m: m.decode({"size": [4, 5], "counts": bytearray(b"d0")}),
    "decode size of strings": lambda m: m.decode({"size": ["4", "5"], "counts": b"d0"}),
    "area None": lambda m: m.area(None),
    "area without counts": lambda m: m.area([{"size": [4, 5]}]),
    "toBbox of numbers": lambda m: m.toBbox([1, 2]),
    "merge a dict": lambda m: m.merge(RLE),
    "merge None": lambda m: m.merge(None),
    "encode float": lambda m: m.encode(np.zeros((2, 2), "f8", order="F")),
    "encode int64": lambda m: m.encode(np.zeros((2, 2, 1), "i8", order="F")),
    "encode a list of numbers": lambda m: m.encode([[0, 1], [1, 0]]),
    "encode None": lambda m: m.encode(None),
    "iou iscrowd too long": lambda m: m.iou([RLE], [RLE], [0, 0]),
    "iou iscrowd too short": lambda m: m.iou([RLE], [RLE], []),
    "iou iscrowd too long, no dt": lambda m: m.iou([], [RLE], [0, 0]),
    "iou iscrowd 2-D": lambda m: m.iou([RLE], [RLE], [[0]]),
    "iou iscrowd None": lambda m: m.iou([RLE], [RLE], None),
    "iou iscrowd text": lambda m: m.iou([RLE], [RLE], ["x"]),
    "iou mixed": lambda m: m.iou([[0, 0, 1, 1]], [RLE], [0]),
    "iou mixed in a list": lambda m: m.iou([RLE, [0, 0, 1, 1]], [RLE], [0]),
    "iou a dict": lambda m: m.iou(RLE, RLE, [0]),
    "iou a tuple": lambda m: m.iou((RLE,), [RLE], [0]),
    "iou boxes of five": lambda m: m.iou(np.zeros((2, 5)), np.zeros((1, 4)), [0]),
    "iou boxes 3-D": lambda m: m.iou(np.zeros((2, 4, 1)), np.zeros((1, 4)), [0]),
    "iou rows of three": lambda m: m.iou([[0, 0, 1]], [[0, 0, 1]], [0]),
    "frPyObjects None": lambda m: m.frPyObjects(None, 4, 5),
    "frPyObjects text": lambda m: m.frPyObjects("abc", 4, 5),
    "frPyObjects a tuple": lambda m: m.frPyObjects(([0, 0, 4, 0, 4, 4],), 4, 5),
    "frPyObjects without counts": lambda m: m.frPyObjects({"size": [4, 5]}, 4, 5),
    "frPyObjects negative run": lambda m: m.frPyObjects({"size": [4, 5], "counts": [-1, 21]}, 4, 5),
    "frPyObjects large run": lambda m: m.frPyObjects({"size": [4, 5], "counts": [2**32]}, 4, 5),
    "frPyObjects no height": lambda m: m.frPyObjects([[0, 0, 4, 0, 4, 4]], None, 5),
    "frPyObjects negative height": lambda m: m.frPyObjects([[0, 0, 4, 0, 4, 4]], -4, 5),
    "frPyObjects text in a ring": lambda m: m.frPyObjects([[0, 0, 4, 0, 4, "x"]], 4, 5),
    "frPyObjects boxes of five": lambda m: m.frPyObjects(np.zeros((2, 5)), "a", 5),
}
# A wrong value instead of a wrong type, a KeyError instead of a bare Exception: still an error.
KINDS = (ValueError, TypeError, KeyError)


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    call = REFUSED[case]
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - whatever it is
        call(oracle)
    with pytest.raises(KINDS) as mine:
        call(mask)
    if isinstance(theirs.value, (KeyError, AssertionError)):
        assert isinstance(mine.value, type(theirs.value))
    if type(theirs.value) is ValueError:
        assert isinstance(mine.value, (ValueError, TypeError))
    assert str(mine.value)


def test_the_names_are_there():
    from pycocotools import _mask as their_mask
    from pycocotools import mask as their_public

    public = ["encode", "decode", "merge", "area", "iou", "toBbox", "frPyObjects"]
    for name in public:
        assert callable(getattr(their_public, name))
        assert callable(getattr(mask, name))
        assert name in mask.__all__
    for name in [*public, "frPoly", "frBbox", "frUncompressedRLE"]:
        assert callable(getattr(their_mask, name))
        assert callable(getattr(_mask, name))
    assert mask._mask is _mask
    assert mask.iou is _mask.iou
    assert mask.merge is _mask.merge
    assert mask.frPyObjects is _mask.frPyObjects
