"""Hypothesis strategies: masks, runs legal and broken, rings, documents."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from reference.masks import Mask, encode_pixels, to_string

sides = st.integers(0, 12)
sizes = st.tuples(sides, sides)
solid_sizes = st.tuples(st.integers(1, 12), st.integers(1, 12))


@st.composite
def dense(draw: st.DrawFn, size: st.SearchStrategy[tuple[int, int]] = sizes) -> np.ndarray:
    """A bool array (height, width): noise, blocks, or all one value."""
    height, width = draw(size)
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    kind = draw(st.sampled_from(["noise", "blocks", "empty", "full"]))
    if kind == "noise":
        return random.random((height, width)) < draw(st.floats(0, 1))
    out = np.full((height, width), kind == "full")
    if kind == "blocks" and height and width:
        for _ in range(draw(st.integers(1, 4))):
            y, x = random.integers(height), random.integers(width)
            h, w = random.integers(1, height + 1), random.integers(1, width + 1)
            out[y : y + h, x : x + w] ^= True
    return out


@st.composite
def stacks(draw: st.DrawFn, minimum: int = 0, maximum: int = 5) -> list[np.ndarray]:
    """Several bool arrays of one size."""
    size = draw(sizes)
    return draw(st.lists(dense(st.just(size)), min_size=minimum, max_size=maximum))


@st.composite
def masks(draw: st.DrawFn, size: st.SearchStrategy[tuple[int, int]] = sizes) -> Mask:
    """Runs as an encoder writes them."""
    array = draw(dense(size))
    return Mask(encode_pixels(array.ravel(order="F").tolist()), *array.shape)


def split(draw: st.DrawFn, runs: list[int]) -> list[int]:
    """The same pixels with runs cut in two by empty ones here and there."""
    out: list[int] = []
    for run in runs:
        cuts = draw(st.integers(0, 2))
        for _ in range(cuts):
            first = draw(st.integers(0, run))
            out += [first, 0]
            run -= first
        out.append(run)
    return out


@st.composite
def cut_masks(draw: st.DrawFn, size: st.SearchStrategy[tuple[int, int]] = sizes) -> Mask:
    """Legal runs that no encoder writes: empty ones in the middle and at the end."""
    mask = draw(masks(size))
    runs = split(draw, mask.runs) + [0] * draw(st.integers(0, 3))
    return mask._replace(runs=runs)


@st.composite
def broken_runs(draw: st.DrawFn) -> Mask:
    """Runs that do not cover the image, or cover more than it."""
    mask = draw(masks(solid_sizes))
    runs = list(mask.runs)
    index = draw(st.integers(0, len(runs) - 1))
    low = -runs[index]
    change = draw(st.integers(low, 50).filter(lambda n: n != 0))
    runs[index] += change
    return mask._replace(runs=runs)


run_lists = st.lists(
    st.one_of(st.integers(0, 40), st.integers(0, 2**20), st.integers(0, 2**32 - 1)), max_size=30
)
counts_strings = st.one_of(
    st.binary(max_size=30),
    st.lists(st.integers(48, 111), max_size=30).map(bytes),
    run_lists.map(to_string),
)


# Coordinates in regimes: what matters is where they lie on the grid of fifths and the image's edge.
def coordinates(side: int) -> st.SearchStrategy[float]:
    return st.one_of(
        st.floats(0, side),
        st.floats(-2.0 * side - 3, 3.0 * side + 3),
        st.integers(-2, side + 2).map(float),
        st.integers(-4, 2 * side + 4).map(lambda n: n / 2),
        st.integers(-20, 10 * side + 20).map(lambda n: n / 10),
    )


@st.composite
def ring_lists(draw: st.DrawFn, height: int, width: int, longest: int = 8) -> list[float]:
    """One flat ring of 3 points and more, vertices repeated now and then."""
    point = st.tuples(coordinates(width), coordinates(height))
    points = draw(st.lists(point, min_size=3, max_size=longest))
    if draw(st.booleans()):
        points.insert(draw(st.integers(0, len(points))), draw(st.sampled_from(points)))
    return [float(value) for xy in points for value in xy]


@st.composite
def polygons(draw: st.DrawFn, rings: int = 3) -> tuple[list[list[float]], int, int]:
    """Rings, height, width."""
    height, width = draw(solid_sizes)
    return (
        draw(st.lists(ring_lists(height, width), min_size=1, max_size=rings)),
        height,
        width,
    )


boxes = st.tuples(*[st.floats(-10, 20)] * 2, *[st.floats(-1, 20)] * 2)


@st.composite
def segmentations(draw: st.DrawFn) -> tuple[dict[str, Any], Mask]:
    """One mask as COCO writes it, in any of the spellings of runs, and what it says."""
    mask = draw(st.one_of(masks(), cut_masks()))
    size = draw(st.sampled_from([list, tuple, np.array]))(mask.size)
    text = to_string(mask.runs)
    spellings = [text, text.decode("ascii"), mask.runs, np.array(mask.runs, dtype=np.int64)]
    return {"size": size, "counts": draw(st.sampled_from(spellings))}, mask
