"""What masks are traced to, rings in flat arrays, and how: the options of `RleArray.trace`."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.errors import how_many

__all__ = ["Holes", "Polygons", "Simplify", "Spellings", "as_spelling", "as_trace_options"]

Holes: TypeAlias = Literal["bridge", "separate", "drop", "error"]
Simplify: TypeAlias = Literal["exact", "corners"]
Spellings: TypeAlias = Literal["rle", "rle-list", "polygons"]
"""How a document spells masks: counts as a string, counts as a list, rings."""


@dataclass(frozen=True, eq=False, repr=False)
class Polygons:
    """The rings of n masks, as `RleArray.trace` gives them.

    Attributes
    ----------
    xy : (p, 2) array of float64
        The points of all rings, x before y, in pixels.
    ring_offsets : (r + 1,) array of int64
        Ring i has the points ``xy[ring_offsets[i]:ring_offsets[i + 1]]``.
    mask_offsets : (n + 1,) array of int64
        Mask i has the rings from ``mask_offsets[i]`` to ``mask_offsets[i + 1] - 1``.
    is_hole : (r,) array of uint8
        1 for rings that are holes of the last ring before them that is none
        (``holes="separate"``).
    gained, lost : (n,) arrays of int64
        Pixels inside the rings that are not the mask's, and of the mask that are not inside.
    iou : (n,) array of float64
        Intersection over union of the mask and its rings; 1 if neither has a pixel.
    sizes : (n, 2) array of int64
        Height and width of each mask in pixels.
    """

    xy: NDArray[np.float64]
    ring_offsets: NDArray[np.int64]
    mask_offsets: NDArray[np.int64]
    is_hole: NDArray[np.uint8]
    gained: NDArray[np.int64]
    lost: NDArray[np.int64]
    iou: NDArray[np.float64]
    sizes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.mask_offsets) - 1

    def __repr__(self) -> str:
        loss = int(self.gained.sum()) + int(self.lost.sum())
        return (
            f"<Polygons: {how_many(len(self), 'mask')}, {how_many(len(self.is_hole), 'ring')}, "
            f"{how_many(len(self.xy), 'point')}, "
            f"{how_many(loss, 'pixel differs', 'pixels differ')}>"
        )

    @property
    def points(self) -> NDArray[np.int64]:
        """Points of each mask, shape (n,)."""
        return np.diff(self.ring_offsets[self.mask_offsets])

    def rings(self, mask: int) -> list[NDArray[np.float64]]:
        """The rings of one mask, each a (k, 2) view of `xy`."""
        index = range(len(self))[mask]
        first, last = self.mask_offsets[index], self.mask_offsets[index + 1]
        bounds = self.ring_offsets[first : last + 1]
        return [self.xy[a:b] for a, b in itertools.pairwise(bounds)]


def as_spelling(to: str, *, tolerance: float = 0.0, holes: str = "bridge") -> _core.Spelling:
    """How masks are to be spelled, as the core takes it; what it does not know is refused."""
    options = as_trace_options(tolerance, "exact", holes, 4, 0.0)
    if to == "polygons":
        return _core.Spelling.rings(options)
    if to not in get_args(Spellings):
        raise ValueError(f"to is {to!r}, expected 'rle', 'rle-list' or 'polygons'")
    return _core.Spelling.list() if to == "rle-list" else _core.Spelling.string()


def as_trace_options(
    tolerance: float, simplify: str, holes: str, connectivity: int, min_area: float
) -> tuple[float, bool, int, int, float]:
    """The options of a trace as the core takes them; names that it does not know are refused."""
    for name, value, known in (
        ("simplify", simplify, get_args(Simplify)),
        ("holes", holes, get_args(Holes)),
        ("connectivity", connectivity, (4, 8)),
    ):
        if value not in known:
            raise ValueError(f"{name} is {value!r}, expected one of {', '.join(map(repr, known))}")
    for name, number in (("tolerance", tolerance), ("min_area", min_area)):
        if not 0 <= number < float("inf"):
            raise ValueError(f"{name} is {number!r}, expected a number of pixels, 0 or more")
    kept = tolerance == 0 and simplify == "exact"
    return tolerance, kept, get_args(Holes).index(holes), connectivity, min_area
