"""Masks to polygons: the options, the methods of `RleArray`, and rings in flat arrays."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core

__all__ = [
    "Holes",
    "Polygons",
    "Simplify",
    "Spellings",
    "Traceable",
    "as_spelling",
    "as_trace_options",
]

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
    gained, lost : (n,) arrays of uint64
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
    gained: NDArray[np.uint64]
    lost: NDArray[np.uint64]
    iou: NDArray[np.float64]
    sizes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.mask_offsets) - 1

    def __repr__(self) -> str:
        n = len(self)
        loss = int(self.gained.sum()) + int(self.lost.sum())
        return (
            f"<Polygons: {n} mask{'s' * (n != 1)}, {len(self.is_hole)} rings, "
            f"{len(self.xy)} points, {loss} pixels differ>"
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


class Traceable:
    """What a batch of masks knows about its outlines; a base of `RleArray`."""

    __slots__ = ()

    _runs: _core.Runs

    def to_polygons(
        self,
        *,
        tolerance: float = 0.0,
        simplify: Simplify = "exact",
        holes: Holes = "bridge",
        connectivity: Literal[4, 8] = 4,
        min_area: float = 0.0,
        threads: int = 0,
    ) -> list[list[list[int]]]:
        """Trace the masks to rings, as COCO files have them; by default without any loss.

        Rasterising these rings as pycocotools does (`from_polygons`) gives the same masks, bit for
        bit, holes included, unless an option says otherwise.

        Parameters
        ----------
        tolerance : float
            0: no loss. Above: fewer points, so that no corner of the mask's outline is farther
            than this many pixels from the edge that stands for it. `trace` tells the loss.
        simplify : {"exact", "corners"}
            "exact" makes slanted edges of steps wherever the same pixels are inside; "corners"
            keeps every corner. No matter with a tolerance.
        holes : {"bridge", "separate", "drop", "error"}
            "bridge" joins a hole to the ring around it by an edge there and the same edge back,
            which is how COCO's rings can have holes. "separate" gives each a ring of its own
            behind that of its part, for tools that read it so; COCO's rule fills it. "drop" fills
            holes, "error" refuses masks that have any.
        connectivity : {4, 8}
            8: pixels that touch at a corner are one part, whose ring touches itself there.
        min_area : float
            Parts of fewer pixels are left out.
        threads : int
            0 = as many as pay, 1 = none.

        Returns
        -------
        list of lists of rings
            Per mask a ring ``[x0, y0, x1, y1, ...]`` for each part, of whole numbers, in pixels;
            ``[]`` for a mask without a pixel. Parts come in the order of their leftmost columns;
            a ring starts at the upper left corner of that column and runs clockwise as seen on the
            screen, a hole's ring the other way.

        Raises
        ------
        PolygonError
            With ``holes="error"``, naming the first mask that has one.
        """
        options = as_trace_options(tolerance, simplify, holes, connectivity, min_area)
        return _core.to_polygons(self._runs, options, threads)

    def trace(
        self,
        *,
        tolerance: float = 0.0,
        simplify: Simplify = "exact",
        holes: Holes = "bridge",
        connectivity: Literal[4, 8] = 4,
        min_area: float = 0.0,
        threads: int = 0,
    ) -> Polygons:
        """Trace the masks to rings in flat arrays, and tell the loss; arguments as `to_polygons`.

        The loss of ``holes="separate"`` is that of tools which take such rings out of their parts.
        """
        options = as_trace_options(tolerance, simplify, holes, connectivity, min_area)
        lossless = tolerance == 0 and min_area == 0 and holes != "drop"  # by construction
        arrays = _core.trace(self._runs, options, not lossless, threads)
        return Polygons(*arrays, self._runs.sizes)


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
