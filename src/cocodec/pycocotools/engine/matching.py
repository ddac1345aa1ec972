"""Which detection finds which ground truth, in plain Python: for subclasses that ask for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.errors import DocumentError
from cocodec.pycocotools.engine.records import value_of

__all__ = ["crowd_of", "ignore_of", "keypoint_similarity", "match"]

Row = dict[str, Any]
Floats = NDArray[np.float64]


def crowd_of(gt: Row) -> int:
    """1 for a crowd."""
    return int(gt.get("iscrowd", 0))


def ignore_of(gt: Row, iouType: str) -> Any:
    """Whether a ground truth neither counts nor hurts: crowds, and persons without keypoints."""
    ignore = "iscrowd" in gt and gt["iscrowd"]
    if iouType != "keypoints":
        return ignore
    return (value_of(gt, "num_keypoints") == 0) or ignore


def match(
    ious: Any, thresholds: Any, gts: list[Row], dts: list[Row], gtIg: NDArray[Any]
) -> tuple[Floats, Floats, Floats]:
    """Give each detection, best first, the ground truth that it overlaps most.

    Parameters
    ----------
    ious : (d, g) array or []
        Columns in the order of `gts`: those that are not ignored come first.
    thresholds : sequence of float
        Least IoU of a match; each is a matching of its own.
    gtIg : (g,) array
        Ground truths that are ignored.

    Returns
    -------
    dtm, gtm, dtIg : (t, d), (t, g) and (t, d) arrays
        Id of the match or 0, both ways, and which detections matched an ignored one.
    """
    dtm, gtm = np.zeros((len(thresholds), len(dts))), np.zeros((len(thresholds), len(gts)))
    dtIg = np.zeros((len(thresholds), len(dts)))
    if len(ious) == 0:
        return dtm, gtm, dtIg
    crowds = [crowd_of(gt) for gt in gts]
    for t, threshold in enumerate(thresholds):
        least = min(threshold, 1 - 1e-10)
        for d, dt in enumerate(dts):
            free = [g for g in range(len(gts)) if crowds[g] or not gtm[t, g] > 0]
            found = _best_match(ious[d], free, gtIg, least)
            if found is not None:
                dtIg[t, d] = gtIg[found]
                dtm[t, d] = gts[found]["id"]
                gtm[t, found] = dt["id"]
    return dtm, gtm, dtIg


def _best_match(row: Any, free: list[int], gtIg: NDArray[Any], least: float) -> int | None:
    """Find the greatest IoU, the last of equal ones; an ignored one only if no other will do."""
    found = None
    for g in free:
        if found is not None and gtIg[found] == 0 and gtIg[g] == 1:
            break
        if not row[g] < least:
            least, found = row[g], g
    return found


def keypoint_similarity(gts: list[Row], dts: list[Row], areas: list[Any], sigmas: Any) -> Floats:
    """Object keypoint similarity of detections and ground truths, shape (d, g).

    Parameters
    ----------
    areas : list of float
        Of the ground truths, in pixels.
    sigmas : (k,) array
        How far off each keypoint may be.
    """
    variances = (sigmas * 2) ** 2
    # Of a ground truth in which no keypoint is seen it is the box that is compared.
    for ann in (*filter(_sees_any, gts), *dts):
        if len(value_of(ann, "keypoints")) != 3 * len(sigmas):
            raise DocumentError(
                f"annotation {ann.get('id')!r} has {len(ann['keypoints'])} numbers of keypoints, "
                f"expected 3 for each of the {len(sigmas)} sigmas"
            )
    points = [np.array(dt["keypoints"]) for dt in dts]
    result = np.zeros((len(dts), len(gts)))
    for j, gt in enumerate(gts):
        truth = np.array(gt["keypoints"])
        seen = truth[2::3] > 0
        x, y, w, h = value_of(gt, "bbox")[:4]
        for i, found in enumerate(points):
            if seen.any():
                dx, dy = found[0::3] - truth[0::3], found[1::3] - truth[1::3]
            else:  # nothing to compare with: how far outside of twice the box
                dx = _beyond(found[0::3], x - w, x + w * 2)
                dy = _beyond(found[1::3], y - h, y + h * 2)
            e = (dx**2 + dy**2) / variances / (areas[j] + np.spacing(1)) / 2
            e = e[seen] if seen.any() else e
            result[i, j] = np.sum(np.exp(-e)) / e.shape[0]
    return result


def _sees_any(gt: Row) -> bool:
    points = value_of(gt, "keypoints")
    listed = isinstance(points, (list, tuple, np.ndarray))
    return not listed or bool(np.any(np.array(points)[2::3] > 0))


def _beyond(values: NDArray[Any], low: Any, high: Any) -> Any:
    zeros = np.zeros(len(values))
    return np.maximum(zeros, low - values) + np.maximum(zeros, values - high)
