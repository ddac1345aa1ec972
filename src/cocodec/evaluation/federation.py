"""LVIS is federated: images are annotated for a few categories, only these are judged there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cocodec.evaluation.columns import Detections, Side

__all__ = ["Federation", "admitted_rows"]

Indices = NDArray[np.int64]
_LARGEST_TABLE = 1 << 26  # bytes


def admitted_rows(side: Side) -> NDArray[np.bool_]:
    """Where the area is above 0 and finite: `lvis` looks for no other rows."""
    return np.asarray((side.areas > 0) & (side.areas < np.inf))


class Federation:
    """What is known of the categories of each image.

    Images and categories are indices among those that are evaluated, -1 for others.

    Parameters
    ----------
    negative : (2, n) array of int64
        Images, and categories that are known to be absent from them.
    not_exhaustive : (2, n) array of int64
        Images, and categories of which not all objects are annotated in them.
    limit : int
        How many detections in an image count, of all categories together.
    """

    def __init__(self, negative: Indices, not_exhaustive: Indices, limit: int) -> None:
        self._negative = negative
        self._not_exhaustive = not_exhaustive
        self._limit = limit

    def judge(
        self, truth: Indices, found: Indices, detections: Detections
    ) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
        """Which detections count at all, and which are ignored where unmatched; shape (n,) each.

        A detection can be judged in an image that has an annotation of its category, or is known to
        have none.

        Parameters
        ----------
        truth, found : (2, n) arrays of int64
            Images and categories of the ground truth and of the detections.
        """
        sides = found, truth, self._negative, self._not_exhaustive
        width = 1 + max(int(pairs[1].max(initial=0)) for pairs in sides)
        keys, present, absent, partial = (
            np.where((pairs >= 0).all(0), pairs[0] * width + pairs[1], -1) for pairs in sides
        )
        judged = _contained(keys, np.concatenate([present, absent]))
        kept = judged & admitted_rows(detections) & self._within_limit(found[0], detections.scores)
        return kept, _contained(keys, partial).astype(np.uint8)

    def _within_limit(
        self, images: NDArray[np.int64], scores: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """The best `limit` of every image; of equal scores, those that come first."""
        within = np.ones(len(images), bool)
        counts = np.bincount(images[images >= 0], minlength=1)
        rows = np.flatnonzero((images >= 0) & (counts[images] > self._limit))
        order = rows[np.lexsort((-scores[rows], images[rows]))]
        sorted_images = images[order]
        ranks = np.arange(len(order)) - np.searchsorted(sorted_images, sorted_images)
        within[order] = ranks < self._limit
        return within


def _contained(keys: NDArray[np.int64], members: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a key is among the members; -1 never is."""
    highest = int(keys.max(initial=-1))
    if highest >= _LARGEST_TABLE:
        return np.isin(keys, members) & (keys >= 0)
    table = np.zeros(highest + 2, bool)  # what -1 finds stands last
    table[members[(members >= 0) & (members <= highest)]] = True
    return table[keys]
