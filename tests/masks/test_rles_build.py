"""RleArray.from_runs, .from_boxes, the sizes of every constructor, and area and bbox."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import CocodecError, PolygonError, RleArray, RleError
from reference import masks as reference
from reference.masks import Mask
from support import strategies as own
from support.bridge import batch, same, unbatch


@given(st.lists(own.cut_masks(), max_size=6), st.sampled_from(["u4", "i8", "u8", "i4", "O"]))
def test_from_runs_takes_any_integers(masks, dtype):
    runs = [run for mask in masks for run in mask.runs]
    offsets = np.cumsum([0, *(len(mask.runs) for mask in masks)])
    sizes = [mask.size for mask in masks]
    if dtype == "O":
        rles = RleArray.from_runs(runs, offsets.tolist(), sizes)
    else:
        rles = RleArray.from_runs(np.array(runs, dtype=dtype), offsets, np.array(sizes, dtype=int))
    assert unbatch(rles) == masks


@given(own.broken_runs(), st.lists(own.masks(), max_size=3))
def test_from_runs_checks_every_mask(broken, good):
    with pytest.raises(RleError) as caught:
        batch([*good, broken])
    assert caught.value.item == len(good)
    assert caught.value.code == "bad_sum"
    total, pixels = sum(broken.runs), broken.height * broken.width
    assert str(caught.value) == f"mask {len(good)}: runs cover {total} of {pixels} pixels"


@pytest.mark.parametrize(
    "offsets", [[0, 2], [1, 3], [0, 4], [0, -1, 3], [0, 3, 2, 3], [], [[0, 3]], [3, 0], [2**62, 3]]
)
def test_from_runs_with_offsets_that_do_not_fit(offsets):
    sizes = np.tile([4, 5], (max(len(np.ravel(offsets)) - 1, 0), 1))
    with pytest.raises(RleError):
        RleArray.from_runs([3, 4, 13], offsets, sizes)


@pytest.mark.parametrize("run", [-1, 2**32, 2**63 - 1, -(2**63)])
def test_from_runs_with_runs_out_of_range(run):
    with pytest.raises(RleError, match=rf"run 1 is {run}"):
        RleArray.from_runs([3, run, 13], [0, 3], (4, 5))


def test_from_runs_with_unsigned_runs_out_of_range():
    with pytest.raises(RleError, match=rf"run 1 is {2**64 - 1}"):
        RleArray.from_runs(np.array([3, 2**64 - 1], dtype=np.uint64), [0, 2], (4, 5))


@pytest.mark.parametrize("counts", [[1.0, 2.0], [[1, 2]], "12", [None], [1.5]])
def test_from_runs_with_what_are_no_runs(counts):
    with pytest.raises((TypeError, RleError)):
        RleArray.from_runs(counts, [0, 2], (1, 3))


@pytest.mark.parametrize(
    "sizes",
    [(-1, 5), (4, -5), (2**32, 0), (0, 2**32), (2**63 - 1, 2), (-(2**63), 2), (-1, -20)],
)
def test_sizes_out_of_range(sizes):
    makers = {
        "runs": lambda: RleArray.from_runs([20], [0, 1], sizes),
        "coco": lambda: RleArray.from_coco([{"size": list(sizes), "counts": "d0"}]),
        "bare": lambda: RleArray.from_coco(["d0"], sizes),
        "polygons": lambda: RleArray.from_polygons([[[0, 0, 3, 0, 3, 3]]], sizes),
        "no rings": lambda: RleArray.from_polygons([[]], sizes),
        "boxes": lambda: RleArray.from_boxes([[0, 0, 1, 1]], sizes),
    }
    for what, make in makers.items():
        with pytest.raises(RleError, match="size") as caught:
            make()
        assert caught.value.code == "bad_size", what
        assert caught.value.item == 0, what


@pytest.mark.parametrize("sizes", [(4,), (4, 5, 3), [[4, 5, 3]], [[4, 5]] * 3, [4], 4, [[[4, 5]]]])
def test_sizes_of_another_shape(sizes):
    for make in (
        lambda: RleArray.from_polygons([[], []], sizes),
        lambda: RleArray.from_boxes(np.zeros((2, 4)), sizes),
        lambda: RleArray.from_coco(["d0", "d0"], sizes),
        lambda: RleArray.from_runs([20, 20], [0, 1, 2], sizes),
    ):
        with pytest.raises(RleError, match="sizes"):
            make()


@pytest.mark.parametrize("sizes", [(4.0, 5.0), (4.5, 5), ("4", "5"), (None, None)])
def test_sizes_that_are_no_integers(sizes):
    with pytest.raises(TypeError, match="size"):
        RleArray.from_boxes([[0, 0, 1, 1]], sizes)


@given(st.lists(st.tuples(own.boxes, own.solid_sizes), max_size=8))
def test_from_boxes(cases):
    boxes, sizes = [box for box, _ in cases], [size for _, size in cases]
    rles = RleArray.from_boxes(boxes, np.array(sizes).reshape(-1, 2))
    assert unbatch(rles) == [reference.box(box, *size) for box, size in cases]


def test_from_boxes_in_any_type():
    expected = RleArray.from_boxes([[1, 1, 2, 2], [0, 0, 3, 1]], (5, 6))
    array = np.array([[1, 1, 2, 2], [0, 0, 3, 1]])
    for boxes in (
        array.astype("f4"),
        array.astype("i2"),
        np.asfortranarray(array),
        array[::-1][::-1],
    ):
        same(RleArray.from_boxes(boxes, (5, 6)), expected)
    assert len(RleArray.from_boxes([], (5, 6))) == len(
        RleArray.from_boxes(np.zeros((0, 4)), (5, 6))
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e15])
@pytest.mark.parametrize("index", range(4))
def test_from_boxes_with_unusable_numbers(index, value):
    box = [1.0, 1.0, 2.0, 2.0]
    box[index] = value
    with pytest.raises(PolygonError) as caught:
        RleArray.from_boxes([[0, 0, 1, 1], box], (4, 4))
    assert caught.value.code == "bad_coordinate"
    assert caught.value.item == 1


@pytest.mark.parametrize("boxes", [[1, 2, 3, 4], [[1, 2, 3]], [[1, 2, 3, 4, 5]], [[[1, 2, 3, 4]]]])
def test_boxes_of_another_shape(boxes):
    with pytest.raises(RleError, match=r"\(n, 4\)"):
        RleArray.from_boxes(boxes, (4, 4))


@given(st.lists(own.cut_masks(), max_size=6))
def test_area_and_bbox(masks):
    rles = batch(masks)
    area, bbox = rles.area(), rles.bbox()
    assert (area.dtype, area.shape) == (np.int64, (len(masks),))
    assert (bbox.dtype, bbox.shape) == (np.float64, (len(masks), 4))
    assert area.tolist() == [reference.area(mask) for mask in masks]
    assert bbox.tolist() == [reference.bbox(mask) for mask in masks]


def test_more_pixels_than_32_bits_count():
    most = 2**32 - 1
    rles = batch([Mask([0, most, 0, 1], 2**31, 2), Mask([1, most, most - 2, 1], 2, most)])
    assert rles.area().tolist() == [2**32, 2**32]
    assert rles.bbox().tolist() == [[0, 0, 2, 2**31], [0, 0, most, 2]]
    assert rles[:1].complement().area().tolist() == [0]
    assert rles.iou(rles).tolist() == [[1.0, -1.0], [-1.0, 1.0]]


def test_a_mask_that_no_memory_holds():
    side = 2**31
    rows = Mask([2**31] * (2**11), 2**21, 2**21)
    with pytest.raises(MemoryError):
        batch([rows]).decode()
    with pytest.raises((MemoryError, CocodecError)):
        RleArray.from_polygons([[[0, 0, side, 0, side, side]]], (side, side))
