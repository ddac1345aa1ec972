"""Every operation beside its twin in scipy.ndimage, OpenCV or numpy, on random masks of any shape.

2,000 masks for each by default. COCODEC_RANDOM_MASKS names another number: 100000 is what is run
before a release. The masks are the same each time: those of a batch follow from its number.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from cocodec.masks import operations, overlaps
from support.twins import TWINS, blobs, encoded

MASKS = int(os.environ.get("COCODEC_RANDOM_MASKS", "2000"))
BATCH = 25


def size_of(random: np.random.Generator, number: int) -> tuple[int, int]:
    """A row, a column, tall or wide: several words of a bitmap, or a few pixels."""
    kind = number % 10
    if kind == 0:
        return 1, int(random.integers(1, 200))
    if kind == 1:
        return int(random.integers(1, 200)), 1
    if kind == 2:
        return int(random.integers(60, 140)), int(random.integers(1, 25))
    return int(random.integers(1, 40)), int(random.integers(1, 40))


@pytest.mark.parametrize("name", TWINS)
def test_random_masks(name):
    for number in range(-(-MASKS // BATCH)):
        random = np.random.default_rng(number)
        stack = blobs(random, BATCH, *size_of(random, number))
        TWINS[name](random, stack, encoded(stack), number % 3)


def one_pixel(y: int, x: int) -> np.ndarray:
    stack = np.zeros((1, 9, 7), bool)
    stack[0, y, x] = True
    return stack


rows, columns = np.mgrid[:70, :66]
EDGES = {
    "empty": np.zeros((2, 9, 7), bool),
    "full": np.ones((2, 9, 7), bool),
    "an image of one pixel": np.array([[[False]], [[True]]]),
    "one pixel": one_pixel(4, 3),
    "one pixel first": one_pixel(0, 0),
    "one pixel last": one_pixel(8, 6),
    "all but one pixel": ~one_pixel(4, 3),
    "one row on": np.ones((1, 1, 130), bool),
    "one row of dots": np.arange(130)[None, None] % 3 == 1,
    "one column on": np.ones((1, 130, 1), bool),
    "one column of dots": np.arange(130)[None, :, None] % 3 == 1,
    "checkers": np.stack([(rows + columns) % 2 == 0, (rows + columns) % 2 == 1]),
    "stripes": np.stack([rows % 2 == 0, columns % 2 == 1]),
    "noise": np.random.default_rng(1).random((3, 90, 80))
    < np.array([0.02, 0.5, 0.98])[:, None, None],
}


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("edge", EDGES)
def test_extreme_masks(edge, name):
    random = np.random.default_rng(0)
    for threads in range(5):
        TWINS[name](random, EDGES[edge], encoded(EDGES[edge]), threads % 3)


def test_every_operation_has_a_twin():
    # mend_runs is read_by_rows and uncrop, of which each has one
    assert {*operations.__all__, *overlaps.__all__} - {"Components", "mend_runs"} <= set(TWINS)
