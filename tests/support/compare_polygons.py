"""By hand: random polygons, cocodec against pycocotools, bit for bit, in one process.

    python tests/compare_polygons.py [--polygons 1000000] [--seed 0]

`test_polygons.py` runs a few thousand of the same. Every regime is a way to draw vertices; the
reference walks every boundary, so it is the sizes of the shapes that cost time.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

Polygon = tuple[list[np.ndarray], int, int]  # rings (flat), height, width


def _blob(random: np.random.Generator, n: int, center: np.ndarray, radius: float) -> np.ndarray:
    """A ring around `center`, like an outline drawn by hand."""
    angle = np.sort(random.random(n)) * 2 * np.pi
    distance = radius * (0.5 + 0.5 * random.random(n))
    return center + np.stack([np.cos(angle), np.sin(angle)], 1) * distance[:, None]


def _real(random: np.random.Generator, size: np.ndarray) -> np.ndarray:
    n = int(random.integers(3, 40))
    ring = _blob(random, n, random.random(2) * size, float(random.random() * size.max() / 2))
    return np.round(ring, 2)


def _inside(random: np.random.Generator, size: np.ndarray) -> np.ndarray:
    return random.random((int(random.integers(3, 12)), 2)) * size


def _off_image(random: np.random.Generator, size: np.ndarray) -> np.ndarray:
    """Negative and far beyond the image, wholly or in part."""
    return (random.random((int(random.integers(3, 9)), 2)) * 4 - 1.5) * size


def _half_grid(random: np.random.Generator, size: np.ndarray) -> np.ndarray:
    n = int(random.integers(3, 12))
    return random.integers(-4, 2 * size + 5, (n, 2)) / 2.0


def _tenths(random: np.random.Generator, size: np.ndarray) -> np.ndarray:
    """Values where 5 * x + .5 is near a whole number."""
    n = int(random.integers(3, 12))
    ring = random.integers(-10, 10 * size + 11, (n, 2)) / 10.0
    return np.where(random.random((n, 2)) < 0.2, np.nextafter(ring, np.inf), ring)


def _integers(random: np.random.Generator, size: np.ndarray) -> np.ndarray:
    n = int(random.integers(3, 12))
    return random.integers(-2, size + 3, (n, 2)).astype(float)


def _tiny(random: np.random.Generator, size: np.ndarray) -> np.ndarray:
    """Less than a pixel or two across."""
    n = int(random.integers(3, 8))
    return random.random(2) * size + random.normal(0, 0.4, (n, 2))


def _repeated(random: np.random.Generator, size: np.ndarray) -> np.ndarray:
    """Vertices that come twice, spikes, rings closed twice."""
    ring = _inside(random, size)
    picks = np.sort(random.integers(0, len(ring), 2 * len(ring)))
    return np.concatenate([ring[picks], ring[:1]])


def _flat(random: np.random.Generator, size: np.ndarray) -> np.ndarray:
    """No area: all on one line, or all but all."""
    start, step = random.random(2) * size, random.normal(0, size / 3, 2)
    if random.random() < 0.5:
        step[int(random.integers(2))] = 0
    t = random.normal(0, 1, int(random.integers(3, 7)))
    return start + t[:, None] * step


def _rectangles(random: np.random.Generator, size: np.ndarray) -> np.ndarray:
    a, b = _half_grid(random, size)[:2] if random.random() < 0.5 else _off_image(random, size)[:2]
    return np.array([[a[0], a[1]], [a[0], b[1]], [b[0], b[1]], [b[0], a[1]]])


def _huge(random: np.random.Generator, size: np.ndarray) -> np.ndarray:
    """Far outside, some vertices inside; the walk of the reference still fits memory and int."""
    ring = _inside(random, size)
    far = random.random(len(ring)) < 0.4
    ring[far] += random.normal(0, 20_000, (int(far.sum()), 2))
    return ring


REGIMES = {
    "real": _real,
    "inside": _inside,
    "off_image": _off_image,
    "half_grid": _half_grid,
    "tenths": _tenths,
    "integers": _integers,
    "tiny": _tiny,
    "repeated": _repeated,
    "flat": _flat,
    "rectangles": _rectangles,
    "huge": _huge,
}
# How many of a hundred or so come from each; "huge" costs the reference a millisecond a polygon.
_SHARE = {"real": 20, "huge": 1}


def make_polygons(random: np.random.Generator, regime: str, n: int) -> Iterator[Polygon]:
    """n polygons of one to three rings, on images of 1 to 60 pixels a side and some larger ones."""
    draw = REGIMES[regime]
    for _ in range(n):
        top = 60 if random.random() < 0.95 else 400
        size = random.integers(1, top, 2)  # width, height
        rings = 1 if random.random() < 0.8 else int(random.integers(2, 4))
        yield [draw(random, size).ravel() for _ in range(rings)], int(size[1]), int(size[0])


def differences(polygons: list[Polygon]) -> list[Any]:
    """Each polygon that cocodec and pycocotools rasterise differently, with both results."""
    from cocodec import RleArray
    from support import oracle

    sizes = np.array([[h, w] for _, h, w in polygons], dtype=np.int64).reshape(-1, 2)
    got = RleArray.from_polygons([rings for rings, _, _ in polygons], sizes).to_coco("bytes")
    wrong = []
    for (rings, height, width), mine in zip(polygons, got, strict=True):
        parts = oracle.from_rings(rings, height, width)
        expected = oracle.merge(parts) if len(parts) > 1 else parts[0]
        if mine != expected:
            wrong.append((rings, height, width, mine, expected))
    return wrong


def compare(total: int, seed: int, batch: int = 5000) -> int:
    """Compares, tells how it goes on stdout, and returns the number of differences."""
    shares = {regime: _SHARE.get(regime, 9) for regime in REGIMES}
    bad = done = 0
    for number, (regime, share) in enumerate(shares.items()):
        random = np.random.default_rng([seed, number])
        wanted = -(-total * share // sum(shares.values()))
        started, wrong = time.perf_counter(), 0
        for start in range(0, wanted, batch):
            found = differences(list(make_polygons(random, regime, min(batch, wanted - start))))
            wrong += len(found)
            for case in found[:3]:
                print(f"DIFFERENT ({regime}): {case!r}")
        took = time.perf_counter() - started
        print(f"{regime:12} {wanted:9,} polygons  {wrong} differ  {took:6.1f} s", flush=True)
        bad, done = bad + wrong, done + wanted
    print(f"{done:,} polygons, seed {seed}: {bad} differ from pycocotools")
    return bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polygons", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    return 1 if compare(options.polygons, options.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
