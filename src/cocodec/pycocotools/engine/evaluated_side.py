"""Annotations that are dicts -> one side of an evaluation in the core.

A fast way only. Whatever is unusual raises `UnusualError`, and the evaluation goes through the
steps of `COCOeval` instead, which know every case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.errors import CocodecError
from cocodec.evaluation.core_input import CoreSide, numbered
from cocodec.pycocotools.engine.annotation_masks import area_of, convert_to_rle

__all__ = [
    "STUMBLES",
    "ColumnValues",
    "EvaluatedSide",
    "Numbering",
    "UnusualError",
    "detection_fields",
    "detections_of_dicts",
    "evaluated_detections",
    "evaluated_truth",
    "truth_of_dicts",
]

Row = dict[str, Any]
ColumnValues: TypeAlias = list[Any] | NDArray[Any]

# What going through unusual records can raise.
STUMBLES = (CocodecError, KeyError, TypeError, ValueError, OverflowError)


class UnusualError(Exception):
    """These annotations need the slow way."""


class Numbering(NamedTuple):
    """Which images and categories are evaluated, and the number of each."""

    images: dict[Any, int]
    categories: dict[Any, int]

    @classmethod
    def of(cls, imgIds: list[Any], catIds: list[Any]) -> Numbering:
        """Number ids in their order."""
        return cls(numbered(_as_python(imgIds)), numbered(_as_python(catIds)))


def _as_python(ids: list[Any]) -> list[Any]:
    """The same ids, ints of numpy's as Python's: these are compared with ints far more quickly."""
    return [id_.item() if isinstance(id_, np.integer) else id_ for id_ in ids]


class EvaluatedSide(NamedTuple):
    """Annotations of one side, n of them: as the core takes them, and as they call themselves.

    Attributes
    ----------
    ids : list, or (n,) array of int64
        As the annotations have them.
    core : CoreSide
        Indices and numbers.
    scores : list or (n,) array
        Of detections, as they have them.
    """

    ids: ColumnValues
    core: CoreSide
    scores: ColumnValues | None = None

    def replace(self, **columns: Any) -> EvaluatedSide:
        """Put other columns in the place of the core's."""
        return self._replace(core=self.core._replace(**columns))


def evaluated_truth(ids: ColumnValues, core: CoreSide) -> EvaluatedSide:
    """Ground truth; an id of 0 is that of nobody, as in the reference."""
    return EvaluatedSide(ids, core._replace(unnamed=_flags(ids, lambda ids: ids == 0)))


def evaluated_detections(ids: ColumnValues, core: CoreSide, scores: ColumnValues) -> EvaluatedSide:
    """Detections; an id that is not above 0 is that of nobody, as in the reference.

    Raises
    ------
    UnusualError
        If a score is not a number.
    """
    score = np.asarray(scores, np.float64)
    if np.isnan(score).any():
        raise UnusualError
    unnamed = _flags(ids, lambda ids: ~(ids > 0))
    return EvaluatedSide(ids, core._replace(score=score, unnamed=unnamed), scores)


def _flags(ids: ColumnValues, test: Callable[[NDArray[np.float64]], Any]) -> NDArray[np.uint8]:
    try:
        return np.asarray(test(np.asarray(ids, np.float64)), np.uint8)
    except (TypeError, ValueError):
        return np.zeros(len(ids), np.uint8)  # texts are names


def truth_of_dicts(coco: Any, anns: list[Row], iouType: str, numbering: Numbering) -> EvaluatedSide:
    """Read dicts of ground truth; masks become compressed RLE there, as the reference does it.

    Parameters
    ----------
    coco : COCO or None
        Knows the sizes of the images. None if all masks are compressed RLE already.

    Raises
    ------
    UnusualError
        If something is missing or of a type that needs a closer look.
    """
    fields: list[tuple[Any, ...]] = [("iscrowd", "object", 0)]
    fields += [("bbox", "box")] if iouType != "segm" else []
    fields += [("keypoints", "row"), ("num_keypoints", "object")] if iouType == "keypoints" else []
    try:
        columns = _core.read_rows(anns, [*_common(numbering), *fields])
        ids, core, (raw, *rest) = _side_of(coco, anns, columns)
        crowd = np.array([int(value) != 0 for value in raw], np.uint8)
        ignore = np.array([bool(value) for value in raw], np.uint8)
        if iouType == "keypoints":
            core = core._replace(keypoints=rest[1])
            ignore |= np.array([count == 0 for count in rest[2]], np.uint8)
        if iouType != "segm":
            core = core._replace(boxes=rest[0])
        else:
            core = core._replace(masks=_rle(coco, anns))
        return evaluated_truth(ids, core._replace(iscrowd=crowd, ignore=ignore))
    except STUMBLES as error:
        raise UnusualError from error


def detection_fields(iouType: str, numbering: Numbering) -> list[tuple[Any, ...]]:
    """What is read of detections, for `detections_of_dicts`."""
    shapes: dict[str, list[tuple[Any, ...]]] = {
        "bbox": [("bbox", "box")],
        "keypoints": [("keypoints", "row")],
    }
    return [*_common(numbering), ("score", "float"), *shapes.get(iouType, [])]


def detections_of_dicts(
    coco: Any, anns: list[Row], iouType: str, numbering: Numbering, columns: Any = None
) -> EvaluatedSide:
    """Read dicts of detections; as `truth_of_dicts` does it.

    Parameters
    ----------
    columns : list, optional
        Those of `detection_fields`, if they were read already.
    """
    try:
        if columns is None:
            columns = _core.read_rows(anns, detection_fields(iouType, numbering))
        ids, core, (scores, *rest) = _side_of(coco, anns, columns)
        if iouType == "segm":
            core = core._replace(masks=_rle(coco, anns))
        else:
            core = core._replace(**{"boxes" if iouType == "bbox" else "keypoints": rest[0]})
        return evaluated_detections(ids, core, scores)
    except STUMBLES as error:
        raise UnusualError from error


def _common(numbering: Numbering) -> list[tuple[Any, ...]]:
    """What is read of all annotations."""
    return [
        ("id", "int"),
        ("image_id", numbering.images),
        ("category_id", numbering.categories),
        ("area", "number", np.nan),
    ]


def _side_of(coco: Any, anns: list[Row], columns: Any) -> tuple[ColumnValues, CoreSide, list[Any]]:
    """The columns that all have as the core takes them, and the other ones."""
    ids, image, category, area, *rest = columns
    for row in np.flatnonzero(np.isnan(area)):
        area[row] = area_of(coco, anns[row])
    return ids, CoreSide(image, category, area), rest


def _rle(coco: Any, anns: list[Row]) -> _core.Runs:
    if coco is not None:
        from cocodec.pycocotools import coco as coco_module

        convert_to_rle(coco, anns, coco_module.maskUtils)
    return _core.from_coco([ann["segmentation"] for ann in anns])
