"""What a bbox is to its mask, by numpy and in the order in which one would say it."""

from __future__ import annotations

import numpy as np

FITS, ONE_SHORT, CORNERS, RELATIVE, CENTRE, UNLIKE = range(6)


def off(a: np.ndarray, b: np.ndarray) -> float:
    """By how much the edges of two boxes differ, at most."""
    ends = np.abs((a[:2] + a[2:]) - (b[:2] + b[2:]))
    return float(np.maximum(np.abs(a[:2] - b[:2]), ends).max())


def read_box(
    said: np.ndarray,
    mask: np.ndarray,
    points: np.ndarray | None,
    image: tuple[float, float] | None,
    *,
    is_rle: bool,
) -> int:
    """One row of `_core.read_boxes`."""
    if is_rle and off(said, mask - [0, 0, 1, 1]) <= 0.01:
        return ONE_SHORT
    targets = [mask] + ([points] if points is not None else [])
    nearest = min(off(said, target) for target in targets)
    if nearest <= 1:
        return FITS
    if nearest <= 3:
        return UNLIKE
    readings = [(CORNERS, np.array([*said[:2], *(said[2:] - said[:2])]))]
    if image is not None and (said <= 1).all():
        height, width = image
        readings.append((RELATIVE, said * [width, height, width, height]))
    readings.append((CENTRE, np.array([*(said[:2] - said[2:] / 2), *said[2:]])))
    for name, meant in readings:
        if min(off(meant, target) for target in targets) <= 1.5:
            return name
    return UNLIKE
