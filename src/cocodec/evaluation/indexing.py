"""Columns with ids -> the core's input: indices among the images and categories at hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.record_columns import IdCodes, distinct_integers
from cocodec.evaluation.annotations import Ids
from cocodec.evaluation.columns import Detections, GroundTruth
from cocodec.evaluation.core_input import CoreSide, core_settings, numbered
from cocodec.evaluation.federation import Federation, admitted_rows
from cocodec.evaluation.parameters import Parameters

__all__ = [
    "coerced",
    "coerced_id",
    "federation",
    "indexed",
    "ordered_ids",
    "positions",
    "resolved",
    "settings_of",
]

S = TypeVar("S", GroundTruth, Detections)

_UNLIMITED = 1 << 62
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})", re.ASCII)


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
        None if side.masks is None else side.masks._runs,
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


def coerced_id(id_: Any) -> Any:
    """A text that spells a whole number as that number; anything else as it is."""
    return int(id_) if isinstance(id_, str) and _WHOLE.fullmatch(id_) else id_


def coerced(side: S) -> S:
    """A side whose ids that spell whole numbers are these numbers."""
    changes: dict[str, Any] = {}
    for field in ("image_ids", "category_ids", "ids"):
        ids = getattr(side, field, None)
        if isinstance(ids, list):
            changes[field] = [coerced_id(id_) for id_ in ids]
    return replace(side, **changes)


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
