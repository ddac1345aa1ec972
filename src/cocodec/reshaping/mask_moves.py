"""Masks cut, padded, mirrored, turned and scaled: by the core where it can, else pixel by pixel.

The one place that asks which of the two it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.masks.rle_array import RleArray

__all__ = ["cropped", "flipped", "resized", "turned"]

Dense = NDArray[np.uint8]


def cropped(masks: RleArray, windows: NDArray[np.int64], threads: int = 0) -> RleArray:
    """Cut a window out of each mask; it may reach beyond it, where there is background.

    Parameters
    ----------
    masks : RleArray
    windows : (n, 4) array of int64
        x, y, width, height in pixels.
    threads : int
    """
    fast = getattr(masks, "crop", None)
    if fast is not None:
        return _checked(fast(windows, threads=threads))

    def crop(dense: Dense, i: int) -> Dense:
        x, y, w, h = windows[i].tolist()
        out = np.zeros((h, w), np.uint8)
        height, width = dense.shape
        top, left = max(y, 0), max(x, 0)
        bottom, right = min(y + h, height), min(x + w, width)
        if bottom > top and right > left:
            out[top - y : bottom - y, left - x : right - x] = dense[top:bottom, left:right]
        return out

    return _one_by_one(masks, crop)


def flipped(masks: RleArray, direction: str, threads: int = 0) -> RleArray:
    """Mirror each mask, "horizontal" (left and right) or "vertical"."""
    fast = getattr(masks, "flip", None)
    if fast is not None:
        return _checked(fast(direction, threads=threads))
    axis = 1 if direction == "horizontal" else 0
    return _one_by_one(masks, lambda dense, _: np.flip(dense, axis))


def turned(masks: RleArray, k: int, threads: int = 0) -> RleArray:
    """Turn each mask by k times 90 degrees, counterclockwise as seen on the screen."""
    fast = getattr(masks, "rotate90", None)
    if fast is not None:
        return _checked(fast(k, threads=threads))
    return _one_by_one(masks, lambda dense, _: np.rot90(dense, k))


def resized(masks: RleArray, sizes: NDArray[np.int64], threads: int = 0) -> RleArray:
    """Scale each mask to a size (height, width): the pixel at the centre of each new one."""
    fast = getattr(masks, "resize", None)
    if fast is not None:
        return _checked(fast(sizes, rule="nearest", threads=threads))

    def resize(dense: Dense, i: int) -> Dense:
        (old_h, old_w), (h, w) = dense.shape, sizes[i].tolist()
        y = (2 * np.arange(h) + 1) * old_h // (2 * h)
        x = (2 * np.arange(w) + 1) * old_w // (2 * w)
        return np.asarray(dense[y[:, np.newaxis], x], np.uint8)

    return _one_by_one(masks, resize)


def _checked(masks: Any) -> RleArray:
    assert isinstance(masks, RleArray)
    return masks


def _one_by_one(masks: RleArray, change: Callable[[Dense, int], Dense]) -> RleArray:
    changed = [
        RleArray.encode(np.ascontiguousarray(change(mask.decode(layout="HW"), i)))
        for i, mask in enumerate(masks)
    ]
    return RleArray.concatenate(changed)
