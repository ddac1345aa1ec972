"""Keypoints on their way: points that name pixels, left and right in a mirror, points cut off."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.document import Document
from cocodec.documents.edits import changed_column
from cocodec.documents.json_values import JsonKind, PrintedValues
from cocodec.documents.places import Places
from cocodec.errors import DocumentError
from cocodec.reshaping.motions import Motion, moved_points
from cocodec.reshaping.number_texts import spelled_like

__all__ = ["moved_keypoints"]

_SIDES = (("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT"))

Found = dict[str, tuple[NDArray[np.uint8], Places]]


def moved_keypoints(
    document: Document,
    rows: NDArray[np.int64],
    where: tuple[NDArray[np.int64], Motion],
    found: Found,
) -> dict[str, PrintedValues]:
    """Print the new keypoints of some annotations, and how many of them are left.

    A point whose visibility is 0 stays what it is, and so do points of annotations that are not
    lists of triples. One that leaves the image becomes (0, 0, 0).

    Raises
    ------
    DocumentError
        For keypoints that are no triples of numbers.
    """
    images, motion = where
    kinds, places = found["keypoints"]
    if not (kinds == JsonKind.LIST).any():
        return {}
    values, lists, _, spellings = _core.read_numbers(places.rows(), 1)
    lengths = np.diff(lists)
    wrong = np.flatnonzero((kinds == JsonKind.LIST) & ((spellings == 0) | (lengths % 3 != 0)))
    if len(wrong) > 0:
        raise DocumentError(
            "the keypoints are no triples of numbers",
            table="annotations",
            row=int(rows[wrong[0]]),
        )
    triples = values.reshape(-1, 3)
    owners = np.repeat(np.arange(len(rows)), lengths // 3)
    new = triples.copy()
    seen = (triples[:, 2] != 0) & (images[owners] >= 0)
    of = images[owners[seen]]
    new[seen, :2] = moved_points(triples[seen, :2], of, motion, half=0.5)
    frame = motion.sizes[images[owners]][:, ::-1]
    gone = seen & motion.cuts & ((new[:, :2] < 0) | (new[:, :2] >= frame)).any(axis=1)
    new[gone] = 0
    if motion.mirrors:
        new = new[_mirrored(document, rows, lengths // 3)]
    spelled = spelled_like(places, spellings)
    text, spans = _core.print_numbers(new.ravel(), lists, None, spelled)
    changed = np.zeros(len(rows), bool)
    changed[owners[(new != triples).any(axis=1)]] = True
    spans[~changed] = -1
    out = {"keypoints": PrintedValues(text, spans, len(text))}
    lost = np.bincount(owners[gone], minlength=len(rows))
    return out | _counts(lost, found["num_keypoints"])


def _counts(
    lost: NDArray[np.int64], told: tuple[NDArray[np.uint8], Places]
) -> dict[str, PrintedValues]:
    kinds, places = told
    rows = np.flatnonzero((lost > 0) & (kinds == JsonKind.INT))
    if len(rows) == 0:
        return {}
    before = np.zeros(len(rows), np.int64)
    _core.parse_numbers(places.take(rows).rows(), before)

    def find() -> tuple[NDArray[np.uint8], Places]:
        return kinds[rows], places.take(rows)

    made = changed_column(np.maximum(before - lost[rows], 0), "num_keypoints", find)
    spans = np.full((len(kinds), 2), -1, np.int64)
    spans[rows] = made.spans
    return {"num_keypoints": made._replace(spans=spans)}


def _mirrored(
    document: Document, rows: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Which point stands where each stood: left and right change places, by their names."""
    order = np.arange(int(counts.sum()))
    categories = document.category_rows(rows)
    swaps = [_swapped(row) for row in document.categories]
    ends = np.cumsum(counts)
    for number, swap in enumerate(swaps):
        if swap is None:
            continue
        for i in np.flatnonzero((categories == number) & (counts == len(swap))).tolist():
            order[ends[i] - len(swap) : ends[i]] = ends[i] - len(swap) + swap
    return order


def _swapped(category: Any) -> NDArray[np.int64] | None:
    names = category.get("keypoints") if isinstance(category, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    index = {name: i for i, name in enumerate(names)}
    out = np.array([index.get(_other_side(name), i) for i, name in enumerate(names)], np.int64)
    return None if (out == np.arange(len(out))).all() else out


def _other_side(name: str) -> str:
    for left, right in _SIDES:
        if left in name:
            return name.replace(left, right)
        if right in name:
            return name.replace(right, left)
    return name
