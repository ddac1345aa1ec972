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


# Connected parts


def neighbours(y: int, x: int, connectivity: int) -> list[tuple[int, int]]:
    sides = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
    corners = [(y - 1, x - 1), (y - 1, x + 1), (y + 1, x - 1), (y + 1, x + 1)]
    return sides + (corners if connectivity == 8 else [])


def connected_components(mask: np.ndarray, connectivity: int) -> list[np.ndarray]:
    """In the order of their first pixels, column by column."""
    h, w = mask.shape
    left = {(y, x) for y in range(h) for x in range(w) if mask[y, x]}
    parts = []
    for x in range(w):
        for y in range(h):
            if (y, x) not in left:
                continue
            part, todo = np.zeros((h, w), bool), [(y, x)]
            left.remove((y, x))
            while todo:
                at = todo.pop()
                part[at] = True
                for beside in neighbours(*at, connectivity):
                    if beside in left:
                        left.remove(beside)
                        todo.append(beside)
            parts.append(part)
    return parts


def remove_small(mask: np.ndarray, min_area: int, connectivity: int) -> np.ndarray:
    out = np.zeros(mask.shape, bool)
    for part in connected_components(mask, connectivity):
        if part.sum() >= min_area:
            out |= part
    return out


def largest_component(mask: np.ndarray, connectivity: int) -> np.ndarray:
    parts = connected_components(mask, connectivity)
    if not parts:
        return mask
    return max(parts, key=lambda part: part.sum())  # the first of those as large


def fill_holes(mask: np.ndarray, max_area: float, connectivity: int) -> np.ndarray:
    out = mask.copy()
    for part in connected_components(~mask, connectivity):
        on_a_side = part[0].any() or part[-1].any() or part[:, 0].any() or part[:, -1].any()
        if not on_a_side and part.sum() <= max_area:
            out |= part
    return out


# Neighbourhoods


def neighbourhood(shape: str, size: float | tuple[int, int]) -> list[tuple[int, int]]:
    """(dy, dx) of the pixels that belong to it."""
    if shape == "disk":
        assert not isinstance(size, tuple)
        r = int(size)
        square = [(dy, dx) for dy in range(-r, r + 1) for dx in range(-r, r + 1)]
        return [(dy, dx) for dy, dx in square if dy * dy + dx * dx <= size * size]
    h, w = size if isinstance(size, tuple) else (int(size), int(size))
    box = [(dy, dx) for dy in range(-(h // 2), h // 2 + 1) for dx in range(-(w // 2), w // 2 + 1)]
    return box if shape == "box" else [(dy, dx) for dy, dx in box if dy == 0 or dx == 0]


def step(mask: np.ndarray, erosion: bool, around: list[tuple[int, int]], border: str) -> np.ndarray:
    h, w = mask.shape
    out = np.zeros((h, w), bool)
    for y in range(h):
        for x in range(w):
            seen = []
            for dy, dx in around:
                if 0 <= y + dy < h and 0 <= x + dx < w:
                    seen.append(bool(mask[y + dy, x + dx]))
                elif border != "ignore":
                    seen.append(border == "foreground")
            out[y, x] = all(seen) if erosion else any(seen)
    return out


def change(
    mask: np.ndarray, operation: str, around: list[tuple[int, int]], border: str, times: int
) -> np.ndarray:
    erosions = {"dilate": [False], "erode": [True], "open": [True, False], "close": [False, True]}
    for erosion in erosions[operation]:
        for _ in range(times):
            mask = step(mask, erosion, around, border)
    return mask


# Measures


def perimeter(mask: np.ndarray) -> int:
    h, w = mask.shape
    pixels = [(y, x) for y in range(h) for x in range(w) if mask[y, x]]
    return sum(not pixel(mask, *at) for y, x in pixels for at in neighbours(y, x, 4))


def moments(mask: np.ndarray, powers: list[tuple[int, int]]) -> list[int]:
    ys, xs = (axis.tolist() for axis in np.nonzero(mask))
    return [sum(x**i * y**j for x, y in zip(xs, ys, strict=True)) for i, j in powers]


def extreme_points(mask: np.ndarray) -> list[tuple[int, int]]:
    """Left, top, right, bottom, as (x, y)."""
    ys, xs = (axis.tolist() for axis in np.nonzero(mask))
    points = list(zip(xs, ys, strict=True))
    if not points:
        return [(-1, -1)] * 4
    return [
        min(points),
        min(points, key=lambda p: (p[1], p[0])),
        min(points, key=lambda p: (-p[0], p[1])),
        min(points, key=lambda p: (-p[1], p[0])),
    ]


def overlap(a: np.ndarray, b: np.ndarray, measure: str) -> float:
    a, b = a != 0, b != 0
    common, first, second = int((a & b).sum()), int(a.sum()), int(b.sum())
    whole = {
        "intersection": 1,
        "iou": first + second - common,
        "iomin": min(first, second),
        "dice": (first + second) / 2,
    }[measure]
    return common / whole if whole else 0.0
