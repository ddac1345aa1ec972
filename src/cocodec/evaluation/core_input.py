"""Columns with ids -> what the core takes: indices among the images and categories at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.evaluation.annotations import Ids
from cocodec.evaluation.columns import Columns, GroundTruth
from cocodec.evaluation.federation import Federation, admitted_rows
from cocodec.evaluation.parameters import Parameters

__all__ = [
    "core_columns",
    "core_settings",
    "federation",
    "ordered_ids",
    "positions",
    "resolved",
]

_UNLIMITED = 1 << 62
_LONGEST_TABLE = 1 << 22


def core_columns(
    side: Columns, images: Sequence[Any], categories: Sequence[Any], parameters: Parameters
) -> dict[str, Any]:
    """Columns that both sides have, by the core's names."""
    out: dict[str, Any] = {
        "image": positions(side.image_ids, images),
        "category": positions(side.category_ids, categories),
        "area": side.areas,
    }
    if side.boxes is not None:
        out["boxes"] = side.boxes
    if side.keypoints is not None:
        out["keypoints"] = side.keypoints
    if side.masks is not None:
        out["masks"] = side.masks._runs
        if parameters.iou_type == "boundary":
            out["boundaries"] = _core.boundary(side.masks._runs, parameters.dilation_ratio)
    return out


def core_settings(parameters: Parameters, images: int, categories: int) -> _core.EvaluationSettings:
    """Settings by the core's names, for so many images and categories."""
    limits = parameters.max_detections
    return {
        "iou_type": parameters.iou_type,
        "images": images,
        "categories": categories,
        "use_categories": parameters.use_categories,
        "iou_thresholds": parameters.iou_thresholds,
        "recall_thresholds": parameters.recall_thresholds,
        "area_ranges": list(parameters.area_ranges.values()),
        # LVIS limits the detections of an image, not those of a category in it.
        "max_detections": [_UNLIMITED] if parameters.protocol == "lvis" else limits,
        "sigmas": parameters.sigmas,
    }


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
        distinct: list[Any] = np.unique(ids).tolist()
        return distinct
    return sorted(set(ids), key=lambda id_: (isinstance(id_, str), id_))


def positions(ids: Ids | Sequence[Any], known: Sequence[Any]) -> NDArray[np.int64]:
    """Where each id stands in `known`; -1 where it does not."""
    wanted, listed = _integers(ids), _integers(known)
    if wanted is None or listed is None or len(listed) == 0:
        places = {id_: place for place, id_ in enumerate(known)}
        wanted_ids = ids if isinstance(ids, Sequence) else ids.tolist()
        return np.array([places.get(id_, -1) for id_ in wanted_ids], np.int64)
    low, high = int(listed.min()), int(listed.max())
    if high - low >= _LONGEST_TABLE:
        order = np.argsort(listed, kind="stable")
        nearest = order[np.minimum(np.searchsorted(listed, wanted, sorter=order), len(listed) - 1)]
        return np.where(listed[nearest] == wanted, nearest, -1)
    table = np.full(high - low + 2, -1, np.int64)
    table[listed - low] = np.arange(len(listed))
    inside = (wanted >= low) & (wanted <= high)
    return table[np.where(inside, wanted - low, high - low + 1)]


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


def _integers(ids: Ids | Sequence[Any]) -> NDArray[np.int64] | None:
    """The ids as an array, if they are integers and nothing else."""
    if isinstance(ids, np.ndarray):
        return ids
    if not set(map(type, ids)) <= {int}:
        return None
    try:
        return np.array(ids, np.int64)
    except OverflowError:
        return None
