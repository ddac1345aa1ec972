"""Annotations -> columns for the core: from the bytes of a file that is untouched, or from dicts.

A fast way only. Whatever is unusual raises `UnusualError`, and the evaluation goes through the
steps of `COCOeval` instead, which know every case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.record_columns import IdCodes, RecordColumns
from cocodec.documents.table import Table
from cocodec.errors import CocodecError
from cocodec.evaluation.core_input import CoreSide, numbered
from cocodec.masks.rle_array import RleArray
from cocodec.pycocotools.engine.annotation_masks import area_of, convert_to_rle
from cocodec.pycocotools.engine.lazy_document import Opened

__all__ = [
    "EvaluatedSide",
    "Numbering",
    "UnusualError",
    "Values",
    "detections_of_dicts",
    "evaluated_detections",
    "evaluated_truth",
    "truth_of_dicts",
    "truth_of_file",
]

Row = dict[str, Any]
Values: TypeAlias = list[Any] | NDArray[Any]

# What going through unusual records can raise.
_STUMBLES = (CocodecError, KeyError, TypeError, ValueError, OverflowError, msgspec.DecodeError)
# Kinds of segmentation that mean the same to the reference and to the reader of documents.
_PLAIN_KINDS = (2, 3, 5, 8, 9)  # [], [[]], rings, RLE of a string, RLE of a list


class UnusualError(Exception):
    """These annotations need the slow way."""


class Numbering(NamedTuple):
    """Which images and categories are evaluated, and the number of each."""

    images: dict[Any, int]
    categories: dict[Any, int]

    @classmethod
    def of(cls, imgIds: list[Any], catIds: list[Any]) -> Numbering:
        """Number ids in their order."""
        return cls(numbered(imgIds), numbered(catIds))


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

    ids: Values
    core: CoreSide
    scores: Values | None = None

    def replace(self, **columns: Any) -> EvaluatedSide:
        """Put other columns in the place of the core's."""
        return self._replace(core=self.core._replace(**columns))


def evaluated_truth(ids: Values, core: CoreSide) -> EvaluatedSide:
    """Ground truth; an id of 0 is that of nobody, as in the reference."""
    return EvaluatedSide(ids, core._replace(unnamed=_flags(ids, lambda ids: ids == 0)))


def evaluated_detections(ids: Values, core: CoreSide, scores: Values) -> EvaluatedSide:
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


def _flags(ids: Values, test: Callable[[NDArray[np.float64]], Any]) -> NDArray[np.uint8]:
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
        ids, core, (raw, *rest) = _read(coco, anns, fields, numbering)
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
    except _STUMBLES as error:
        raise UnusualError from error


def detections_of_dicts(
    coco: Any, anns: list[Row], iouType: str, numbering: Numbering
) -> EvaluatedSide:
    """Read dicts of detections; as `truth_of_dicts` does it."""
    kinds: dict[str, list[tuple[Any, ...]]] = {
        "bbox": [("bbox", "box")],
        "keypoints": [("keypoints", "row")],
    }
    try:
        fields = [("score", "object"), *kinds.get(iouType, [])]
        ids, core, (scores, *rest) = _read(coco, anns, fields, numbering)
        if iouType == "segm":
            core = core._replace(masks=_rle(coco, anns))
        else:
            core = core._replace(**{"boxes" if iouType == "bbox" else "keypoints": rest[0]})
        return evaluated_detections(ids, core, scores)
    except _STUMBLES as error:
        raise UnusualError from error


def _read(
    coco: Any, anns: list[Row], fields: list[tuple[Any, ...]], numbering: Numbering
) -> tuple[Values, CoreSide, list[Any]]:
    """Read what all annotations have, and some more fields."""
    common: list[tuple[Any, ...]] = [
        ("id", "object"),
        ("image_id", numbering.images),
        ("category_id", numbering.categories),
    ]
    common += [("area", "number", np.nan)]
    ids, image, category, area, *rest = _core.read_rows(anns, common + fields)
    for row in np.flatnonzero(np.isnan(area)):
        area[row] = area_of(coco, anns[row])
    return ids, CoreSide(image, category, area), rest


def _rle(coco: Any, anns: list[Row]) -> RleArray:
    if coco is not None:
        convert_to_rle(coco, anns)
    return RleArray.from_coco([ann["segmentation"] for ann in anns])


_KEYS = {"segm": [], "bbox": ["bbox"], "keypoints": ["bbox", "keypoints", "num_keypoints"]}


def truth_of_file(
    opened: Opened, imgs: dict[Any, Row] | None, iouType: str, numbering: Numbering
) -> EvaluatedSide:
    """Read the ground truth of a file whose annotations nobody has touched.

    Parameters
    ----------
    imgs : dict or None
        The images, if somebody has touched these: masks are read only if their sizes are still
        those of the file.

    Raises
    ------
    UnusualError
        As `truth_of_dicts` does; also if ids repeat.
    """
    try:
        side = _side_of(opened.document().annotations, iouType, numbering)
        if len(IdCodes(side.ids).ids) != len(side.ids):
            raise UnusualError
        return side.replace(masks=_masks(opened, imgs)) if iouType == "segm" else side
    except _STUMBLES as error:
        raise UnusualError from error


def _side_of(records: Table, iouType: str, numbering: Numbering) -> EvaluatedSide:
    keys = ["id", "image_id", "category_id", "area", "iscrowd", *_KEYS[iouType]]
    columns = RecordColumns(records, keys)
    ids, crowd = columns.values("id"), columns.flags("iscrowd")
    core = CoreSide(
        IdCodes(columns.values("image_id")).positions(numbering.images),
        IdCodes(columns.values("category_id")).positions(numbering.categories),
        columns.numbers("area"),
        iscrowd=crowd,
        ignore=crowd,
    )
    if iouType != "segm":
        boxes = columns.rows("bbox") if len(records) > 0 else np.empty((0, 4))
        if boxes.shape[1] != 4:
            raise UnusualError
        core = core._replace(boxes=boxes)
    if iouType == "keypoints":
        points = columns.rows("keypoints") if len(records) > 0 else np.empty((0, 0))
        ignore = crowd | (columns.numbers("num_keypoints") == 0)
        core = core._replace(keypoints=points, ignore=ignore)
    return evaluated_truth(ids, core)


def _masks(opened: Opened, imgs: dict[Any, Row] | None) -> RleArray:
    if imgs is not None:
        live = {key: (image["height"], image["width"]) for key, image in imgs.items()}
        if live != opened.image_sizes():
            raise UnusualError
    found = opened.document().masks(on_error="skip")
    if found.refused or not np.isin(found.kinds, _PLAIN_KINDS).all():
        raise UnusualError
    return found.masks
