"""Segmentations of any spelling -> the three of the official format: rings, RLE, or none.

Looks at a value's JSON type, never at `iscrowd`. What is inside (numbers, counts) is checked where
the masks are read, in one batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.kept_rings import Kept, Texts, are_kept, is_kept
from cocodec.dialects.report import Place
from cocodec.dialects.rows import numbers
from cocodec.documents.segmentations import Masks
from cocodec.errors import CocodecError, DocumentError, RefusedRow
from cocodec.masks.rle_array import RleArray
from cocodec.masks.segmentation_values import read_values

__all__ = [
    "batches_of",
    "box_ring",
    "is_drawable",
    "mask_size",
    "masks_of",
    "normal_segmentation",
    "plain_masks",
    "read_segmentations",
    "size_of",
    "stays_as_it_is",
]

_FARTHEST = 1e14
_SIDE = 1 << 32  # no image has one as long
_FEWEST = 6  # numbers of a ring that covers something
_BATCH = 1024  # masks that are held at once
_POINT, _TRIPLE, _CORNERS = 2, 3, 4  # numbers of a point, of a keypoint, of two corners


def read_segmentations(
    segmentations: Sequence[Any],
    sizes: Sequence[tuple[Any, Any]],
    threads: int = 0,
    *,
    texts: Texts | None = None,
) -> Masks:
    """Read segmentations in one batch.

    Parameters
    ----------
    segmentations : sequence of n JSON values
    sizes : sequence of n (height, width)
        Of the images that they are in; None where it is unknown.
    threads : int
        0 = as many as pay, 1 = none.
    texts : Texts, optional
        Where kept rings lie, if there are any.

    Returns
    -------
    Masks
        Wrong ones are in its `refused`, by index.
    """
    if texts is not None:
        segmentations = [texts.printed(value) for value in segmentations]
    read = read_values(segmentations, sizes, threads)
    refused = [RefusedRow(row, None, why) for row, why in read.refused]
    return Masks(RleArray._wrap(read.runs), read.has_mask, read.kinds, refused)


def size_of(image: Row) -> tuple[int | None, int | None]:
    """Height and width of an image, None for what is no size."""
    height, width = image.get("height"), image.get("width")
    if type(height) is int and type(width) is int and 0 <= height < _SIDE and 0 <= width < _SIDE:
        return height, width
    return _side(height), _side(width)


def _side(value: Any) -> int | None:
    """A side in pixels, however it is spelled: 20 or 20.0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 0 <= value < _SIDE and value == int(value) else None


def masks_of(canon: Canon, rows: Sequence[int], work: Work) -> RleArray:
    """Read the masks of some annotations, of which `has_mask` says that they have one.

    Raises
    ------
    DocumentError
        If they are too much for one call, though each was read before, or was taken as read.
    """
    canon.annotations.decode(np.array(rows, np.int64))
    values = [canon.annotations[i]["segmentation"] for i in rows]
    sizes = [canon.sizes[canon.annotations[i]["image_id"]] for i in rows]
    read = read_segmentations(values, sizes, work.options.threads, texts=work.texts)
    if read.refused:
        first = read.refused[0]
        raise DocumentError(f"{canon.places[rows[first.row]]}: {first.reason}")
    return read.masks


def plain_masks(canon: Canon, rows: NDArray[np.int64], work: Work) -> RleArray:
    """Read the masks of some annotations that are not decoded, see `Annotations`.

    Raises
    ------
    DocumentError
        As `masks_of`.
    """
    columns = canon.annotations.columns
    if columns is None or len(rows) == 0:
        return RleArray.from_coco([])
    images, image_of = np.unique(columns.images[rows], return_inverse=True)
    sizes = np.array([canon.sizes[image] for image in images.tolist()], np.int64)[image_of]
    rings = columns.inner_places(rows, closed=False)
    try:
        runs = _core.rasterize_plain_rings(rings.rows(), sizes, work.options.threads)
    except CocodecError:  # which of them it is, those say that are read one by one
        return masks_of(canon, rows.tolist(), work)
    return RleArray._wrap(runs)


def mask_size(canon: Canon, i: int) -> tuple[int, int]:
    """Height and width of an annotation's mask: an RLE has its own; 0 x 0 where there is none."""
    value = canon.annotations[i].get("segmentation")
    if not canon.has_mask[i]:
        return 0, 0
    height, width = value["size"] if isinstance(value, dict) else _image_size(canon, i)
    return int(height), int(width)


def _image_size(canon: Canon, i: int) -> tuple[int, int]:
    height, width = canon.sizes[canon.annotations[i]["image_id"]]
    assert height is not None  # or else the rings had been refused
    assert width is not None
    return height, width


def batches_of(
    canon: Canon, rows: Sequence[int], work: Work
) -> Iterator[tuple[Sequence[int], RleArray]]:
    """Read the masks of many annotations, some at a time: which, and their masks."""
    for first in range(0, len(rows), _BATCH):
        some = rows[first : first + _BATCH]
        yield some, masks_of(canon, some, work)


def box_ring(box: Sequence[float]) -> list[float]:
    """The ring of a box x, y, w, h: four corners, from the first one clockwise on the screen."""
    x, y, w, h = box
    return [x, y, x + w, y, x + w, y + h, x, y + h]


def normal_segmentation(row: Row, image: Row, place: Place, work: Work) -> None:
    """Bring a row's segmentation to ``[]``, a list of flat rings, or an RLE dict, in place.

    What it means is what `cocodec.masks.segmentation_values` says. Repaired, and reported, are
    half points; a tool's two corners of a rectangle, if the row's bbox says the same; and rings
    that enclose nothing, which are left out. What is wrong stays: it is refused where the masks are
    read.
    """
    value: Any = row.get("segmentation")
    if is_kept(value) or are_kept(value):
        rings: list[Any] = [value] if is_kept(value) else value
        if stays_as_it_is(rings, image, work):
            if is_kept(value):
                work.report.change("flat rings put into a list", place)
            row["segmentation"] = rings
            return
        value = work.texts.plain(value)
    if isinstance(value, str):
        value = {"size": [image.get("height"), image.get("width")], "counts": value}
        work.report.change("bare counts strings made RLE objects", place)
    elif value is None:
        value = []
    if isinstance(value, list):
        value = _normal_rings(_list_of_rings(value, place, work), (row, image), place, work)
    row["segmentation"] = value


def stays_as_it_is(value: Any, image: Row, work: Work) -> bool:
    """Whether a segmentation is kept rings that mean nothing else, and nobody rounds."""
    return (
        work.options.digits is None
        and are_kept(value)
        and not _may_be_runs(value, image, work.texts)
    )


def _list_of_rings(value: list[Any], place: Place, work: Work) -> list[Any]:
    """Flat rings in a list, whatever was one level less or had its points as pairs."""
    if value and not isinstance(value[0], (list, dict)):
        if len(value) != _CORNERS:
            work.report.change("flat rings put into a list", place)
        value = [value]
    elif len(value) > 1 and all(_is_point(point) for point in value):
        value = [value]  # the points of one ring
    return [_flat_ring(ring, place, work) for ring in value if ring != []]


def _normal_rings(rings: list[Any], where: tuple[Row, Row], place: Place, work: Work) -> list[Any]:
    (row, image), plain = where, all(is_drawable(ring) for ring in rings)
    triples = len(rings) > 1 and all(len(ring) == _TRIPLE for ring in rings if plain)
    if not rings or not plain or triples or _is_runs(rings, image):
        return rings  # what is no ring is refused where the masks are read
    if all(len(ring) == _CORNERS for ring in rings):
        boxes = [_box_of_corners(ring, row, work) for ring in rings]
        if None not in boxes:
            work.report.change(
                "two corners in the place of a ring made its four: the bbox says so", place
            )
            return [box_ring(box) for box in boxes if box is not None]
    rings = _without_half_points(rings, place, work)
    full = [ring for ring in rings if len(ring) >= _FEWEST]
    if rings and not full and all(len(ring) <= _POINT for ring in rings):
        return _points_as_keypoints(rings, row, place, work)
    if len(full) < len(rings):
        work.report.change("rings of fewer than three points left out, they cover nothing", place)
        if not full:
            work.hollow.add((place.part, place.row))
    return full


def is_drawable(ring: Any) -> bool:
    """Whether a value is a list of numbers that the rasteriser takes."""
    values = numbers(ring)
    if not values:
        return False
    return min(values) >= -_FARTHEST and max(values) <= _FARTHEST


def _is_point(value: Any) -> bool:
    """A pair of numbers, or of texts that may be numbers."""
    return isinstance(value, list) and len(value) == _POINT and not isinstance(value[0], list)


def _is_runs(rings: list[Any], image: Row) -> bool:
    """Whether a ring's numbers may be an RLE's counts, which the reader decides."""
    height, width = size_of(image)
    known = len(rings) == 1 and height is not None and width is not None
    return known and sum(rings[0]) == height * width  # type: ignore[operator]


def _may_be_runs(rings: list[Kept], image: Row, texts: Texts) -> bool:
    """The same of rings that are not decoded, in doubt yes."""
    if len(rings) != 1:
        return False
    height, width = image.get("height"), image.get("width")
    if type(height) is not int or type(width) is not int:
        height, width = size_of(image)
    if height is None or width is None:
        return False
    return bool(abs(texts.sum(rings[0]) - height * width) <= 1e-6 * height * width + 0.5)


def _flat_ring(ring: Any, place: Place, work: Work) -> Any:
    """A ring may be a list of pairs, and numbers may be texts."""
    if not isinstance(ring, list) or not ring:
        return ring
    flat = ring
    if all(isinstance(point, list) and len(point) == _POINT for point in ring):
        flat = [number for pair in ring for number in pair]
    if any(isinstance(number, str) for number in flat):
        spelled = [_number_of(number) for number in flat]
        if None in spelled:
            return ring
        flat = spelled
        work.report.change("coordinates that are texts made numbers", place)
    if numbers(flat) is None:
        return ring
    if isinstance(ring[0], list):
        work.report.change("rings of pairs made flat", place)
    return flat


def _number_of(value: Any) -> Any:
    """The number that a text is; None if it is none."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value, type=int | float)
    except msgspec.DecodeError:
        return None


def _without_half_points(rings: list[Any], place: Place, work: Work) -> list[Any]:
    """An x without a y at the end is nothing to pycocotools."""
    if not any(len(ring) % 2 for ring in rings):
        return rings
    if work.options.broken_rings == "drop":
        work.report.lose("rings with half a point", place)
        return [ring for ring in rings if len(ring) % 2 == 0]
    work.report.change("half points at the end of rings left out", place)
    return [ring[: len(ring) // 2 * 2] for ring in rings]


def _box_of_corners(ring: list[Any], row: Row, work: Work) -> list[Any] | None:
    """The box whose two corners a ring is, if its tool writes them and the row's bbox agrees."""
    x1, y1, x2, y2 = ring
    box, bbox = [x1, y1, x2 - x1, y2 - y1], numbers(row.get("bbox"), 4)
    return box if work.corners and bbox is not None and _nearly(bbox, box) else None


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
