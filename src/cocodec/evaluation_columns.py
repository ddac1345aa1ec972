"""Tables -> the columns that the core evaluates: ids become indices, gaps are filled.

Follows `pycocotools` where that has a say: of annotations with the same id the last one counts for
all of them; the area of a detection is that of its box if it has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from cocodec.errors import DocumentError
from cocodec.evaluation_parameters import Parameters
from cocodec.evaluation_tables import Sizes, Table
from cocodec.rles import RleArray

__all__ = [
    "Columns",
    "Detections",
    "Given",
    "GroundTruth",
    "given_detections",
    "joined",
    "read_detections",
    "read_truth",
]

Floats = NDArray[np.float64]
Side = TypeVar("Side", bound="Columns")


@dataclass(frozen=True)
class Columns:
    """What both sides have; n rows each. Shapes that were not asked for are None.

    Attributes
    ----------
    image_ids, category_ids : list of int or str
    areas : ndarray of float64, shape (n,)
    boxes : ndarray of float64, shape (n, 4), or None
    masks : RleArray or None
    keypoints : ndarray of float64, shape (n, 3 k), or None
    """

    image_ids: list[Any]
    category_ids: list[Any]
    areas: Floats
    boxes: Floats | None
    masks: RleArray | None
    keypoints: Floats | None

    def __len__(self) -> int:
        return len(self.image_ids)

    def take(self: Side, rows: NDArray[np.int64]) -> Side:
        """Return these rows, in this order."""
        places = rows.tolist()
        out: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, list):
                value = [value[row] for row in places]
            elif value is not None:
                value = value[rows]
            out[field.name] = value
        return type(self)(**out)


@dataclass(frozen=True)
class GroundTruth(Columns):
    """Ground truth.

    Attributes
    ----------
    ids : list of int or str
    iscrowd, ignore : ndarray of uint8, shape (n,)
    unnamed : ndarray of uint8, shape (n,)
        1 where the id is 0.
    standing_for : ndarray of int64, shape (n,), or None
        If ids occur twice: the last row with the id of each row. The reference looks annotations
        up by id, so that row counts in the place of each.
    """

    ids: list[Any]
    iscrowd: NDArray[np.uint8]
    ignore: NDArray[np.uint8]
    unnamed: NDArray[np.uint8]
    standing_for: NDArray[np.int64] | None


@dataclass(frozen=True)
class Detections(Columns):
    """Detections.

    Attributes
    ----------
    scores : ndarray of float64, shape (n,)
    unnamed : ndarray of uint8, shape (n,)
        1 where a document gives an id of 0 or less.
    """

    scores: Floats
    unnamed: NDArray[np.uint8]


def read_truth(table: Table, parameters: Parameters) -> GroundTruth:
    """Columns of the ground truth.

    Raises
    ------
    DocumentError
        If a row lacks what is compared; names the row.
    """
    kind, protocol = parameters.iou_type, parameters.protocol
    boxes = _boxes(table.column("bbox")) if kind in ("bbox", "keypoints") else None
    masks, keypoints = None, None
    if kind in ("segm", "boundary"):
        masks, missing = table.masks({})
        _require(~missing, "segmentation")
    if kind == "keypoints":
        keypoints = _keypoints(table.column("keypoints"), len(parameters.sigmas))
    if protocol == "crowdpose":
        assert boxes is not None
        areas = np.asarray(boxes[:, 2] * boxes[:, 3] * 0.53, np.float64)
    else:
        areas = _truth_areas(table, masks)
    # LVIS has no crowds; pycocotools has no other reason to ignore than a crowd.
    lvis = protocol == "lvis"
    crowd = np.zeros(len(table), np.uint8) if lvis else _flags(table.column("iscrowd"))
    ignore = crowd.copy()
    if lvis or kind == "boundary":
        ignore |= _flags(table.column("ignore"))
    if keypoints is not None:
        ignore |= _without_keypoints(table, keypoints)
    ids = table.column("id")
    return GroundTruth(
        image_ids=table.column("image_id"),
        category_ids=table.column("category_id"),
        areas=areas,
        boxes=boxes,
        masks=masks,
        keypoints=keypoints,
        ids=ids,
        iscrowd=crowd,
        ignore=ignore,
        unnamed=np.array([id_ == 0 for id_ in ids], np.uint8),
        standing_for=_last_of_same_id(ids),
    )


def _without_keypoints(table: Table, keypoints: Floats) -> NDArray[np.uint8]:
    """1 where `num_keypoints` is 0, or, if it is not given, where none is visible."""
    visible = np.count_nonzero(keypoints[:, 2::3] > 0, axis=1).tolist()
    pairs = zip(table.column("num_keypoints"), visible, strict=True)
    return np.array([(seen if count is None else count) == 0 for count, seen in pairs], np.uint8)


def _last_of_same_id(ids: Sequence[Any]) -> NDArray[np.int64] | None:
    """For each row the last one with its id; None if all ids differ."""
    last = {id_: row for row, id_ in enumerate(ids) if id_ is not None}
    if len(last) + ids.count(None) == len(ids):
        return None
    return np.array([row if id_ is None else last[id_] for row, id_ in enumerate(ids)], np.int64)


def read_detections(table: Table, parameters: Parameters, sizes: Sizes) -> Detections:
    """Columns of detections; `sizes` are those of the ground truth's images.

    Raises
    ------
    DocumentError
        If a row lacks a score or what is compared; names the row.
    """
    kind = parameters.iou_type
    scores = table.column("score")
    _require([score is not None for score in scores], "score")
    boxes = table.column("bbox")
    has_boxes = len(boxes) > 0 and boxes[0] is not None and len(boxes[0]) > 0
    box_array = _boxes(boxes) if has_boxes or kind == "bbox" else None
    masks, keypoints = None, None
    if kind in ("segm", "boundary"):
        masks = _detection_masks(table, sizes, box_array)
    if kind == "keypoints":
        keypoints = _keypoints(table.column("keypoints"), len(parameters.sigmas))
    # Results have no ids of their own.
    ids = table.column("id") if table.is_document else [1] * len(table)
    return Detections(
        image_ids=table.column("image_id"),
        category_ids=table.column("category_id"),
        areas=_detection_areas(table, box_array, masks, keypoints),
        boxes=box_array if kind == "bbox" else None,
        masks=masks,
        keypoints=keypoints,
        scores=_floats(scores, "score"),
        unnamed=np.array([isinstance(id_, (int, float)) and id_ <= 0 for id_ in ids], np.uint8),
    )


def _detection_masks(table: Table, sizes: Sizes, boxes: Floats | None) -> RleArray:
    """The masks; a detection that has none, but a box, is that box."""
    masks, missing = table.masks(sizes)
    if not missing.any():
        return masks
    rows = np.flatnonzero(missing)
    if boxes is None:
        _require(~missing, "segmentation")
    assert boxes is not None
    images = table.column("image_id")
    _require([not gap or images[r] in sizes for r, gap in enumerate(missing)], "image size")
    filled = RleArray.from_boxes(boxes[rows], np.array([sizes[images[row]] for row in rows]))
    places = np.arange(len(masks))
    places[rows] = len(masks) + np.arange(len(rows))
    return RleArray.concatenate([masks, filled])[places]


def _detection_areas(
    table: Table, boxes: Floats | None, masks: RleArray | None, keypoints: Floats | None
) -> Floats:
    """As given in a document; in results, what the first row has decides for all."""
    if table.is_document:
        given = table.column("area")
        if all(area is not None for area in given):
            return _floats(given, "area")
    return _shape_areas(len(table), boxes, masks, keypoints)


def _shape_areas(
    n: int, boxes: Floats | None, masks: RleArray | None, keypoints: Floats | None
) -> Floats:
    """Areas of the boxes, else of the masks, else of what the keypoints span."""
    if boxes is not None:
        return np.asarray(boxes[:, 2] * boxes[:, 3], np.float64)
    if masks is not None:
        return masks.area().astype(np.float64)
    if keypoints is None or keypoints.size == 0:
        return np.zeros(n)
    x, y = keypoints[:, 0::3], keypoints[:, 1::3]
    return np.asarray((x.max(1) - x.min(1)) * (y.max(1) - y.min(1)), np.float64)


def _truth_areas(table: Table, masks: RleArray | None) -> Floats:
    """Areas as given; where they are missing, of the mask, else of the box."""
    given = table.column("area")
    gaps = np.array([area is None for area in given], bool)
    if not gaps.any():
        return _floats(given, "area")
    if masks is not None:
        found = masks.area().astype(np.float64)
    else:
        boxes = _boxes(table.column("bbox"))
        found = boxes[:, 2] * boxes[:, 3]
    return np.array([f if a is None else a for a, f in zip(given, found, strict=True)], np.float64)


class Given(NamedTuple):
    """Columns of detections as a caller passes them; None for what there is not."""

    image_ids: Any
    category_ids: Any
    scores: Any
    boxes: Any
    masks: Any
    keypoints: Any


def given_detections(given: Given, parameters: Parameters) -> Detections:
    """Check columns that a caller gave.

    Raises
    ------
    DocumentError
        If columns differ in length, or what is compared is missing.
    """
    image_ids, category_ids = (
        np.asarray(c).tolist() for c in (given.image_ids, given.category_ids)
    )
    n = len(image_ids)
    scores = _given(given.scores, (n,), "scores")
    if len(category_ids) != n:
        raise DocumentError(f"category_ids has length {len(category_ids)}, expected {n}")
    boxes = None if given.boxes is None else _given(given.boxes, (n, 4), "boxes")
    keypoints = None
    if given.keypoints is not None:
        array = np.asarray(given.keypoints, np.float64)
        flat = array.reshape(len(array), -1) if array.size > 0 else array
        keypoints = _given(flat, (n, 3 * len(parameters.sigmas)), "keypoints")
    if given.masks is not None and len(given.masks) != n:
        raise DocumentError(f"masks has length {len(given.masks)}, expected {n}")
    needed = {"bbox": boxes, "keypoints": keypoints}.get(parameters.iou_type, given.masks)
    if needed is None:
        raise DocumentError(f"nothing to compare was given for iou_type {parameters.iou_type!r}")
    kept = needed if parameters.iou_type == "bbox" else None
    masks = given.masks if parameters.iou_type in ("segm", "boundary") else None
    areas = _shape_areas(n, boxes, masks, keypoints)
    unnamed = np.zeros(n, np.uint8)
    return Detections(image_ids, category_ids, areas, kept, masks, keypoints, scores, unnamed)


def _given(values: Any, shape: tuple[int, ...], what: str) -> Floats:
    array = np.asarray(values, np.float64)
    if array.shape != shape and not (array.size == 0 and 0 in shape):
        raise DocumentError(f"{what} has shape {array.shape}, expected {shape}")
    return np.ascontiguousarray(array.reshape(shape))


def joined(parts: Sequence[Detections], parameters: Parameters) -> Detections:
    """All parts as one."""
    if len(parts) == 1:
        return parts[0]
    kind, width = parameters.iou_type, 3 * len(parameters.sigmas)
    masks = RleArray.concatenate([part.masks for part in parts if part.masks is not None])
    return Detections(
        image_ids=[id_ for part in parts for id_ in part.image_ids],
        category_ids=[id_ for part in parts for id_ in part.category_ids],
        areas=_stacked([part.areas for part in parts], (0,)),
        boxes=_stacked([part.boxes for part in parts], (0, 4)) if kind == "bbox" else None,
        masks=masks if kind in ("segm", "boundary") else None,
        keypoints=_stacked([p.keypoints for p in parts], (0, width)) if width > 0 else None,
        scores=_stacked([part.scores for part in parts], (0,)),
        unnamed=np.asarray(_stacked([part.unnamed for part in parts], (0,)), np.uint8),
    )


def _stacked(arrays: Sequence[Any], empty: tuple[int, ...]) -> Floats:
    return np.concatenate([np.zeros(empty), *(array for array in arrays if array is not None)])


def _flags(values: Sequence[Any]) -> NDArray[np.uint8]:
    """0 for what is missing or false in any spelling, otherwise 1."""
    return np.array([v not in (None, 0, "", "0", "false", "False") for v in values], np.uint8)


def _require(present: Iterable[Any], what: str) -> None:
    for row, is_there in enumerate(present):
        if not is_there:
            raise DocumentError(f"row {row} has no {what}")


def _floats(values: Sequence[Any], what: str) -> Floats:
    try:
        array = np.array(values, np.float64)
    except (TypeError, ValueError):
        bad = next(row for row, value in enumerate(values) if not _is_number(value))
        raise DocumentError(f"row {bad} has {values[bad]!r} for {what}") from None
    return array.reshape(len(values))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number))


def _table(values: Sequence[Any], width: int, what: str) -> Floats:
    """Lists of `width` numbers each, as an array."""
    for row, value in enumerate(values):
        if value is None or len(value) != width:
            found = "no" if value is None else str(len(value))
            raise DocumentError(f"row {row} has {found} numbers for {what}, expected {width}")
    flat = list(chain.from_iterable(values))
    try:
        array = np.fromiter(flat, np.float64, len(flat))
    except (TypeError, ValueError):
        bad = next(i for i, number in enumerate(flat) if not _is_number(number))
        raise DocumentError(f"row {bad // width} has {flat[bad]!r} in {what}") from None
    return array.reshape(len(values), width)


def _boxes(values: Sequence[Any]) -> Floats:
    return _table(values, 4, "bbox")


def _keypoints(values: Sequence[Any], count: int) -> Floats:
    return _table(values, 3 * count, f"{count} keypoints")
