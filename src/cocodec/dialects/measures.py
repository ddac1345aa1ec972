"""Area and bbox of many annotations at once, as the official format and as pixels have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.kept_rings import Texts
from cocodec.dialects.report import Place
from cocodec.dialects.rows import box_of, has_box, numbers
from cocodec.dialects.shapes import masks_of

__all__ = ["fill_measures", "is_number", "ring_measures"]

Measures = tuple[float, list[float]]  # area, bbox
Where = tuple[Place, Work]

_BATCH = 1024  # rows that are measured in one go


def ring_measures(
    polygons: Sequence[list[Any]], texts: Texts | None = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Sum of the areas of the rings of each polygon, and the box around all their points.

    Parameters
    ----------
    polygons : sequence of n lists of flat rings
        Every one with at least a ring, every ring with at least a point.
    texts : Texts, optional
        Where kept rings lie, if there are any.

    Returns
    -------
    (n,) array of float64
        By the shoelace formula, each ring for itself and none negative.
    (n, 4) array of float64
        x, y, width, height.
    """
    if not polygons:
        return np.zeros(0), np.zeros((0, 4))
    rings = (texts or Texts()).points([ring for rings in polygons for ring in rings])
    lengths = np.array([len(ring) for ring in rings])
    points = np.concatenate(rings)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    following = np.arange(1, len(points) + 1)
    following[ends - 1] = starts
    # From each ring's first point on: doubles near 0 lose less.
    local = points - np.repeat(points[starts], lengths, axis=0)
    after = local[following]
    twice = np.add.reduceat(local[:, 0] * after[:, 1] - after[:, 0] * local[:, 1], starts)
    owners = np.repeat(np.arange(len(polygons)), [len(rings) for rings in polygons])
    areas = np.bincount(owners, np.abs(twice) / 2, len(polygons))
    firsts = starts[np.searchsorted(owners, np.arange(len(polygons)))]
    low = np.minimum.reduceat(points, firsts)
    high = np.maximum.reduceat(points, firsts)
    return areas, np.hstack([low, high - low])


def fill_measures(canon: Canon, work: Work) -> None:
    """Give `area` and `bbox` to the objects that have none; to all that have a mask, if asked.

    What is filled in is what the official format has: of rings, their own area and the box around
    their points; of RLE, pixels. A row without a mask takes the box of its keypoints, and the area
    of its box.
    """
    rows = np.flatnonzero(~canon.annotations.plain).tolist()
    for first in range(0, len(rows), _BATCH):
        _fill_some(canon, rows[first : first + _BATCH], work)


def _fill_some(canon: Canon, some: Sequence[int], work: Work) -> None:
    rows, pixels = canon.annotations, work.options.bbox in ("mask", "official_minus1")
    pixels |= work.options.area == "pixels"
    wanting = [i for i in some if canon.has_mask[i] and _wants(rows[i], work)]
    ringed = [i for i in wanting if _is_rings(rows[i])]
    areas, boxes = ring_measures([rows[i]["segmentation"] for i in ringed], work.texts)
    vertex = dict(zip(ringed, zip(areas.tolist(), boxes.tolist(), strict=True), strict=True))
    drawn = [i for i in wanting if pixels or i not in vertex]
    masks = masks_of(canon, drawn, work)
    measured = zip(masks.area().tolist(), masks.bbox().tolist(), strict=True)
    raster = dict(zip(drawn, measured, strict=True))
    for i in wanting:
        own = vertex[i] if i in vertex else raster[i]
        _fill_with_mask(rows[i], own, raster.get(i, own), (canon.places[i], work))
    for i in some:
        if canon.kinds[i] == "instance" and not canon.has_mask[i]:
            _fill_without_mask(rows[i], (canon.places[i], work))


def _wants(row: Row, work: Work) -> bool:
    """Whether something of a row with a mask is to be measured."""
    options = work.options
    if options.bbox != "keep" or options.area != "keep":
        return True
    return not is_number(row.get("area")) or not (has_box(row) or box_of(row) is not None)


def _fill_with_mask(row: Row, own: Measures, raster: Measures, where: Where) -> None:
    """`own`: what the shape itself has; `raster`: what its pixels have."""
    options = where[1].options
    box = box_of(row)
    if options.bbox != "keep" or box is None:
        computed = {"mask": raster[1], "official_minus1": _less(raster[1])}
        _set(row, "bbox", computed.get(options.bbox, own[1]), where)
    if options.area != "keep" or not is_number(row.get("area")):
        wide = row["bbox"][2] * row["bbox"][3]
        _set(row, "area", {"pixels": raster[0], "box": wide}.get(options.area, own[0]), where)


def _fill_without_mask(row: Row, where: Where) -> None:
    if box_of(row) is None:
        found = _keypoint_box(row)
        if found is None:
            return
        _set(row, "bbox", found, where)
    if not is_number(row.get("area")):
        _set(row, "area", row["bbox"][2] * row["bbox"][3], where)


def _keypoint_box(row: Row) -> list[float] | None:
    values = numbers(row.get("keypoints"))
    if not values or len(values) % 3:
        return None
    triples = np.asarray(values, np.float64).reshape(-1, 3)
    seen = triples[triples[:, 2] > 0, :2]
    if len(seen) == 0:
        return None
    low, high = seen.min(axis=0), seen.max(axis=0)
    return [*low.tolist(), *(high - low).tolist()]


def _set(row: Row, key: str, value: Any, where: Where) -> None:
    place, work = where
    if not np.isfinite(value).all():
        work.report.lose(f"{key} beyond the range of a double", place)
        value = [0.0] * 4 if key == "bbox" else 0.0
    if key not in row or row[key] in (None, []):
        work.report.change(f"missing {key} filled in", place)
    elif row[key] != value:
        work.report.change(f"{key} computed anew", place)
    row[key] = value


def _less(box: list[float]) -> list[float]:
    return [box[0], box[1], max(box[2] - 1, 0), max(box[3] - 1, 0)]


def _is_rings(row: Row) -> bool:
    return isinstance(row["segmentation"], list)


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
