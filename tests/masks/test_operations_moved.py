"""Masks flipped, turned, cropped, padded, shifted and scaled."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import RleArray, RleError
from reference import morphology as reference
from support import strategies as own
from support.bridge import batch, dense, same
from support.operations import agree, all_small, encode_each

DIRECTIONS = ["horizontal", "vertical"]
RESIZE = {"nearest": reference.resize_nearest, "area": reference.resize_area}
small = st.integers(-4, 9)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_flip_of_every_small_mask(direction):
    for masks in all_small():
        agree(masks, lambda m: m.flip(direction), lambda d: reference.flip(d, direction))


def test_turns_of_every_small_mask():
    for masks in all_small():
        agree(masks, lambda m: m.transpose(), reference.transpose)
        for k in range(-1, 5):
            agree(masks, lambda m, k=k: m.rotate90(k), lambda d, k=k: np.rot90(d, k))


def test_the_reference_turns_as_numpy_does():
    array = np.random.default_rng(1).random((4, 7)) < 0.5
    for k in range(-5, 6):
        np.testing.assert_array_equal(reference.rotate90(array, k), np.rot90(array, k))


def test_crop_of_every_small_mask():
    for masks in all_small(6):
        h, w = masks[0].shape
        for x, y in itertools.product(range(-2, w + 2), range(-2, h + 2)):
            for size in [(0, 0), (1, 2), (3, 1), (h, w), (h + 3, w + 3)]:
                box = (x, y, size[1], size[0])
                agree(masks, lambda m, b=box: m.crop(b), lambda d, b=box: reference.crop(d, *b))


@pytest.mark.parametrize("rule", sorted(RESIZE))
def test_resize_of_every_small_mask(rule):
    for masks in all_small(9):
        if masks[0].size == 0:
            continue
        for size in itertools.product([0, 1, 2, 3, 5, 6], repeat=2):
            agree(
                masks,
                lambda m, s=size: m.resize(s, rule=rule),
                lambda d, s=size: RESIZE[rule](d, *s),
            )


@given(st.lists(own.cut_masks(), max_size=5), st.data(), st.integers(0, 3))
def test_masks_of_any_cut(masks, data, threads):
    """Batches of several sizes, runs cut in two, other arguments for each mask."""
    rles, arrays, n = batch(masks), dense(masks), len(masks)

    def check(got, expected):
        same(got, encode_each(expected))

    for direction in DIRECTIONS:
        expected = [reference.flip(d, direction) for d in arrays]
        check(rles.flip(direction, threads=threads), expected)
    check(rles.transpose(threads=threads), [d.T for d in arrays])
    k = data.draw(st.integers(-9, 9))
    check(rles.rotate90(k, threads=threads), [np.rot90(d, k) for d in arrays])
    sides = st.integers(0, 9)
    box = st.tuples(small, small, sides, sides)
    boxes = data.draw(st.lists(box, min_size=n, max_size=n))
    expected = [reference.crop(d, *b) for d, b in zip(arrays, boxes, strict=True)]
    check(rles.crop(np.array(boxes).reshape(n, 4), threads=threads), expected)
    check(rles.crop(np.array(boxes, float).reshape(n, 4)), expected)
    moves = data.draw(st.lists(st.tuples(small, small), min_size=n, max_size=n))
    expected = [reference.shift(d, *m) for d, m in zip(arrays, moves, strict=True)]
    dx, dy = np.array(moves, int).reshape(n, 2).T
    check(rles.shift(dx, dy, threads=threads), expected)
    pads = data.draw(st.tuples(sides, sides, sides, sides))
    check(rles.pad(*pads, threads=threads), [reference.pad(d, *pads) for d in arrays])


@given(st.lists(own.cut_masks(own.solid_sizes), max_size=4), st.data(), st.integers(0, 3))
def test_resize_of_any_cut(masks, data, threads):
    rles, arrays, n = batch(masks), dense(masks), len(masks)
    side = st.integers(0, 20)
    sizes = data.draw(st.lists(st.tuples(side, side), min_size=n, max_size=n))
    for rule, slow in RESIZE.items():
        expected = [slow(d, *size) for d, size in zip(arrays, sizes, strict=True)]
        got = rles.resize(np.array(sizes).reshape(n, 2), rule=rule, threads=threads)
        same(got, encode_each(expected))


def test_nearest_as_opencv_has_it():
    """INTER_NEAREST_EXACT, whose fixed point of 16 bits is exact where sides divide each other; our
    centres are the true ones everywhere."""
    random = np.random.default_rng(3)
    for h, w in random.integers(1, 30, (40, 2)):
        for up, down in [(1, 2), (2, 1), (4, 1), (1, 1), (1, 4), (1, 8), (16, 1)]:
            mask = random.random((h * down, w * down)) < 0.5
            size = (int(w * up), int(h * up))
            expected = cv2.resize(
                mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT
            )
            got = RleArray.encode(mask).resize(size[::-1]).decode(layout="HW")
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("factor", [2, 3, 4, 5])
def test_area_as_opencv_has_it(factor):
    mask = np.random.default_rng(4).random((60, 120)) < 0.5
    size = (120 // factor, 60 // factor)
    shares = cv2.resize(mask.astype(np.float64), size, interpolation=cv2.INTER_AREA)
    got = RleArray.encode(mask).resize(size[::-1], rule="area").decode(layout="HW")
    np.testing.assert_array_equal(got, shares > 0.5)


def huge():
    """Masks of 20000 x 20000 whose pixels nobody writes out: empty, full, a box, one row."""
    boxes = [[5, 7, 0, 0], [0, 0, 20000, 20000], [100, 200, 300, 400], [0, 9, 20000, 1]]
    return RleArray.from_boxes(boxes, (20000, 20000))


def test_huge_masks():
    masks = huge()
    size = (20000, 20000)
    same(
        masks.flip("horizontal"),
        RleArray.from_boxes(
            [[0, 0, 0, 0], [0, 0, 20000, 20000], [19600, 200, 300, 400], [0, 9, 20000, 1]], size
        ),
    )
    same(
        masks.flip("vertical"),
        RleArray.from_boxes(
            [[0, 0, 0, 0], [0, 0, 20000, 20000], [100, 19400, 300, 400], [0, 19990, 20000, 1]], size
        ),
    )
    same(
        masks.transpose(),
        RleArray.from_boxes(
            [[0, 0, 0, 0], [0, 0, 20000, 20000], [200, 100, 400, 300], [9, 0, 1, 20000]], size
        ),
    )
    same(masks.transpose().transpose(), masks)
    same(masks.rotate90(1).rotate90(3), masks)
    for rule in RESIZE:
        same(
            masks.resize((10000, 10000), rule=rule)[:3],
            RleArray.from_boxes(
                [[0, 0, 0, 0], [0, 0, 10000, 10000], [50, 100, 150, 200]], (10000, 10000)
            ),
        )
        same(
            masks.resize((40000, 30000), rule=rule)[2],
            RleArray.from_boxes([[150, 400, 450, 800]], (40000, 30000)),
        )
    same(masks.pad(1, 2, 3, 4).crop([1, 2, 20000, 20000]), masks)
    assert masks.shift(20000, 0).area().sum() == 0


def test_sides_of_four_billion():
    """Full masks, one pixel high or wide: the cost is that of their runs."""
    side = 2**32 - 1
    masks = RleArray.from_runs([0, side, 0, side], [0, 2, 4], [[1, side], [side, 1]])
    same(masks.flip("horizontal"), masks)
    same(masks.flip("vertical"), masks)
    same(masks.rotate90(1), masks[::-1])
    same(masks.rotate90(3), masks[::-1])
    for rule in RESIZE:
        full = RleArray.from_runs([0, 35, 0, 35], [0, 2, 4], [[5, 7], [7, 5]])
        same(masks.resize([[5, 7], [7, 5]], rule=rule), full)
    with pytest.raises(RleError, match="4294967296"):
        masks[1:].pad(0, 1, 0, 0)
    with pytest.raises(RleError, match="does not fit 32 bits"):
        RleArray.from_runs([4], [0, 1], (2, 2)).crop([9, 9, side, side])


def test_refusals():
    masks = RleArray.encode(np.ones((2, 3, 4), bool))
    with pytest.raises(ValueError, match='"horizontal" or "vertical"'):
        masks.flip("left")
    with pytest.raises(ValueError, match='"nearest" or "area"'):
        masks.resize((1, 1), rule="cubic")
    with pytest.raises(RleError, match=r"boxes have shape \(3,\)"):
        masks.crop([1, 2, 3])
    with pytest.raises(RleError, match=r"whole pixels, not 0\.5"):
        masks.crop([0.5, 0, 1, 1])
    with pytest.raises(RleError, match="whole pixels, not nan"):
        masks.crop([float("nan"), 0, 1, 1])
    with pytest.raises(RleError, match="sides must lie in") as refused:
        masks.crop([[0, 0, 1, 1], [0, 0, -1, 1]])
    assert refused.value.item == 1
    with pytest.raises(RleError, match="window at x"):
        masks.crop([2**41, 0, 1, 1])
    with pytest.raises(RleError, match="left is -1"):
        masks.pad(-1)
    with pytest.raises(RleError, match=r"dx has shape \(3,\)"):
        masks.shift([1, 2, 3], 0)
    with pytest.raises(TypeError, match="dy must be integers"):
        masks.shift(0, "down")
    with pytest.raises(RleError, match="sides must lie in"):
        masks.resize((-1, 3))
    with pytest.raises(RleError, match="no pixels to be scaled"):
        RleArray.encode(np.ones((1, 0, 4), bool)).resize((1, 1))
    assert len(RleArray().crop(np.zeros((0, 4)))) == 0
