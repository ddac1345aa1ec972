"""The slow, obvious versions of what conversion between dialects computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cocodec import RleArray, as_rle

__all__ = ["bounds", "new_ids", "pixels_of", "shoelace"]


def shoelace(rings: Sequence[Sequence[float]]) -> float:
    """Sum of the areas of rings."""
    total = 0.0
    for ring in rings:
        points = list(zip(ring[::2], ring[1::2], strict=True))
        twice = 0.0
        for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True):
            twice += x1 * y2 - x2 * y1
        total += abs(twice) / 2
    return total


def bounds(rings: Sequence[Sequence[float]]) -> list[float]:
    """The box around all points: x, y, w, h."""
    xs = [x for ring in rings for x in ring[::2]]
    ys = [y for ring in rings for y in ring[1::2]]
    return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]


def new_ids(ids: Sequence[Any]) -> list[int]:
    """Integers that come first stay; the others get the smallest that no id has, in order."""
    out: list[int | None] = []
    for i, value in enumerate(ids):
        is_integer = isinstance(value, int) and not isinstance(value, bool)
        earlier = [v for v in ids[:i] if v == value and not isinstance(v, (bool, str, float))]
        out.append(value if is_integer and not earlier else None)
    taken = {value for value in out if value is not None}
    for i, given in enumerate(out):
        if given is None:
            number = 1
            while number in taken:
                number += 1
            taken.add(number)
            out[i] = number
    return [value for value in out if value is not None]


def pixels_of(row: dict[str, Any], height: int, width: int, rings: str = "union") -> Any:
    """The dense mask of a row, however its segmentation is spelled; of a box, its pixels."""
    value = row.get("segmentation")
    if not value or value == [[]]:
        x, y, w, h = row["bbox"]
        value = [[x, y, x + w, y, x + w, y + h, x, y + h]]
    if isinstance(value, list) and isinstance(value[0], list) and rings == "holes":
        outer, *inner = (as_rle([ring], height, width) for ring in value)
        holes = RleArray.concatenate(inner).union() if inner else RleArray()
        whole = outer.difference(holes) if len(holes) else outer
        return whole.decode(layout="HW")
    return np.asarray(as_rle(value, height, width).decode(layout="HW"))
