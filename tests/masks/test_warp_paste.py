"""Masks under affine maps, grids of scores stretched over boxes, and positions of changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import PolygonError, RleArray, RleError
from reference import morphology as reference
from support import strategies as own
from support.bridge import batch, dense, same
from support.operations import all_small, encode_each

numbers = st.one_of(
    st.floats(-3, 3), st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1e-9, 1e6, -1e6])
)
matrices = st.lists(numbers, min_size=6, max_size=6).map(lambda m: np.array(m).reshape(2, 3))


@given(st.lists(own.cut_masks(), max_size=3), st.data())
def test_warped_cuts(masks, data):
    n = len(masks)
    sides = st.tuples(st.integers(0, 9), st.integers(0, 9))
    maps = np.array([data.draw(matrices) for _ in range(n)]).reshape(n, 2, 3)
    sizes = [data.draw(sides) for _ in range(n)]
    got = batch(masks).warp_affine(maps, np.array(sizes, int).reshape(n, 2), inverse=True)
    expected = zip(dense(masks), maps, sizes, strict=True)
    same(got, encode_each(reference.warp_affine(mask, m, *size) for mask, m, size in expected))


QUARTERS = [[[0, 1, 0], [-1, 0, 0]], [[-1, 0, 0], [0, -1, 0]], [[0, -1, 0], [1, 0, 0]]]


def test_every_small_mask_turned_and_mirrored():
    for masks in all_small(9):
        h, w = masks[0].shape
        rles = RleArray.encode(masks)
        same(rles.warp_affine([[1, 0, 0], [0, 1, 0]], (h, w)), rles)
        same(rles.warp_affine([[-1, 0, w - 1], [0, 1, 0]], (h, w)), rles.flip("horizontal"))
        same(rles.warp_affine([[0, 1, 0], [1, 0, 0]], (w, h)), rles.transpose())
        same(rles.warp_affine([[1, 0, 1], [0, 1, -2]], (h, w)), rles.shift(1, -2))
        for k, matrix in enumerate(QUARTERS, 1):
            turned = np.array(matrix, float)
            corners = turned[:, :2] @ [[0, w - 1], [0, h - 1]]
            turned[:, 2] = -corners.min(1)
            size = (h, w) if k == 2 else (w, h)
            same(rles.warp_affine(turned, size), rles.rotate90(k))


def test_huge_warp():
    box = RleArray.from_boxes([[5000, 2000, 8000, 9000]], (20000, 20000))
    half = box.warp_affine([[0.5, 0, 0.25], [0, 0.5, 0.25]], (10000, 10000))
    same(half, RleArray.from_boxes([[2500, 1000, 4000, 4500]], (10000, 10000)))
    same(box.warp_affine([[0.5, 0, 0], [0, 0.5, 0]], (10000, 10000)), box.resize((10000, 10000)))
    side = 2**32 - 1
    full = RleArray.from_runs([0, side], [0, 2], [[side, 1]])
    same(full.warp_affine([[1, 0, 0], [0, 1, 0]], (side, 1)), full)
    with pytest.raises(RleError, match="more runs than"):
        RleArray.from_boxes([[0, 0, 1, 1]], (1, 1)).warp_affine(
            [[1e-9, 0, 0], [0, 1e-9, 0]], (1, side), inverse=True
        )


def test_refused_maps():
    masks = RleArray.encode(np.ones((2, 3, 4), bool))
    with pytest.raises(RleError, match="has no inverse"):
        masks.warp_affine([[1, 2, 0], [2, 4, 0]], (3, 4))
    with pytest.raises(RleError, match=r"shape \(3, 3\), expected \(2, 3\) or \(2, 2, 3\)"):
        masks.warp_affine(np.eye(3), (3, 4))
    with pytest.raises(RleError, match="not finite"):
        masks.warp_affine([[1, 0, np.nan], [0, 1, 0]], (3, 4))
    with pytest.raises(RleError, match="mask 0: the map has a number"):
        masks.warp_affine([[1e-300, 0, 1], [0, 1, 0]], (3, 4))
    with pytest.raises(TypeError, match="matrix must be numbers"):
        masks.warp_affine([["a"]], (3, 4))


grids = st.integers(1, 4).flatmap(
    lambda h: st.integers(1, 4).flatmap(
        lambda w: st.lists(st.integers(-2, 10), min_size=h * w, max_size=h * w).map(
            lambda cells: np.array(cells, np.float32).reshape(1, h, w) / 8
        )
    )
)
places = st.one_of(st.integers(-4, 12), st.floats(-4, 12))
lengths = st.one_of(st.integers(-1, 12), st.floats(0.01, 12))


@given(grids, st.tuples(places, places, lengths, lengths), st.sampled_from([0.01, 0.25, 0.5, 2.0]))
def test_any_grid_pasted(grid, box, threshold):
    got = RleArray.paste(grid, [box], (9, 7), threshold=threshold).decode()[0]
    scores = reference.paste(grid[0], list(map(float, box)), 9, 7)
    near = np.abs(scores - threshold) < 1e-12  # the order of two products may differ
    np.testing.assert_array_equal(got[~near], (scores >= threshold)[~near])


def test_pasted_as_detectron2_does():
    torch = pytest.importorskip("torch")
    from torch.nn.functional import grid_sample

    generator = torch.Generator().manual_seed(1)
    for _ in range(20):
        grids = torch.rand(8, 28, 28, generator=generator)
        corner = torch.rand(8, 2, generator=generator) * 60 - 15
        boxes = torch.cat([corner, corner + 0.5 + torch.rand(8, 2, generator=generator) * 50], 1)
        x0, y0, x1, y1 = boxes.split(1, dim=1)
        y = ((torch.arange(50) + 0.5) - y0) / (y1 - y0) * 2 - 1
        x = ((torch.arange(40) + 0.5) - x0) / (x1 - x0) * 2 - 1
        where = torch.stack(
            [x[:, None].expand(8, 50, 40), y[:, :, None].expand(8, 50, 40)], 3
        ).float()
        scores = grid_sample(grids[:, None], where, align_corners=False)[:, 0].numpy()
        got = RleArray.paste(grids, boxes, (50, 40), format="xyxy").decode()
        near = np.abs(scores - 0.5) < 1e-4  # floats there, doubles here
        np.testing.assert_array_equal(got[~near], (scores >= 0.5)[~near])
        assert near.mean() < 0.01


def test_pasted_batches():
    random = np.random.default_rng(2)
    grids = random.random((30, 28, 28))
    boxes = random.random((30, 4)) * 40
    sizes = random.integers(1, 60, (30, 2))
    together = RleArray.paste(grids, boxes, sizes, threads=2)
    for i, mask in enumerate(together):
        same(mask, RleArray.paste(grids[i : i + 1], boxes[i : i + 1], sizes[i]))
    assert len(RleArray.paste(np.zeros((0, 28, 28)), np.zeros((0, 4)), (5, 5))) == 0
    assert RleArray.paste(np.zeros((1, 0, 5)), [[0, 0, 4, 4]], (5, 5)).area()[0] == 0
    large = RleArray.paste(np.ones((1, 28, 28)), [[0, 0, 20000, 20000]], (20000, 20000))
    assert large.bbox().tolist() == [[0, 0, 20000, 20000]]


def test_refused_pastes():
    grid = np.ones((1, 2, 2), np.float32)
    with pytest.raises(RleError, match="scores are int64 of shape"):
        RleArray.paste(np.ones((1, 2, 2), int), [[0, 0, 1, 1]], (3, 3))
    with pytest.raises(RleError, match="1 grids of scores and 2 boxes"):
        RleArray.paste(grid, [[0, 0, 1, 1]] * 2, (3, 3))
    with pytest.raises(RleError, match="the threshold is"):
        RleArray.paste(grid, [[0, 0, 1, 1]], (3, 3), threshold=0)
    with pytest.raises(PolygonError, match="mask 0: a box has a number"):
        RleArray.paste(grid, [[0, 0, np.inf, 1]], (3, 3))


def positions_of(masks):
    """As the docstring of `from_positions` has it."""
    columns = masks.bool().transpose(1, 2).flatten(1)
    before = columns.roll(1, dims=1)
    before[:, :1] = False
    found = (columns != before).nonzero().cpu().numpy()
    return found[:, 1], found[:, 0].searchsorted(range(len(masks) + 1))


def test_positions_of_every_small_mask():
    torch = pytest.importorskip("torch")
    assert "before = columns.roll(1, dims=1)" in RleArray.from_positions.__doc__
    for masks in all_small(9):
        expected = [reference.positions(mask) for mask in masks]
        offsets = np.cumsum([0, *map(len, expected)])
        rles = RleArray.from_positions(
            [p for own in expected for p in own], offsets, masks[0].shape
        )
        same(rles, RleArray.encode(masks, layout="NHW"))
        if masks[0].size:
            found, starts = positions_of(torch.from_numpy(masks))
            assert found.tolist() == [p for own in expected for p in own]
            assert starts.tolist() == offsets.tolist()


def test_refused_positions():
    for positions, offsets, words in [
        ([1, 1], [0, 2], "mask 0: positions must rise and lie below 6, .* position 1 is 1"),
        ([6], [0, 1], "lie below 6, the number of pixels: position 0 is 6"),
        ([-1], [0, 1], "position 0 is -1"),
        ([1, 2], [0, 1], "end at 2, the number of positions"),
        ([1, 2], [0, 3, 2], "offsets"),
        ([1, 2], [1, 2], "offsets must start at 0"),
    ]:
        with pytest.raises(RleError, match=words):
            RleArray.from_positions(positions, offsets, (2, 3))
    with pytest.raises(RleError, match="have shapes"):
        RleArray.from_positions([[1]], [0, 1], (2, 3))
    with pytest.raises(TypeError, match="positions must be integers"):
        RleArray.from_positions([0.5], [0, 1], (2, 3))
