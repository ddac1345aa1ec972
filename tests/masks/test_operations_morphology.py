"""Masks dilated, eroded, opened and closed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from cocodec import RleArray, RleError
from reference import morphology as reference
from support import strategies as own
from support.bridge import batch, dense, same
from support.operations import agree, all_small, encode_each
from support.twins import blobs

OPERATIONS = ["dilate", "erode", "open", "close"]
BORDERS = ["background", "foreground", "ignore"]
SHAPES = [("box", 3), ("cross", 3), ("box", (1, 5)), ("box", (5, 1)), ("disk", 1.5), ("disk", 2)]


def change(operation, shape, size, border, times=1, threads=0):
    """The operation as a function of a batch."""

    def run(masks):
        return getattr(masks, operation)(
            size, shape=shape, border=border, iterations=times, threads=threads
        )

    return run


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_steps_end_when_nothing_changes(operation, border):
    """As often as one may ask: an hour where each step is done, and twelve change all there is."""
    for masks in map(RleArray.encode, all_small(6)):
        for shape, size in SHAPES:
            few = change(operation, shape, size, border, times=12)(masks)
            same(change(operation, shape, size, border, times=65535)(masks), few)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_small_mask(operation, border):
    for masks in all_small(6):
        for shape, size in SHAPES:
            around = reference.neighbourhood(shape, size)
            agree(
                masks,
                change(operation, shape, size, border),
                lambda d, a=around: reference.change(d, operation, a, border, 1),
            )


odd = st.integers(0, 4).map(lambda n: 2 * n + 1)
shapes = st.one_of(
    st.tuples(st.sampled_from(["box", "cross"]), st.one_of(odd, st.tuples(odd, odd))),
    st.tuples(st.just("disk"), st.integers(0, 8).map(lambda n: n / 2)),
)


@given(
    st.lists(own.cut_masks(), max_size=3),
    st.sampled_from(OPERATIONS),
    shapes,
    st.sampled_from(BORDERS),
    st.integers(1, 3),
    st.integers(0, 3),
)
def test_masks_of_any_cut(masks, operation, shape, border, times, threads):
    around = reference.neighbourhood(*shape)
    expected = [reference.change(d, operation, around, border, times) for d in dense(masks)]
    got = change(operation, *shape, border, times, threads)(batch(masks))
    same(got, encode_each(expected))


def by_scipy(mask, operation, structure, border, times):
    value = border == "foreground"
    names = {"dilate": [False], "erode": [True], "open": [True, False], "close": [False, True]}
    for erosion in names[operation]:
        step = ndimage.binary_erosion if erosion else ndimage.binary_dilation
        outside = erosion if border == "ignore" else value
        # With iterations= it corrupts memory where the structure is larger than the image (1.17.1).
        for _ in range(times):
            mask = step(mask, structure, border_value=outside)
    return mask


def structure_of(shape, size):
    around = np.array(reference.neighbourhood(shape, size))
    reach = np.abs(around).max(axis=0)
    structure = np.zeros(2 * reach + 1, bool)
    structure[tuple((around + reach).T)] = True
    return structure


@pytest.mark.parametrize("seed", range(4))
def test_random_masks_as_scipy_changes_them(seed):
    """Tall and wide images: several words a column, and neighbourhoods larger than the image."""
    random = np.random.default_rng(seed)
    for _ in range(12):
        h, w = random.integers(1, [160, 50][:: random.choice([1, -1])])
        stack = blobs(random, 2, h, w)
        shape = random.choice(["box", "cross", "disk"])
        size = int(random.choice([1, 3, 5, 9, 15, 25, 41]))
        size = size / 3 if shape == "disk" else size
        border, times = random.choice(BORDERS), int(random.integers(1, 3))
        structure = structure_of(shape, size)
        for operation in OPERATIONS:
            expected = [by_scipy(mask, operation, structure, border, times) for mask in stack]
            got = change(operation, shape, size, border, times)(RleArray.encode(stack))
            same(got, RleArray.encode(np.array(expected)))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_as_opencv_changes_them(operation):
    mask = blobs(np.random.default_rng(7), 1, 120, 160)[0]
    kinds = {"box": cv2.MORPH_RECT, "cross": cv2.MORPH_CROSS}
    code = getattr(cv2, f"MORPH_{operation.upper()}")
    for shape, kind in kinds.items():
        for size in (3, 7, 25):
            kernel = cv2.getStructuringElement(kind, (size, size))
            expected = cv2.morphologyEx(mask.astype(np.uint8), code, kernel)
            got = change(operation, shape, size, "ignore")(RleArray.encode(mask))
            same(got, RleArray.encode(expected))


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_sparse_masks_in_a_large_image_as_scipy_changes_them(operation, border):
    """Few runs, far apart: what no bitmap of the window should be made for."""
    random = np.random.default_rng(8)
    mask = np.zeros((2500, 1800), bool)
    for y, x, h, w in random.integers(0, [2500, 1800, 300, 200], (12, 4)):
        mask[y : y + h, x : x + w] ^= True
    for shape, size in [("box", (9, 31)), ("disk", 6), ("cross", 21)]:
        structure = structure_of(shape, size)
        expected = by_scipy(mask, operation, structure, border, 1)
        same(
            change(operation, shape, size, border)(RleArray.encode(mask)), RleArray.encode(expected)
        )


def test_huge_masks():
    size = (20000, 20000)
    boxes = np.array([[5, 7, 0, 0], [0, 0, 20000, 20000], [100, 200, 300, 400], [0, 9, 20000, 1]])
    masks = RleArray.from_boxes(boxes, size)
    grown = [[0, 0, 0, 0], [0, 0, 20000, 20000], [88, 188, 324, 424], [0, 0, 20000, 22]]
    same(masks.dilate(25), RleArray.from_boxes(grown, size))
    shrunk = [[0, 0, 0, 0], [12, 12, 19976, 19976], [112, 212, 276, 376], [0, 0, 0, 0]]
    same(masks.erode(25), RleArray.from_boxes(shrunk, size))
    shrunk[1] = [0, 0, 20000, 20000]
    same(masks.erode(25, border="ignore"), RleArray.from_boxes(shrunk, size))
    same(masks.open(25, border="ignore")[:3], masks[:3])
    same(masks.close(25, shape="disk", border="ignore")[:3], masks[:3])
    side = 2**32 - 1
    full = RleArray.from_runs([0, side, 0, side], [0, 2, 4], [[1, side], [side, 1]])
    same(full.dilate(99), full)
    same(full.erode(3, border="ignore"), full)
    with pytest.raises(RleError, match="at most 4294967293"):
        full.erode(3)
    same(full.open(2**32 - 1, border="ignore"), full)


@pytest.mark.parametrize("connectivity", [4, 8])
def test_outline_of_every_small_mask(connectivity):
    def outline(mask):
        beside = [
            [
                any(
                    not reference.pixel(mask, *at)
                    for at in reference.neighbours(y, x, connectivity)
                )
                for x in range(mask.shape[1])
            ]
            for y in range(mask.shape[0])
        ]
        return mask & np.array(beside, bool).reshape(mask.shape)

    for masks in all_small(9):
        agree(masks, lambda m: m.outline(connectivity=connectivity), outline)


@given(st.lists(own.cut_masks(), max_size=4), st.sampled_from([0.0, 0.02, 0.1, 0.25]))
def test_boundary_of_any_cut(masks, ratio):
    expected = []
    for mask in dense(masks):
        width = max(1, round(ratio * np.hypot(*mask.shape)))
        around = reference.neighbourhood("box", 2 * width + 1)
        expected.append(mask & ~reference.change(mask, "erode", around, "background", 1))
    same(batch(masks).boundary(ratio, threads=2), encode_each(expected))


def test_refusals():
    masks = RleArray.encode(np.ones((2, 3, 4), bool))
    for refused in (2, 0, -3, (3, 4), 2**33 + 1):
        with pytest.raises(ValueError, match="sides must be odd"):
            masks.dilate(refused)
    for refused in (1.5, (1, 3, 5), "3"):
        with pytest.raises(TypeError, match="whole number, or height and width"):
            masks.erode(refused)
    for refused in (-1, float("nan"), 1e9):
        with pytest.raises(ValueError, match=r"lies in 0\.\.65536"):
            masks.open(refused, shape="disk")
    with pytest.raises(ValueError, match='"box" or "cross" or "disk"'):
        masks.close(3, shape="circle")
    with pytest.raises(ValueError, match="border is 'edge'"):
        masks.close(3, border="edge")
    with pytest.raises(ValueError, match="dilation_ratio is -1"):
        masks.boundary(-1)
    with pytest.raises(ValueError, match="iterations is 0"):
        masks.close(3, iterations=0)
