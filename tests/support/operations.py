"""How operations on masks are compared with the specification, which knows dense arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

import numpy as np

from cocodec import RleArray
from support.bridge import same

SMALL_SIZES = [(h, w) for h in range(5) for w in range(5)] + [(1, 9), (9, 1), (2, 6), (6, 2)]


@cache
def _every_mask(height: int, width: int) -> np.ndarray:
    numbers = np.arange(2 ** (height * width))
    bits = numbers[:, None] >> np.arange(height * width) & 1
    return bits.astype(bool).reshape(len(numbers), height, width)


def all_small(pixels: int = 12) -> Iterator[np.ndarray]:
    """Every mask of so many pixels at most, size by size, as bool arrays (n, h, w)."""
    for height, width in SMALL_SIZES:
        if height * width <= pixels:
            yield _every_mask(height, width)


def encode_each(arrays: Iterable[np.ndarray]) -> RleArray:
    """One batch of masks that may differ in size."""
    return RleArray.concatenate(RleArray.encode(np.ascontiguousarray(a)) for a in arrays)


def agree(
    masks: np.ndarray,
    fast: Callable[[RleArray], RleArray],
    slow: Callable[[np.ndarray], np.ndarray],
) -> None:
    """The whole batch at once gives, run for run, what each mask by itself gives in pixels."""
    got = fast(RleArray.encode(masks))
    expected = np.array([slow(mask) for mask in masks])
    same(got, RleArray.encode(expected, layout="NHW"))
