"""A file of results whose dicts nobody has asked for yet: what they are, as columns."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.json_values import JsonKind
from cocodec.documents.record_columns import IdCodes, ListedRecords, RecordColumns
from cocodec.errors import CocodecError
from cocodec.pycocotools.engine.lazy_document import decode_json, read_source
from cocodec.pycocotools.engine.result_columns import ResultColumns

__all__ = ["OpenedResults", "open_results"]

Row = dict[str, Any]
T = TypeVar("T")

_COMMON = ("image_id", "category_id", "score")
_SHAPES = ("bbox", "segmentation", "keypoints")


class OpenedResults(ResultColumns):
    """Results of a file."""

    def __init__(self, source: bytes, records: ListedRecords) -> None:
        """Read a file.

        Raises
        ------
        CocodecError, TypeError, ValueError
            For results that are no boxes, masks or keypoints, or unusual.
        """
        self._source = source
        self._records: ListedRecords | None = records
        columns = RecordColumns(records, [*_COMMON, *_SHAPES, "caption"])
        kind = self._kind = _kind(columns)
        images, categories = (IdCodes(columns.values(key)) for key in ("image_id", "category_id"))
        super().__init__(images, categories, columns.scores("score"))
        self._boxes: NDArray[np.float64] | None = None
        self._keypoints: NDArray[np.float64] | None = None
        self._masks: _core.Runs | None = None
        if kind == "bbox":
            self._boxes = columns.rows(kind)
            if self._boxes.shape[1] != 4:
                raise ValueError("these are no boxes")
            self._areas = self._boxes[:, 2] * self._boxes[:, 3]
        elif kind == "keypoints":
            self._keypoints = columns.rows(kind)
            self._areas = _spanned(self._keypoints)
        else:
            self._masks = self._read_masks()
            self._areas = _core.area(self._masks).astype(np.float64)
            if (self._areas > np.iinfo(np.uint32).max).any():
                raise ValueError("the reference's areas have 32 bits")
            if (columns.kinds("bbox") == JsonKind.MISSING).all():
                self._boxes = _core.bbox(self._masks)  # as the reference completes them

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_records": None}  # split anew when needed

    def _dicts(self) -> list[Row]:
        anns: list[Row] = decode_json(self._source)
        return anns

    def _shapes(self, iouType: str) -> tuple[str, Any]:
        if iouType == "bbox":
            return "boxes", self._boxes
        if iouType == "keypoints":
            return "keypoints", self._compared(self._keypoints, self._read_keypoints)
        return "masks", self._compared(self._masks, self._read_masks)

    def _compared(self, own: T | None, read: Callable[[], T]) -> T | None:
        """What results are, or, of boxes, what they have besides; None if that is not usual."""
        if own is not None or self._kind != "bbox":
            return own
        try:
            return read()
        except (CocodecError, TypeError, ValueError):
            return None

    def _read_keypoints(self) -> NDArray[np.float64]:
        return RecordColumns(self._listed(), ["keypoints"]).rows("keypoints")

    def _read_masks(self) -> _core.Runs:
        nowhere = _core.ImageSizes(
            _core.Rows([], np.empty(0, np.int32), np.empty((0, 2), np.int64))
        )
        masks, kinds, _, refused = _core.read_segmentations(self._listed().rows(), nowhere)
        if refused or (kinds != _core.SegmentationKind.RLE_STRING).any():
            raise ValueError("not all masks are compressed RLE")
        return masks

    def _listed(self) -> ListedRecords:
        if self._records is None:
            self._records = ListedRecords(self._source, _core.list_elements(self._source))
        return self._records


def open_results(path: str | os.PathLike[str]) -> OpenedResults | None:
    """Open a file of boxes, masks or keypoints; None for any other, and for whatever is unusual."""
    source = read_source(path)
    if _core.find_invalid_utf8(source) >= 0:
        return None
    rows = _core.split_list(source)
    if rows is None:
        return None
    try:
        return OpenedResults(source, ListedRecords(source, rows))
    except (CocodecError, TypeError, ValueError):
        return None


def _kind(columns: RecordColumns) -> str:
    """What the first result says that all are."""
    if len(columns) == 0:
        raise ValueError("there are no results")
    has = {key: columns.kinds(key)[0] != JsonKind.MISSING for key in (*_SHAPES, "caption")}
    if has["caption"]:
        raise ValueError("captions are no columns")
    if has["bbox"] and len(columns.text("bbox", 0).strip(b"[] \t\r\n")) > 0:
        return "bbox"
    if has["segmentation"]:
        return "segmentation"
    if has["keypoints"]:
        return "keypoints"
    raise ValueError("there is nothing to compare")


def _spanned(keypoints: NDArray[np.float64]) -> NDArray[np.float64]:
    """Areas of the boxes around keypoints, visible or not."""
    if keypoints.shape[1] == 0 or keypoints.shape[1] % 3 != 0:
        raise ValueError("keypoints are no triples")
    x, y = keypoints[:, 0::3], keypoints[:, 1::3]
    return np.asarray((x.max(1) - x.min(1)) * (y.max(1) - y.min(1)), np.float64)
