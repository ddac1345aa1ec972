"""Lines, boxes and discs on a canvas, in whole pixels; what lies beyond the canvas is left out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cocodec.drawing.scenes import Box
from cocodec.masks.painting import Canvas

__all__ = ["Color", "dot", "frame", "line", "rectangle"]

Color = tuple[int, int, int]


def rectangle(canvas: Canvas, corners: tuple[int, int, int, int], color: Color) -> None:
    """Fill the pixels from (x0, y0) to (x1, y1), both included."""
    x0, y0, x1, y1 = corners
    if x1 >= 0 and y1 >= 0:
        canvas[max(x0, 0) : x1 + 1, max(y0, 0) : y1 + 1] = color


def frame(canvas: Canvas, box: Box, color: Color, thickness: int) -> None:
    """Draw a box: the outermost pixels that it touches, and so many inwards."""
    x, y, width, height = box
    x0, y0 = math.floor(x), math.floor(y)
    x1, y1 = max(x0, math.ceil(x + width) - 1), max(y0, math.ceil(y + height) - 1)
    t = min(thickness, x1 - x0 + 1, y1 - y0 + 1) - 1
    for corners in (
        (x0, y0, x1, y0 + t),
        (x0, y1 - t, x1, y1),
        (x0, y0, x0 + t, y1),
        (x1 - t, y0, x1, y1),
    ):
        rectangle(canvas, corners, color)


def line(
    canvas: Canvas,
    ends: tuple[tuple[float, float], tuple[float, float]],
    color: Color,
    thickness: int,
) -> None:
    """Draw a line between the pixels that two points lie in."""
    (x0, y0), (x1, y1) = (tuple(math.floor(v) for v in end) for end in ends)
    steps = max(abs(x1 - x0), abs(y1 - y0), 1)
    first, last = _visible(canvas, (x0, y0), (x1 - x0, y1 - y0), steps, thickness)
    i = np.arange(first, last + 1, dtype=np.int64)
    xs = x0 + (2 * i * (x1 - x0) + steps) // (2 * steps)
    ys = y0 + (2 * i * (y1 - y0) + steps) // (2 * steps)
    half = (thickness - 1) // 2
    for dx in range(-half, thickness - half):
        for dy in range(-half, thickness - half):
            _put(canvas, xs + dx, ys + dy, color)


def _visible(
    canvas: Canvas, start: tuple[int, int], way: tuple[int, int], steps: int, margin: int
) -> tuple[int, int]:
    """The first and last step that may lie on the canvas: a long line costs what is seen of it."""
    first, last = 0, steps
    for begin, length, side in zip(start, way, canvas.shape, strict=False):
        if length == 0:
            if not -margin <= begin < side + margin:
                return 0, -1
            continue
        low, high = sorted(
            (place - begin) * steps // length for place in (-margin - 1, side + margin)
        )
        first, last = max(first, low - 1), min(last, high + 1)
    return first, last


def dot(canvas: Canvas, point: tuple[float, float], color: Color, radius: int) -> None:
    """Fill a disc of pixels around the one that a point lies in."""
    x, y = math.floor(point[0]), math.floor(point[1])
    span = np.arange(-radius, radius + 1)
    dx, dy = (part.ravel() for part in np.meshgrid(span, span))
    inside = dx * dx + dy * dy <= radius * radius
    _put(canvas, x + dx[inside], y + dy[inside], color)


def _put(canvas: Canvas, xs: NDArray[np.int64], ys: NDArray[np.int64], color: Color) -> None:
    width, height = canvas.shape[:2]
    seen = (xs >= 0) & (xs < width) & (ys >= 0) & (ys < height)
    canvas[xs[seen], ys[seen]] = color
