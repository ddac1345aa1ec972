"""Between the tests' own masks (`reference.Mask`) and `cocodec.RleArray`."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from cocodec import RleArray
from reference.masks import Mask, decode


def batch(masks: Iterable[Mask]) -> RleArray:
    """The masks as one batch, their runs exactly as they are cut."""
    masks = list(masks)
    lengths = [len(mask.runs) for mask in masks]
    counts = np.array([run for mask in masks for run in mask.runs], dtype=np.uint32)
    sizes = np.array([mask.size for mask in masks], dtype=np.int64).reshape(-1, 2)
    return RleArray.from_runs(counts, np.cumsum([0, *lengths]), sizes)


def unbatch(rles: RleArray) -> list[Mask]:
    """Every mask of the batch, its runs exactly as they are cut."""
    pairs = zip(rles.offsets[:-1].tolist(), rles.offsets[1:].tolist(), strict=True)
    runs = [rles.counts[a:b].tolist() for a, b in pairs]
    return [Mask(r, h, w) for r, (h, w) in zip(runs, rles.sizes.tolist(), strict=True)]


def dense(masks: Iterable[Mask]) -> list[np.ndarray]:
    return [decode(mask) for mask in masks]


def same(a: RleArray, b: RleArray) -> None:
    """Asserts that two batches are the same to the last run, not only the same pixels."""
    np.testing.assert_array_equal(a.sizes, b.sizes)
    np.testing.assert_array_equal(a.offsets, b.offsets)
    np.testing.assert_array_equal(a.counts, b.counts)
    assert a == b
