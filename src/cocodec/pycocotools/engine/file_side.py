"""Annotations of a file that nobody has touched -> one side of an evaluation in the core."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from cocodec.documents.record_columns import IdCodes, RecordColumns
from cocodec.documents.table import Table
from cocodec.evaluation.core_input import CoreSide
from cocodec.masks.rle_array import RleArray
from cocodec.masks.segmentation_values import SegmentationKind
from cocodec.pycocotools.engine.evaluated_side import (
    STUMBLES,
    EvaluatedSide,
    Numbering,
    UnusualError,
    evaluated_truth,
)
from cocodec.pycocotools.engine.lazy_document import Opened

__all__ = ["truth_of_file"]

Row = dict[str, Any]

# Kinds of segmentation that mean the same to the reference and to the reader of documents.
_PLAIN_KINDS = (
    SegmentationKind.EMPTY,
    SegmentationKind.EMPTY_RINGS,
    SegmentationKind.POLYGONS,
    SegmentationKind.RLE_STRING,
    SegmentationKind.RLE_LIST,
)
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
    except (*STUMBLES, msgspec.DecodeError) as error:
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
