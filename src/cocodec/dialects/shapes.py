"""Segmentations of any spelling -> the three of the official format: rings, RLE, or none.

Looks at a value's JSON type, never at `iscrowd`. What is inside (numbers, counts) is checked where
the masks are read, in one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cocodec.dialects.common_form import Row, Work
from cocodec.dialects.report import Place
from cocodec.dialects.rows import numbers
from cocodec.documents.segmentations import Masks
from cocodec.errors import RefusedRow
from cocodec.masks.rle_array import RleArray
from cocodec.masks.segmentation_values import read_values

__all__ = [
    "box_ring",
    "is_drawable",
    "normal_segmentation",
    "read_segmentations",
    "replace_masks",
    "size_of",
]

_FARTHEST = 1e14
_FEWEST = 6  # numbers of a ring that covers something


def read_segmentations(
    segmentations: Sequence[Any], sizes: Sequence[tuple[Any, Any]], threads: int = 0
) -> Masks:
    """Read segmentations in one batch.

    Parameters
    ----------
    segmentations : sequence of n JSON values
    sizes : sequence of n (height, width)
        Of the images that they are in; None where it is unknown.
    threads : int
        0 = as many as pay, 1 = none.

    Returns
    -------
    Masks
        Wrong ones are in its `refused`, by index.
    """
    read = read_values(segmentations, sizes, threads)
    refused = [RefusedRow(row, None, why) for row, why in read.refused]
    return Masks(RleArray._wrap(read.runs), read.has_mask, read.kinds, refused)


def size_of(image: Row) -> tuple[int | None, int | None]:
    """Height and width of an image, None for what is no size."""
    height, width = image.get("height"), image.get("width")
    return (height if _is_side(height) else None), (width if _is_side(width) else None)


def _is_side(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32


def replace_masks(masks: RleArray, rows: Sequence[int], new: RleArray) -> RleArray:
    """Return the masks with those of some rows replaced."""
    if len(rows) == 0:
        return masks
    order = np.arange(len(masks))
    order[list(rows)] = len(masks) + np.arange(len(rows))
    return RleArray.concatenate([masks, new])[order]


def box_ring(box: Sequence[float]) -> list[float]:
    """The ring of a box x, y, w, h: four corners, from the first one clockwise on the screen."""
    x, y, w, h = box
    return [x, y, x + w, y, x + w, y + h, x, y + h]


def normal_segmentation(row: Row, image: Row, place: Place, work: Work) -> None:
    """Bring a row's segmentation to ``[]``, a list of flat rings, or an RLE dict, in place."""
    value = row.get("segmentation")
    if isinstance(value, str):
        value = {"size": [image.get("height"), image.get("width")], "counts": value}
        work.report.change("bare counts strings made RLE objects", place)
    elif value is None:
        value = []
    elif isinstance(value, list) and value and not isinstance(value[0], (list, dict)):
        value = _from_flat(value, place, work)
    if isinstance(value, list):
        value = _normal_rings(value, row, place, work)
    row["segmentation"] = value


def _from_flat(value: list[Any], place: Place, work: Work) -> list[Any]:
    if len(value) != 4:
        work.report.change("flat rings put into a list", place)
    return [value]


def _normal_rings(rings: list[Any], row: Row, place: Place, work: Work) -> list[Any]:
    rings = [_flat_ring(ring, place, work) for ring in rings if ring != []]
    if not rings or not all(is_drawable(ring) for ring in rings):
        return rings  # what is no ring is refused where the masks are read
    if all(len(ring) == 4 for ring in rings):
        work.report.change("boxes in the place of rings made rings", place)
        return [box_ring(_as_box(ring, row, work)) for ring in rings]
    rings = _without_half_points(rings, place, work)
    full = [ring for ring in rings if len(ring) >= _FEWEST]
    if rings and not full:
        return _points_as_keypoints(rings, row, place, work)
    if len(full) < len(rings):
        work.report.change("rings of fewer than three points left out, they cover nothing", place)
    return full


def is_drawable(ring: Any) -> bool:
    """Whether a value is a list of numbers that the rasteriser takes."""
    values = numbers(ring)
    if not values:
        return False
    return min(values) >= -_FARTHEST and max(values) <= _FARTHEST


def _flat_ring(ring: Any, place: Place, work: Work) -> Any:
    """A ring may be a list of pairs."""
    if isinstance(ring, list) and ring and all(numbers(p, 2) is not None for p in ring):
        work.report.change("rings of pairs made flat", place)
        return [number for pair in ring for number in pair]
    return ring


def _without_half_points(rings: list[Any], place: Place, work: Work) -> list[Any]:
    """An x without a y at the end is nothing to pycocotools."""
    if not any(len(ring) % 2 for ring in rings):
        return rings
    if work.options.broken_rings == "drop":
        work.report.lose("rings with half a point", place)
        return [ring for ring in rings if len(ring) % 2 == 0]
    work.report.change("half points at the end of rings left out", place)
    return [ring[: len(ring) // 2 * 2] for ring in rings]


def _as_box(ring: list[Any], row: Row, work: Work) -> list[Any]:
    """Four numbers are x, y, w, h, unless the row's bbox or the tool says that they are corners."""
    x1, y1, x2, y2 = ring
    corners = [x1, y1, x2 - x1, y2 - y1]
    bbox = numbers(row.get("bbox"), 4)
    if bbox is not None and _nearly(bbox, ring) != _nearly(bbox, corners):
        return ring if _nearly(bbox, ring) else corners
    return corners if work.corners else ring


def _nearly(a: list[float], b: list[float]) -> bool:
    """Equal but for the rounding of differences: a guess is made of it, no value."""
    return all(abs(x - y) < 0.01 for x, y in zip(a, b, strict=True))


def _points_as_keypoints(rings: list[Any], row: Row, place: Place, work: Work) -> list[Any]:
    """Points cover no pixel, and no reader of masks takes them as rings."""
    if not row.get("keypoints"):
        points = [number for ring in rings for number in ring]
        row["keypoints"] = [
            v for x, y in zip(points[::2], points[1::2], strict=True) for v in (x, y, 2)
        ]
        row["num_keypoints"] = len(points) // 2
        work.report.change("points in the place of rings made keypoints", place)
    else:
        work.report.change("points in the place of rings left out, they are keypoints", place)
    return []
