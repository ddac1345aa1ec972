"""Every operation on masks once more: slow, obvious Python. This file is the specification.

A mask is its runs (a list of ints) and its size (height, width). Positions count pixels column by
column. Nothing here imports cocodec; `test_reference.py` holds it against pycocotools.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

MAX_RUN = 2**32 - 1


class Mask(NamedTuple):
    """One mask: its runs, background first, and its size."""

    runs: list[int]
    height: int
    width: int

    @property
    def size(self) -> tuple[int, int]:
        return self.height, self.width


# Dense masks


def encode_pixels(pixels: Sequence[object]) -> list[int]:
    """Runs of pixels that already stand column by column."""
    runs, value = [0], False
    for pixel in pixels:
        if bool(pixel) != value:
            runs.append(0)
            value = bool(pixel)
        runs[-1] += 1
    return runs


def decode_pixels(runs: Sequence[int]) -> list[bool]:
    pixels: list[bool] = []
    for index, run in enumerate(runs):
        pixels += [index % 2 == 1] * run
    return pixels


def encode(dense: np.ndarray) -> Mask:
    """Any array of two dimensions; whatever is not zero is foreground."""
    height, width = dense.shape
    pixels = [dense[y, x] != 0 for x in range(width) for y in range(height)]
    return Mask(encode_pixels(pixels), height, width)


def decode(mask: Mask) -> np.ndarray:
    """Bool array of shape (height, width)."""
    validate(mask)
    dense = np.zeros((mask.height, mask.width), dtype=bool)
    for position, pixel in enumerate(decode_pixels(mask.runs)):
        dense[position % mask.height, position // mask.height] = pixel
    return dense


def validate(mask: Mask) -> None:
    """ValueError unless the runs cover the image exactly."""
    if not all(0 <= side <= MAX_RUN for side in mask.size):
        raise ValueError(f"size is {list(mask.size)}")
    for index, run in enumerate(mask.runs):
        if not 0 <= run <= MAX_RUN:
            raise ValueError(f"run {index} is {run}")
    covered, pixels = sum(mask.runs), mask.height * mask.width
    if covered != pixels:
        raise ValueError(f"runs cover {covered} of {pixels} pixels")


def canonical(mask: Mask) -> Mask:
    """The same pixels without runs of length zero, save the first."""
    runs, value = [0], False
    for index, run in enumerate(mask.runs):
        if run == 0:
            continue
        if (index % 2 == 1) != value:
            runs.append(0)
            value = not value
        runs[-1] += run
    return mask._replace(runs=runs)


# The counts string


def to_string(runs: Sequence[int]) -> bytes:
    """Five bits a char, bit 5 = more follows, + 48; deltas to two places back from index 3 on."""
    text = []
    for index, run in enumerate(runs):
        value = run - runs[index - 2] if index > 2 else run
        while True:
            group = value & 31
            value >>= 5
            more = value != (-1 if group & 16 else 0)
            text.append(chr(48 + group + (32 if more else 0)))
            if not more:
                break
    return "".join(text).encode("ascii")


def from_string(text: bytes) -> list[int]:
    """ValueError for a foreign char, a number cut off or over 7 chars long, a run out of range."""
    runs: list[int] = []
    position = 0
    while position < len(text):
        value, shift, more = 0, 0, True
        while more:
            if position == len(text):
                raise ValueError("the string ends inside a number")
            if shift == 35:
                raise ValueError(f"a number of more than 7 chars before {position}")
            group = text[position] - 48
            if not 0 <= group <= 63:
                raise ValueError(f"foreign char at {position}")
            value |= (group & 31) << shift
            more = bool(group & 32)
            position += 1
            shift += 5
        if group & 16:
            value -= 1 << shift
        if len(runs) > 2:
            value += runs[-2]
        if not 0 <= value <= MAX_RUN:
            raise ValueError(f"run {len(runs)} is {value}")
        runs.append(value)
    return runs


# Polygons and boxes


def _divide(a: int, b: int) -> float:
    return float(a) / float(b) if b else math.nan  # IEEE 0 / 0; no other numerator meets a 0 here


def _truncate(value: float) -> int:
    return 0 if math.isnan(value) else int(value)  # only an edge without length gives NaN


def _grid(xy: Sequence[float]) -> list[tuple[int, int]]:
    """Vertices on the grid of fifths of a pixel, the first one again at the end."""
    points = [
        (int(5.0 * float(xy[2 * i]) + 0.5), int(5.0 * float(xy[2 * i + 1]) + 0.5))
        for i in range(len(xy) // 2)
    ]
    return [*points, *points[:1]]


def _walk(a: tuple[int, int], b: tuple[int, int]) -> list[tuple[int, int]]:
    """Every grid point that the reference visits from a to b, both ends included."""
    (xs, ys), (xe, ye) = a, b
    dx, dy = abs(xe - xs), abs(ye - ys)
    flip = (dx >= dy and xs > xe) or (dx < dy and ys > ye)
    if flip:
        xs, xe, ys, ye = xe, xs, ye, ys
    if dx >= dy:
        slope = _divide(ye - ys, dx)
        points = [(t + xs, _truncate(ys + slope * t + 0.5)) for t in range(dx + 1)]
    else:
        slope = _divide(xe - xs, dy)
        points = [(_truncate(xs + slope * t + 0.5), t + ys) for t in range(dy + 1)]
    return points[::-1] if flip else points


def _crossing(u: int, v: int, height: int, width: int) -> int | None:
    """The pixel where a step between u and u + 1 flips the image, if any; v is the smaller one."""
    x = (u + 0.5) / 5 - 0.5
    if math.floor(x) != x or x < 0 or x > width - 1:
        return None
    y = (v + 0.5) / 5 - 0.5
    y = 0.0 if y < 0 else float(height) if y > height else y
    return int(x) * height + math.ceil(y)


def _runs_between(crossings: list[int], height: int, width: int) -> list[int]:
    """Two crossings at one pixel cancel; the last run ends with the image."""
    positions = [*sorted(crossings), height * width]
    differences = [b - a for a, b in itertools.pairwise([0, *positions])]
    runs = [differences[0]]
    index = 1
    while index < len(differences):
        if differences[index] > 0:
            runs.append(differences[index])
        else:
            index += 1
            if index < len(differences):
                runs[-1] += differences[index]
        index += 1
    return runs


def ring(xy: Sequence[float], height: int, width: int) -> Mask:
    """One ring, flat coordinates; the boundary is walked step by step as pycocotools does."""
    if len(xy) // 2 < 3 or height == 0 or width == 0:
        return Mask([height * width], height, width)
    vertices = _grid(xy)
    points = [p for a, b in itertools.pairwise(vertices) for p in _walk(a, b)]
    crossings = []
    for (u0, v0), (u1, v1) in itertools.pairwise(points):
        if u0 != u1:
            pixel = _crossing(u1 if u1 < u0 else u1 - 1, min(v0, v1), height, width)
            if pixel is not None:
                crossings.append(pixel)
    return Mask(_runs_between(crossings, height, width), height, width)


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The least t of low..high that `holds`, which never turns false again; high + 1 if none."""
    while low <= high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle - 1
        else:
            low = middle + 1
    return low


def _sparse_edge(a: tuple[int, int], b: tuple[int, int], columns: range) -> list[tuple[int, int]]:
    """(u, smaller v) of the step of the walk between u = 5c + 2 and 5c + 3, for each column c.

    Coordinates along the walk never turn back, so the step is found by halving, not by walking.
    """
    (xs, ys), (xe, ye) = min((a, b), (b, a), key=lambda ends: _key(*ends))
    dx, dy = abs(xe - xs), abs(ye - ys)
    steps = []
    for c in columns:
        u = 5 * c + 2
        if not min(xs, xe) <= u < max(xs, xe):
            continue
        if dx >= dy:
            slope = _divide(ye - ys, dx)
            at = [_truncate(ys + slope * t + 0.5) for t in (u - xs, u + 1 - xs)]
            steps.append((u, min(at)))
        else:
            slope = _divide(xe - xs, dy)

            def beyond(t: int, slope: float = slope, u: int = u) -> bool:
                reached = _truncate(xs + slope * t + 0.5)
                return reached > u if xe > xs else reached <= u

            steps.append((u, ys + _first(beyond, 0, dy) - 1))
    return steps


def _key(start: tuple[int, int], end: tuple[int, int]) -> int:
    """Negative for the direction in which the reference walks the edge."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    return -dx if abs(dx) >= abs(dy) else -dy


def ring_sparse(xy: Sequence[float], height: int, width: int) -> Mask:
    """`ring` for coordinates so far apart that nobody could walk between them."""
    if len(xy) // 2 < 3 or height == 0 or width == 0:
        return Mask([height * width], height, width)
    vertices = _grid(xy)
    crossings = []
    for a, b in itertools.pairwise(vertices):
        for u, v in _sparse_edge(a, b, range(width)):
            pixel = _crossing(u, v, height, width)
            assert pixel is not None
            crossings.append(pixel)
    return Mask(_runs_between(crossings, height, width), height, width)


def rings(polygon: Sequence[Sequence[float]], height: int, width: int) -> Mask:
    """The union of the rings; an empty mask if there is none."""
    if not polygon:
        return Mask([height * width], height, width)
    return fold([ring(xy, height, width) for xy in polygon], "union")


def box(xywh: Sequence[float], height: int, width: int) -> Mask:
    x, y, w, h = (float(value) for value in xywh)
    return ring([x, y, x, y + h, x + w, y + h, x + w, y], height, width)


# Measures


def area(mask: Mask) -> int:
    return sum(mask.runs[1::2])


def bbox(mask: Mask) -> list[float]:
    """x, y, width, height of the smallest box around the foreground."""
    positions = [p for p, pixel in enumerate(decode_pixels(mask.runs)) if pixel]
    if not positions:
        return [0.0, 0.0, 0.0, 0.0]
    xs, ys = [p // mask.height for p in positions], [p % mask.height for p in positions]
    left, top = min(xs), min(ys)
    return [float(left), float(top), float(max(xs) - left + 1), float(max(ys) - top + 1)]


# Set operations

OPERATIONS: dict[str, Callable[[bool, bool], bool]] = {
    "union": lambda a, b: a or b,
    "intersection": lambda a, b: a and b,
    "difference": lambda a, b: a and not b,
    "symmetric_difference": lambda a, b: a != b,
}


def combine(a: Mask, b: Mask, operation: str) -> Mask:
    """Pixel by pixel."""
    if a.size != b.size:
        raise ValueError("sizes differ")
    op = OPERATIONS[operation]
    pixels = zip(decode_pixels(a.runs), decode_pixels(b.runs), strict=True)
    return a._replace(runs=encode_pixels([op(left, right) for left, right in pixels]))


def fold(masks: Sequence[Mask], operation: str) -> Mask:
    """From left to right. One mask comes back as it is, runs of length zero included."""
    result = masks[0]
    for mask in masks[1:]:
        result = combine(result, mask, operation)
    return result


def complement(mask: Mask) -> Mask:
    return mask._replace(runs=encode_pixels([not p for p in decode_pixels(mask.runs)]))


def merge_walk(a: Mask, b: Mask, operation: str) -> list[int]:
    """How pycocotools merges two run lists, to the letter.

    The result tells runs of length zero in the input from none: they can cut a run in two (with a
    zero between), and where both lists stand at an empty run it stops, short of the image's end.
    """
    op = OPERATIONS[operation]
    out: list[int] = []
    lists = (a.runs, b.runs)
    left, index, value = [a.runs[0], b.runs[0]], [1, 1], [False, False]
    current, length, going = False, 0, True
    while going:
        step = min(left)
        length += step
        for side in (0, 1):
            left[side] -= step
            if left[side] == 0 and index[side] < len(lists[side]):
                left[side] = lists[side][index[side]]
                index[side] += 1
                value[side] = not value[side]
        before, current = current, op(value[0], value[1])
        going = sum(left) > 0
        if current != before or not going:
            out.append(length)
            length = 0
    return out


# Intersection over union


def box_iou(dt: Sequence[float], gt: Sequence[float], crowd: bool = False) -> float:
    """Boxes x, y, width, height. The order of the arithmetic is part of the result."""
    width = min(dt[2] + dt[0], gt[2] + gt[0]) - max(dt[0], gt[0])
    if width <= 0:
        return 0.0
    height = min(dt[3] + dt[1], gt[3] + gt[1]) - max(dt[1], gt[1])
    if height <= 0:
        return 0.0
    dt_area, gt_area, both = dt[2] * dt[3], gt[2] * gt[3], width * height
    return both / (dt_area if crowd else dt_area + gt_area - both)


def iou(dt: Mask, gt: Mask, crowd: bool = False) -> float:
    """0 unless the boxes meet, -1 if they do but sizes differ; a crowd counts dt's area alone."""
    if box_iou(bbox(dt), bbox(gt), crowd) <= 0:
        return 0.0
    if dt.size != gt.size:
        return -1.0
    both = area(combine(dt, gt, "intersection"))
    if both == 0:
        return 0.0
    return both / (area(dt) if crowd else area(combine(dt, gt, "union")))
