"""One test for each entry of DIFFERENCES.md, named like it: dense masks, polygons, boxes, the rest.

Where it is safe, the reference is asked too. `test_differences.py` has the other entries.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from cocodec import PolygonError, RleError
from cocodec.pycocotools import _mask, mask
from reference import masks as reference
from reference.masks import Mask
from support import oracle
from support.identical import identical

H, W = 20, 30
TRIANGLE = [2.0, 2, 12, 3, 5, 15]
SIDE = 2**31
GOOD = {"size": [H, W], "counts": reference.to_string([100, 50, 450])}


# Dense masks


def test_values_other_than_0_and_1():
    array = np.array([[0, 1, 2, 0], [0, 3, 255, 0]], np.uint8, order="F")
    assert oracle.encode(array) != oracle.encode(np.asfortranarray(array != 0))
    identical(mask.encode(array), oracle.encode(np.asfortranarray(array != 0)))


def test_other_memory_orders_and_dtypes():
    array = (np.arange(24).reshape(4, 6) % 3 == 0).astype(np.uint8)
    expected = oracle.encode(np.asfortranarray(array))
    for other in (array, array[::-1, ::-1][::-1, ::-1], np.repeat(array, 2, 1)[:, ::2]):
        identical(mask.encode(other), expected)
    for odd in (array, np.asfortranarray(array.astype(np.int8))):
        with pytest.raises(ValueError, match=r"contiguous|dtype"):
            oracle.encode(odd)
        identical(mask.encode(odd), expected)
    identical(mask.encode(np.stack([array, array], 2)), [expected] * 2)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i2", "i8", "u4", "c16", "O"])
def test_masks_of_wide_numbers(dtype):
    array = np.zeros((4, 5), dtype, order="F")
    with pytest.raises(ValueError, match=r"mismatch|dtype"):
        oracle.encode(array)
    for given in (array, array[:, :, np.newaxis]):
        with pytest.raises(TypeError, match=r"cast it to .*\(mask > 0\.5\)"):
            mask.encode(given)


def test_masks_of_another_dimension():
    for array in (np.zeros(4, np.uint8), np.zeros((1, 2, 3, 4), np.uint8)):
        assert oracle.encode(array) is None
        with pytest.raises(ValueError, match="dimensions"):
            mask.encode(array)


def test_images_without_columns():
    [theirs] = oracle.frPyObjects([[0, 0, 2, 0, 2, 2, 0, 2]], 4, 0)
    assert sum(reference.from_string(theirs["counts"])) != 0
    for given in ([[0, 0, 2, 0, 2, 2, 0, 2]], np.array([[0.0, 0, 2, 2]])):
        assert mask.frPyObjects(given, 4, 0) == [{"size": [4, 0], "counts": b"0"}]
        identical(mask.frPyObjects(given, 0, 4), oracle.frPyObjects(given, 0, 4))
        identical(mask.frPyObjects(given, 0, 0), oracle.frPyObjects(given, 0, 0))


def test_absurd_sizes():
    runs = [2**32 - 1] * 3
    for size in ([2**32 - 1, 3], [3, 2**32 - 1]):
        rows = [{"size": size, "counts": reference.to_string(runs)}] * (2**20)
        with pytest.raises((MemoryError, RleError)):
            mask.decode(rows)
    for size in ([2**32, 2**32], [2**63, 1], [10**30, 10**30], [-1, -1], [-(10**30), 1]):
        with pytest.raises((MemoryError, ValueError)):
            mask.decode({"size": size, "counts": b"0"})
        with pytest.raises((MemoryError, ValueError, OverflowError)):
            mask.frPyObjects([TRIANGLE], *size)


def test_runs_above_32_bits():
    whole = reference.ring(TRIANGLE, H, W)
    given = mask.frPyObjects([TRIANGLE], 2**16, 2**15)[0]
    assert mask.area(given) == reference.area(whole)
    assert mask.toBbox(given).tolist() == reference.bbox(whole)
    for size in ((2**16, 2**17), (2**17, 2**16), (SIDE, SIDE)):
        with pytest.raises(RleError, match="32 bits"):
            mask.frPyObjects([TRIANGLE], *size)


# Polygons and boxes


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_coordinates_that_are_not_finite(value):
    with pytest.raises(PolygonError, match=r"ring 0 .* index 3"):
        mask.frPyObjects([[0, 0, 5, value, 5, 5]], H, W)
    with pytest.raises(PolygonError, match="mask 1"):
        mask.frPyObjects([TRIANGLE, [0, 0, 5, value, 5, 5]], H, W)
    with pytest.raises(PolygonError, match="coordinate"):
        mask.frPyObjects(np.array([[0, 0, value, 5]]), H, W)


@pytest.mark.parametrize("far", [1e8, 1e9, 1e14])
def test_far_coordinates(far):
    ring = [-far, -far, 7, -far, 7, far, -far, far]
    expected = reference.ring_sparse(ring, H, W)
    assert mask.frPyObjects([ring], H, W) == [oracle.rle(expected)]
    assert mask.area(oracle.rle(expected)) == 7 * H
    slanted = [-far, 3, far, 11, far, far, -far, far]
    expected = reference.ring_sparse(slanted, H, W)
    assert mask.frPyObjects([slanted], H, W) == [oracle.rle(expected)]
    with pytest.raises(PolygonError):
        mask.frPyObjects([[1e300, *ring[1:]]], H, W)


def test_odd_numbers_of_coordinates():
    given = [[*TRIANGLE, 99.0]]
    identical(mask.frPyObjects(given, H, W), oracle.frPyObjects(given, H, W))
    identical(mask.frPyObjects(given, H, W), mask.frPyObjects([TRIANGLE], H, W))


def test_rings_that_cover_nothing():
    empty = oracle.rle(Mask([H * W], H, W))
    for nothing in ([[]], [[1, 1]], [[1, 1, 2]], []):
        with pytest.raises(Exception, match=r"not supported|out of range"):
            oracle.frPyObjects(nothing, H, W)
        assert mask.frPyObjects(nothing, H, W) == [empty]
    assert mask.frPyObjects([[], TRIANGLE], H, W)[0] == empty
    identical(mask.frPyObjects([[], TRIANGLE], H, W)[1:], oracle.frPyObjects([TRIANGLE], H, W))


def test_boxes_as_lists():
    boxes = [[1, 2, 3, 4], [0, 0, 5.5, 6]]
    expected = oracle.frPyObjects(np.array(boxes, "f8"), H, W)
    with pytest.raises(TypeError):
        oracle.frPyObjects(boxes, H, W)
    identical(mask.frPyObjects(boxes, H, W), expected)
    identical(mask.frPyObjects(boxes[:1], H, W), expected[:1])
    identical(mask.frPyObjects([tuple(box) for box in boxes], H, W), expected)
    identical(_mask.frBbox(boxes, H, W), expected)
    mixed = [TRIANGLE, [1, 2, 3, 4]]  # the second row: two points, which cover nothing
    identical(mask.frPyObjects(mixed, H, W), oracle.frPyObjects(mixed, H, W))
    identical(mask.frPyObjects(mixed[::-1], H, W), oracle.frPyObjects(mixed, H, W)[::-1])


@pytest.mark.parametrize("dtype", ["f4", "i8", "u1"])
def test_boxes_of_any_dtype(dtype):
    boxes = np.array([[1, 2, 3, 4], [0, 0, 5, 6]])
    with pytest.raises(ValueError, match="mismatch"):
        oracle.frPyObjects(boxes.astype(dtype), H, W)
    expected = oracle.frPyObjects(boxes.astype("f8"), H, W)
    identical(mask.frPyObjects(boxes.astype(dtype), H, W), expected)


def test_flat_lists():
    for flat in ([1, 2, 3, 4], TRIANGLE):
        with pytest.raises(TypeError, match="len"):
            oracle.frPyObjects(flat, H, W)
    expected = oracle.frPyObjects([TRIANGLE], H, W)[0]
    identical(mask.frPyObjects(TRIANGLE, H, W), expected)
    expected = oracle.frPyObjects(np.array([[1.0, 2, 3, 4]]), H, W)[0]
    identical(mask.frPyObjects([1, 2, 3, 4], H, W), expected)


def test_rings_of_points():
    points = np.array(TRIANGLE).reshape(-1, 2)
    expected = oracle.frPyObjects([TRIANGLE], H, W)
    for ring in (points, points.tolist(), [tuple(point) for point in points.tolist()]):
        with pytest.raises(Exception, match=r"not supported|dimensions"):
            oracle.frPyObjects([ring], H, W)
        identical(mask.frPyObjects([ring], H, W), expected)


# Around the functions


def test_types_of_exceptions():
    for call in (
        lambda m: m.frPyObjects(None, H, W),
        lambda m: m.iou((GOOD,), [GOOD], [0]),
        lambda m: m.iou([GOOD], [[0, 0, 1, 1]], [0]),
    ):
        with pytest.raises(Exception) as theirs:  # noqa: PT011 - no type of its own
            call(oracle)
        assert type(theirs.value) is Exception
        with pytest.raises((TypeError, ValueError)):
            call(mask)


def test_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert mask.decode(GOOD).sum() == 50


def test_functions_of_the_extension_that_are_replaced(monkeypatch: pytest.MonkeyPatch):
    rle = mask.encode(np.asfortranarray(np.eye(3, dtype="u1")))
    before = mask.area
    for _, ours, modules in ((oracle, False, oracle), (mask, True, mask)):
        extension = _mask if ours else oracle._mask
        monkeypatch.setattr(extension, "area", lambda rles: [77 for _ in rles])
        assert modules.area(rle) == 77
    assert before(rle) == 3  # imported by name before; the reference's says 77


def test_private_helpers():
    for name in ("RLEs", "Masks", "_frString", "_toString"):
        assert hasattr(oracle._mask, name)
        assert not hasattr(_mask, name)
