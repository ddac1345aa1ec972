"""The shapes of annotations, masks or boxes, so that they can be told apart and compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.document import Document
from cocodec.documents.json_values import JsonKind
from cocodec.documents.places import column_of
from cocodec.masks.rle_array import RleArray

__all__ = [
    "BOX",
    "MASK",
    "NOTHING",
    "Pairs",
    "Shapes",
    "mixed_bits",
    "read_shapes",
    "rows_together",
    "shared_within",
]

NOTHING, BOX, MASK = 0, 1, 2

_TOGETHER = 1 << 21  # pairs that are looked at together
_BATCH = 1 << 15  # pairs that are intersected together
_ROWS = 1 << 15  # whose masks are held together
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class Shapes(NamedTuple):
    """What n annotations look like.

    Attributes
    ----------
    kinds : (n,) array of uint8
        `MASK`; `BOX` where there is a bbox and no mask; `NOTHING`.
    masks : RleArray
        One a row, without empty runs; empty where there is none.
    boxes : (n, 4) array of float64
        x, y, width, height in pixels: around the mask, or the bbox.
    areas : (n,) array of float64
        Pixels.
    refused : int
        How many segmentations are wrong.
    """

    kinds: NDArray[np.uint8]
    masks: RleArray
    boxes: NDArray[np.float64]
    areas: NDArray[np.float64]
    refused: int = 0

    def hashes(self) -> NDArray[np.uint64]:
        """Return a number for each shape; equal shapes have equal ones."""
        counts, offsets = self.masks.counts, self.masks.offsets
        lengths = np.diff(offsets)
        index = np.arange(len(counts)) - np.repeat(offsets[:-1], lengths)
        mixed = mixed_bits(counts.astype(np.uint64) + (index.astype(np.uint64) << np.uint64(33)))
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])
        out: NDArray[np.uint64] = sums[offsets[1:]] - sums[offsets[:-1]]
        sizes = self.masks.sizes.astype(np.uint64)
        out += mixed_bits(sizes[:, 0]) + mixed_bits(
            np.asarray(sizes[:, 1] + np.uint64(1 << 40), np.uint64)
        )
        boxed = self.kinds == BOX
        texts = (self.boxes[boxed] + 0.0).tobytes()  # -0.0 becomes 0.0
        bits = np.frombuffer(texts, np.uint64).reshape(-1, 4) + np.arange(4, dtype=np.uint64)
        out[boxed] = mixed_bits(np.asarray(bits, np.uint64)).sum(axis=1, dtype=np.uint64)
        return mixed_bits(np.asarray(out + self.kinds, np.uint64))


def mixed_bits(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble bits, so that sums of such numbers tell what was added."""
    mixed = values * _MULTIPLIER
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    return mixed


@np.errstate(over="ignore", invalid="ignore")  # what overflows is infinite
def read_shapes(
    document: Document, rows: NDArray[np.int64] | None = None, *, threads: int = 0
) -> Shapes:
    """Read the shapes of some annotations, all by default; wrong segmentations are none."""
    found = document.masks(rows, threads=threads, on_error="skip")
    n = len(found.kinds)
    masks = found.masks.union(groups=np.arange(n), threads=threads) if n else found.masks
    kinds = np.where(found.has_mask, np.uint8(MASK), np.uint8(NOTHING))
    boxes, areas = masks.bbox(), masks.area().astype(np.float64)
    (told,), (places,) = document.annotations.find(["bbox"], rows, threads=threads)
    bare = np.flatnonzero(~found.has_mask & (told == JsonKind.LIST))
    if len(bare) > 0:
        column = column_of(places.take(bare), told[bare], None)
        if column.ndim != 2 or column.shape[1] != 4:
            values = [box if _is_box(box) else [np.nan] * 4 for box in column.tolist()]
            column = np.array(values, np.float64).reshape(-1, 4)
        known = ~np.isnan(column).any(axis=1)
        kinds[bare[known]] = BOX
        boxes[bare[known]] = column[known]
        areas[bare[known]] = column[known, 2] * column[known, 3]
    return Shapes(kinds, masks, boxes, areas, len(found.refused))


def rows_together(*cells: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], ...]]:
    """Yield the rows of whole cells, some thousand at a time: of one document, or of several.

    Shapes are compared within a cell alone, so that no more of them need to be held.

    Parameters
    ----------
    cells : arrays of int64
        Of all rows of each document.

    Yields
    ------
    tuple of arrays of int64
        Rows of each document, in their order; each row once.
    """
    orders = [np.argsort(one, kind="stable") for one in cells]
    ordered = [one[order] for one, order in zip(cells, orders, strict=True)]
    codes, counts = np.unique(np.concatenate(ordered), return_counts=True)
    ends = np.cumsum(counts)
    begin = 0
    while begin < len(codes):
        done = int(ends[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, done + _ROWS, "right")))
        bounds = [
            np.searchsorted(one, [codes[begin], codes[end - 1] + 1]).tolist() for one in ordered
        ]
        yield tuple(
            np.sort(order[first:last]) for order, (first, last) in zip(orders, bounds, strict=True)
        )
        begin = end


def _is_box(box: object) -> bool:
    if not isinstance(box, list) or len(box) != 4:
        return False
    return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in box)


class Pairs(NamedTuple):
    """Pairs of shapes, of one document or of two.

    Attributes
    ----------
    first, second : (p,) array of int64
        Which shapes.
    shared : (p,) array of float64
        Pixels that both have.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    shared: NDArray[np.float64]

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def iou(self, a: Shapes, b: Shapes) -> NDArray[np.float64]:
        """Intersection over union; 1 for two empty shapes."""
        union = a.areas[self.first] + b.areas[self.second] - self.shared
        return np.where(union > 0, self.shared / union, 1.0)


def _pairs_within(
    cells_a: NDArray[np.int64], cells_b: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield all pairs (of an a and a b) of one cell, some millions at a time."""
    order = np.argsort(cells_b, kind="stable")
    ordered = cells_b[order]
    firsts = np.searchsorted(ordered, cells_a, "left")
    numbers = np.searchsorted(ordered, cells_a, "right") - firsts
    before = np.concatenate([[0], np.cumsum(numbers)])
    begin = 0
    while begin < len(cells_a):
        end = int(np.searchsorted(before, before[begin] + _TOGETHER, "right")) - 1
        end = min(max(end, begin + 1), len(cells_a))
        counts = numbers[begin:end]
        rows_a = np.repeat(np.arange(begin, end), counts)
        within = np.arange(len(rows_a)) - np.repeat(before[begin:end] - before[begin], counts)
        yield rows_a, order[np.repeat(firsts[begin:end], counts) + within]
        begin = end


def shared_within(
    a: Shapes,
    b: Shapes,
    cells: tuple[NDArray[np.int64], NDArray[np.int64]],
    rows: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    once: bool = False,
    threads: int = 0,
) -> Pairs:
    """Find the pairs of one cell that share pixels.

    Parameters
    ----------
    a, b : Shapes
    cells : two arrays of int64
        Of all shapes of `a`, and of `b`.
    rows : two arrays of int64
        Which of them are looked at.
    once : bool
        `a` is `b`, and each pair counts once.
    threads : int
    """
    nothing = np.zeros(0, np.int64)
    found = [Pairs(nothing, nothing, np.zeros(0))]
    for first, second in _pairs_within(cells[0][rows[0]], cells[1][rows[1]]):
        one, two = rows[0][first], rows[1][second]
        if once:
            one, two = one[one < two], two[one < two]
        found.append(_overlaps(a, b, (one, two), threads))
    return Pairs(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


@np.errstate(over="ignore", invalid="ignore")
def _overlaps(
    a: Shapes, b: Shapes, pairs: tuple[NDArray[np.int64], NDArray[np.int64]], threads: int
) -> Pairs:
    """Keep the pairs of one kind and size that share pixels, and say how many."""
    first, second = pairs
    kept = (a.kinds[first] == b.kinds[second]) & (a.kinds[first] != NOTHING)
    is_mask = a.kinds[first] == MASK
    kept &= ~is_mask | (a.masks.sizes[first] == b.masks.sizes[second]).all(axis=1)
    low = np.maximum(a.boxes[first, :2], b.boxes[second, :2])
    high = np.minimum(
        a.boxes[first, :2] + a.boxes[first, 2:], b.boxes[second, :2] + b.boxes[second, 2:]
    )
    sides = high - low
    kept &= (sides > 0).all(axis=1)
    first, second, sides, is_mask = first[kept], second[kept], sides[kept], is_mask[kept]
    shared = sides[:, 0] * sides[:, 1]
    masked = np.flatnonzero(is_mask)
    for begin in range(0, len(masked), _BATCH):
        some = masked[begin : begin + _BATCH]
        one, two = a.masks[first[some]], b.masks[second[some]]
        both = _core.pairwise(one._runs, two._runs, "intersection", threads)
        shared[some] = _core.area(both)
    there = shared > 0
    return Pairs(first[there], second[there], shared[there])
