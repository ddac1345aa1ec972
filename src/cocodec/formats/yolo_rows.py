"""The rows of YOLO's label files: objects -> lines of numbers, and back.

Coordinates are shares of the image, 0 its left or upper edge and 1 the other one. How exact a text
is, its digits tell: a reader rounds pixels to as many decimals as the digits surely hold, so that
numbers that went through a text come back as they were.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.masks.rle_array import RleArray

__all__ = [
    "Rings",
    "Rule",
    "concatenated_ranges",
    "decimals_of",
    "exact_rings",
    "kept_decimals",
    "needed_decimals",
    "print_lines",
    "rounded_pixels",
    "walk_rings",
]

Rule: TypeAlias = Literal["opencv", "coco"]
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_LEAST = 6  # decimals that every tool writes
_MOST = 10  # decimals that a double surely tells from others
_LINK = 0.25  # where in its pixel a point stands that a link starts from, as `fill_shares` has it


class Rings(NamedTuple):
    """One ring an object: ring i has the points offsets[i] .. offsets[i + 1] of `xy`."""

    xy: Floats
    offsets: Ints


def concatenated_ranges(starts: Ints, lengths: Ints) -> Ints:
    """Return the indices of many ranges, one after the other."""
    total = int(lengths.sum())
    ends = np.cumsum(lengths)
    shifts = np.repeat(starts - (ends - lengths), lengths)
    out: Ints = np.arange(total) + shifts
    return out


def decimals_of(values: Floats, offsets: Ints, least: int, most: int) -> NDArray[np.int64]:
    """How many decimals the numbers of each row have, from `least` to `most`."""
    n = len(offsets) - 1
    found = np.full(n, most, np.int64)
    left = np.flatnonzero(np.diff(offsets) > 0)
    found[np.diff(offsets) == 0] = least
    values, lengths = np.abs(values), np.diff(offsets)
    for decimals in range(least, most):
        if len(left) == 0:
            break
        if len(left) == n:
            chosen, starts = values, offsets[:-1]
        else:
            chosen = values[concatenated_ranges(offsets[left], lengths[left])]
            starts = np.cumsum(lengths[left]) - lengths[left]
        scaled = chosen * 10.0**decimals
        off = np.abs(scaled - np.round(scaled)) > 1e-4 * np.maximum(1, scaled * 1e-9)
        good = ~np.logical_or.reduceat(off, starts)
        found[left[good]] = decimals
        left = left[~good]
    return found


def rounded_pixels(shares: Floats, offsets: Ints, sides: Floats) -> Floats:
    """Shares -> pixels, rounded to what the digits of each row's shares hold.

    Parameters
    ----------
    shares, sides : (n,) arrays
        And the image's side that belongs to each share.
    offsets : (rows + 1,) array
    """
    power = np.repeat(10.0 ** kept_decimals(shares, offsets, sides), np.diff(offsets))
    pixels: Floats = np.round(shares * sides * power) / power
    return pixels


def kept_decimals(shares: Floats, offsets: Ints, sides: Floats) -> Floats:
    """How many decimals of pixels the digits of each row's shares hold; see `rounded_pixels`."""
    digits = decimals_of(shares, offsets, _LEAST, _MOST)
    longest = np.ones(len(digits))
    filled = np.diff(offsets) > 0
    if filled.any():
        longest[filled] = np.maximum.reduceat(sides, offsets[:-1][filled])
    kept = np.floor(-np.log10(2 * longest * 10.0**-digits) + 1e-9)
    kept = np.where(digits >= _MOST, 9, kept)
    out: Floats = np.clip(kept, 0, 9)
    return out


def walk_rings(masks: RleArray, threads: int = 0) -> tuple[Rings, Ints]:
    """Rings over pixel centres that ``cv2.fillPoly`` fills to the masks, as nearly as can be.

    A ring has three points or more, and some width and height: of an object that is one pixel wide
    the points stand beside the centres, in the same pixels. Points that a link to another part
    starts from stand beside the centre too, which nobody but `_core.fill_shares` notices. Also
    returned is how many pixels beyond each mask its links paint.
    """
    xy, offsets, links, painted = _core.trace_centres(masks._runs, threads)
    points: Floats = np.asarray(xy.reshape(-1, 2) + 0.5, np.float64)
    at = np.flatnonzero(links)
    points[at] += _LINK - 0.5
    counts = np.diff(offsets)
    # Ways behind the right and the lower edge: a share is 1 at most, which is outside.
    np.minimum(points, np.repeat(masks.sizes[:, ::-1], counts, axis=0), out=points)
    boxes = masks.bbox()
    thin = np.flatnonzero((counts > 0) & ((boxes[:, 2] == 1) | (boxes[:, 3] == 1)))
    # What is one pixel wide or high and all of one part is its box.
    thin = thin[masks.area()[thin] == (boxes[thin, 2] * boxes[thin, 3]).astype(np.uint64)]
    if len(thin) == 0:
        return Rings(points, offsets), painted
    left, top = boxes[thin, 0] + 0.1, boxes[thin, 1] + 0.1
    right, bottom = left + boxes[thin, 2] - 0.2, top + boxes[thin, 3] - 0.2
    corners = np.stack([left, top, right, top, right, bottom, left, bottom], axis=1)
    new = Rings(corners.reshape(-1, 2), 4 * np.arange(len(thin) + 1))
    return _replaced(Rings(points, offsets), thin, new), painted


def exact_rings(masks: RleArray, threads: int = 0) -> Rings:
    """One ring a mask that COCO's rule fills to it: parts joined by edges there and back."""
    return Rings(*_core.trace_joined(masks._runs, threads))


def _replaced(rings: Rings, which: Ints, new: Rings) -> Rings:
    """Some rings in the place of others."""
    n = len(rings.offsets) - 1
    starts = np.concatenate([rings.offsets[:-1], new.offsets[:-1] + len(rings.xy)])
    lengths = np.concatenate([np.diff(rings.offsets), np.diff(new.offsets)])
    order = np.arange(n)
    order[which] = n + np.arange(len(which))
    chosen = concatenated_ranges(starts[order], lengths[order])
    offsets = np.concatenate([[0], np.cumsum(lengths[order])])
    return Rings(np.concatenate([rings.xy, new.xy])[chosen], offsets)


def print_lines(
    classes: Ints,
    rows: Rings,
    sizes: Ints,
    *,
    decimals: NDArray[np.int64],
    upwards: bool = False,
    threads: int = 0,
) -> tuple[bytes, Ints]:
    """Print a class and points in pixels as shares; also where each line ends.

    `upwards` is for COCO's rule, which cuts five times a coordinate, and a half, to an integer: it
    keeps a product from falling below what was divided, and rows that a reader who only multiplies
    would yet fill to another mask get the shortest numbers that he does not.
    """
    return _core.print_ring_lines(
        classes, rows.xy, rows.offsets, sizes, decimals.astype(np.uint8), upwards, threads
    )


def needed_decimals(pixels: Floats, offsets: Ints, sizes: Ints, more: int = 0) -> Ints:
    """How many decimals of shares keep the decimals of pixels; 6 at least, as tools have it."""
    kept = decimals_of(pixels, offsets, 0, 6) + more
    side = sizes.max(axis=1) if len(sizes) else np.zeros(0)
    needed = np.floor(np.log10(2 * np.maximum(side, 1) * 10.0**kept) + 1e-9) + 1
    out: Ints = np.clip(needed, _LEAST, 15).astype(np.int64)
    return out
