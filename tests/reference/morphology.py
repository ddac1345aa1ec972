"""Operations on masks as dense arrays, one pixel after the other: the specification.

Every function takes and gives bool arrays of shape (height, width). Nothing here imports cocodec.
"""

from __future__ import annotations

import math
from collections.abc import Callable
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


def warp_affine(mask: np.ndarray, inverse: np.ndarray, height: int, width: int) -> np.ndarray:
    """`inverse` takes pixels of the new mask to the old one, in doubles."""
    (a, b, c), (d, e, f) = inverse.tolist()
    out = np.zeros((height, width), bool)
    for y in range(height):
        for x in range(width):
            from_x, from_y = (a * x + c) + b * y + 0.5, (d * x + f) + e * y + 0.5
            out[y, x] = pixel(mask, math.floor(from_y), math.floor(from_x))
    return out


def paste(grid: np.ndarray, box: list[float], height: int, width: int) -> np.ndarray:
    """Scores of an image's pixels: a grid stretched over a box, interpolated, 0 outside."""
    x, y, w, h = box
    scores = np.zeros((height, width))
    if w <= 0 or h <= 0:
        return scores
    rows, columns = grid.shape

    def cell(row: int, column: int) -> float:
        return float(grid[row, column]) if 0 <= row < rows and 0 <= column < columns else 0.0

    for j in range(height):
        for i in range(width):
            u, v = (i + 0.5 - x) / w * columns - 0.5, (j + 0.5 - y) / h * rows - 0.5
            left, top = math.floor(u), math.floor(v)
            upper = cell(top, left) * (1 - (u - left)) + cell(top, left + 1) * (u - left)
            lower = cell(top + 1, left) * (1 - (u - left)) + cell(top + 1, left + 1) * (u - left)
            scores[j, i] = upper * (1 - (v - top)) + lower * (v - top)
    return scores


def positions(mask: np.ndarray) -> list[int]:
    """Pixels that differ from the one before them, column by column."""
    flat = [False, *mask.T.reshape(-1).tolist()]
    return [i for i in range(mask.size) if flat[i] != flat[i + 1]]


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


def largest_inner_rectangle(mask: np.ndarray) -> list[int]:
    """x, y, width, height; of several as large the leftmost, then the topmost, the narrowest."""
    h, w = mask.shape
    best = (0, 0, 0, 0, 0)
    for x in range(w):
        for y in range(h):
            for right in range(x + 1, w + 1):
                for bottom in range(y + 1, h + 1):
                    if mask[y:bottom, x:right].all():
                        area = (right - x) * (bottom - y)
                        best = min(best, (-area, x, y, right - x, bottom - y))
    return list(best[1:])


# Which masks stay


def suppress(
    masks: list[np.ndarray], scores: list[float], threshold: float, classes: list, measure: str
) -> dict[int, list[int]]:
    """Those that stay, highest score first, each with those that went for it and itself."""
    kept: dict[int, list[int]] = {}
    for i in sorted(range(len(masks)), key=lambda i: -scores[i]):
        for k in kept:
            if classes[i] == classes[k] and overlap(masks[i], masks[k], measure) > threshold:
                kept[k].append(i)
                break
        else:
            kept[i] = [i]
    return kept


def soften(
    masks: list[np.ndarray],
    scores: list[float],
    decay: Callable[[float], float],
    least: float,
    classes: list,
) -> list[tuple[int, float]]:
    """Those that stay, as they are taken, and their scores by then; decay(IoU) is a factor."""
    left, taken = dict(enumerate(scores)), []
    while left:
        best = max(left, key=lambda i: (left[i], -i))
        score = left.pop(best)
        if score < least:
            break
        taken.append((best, score))
        for i in left:
            share = overlap(masks[i], masks[best], "iou") if classes[i] == classes[best] else 0.0
            if share > 0:
                left[i] *= decay(share)
    return taken


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
