"""The rows of YOLO's label files: objects -> lines of numbers, and back.

Coordinates are shares of the image, 0 its left or upper edge and 1 the other one. How exact a text
is, its digits tell: a reader rounds pixels to as many decimals as the digits surely hold, so that
numbers that went through a text come back as they were.
"""

from __future__ import annotations

import math
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
    "read_opencv",
    "rounded_pixels",
    "survive_multiplying",
    "walk_rings",
]

Rule: TypeAlias = Literal["opencv", "coco"]
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_LEAST = 6  # decimals that every tool writes
_MOST = 10  # decimals that a double surely tells from others
_LINK, _LINK_WIDTH = 0.25, 0.01  # where in its pixel a point stands that a link starts from
_EXACT = (0.0, True, 0, 4, 0.0)  # options of a trace without loss


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


def read_opencv(shares: Floats, offsets: Ints, sizes: Ints, threads: int = 0) -> RleArray:
    """Fill rings as a trainer does: single precision, truncated, ``cv2.fillPoly``.

    But edges that cocodec marked as links between parts (see `walk_rings`) are not painted.
    """
    points = np.diff(offsets) // 2
    side = np.repeat(sizes[:, ::-1].astype(np.float32), points, axis=0)
    pixels = shares.astype(np.float32).reshape(-1, 2) * side
    xy = np.clip(pixels, -(2.0**30), 2.0**30).astype(np.int32)
    walks = np.concatenate([[0], np.cumsum(points)])
    part = pixels.astype(np.float64) - xy
    links = (np.abs(part - _LINK) < _LINK_WIDTH).all(axis=1).astype(np.uint8)
    return RleArray._wrap(_core.fill_centres(xy.ravel(), walks, sizes, links, threads))


def walk_rings(masks: RleArray, threads: int = 0) -> tuple[Rings, NDArray[np.bool_]]:
    """Rings over pixel centres that ``cv2.fillPoly`` fills to the masks, as nearly as can be.

    A ring has three points or more, and some width and height: of an object that is one pixel wide
    the points stand beside the centres, in the same pixels. Points that a link to another part
    starts from stand beside the centre too, which nobody but `read_opencv` notices. Also returned
    is which masks have such a link.
    """
    xy, offsets, links = _core.trace_centres(masks._runs, threads)
    points: Floats = np.asarray(xy.reshape(-1, 2) + 0.5, np.float64)
    at = np.flatnonzero(links)
    points[at] += _LINK - 0.5
    counts = np.diff(offsets)
    is_linked = np.zeros(len(counts), bool)
    is_linked[np.searchsorted(offsets, at, side="right") - 1] = True
    # Ways behind the right and the lower edge: a share is 1 at most, which is outside.
    np.minimum(points, np.repeat(masks.sizes[:, ::-1], counts, axis=0), out=points)
    boxes = masks.bbox()
    thin = np.flatnonzero((counts > 0) & ((boxes[:, 2] == 1) | (boxes[:, 3] == 1)))
    # What is one pixel wide or high and all of one part is its box.
    thin = thin[masks.area()[thin] == (boxes[thin, 2] * boxes[thin, 3]).astype(np.uint64)]
    if len(thin) == 0:
        return Rings(points, offsets), is_linked
    left, top = boxes[thin, 0] + 0.1, boxes[thin, 1] + 0.1
    right, bottom = left + boxes[thin, 2] - 0.2, top + boxes[thin, 3] - 0.2
    corners = np.stack([left, top, right, top, right, bottom, left, bottom], axis=1)
    new = Rings(corners.reshape(-1, 2), 4 * np.arange(len(thin) + 1))
    return _replaced(Rings(points, offsets), thin, new), is_linked


def exact_rings(masks: RleArray, threads: int = 0) -> Rings:
    """One ring a mask that COCO's rule fills to it: parts joined by edges there and back."""
    arrays = _core.trace(masks._runs, _EXACT, False, threads)
    xy, ring_offsets, mask_offsets = arrays[0].reshape(-1, 2), arrays[1], arrays[2]
    counts = np.diff(mask_offsets)
    offsets = ring_offsets[mask_offsets]
    many = np.flatnonzero(counts > 1)
    if len(many) == 0:
        return Rings(xy, offsets)
    joined, lengths = [], []
    for mask in many.tolist():
        first = ring_offsets[mask_offsets[mask] : mask_offsets[mask + 1] + 1]
        # Round each part and back to its first point; at last back along the first points.
        way = [
            np.append(np.arange(a, b), a)
            for a, b in zip(first[:-1].tolist(), first[1:].tolist(), strict=True)
        ]
        back = first[1:-2][::-1]
        joined += [*way, back]
        lengths.append(sum(map(len, way)) + len(back))
    points = xy[np.concatenate(joined)]
    return _replaced(
        Rings(xy, offsets), many, Rings(points, np.concatenate([[0], np.cumsum(lengths)]))
    )


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

    `upwards` keeps a product from falling below what was divided: COCO's rule rounds down.
    """
    counts = np.diff(rows.offsets)
    lengths = 1 + 2 * counts
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = np.empty(int(offsets[-1]))
    is_share = np.ones(len(values), bool)
    is_share[offsets[:-1]] = False
    values[offsets[:-1]] = classes
    values[is_share] = (rows.xy / np.repeat(sizes[:, ::-1], counts, axis=0)).ravel()
    return _core.print_number_lines(values, offsets, decimals.astype(np.uint8), upwards, threads)


def survive_multiplying(
    classes: Ints, rows: Rings, sizes: Ints, decimals: Ints, lines: tuple[bytes, Ints]
) -> tuple[bytes, Ints]:
    """Print rows anew that a reader who only multiplies would fill to another mask.

    COCO's rule cuts five times a coordinate, and a half, to an integer. A number at such an edge
    may come out on its other side after a division, a text and a multiplication; its row then gets
    every number as the shortest text that comes out on the right side.

    Parameters
    ----------
    classes, rows, sizes, decimals
        What the lines were printed of; see `print_lines`.
    lines : (bytes, (n,) array)
        What `print_lines` gave for them, upwards.
    """
    counts = np.diff(rows.offsets)
    side = np.repeat(sizes[:, ::-1], counts, axis=0).astype(np.float64)
    power = np.repeat(10.0**decimals, counts)[:, None]
    shares = rows.xy / side
    # Below the printed number or above it: whether the digits were rounded up is the printer's.
    off = np.zeros(len(shares), bool)
    for printed in (np.ceil(shares * power) / power, np.round(shares * power) / power):
        off |= (_fifths(printed * side) != _fifths(rows.xy)).any(axis=1)
    bad = np.flatnonzero(np.logical_or.reduceat(off, rows.offsets[:-1]) & (counts > 0))
    if len(bad) == 0:
        return lines
    text, ends = lines
    begins = np.concatenate([[0], ends[:-1]])
    chosen = concatenated_ranges(rows.offsets[bad], counts[bad])
    numbers = _surviving(rows.xy[chosen].ravel(), side[chosen].ravel())
    pieces, lengths, at = [], np.diff(ends, prepend=0), 0
    stops = (2 * np.cumsum(counts[bad])).tolist()
    for row, first, last in zip(bad.tolist(), [0, *stops], stops, strict=False):
        line = f"{int(classes[row])} {' '.join(numbers[first:last])}\n".encode()
        pieces += [text[at : int(begins[row])], line]
        at, lengths[row] = int(ends[row]), len(line)
    return b"".join([*pieces, text[at:]]), np.cumsum(lengths)


def _fifths(pixels: Floats) -> Floats:
    """What COCO's rule makes of coordinates before it draws edges."""
    out: Floats = np.trunc(5.0 * pixels + 0.5)
    return out


def _surviving(pixels: Floats, sides: Floats) -> list[str]:
    """The shortest texts whose numbers times the sides are drawn as the pixels are."""
    wanted, divided = _fifths(pixels), pixels / sides
    shares = divided
    for near in (np.nextafter(divided, -math.inf), np.nextafter(divided, math.inf), divided):
        shares = np.where(_fifths(near * sides) == wanted, near, shares)  # the last that will do
    texts = list(map(repr, shares.tolist()))
    whole = shares == np.trunc(shares)
    for i in np.flatnonzero(whole | (np.abs(shares) < 1e-3)).tolist():  # "1.0", "1e-05"
        text = texts[i].removesuffix(".0")
        texts[i] = np.format_float_positional(shares[i], trim="-") if "e" in text else text
    return texts


def needed_decimals(pixels: Floats, offsets: Ints, sizes: Ints, more: int = 0) -> Ints:
    """How many decimals of shares keep the decimals of pixels; 6 at least, as tools have it."""
    kept = decimals_of(pixels, offsets, 0, 6) + more
    side = sizes.max(axis=1) if len(sizes) else np.zeros(0)
    needed = np.floor(np.log10(2 * np.maximum(side, 1) * 10.0**kept) + 1e-9) + 1
    out: Ints = np.clip(needed, _LEAST, 15).astype(np.int64)
    return out
