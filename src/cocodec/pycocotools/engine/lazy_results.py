"""A file of results whose dicts nobody has asked for yet: what they are, as columns."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.record_columns import IdCodes, ListedRecords, RecordColumns
from cocodec.errors import CocodecError
from cocodec.pycocotools.engine.lazy_document import decode_json, read_source
from cocodec.pycocotools.engine.result_columns import ResultColumns

if TYPE_CHECKING:
    from cocodec.documents.document import Document
    from cocodec.masks.rle_array import RleArray

__all__ = ["OpenedResults", "open_results"]

Row = dict[str, Any]
T = TypeVar("T")


class OpenedResults(ResultColumns):
    """Results of a file."""

    def __init__(self, source: bytes, records: ListedRecords, kind: str) -> None:
        self._source = source
        self._records: ListedRecords | None = records
        self._document: Document | None = None
        self._kind = kind
        keys = ["image_id", "category_id", "score", *([] if kind == "segmentation" else [kind])]
        columns = RecordColumns(records, keys)
        images, categories = (IdCodes(columns.values(key)) for key in ("image_id", "category_id"))
        super().__init__(images, categories, columns.scores("score"))
        self._boxes: NDArray[np.float64] | None = None
        self._keypoints: NDArray[np.float64] | None = None
        self._masks: RleArray | None = None
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
            self._areas = self._masks.area().astype(np.float64)
            if (self._areas > np.iinfo(np.uint32).max).any():
                raise ValueError("the reference's areas have 32 bits")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_document": None, "_records": None}  # split anew when needed

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
        if self._records is None:
            self._records = ListedRecords(self._source)
        return RecordColumns(self._records, ["keypoints"]).rows("keypoints")

    def _read_masks(self) -> RleArray:
        if self._document is None:
            from cocodec.documents.document import Document
            from cocodec.documents.parts import read_raw

            self._document = Document(read_raw(self._source))
        found = self._document.masks(on_error="skip")
        if found.refused or (found.kinds != _core.SegmentationKind.RLE_STRING).any():
            raise ValueError("not all masks are compressed RLE")
        return found.masks


def open_results(path: str | os.PathLike[str]) -> OpenedResults | None:
    """Open a file of boxes, masks or keypoints; None for any other, and for whatever is unusual."""
    source = read_source(path)
    try:
        if _core.find_invalid_utf8(source) >= 0:
            return None
        msgspec.json.decode(source, type=list[msgspec.Raw])  # it is a list, and JSON
        records = ListedRecords(source)
        kind = _kind(records)
        return None if kind is None else OpenedResults(source, records, kind)
    except (msgspec.DecodeError, RecursionError, CocodecError, TypeError, ValueError):
        return None


def _kind(records: ListedRecords) -> str | None:
    """What the first result says that all are."""
    if len(records) == 0:
        return None
    first = records.record(0)
    if "caption" in first:
        return None
    if "bbox" in first and first["bbox"] != []:
        return "bbox"
    if "segmentation" in first:
        return "segmentation"
    return "keypoints" if "keypoints" in first else None


def _spanned(keypoints: NDArray[np.float64]) -> NDArray[np.float64]:
    """Areas of the boxes around keypoints, visible or not."""
    if keypoints.shape[1] == 0 or keypoints.shape[1] % 3 != 0:
        raise ValueError("keypoints are no triples")
    x, y = keypoints[:, 0::3], keypoints[:, 1::3]
    return np.asarray((x.max(1) - x.min(1)) * (y.max(1) - y.min(1)), np.float64)
