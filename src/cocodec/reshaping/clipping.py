"""A ring cut to the frame of an image (Sutherland and Hodgman, 1974)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["clip_ring"]


def clip_ring(points: NDArray[np.float64], width: float, height: float) -> NDArray[np.float64]:
    """Return what of a ring lies in the frame from (0, 0) to (width, height).

    Parameters
    ----------
    points : (p, 2) array of float64

    Returns
    -------
    (q, 2) array of float64
        Of a ring that leaves the frame and comes back, one ring along its edge; without a point
        where nothing is left.

    Examples
    --------
    >>> clip_ring(np.array([[-1.0, 0], [1, 0], [1, 2], [-1, 2]]), 4, 4).tolist()
    [[0.0, 0.0], [1.0, 0.0], [1.0, 2.0], [0.0, 2.0]]
    """
    for axis, sign, limit in ((0, 1, 0), (0, -1, -width), (1, 1, 0), (1, -1, -height)):
        points = _clip(points, axis, (sign, float(limit)))
    return points if len(points) >= 3 else points[:0]


def _clip(points: NDArray[np.float64], axis: int, side: tuple[int, float]) -> NDArray[np.float64]:
    """Keep what has sign * coordinate >= limit."""
    if len(points) == 0:
        return points
    sign, limit = side
    distance = sign * points[:, axis] - limit
    inside = distance >= 0
    if inside.all():
        return points
    after, is_next_inside = np.roll(points, -1, axis=0), np.roll(inside, -1)
    crosses = inside != is_next_inside
    share = distance[crosses] / (distance[crosses] - np.roll(distance, -1)[crosses])
    cuts = points[crosses] + share[:, np.newaxis] * (after[crosses] - points[crosses])
    cuts[:, axis] = sign * limit
    # Each point that stays, and behind it, or in its place, where the edge to the next crosses.
    order = np.concatenate([2 * np.flatnonzero(inside), 2 * np.flatnonzero(crosses) + 1])
    both = np.concatenate([points[inside], cuts])
    found: NDArray[np.float64] = both[np.argsort(order, kind="stable")]
    return found
