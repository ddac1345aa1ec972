"""RleArray, the native currency: an immutable batch of run-length encoded masks.

Runs are column-major, alternate background and foreground and start with background
(https://cocodataset.org/#format-data). Everything here checks and shapes arguments; the work is
done, for whole batches, in ``cocodec._core``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, SupportsIndex, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

import cocodec._core as _core
from cocodec.errors import RleError
from cocodec.masks import operations
from cocodec.masks.arguments import (
    as_boxes,
    as_dense,
    as_flags,
    as_groups,
    as_indices,
    as_integers,
    as_runs,
    as_sizes,
    as_threshold,
)
from cocodec.masks.arrow_columns import ArrowColumns
from cocodec.masks.label_maps import LabelMaps
from cocodec.masks.polygons import Traceable

__all__ = ["RleArray"]

Layout: TypeAlias = Literal["NHW", "HWN", "HW"]
Counts: TypeAlias = Literal["str", "bytes", "list"]


class RleArray(ArrowColumns, LabelMaps, Traceable):
    """An immutable batch of n masks, run-length encoded.

    Built by `encode`, `from_coco`, `from_polygons`, `from_boxes`, `from_label_map`, `from_runs` and
    `concatenate`; every way in checks that the runs of each mask cover exactly height * width
    pixels. Masks of a batch may differ in size.

    Indexing with an integer gives a batch of one; slices, integer arrays and boolean arrays give
    batches. Two batches are equal if they hold the same masks: same sizes, same pixels.
    """

    __slots__ = ("_runs",)
    __hash__ = None  # type: ignore[assignment]
    __array_ufunc__ = None  # numpy must not take a batch apart: array == batch is a plain False

    _runs: _core.Runs

    def __init__(self) -> None:
        self._runs = _core.concatenate([])

    @classmethod
    def _wrap(cls, runs: _core.Runs) -> RleArray:
        self = cls.__new__(cls)
        self._runs = runs
        return self

    @classmethod
    def encode(
        cls,
        masks: Any,
        *,
        layout: Layout | None = None,
        threshold: float | None = None,
        threads: int = 0,
    ) -> RleArray:
        """Encode dense masks; every non-zero value is foreground, or every one above `threshold`.

        Parameters
        ----------
        masks : array of bool, uint8 or int8, or with `threshold` of float
            Shape (n, h, w), (h, w, n) or (h, w), in any memory order and with any strides. A numpy
            array, anything that numpy reads, or a tensor of another library that lies on the host
            (DLPack: torch, jax, ...); its memory is read where it is.
        layout : {"NHW", "HWN", "HW"}, optional
            What the axes are; by default "HW" for two and "NHW" for three axes.
        threshold : float, optional
            For scores (float16, bfloat16, float32 or float64): the masks of ``masks > threshold``,
            without that array. Rounded to the dtype of the scores, as numpy and torch do.
        threads : int
            0 = as many as pay, 1 = none.

        Raises
        ------
        TypeError
            For other dtypes: the message says which cast to write. For what lies on a GPU.
        """
        array, is_bfloat16 = as_dense(masks)
        if layout is None:
            layout = "HW" if array.ndim == 2 else "NHW"
        if threshold is None and not is_bfloat16 and array.dtype.kind != "f":
            return cls._wrap(_core.encode(array, layout, threads))
        dtype = "bfloat16" if is_bfloat16 else str(array.dtype)
        if threshold is None:
            raise TypeError(f"masks are {dtype}; give a threshold, or cast them: masks > 0.5")
        limit = as_threshold(threshold)
        return cls._wrap(_core.encode_scores(array, dtype, limit, layout, threads))

    @classmethod
    def from_coco(cls, segmentations: Sequence[Any], sizes: ArrayLike | None = None) -> RleArray:
        """Read COCO run-length encodings, compressed or not, in any mix.

        Parameters
        ----------
        segmentations : sequence of dict, str or bytes
            ``{"size": [h, w], "counts": c}`` where c is a counts string (str or bytes) or a
            sequence of integers. With `sizes`, bare counts strings too.
        sizes : (n, 2) or (2,) array of int, optional
            Heights and widths in pixels. Must agree with the sizes in the dicts.

        Raises
        ------
        RleError
            Naming the mask, and the char or run that is wrong.
        """
        given = None if sizes is None else as_sizes(sizes, len(segmentations))
        return cls._wrap(_core.from_coco(segmentations, given))

    @classmethod
    def from_polygons(
        cls, polygons: Sequence[Sequence[Any]], sizes: ArrayLike, *, threads: int = 0
    ) -> RleArray:
        """Rasterise polygons, bit for bit as pycocotools does.

        Parameters
        ----------
        polygons : sequence of sequences of rings
            Per mask a list of rings. A ring is a flat ``[x0, y0, x1, y1, ...]``, a list of pairs,
            or an array of shape (2k,) or (k, 2), in pixels; pixel (0, 0) spans 0 to 1. Rings of
            a mask are united; a ring of fewer than three points covers nothing.
        sizes : (n, 2) or (2,) array of int
            Heights and widths in pixels.
        threads : int
            0 = as many as pay, 1 = none.

        Raises
        ------
        PolygonError
            For coordinates that are NaN, infinite or beyond +-1e14.
        TypeError
            For what is not a list of rings of numbers.
        """
        given = as_sizes(sizes, len(polygons))
        return cls._wrap(_core.from_polygons(polygons, given, threads))

    @classmethod
    def from_boxes(cls, boxes: ArrayLike, sizes: ArrayLike) -> RleArray:
        """Rasterise boxes, bit for bit as pycocotools does.

        Parameters
        ----------
        boxes : (n, 4) array of float
            x, y, width, height in pixels.
        sizes : (n, 2) or (2,) array of int
            Heights and widths in pixels.
        """
        array = as_boxes(boxes)
        return cls._wrap(_core.from_boxes(array, as_sizes(sizes, len(array))))

    @classmethod
    def from_runs(cls, counts: ArrayLike, offsets: ArrayLike, sizes: ArrayLike) -> RleArray:
        """Take flat arrays of runs; they are copied and checked.

        Parameters
        ----------
        counts : (r,) array of int
            The runs of all masks, each from 0 to 2**32 - 1.
        offsets : (n + 1,) array of int
            Mask i has the runs ``counts[offsets[i]:offsets[i + 1]]``.
        sizes : (n, 2) or (2,) array of int
            Heights and widths in pixels.
        """
        starts = as_integers(offsets, "offsets")
        if starts.ndim != 1 or len(starts) == 0:
            raise RleError(
                "offsets must be one-dimensional, with one value more than there are masks"
            )
        runs = as_runs(counts)
        return cls._wrap(_core.from_runs(runs, starts, as_sizes(sizes, len(starts) - 1)))

    @classmethod
    def concatenate(cls, batches: Iterable[RleArray]) -> RleArray:
        """Join batches, in order."""
        return cls._wrap(_core.concatenate([_runs_of(batch) for batch in batches]))

    @property
    def counts(self) -> NDArray[np.uint32]:
        """Runs of all masks, shape (r,), read-only, not a copy."""
        return self._runs.counts

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Where each mask's runs start, shape (n + 1,), read-only, not a copy."""
        return self._runs.offsets

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Height and width of each mask in pixels, shape (n, 2), read-only, not a copy."""
        return self._runs.sizes

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[RleArray]:
        return (self._wrap(_core.slice(self._runs, i, 1)) for i in range(len(self)))

    @overload
    def __getitem__(self, key: SupportsIndex) -> RleArray: ...
    @overload
    def __getitem__(self, key: slice) -> RleArray: ...
    @overload
    def __getitem__(self, key: ArrayLike) -> RleArray: ...
    def __getitem__(self, key: Any) -> RleArray:
        n = len(self)
        if isinstance(key, slice):
            start, stop, step = key.indices(n)
            if step == 1:
                return self._wrap(_core.slice(self._runs, start, max(0, stop - start)))
            return self._wrap(_core.take(self._runs, np.arange(start, stop, step)))
        return self._wrap(_core.take(self._runs, as_indices(key, n)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RleArray):
            return NotImplemented
        return _core.equal(self._runs, other._runs)

    def __repr__(self) -> str:
        n = len(self)
        sizes = np.unique(self.sizes, axis=0)
        size = "x".join(map(str, sizes[0])) if len(sizes) == 1 else f"{len(sizes)} sizes"
        return f"<RleArray: {n} mask{'s' * (n != 1)}, {size}, {len(self.counts)} runs>"

    def __reduce__(self) -> tuple[Any, ...]:
        return RleArray.from_runs, (self.counts, self.offsets, self.sizes)

    def __copy__(self) -> RleArray:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> RleArray:
        return self

    def decode(
        self,
        out: NDArray[Any] | None = None,
        *,
        layout: Layout = "NHW",
        dtype: DTypeLike = np.uint8,
        threads: int = 0,
    ) -> NDArray[Any]:
        """Decode to dense masks of 0 and 1.

        Parameters
        ----------
        out : array of bool, uint8 or int8, optional
            Written instead of a new array; any strides.
        layout : {"NHW", "HWN", "HW"}
            "NHW" gives shape (n, h, w) in C order; "HWN" gives (h, w, n) in Fortran order, as
            pycocotools does; "HW" gives (h, w) for a batch of one.
        dtype : {uint8, bool, int8}
            Of the new array.
        threads : int
            0 = as many as pay, 1 = none.

        Raises
        ------
        RleError
            If the masks differ in size, or `out` has another shape. Nothing is written then.
        """
        return _core.decode(self._runs, out, layout, np.dtype(dtype), threads)

    def to_coco(self, counts: Counts = "str") -> list[dict[str, Any]]:
        """COCO's dicts ``{"size": [h, w], "counts": ...}``.

        Parameters
        ----------
        counts : {"str", "bytes", "list"}
            Compressed as str (for JSON) or as bytes (as pycocotools has it), or a list of int.
        """
        return _core.to_coco(self._runs, counts)

    def area(self) -> NDArray[np.uint64]:
        """Foreground pixels of each mask, shape (n,)."""
        return _core.area(self._runs)

    def bbox(self) -> NDArray[np.float64]:
        """x, y, width, height in pixels of each mask, shape (n, 4); zeros for an empty mask."""
        return _core.bbox(self._runs)

    def iou(
        self, other: RleArray, iscrowd: ArrayLike | None = None, *, threads: int = 0
    ) -> NDArray[np.float64]:
        """Intersection over union with every mask of `other`.

        Parameters
        ----------
        other : RleArray
            m masks: the ground truth, where `self` are detections.
        iscrowd : (m,) array of bool or int, optional
            Where true, the denominator is the area of the detection alone.
        threads : int
            0 = as many as pay, 1 = none.

        Returns
        -------
        (n, m) array of float64, Fortran order
            The doubles of pycocotools: 0 where the bounding boxes do not meet, -1 where they meet
            but the masks differ in size.
        """
        truth = _runs_of(other)
        crowd = None if iscrowd is None else as_flags(iscrowd, len(truth), "iscrowd")
        return _core.iou(self._runs, truth, crowd, threads)

    def union(self, groups: ArrayLike | None = None, *, threads: int = 0) -> RleArray:
        """Unite masks.

        Parameters
        ----------
        groups : (n,) array of int, optional
            Masks with the same number are united, and the results come in ascending order of the
            numbers. By default all masks are one group; an empty batch stays empty.
        threads : int
            0 = as many as pay, 1 = none.

        Raises
        ------
        RleError
            If masks of one group differ in size.
        """
        return self._combine("union", groups, threads)

    def intersection(self, groups: ArrayLike | None = None, *, threads: int = 0) -> RleArray:
        """Intersect masks; arguments as for `union`."""
        return self._combine("intersection", groups, threads)

    def difference(self, other: RleArray) -> RleArray:
        """Pixels of each mask that are not in the mask of `other` (equal length, or length 1)."""
        return self._pairwise(other, "difference")

    def symmetric_difference(self, other: RleArray) -> RleArray:
        """Pixels that are in exactly one of the two masks (lengths as for `difference`)."""
        return self._pairwise(other, "symmetric_difference")

    def complement(self) -> RleArray:
        """Foreground and background exchanged."""
        return self._wrap(_core.complement(self._runs))

    def __or__(self, other: RleArray) -> RleArray:
        return self._pairwise(other, "union") if isinstance(other, RleArray) else NotImplemented

    def __and__(self, other: RleArray) -> RleArray:
        if not isinstance(other, RleArray):
            return NotImplemented
        return self._pairwise(other, "intersection")

    def __sub__(self, other: RleArray) -> RleArray:
        return self.difference(other) if isinstance(other, RleArray) else NotImplemented

    def __xor__(self, other: RleArray) -> RleArray:
        if not isinstance(other, RleArray):
            return NotImplemented
        return self.symmetric_difference(other)

    def __invert__(self) -> RleArray:
        return self.complement()

    def _combine(self, operation: str, groups: ArrayLike | None, threads: int) -> RleArray:
        members, offsets = as_groups(groups, len(self))
        return self._wrap(_core.combine(self._runs, members, offsets, operation, threads))

    def _pairwise(self, other: RleArray, operation: str) -> RleArray:
        return self._wrap(_core.pairwise(self._runs, _runs_of(other), operation))

    # What else can be done with masks: `cocodec.masks.operations` says how, method by method.
    flip = operations.flip
    transpose = operations.transpose
    rotate90 = operations.rotate90
    crop = operations.crop
    pad = operations.pad
    shift = operations.shift
    resize = operations.resize
    crop_to_bbox = operations.crop_to_bbox
    uncrop = operations.uncrop
    connected_components = operations.connected_components
    fill_holes = operations.fill_holes
    remove_small = operations.remove_small
    largest_component = operations.largest_component
    dilate = operations.dilate
    erode = operations.erode
    open = operations.open
    close = operations.close
    outline = operations.outline
    boundary = operations.boundary
    moments = operations.moments
    centroid = operations.centroid
    orientation = operations.orientation
    perimeter = operations.perimeter
    extreme_points = operations.extreme_points
    contains = operations.contains
    convex_hull = operations.convex_hull
    overlap = operations.overlap
    nms = operations.nms


def _runs_of(batch: RleArray) -> _core.Runs:
    if not isinstance(batch, RleArray):
        raise TypeError(f"expected an RleArray, not {type(batch).__name__}")
    return batch._runs
