"""Matches -> precision and recall curves, from the dicts in ``evalImgs``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["accumulate_cells", "curves_of"]

Row = dict[str, Any]
Floats = NDArray[np.float64]


def accumulate_cells(cells: Any, p: Any, evaluated: Any) -> dict[str, Floats]:
    """Make the curves of every category, area range and number of detections.

    Parameters
    ----------
    cells : sequence of dict or None
        ``evalImgs``: nested by category, area range and image of `evaluated`.
    p : Params
        What to accumulate.
    evaluated : Params
        What was evaluated.

    Returns
    -------
    dict
        precision and scores of shape (T, R, K, A, M), recall of shape (T, K, A, M); -1 where
        there is nothing.
    """
    T, R, A, M = len(p.iouThrs), len(p.recThrs), len(p.areaRng), len(p.maxDets)
    K = len(p.catIds) if p.useCats else 1
    precision, scores = -np.ones((T, R, K, A, M)), -np.ones((T, R, K, A, M))
    recall = -np.ones((T, K, A, M))
    categories = set(evaluated.catIds if evaluated.useCats else [-1])
    ranges = set(map(tuple, evaluated.areaRng))
    images, counts = set(evaluated.imgIds), set(evaluated.maxDets)
    # As in the reference, places are those in `p`, and results move up to the first ones.
    ks = [n for n, category in enumerate(p.catIds) if category in categories]
    areas = [n for n, bounds in enumerate(p.areaRng) if tuple(bounds) in ranges]
    wanted = [n for n, image in enumerate(p.imgIds) if image in images]
    maxima = [count for count in p.maxDets if count in counts]
    stride = len(evaluated.imgIds)
    for k, k0 in enumerate(ks):
        for a, a0 in enumerate(areas):
            first = (k0 * len(evaluated.areaRng) + a0) * stride
            found = [cell for i in wanted if (cell := cells[first + i]) is not None]
            for m, maxDet in enumerate(maxima):
                curves = curves_of(found, maxDet, p.recThrs) if found else None
                if curves is not None:
                    recall[:, k, a, m] = curves[0]
                    precision[:, :, k, a, m] = curves[1]
                    scores[:, :, k, a, m] = curves[2]
    return {"precision": precision, "recall": recall, "scores": scores}


def curves_of(
    cells: list[Row], maxDet: int | None, thresholds: Any
) -> tuple[Floats, Floats, Floats] | None:
    """Make the curves of one category, area range and number of detections.

    Returns
    -------
    tuple or None
        Recall (T,), and precision and score at each threshold of recall (T, R); None where there
        is no ground truth to be found.
    """
    ignored = np.concatenate([cell["gtIgnore"] for cell in cells])
    positives = np.count_nonzero(ignored == 0)
    if positives == 0:
        return None
    scores = np.concatenate([cell["dtScores"][0:maxDet] for cell in cells])
    order = np.argsort(-scores, kind="mergesort")
    scores = scores[order]
    matched = _joined(cells, "dtMatches", maxDet)[:, order] != 0
    counted = ~_joined(cells, "dtIgnore", maxDet)[:, order].astype(bool)
    tps = np.cumsum(matched & counted, axis=1).astype(float)
    fps = np.cumsum(~matched & counted, axis=1).astype(float)
    recalls = tps / positives
    precisions = tps / (fps + tps + np.spacing(1))
    precisions = np.maximum.accumulate(precisions[:, ::-1], axis=1)[:, ::-1]
    shape = (len(tps), len(thresholds))
    at_recall, at_score = np.zeros(shape), np.zeros(shape)
    for t in range(len(tps)):
        places = np.searchsorted(recalls[t], thresholds, side="left")
        beyond = np.flatnonzero(places >= len(scores))
        places = places[: beyond[0]] if len(beyond) else places  # the reference stops there
        at_recall[t, : len(places)] = precisions[t, places]
        at_score[t, : len(places)] = scores[places]
    last = recalls[:, -1] if len(scores) else np.zeros(len(tps))
    return last, at_recall, at_score


def _joined(cells: list[Row], key: str, maxDet: int | None) -> NDArray[Any]:
    return np.concatenate([cell[key][:, 0:maxDet] for cell in cells], axis=1)
