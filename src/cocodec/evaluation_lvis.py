"""LVIS is federated: images are annotated for a few categories, only these are judged there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.evaluation_columns import Columns, Detections, GroundTruth

__all__ = ["Federation", "admitted_rows"]


def admitted_rows(side: Columns) -> NDArray[np.bool_]:
    """Where the area is above 0 and finite: `lvis` looks for no other rows."""
    return np.asarray((side.areas > 0) & (side.areas < np.inf))


class Federation:
    """What is known of the categories of each image.

    Parameters
    ----------
    truth : GroundTruth
        A category of which an image has an annotation can be judged there. Rows that count only.
    images : dict
        Records of images with `neg_category_ids` (known to be absent) and
        `not_exhaustive_category_ids` (not all objects are annotated), by id.
    limit : int
        How many detections in an image count, of all categories together.
    """

    def __init__(self, truth: GroundTruth, images: Mapping[Any, Any], limit: int) -> None:
        self._limit = limit
        self._judged = set(zip(truth.image_ids, truth.category_ids, strict=True))
        self._open: set[tuple[Any, Any]] = set()
        for image, record in images.items():
            self._judged.update((image, c) for c in record.neg_category_ids or [])
            self._open.update((image, c) for c in record.not_exhaustive_category_ids or [])

    def judge(self, detections: Detections) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
        """Which detections count at all, and which are ignored where unmatched; shape (n,) each."""
        pairs = list(zip(detections.image_ids, detections.category_ids, strict=True))
        judged = np.array([pair in self._judged for pair in pairs], bool)
        lenient = np.array([pair in self._open for pair in pairs], np.uint8)
        return judged & admitted_rows(detections) & self._within_limit(detections), lenient

    def _within_limit(self, detections: Detections) -> NDArray[np.bool_]:
        """The best `limit` of every image; of equal scores, those that come first."""
        codes: dict[Any, int] = {}
        images = np.array([codes.setdefault(i, len(codes)) for i in detections.image_ids], np.int64)
        order = np.lexsort((-detections.scores, images))
        starts = np.concatenate([[0], np.cumsum(np.bincount(images, minlength=len(codes)))])
        ranks = np.empty(len(images), np.int64)
        ranks[order] = np.arange(len(images)) - starts[images[order]]
        return np.asarray(ranks < self._limit)
