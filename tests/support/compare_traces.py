"""By hand: random masks to polygons and back, bit for bit; every mask of 4x5 and of 5x4 too.

    python tests/compare_traces.py [--masks 1000000] [--seed 0]

`test_to_polygons.py` runs a few hundred of the same. Small masks go back through cocodec and
through pycocotools, in turns.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

import numpy as np

OPTIONS: list[dict[str, object]] = [{}, {"connectivity": 8}, {"simplify": "corners"}]


def _noise(random: np.random.Generator, n: int, height: int, width: int) -> np.ndarray:
    return random.random((n, height, width)) < random.random((n, 1, 1))


def _blocks(random: np.random.Generator, n: int, height: int, width: int) -> np.ndarray:
    """Boxes on each other, where they overlap empty again: long edges, nested holes."""
    out = np.zeros((n, height, width), bool)
    for mask in out:
        for _ in range(random.integers(1, 6)):
            y, x = random.integers(height), random.integers(width)
            h, w = random.integers(1, height + 1), random.integers(1, width + 1)
            mask[y : y + h, x : x + w] ^= True
    return out


def _shapes(random: np.random.Generator, n: int, height: int, width: int) -> np.ndarray:
    """Half planes, discs and thin rings: the slanted edges that real objects have."""
    y, x = np.mgrid[:height, :width] + 0.5
    out = np.zeros((n, height, width), bool)
    for mask in out:
        for _ in range(random.integers(1, 4)):
            angle, side = random.random() * 2 * np.pi, random.random(2) * (height, width)
            along = (y - side[0]) * np.sin(angle) + (x - side[1]) * np.cos(angle)
            away = np.hypot(y - side[0], (x - side[1]) * random.uniform(0.2, 5))
            radius, thick = random.random() * height, random.uniform(0.5, 3)
            kinds = (along > 0, abs(along) < thick, away < radius, abs(away - radius) < thick)
            mask ^= kinds[random.integers(4)]
    return out


REGIMES = {"noise": _noise, "blocks": _blocks, "shapes": _shapes}


def batches(random: np.random.Generator, total: int, n: int = 500) -> Iterator[np.ndarray]:
    """Stacks of n masks of one size each, mostly small, until there are `total`."""
    makers = list(REGIMES.values())
    for turn in range(-(-total // n)):
        top = (12, 40, 40, 90)[turn // len(makers) % 4]
        height, width = random.integers(1, top, 2)
        yield makers[turn % len(makers)](random, n, int(height), int(width))


def every_mask(height: int, width: int, n: int = 2**16) -> Iterator[np.ndarray]:
    for first in range(0, 2 ** (height * width), n):
        bits = np.arange(first, first + n)[:, None] >> np.arange(height * width) & 1
        yield bits.astype(bool).reshape(n, height, width)


def differences(stack: np.ndarray, options: dict[str, object], reference: bool) -> int:
    """Masks that do not come back, of which the first is printed."""
    from cocodec import RleArray
    from support import oracle

    masks = RleArray.encode(stack)
    polygons = masks.to_polygons(**options)  # type: ignore[arg-type]
    wrong = [] if RleArray.from_polygons(polygons, masks.sizes) == masks else [0]
    if reference:
        size = stack.shape[1:]
        for i, (rings, expected) in enumerate(zip(polygons, masks.to_coco("bytes"), strict=True)):
            parts = oracle.from_rings([np.array(ring, float) for ring in rings], *size)
            if rings and oracle.merge(parts) != expected:
                wrong.append(i)
    for i in wrong[:1]:
        print(f"DIFFERENT ({options}): {masks[i].to_coco()}, {polygons[i]}")
    return len(wrong)


def compare(total: int, seed: int) -> int:
    """Compares, tells how it goes on stdout, and returns the number of differences."""
    bad = 0
    for size in ((4, 5), (5, 4)):
        for options in OPTIONS:
            wrong = sum(differences(stack, options, False) for stack in every_mask(*size))
            print(f"every mask of {size}, {options}: {wrong} differ", flush=True)
            bad += wrong
    random, started = np.random.default_rng(seed), time.perf_counter()
    done = 0
    for turn, stack in enumerate(batches(random, total)):
        bad += differences(stack, OPTIONS[turn // 12 % len(OPTIONS)], turn % 7 == 0)
        done += len(stack)
        if turn % 200 == 199:
            print(f"{done:9,} masks  {bad} differ  {time.perf_counter() - started:6.1f} s")
    print(f"{done:,} random masks, seed {seed}: {bad} differ")
    return bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--masks", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    return 1 if compare(options.masks, options.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
