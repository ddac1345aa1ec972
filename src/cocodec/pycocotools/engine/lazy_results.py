"""A file of results whose dicts nobody has asked for yet: what they are, as columns."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.documents.parts import RawFile, read_raw
from cocodec.documents.record_columns import IdCodes, RecordColumns
from cocodec.errors import CocodecError
from cocodec.evaluation.core_input import CoreSide
from cocodec.masks.rle_array import RleArray
from cocodec.masks.segmentation_values import SegmentationKind
from cocodec.pycocotools import mask
from cocodec.pycocotools.engine.complete_results import prepare_results
from cocodec.pycocotools.engine.evaluated_side import EvaluatedSide, Numbering, evaluated_detections
from cocodec.pycocotools.engine.lazy_document import decode_json, read_source

__all__ = ["OpenedResults", "open_results"]

Row = dict[str, Any]
T = TypeVar("T")


class OpenedResults:
    """Results of a file, in the place of an `Opened` document.

    Attributes
    ----------
    rest : dict
        The sections of the dataset besides the annotations.
    traces : list of callable
        As in `Opened`.
    """

    def __init__(self, source: bytes, document: Document, kind: str) -> None:
        self.rest: Row = {}
        self.traces: list[Callable[[Any], None]] = []
        self._source = source
        self._document: Document | None = document
        self._kind = kind
        keys = ["image_id", "category_id", "score", *([] if kind == "segmentation" else [kind])]
        columns = RecordColumns(document.annotations, keys)
        self._images = IdCodes(columns.values("image_id"))
        self._categories = IdCodes(columns.values("category_id"))
        self._scores = columns.scores("score")
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
        return {**self.__dict__, "_document": None}  # split anew when needed

    @property
    def images_named(self) -> set[Any]:
        """Ids of the images that have results."""
        return set(self._images.ids)

    @property
    def image_ids(self) -> list[Any]:
        """Of the images of the dataset."""
        return [image["id"] for image in self.rest["images"]]

    def section(self, key: str) -> Any:
        """One value of the dataset; KeyError if there is none."""
        return self.rest[key]

    def dataset(self) -> Row:
        """Make the dicts, completed as results are."""
        anns = decode_json(self._source)
        prepare_results(self.rest, anns, mask)
        return {**self.rest, "annotations": anns}

    def side(self, iouType: str, numbering: Numbering) -> EvaluatedSide | None:
        """Columns for one kind of evaluation; None if they are not what it compares."""
        shapes: dict[str, Any]
        if iouType == "bbox":
            shapes = {"boxes": self._boxes}
        elif iouType == "keypoints":
            shapes = {"keypoints": self._compared(self._keypoints, self._read_keypoints)}
        else:
            shapes = {"masks": self._compared(self._masks, self._read_masks)}
        if any(shape is None for shape in shapes.values()):
            return None
        core = CoreSide(
            self._images.positions(numbering.images),
            self._categories.positions(numbering.categories),
            self._areas,
            **shapes,
        )
        return evaluated_detections(np.arange(1, len(self._scores) + 1), core, self._scores)

    def _compared(self, own: T | None, read: Callable[[], T]) -> T | None:
        """What results are, or, of boxes, what they have besides; None if that is not usual."""
        if own is not None or self._kind != "bbox":
            return own
        try:
            return read()
        except (CocodecError, TypeError, ValueError):
            return None

    def _rows(self) -> Document:
        if self._document is None:
            self._document = Document(read_raw(self._source))
        return self._document

    def _read_keypoints(self) -> NDArray[np.float64]:
        return RecordColumns(self._rows().annotations, ["keypoints"]).rows("keypoints")

    def _read_masks(self) -> RleArray:
        found = self._rows().masks(on_error="skip")
        if found.refused or (found.kinds != SegmentationKind.RLE_STRING).any():
            raise ValueError("not all masks are compressed RLE")
        return found.masks


def open_results(path: str | os.PathLike[str]) -> OpenedResults | None:
    """Open a file of boxes, masks or keypoints; None for any other, and for whatever is unusual."""
    source = read_source(path)
    try:
        file = read_raw(source)
        kind = _kind(file)
        return None if kind is None else OpenedResults(source, Document(file), kind)
    except (msgspec.DecodeError, RecursionError, CocodecError, TypeError, ValueError):
        return None


def _kind(file: RawFile) -> str | None:
    """What the first result says that all are."""
    spans = file.parts[0].table("annotations")
    if file.layout != "single" or file.parts[0].root != "results" or len(spans) == 0:
        return None
    first = msgspec.json.decode(file.source[spans[0, 0] : spans[0, 1]])
    if not isinstance(first, dict) or "caption" in first:
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
