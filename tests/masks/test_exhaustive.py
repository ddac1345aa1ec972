"""Every mask of up to 4 x 4 pixels, and every pair of masks of up to 3 x 3, without exception.

Each test is a handful of calls with thousands of masks, against the specification and pycocotools.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cocodec import RleArray
from reference import masks as reference
from reference.masks import Mask, encode_pixels
from support import oracle
from support.bridge import batch, unbatch

SIZES = [(h, w) for h in range(5) for w in range(5)]
SMALL_SIZES = [(h, w) for h in range(1, 4) for w in range(1, 4)]


@cache
def all_dense(height: int, width: int) -> np.ndarray:
    """Every mask of one size, as a bool array (2 ** (h * w), h, w)."""
    numbers = np.arange(2 ** (height * width))
    bits = numbers[:, None] >> np.arange(height * width) & 1
    return bits.astype(bool).reshape(len(numbers), height, width)


@cache
def all_masks(height: int, width: int) -> list[Mask]:
    columns = all_dense(height, width).transpose(0, 2, 1).reshape(2 ** (height * width), -1)
    return [Mask(encode_pixels(pixels), height, width) for pixels in columns.tolist()]


@cache
def all_rles(height: int, width: int) -> RleArray:
    return batch(all_masks(height, width))


@pytest.mark.parametrize("layout", ["NHW", "HWN"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_encode_and_decode(size, layout):
    stack, expected = all_dense(*size), all_rles(*size)
    if layout == "HWN":
        stack = stack.transpose(1, 2, 0)
    for array in (stack, np.ascontiguousarray(stack), np.asfortranarray(stack)):
        got = RleArray.encode(array, layout=layout)
        np.testing.assert_array_equal(got.counts, expected.counts)
        np.testing.assert_array_equal(got.offsets, expected.offsets)
    np.testing.assert_array_equal(got.sizes, expected.sizes)
    np.testing.assert_array_equal(expected.decode(layout=layout), stack)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_strings(size):
    masks, rles = all_masks(*size), all_rles(*size)
    coco = rles.to_coco("bytes")
    assert coco == [oracle.rle(mask) for mask in masks]
    assert unbatch(RleArray.from_coco(coco)) == masks
    assert [entry["counts"] for entry in rles.to_coco("list")] == [mask.runs for mask in masks]
    if 0 not in size:
        stack = np.asfortranarray(all_dense(*size).transpose(1, 2, 0).astype(np.uint8))
        assert coco == oracle.encode(stack)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_measures(size):
    masks, rles = all_masks(*size), all_rles(*size)
    assert rles.area().tolist() == [reference.area(mask) for mask in masks]
    assert rles.bbox().tolist() == [reference.bbox(mask) for mask in masks]
    if 0 not in size:
        np.testing.assert_array_equal(rles.bbox(), oracle.toBbox(rles.to_coco("bytes")))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_complement(size):
    expected = [reference.complement(mask) for mask in all_masks(*size)]
    assert unbatch(all_rles(*size).complement()) == expected
    assert (~all_rles(*size)).complement() == all_rles(*size)


def _pairs(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    n = len(all_masks(*size))
    return np.repeat(np.arange(n), n), np.tile(np.arange(n), n)


OPERATORS = {
    "union": ("__or__", np.logical_or),
    "intersection": ("__and__", np.logical_and),
    "difference": ("__sub__", lambda a, b: a & ~b),
    "symmetric_difference": ("__xor__", np.logical_xor),
}


@pytest.mark.parametrize("operation", OPERATORS)
@pytest.mark.parametrize("size", SMALL_SIZES, ids=str)
def test_every_pair_combined(size, operation):
    rles, (left, right) = all_rles(*size), _pairs(size)
    method, on_pixels = OPERATORS[operation]
    got = getattr(rles[left], method)(rles[right])
    stack = all_dense(*size)
    expected = RleArray.encode(on_pixels(stack[left], stack[right]))
    # Not only the same pixels: the same runs, as an encoder would have cut them.
    np.testing.assert_array_equal(got.counts, expected.counts)
    np.testing.assert_array_equal(got.offsets, expected.offsets)


@pytest.mark.parametrize("operation", ["union", "intersection"])
@pytest.mark.parametrize("size", SMALL_SIZES, ids=str)
def test_every_pair_as_a_group(size, operation):
    rles, (left, right) = all_rles(*size), _pairs(size)
    members = np.stack([left, right], 1).ravel()
    got = getattr(rles[members], operation)(groups=np.repeat(np.arange(len(left)), 2))
    pairwise = getattr(rles[left], OPERATORS[operation][0])(rles[right])
    np.testing.assert_array_equal(got.counts, pairwise.counts)
    np.testing.assert_array_equal(got.offsets, pairwise.offsets)


@pytest.mark.parametrize("crowd", [0, 1])
@pytest.mark.parametrize("size", SMALL_SIZES, ids=str)
def test_iou_of_every_pair(size, crowd):
    rles = all_rles(*size)
    iscrowd = np.full(len(rles), crowd)
    coco = rles.to_coco("bytes")
    np.testing.assert_array_equal(rles.iou(rles, iscrowd), oracle.iou(coco, coco, iscrowd))
    flat = all_dense(*size).reshape(len(rles), -1).astype(np.int64)
    both, areas = flat @ flat.T, flat.sum(1)
    either = areas[:, None] if crowd else areas[:, None] + areas - both
    expected = np.where(both > 0, both / np.maximum(either, 1), 0)
    np.testing.assert_array_equal(rles.iou(rles, iscrowd), expected)


@pytest.mark.parametrize("sizes", [((2, 3), (3, 2)), ((2, 2), (3, 2))], ids=str)
def test_iou_of_every_pair_of_two_sizes(sizes):
    first, second = (all_rles(*size) for size in sizes)
    got = first.iou(second)
    iscrowd = [0] * len(second)
    expected = oracle.iou(first.to_coco("bytes"), second.to_coco("bytes"), iscrowd)
    np.testing.assert_array_equal(got, expected)
    assert set(np.unique(got)) == {-1.0, 0.0}


@pytest.mark.parametrize("options", [{}, {"connectivity": 8}, {"simplify": "corners"}], ids=str)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_polygons_there_and_back(size, options):
    rles = all_rles(*size)
    assert RleArray.from_polygons(rles.to_polygons(**options), size) == rles


def test_polygons_there_and_back_4x5():
    for first in range(0, 2**20, 2**17):
        bits = np.arange(first, first + 2**17)[:, None] >> np.arange(20) & 1
        rles = RleArray.encode(bits.astype(np.uint8).reshape(-1, 4, 5))
        assert RleArray.from_polygons(rles.to_polygons(), (4, 5)) == rles
