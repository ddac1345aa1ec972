"""Masks to rings once more: slow, obvious Python, pixel by pixel. The specification of `trace`.

A pixel has four cracks, directed so that it lies on their right-hand side (x runs to the right, y
downwards). Those between a pixel of the mask and one that is not make up the outline.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

Point = tuple[int, int]  # x, y
Ring = list[Point]  # a point at every pixel's corner
FlatRing = list[int]


def cracks(mask: np.ndarray) -> list[tuple[Point, Point]]:
    """The outline, crack by crack."""
    height, width = mask.shape
    inside = {(x, y) for y in range(height) for x in range(width) if mask[y, x]}
    found = []
    for x, y in sorted(inside):
        corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y)]
        beyond = [(x, y - 1), (x + 1, y), (x, y + 1), (x - 1, y)]
        found += [(corners[i], corners[i + 1]) for i in range(4) if beyond[i] not in inside]
    return found


def unit_rings(mask: np.ndarray, connectivity: int) -> list[Ring]:
    """Rings in the order of their least points, each from that point on."""
    after: dict[Point, list[Point]] = {}
    for start, end in cracks(mask):
        after.setdefault(start, []).append(end)
    rings = []
    while after:
        ring = [min(after)]
        (at,) = after.pop(ring[0])  # at its least point, a ring never touches another
        while at != ring[0]:
            here, ends = at, after[at]
            if len(ends) == 2:
                # Keep to the pixel on the right, or go over to the one that touches it.
                dx, dy = here[0] - ring[-1][0], here[1] - ring[-1][1]
                right, left = (here[0] - dy, here[1] + dx), (here[0] + dy, here[1] - dx)
                at = right if connectivity == 4 else left
                ends.remove(at)
            else:
                (at,) = after.pop(here)
            ring.append(here)
        rings.append(ring)
    return rings


def is_hole(ring: Ring) -> bool:
    """Pixels lie on the right: from its upper left corner, only a hole's ring goes down."""
    return ring[1][0] == ring[0][0]


def bridge_head(mask: np.ndarray, hole: Ring) -> Point:
    """Straight up from the hole's first corner, over the pixels of that column, to their top."""
    x, y = hole[0]
    while y > 0 and mask[y - 1, x]:
        y -= 1
    return x, y


def corners(path: list[tuple[Point, bool]]) -> FlatRing:
    """The points where a closed path turns, and those that must stay."""
    flat: FlatRing = []
    for i, (point, stays) in enumerate(path):
        before, after = path[i - 1][0], path[(i + 1) % len(path)][0]
        straight = (before[0] == point[0] == after[0]) or (before[1] == point[1] == after[1])
        if stays or not straight:
            flat += point
    return flat


def joined(mask: np.ndarray, ring: Ring, holes: list[Ring]) -> list[tuple[Point, bool]]:
    """The ring with the holes that hang on it, and those that hang on these; True where it stays.

    A bridge is met where the ring passes over the pixel at its head, from the left to the right.
    """
    path: list[tuple[Point, bool]] = []
    for i, point in enumerate(ring):
        right = ring[(i + 1) % len(ring)] == (point[0] + 1, point[1])
        hanging = [hole for hole in holes if right and bridge_head(mask, hole) == point]
        if not hanging:
            path.append((point, False))
            continue
        (hole,) = hanging
        (x, top), (_, foot) = point, hole[0]
        shaft = [((x, y), False) for y in range(top + 1, foot)]
        inner = joined(mask, hole, holes)
        path += [(point, True), *shaft, (hole[0], False), *inner[1:]]
        path += [(hole[0], True), *shaft[::-1], (point, True)]
    return path


def polygons(mask: np.ndarray, holes: str = "bridge", connectivity: int = 4) -> list[FlatRing]:
    """The plain corner rings (``simplify="corners"``) of one mask."""
    rings = unit_rings(mask, connectivity)
    inner = [ring for ring in rings if is_hole(ring)]
    if holes == "bridge":
        return [corners(joined(mask, ring, inner)) for ring in rings if not is_hole(ring)]
    return [corners([(point, False) for point in ring]) for ring in rings if not is_hole(ring)]


def pairs(ring: FlatRing) -> Iterator[Point]:
    return zip(ring[::2], ring[1::2], strict=True)


def area(ring: np.ndarray) -> float:
    """Of a ring (k, 2), negative if its inside lies to the left."""
    x, y = ring.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def cross_each_other(ring: np.ndarray) -> bool:
    """Whether two edges of a ring (k, 2) cross, each on both sides of the other."""
    a, b = ring, np.roll(ring, -1, 0)

    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        d, e = q - p, r - p
        return np.sign(d[..., 0] * e[..., 1] - d[..., 1] * e[..., 0])

    p, q, r, s = a[:, None], b[:, None], a[None], b[None]
    crossed = (side(p, q, r) * side(p, q, s) < 0) & (side(r, s, p) * side(r, s, q) < 0)
    return bool(crossed.any())
