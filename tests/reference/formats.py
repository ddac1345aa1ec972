"""Slow and plain: how OpenCV fills a ring, and what a brush stream says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fill_ring(points: list[tuple[int, int]], height: int, width: int) -> NDArray[np.uint8]:
    """``cv2.fillPoly`` of one ring whose points are whole and inside the image."""
    out = np.zeros((height, width), np.uint8)
    crossings: list[list[float]] = [[] for _ in range(height)]
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True):
        for x, y in _line(ax, ay, bx, by):
            out[y, x] = 1
        if ay == by:
            continue
        (x0, y0), (x1, y1) = sorted([(ax, ay), (bx, by)], key=lambda point: point[1])
        # C divides towards zero.
        rise, run = (bx - ax) * 65536, by - ay
        slope = abs(rise) // abs(run) * (1 if (rise < 0) == (run < 0) else -1)
        for y in range(y0, y1):
            crossings[y].append((x0 * 65536 + (y - y0) * slope) / 65536)
        del x1
    for y, row in enumerate(crossings):
        row.sort()
        for left, right in zip(row[::2], row[1::2], strict=True):
            out[y, max(0, int(np.ceil(left))) : int(np.floor(right)) + 1] = 1
    return out


def _line(ax: int, ay: int, bx: int, by: int) -> list[tuple[int, int]]:
    """Bresenham's line, from the left end on."""
    if ax > bx:
        ax, ay, bx, by = bx, by, ax, ay
    dx, dy, step = bx - ax, abs(by - ay), 1 if by >= ay else -1
    long, short = max(dx, dy), min(dx, dy)
    error, x, y, out = long - 2 * short, ax, ay, []
    for _ in range(long + 1):
        out.append((x, y))
        both = error < 0
        error += (2 * long if both else 0) - 2 * short
        x += 1 if dx >= dy or both else 0
        y += step if dy > dx or both else 0
    return out


def brush_bits(stream: bytes) -> tuple[int, list[int]]:
    """The number of values of a brush stream, and the values, bit by bit."""
    bits = "".join(f"{byte:08b}" for byte in stream)
    at = 0

    def take(n: int) -> int:
        nonlocal at
        value = int(bits[at : at + n], 2)
        at += n
        return value

    count, word = take(32), take(5) + 1
    lengths = [take(4) + 1 for _ in range(4)]
    values: list[int] = []
    while len(values) < count:
        repeated = take(1)
        n = take(lengths[take(2)]) + 1
        if repeated:
            values += [take(word)] * n
        else:
            values += [take(word) for _ in range(n)]
    return count, values


def trainer_pixels(
    shares: NDArray[np.float64], width: int, height: int
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """What a trainer makes of shares, and which points cocodec's links start from."""
    pixels = shares.astype(np.float32).reshape(-1, 2) * np.array([width, height], np.float32)
    xy = np.clip(pixels, -(2.0**30), 2.0**30).astype(np.int32)
    links = (np.abs(pixels.astype(np.float64) - xy - 0.25) < 0.01).all(axis=1)
    return xy, links.astype(np.uint8)


def surviving_line(
    number: int, xy: NDArray[np.float64], width: int, height: int, decimals: int
) -> str:
    """A class and a ring as shares that, multiplied again, COCO's rule fills to the same pixels."""
    side = np.tile([width, height], len(xy) // 2).astype(np.float64)
    power = 10.0**decimals
    shares = xy / side
    drawn = [_fifths(printed * side) for printed in (np.ceil(shares * power) / power,
                                                     np.round(shares * power) / power)]  # fmt: skip
    if all((one == _fifths(xy)).all() for one in drawn):
        whole = [int(np.ceil(share * power - 1e-6)) for share in shares]
        unit = 10**decimals
        texts = [_short(f"{one // unit}.{one % unit:0{decimals}d}") for one in whole]
    else:
        texts = []
        for pixel, share, one in zip(xy.tolist(), shares.tolist(), side.tolist(), strict=True):
            for near in (np.nextafter(share, -np.inf), np.nextafter(share, np.inf), share):
                if _fifths(near * one) == _fifths(pixel):
                    chosen = near
            texts.append(np.format_float_positional(chosen, trim="-"))
    return " ".join([str(number), *texts])


def _fifths(pixels: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """What COCO's rule makes of coordinates before it draws edges."""
    out: NDArray[np.float64] = np.trunc(5.0 * pixels + 0.5)
    return out


def _short(text: str) -> str:
    return text.rstrip("0").rstrip(".")
