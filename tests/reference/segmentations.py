"""What a segmentation means, the slow and obvious way: the table of `masks.segmentation_values`.

`meaning` gives the mask, or raises `RefusedError`, or gives None for no mask at all.
"""

from __future__ import annotations

import base64
from typing import Any

from reference import masks
from reference.masks import Mask

__all__ = ["RefusedError", "are_runs", "meaning"]


class RefusedError(Exception):
    """A segmentation that is refused."""


def meaning(value: Any, height: int, width: int) -> Mask | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _rle({"size": [height, width], "counts": value})
    if isinstance(value, dict):
        return _rle(value)
    if not isinstance(value, list):
        raise RefusedError("no segmentation")
    rings = [ring for ring in _rings(value) if ring]
    for ring in rings:
        if len(rings) == 1 and are_runs(ring, height, width):
            raise RefusedError("runs")
        if len(ring) % 2 != 0:
            raise RefusedError("half a point")
    return masks.rings([ring for ring in rings if len(ring) >= 6], height, width)


def _rings(value: list[Any]) -> list[list[float]]:
    if not value:
        return []
    if not isinstance(value[0], list):
        return [_flat(value)]
    if any(not isinstance(ring, list) for ring in value):
        raise RefusedError("a ring that is no list")
    lengths = {len(ring) for ring in value}
    if not any(isinstance(item, list) for ring in value for item in ring):
        if len(value) > 1 and lengths == {2}:
            return [_flat([number for point in value for number in point])]
        if len(value) > 1 and lengths == {3}:
            raise RefusedError("triples")
    return [_ring(ring) for ring in value]


def _ring(ring: list[Any]) -> list[float]:
    if not any(isinstance(item, list) for item in ring):
        return _flat(ring)
    if any(not isinstance(point, list) or len(point) != 2 for point in ring):
        raise RefusedError("too deep, or no pairs")
    return _flat([number for point in ring for number in point])


def _flat(numbers: list[Any]) -> list[float]:
    out = []
    for number in numbers:
        if isinstance(number, (bool, list, dict)) or number is None:
            raise RefusedError("no number")
        try:
            out.append(float(number))
        except ValueError:
            raise RefusedError("no number") from None
    if any(not abs(number) <= 1e14 for number in out):
        raise RefusedError("too far")
    return out


def are_runs(ring: list[float], height: int, width: int) -> bool:
    if any(number < 0 or number != int(number) for number in ring):
        return False
    beyond = any(number > (width, height)[i % 2] for i, number in enumerate(ring))
    return sum(ring) == height * width and (len(ring) % 2 != 0 or beyond)


def _rle(value: dict[str, Any]) -> Mask:
    try:
        size, counts = value["size"], value["counts"]
        height, width = (int(side) for side in size)
    except (KeyError, TypeError, ValueError):
        raise RefusedError("no RLE") from None
    if [height, width] != list(size):
        raise RefusedError("no size")
    if isinstance(counts, list):
        runs = [int(float(run)) for run in counts]
        if any(run < 0 or run != float(given) for run, given in zip(runs, counts, strict=True)):
            raise RefusedError("no runs")
        return _covering(runs, height, width)
    try:
        return _covering(masks.from_string(counts.encode()), height, width)
    except (RefusedError, ValueError, IndexError):
        pass
    try:
        text = base64.b64decode(counts + "=" * (-len(counts) % 4), validate=True)
        return _covering(masks.from_string(text), height, width)
    except (ValueError, IndexError):
        raise RefusedError("no counts") from None


def _covering(runs: list[int], height: int, width: int) -> Mask:
    if sum(runs) != height * width or any(run < 0 for run in runs):
        raise RefusedError("they do not cover the image")
    return Mask(runs, height, width)
