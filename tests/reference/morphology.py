"""Operations on masks as dense arrays, one pixel after the other: the specification.

Every function takes and gives bool arrays of shape (height, width). Nothing here imports cocodec.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np


def flip(mask: np.ndarray, direction: str) -> np.ndarray:
    h, w = mask.shape
    out = np.zeros((h, w), bool)
    for y in range(h):
        for x in range(w):
            out[y, x] = mask[y, w - 1 - x] if direction == "horizontal" else mask[h - 1 - y, x]
    return out


def transpose(mask: np.ndarray) -> np.ndarray:
    h, w = mask.shape
    out = np.zeros((w, h), bool)
    for y in range(h):
        for x in range(w):
            out[x, y] = mask[y, x]
    return out


def rotate90(mask: np.ndarray, k: int) -> np.ndarray:
    for _ in range(k % 4):
        mask = flip(transpose(mask), "vertical")
    return mask


def pixel(mask: np.ndarray, y: int, x: int) -> bool:
    """What lies outside is background."""
    return bool(0 <= y < mask.shape[0] and 0 <= x < mask.shape[1] and mask[y, x])


def crop(mask: np.ndarray, x: int, y: int, width: int, height: int) -> np.ndarray:
    out = np.zeros((height, width), bool)
    for row in range(height):
        for column in range(width):
            out[row, column] = pixel(mask, y + row, x + column)
    return out


def pad(mask: np.ndarray, left: int, top: int, right: int, bottom: int) -> np.ndarray:
    h, w = mask.shape
    return crop(mask, -left, -top, left + w + right, top + h + bottom)


def shift(mask: np.ndarray, dx: int, dy: int) -> np.ndarray:
    return crop(mask, -dx, -dy, mask.shape[1], mask.shape[0])


def resize_nearest(mask: np.ndarray, height: int, width: int) -> np.ndarray:
    h, w = mask.shape
    out = np.zeros((height, width), bool)
    for y in range(height):
        for x in range(width):
            centre_y = Fraction(2 * y + 1, 2) * Fraction(h, height)
            centre_x = Fraction(2 * x + 1, 2) * Fraction(w, width)
            out[y, x] = mask[int(centre_y), int(centre_x)]
    return out


def resize_area(mask: np.ndarray, height: int, width: int) -> np.ndarray:
    """Every old pixel is cut into `height` by `width` parts, each new one holds h by w of them."""
    h, w = mask.shape
    parts = np.repeat(np.repeat(mask, height, axis=0), width, axis=1)
    out = np.zeros((height, width), bool)
    for y in range(height):
        for x in range(width):
            covered = parts[y * h : (y + 1) * h, x * w : (x + 1) * w]
            out[y, x] = 2 * int(covered.sum()) > h * w
    return out
