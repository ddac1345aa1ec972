"""Connected parts of masks and their holes; cut to their boxes and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

import cocodec._core as _core
from cocodec import RleArray, RleError
from reference import morphology as reference
from support import strategies as own
from support.bridge import batch, dense, same
from support.operations import agree, all_small, encode_each

CONNECTIVITIES = [4, 8]
STRUCTURES = {4: ndimage.generate_binary_structure(2, 1), 8: np.ones((3, 3), bool)}


@pytest.mark.parametrize("connectivity", CONNECTIVITIES)
def test_parts_of_every_small_mask(connectivity):
    for masks in all_small():
        if masks[0].size == 0:
            continue
        got = RleArray.encode(masks).connected_components(connectivity)
        parts = [reference.connected_components(mask, connectivity) for mask in masks]
        assert got.parent.tolist() == [i for i, own in enumerate(parts) for _ in own]
        expected = np.array([p for own in parts for p in own]).reshape(-1, *masks[0].shape)
        same(got.masks, RleArray.encode(expected))
        np.testing.assert_array_equal(got.area, expected.sum((1, 2)))


@pytest.mark.parametrize("connectivity", CONNECTIVITIES)
def test_numbers_of_parts_and_holes(connectivity):
    """Holes are counted by Euler's rule, without looking at the background."""
    noise = np.random.default_rng(1).random((300, 40, 30)) < np.linspace(0, 1, 300)[:, None, None]
    for masks in [*all_small(), noise]:
        if masks[0].size == 0:
            continue
        found = _core.count_parts(RleArray.encode(masks)._runs, connectivity)
        other = STRUCTURES[12 - connectivity]
        for mask, (parts, holes) in zip(masks, found.tolist(), strict=True):
            outside = np.pad(mask == 0, 1, constant_values=True)
            assert parts == ndimage.label(mask, STRUCTURES[connectivity])[1]
            assert holes == ndimage.label(outside, other)[1] - 1


@pytest.mark.parametrize("connectivity", CONNECTIVITIES)
def test_chosen_parts_of_every_small_mask(connectivity):
    for masks in all_small():
        agree(
            masks,
            lambda m: m.remove_small(3, connectivity=connectivity),
            lambda d: reference.remove_small(d, 3, connectivity),
        )
        agree(
            masks,
            lambda m: m.largest_component(connectivity=connectivity),
            lambda d: reference.largest_component(d, connectivity),
        )


@pytest.mark.parametrize("connectivity", CONNECTIVITIES)
def test_holes_of_every_small_mask(connectivity):
    frames = np.pad(next(m for m in all_small(9) if m[0].shape == (3, 3)), [(0, 0), (1, 1), (1, 1)])
    for masks in [*all_small(), frames, ~frames]:
        if masks[0].size == 0:
            continue
        for most in (None, 1, 2):
            agree(
                masks,
                lambda m, most=most: m.fill_holes(most, connectivity=connectivity),
                lambda d, most=most: reference.fill_holes(d, most or np.inf, connectivity),
            )


@given(
    st.lists(own.cut_masks(own.solid_sizes), max_size=4),
    st.sampled_from(CONNECTIVITIES),
    st.integers(0, 9),
    st.integers(0, 3),
)
def test_parts_of_any_cut(masks, connectivity, area, threads):
    rles, arrays = batch(masks), dense(masks)
    given = {"connectivity": connectivity, "threads": threads}
    parts = [reference.connected_components(d, connectivity) for d in arrays]
    got = rles.connected_components(**given)
    same(got.masks, encode_each(part for own in parts for part in own))
    small = [reference.remove_small(d, area, connectivity) for d in arrays]
    same(rles.remove_small(area, **given), encode_each(small))
    large = [reference.largest_component(d, connectivity) for d in arrays]
    same(rles.largest_component(**given), encode_each(large))
    filled = [reference.fill_holes(d, area, connectivity) for d in arrays]
    same(rles.fill_holes(area, **given), encode_each(filled))


def test_cut_to_the_box_and_back():
    masks = np.random.default_rng(6).random((20, 9, 13)) < 0.05
    rles = RleArray.encode(masks)
    cut, boxes = rles.crop_to_bbox()
    np.testing.assert_array_equal(cut.sizes, boxes[:, [3, 2]])
    np.testing.assert_array_equal(cut.area(), rles.area())
    same(cut.uncrop(boxes, (9, 13)), rles)
    same(cut.uncrop(boxes[:, :2].astype(float), (9, 13), threads=2), rles)
    with pytest.raises(RleError, match="boxes have shape"):
        cut.uncrop([1, 2, 3], (9, 13))


def test_huge_masks():
    size = (20000, 20000)
    frame = RleArray.from_boxes([[10, 10, 15000, 15000]], size) - RleArray.from_boxes(
        [[20, 20, 100, 14000]], size
    )
    same(frame.fill_holes(), RleArray.from_boxes([[10, 10, 15000, 15000]], size))
    same(frame.fill_holes(1000), frame)
    both = frame | RleArray.from_boxes([[25, 25, 5, 5]], size)
    assert both.connected_components(4).area.tolist() == [15000**2 - 1400000, 25]
    side = 2**32 - 1
    full = RleArray.from_runs([0, side, 0, side], [0, 2, 4], [[1, side], [side, 1]])
    same(full.connected_components().masks, full)
    same(full.fill_holes(), full)


def test_refusals():
    masks = RleArray.encode(np.ones((2, 3, 4), bool))
    for refused in (6, "4", None):
        with pytest.raises(ValueError, match="must be 4 or 8"):
            masks.connected_components(refused)
    with pytest.raises(ValueError, match="max_area is -1"):
        masks.fill_holes(-1)
    with pytest.raises(ValueError, match=r"min_area is 1\.5"):
        masks.remove_small(1.5)
    assert len(RleArray().connected_components().masks) == 0
