"""Masks painted run by run are what a loop over pixels paints."""

from __future__ import annotations

import io
import itertools
import random

import numpy as np
import pytest

from cocodec import RleArray, RleError
from cocodec.masks import painting
from reference import drawing as reference

Image = pytest.importorskip("PIL.Image")


def random_masks(seed: int, n: int = 4) -> tuple[RleArray, np.ndarray]:
    source = np.random.default_rng(seed)
    height, width = source.integers(1, 24, 2)
    dense = (source.random((n, height, width)) < source.random((n, 1, 1))).astype(np.uint8)
    return RleArray.encode(dense), dense


@pytest.mark.parametrize("seed", range(25))
def test_like_the_loop_over_pixels(seed: int) -> None:
    masks, dense = random_masks(seed)
    chance = random.Random(seed)
    alpha = chance.choice([0, 0.25, 0.5, 0.7, 1])
    edges = chance.random() < 0.5
    hatched = [chance.random() < 0.5 for _ in dense]
    colors = [[chance.randrange(256) for _ in range(3)] for _ in dense]
    ground = np.random.default_rng(seed).integers(0, 256, (*dense.shape[1:], 3)).astype(np.uint8)
    expected = ground.tolist()
    for mask, color, flag in zip(dense.tolist(), colors, hatched, strict=True):
        reference.paint_mask(expected, mask, color, alpha, edges=edges, hatched=flag)
    before = ground.copy()
    painted = masks.overlay(ground, colors=colors, alpha=alpha, edges=edges, hatched=hatched)
    assert painted.tolist() == expected
    assert painted.dtype == np.uint8
    assert (ground == before).all()


def test_a_mask_of_empty_runs_and_odd_ends() -> None:
    masks = RleArray.from_runs([0, 0, 0, 2, 0, 4, 6, 3, 0, 0, 3], [0, 6, 7, 11], (2, 3))
    dense = masks.decode()
    painted = masks.overlay(colors=[[9, 9, 9], [8, 8, 8], [7, 7, 7]], alpha=1)
    expected = reference.grey(2, 3)
    for mask, level in zip(dense.tolist(), (9, 8, 7), strict=True):
        reference.paint_mask(expected, mask, [level] * 3, 1, edges=True, hatched=False)
    assert painted.tolist() == expected


def test_pil_in_pil_out_and_grey_images() -> None:
    masks = RleArray.from_boxes([[1, 1, 3, 2]], (4, 6))
    array = np.arange(24, dtype=np.uint8).reshape(4, 6)
    painted = masks.overlay(Image.fromarray(array))
    assert isinstance(painted, Image.Image)
    assert (np.asarray(painted) == masks.overlay(array)).all()
    assert (masks.overlay(array)[0, 0] == array[0, 0]).all()


def test_colors_differ_and_stay() -> None:
    colors = [painting.color_of(i) for i in range(80)]
    assert len(set(colors)) == 80
    assert colors[:3] == [(255, 64, 64), (64, 120, 255), (176, 255, 64)]
    assert all(0 <= level <= 255 for color in colors for level in color)
    pairs = itertools.pairwise(np.array(colors))
    apart = [np.abs(a - b).max() for a, b in pairs]
    assert min(apart) > 90


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"image": np.zeros((3, 3), np.uint8)}, RleError, "mask 0 is 4 x 6"),
        ({"image": np.zeros((4, 6), np.float32)}, TypeError, "float32"),
        ({"image": np.zeros((4, 6, 4), np.uint8)}, TypeError, "4 channels"),
        ({"image": np.zeros(3, np.uint8)}, TypeError, "shape"),
        ({"alpha": 1.5}, ValueError, "alpha is 1.5"),
        ({"alpha": float("nan")}, ValueError, "alpha is nan"),
        ({"colors": [[1, 2]]}, TypeError, "colors have shape"),
        ({"colors": [1.5, 2.0, 3.0]}, TypeError, "of int"),
        ({"colors": [1, 2, 300]}, ValueError, r"0\.\.255"),
    ],
)
def test_what_is_wrong_is_told(options: dict, error: type, says: str) -> None:
    with pytest.raises(error, match=says):
        RleArray.from_boxes([[1, 1, 3, 2]], (4, 6)).overlay(**options)


def test_masks_of_several_sizes_need_an_image() -> None:
    masks = RleArray.concatenate(RleArray.from_boxes([[0, 0, 1, 1]], s) for s in ((2, 2), (3, 3)))
    with pytest.raises(RleError, match="2 sizes"):
        masks.overlay()
    assert masks._repr_png_() is None
    assert (
        masks._repr_html_()
        == f"<code>{str(masks).replace('<', '&lt;').replace('>', '&gt;')}</code>"
    )


def test_png_for_notebooks() -> None:
    masks = RleArray.from_boxes([[1, 1, 3, 2], [0, 0, 2, 2]], (4, 6))
    data = masks._repr_png_()
    assert data is not None
    assert (np.asarray(Image.open(io.BytesIO(data))) == masks.overlay()).all()
    html = masks._repr_html_()
    assert html.count("<img") == 1
    assert "&lt;RleArray: 2 masks" in html
    large = RleArray.from_boxes([[0, 0, 3000, 2000]], (2000, 4000))._repr_png_()
    assert large is not None
    assert Image.open(io.BytesIO(large)).size == (512, 256)
    assert RleArray()._repr_png_() is None
    assert RleArray.from_boxes([[0, 0, 1, 1]], (2**16, 2**15))._repr_png_() is None


def test_a_large_mask_is_painted_without_a_dense_one() -> None:
    """10,000 masks of one pixel in an image of a megapixel: dense, they are 10 GB."""
    positions = np.arange(10_000) * 97
    counts = np.stack([positions, np.ones(10_000, int), 2**20 - 1 - positions], axis=1).ravel()
    masks = RleArray.from_runs(counts, np.arange(10_001) * 3, (1024, 1024))
    painted = masks.overlay(colors=(1, 2, 3))
    assert (painted == (1, 2, 3)).all(axis=2).sum() == 10_000
