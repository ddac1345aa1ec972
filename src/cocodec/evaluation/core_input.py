"""The one way into the core's evaluation: both sides as indices and numbers, and the settings.

`evaluate` and the drop-in for pycocotools read annotations by rules of their own; what they hand to
the core is written down here, once. This imports next to nothing: the drop-in waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core

__all__ = ["CoreSide", "core_evaluation", "core_settings", "numbered"]


class CoreSide(NamedTuple):
    """Ground truth or detections as the core takes them: n rows; None for what is not needed.

    The order of the rows decides ties. `_core.EvaluationTruth` and `_core.EvaluationDetections`
    say what each column means.

    Attributes
    ----------
    image, category : (n,) array of int64
        Index among those that are evaluated; -1 where a row is left out.
    area : (n,) array of float64
        In pixels.
    unnamed : (n,) array of uint8
        Whose id counts as that of nobody.
    boxes : (n, 4) array of float64
        x, y, width, height.
    masks : Runs
        n masks.
    keypoints : (n, 3 k) array of float64
        x, y, visibility of k keypoints.
    iscrowd, ignore : (n,) array of uint8
        Of ground truth.
    score : (n,) array of float64
        Of detections.
    lenient : (n,) array of uint8
        Of detections: those that are ignored where nothing matches them.
    """

    image: NDArray[np.int64]
    category: NDArray[np.int64]
    area: NDArray[np.float64]
    unnamed: NDArray[np.uint8] | None = None
    boxes: NDArray[np.float64] | None = None
    masks: _core.Runs | None = None
    keypoints: NDArray[np.float64] | None = None
    iscrowd: NDArray[np.uint8] | None = None
    ignore: NDArray[np.uint8] | None = None
    score: NDArray[np.float64] | None = None
    lenient: NDArray[np.uint8] | None = None


def core_evaluation(
    truth: CoreSide,
    detections: CoreSide,
    settings: _core.EvaluationSettings,
    *,
    dilation_ratio: float = 0.02,
) -> _core.Evaluation:
    """Hand both sides to the core.

    Parameters
    ----------
    dilation_ratio : float
        Boundaries: their width relative to the image's diagonal.

    Raises
    ------
    ValueError, TypeError
        For columns that do not fit each other.
    """
    gt, dt = (_columns(side, settings, dilation_ratio) for side in (truth, detections))
    return _core.Evaluation(gt, dt, settings)


def _columns(side: CoreSide, settings: _core.EvaluationSettings, dilation_ratio: float) -> Any:
    columns = {name: column for name, column in side._asdict().items() if column is not None}
    if side.masks is not None and settings["iou_type"] == "boundary":
        columns["boundaries"] = _core.boundary(side.masks, dilation_ratio)
    if side.keypoints is not None and len(side.image) == 0:
        columns["keypoints"] = np.empty((0, 3 * len(settings["sigmas"])))
    return columns


def core_settings(
    *,
    iou_type: str,
    images: int,
    categories: int,
    use_categories: bool,
    iou_thresholds: Iterable[Any],
    recall_thresholds: Iterable[Any],
    area_ranges: Iterable[Any],
    max_detections: Iterable[Any],
    sigmas: Iterable[Any] = (),
) -> _core.EvaluationSettings:
    """Settings by the core's names, as plain numbers, for so many images and categories."""
    return {
        "iou_type": iou_type,
        "images": images,
        "categories": categories,
        "use_categories": bool(use_categories),
        "iou_thresholds": [float(threshold) for threshold in iou_thresholds],
        "recall_thresholds": [float(threshold) for threshold in recall_thresholds],
        "area_ranges": [(float(bounds[0]), float(bounds[1])) for bounds in area_ranges],
        "max_detections": [int(count) for count in max_detections],
        "sigmas": [float(sigma) for sigma in sigmas],
    }


def numbered(ids: Iterable[Any]) -> dict[Any, int]:
    """Number ids in their order; of equal ones the last counts."""
    return {id_: place for place, id_ in enumerate(ids)}
