"""Which detections match which ground truth, by the rule of COCO's evaluation, for all images.

`page/matching.js` does the same for the image that somebody looks at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.groups.keys import crowd_told
from cocodec.reshaping.shapes import BOX, MASK, NOTHING, Shapes, read_shapes, shared_within

__all__ = [
    "FALSE",
    "IGNORED",
    "MATCH",
    "MISS",
    "Judged",
    "Overlaps",
    "judge",
    "overlaps_of",
    "scores_of",
]

MATCH, MISS, FALSE, IGNORED = 0, 1, 2, 3
Integers = NDArray[np.int64]


class Overlaps(NamedTuple):
    """Pairs of a detection and a ground truth of one image that share pixels.

    Attributes
    ----------
    found, truth : (p,) array of int64
        Rows of the annotations.
    iou : (p,) array of float64
        Of a crowd: the share of the detection.
    """

    found: Integers
    truth: Integers
    iou: NDArray[np.float64]


class Judged(NamedTuple):
    """What became of each annotation.

    Attributes
    ----------
    truth : (n,) array of int64
        `MATCH`, `MISS`, or `IGNORED` for crowds.
    found : (m,) array of int64
        `MATCH`, `FALSE`, or `IGNORED` for what lies in a crowd, or below the score.
    partners : (m,) array of int64
        The row of the ground truth that a detection matches, -1 for none.
    """

    truth: Integers
    found: Integers
    partners: Integers


def overlaps_of(
    truth: Document, found: Document, *, boxes: bool = False, threads: int = 0
) -> Overlaps:
    """Find the pairs; masks with masks, or boxes where one side has no masks at all.

    Both documents have the same images; see `with_results`. `boxes`: boxes even so.
    """
    a, b = (read_shapes(one, threads=threads) for one in (found, truth))
    if boxes or not ((a.kinds == MASK).any() and (b.kinds == MASK).any()):
        a, b = _as_boxes(found, a), _as_boxes(truth, b)
    cells = found.image_rows(threads=threads), truth.image_rows(threads=threads)
    rows = tuple(
        np.flatnonzero((shapes.kinds != NOTHING) & (cell >= 0))
        for shapes, cell in zip((a, b), cells, strict=True)
    )
    pairs = shared_within(a, b, cells, (rows[0], rows[1]), threads=threads)
    crowd = crowd_told(truth.annotations, strict=False) == 1
    with np.errstate(invalid="ignore", divide="ignore"):
        share = pairs.shared / a.areas[pairs.first]
    iou = np.where(crowd[pairs.second], share, pairs.iou(a, b))
    return Overlaps(pairs.first, pairs.second, iou)


def _as_boxes(document: Document, shapes: Shapes) -> Shapes:
    """Take boxes alone: the key ``bbox`` where there is one, or else the box of the mask."""
    bare = document.subset()
    bare.annotations.set_column("segmentation", [None] * len(bare.annotations))
    told = read_shapes(bare)
    boxes = np.where((told.kinds == BOX)[:, None], told.boxes, shapes.boxes)
    kinds = np.where((told.kinds == BOX) | (shapes.kinds == MASK), BOX, shapes.kinds)
    with np.errstate(over="ignore"):  # infinite, then
        areas = boxes[:, 2] * boxes[:, 3]
    return Shapes(kinds.astype(np.uint8), shapes.masks, boxes, areas)


def judge(
    truth: Document,
    found: Document,
    overlaps: Overlaps,
    *,
    threshold: float = 0.5,
    min_score: float | None = None,
    use_categories: bool = True,
) -> Judged:
    """Match detections with ground truth.

    Detections come by their score, each takes the free ground truth of its image and category with
    the highest IoU (of equal ones the last); a crowd is taken when nothing else is, and by any
    number of them.

    Parameters
    ----------
    threshold : float
        The IoU from which on two match.
    min_score : float, optional
        Detections below it, or without one, are ignored.
    use_categories : bool
        False: detections may match ground truth of any category.
    """
    crowd = crowd_told(truth.annotations, strict=False) == 1
    scores = scores_of(found)
    kept = np.ones(len(scores), bool) if min_score is None else scores >= min_score
    mine, theirs, iou = overlaps
    same = kept[mine] & (iou >= min(threshold, 1 - 1e-10))
    if use_categories:
        same &= found.category_rows()[mine] == truth.category_rows()[theirs]
    mine, theirs, iou = mine[same], theirs[same], iou[same]
    # By detection, the best score first; then no crowds before crowds, high IoU before low, of
    # equal ones the last first: each takes the first that is free.
    place = np.empty(len(scores), np.int64)
    place[np.argsort(-np.nan_to_num(scores), kind="stable")] = np.arange(len(scores))
    order = np.lexsort((-theirs, -iou, crowd[theirs], place[mine]))
    partners = np.full(len(scores), -1)
    taken = np.zeros(len(crowd), bool)
    for d, g in zip(mine[order].tolist(), theirs[order].tolist(), strict=True):
        if partners[d] < 0 and not (taken[g] and not crowd[g]):
            partners[d] = g
            taken[g] = True
    of_truth = np.where(crowd, IGNORED, np.where(taken, MATCH, MISS))
    in_crowd = (partners >= 0) & crowd[partners] if len(crowd) else np.zeros(len(scores), bool)
    of_found = np.where(partners < 0, FALSE, np.where(in_crowd, IGNORED, MATCH))
    of_found[~kept] = IGNORED
    return Judged(of_truth, of_found, partners)


def scores_of(found: Document) -> NDArray[np.float64]:
    """Return the score of each annotation; NaN where it has none."""
    column = found.annotations.column("score", missing=None)
    if column.dtype.kind in "if" and column.ndim == 1:
        return column.astype(np.float64)
    values = column.tolist()
    numbers = [
        float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else np.nan
        for value in values
    ]
    return np.array(numbers, np.float64).reshape(len(values))
