"""A file of results whose dicts nobody has asked for yet: boxes or masks, as columns."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocodec import _core
from cocodec.errors import CocodecError
from cocodec.pycocotools.columns import Box, Places, Table
from cocodec.pycocotools.opened import collector_off, decode_json
from cocodec.pycocotools.results import prepare_results
from cocodec.rles import RleArray

__all__ = ["OpenedResults", "open_results"]

Row = dict[str, Any]


class _Result(msgspec.Struct, gc=False):
    image_id: Any
    category_id: Any
    score: float | int


class _BoxResult(_Result, gc=False, kw_only=True):
    bbox: Box


class _Size(msgspec.Struct, gc=False, array_like=True, forbid_unknown_fields=True):
    height: int
    width: int


class _Rle(msgspec.Struct, gc=False):
    size: _Size
    counts: str


class _MaskResult(_Result, gc=False, kw_only=True):
    segmentation: _Rle


class _Codes:
    """Ids, each kept once, and which of them stands where."""

    def __init__(self, ids: list[Any]) -> None:
        index: dict[Any, int] = {}
        codes = [index.setdefault(key, len(index)) for key in ids]
        self.ids, self._codes = list(index), np.array(codes, np.int64)

    def places(self, index: dict[Any, int]) -> NDArray[np.int64]:
        """Where `index` says that each id stands; -1 if it does not know it."""
        found = np.array([index.get(key, -1) for key in self.ids], np.int64)
        return found[self._codes] if len(found) > 0 else self._codes


class OpenedResults:
    """Results of a file, in the place of an `Opened` document.

    Attributes
    ----------
    rest : dict
        The sections of the dataset besides the annotations.
    traces : list of callable
        As in `Opened`.
    """

    def __init__(self, source: bytes, rows: list[Any]) -> None:
        self.rest: Row = {}
        self.traces: list[Callable[[Any], None]] = []
        self._source = source
        self._images = _Codes([row.image_id for row in rows])
        self._categories = _Codes([row.category_id for row in rows])
        self._scores = [row.score for row in rows]
        self._boxes: NDArray[np.float64] | None = None
        self._masks: RleArray | None = None
        if isinstance(rows[0], _BoxResult):
            sides = [[getattr(row.bbox, side) for row in rows] for side in Box.__struct_fields__]
            self._boxes = np.ascontiguousarray(np.array(sides, np.float64).T)
            self._areas = self._boxes[:, 2] * self._boxes[:, 3]
        else:
            sizes = [(row.segmentation.size.height, row.segmentation.size.width) for row in rows]
            self._masks = RleArray.from_coco([row.segmentation.counts for row in rows], sizes)
            self._areas = self._masks.area().astype(np.float64)
            if (self._areas > np.iinfo(np.uint32).max).any():
                raise ValueError("the reference's areas have 32 bits")

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
        prepare_results(self.rest, anns)
        return {**self.rest, "annotations": anns}

    def table(self, iouType: str, places: Places) -> Table | None:
        """Columns for one kind of evaluation; None if they are not what it compares."""
        if (iouType == "bbox") != (self._boxes is not None) or iouType == "keypoints":
            return None
        return Table(
            list(range(1, len(self._scores) + 1)),
            self._images.places(places.images),
            self._categories.places(places.categories),
            self._areas,
            boxes=self._boxes,
            masks=self._masks,
            scores=self._scores,
        )


def open_results(path: str | os.PathLike[str]) -> OpenedResults | None:
    """Open a file of boxes or of masks; None for any other, and for whatever is unusual."""
    with open(path, "rb") as stream:
        source = stream.read().removeprefix(b"\xef\xbb\xbf")
    if _core.find_invalid_utf8(source) >= 0:
        return None
    try:
        kind = _kind(source)
        if kind is None:
            return None
        with collector_off():
            return OpenedResults(source, msgspec.json.decode(source, type=list[kind]))  # type: ignore[valid-type]
    except (msgspec.DecodeError, RecursionError, CocodecError, TypeError, ValueError):
        return None


def _kind(source: bytes) -> type[_Result] | None:
    """What the first result says that all are."""
    rows = msgspec.json.decode(source, type=list[msgspec.Raw])
    first = msgspec.json.decode(rows[0]) if rows else {}
    if not isinstance(first, dict) or "caption" in first:
        return None
    if "bbox" in first and first["bbox"] != []:
        return _BoxResult
    return _MaskResult if isinstance(first.get("segmentation"), dict) else None
