"""Annotations -> columns for the core: from the bytes of a file that is untouched, or from dicts.

A fast way only. Whatever is unusual raises `UnusualError`, and the evaluation goes through the
steps of `COCOeval` instead, which know every case.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.record_columns import Codes, FileColumns
from cocodec.documents.table import Table as Records
from cocodec.errors import CocodecError
from cocodec.masks.rle_array import RleArray
from cocodec.masks.segmentation_values import SegmentationKind
from cocodec.pycocotools.engine.annotation_masks import area_of, convert_to_rle
from cocodec.pycocotools.engine.lazy_document import Opened

__all__ = [
    "Places",
    "Table",
    "UnusualError",
    "Values",
    "detections_of_dicts",
    "truth_of_dicts",
    "truth_of_file",
]

Row = dict[str, Any]
Values: TypeAlias = list[Any] | NDArray[Any]

# What going through unusual records can raise.
_STUMBLES = (CocodecError, KeyError, TypeError, ValueError, OverflowError, msgspec.DecodeError)
# Kinds of segmentation that mean the same to the reference and to the reader of documents.
_PLAIN_KINDS = (
    SegmentationKind.EMPTY,
    SegmentationKind.EMPTY_RINGS,
    SegmentationKind.POLYGONS,
    SegmentationKind.RLE_STRING,
    SegmentationKind.RLE_LIST,
)


class UnusualError(Exception):
    """These annotations need the slow way."""


class Places(NamedTuple):
    """Which images and categories are evaluated, and where each stands."""

    images: dict[Any, int]
    categories: dict[Any, int]

    @classmethod
    def of(cls, imgIds: list[Any], catIds: list[Any]) -> Places:
        """Number ids in their order."""
        return cls(
            {imgId: i for i, imgId in enumerate(imgIds)},
            {catId: k for k, catId in enumerate(catIds)},
        )


class Table(NamedTuple):
    """Columns of annotations, one entry each; those that are not needed are None.

    Attributes
    ----------
    ids : list, or (n,) array of int64
        As the annotations have them.
    image, category : (n,) array of int64
        Where the image and the category stand; -1 if they are not evaluated.
    area : (n,) array
        In pixels.
    boxes : (n, 4) array
        x, y, width, height.
    masks : RleArray
        n masks.
    keypoints : (n, 3 k) array
        x, y, visibility of k keypoints.
    crowd, ignore : (n,) array of uint8
        Of ground truth.
    scores : list or (n,) array
        Of detections, as they have them.
    lenient : (n,) array of uint8
        Of detections: those that are ignored where nothing matches them.
    """

    ids: Values
    image: NDArray[np.int64]
    category: NDArray[np.int64]
    area: NDArray[np.float64]
    boxes: NDArray[np.float64] | None = None
    masks: RleArray | None = None
    keypoints: NDArray[np.float64] | None = None
    crowd: NDArray[np.uint8] | None = None
    ignore: NDArray[np.uint8] | None = None
    scores: Values | None = None
    lenient: NDArray[np.uint8] | None = None


def truth_of_dicts(coco: Any, anns: list[Row], iouType: str, places: Places) -> Table:
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
        table, (raw, *rest) = _read(coco, anns, fields, places)
        crowd = np.array([int(value) != 0 for value in raw], np.uint8)
        ignore = np.array([bool(value) for value in raw], np.uint8)
        if iouType == "keypoints":
            table = table._replace(keypoints=rest[1])
            ignore |= np.array([count == 0 for count in rest[2]], np.uint8)
        if iouType != "segm":
            table = table._replace(boxes=rest[0])
        else:
            table = table._replace(masks=_rle(coco, anns))
        return table._replace(crowd=crowd, ignore=ignore)
    except _STUMBLES as error:
        raise UnusualError from error


def detections_of_dicts(coco: Any, anns: list[Row], iouType: str, places: Places) -> Table:
    """Read dicts of detections; as `truth_of_dicts` does it."""
    kinds: dict[str, list[tuple[Any, ...]]] = {
        "bbox": [("bbox", "box")],
        "keypoints": [("keypoints", "row")],
    }
    try:
        fields = [("score", "object"), *kinds.get(iouType, [])]
        table, (scores, *rest) = _read(coco, anns, fields, places)
        table = table._replace(scores=scores)
        if iouType == "segm":
            return table._replace(masks=_rle(coco, anns))
        return table._replace(**{"boxes" if iouType == "bbox" else "keypoints": rest[0]})
    except _STUMBLES as error:
        raise UnusualError from error


def _read(
    coco: Any, anns: list[Row], fields: list[tuple[Any, ...]], places: Places
) -> tuple[Table, list[Any]]:
    """Read what all annotations have, and some more fields."""
    common: list[tuple[Any, ...]] = [
        ("id", "object"),
        ("image_id", places.images),
        ("category_id", places.categories),
    ]
    common += [("area", "number", np.nan)]
    ids, image, category, area, *rest = _core.read_rows(anns, common + fields)
    for row in np.flatnonzero(np.isnan(area)):
        area[row] = area_of(coco, anns[row])
    return Table(ids, image, category, area), rest


def _rle(coco: Any, anns: list[Row]) -> RleArray:
    if coco is not None:
        convert_to_rle(coco, anns)
    return RleArray.from_coco([ann["segmentation"] for ann in anns])


_KEYS = {"segm": [], "bbox": ["bbox"], "keypoints": ["bbox", "keypoints", "num_keypoints"]}


def truth_of_file(
    opened: Opened, imgs: dict[Any, Row] | None, iouType: str, places: Places
) -> Table:
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
        document = opened.document()
        table = _table_of(document.annotations, iouType, places)
        if len(np.unique(np.asarray(table.ids))) != len(table.ids):
            raise UnusualError
        if iouType == "segm":
            return table._replace(masks=_masks(opened, imgs))
        return table
    except _STUMBLES as error:
        raise UnusualError from error


def _table_of(records: Records, iouType: str, places: Places) -> Table:
    keys = ["id", "image_id", "category_id", "area", "iscrowd", *_KEYS[iouType]]
    columns = FileColumns(records, keys)
    crowd = columns.flags("iscrowd")
    table = Table(
        columns.values("id"),
        Codes(columns.values("image_id")).places(places.images),
        Codes(columns.values("category_id")).places(places.categories),
        columns.numbers("area"),
        crowd=crowd,
        ignore=crowd,
    )
    if iouType == "segm":
        return table
    boxes = columns.rows("bbox") if len(records) > 0 else np.empty((0, 4))
    if boxes.shape[1] != 4:
        raise UnusualError
    if iouType == "bbox":
        return table._replace(boxes=boxes)
    points = columns.rows("keypoints") if len(records) > 0 else np.empty((0, 0))
    ignore = crowd | (columns.numbers("num_keypoints") == 0)
    return table._replace(boxes=boxes, keypoints=points, ignore=ignore)


def _masks(opened: Opened, imgs: dict[Any, Row] | None) -> RleArray:
    if imgs is not None:
        live = {key: (image["height"], image["width"]) for key, image in imgs.items()}
        if live != opened.image_sizes():
            raise UnusualError
    found = opened.document().masks(on_error="skip")
    if found.refused or not np.isin(found.kinds, _PLAIN_KINDS).all():
        raise UnusualError
    return found.masks
