"""Rules about segmentations that are lists: rings, and what is taken for rings."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.json_values import JsonKind
from cocodec.inspection.batches import Batch, Inspection, Rings
from cocodec.inspection.rule import Edit, Hit, Removal, RowNumbers, Rule, fix_with
from cocodec.masks.rle_array import RleArray

__all__ = ["RULES", "is_misread"]

_CLOSE = 1.0  # pixels: numbers of a box that are no further off are taken for equal
_SEGMENTATION = "segmentation"


def _flat(batch: Batch) -> NDArray[np.bool_]:
    """Which segmentations are one flat list of numbers."""
    _, offsets, good = batch.lists(_SEGMENTATION)
    return good & (np.diff(offsets) > 0)


def find_null(batch: Batch) -> Iterable[Hit]:
    """Null is no segmentation: [] is."""
    null = batch.kinds(_SEGMENTATION) == JsonKind.NULL
    message = "segmentation is null; of a row without a mask it is []"
    yield Hit(message, batch.rows(null), _SEGMENTATION, repair=fix_with(_SEGMENTATION, _empty))


def _empty(_: Any) -> list[Any]:
    return []


def find_missing(batch: Batch) -> Iterable[Hit]:
    """An object has a segmentation, if only an empty one."""
    missing = batch.is_document & batch.is_instance & ~batch.has(_SEGMENTATION)
    yield Hit("the object has no segmentation", batch.rows(missing), "bbox")


def find_flat(batch: Batch) -> Iterable[Hit]:
    """A polygon is a list of rings."""
    message = "segmentation is one flat list of numbers, expected a list of rings: [[...]]"
    repair = fix_with(_SEGMENTATION, lambda old: [old])
    flat = _flat(batch) & ~batch.once(_is_counts)
    yield Hit(message, batch.rows(flat), _SEGMENTATION, repair=repair)


def find_nested(batch: Batch) -> Iterable[Hit]:
    """A ring is a flat list of numbers."""
    rows = batch.rows(batch.odd_lists | _all_pairs(batch.rings))
    values = batch.inspection.values("annotations", _SEGMENTATION, rows)
    good = np.array([unnested(value) is not None for value in values], bool)
    message = "rings are nested too deeply, expected [[x, y, x, y, ...], ...]"
    yield Hit(message, rows[good], _SEGMENTATION, repair=fix_with(_SEGMENTATION, unnested))


def _all_pairs(rings: Rings) -> NDArray[np.bool_]:
    """Which rows are one ring of pairs: three rings or more, all of two numbers."""
    many = np.bincount(rings.row, minlength=len(rings.is_rings)) > 2
    return rings.is_rings & many & ~rings.per_row(rings.lengths != 2)


def find_wrong_types(batch: Batch) -> Iterable[Hit]:
    """A segmentation is a list of rings, or run lengths."""
    kinds = batch.kinds(_SEGMENTATION)
    fine = (JsonKind.MISSING, JsonKind.NULL, JsonKind.LIST, JsonKind.OBJECT)
    message = "segmentation is neither a list of rings nor an object with size and counts"
    yield Hit(message, batch.rows(~np.isin(kinds, fine)), _SEGMENTATION)
    rows = batch.rows(batch.odd_lists)
    values = batch.inspection.values("annotations", _SEGMENTATION, rows)
    bad = np.array([unnested(value) is None for value in values], bool)
    yield Hit("segmentation holds what are no rings of numbers", rows[bad], _SEGMENTATION)


def unnested(value: Any) -> list[list[Any]] | None:
    """Return the rings in a list that is nested too deeply; None if these are no rings."""
    if not isinstance(value, list) or not value:
        return None
    if all(map(_is_ring, value)):
        return value
    if all(isinstance(ring, list) and ring and all(map(_is_point, ring)) for ring in value):
        return [[number for point in ring for number in point] for ring in value]
    if all(map(_is_point, value)) and len(value) > 2:
        return [[number for point in value for number in point]]
    if all(isinstance(one, list) for one in value):
        inner = [unnested(one) for one in value]
        if all(rings is not None for rings in inner):
            return [ring for rings in inner if rings is not None for ring in rings]
    return None


def _is_number(value: Any) -> bool:
    if isinstance(value, float) and math.isinf(value):  # 1e400
        return False
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_ring(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 2 and all(map(_is_number, value))


def _is_point(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))


# ------------------------------------------------------------ counts in the place of a ring


def _is_counts(batch: Batch) -> NDArray[np.bool_]:
    """Which rows hold run lengths in one ring, or in a flat list.

    They are whole numbers that cover the image exactly, and what rings are not: odd in number, or
    beyond the sides of the image.
    """
    rings, (values, offsets, flat) = batch.rings, batch.lists(_SEGMENTATION)
    out = np.zeros(len(batch), bool)
    size = batch.image_size
    boxes = batch.vertex[2]
    ends = (boxes[:, :2] + boxes[:, 2:]).max(axis=1)
    told = (ends > size.max(axis=1)) & (boxes[:, :2] >= 0).all(axis=1)
    single = np.bincount(rings.row, minlength=len(batch)) == 1
    chosen = single[rings.row] & (told[rings.row] | (rings.lengths % 2 == 1))
    # Most rings that leave their image have fractions, and are looked at no further.
    for place in (0, 2):
        at = np.minimum(rings.starts + place, len(rings.numbers) - 1)
        chosen &= rings.numbers[at] == np.floor(rings.numbers[at]) if len(rings.numbers) else False
    lengths = np.diff(offsets)
    lists = np.flatnonzero(flat & (lengths > 0) & (told | (lengths % 2 == 1)))
    found = [
        (int(rings.row[i]), rings.numbers[rings.starts[i] : rings.starts[i] + rings.lengths[i]])
        for i in np.flatnonzero(chosen).tolist()
    ]
    found += [(i, values[offsets[i] : offsets[i + 1]]) for i in lists.tolist()]
    for i, numbers in found:
        pixels = float(size[i].prod())
        whole = len(numbers) > 0 and numbers.min() >= 0 and (numbers == np.floor(numbers)).all()
        out[i] = whole and numbers.sum() == pixels
    return out


def is_misread(batch: Batch) -> NDArray[np.bool_]:
    """Which rows are read as rings, and were meant otherwise: as run lengths, boxes or pixels."""
    lists = batch.once(_are_pixels)
    return batch.once(_is_counts) | _all_four(batch.rings) | batch.rings.per_row(lists)


def find_counts(batch: Batch) -> Iterable[Hit]:
    """Run lengths stand in an object."""
    rows = batch.rows(batch.once(_is_counts))
    message = (
        "the ring's numbers cover the image exactly: they are run lengths, "
        'expected {"size": [height, width], "counts": [...]}'
    )
    yield Hit(message, rows, _SEGMENTATION, repair=_as_counts)


def _as_counts(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
    images = inspection.document.image_rows(rows)
    sizes = inspection.image_sides[images].astype(int).tolist()
    values = inspection.values("annotations", _SEGMENTATION, rows)
    flat = [value[0] if isinstance(value[0], list) else value for value in values]
    new = [
        {"size": size, "counts": [int(run) for run in counts]}
        for size, counts in zip(sizes, flat, strict=True)
    ]
    return [Edit("annotations", rows, _SEGMENTATION, new)]


# ------------------------------------------------------------ pixels in the place of a ring

_FEWEST_PIXELS = 9


def _are_pixels(batch: Batch) -> NDArray[np.bool_]:
    """Which rings list the pixels of a mask, line by line.

    A ring comes back to where it began, so that a few of its points tell most of them apart.
    """
    rings = batch.rings
    out = np.zeros(len(rings.row), bool)
    long = np.flatnonzero((rings.lengths >= 2 * _FEWEST_PIXELS) & (rings.lengths % 2 == 0))
    quarters = rings.lengths[long][:, None] // 2 * np.arange(5) // 4
    points = np.minimum(quarters, rings.lengths[long][:, None] // 2 - 1)
    for axis in (0, 1):
        seen = rings.numbers[rings.starts[long][:, None] + 2 * points + axis]
        falls = (np.diff(seen, axis=1) < 0).any(axis=1) | (seen[:, -1] - seen[:, 0] < 2)
        for i in long[~falls].tolist():
            ring = rings.numbers[rings.starts[i] : rings.starts[i] + rings.lengths[i]]
            out[i] |= _is_scan(ring[axis::2], ring[1 - axis :: 2])
    return out


def _is_scan(line: NDArray[np.float64], at: NDArray[np.float64]) -> bool:
    """Whether points follow lines of pixels: most by steps of one, and again and again back."""
    if (line != np.floor(line)).any() or (at != np.floor(at)).any():
        return False
    down, along = np.diff(line), np.diff(at)
    ascends = (down > 0) | ((down == 0) & (along > 0))
    steps = (down == 0) & (along == 1)
    back = (down > 0) & (along < -1)
    return bool(ascends.all() and 2 * steps.sum() >= len(steps) and back.sum() >= 2)


def find_pixels(batch: Batch) -> Iterable[Hit]:
    """A ring goes round an object."""
    rows = batch.rows(batch.rings.per_row(batch.once(_are_pixels)))
    message = (
        "a ring lists the pixels of a mask, line by line; a ring goes round an object. "
        "Write the mask as RLE (RleArray.encode), or its outline (RleArray.to_polygons)"
    )
    yield Hit(message, rows, _SEGMENTATION)


# ------------------------------------------------------------ single rings


def _true_rings(batch: Batch) -> tuple[Rings, NDArray[np.bool_]]:
    """The rings, and which of them lie in rows that hold no run lengths."""
    return batch.rings, ~batch.once(_is_counts)[batch.rings.row]


def find_odd_rings(batch: Batch) -> Iterable[Hit]:
    """A ring is x, y, x, y."""
    rings, true = _true_rings(batch)
    odd = rings.per_row(true & (rings.lengths % 2 == 1) & (rings.lengths > 6))
    message = "a ring has an odd number of coordinates; the last one is ignored"
    yield Hit(message, batch.rows(odd), _SEGMENTATION, repair=fix_with(_SEGMENTATION, _evened))


def _evened(rings: Any) -> Any:
    return [ring[:-1] if len(ring) % 2 == 1 and len(ring) > 6 else ring for ring in rings]


def find_short_rings(batch: Batch) -> Iterable[Hit]:
    """A ring has three points."""
    rings, true = _true_rings(batch)
    short = true & (rings.lengths < 6)
    has_good = rings.per_row(rings.lengths >= 6)
    rows = rings.per_row(short) & ~_all_four(rings) & ~_all_pairs(rings)
    message = "a ring of fewer than three points covers nothing, beside others that do"
    repair = fix_with(_SEGMENTATION, lambda old: [ring for ring in old if len(ring) >= 6])
    yield Hit(message, batch.rows(rows & has_good), _SEGMENTATION, repair=repair)
    empty = rings.per_row(rings.lengths > 0)
    message = "no ring has three points: it covers nothing"
    yield Hit(message, batch.rows(rows & ~has_good & empty), _SEGMENTATION)
    message = "the list holds empty rings, expected []"
    repair = fix_with(_SEGMENTATION, _empty)
    yield Hit(message, batch.rows(rows & ~has_good & ~empty), _SEGMENTATION, repair=repair)


def _all_four(rings: Rings) -> NDArray[np.bool_]:
    """Which rows have rings of four numbers, and no others."""
    return rings.is_rings & ~rings.per_row(rings.lengths != 4)


def find_rings_of_four(batch: Batch) -> Iterable[Hit]:
    """Four numbers are no ring."""
    rings = batch.rings
    four = _all_four(rings) & ~batch.once(_is_counts)
    single = four & (np.bincount(rings.row, minlength=len(batch)) == 1)
    numbers = np.full((len(batch), 4), np.nan)
    of_single = single[rings.row] & (rings.lengths == 4)
    places = rings.starts[of_single][:, None] + np.arange(4)
    numbers[rings.row[of_single]] = rings.numbers[places] if len(places) > 0 else 0
    box = batch.bbox
    ends = np.hstack([box[:, :2], box[:, :2] + box[:, 2:]])
    is_box = single & (np.abs(numbers - box) <= _CLOSE).all(axis=1)
    is_corners = single & ~is_box & (np.abs(numbers - ends) <= _CLOSE).all(axis=1)
    for chosen, said, corners in (
        (is_box, "[x, y, width, height], as bbox says", False),
        (is_corners, "two corners, as bbox says", True),
    ):
        message = f"the ring has four numbers, {said}; expected the four corners"
        repair = fix_with(_SEGMENTATION, partial(_corners, are_corners=corners))
        yield Hit(message, batch.rows(chosen), _SEGMENTATION, repair=repair)
    message = "rings have four numbers: two points cover nothing, and readers take them for boxes"
    yield Hit(message, batch.rows(four & ~is_box & ~is_corners), _SEGMENTATION)


def _corners(rings: Any, *, are_corners: bool) -> Any:
    out = []
    for left, top, third, fourth in rings:
        right, bottom = (third, fourth) if are_corners else (left + third, top + fourth)
        out.append([left, top, right, top, right, bottom, left, bottom])
    return out


def _excess(batch: Batch) -> NDArray[np.float64]:
    """By how many pixels the rings of each row leave their image; NaN where that is unknown."""
    has, _, boxes = batch.vertex
    beyond = boxes[:, :2] + boxes[:, 2:] - batch.image_size[:, ::-1]
    worst = np.maximum(beyond, -boxes[:, :2]).max(axis=1)
    worst[worst < 1e-9 * np.abs(boxes).max(axis=1)] = 0  # rounding
    return np.where(has & batch.masks.has_mask & ~is_misread(batch), worst, np.nan)


def find_outside(batch: Batch) -> Iterable[Hit]:
    """Rings lie in their image."""
    message = "rings leave the image by more than a pixel; what lies outside is cut away"
    yield Hit(message, batch.rows(batch.once(_excess) > 1), _SEGMENTATION)


def find_overshoot(batch: Batch) -> Iterable[Hit]:
    """Rings end at the border."""
    excess = batch.once(_excess)
    message = "rings leave the image by a pixel or less"
    yield Hit(message, batch.rows((excess > 0) & (excess <= 1)), _SEGMENTATION)


def find_cancelled(batch: Batch) -> Iterable[Hit]:
    """A ring covers what it encloses."""
    has, enclosed, boxes = batch.vertex
    wide = (boxes[:, 2] >= 2) & (boxes[:, 3] >= 2) & ~is_misread(batch)
    inside = ~(batch.once(_excess) > 0) & ~np.isnan(batch.image_size).any(axis=1)
    doubtful = has & wide & inside & batch.masks.has_mask
    doubtful &= (enclosed > 2 * batch.pixels + 4) | (enclosed < 1e-9 * boxes[:, 2] * boxes[:, 3])
    rings = batch.rings
    chosen = np.flatnonzero(doubtful[rings.row] & (rings.lengths >= 6))
    if len(chosen) == 0:
        return
    polygons = [
        [rings.numbers[start : start + length]]
        for start, length in zip(rings.starts[chosen], rings.lengths[chosen] // 2 * 2, strict=True)
    ]
    sizes = batch.image_size[rings.row[chosen]].astype(np.int64)
    covered = RleArray.from_polygons(polygons, sizes).area().astype(np.float64)
    around = np.array([abs(_shoelace(ring[0])) for ring in polygons])
    spans = np.array([np.ptp(ring[0].reshape(-1, 2), axis=0).min() for ring in polygons])
    bad = ((around > 2 * covered + 4) | ((around < 1e-9) & (covered < 4))) & (spans >= 2)
    flags = np.zeros(len(rings.row), bool)
    flags[chosen[bad]] = True
    message = "a ring cancels itself: it is drawn twice, or forth and back, and covers nothing"
    yield Hit(message, batch.rows(rings.per_row(flags)), _SEGMENTATION)


def _shoelace(ring: NDArray[np.float64]) -> float:
    x, y = (ring.reshape(-1, 2) - ring[:2]).T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(np.roll(x, -1), y)) / 2


RULES = (
    Rule(
        "segmentation-null",
        "warning",
        "Of a row without a mask, the segmentation is [].",
        '{"segmentation": null}',
        rows=find_null,
        repair="null becomes []",
    ),
    Rule(
        "segmentation-missing",
        "note",
        "An object has a segmentation, if only an empty one.",
        '{"id": 1, "image_id": 1, "bbox": [0, 0, 4, 4]}',
        rows=find_missing,
    ),
    Rule(
        "segmentation-type",
        "error",
        "A segmentation is a list of rings, or an object with size and counts.",
        '{"segmentation": "polygon"}',
        rows=find_wrong_types,
    ),
    Rule(
        "segmentation-flat",
        "error",
        "A polygon is a list of rings, not one flat list of numbers.",
        '{"segmentation": [1, 1, 9, 1, 9, 9]}',
        rows=find_flat,
        repair="the list is put into another: [[...]]",
    ),
    Rule(
        "segmentation-nested",
        "error",
        "A ring is a flat list x, y, x, y, ...",
        '{"segmentation": [[[1, 1], [9, 1], [9, 9]]]}',
        rows=find_nested,
        repair="pairs are made flat, and lists around rings go",
    ),
    Rule(
        "segmentation-counts",
        "error",
        "Run lengths are no ring.",
        '{"segmentation": [[90, 5, 5]]} in an image of 10 x 10',
        rows=find_counts,
        repair='they become {"size": [height, width], "counts": [...]}',
    ),
    Rule(
        "ring-odd",
        "error",
        "A ring has as many x as y.",
        '{"segmentation": [[1, 1, 9, 1, 9, 9, 1]]}',
        rows=find_odd_rings,
        repair="the last number, which readers ignore, goes",
    ),
    Rule(
        "ring-short",
        "error",
        "A ring has three points or more.",
        '{"segmentation": [[1, 1, 9, 1, 9, 9], [3, 3]]}',
        rows=find_short_rings,
        repair="short rings go where another is whole; [[]] becomes []",
    ),
    Rule(
        "ring-of-four",
        "error",
        "A box is no ring: readers differ on what four numbers are.",
        '{"segmentation": [[10, 10, 5, 5]]}',
        rows=find_rings_of_four,
        repair="the ring of the box's corners, if bbox says the same",
    ),
    Rule(
        "ring-of-pixels",
        "warning",
        "A ring goes round an object; a list of its pixels is none.",
        '{"segmentation": [[3, 1, 4, 1, 5, 1, 3, 2, 4, 2, 5, 2, 3, 3, 4, 3, 5, 3]]}',
        rows=find_pixels,
    ),
    Rule(
        "ring-outside",
        "warning",
        "Rings lie in their image.",
        '{"segmentation": [[90, 1, 120, 1, 120, 9]]} in an image 100 wide',
        rows=find_outside,
    ),
    Rule(
        "ring-overshoot",
        "note",
        "Rings end at the border of their image.",
        '{"segmentation": [[90, 1, 100.4, 1, 100.4, 9]]} in an image 100 wide',
        rows=find_overshoot,
    ),
    Rule(
        "ring-cancelled",
        "warning",
        "A ring covers what it encloses; drawn twice, it covers nothing.",
        '{"segmentation": [[1, 1, 9, 1, 9, 9, 1, 1, 9, 1, 9, 9]]}',
        rows=find_cancelled,
    ),
)
