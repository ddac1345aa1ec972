"""Rules about what annotations say of their masks: bbox, area, and masks of few pixels."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec._core import BoxReading
from cocodec.documents.json_values import JsonKind
from cocodec.inspection.batches import Batch, Inspection
from cocodec.inspection.rule import Edit, Hit, Removal, RowNumbers, Rule, fix_with
from cocodec.inspection.rules.shapes import is_misread

__all__ = ["RULES"]

_RELATIVE = 0.02  # of the area, by which it may differ
_UNDER_BOX = 0.01  # an area of less of its box is no area for keypoints


def _no_value(kinds: NDArray[np.uint8], batch: Batch, key: str) -> NDArray[np.bool_]:
    """Which values are missing, null or []."""
    out = np.isin(kinds, (JsonKind.MISSING, JsonKind.NULL))
    _, offsets, is_list = batch.lists(key)
    return np.asarray(out | (is_list & (np.diff(offsets) == 0)))


def _is_measured(batch: Batch) -> NDArray[np.bool_]:
    """Which rows have a mask that is what it was meant to be, as far as that can be told."""
    return np.asarray(batch.masks.has_mask & ~is_misread(batch))


def _wants_measures(batch: Batch) -> NDArray[np.bool_]:
    return batch.is_document & batch.is_instance & batch.masks.has_mask


def find_missing_boxes(batch: Batch) -> Iterable[Hit]:
    """An object has a bbox."""
    missing = _wants_measures(batch) & _no_value(batch.kinds("bbox"), batch, "bbox")
    yield Hit("the object has no bbox", batch.rows(missing), "bbox", repair=_own_box)


def find_mistyped_boxes(batch: Batch) -> Iterable[Hit]:
    """A bbox is four numbers."""
    _, offsets, good = batch.lists("bbox")
    length = np.diff(offsets)
    there = ~_no_value(batch.kinds("bbox"), batch, "bbox")
    wrong = there & ~(good & np.isin(length, (4, 5)))
    yield Hit("bbox is not four numbers, x, y, width and height", batch.rows(wrong), "bbox")


def find_rotated_boxes(batch: Batch) -> Iterable[Hit]:
    """Five numbers are a rotated box."""
    _, offsets, good = batch.lists("bbox")
    message = "bbox has five numbers: a rotated box, which few readers know"
    yield Hit(message, batch.rows(good & np.isin(np.diff(offsets), 5)), "bbox")


def find_negative_boxes(batch: Batch) -> Iterable[Hit]:
    """Width and height are not negative."""
    negative = (batch.bbox[:, 2:] < 0).any(axis=1)
    yield Hit("bbox has a negative width or height", batch.rows(negative), "bbox")


def find_empty_boxes(batch: Batch) -> Iterable[Hit]:
    """A box has pixels."""
    box = batch.bbox
    empty = (box[:, 2:] >= 0).all(axis=1) & (box[:, 2:] == 0).any(axis=1)
    seen = ~(batch.masks.has_mask & (batch.pixels == 0))
    yield Hit("bbox has a width or a height of 0", batch.rows(empty & seen), "bbox")


# ------------------------------------------------------------ bbox against the mask


def _kind_of_box(batch: Batch) -> NDArray[np.int8]:
    """What each bbox is to its mask, a `BoxReading`: 0 where it fits, or cannot be compared.

    Those that are unlike it are counted: `Inspection.is_pattern` asks how many there are.
    """
    box, mask = batch.bbox, batch.mask_box
    has_rings, _, vertex = batch.vertex
    out = np.zeros(len(batch), np.int8)
    known = batch.once(_is_measured) & (batch.pixels > 0) & np.isfinite(box).all(axis=1)
    known &= (box[:, 2:] >= 0).all(axis=1)
    flags = np.stack([has_rings, batch.is_rle], axis=1)
    read = _core.read_boxes(box, mask, vertex, batch.image_size, flags)
    out[known] = read[known]
    with batch.inspection.lock:
        batch.inspection.seen["bbox unlike"] += int((out >= BoxReading.CORNERS).sum())
    return out


def _boxes(batch: Batch, kind: _core.BoxReading) -> RowNumbers:
    return batch.rows(batch.once(_kind_of_box) == kind)


def find_short_boxes(batch: Batch) -> Iterable[Hit]:
    """Official crowds have boxes that are one short."""
    message = "bbox is one short of its mask in width and height, as in official crowds"
    yield Hit(message, _boxes(batch, BoxReading.ONE_SHORT), "bbox")


def find_corners(batch: Batch) -> Iterable[Hit]:
    """A bbox is x, y, width, height."""
    message = "bbox is [x1, y1, x2, y2]: so it fits the mask; expected [x, y, width, height]"
    repair = fix_with("bbox", lambda box: [box[0], box[1], box[2] - box[0], box[3] - box[1]])
    yield Hit(message, _boxes(batch, BoxReading.CORNERS), "bbox", repair=repair)


def find_relative(batch: Batch) -> Iterable[Hit]:
    """A bbox is in pixels."""
    message = "bbox is relative to the size of the image: so it fits the mask; expected pixels"
    yield Hit(message, _boxes(batch, BoxReading.RELATIVE), "bbox", repair=_own_box)


def find_centres(batch: Batch) -> Iterable[Hit]:
    """A bbox starts at its corner."""
    message = "bbox starts at its centre: so it fits the mask; expected the upper left corner"
    repair = fix_with("bbox", lambda box: [box[0] - box[2] / 2, box[1] - box[3] / 2, *box[2:]])
    yield Hit(message, _boxes(batch, BoxReading.CENTRE), "bbox", repair=repair)


def find_unlike_boxes(batch: Batch) -> Iterable[Hit]:
    """A bbox is that of the mask."""
    rows = _boxes(batch, BoxReading.UNLIKE)
    message = "bbox is not that of the mask, by its points, its pixels, or these minus one"
    yield Hit(message, rows, "bbox", repair=_own_box, shown=partial(_shown_boxes, batch))


def _shown_boxes(batch: Batch, rows: RowNumbers) -> list[str]:
    own = batch.bbox[rows - batch.first].tolist()
    mask = batch.mask_box[rows - batch.first].tolist()
    return [f"{_plain(a)}, the mask has {_plain(b)}" for a, b in zip(own, mask, strict=True)]


def _plain(box: list[float]) -> list[float]:
    return [int(n) if n == int(n) else round(n, 2) for n in box]


def _beyond(batch: Batch) -> NDArray[np.float64]:
    """By how much a bbox leaves its image; NaN where that is unknown, or bbox is not one at all."""
    box, size = batch.bbox, batch.image_size
    plain = (batch.once(_kind_of_box) < 2) | (batch.once(_kind_of_box) == 5)
    ends = box[:, :2] + box[:, 2:] - size[:, ::-1]
    out = np.maximum(ends, -box[:, :2]).max(axis=1)
    return np.where(plain, out, np.nan)


def find_outside_boxes(batch: Batch) -> Iterable[Hit]:
    """A box lies in its image."""
    message = "bbox leaves the image by more than a pixel"
    yield Hit(message, batch.rows(batch.once(_beyond) > 1), "bbox")


def find_overshooting_boxes(batch: Batch) -> Iterable[Hit]:
    """A box ends at the border."""
    beyond = batch.once(_beyond)
    message = "bbox leaves the image by a pixel or less"
    yield Hit(message, batch.rows((beyond > 0.01) & (beyond <= 1)), "bbox")


def _own_box(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
    """The box of the points of rings, else that of the mask."""
    document = inspection.document
    _, (places,) = document.annotations.find(["segmentation"], rows)
    has, _, vertex = _core.measure_rings(places.rows())
    boxes = np.where(has[:, None], vertex, document.masks(rows, on_error="skip").masks.bbox())
    return [Edit("annotations", rows, "bbox", [_plain_box(box) for box in boxes.tolist()])]


def _plain_box(box: list[float]) -> list[float]:
    return [int(n) if n == int(n) else n for n in box]


# ------------------------------------------------------------ area


def find_missing_areas(batch: Batch) -> Iterable[Hit]:
    """An object has an area."""
    missing = _wants_measures(batch) & _no_value(batch.kinds("area"), batch, "area")
    yield Hit("the object has no area", batch.rows(missing), "area", repair=_own_area)


def find_mistyped_areas(batch: Batch) -> Iterable[Hit]:
    """An area is a number."""
    there = ~_no_value(batch.kinds("area"), batch, "area")
    wrong = there & np.isnan(batch.area)
    yield Hit("area is no number", batch.rows(wrong), "area")


def find_negative_areas(batch: Batch) -> Iterable[Hit]:
    """An area is not negative."""
    yield Hit("area is negative", batch.rows(batch.area < 0), "area")


def _area_kind(batch: Batch) -> NDArray[np.int8]:
    """0: fits, or cannot be compared; 1: that of the box; 2: 0 for a mask; 3: unlike."""
    area, pixels = batch.area, batch.pixels
    _, enclosed, vertex = batch.vertex
    box = batch.bbox
    out = np.zeros(len(batch), np.int8)
    known = batch.once(_is_measured) & (pixels > 0) & (area >= 0)
    edge = 2 * (batch.mask_box[:, 2] + batch.mask_box[:, 3])  # a border of a pixel all around
    fits = np.abs(area - pixels) <= _RELATIVE * pixels + edge
    fits |= np.abs(area - enclosed) <= _RELATIVE * enclosed + 1
    unlike = known & ~fits
    out[unlike] = 3
    for width, height in (box[:, 2:].T, vertex[:, 2:].T, batch.mask_box[:, 2:].T):
        out[unlike & (np.abs(area - width * height) <= _RELATIVE * area + 1)] = 1
    out[known & (area == 0)] = 2
    return out


def find_zero_areas(batch: Batch) -> Iterable[Hit]:
    """A mask with pixels has an area."""
    rows = batch.rows(batch.once(_area_kind) == 2)
    message = "area is 0, and the mask has pixels: evaluation by size, and OKS, go by area"
    yield Hit(message, rows, "area", repair=_own_area)


def find_box_areas(batch: Batch) -> Iterable[Hit]:
    """An area is that of the mask."""
    rows = batch.rows(batch.once(_area_kind) == 1)
    yield Hit("area is that of the box, not that of the mask", rows, "area")


def find_unlike_areas(batch: Batch) -> Iterable[Hit]:
    """An area is that of the mask."""
    rows = batch.rows(batch.once(_area_kind) == 3)
    message = "area is not that of the mask, by its pixels, its points, or its box"
    yield Hit(message, rows, "area", repair=_own_area, shown=partial(_shown_areas, batch))


def _shown_areas(batch: Batch, rows: RowNumbers) -> list[str]:
    at = rows - batch.first
    numbers = zip(batch.area[at].tolist(), batch.pixels[at].tolist(), strict=True)
    return [f"{a:g}, the mask has {int(b):,} pixels" for a, b in numbers]


def find_tiny_areas(batch: Batch) -> Iterable[Hit]:
    """OKS divides by the area."""
    box = batch.bbox
    points = batch.has("keypoints") & (batch.kinds("keypoints") == JsonKind.LIST)
    points &= ~batch.masks.has_mask & batch.is_document
    tiny = points & (batch.area >= 0) & (batch.area < _UNDER_BOX * box[:, 2] * box[:, 3])
    message = "area is far below that of the box: OKS of keypoints divides by it"
    yield Hit(message, batch.rows(tiny), "area")


def _own_area(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
    """What rings enclose, as the official files have it, else the pixels of the mask."""
    document = inspection.document
    _, (places,) = document.annotations.find(["segmentation"], rows)
    has, enclosed, _ = _core.measure_rings(places.rows())
    pixels = document.masks(rows, on_error="skip").masks.area().tolist()
    values = [
        float(area) if rings and area > 0 else count
        for rings, area, count in zip(has, enclosed.tolist(), pixels, strict=True)
    ]
    return [Edit("annotations", rows, "area", values)]


# ------------------------------------------------------------ masks of few pixels


def find_empty_masks(batch: Batch) -> Iterable[Hit]:
    """A mask has pixels."""
    empty = batch.once(_is_measured) & (batch.pixels == 0)
    yield Hit("the mask has no pixel", batch.rows(empty), "segmentation")


def find_single_pixels(batch: Batch) -> Iterable[Hit]:
    """A mask of one pixel is hardly an object."""
    one = batch.once(_is_measured) & (batch.pixels == 1)
    yield Hit("the mask has one pixel", batch.rows(one), "segmentation")


RULES = (
    Rule(
        "bbox-missing",
        "warning",
        "An object with a mask has a bbox.",
        '{"segmentation": [[1, 1, 9, 1, 9, 9]], "area": 32}',
        rows=find_missing_boxes,
        repair="that of the rings' points, or of the mask",
    ),
    Rule(
        "bbox-type",
        "error",
        "A bbox is four numbers.",
        '{"bbox": [1, 2, 3]}',
        rows=find_mistyped_boxes,
    ),
    Rule(
        "bbox-rotated",
        "note",
        "Few readers know boxes of five numbers.",
        '{"bbox": [50, 50, 20, 10, 30]}',
        rows=find_rotated_boxes,
    ),
    Rule(
        "bbox-negative",
        "error",
        "Width and height of a bbox are not negative.",
        '{"bbox": [10, 10, -5, 5]}',
        rows=find_negative_boxes,
    ),
    Rule(
        "bbox-empty",
        "warning",
        "A bbox has a width and a height.",
        '{"bbox": [10, 10, 0, 5]}',
        rows=find_empty_boxes,
    ),
    Rule(
        "bbox-short",
        "note",
        "A bbox is one short of its mask, as in official crowds.",
        '{"bbox": [10, 10, 4, 4]} for a mask of 5 x 5',
        rows=find_short_boxes,
    ),
    Rule(
        "bbox-corners",
        "error",
        "A bbox is [x, y, width, height], not two corners.",
        '{"bbox": [10, 10, 15, 15]} for a mask of 5 x 5',
        rows=find_corners,
        repair="width and height are computed",
        needs_pattern=True,
    ),
    Rule(
        "bbox-relative",
        "error",
        "A bbox is in pixels, not relative to the image.",
        '{"bbox": [0.1, 0.1, 0.05, 0.05]}',
        rows=find_relative,
        repair="that of the rings' points, or of the mask",
    ),
    Rule(
        "bbox-centre",
        "error",
        "A bbox starts at its upper left corner, not at its centre.",
        '{"bbox": [12.5, 12.5, 5, 5]} for a mask from (10, 10) on',
        rows=find_centres,
        repair="the corner is computed",
        needs_pattern=True,
    ),
    Rule(
        "bbox-unlike",
        "warning",
        "A bbox is that of the mask: of its points, of its pixels, or one less.",
        '{"bbox": [10, 10, 50, 50]} for a mask of 5 x 5',
        rows=find_unlike_boxes,
        repair="that of the rings' points, or of the mask",
        on_request=True,
    ),
    Rule(
        "bbox-outside",
        "warning",
        "A bbox lies in its image.",
        '{"bbox": [90, 10, 20, 20]} in an image 100 wide',
        rows=find_outside_boxes,
    ),
    Rule(
        "bbox-overshoot",
        "note",
        "A bbox ends at the border of its image.",
        '{"bbox": [90, 10, 10.4, 20]} in an image 100 wide',
        rows=find_overshooting_boxes,
    ),
    Rule(
        "area-missing",
        "warning",
        "An object with a mask has an area.",
        '{"segmentation": [[1, 1, 9, 1, 9, 9]], "bbox": [1, 1, 8, 8]}',
        rows=find_missing_areas,
        repair="what the rings enclose, or the pixels of the mask",
    ),
    Rule(
        "area-type",
        "error",
        "An area is a number.",
        '{"area": "25"}',
        rows=find_mistyped_areas,
    ),
    Rule(
        "area-negative",
        "error",
        "An area is not negative.",
        '{"area": -25}',
        rows=find_negative_areas,
    ),
    Rule(
        "area-zero",
        "warning",
        "A mask with pixels has an area: evaluation by size goes by it.",
        '{"area": 0} for a mask of 5 x 5',
        rows=find_zero_areas,
        repair="what the rings enclose, or the pixels of the mask",
    ),
    Rule(
        "area-box",
        "note",
        "An area is that of the mask, not that of its box.",
        '{"area": 25} for a triangle in a box of 5 x 5',
        rows=find_box_areas,
    ),
    Rule(
        "area-unlike",
        "warning",
        "An area is that of the mask: its pixels, or what its points enclose.",
        '{"area": 999} for a mask of 5 x 5',
        rows=find_unlike_areas,
        repair="what the rings enclose, or the pixels of the mask",
        on_request=True,
    ),
    Rule(
        "area-tiny",
        "warning",
        "OKS of keypoints divides by the area: it is not far below that of the box.",
        '{"keypoints": [...], "bbox": [0, 0, 100, 200], "area": 1}',
        rows=find_tiny_areas,
    ),
    Rule(
        "mask-empty",
        "warning",
        "A mask has pixels.",
        '{"size": [10, 10], "counts": [100]}',
        rows=find_empty_masks,
    ),
    Rule(
        "mask-one-pixel",
        "note",
        "A mask of one pixel is hardly an object.",
        '{"size": [10, 10], "counts": [50, 1, 49]}',
        rows=find_single_pixels,
    ),
)
