"""Annotations by column -> both sides of an evaluation, whole: gaps are filled, shapes checked.

Follows `pycocotools` where that has a say: of annotations with the same id the last one counts for
all of them; the area of a detection is that of its box if it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.crowds import crowd_flags
from cocodec.documents.record_columns import distinct_integers
from cocodec.errors import DocumentError
from cocodec.evaluation.annotations import AnnotationColumns, ColumnValues, Ids, Sizes
from cocodec.evaluation.numbers import (
    ROWS,
    Floats,
    as_boxes,
    as_flags,
    as_floats,
    as_keypoints,
    as_labelled_keypoints,
    require_all,
)
from cocodec.evaluation.parameters import Parameters
from cocodec.masks.rle_array import RleArray

__all__ = [
    "Detections",
    "Given",
    "GroundTruth",
    "Side",
    "given_detections",
    "joined",
    "read_detections",
    "read_truth",
]

# Which columns are asked for together; masks have a way of their own.
_COMMON_KEYS = ("image_id", "category_id")
_SHAPE_KEYS: dict[str, tuple[str, ...]] = {
    "bbox": ("bbox",),
    "segm": (),
    "boundary": ("ignore",),
    "keypoints": ("bbox", "keypoints", "num_keypoints"),
}
S = TypeVar("S", bound="Side")


@dataclass(frozen=True)
class Side:
    """What both sides have; n rows each. Shapes that were not asked for are None.

    Attributes
    ----------
    image_ids, category_ids : ndarray of int64, shape (n,), or list of int or str
    areas : ndarray of float64, shape (n,)
    boxes : ndarray of float64, shape (n, 4), or None
    masks : RleArray or None
    keypoints : ndarray of float64, shape (n, 3 k), or None
    """

    image_ids: Ids
    category_ids: Ids
    areas: Floats
    boxes: Floats | None
    masks: RleArray | None
    keypoints: Floats | None

    def __len__(self) -> int:
        return len(self.image_ids)

    def take(self: S, rows: NDArray[np.int64]) -> S:
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
class GroundTruth(Side):
    """Ground truth.

    Attributes
    ----------
    ids : ndarray of int64, shape (n,), or list of int or str
    iscrowd, ignore : ndarray of uint8, shape (n,)
    unnamed : ndarray of uint8, shape (n,)
        1 where the id is 0.
    standing_for : ndarray of int64, shape (n,), or None
        If ids occur twice: the last row with the id of each row. The reference looks annotations
        up by id, so that row counts in the place of each.
    """

    ids: Ids
    iscrowd: NDArray[np.uint8]
    ignore: NDArray[np.uint8]
    unnamed: NDArray[np.uint8]
    standing_for: NDArray[np.int64] | None


@dataclass(frozen=True)
class Detections(Side):
    """Detections.

    Attributes
    ----------
    scores : ndarray of float64, shape (n,)
    unnamed : ndarray of uint8, shape (n,)
        1 where a document gives an id of 0 or less.
    """

    scores: Floats
    unnamed: NDArray[np.uint8]


def read_truth(table: AnnotationColumns, parameters: Parameters) -> GroundTruth:
    """Columns of the ground truth.

    Raises
    ------
    DocumentError
        If a row lacks what is compared; names the row.
    """
    kind, protocol = parameters.iou_type, parameters.protocol
    table.prefetch([*_COMMON_KEYS, "id", "area", "iscrowd", *_SHAPE_KEYS[kind]])
    boxes = as_boxes(table.column("bbox")) if kind in ("bbox", "keypoints") else None
    masks, keypoints = None, None
    if kind in ("segm", "boundary"):
        masks, missing = table.masks({})
        require_all(~missing, "segmentation")
    if kind == "keypoints":
        keypoints = as_labelled_keypoints(table.column("keypoints"), len(parameters.sigmas))
    if protocol == "crowdpose":
        assert boxes is not None
        areas = np.asarray(boxes[:, 2] * boxes[:, 3] * 0.53, np.float64)
    else:
        areas = _truth_areas(table, masks)
    # LVIS has no crowds; pycocotools has no other reason to ignore than a crowd.
    lvis = protocol == "lvis"
    crowd = np.zeros(len(table), np.uint8) if lvis else crowd_flags(table.column("iscrowd"))
    ignore = crowd.copy()
    if lvis or kind == "boundary":
        ignore |= as_flags(table.column("ignore"))
    if keypoints is not None:
        ignore |= _without_keypoints(table, keypoints)
    ids = table.ids("id")
    return GroundTruth(
        image_ids=table.ids("image_id"),
        category_ids=table.ids("category_id"),
        areas=areas,
        boxes=boxes,
        masks=masks,
        keypoints=keypoints,
        ids=ids,
        iscrowd=crowd,
        ignore=ignore,
        unnamed=_where(ids, lambda id_: id_ == 0),
        standing_for=_last_of_same_id(ids),
    )


def _without_keypoints(table: AnnotationColumns, keypoints: Floats) -> NDArray[np.uint8]:
    """1 where `num_keypoints` is 0, or, if it is not given, where none is visible."""
    visible = np.count_nonzero(keypoints[:, 2::3] > 0, axis=1)
    given = table.column("num_keypoints")
    if isinstance(given, np.ndarray):
        return np.asarray(given == 0, np.uint8)
    pairs = zip(given, visible.tolist(), strict=True)
    return np.array([(seen if count is None else count) == 0 for count, seen in pairs], np.uint8)


def _where(ids: Ids, test: Callable[[Any], Any]) -> NDArray[np.uint8]:
    """1 where a number among the ids passes a test."""
    if isinstance(ids, np.ndarray):
        return np.asarray(test(ids), np.uint8)
    return np.array([isinstance(id_, (int, float)) and test(id_) for id_ in ids], np.uint8)


def _last_of_same_id(ids: Ids) -> NDArray[np.int64] | None:
    """For each row the last one with its id; None if all ids differ."""
    if isinstance(ids, np.ndarray) and len(distinct_integers(ids)[0]) == len(ids):
        return None
    listed: list[Any] = ids if isinstance(ids, list) else ids.tolist()
    last = {id_: row for row, id_ in enumerate(listed) if id_ is not None}
    if len(last) + listed.count(None) == len(listed):
        return None
    return np.array([row if id_ is None else last[id_] for row, id_ in enumerate(listed)], np.int64)


def read_detections(table: AnnotationColumns, parameters: Parameters, sizes: Sizes) -> Detections:
    """Columns of detections; `sizes` are those of the ground truth's images.

    Raises
    ------
    DocumentError
        If a row lacks a score or what is compared; names the row.
    """
    kind = parameters.iou_type
    table.prefetch([*_COMMON_KEYS, "score", *dict.fromkeys(("bbox", *_SHAPE_KEYS[kind]))])
    scores = table.column("score")
    if not isinstance(scores, np.ndarray):
        require_all([score is not None for score in scores], "score")
    given = table.column("bbox")
    has_boxes = len(given) > 0 and isinstance(given[0], ROWS) and len(given[0]) > 0
    boxes = own = as_boxes(given) if has_boxes else None
    masks, keypoints = None, None
    if kind == "bbox" and own is None:
        masks = _masks_instead(table, sizes)
        boxes = as_boxes(given) if masks is None else _boxes_or_those_of(masks, given)
        own = boxes if masks is None else None
    if kind in ("segm", "boundary"):
        masks = _detection_masks(table, sizes, own)
    if kind == "keypoints":
        keypoints = as_keypoints(table.column("keypoints"), len(parameters.sigmas))
    # Results have no ids of their own.
    ids = table.ids("id") if table.is_document else np.ones(len(table), np.int64)
    return Detections(
        image_ids=table.ids("image_id"),
        category_ids=table.ids("category_id"),
        areas=_detection_areas(table, own, masks, keypoints),
        boxes=boxes if kind == "bbox" else None,
        masks=masks if kind != "bbox" else None,
        keypoints=keypoints,
        scores=as_floats(scores, "score"),
        unnamed=_where(ids, lambda id_: id_ <= 0),
    )


def _masks_instead(table: AnnotationColumns, sizes: Sizes) -> RleArray | None:
    """The masks of results of which the first has no box; None if it has no mask either."""
    if table.is_document or len(table) == 0:
        return None
    masks, missing = table.masks(sizes)
    if missing[0]:
        return None
    require_all(~missing, "segmentation")
    return masks


def _boxes_or_those_of(masks: RleArray, boxes: ColumnValues) -> Floats:
    """Boxes as given, and where there is none that of the mask."""
    derived = masks.bbox()
    if all(box is None for box in boxes):
        return derived
    pairs = zip(boxes, derived.tolist(), strict=True)
    return as_boxes([own if box is None else box for box, own in pairs])


def _detection_masks(table: AnnotationColumns, sizes: Sizes, boxes: Floats | None) -> RleArray:
    """The masks; a detection that has none, but a box, is that box."""
    masks, missing = table.masks(sizes)
    if not missing.any():
        return masks
    rows = np.flatnonzero(missing)
    if boxes is None:
        require_all(~missing, "segmentation")
    assert boxes is not None
    images = table.ids("image_id")
    require_all([not gap or images[r] in sizes for r, gap in enumerate(missing)], "image size")
    filled = RleArray.from_boxes(boxes[rows], np.array([sizes[images[row]] for row in rows]))
    places = np.arange(len(masks))
    places[rows] = len(masks) + np.arange(len(rows))
    return RleArray.concatenate([masks, filled])[places]


def _detection_areas(
    table: AnnotationColumns, boxes: Floats | None, masks: RleArray | None, keypoints: Floats | None
) -> Floats:
    """As given in a document; in results, what the first row has decides for all."""
    if table.is_document:
        given = table.column("area")
        if isinstance(given, np.ndarray) or all(area is not None for area in given):
            return as_floats(given, "area")
    return _shape_areas(len(table), boxes, masks, keypoints)


@np.errstate(over="ignore", invalid="ignore")  # what overflows is infinite
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


def _truth_areas(table: AnnotationColumns, masks: RleArray | None) -> Floats:
    """Areas as given; where they are missing, of the mask, else of the box."""
    given = table.column("area")
    if isinstance(given, np.ndarray) or None not in given:
        return as_floats(given, "area")
    if masks is not None:
        found = masks.area().astype(np.float64)
    else:
        boxes = as_boxes(table.column("bbox"))
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
    boxes_format: str = "xywh"


def given_detections(given: Given, parameters: Parameters) -> Detections:
    """Check columns that a caller gave.

    Raises
    ------
    DocumentError
        If columns differ in length, or what is compared is missing.
    """
    image_ids, category_ids = (_given_ids(ids) for ids in (given.image_ids, given.category_ids))
    n = len(image_ids)
    scores = _given(given.scores, (n,), "scores")
    if len(category_ids) != n:
        raise DocumentError(f"category_ids has length {len(category_ids)}, expected {n}")
    boxes = _given_boxes(given, n)
    keypoints = None
    if given.keypoints is not None:
        array = _array(given.keypoints, np.float64)
        flat = array.reshape(len(array), -1) if array.size > 0 else array
        keypoints = _given(flat, (n, 3 * len(parameters.sigmas)), "keypoints")
    kind, masks = parameters.iou_type, None
    if kind in ("segm", "boundary") or (kind == "bbox" and boxes is None):
        masks = _given_masks(given.masks, n)
    areas = _shape_areas(n, boxes, masks, keypoints)
    if kind == "bbox" and masks is not None:
        boxes, masks = masks.bbox(), None
    needed = {"bbox": boxes, "keypoints": keypoints}.get(kind, masks)
    if needed is None:
        raise DocumentError(f"nothing to compare was given for iou_type {kind!r}")
    kept = boxes if kind == "bbox" else None
    unnamed = np.zeros(n, np.uint8)
    return Detections(image_ids, category_ids, areas, kept, masks, keypoints, scores, unnamed)


def _given_boxes(given: Given, n: int) -> Floats | None:
    if given.boxes_format not in ("xywh", "xyxy"):
        raise ValueError(f"boxes_format is {given.boxes_format!r}, expected 'xywh' or 'xyxy'")
    if given.boxes is None:
        return None
    boxes = _given(given.boxes, (n, 4), "boxes")
    if given.boxes_format == "xyxy":
        boxes[:, 2:] -= boxes[:, :2]
    return boxes


def _given_masks(masks: Any, n: int) -> RleArray | None:
    """Masks in any spelling that says by itself what it is."""
    if masks is None:
        return None
    batch = masks if isinstance(masks, RleArray) else RleArray(masks)
    if len(batch) != n:
        raise DocumentError(f"masks has length {len(batch)}, expected {n}")
    return batch


def _given_ids(ids: Any) -> Ids:
    array = _array(ids)
    if array.ndim == 1 and array.dtype.kind == "i":
        return array.astype(np.int64)
    listed: list[Any] = array.tolist()
    return listed


def _array(values: Any, dtype: Any = None) -> NDArray[Any]:
    """A new array, for the caller may go on writing into what was given; tensors of any device."""
    if hasattr(values, "detach") and hasattr(values, "cpu"):
        values = values.detach().cpu()
    array = np.asarray(values, dtype)
    return array if isinstance(values, (list, tuple)) else array.copy()


def _given(values: Any, shape: tuple[int, ...], what: str) -> Floats:
    """Numbers of a shape, as an array of their own."""
    array = _array(values, np.float64)
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
        image_ids=_joined_ids([part.image_ids for part in parts]),
        category_ids=_joined_ids([part.category_ids for part in parts]),
        areas=_stacked([part.areas for part in parts], (0,)),
        boxes=_stacked([part.boxes for part in parts], (0, 4)) if kind == "bbox" else None,
        masks=masks if kind in ("segm", "boundary") else None,
        keypoints=_stacked([p.keypoints for p in parts], (0, width)) if width > 0 else None,
        scores=_stacked([part.scores for part in parts], (0,)),
        unnamed=np.asarray(_stacked([part.unnamed for part in parts], (0,)), np.uint8),
    )


def _joined_ids(parts: Sequence[Ids]) -> Ids:
    arrays = [ids for ids in parts if isinstance(ids, np.ndarray)]
    if parts and len(arrays) == len(parts):
        return np.concatenate(arrays)
    return [id_ for ids in parts for id_ in (ids if isinstance(ids, list) else ids.tolist())]


def _stacked(arrays: Sequence[Any], empty: tuple[int, ...]) -> Floats:
    return np.concatenate([np.zeros(empty), *(array for array in arrays if array is not None)])
