"""The one way into the core's evaluation: both sides as indices and numbers, and the settings.

`evaluate` and the drop-in for pycocotools read annotations by rules of their own; what they hand to
the core is written down here, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.record_columns import IdCodes, distinct_integers
from cocodec.evaluation.annotations import Ids
from cocodec.evaluation.columns import Detections, GroundTruth
from cocodec.evaluation.federation import Federation, admitted_rows
from cocodec.evaluation.parameters import Parameters
from cocodec.masks.rle_array import RleArray

__all__ = [
    "CoreSide",
    "core_evaluation",
    "core_settings",
    "federation",
    "indexed",
    "numbered",
    "ordered_ids",
    "positions",
    "resolved",
    "settings_of",
]

_UNLIMITED = 1 << 62


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
    masks : RleArray
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
    masks: RleArray | None = None
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
    if side.masks is not None:
        runs = columns["masks"] = side.masks._runs
        if settings["iou_type"] == "boundary":
            columns["boundaries"] = _core.boundary(runs, dilation_ratio)
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


def settings_of(parameters: Parameters, images: int, categories: int) -> _core.EvaluationSettings:
    """What the parameters of an evaluation are to the core."""
    # LVIS limits the detections of an image, not those of a category in it.
    is_lvis = parameters.protocol == "lvis"
    return core_settings(
        iou_type=parameters.iou_type,
        images=images,
        categories=categories,
        use_categories=parameters.use_categories,
        iou_thresholds=parameters.iou_thresholds,
        recall_thresholds=parameters.recall_thresholds,
        area_ranges=parameters.area_ranges.values(),
        max_detections=[_UNLIMITED] if is_lvis else parameters.max_detections,
        sigmas=parameters.sigmas,
    )


def indexed(
    side: GroundTruth | Detections, images: Sequence[Any], categories: Sequence[Any]
) -> CoreSide:
    """Columns with ids as columns with indices among these images and categories."""
    common = CoreSide(
        positions(side.image_ids, images),
        positions(side.category_ids, categories),
        side.areas,
        side.unnamed,
        side.boxes,
        side.masks,
        side.keypoints,
    )
    if isinstance(side, GroundTruth):
        return common._replace(iscrowd=side.iscrowd, ignore=side.ignore)
    return common._replace(score=side.scores)


def resolved(
    truth: GroundTruth, images: Sequence[Any], categories: Sequence[Any], parameters: Parameters
) -> GroundTruth:
    """The rows that count for these images and categories.

    The reference finds the ids of these images and categories, image by image, and then looks the
    annotations up: of those with one id it gets the last, as often as the id was found. `lvis`
    finds none without an area.
    """
    admitted = None
    if parameters.protocol == "lvis":
        admitted = admitted_rows(truth)
    if truth.standing_for is None:
        return truth if admitted is None or admitted.all() else truth.take(np.flatnonzero(admitted))
    places = positions(truth.image_ids, images)
    found = places >= 0
    if parameters.use_categories:
        found &= positions(truth.category_ids, categories) >= 0
    if admitted is not None:
        found &= admitted
    rows = np.flatnonzero(found)
    rows = rows[np.argsort(places[rows], kind="stable")]
    return truth.take(truth.standing_for[rows])


def ordered_ids(ids: Iterable[Any]) -> list[Any]:
    """Different ids, ascending; numbers before strings."""
    if isinstance(ids, np.ndarray) and ids.dtype == np.int64:
        distinct: list[Any] = distinct_integers(ids)[0].tolist()
        return distinct
    return sorted(set(ids), key=lambda id_: (isinstance(id_, str), id_))


def numbered(ids: Iterable[Any]) -> dict[Any, int]:
    """Number ids in their order; of equal ones the last counts."""
    return {id_: place for place, id_ in enumerate(ids)}


def positions(ids: Ids | Sequence[Any], known: Sequence[Any]) -> NDArray[np.int64]:
    """Where each id stands in `known`; -1 where it does not."""
    return IdCodes(ids).positions(numbered(known))


def _pairs(
    images: Sequence[Any], lists: Sequence[Sequence[Any] | None], categories: Sequence[Any]
) -> NDArray[np.int64]:
    """Indices of an image and of a category for every category of every image's list."""
    lengths = [len(some or []) for some in lists]
    flat = [category for some in lists for category in some or []]
    return np.stack([np.repeat(np.arange(len(images)), lengths), positions(flat, categories)])


def federation(
    records: Mapping[Any, Any], images: Sequence[Any], categories: Sequence[Any], limit: int
) -> Federation:
    """What the records of these images say of these categories; see `Federation`."""
    some = [records.get(image) for image in images]
    return Federation(
        _pairs(images, [getattr(r, "neg_category_ids", None) for r in some], categories),
        _pairs(images, [getattr(r, "not_exhaustive_category_ids", None) for r in some], categories),
        limit,
    )
