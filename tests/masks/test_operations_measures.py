"""What is read off masks: moments, perimeters, points, hulls, rectangles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from cocodec import RleArray, RleError
from reference import morphology as reference
from support import strategies as own
from support.bridge import batch, dense
from support.operations import all_small

POWERS = [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3)]


def check_measures(rles, arrays):
    perimeters = [reference.perimeter(mask) for mask in arrays]
    np.testing.assert_array_equal(rles.perimeter(), np.array(perimeters, np.uint64))
    sums = [reference.moments(mask, POWERS) for mask in arrays]
    np.testing.assert_array_equal(rles.moments(), np.array(sums, float).reshape(-1, 10))
    extremes = [reference.extreme_points(mask) for mask in arrays]
    np.testing.assert_array_equal(rles.extreme_points(), np.array(extremes).reshape(-1, 4, 2))
    means = [[m[1] / m[0], m[2] / m[0]] if m[0] else [np.nan] * 2 for m in sums]
    np.testing.assert_array_equal(rles.centroid(), np.array(means).reshape(-1, 2))


def test_measures_of_every_small_mask():
    for masks in all_small(9):
        check_measures(RleArray.encode(masks), list(masks))


@given(st.lists(own.cut_masks(), max_size=4))
def test_measures_of_any_cut(masks):
    check_measures(batch(masks), dense(masks))


def test_orientation_of_bars():
    masks = np.zeros((6, 9, 9), bool)
    masks[0, 4], masks[1, :, 4] = True, True
    masks[2], masks[3] = np.eye(9, dtype=bool), np.eye(9, dtype=bool)[::-1]
    masks[4, 2:5, 2:5] = True
    got = RleArray.encode(masks).orientation()
    expected = [0, np.pi / 2, np.pi / 4, -np.pi / 4, 0, np.nan]
    np.testing.assert_allclose(np.abs(got[:2]), np.abs(expected[:2]))
    np.testing.assert_allclose(got[2:], expected[2:])


@given(st.lists(own.cut_masks(), max_size=4), st.data())
def test_points_of_any_cut(masks, data):
    near = st.one_of(st.integers(-2, 13), st.floats(-2, 13), st.just(np.nan), st.just(np.inf))
    points = data.draw(st.lists(st.tuples(near, near), max_size=9))
    array = np.array(points, float).reshape(-1, 2)
    got = batch(masks).contains(array, threads=data.draw(st.integers(0, 3)))
    assert got.shape == (len(masks), len(points))
    for mask, row in zip(dense(masks), got, strict=True):
        for (x, y), answer in zip(points, row, strict=True):
            inside = np.isfinite([x, y]).all()
            expected = inside and reference.pixel(mask, int(np.floor(y)), int(np.floor(x)))
            assert bool(answer) == expected


def test_hulls_as_scipy_has_them():
    random = np.random.default_rng(2)
    stacks = [m for m in all_small(9) if m[0].size]
    stacks += [random.random((50, 30, 20)) < random.random((50, 1, 1)) ** 4]
    for masks in stacks:
        hulls = RleArray.encode(masks).convex_hull()
        assert len(hulls) == len(masks)
        for mask, hull in zip(masks, hulls, strict=True):
            ys, xs = np.nonzero(mask)
            if len(ys) == 0:
                assert len(hull) == 0
                continue
            corners = np.concatenate(
                [np.stack([xs + i, ys + j], 1) for i in (0, 1) for j in (0, 1)]
            )
            expected = corners[ConvexHull(corners).vertices]
            assert sorted(hull.tolist()) == sorted(expected.tolist())
            x, y = hull[:, 0], hull[:, 1]
            assert (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() > 0  # clockwise, y downward
            assert hull[0].tolist() == min(expected.tolist())


@given(st.lists(own.cut_masks(), max_size=4), st.integers(0, 3))
def test_rectangles_inside_any_cut(masks, threads):
    expected = [reference.largest_inner_rectangle(mask) for mask in dense(masks)]
    got = batch(masks).largest_inner_rectangle(threads=threads)
    np.testing.assert_array_equal(got, np.array(expected, float).reshape(-1, 4))


def test_rectangles_inside_every_small_mask():
    for masks in all_small(12):
        if masks[0].size == 0:
            continue
        expected = [reference.largest_inner_rectangle(mask) for mask in masks]
        np.testing.assert_array_equal(RleArray.encode(masks).largest_inner_rectangle(), expected)


def test_rectangles_inside_random_masks():
    random = np.random.default_rng(9)
    masks = random.random((60, 14, 11)) < random.random((60, 1, 1)) ** 0.3
    expected = [reference.largest_inner_rectangle(mask) for mask in masks]
    np.testing.assert_array_equal(RleArray.encode(masks).largest_inner_rectangle(), expected)


def test_huge_masks():
    masks = RleArray.from_boxes([[0, 0, 20000, 20000], [100, 200, 300, 400]], (20000, 20000))
    assert masks.perimeter().tolist() == [80000, 1400]
    np.testing.assert_array_equal(masks.centroid(), [[9999.5, 9999.5], [249.5, 399.5]])
    assert masks.contains([[399.9, 599], [400, 599]]).tolist() == [[True, True], [True, False]]
    hull = [[100, 200], [400, 200], [400, 600], [100, 600]]
    assert masks.convex_hull()[1].tolist() == hull
    np.testing.assert_array_equal(
        masks.largest_inner_rectangle(), [[0, 0, 20000, 20000], [100, 200, 300, 400]]
    )
    assert masks.extreme_points()[1].tolist() == [[100, 200], [100, 200], [399, 200], [100, 599]]
    side = 2**32 - 1
    full = RleArray.from_runs([0, side, 0, side], [0, 2, 4], [[1, side], [side, 1]])
    assert full.perimeter().tolist() == [2 * side + 2] * 2
    np.testing.assert_array_equal(full.centroid(), [[(side - 1) / 2, 0], [0, (side - 1) / 2]])
    with pytest.raises(RleError, match="at most 2147483647"):
        full.convex_hull()


def test_refusals():
    masks = RleArray.encode(np.ones((2, 3, 4), bool))
    with pytest.raises(RleError, match=r"points have shape \(3,\)"):
        masks.contains([1, 2, 3])
    with pytest.raises(TypeError, match="points must be numbers"):
        masks.contains([["a", "b"]])
    assert RleArray().convex_hull() == []
