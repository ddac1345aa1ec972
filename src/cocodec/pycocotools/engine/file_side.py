"""Annotations of a file that nobody has touched -> one side of an evaluation in the core."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import cocodec._core as _core
from cocodec.documents.record_columns import IdCodes, RecordColumns
from cocodec.evaluation.core_input import CoreSide
from cocodec.pycocotools.engine.evaluated_side import (
    STUMBLES,
    ColumnValues,
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
    _core.SegmentationKind.EMPTY,
    _core.SegmentationKind.EMPTY_RINGS,
    _core.SegmentationKind.POLYGONS,
    _core.SegmentationKind.RLE_STRING,
    _core.SegmentationKind.RLE_LIST,
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
        found = opened.columns.get(iouType)
        if found is None:
            found = opened.columns[iouType] = _columns_of(opened.annotations(), iouType)
        side = found.side(numbering)
        return side.replace(masks=_masks(opened, imgs)) if iouType == "segm" else side
    except STUMBLES as error:
        raise UnusualError from error


class _Columns(NamedTuple):
    """What a file says of its annotations, whatever is evaluated of it."""

    ids: ColumnValues
    images: IdCodes
    categories: IdCodes
    core: CoreSide  # without indices

    def side(self, numbering: Numbering) -> EvaluatedSide:
        image = self.images.positions(numbering.images)
        category = self.categories.positions(numbering.categories)
        return evaluated_truth(self.ids, self.core._replace(image=image, category=category))


def _columns_of(columns: RecordColumns, iouType: str) -> _Columns:
    columns.find(["id", "image_id", "category_id", "area", "iscrowd", *_KEYS[iouType]])
    ids, crowd = columns.values("id"), columns.flags("iscrowd")
    if len(IdCodes(ids).ids) != len(ids):
        raise UnusualError
    nowhere = np.empty(0, np.int64)
    core = CoreSide(nowhere, nowhere, columns.numbers("area"), iscrowd=crowd, ignore=crowd)
    if iouType != "segm":
        boxes = columns.rows("bbox") if len(columns) > 0 else np.empty((0, 4))
        if boxes.shape[1] != 4:
            raise UnusualError
        core = core._replace(boxes=boxes)
    if iouType == "keypoints":
        points = columns.rows("keypoints") if len(columns) > 0 else np.empty((0, 0))
        ignore = crowd | (columns.numbers("num_keypoints") == 0)
        core = core._replace(keypoints=points, ignore=ignore)
    images, categories = (IdCodes(columns.values(key)) for key in ("image_id", "category_id"))
    return _Columns(ids, images, categories, core)


def _masks(opened: Opened, imgs: dict[Any, Row] | None) -> _core.Runs:
    if imgs is not None:
        live = {key: (image["height"], image["width"]) for key, image in imgs.items()}
        if live != opened.image_sizes():
            raise UnusualError
    if opened.masks is None:
        masks, kinds, refused = opened.read_masks()
        if refused or not np.isin(kinds, _PLAIN_KINDS).all():
            raise UnusualError
        opened.masks = masks
    return opened.masks
