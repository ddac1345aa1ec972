"""Pictures once more, pixel by pixel: slow, obvious Python. This file is the specification.

An image is a list of rows of [red, green, blue]. Masks are dense: rows of 0 and 1. Nothing here
imports cocodec.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Image = list[list[list[int]]]
Dense = Sequence[Sequence[int]]
Color = Sequence[int]


def grey(height: int, width: int, level: int = 128) -> Image:
    return [[[level] * 3 for _ in range(width)] for _ in range(height)]


def blended(under: int, over: int, alpha: float) -> int:
    weight = int(alpha * 256 + 0.5)
    return (under * (256 - weight) + over * weight + 128) // 256 if weight < 256 else over


def is_edge(mask: Dense, y: int, x: int) -> bool:
    """Foreground with background, or the outside of the image, at one of its four sides."""
    height, width = len(mask), len(mask[0])
    if not mask[y][x]:
        return False
    for v, u in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
        if not (0 <= v < height and 0 <= u < width) or not mask[v][u]:
            return True
    return False


def paint_mask(
    image: Image, mask: Dense, color: Color, alpha: float, *, edges: bool, hatched: bool
) -> None:
    for y, row in enumerate(image):
        for x, pixel in enumerate(row):
            if mask[y][x] and not (hatched and (x + y) % 8 >= 4):
                pixel[:] = [blended(a, b, alpha) for a, b in zip(pixel, color, strict=True)]
            if edges and is_edge(mask, y, x):
                pixel[:] = color


def frame(image: Image, box: Sequence[float], color: Color, thickness: int) -> None:
    x, y, width, height = box
    x0, y0 = math.floor(x), math.floor(y)
    x1, y1 = max(x0, math.ceil(x + width) - 1), max(y0, math.ceil(y + height) - 1)
    t = min(thickness, x1 - x0 + 1, y1 - y0 + 1)
    for v, row in enumerate(image):
        for u, pixel in enumerate(row):
            inside = x0 <= u <= x1 and y0 <= v <= y1
            core = x0 + t <= u <= x1 - t and y0 + t <= v <= y1 - t
            if inside and not core:
                pixel[:] = color


def put(image: Image, x: int, y: int, color: Color) -> None:
    if 0 <= y < len(image) and 0 <= x < len(image[0]):
        image[y][x][:] = color


def line(
    image: Image, a: Sequence[float], b: Sequence[float], color: Color, thickness: int
) -> None:
    (x0, y0), (x1, y1) = ([math.floor(v) for v in end] for end in (a, b))
    steps = max(abs(x1 - x0), abs(y1 - y0), 1)
    half = (thickness - 1) // 2
    for i in range(steps + 1):
        x = x0 + (2 * i * (x1 - x0) + steps) // (2 * steps)
        y = y0 + (2 * i * (y1 - y0) + steps) // (2 * steps)
        for dx in range(-half, thickness - half):
            for dy in range(-half, thickness - half):
                put(image, x + dx, y + dy, color)


def dot(image: Image, point: Sequence[float], color: Color, radius: int) -> None:
    x, y = math.floor(point[0]), math.floor(point[1])
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            if dx * dx + dy * dy <= radius * radius:
                put(image, x + dx, y + dy, color)


def keypoints(
    image: Image,
    points: Sequence[Sequence[float]],
    bones: Sequence[Sequence[int]],
    color: Color,
    thickness: int,
) -> None:
    """Bones between points that are both labelled, then the points; bones count from 1."""
    for a, b in bones:
        if 1 <= a <= len(points) and 1 <= b <= len(points):
            first, second = points[a - 1], points[b - 1]
            if first[2] > 0 and second[2] > 0:
                line(image, first[:2], second[:2], color, thickness)
    for x, y, visibility in points:
        if visibility > 0:
            dot(image, (x, y), color, 2 * thickness + 1)
            dot(image, (x, y), (255,) * 3 if visibility > 1 else (0,) * 3, thickness)


def label(image: Image, letters: Dense, corner: Sequence[float], color: Color, margin: int) -> None:
    """Letters on a plate of a colour, above the corner of a box, moved onto the image."""
    height, width = len(letters), len(letters[0])
    plate_height, plate_width = height + 2 * margin, width + 2 * margin
    x = max(0, min(math.floor(corner[0]), len(image[0]) - plate_width))
    y = max(0, min(math.floor(corner[1]) - plate_height, len(image) - plate_height))
    is_bright = 299 * color[0] + 587 * color[1] + 114 * color[2] > 128000
    ink = [0] * 3 if is_bright else [255] * 3
    for v in range(plate_height):
        for u in range(plate_width):
            put(image, x + u, y + v, color)
    for v in range(height):
        for u in range(width):
            if letters[v][u]:
                put(image, x + margin + u, y + margin + v, ink)


def scene(image: Image, figures: Sequence[dict[str, Any]], alpha: float = 0.5) -> Image:
    """All masks, then all boxes and points, then all labels.

    A figure has `color`, and what of `mask`, `crowd`, `box`, `points`, `bones` and `letters` it
    has.
    """
    thickness = 1 + max(len(image), len(image[0])) // 800
    for figure in figures:
        if "mask" in figure:
            crowd = figure.get("crowd", False)
            paint_mask(image, figure["mask"], figure["color"], alpha, edges=True, hatched=crowd)
    for figure in figures:
        if "box" in figure:
            frame(image, figure["box"], figure["color"], thickness)
        if "points" in figure:
            bones = figure.get("bones", [])
            keypoints(image, figure["points"], bones, figure["color"], thickness)
    for figure in figures:
        if "letters" in figure:
            label(image, figure["letters"], figure["corner"], figure["color"], thickness)
    return image
