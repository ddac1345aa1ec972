"""RleArray, the native currency: an immutable batch of run-length encoded masks.

Runs are column-major, alternate background and foreground and start with background
(https://cocodataset.org/#format-data). Everything here checks and shapes arguments; the work is
done, for whole batches, in ``cocodec._core``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, SupportsIndex, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

import cocodec._core as _core
from cocodec.errors import PolygonError, RleError, how_many
from cocodec.masks import operations, overlaps
from cocodec.masks.arguments import (
    as_boxes,
    as_choice,
    as_dense,
    as_flags,
    as_groups,
    as_indices,
    as_integers,
    as_runs,
    as_sizes,
    as_threshold,
    as_writable,
    is_corners,
)
from cocodec.masks.geojson import geometry_of, part_rings, rings_of_geometry
from cocodec.masks.label_maps import (
    Overlap,
    allocate_map,
    as_labels,
    label_dtype,
    map_shape,
    signed,
)
from cocodec.masks.painting import overlaid, preview
from cocodec.masks.polygons import Holes, Polygons, Simplify, as_trace_options
from cocodec.masks.segmentation_values import incomplete_rle, ring_masks
from cocodec.signatures import names_arguments

__all__ = ["RleArray"]

Layout: TypeAlias = Literal["NHW", "HWN", "HW"]
Counts: TypeAlias = Literal["str", "bytes", "list"]
BoxFormat: TypeAlias = Literal["xywh", "xyxy"]

_SPELLED = (dict, str, bytes)  # what `from_coco` reads


class RleArray:
    """An immutable batch of n masks, run-length encoded.

    Built by `encode`, `from_coco`, `from_polygons`, `from_boxes`, `from_label_map`, `from_runs` and
    `concatenate`; every way in checks that the runs of each mask cover exactly height * width
    pixels. Masks of a batch may differ in size.

    Indexing with an integer gives a batch of one; slices, integer arrays and boolean arrays give
    batches. Two batches are equal if they hold the same masks: same sizes, same pixels.

    Examples
    --------
    >>> masks.area()
    array([2, 4])
    """

    __slots__ = ("_runs",)
    __hash__ = None  # type: ignore[assignment]
    __array_ufunc__ = None  # numpy must not take a batch apart: array == batch is a plain False

    _runs: _core.Runs

    @names_arguments
    def __init__(self, masks: Any = None, *, sizes: ArrayLike | None = None) -> None:
        """Take masks in any spelling that says by itself what it is.

        Parameters
        ----------
        masks : RleArray, array, tensor, or sequence of dict, str or bytes, optional
            Another batch; dense masks, as `encode` takes them; or COCO run-length encodings, as
            `from_coco` takes them. Without any the batch is empty.
        sizes : (n, 2) or (2,) array of int, optional
            Heights and widths in pixels, which bare counts strings need.

        Examples
        --------
        >>> import numpy as np
        >>> from cocodec import RleArray
        >>> RleArray(np.ones((2, 3, 4), bool))
        <RleArray: 2 masks, 3x4, 4 runs>
        >>> RleArray({"size": [2, 2], "counts": [1, 2, 1]}).area()
        array([2])
        """
        if masks is None or (isinstance(masks, (list, tuple)) and len(masks) == 0):
            self._runs = _core.concatenate([])
        elif isinstance(masks, RleArray):
            self._runs = masks._runs
        elif isinstance(masks, _SPELLED) or _is_list_of(masks, _SPELLED):
            self._runs = self.from_coco(masks, sizes)._runs
        else:
            self._runs = self.encode(masks)._runs

    @classmethod
    def _wrap(cls, runs: _core.Runs) -> RleArray:
        self = cls.__new__(cls)
        self._runs = runs
        return self

    # ------------------------------------------------------------ ways in

    @classmethod
    @names_arguments
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
            Shape (n, h, w), (h, w, n) or (h, w), in any memory order and with any strides; of
            shape (n, 1, h, w), as networks give logits, the axis of length 1 is dropped. A numpy
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

        Examples
        --------
        >>> cocodec.RleArray.encode(np.eye(3, dtype=bool)[None]).area()
        array([3])
        """
        array, is_bfloat16 = as_dense(masks)
        if array.ndim == 4 and array.shape[1] == 1 and layout is None:
            array = array[:, 0]
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
    @names_arguments
    def from_coco(
        cls,
        segmentations: Sequence[Any] | dict[str, Any],
        sizes: ArrayLike | None = None,
        *,
        runs: operations.RunOrder = "columns",
    ) -> RleArray:
        """Read COCO run-length encodings, compressed or not, in any mix.

        Parameters
        ----------
        segmentations : sequence of dict, str or bytes, or one of these
            ``{"size": [h, w], "counts": c}`` where c is a counts string (str or bytes) or a
            sequence of integers. With `sizes`, bare counts strings too.
        sizes : (n, 2) or (2,) array of int, optional
            Heights and widths in pixels. Must agree with the sizes in the dicts.
        runs : {"columns", "rows"}
            Which way the runs go: COCO's down the columns, or along the rows, as writers have them
            that forget ``order="F"``.

        Raises
        ------
        RleError
            Naming the mask, and the char or run that is wrong, or the key that it lacks.

        Examples
        --------
        >>> cocodec.RleArray.from_coco([{'size': [2, 3], 'counts': [1, 2, 3]}])
        <RleArray: 1 mask, 2x3, 3 runs>
        """
        listed = [segmentations] if isinstance(segmentations, _SPELLED) else segmentations
        given = None if sizes is None else as_sizes(sizes, len(listed))
        along = as_choice(runs, "runs", ("columns", "rows")) == "rows"
        try:
            masks = cls._wrap(_core.from_coco(listed, given))
        except KeyError:
            raise incomplete_rle(listed) from None
        except UnicodeEncodeError:
            raise RleError("a counts string has half a character, expected ASCII") from None
        return operations.read_by_rows(masks) if along else masks

    @classmethod
    @names_arguments
    def from_polygons(
        cls, polygons: Sequence[Sequence[Any]], sizes: ArrayLike, *, threads: int = 0
    ) -> RleArray:
        """Rasterise polygons, bit for bit as pycocotools does.

        Parameters
        ----------
        polygons : sequence of sequences of rings
            Per mask a list of rings, or one ring. A ring is a flat ``[x0, y0, x1, y1, ...]``, a
            list of pairs, or an array of shape (2k,) or (k, 2), in pixels; pixel (0, 0) spans 0 to
            1. Rings of a mask are united; a ring of fewer than three points covers nothing.
        sizes : (n, 2) or (2,) array of int
            Heights and widths in pixels.
        threads : int
            0 = as many as pay, 1 = none.

        Raises
        ------
        PolygonError
            Naming the mask: for coordinates that are NaN, infinite or beyond +-1e14, half points,
            runs in the place of a ring, and whatever else is no ring.
        TypeError
            For objects that are no numbers, texts, lists or arrays.

        Examples
        --------
        >>> cocodec.RleArray.from_polygons([[[1, 1, 4, 1, 4, 3]]], [4, 5]).area()
        array([3])
        """
        given = as_sizes(sizes, len(polygons))
        runs, wrong = ring_masks(polygons, given, threads)
        for row, why in wrong:
            error = PolygonError(f"mask {row}: {why}")
            error.code, error.item = "bad_segmentation", row
            raise error
        return cls._wrap(runs)

    @classmethod
    @names_arguments
    def from_geometries(
        cls, geometries: Sequence[Any], sizes: ArrayLike, *, threads: int = 0
    ) -> RleArray:
        """Rasterise polygons with holes: GeoJSON, or objects of shapely and others like it.

        Parameters
        ----------
        geometries : sequence of dict, or of objects with ``__geo_interface__``
            Per mask a Polygon, a MultiPolygon or a collection of them, in pixels. A pixel is a
            part's if COCO's rule has it inside the exterior ring and inside no hole.
        sizes : (n, 2) or (2,) array of int
            Heights and widths in pixels.
        threads : int
            0 = as many as pay, 1 = none.

        Raises
        ------
        TypeError
            For points, lines and what is no geometry.
        PolygonError
            For coordinates that are NaN, infinite or beyond +-1e14.

        Examples
        --------
        >>> from cocodec import RleArray
        >>> square = {"type": "Polygon", "coordinates": [[[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]]}
        >>> RleArray.from_geometries([square], (4, 4)).area()
        array([4])
        """
        given = as_sizes(sizes, len(geometries))
        parts = [rings_of_geometry(geometry) for geometry in geometries]
        mask = np.repeat(np.arange(len(parts)), [len(one) for one in parts])
        flat = [part for one in parts for part in one]
        exteriors = cls.from_polygons([[ring] for ring, _ in flat], given[mask], threads=threads)
        holes = cls.from_polygons([rings for _, rings in flat], given[mask], threads=threads)
        empty = cls.from_polygons([[]] * len(parts), given)  # so that each mask has a part
        every = cls.concatenate([exteriors.difference(holes), empty])
        return every.union(groups=np.append(mask, np.arange(len(parts))), threads=threads)

    @classmethod
    @names_arguments
    def from_boxes(
        cls, boxes: ArrayLike, sizes: ArrayLike, *, format: BoxFormat = "xywh"
    ) -> RleArray:
        """Rasterise boxes, bit for bit as pycocotools does.

        Parameters
        ----------
        boxes : (n, 4) array of float
            In pixels, as `format` says.
        sizes : (n, 2) or (2,) array of int
            Heights and widths in pixels.
        format : {"xywh", "xyxy"}
            x, y, width, height as COCO has them, or the corners x1, y1, x2, y2.

        Examples
        --------
        >>> cocodec.RleArray.from_boxes([[1, 1, 2, 2]], [4, 5]).area()
        array([4])
        """
        array = as_boxes(boxes)
        if is_corners(format):
            array = np.hstack([array[:, :2], array[:, 2:] - array[:, :2]])
        return cls._wrap(_core.from_boxes(array, as_sizes(sizes, len(array))))

    @classmethod
    @names_arguments
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

        Examples
        --------
        >>> cocodec.RleArray.from_runs([5, 2, 13], [0, 3], [4, 5])
        <RleArray: 1 mask, 4x5, 3 runs>
        """
        starts = as_integers(offsets, "offsets")
        if starts.ndim != 1 or len(starts) == 0:
            raise RleError(
                "offsets must be one-dimensional, with one value more than there are masks"
            )
        runs = as_runs(counts)
        return cls._wrap(_core.from_runs(runs, starts, as_sizes(sizes, len(starts) - 1)))

    @classmethod
    def from_positions(cls, positions: ArrayLike, offsets: ArrayLike, sizes: ArrayLike) -> RleArray:
        """Take the pixels where masks change, as they are found on a GPU.

        Parameters
        ----------
        positions : (p,) array of int
            ``x * height + y`` of the pixels that differ from the one before them, down the columns
            and from column to column, ascending within each mask; before pixel 0 is background.
        offsets : (n + 1,) array of int
            Mask i has the positions ``positions[offsets[i]:offsets[i + 1]]``.
        sizes : (n, 2) or (2,) array of int
            Heights and widths in pixels.

        Raises
        ------
        RleError
            For positions that do not rise or lie outside of their image, and offsets that do not
            fit them; it says which.

        Examples
        --------
        >>> from cocodec import RleArray
        >>> RleArray.from_positions([1, 3], [0, 2], (2, 2)).decode(layout="HW")
        array([[0, 1],
               [1, 0]], dtype=uint8)

        With torch, for masks of shape (n, h, w) on any device; one transfer, of what is needed:

        >>> def positions_of(masks):
        ...     columns = masks.bool().transpose(1, 2).flatten(1)
        ...     before = columns.roll(1, dims=1)
        ...     before[:, :1] = False
        ...     found = (columns != before).nonzero().cpu().numpy()
        ...     return found[:, 1], found[:, 0].searchsorted(range(len(masks) + 1))
        """
        starts, places = as_integers(offsets, "offsets"), as_integers(positions, "positions")
        if starts.ndim != 1 or len(starts) == 0 or places.ndim != 1:
            raise RleError(
                f"positions and offsets have shapes {places.shape} and {starts.shape}, "
                "expected (p,) and (n + 1,)"
            )
        return cls._wrap(_core.from_positions(places, starts, as_sizes(sizes, len(starts) - 1)))

    @classmethod
    @names_arguments
    def paste(
        cls,
        scores: Any,
        boxes: ArrayLike,
        sizes: ArrayLike,
        *,
        format: BoxFormat = "xywh",
        threshold: float = 0.5,
        threads: int = 0,
    ) -> RleArray:
        """Stretch small masks of scores over their boxes, and cut them at a threshold.

        What Mask R-CNN gives: 28 x 28 probabilities for each box. The rule is that of detectron2's
        ``paste_masks_in_image``.

        Parameters
        ----------
        scores : (n, h, w) array of float
            One grid for each box; numpy, torch on the host, and what else speaks DLPack.
        boxes : (n, 4) array of float
            In pixels, as `format` says. Boxes of no width or height give empty masks.
        sizes : (n, 2) or (2,) array of int
            Heights and widths of the images in pixels.
        format : {"xywh", "xyxy"}
            x, y, width, height, or the corners x1, y1, x2, y2, which detectron2 has.
        threshold : float
            Above 0: pixels whose score is at least that are foreground.
        threads : int
            0 = as many as pay, 1 = none.

        Notes
        -----
        The pixel with its centre at (x, y) has the score at ``((x - x1) / width * w - 1/2, ...)``
        of its grid, whose values stand at whole numbers: interpolated between the nearest four,
        those outside of the grid being 0 (torch's ``grid_sample`` with align_corners=False).
        Computed in doubles, where detectron2 has floats.

        Examples
        --------
        >>> import numpy as np
        >>> from cocodec import RleArray
        >>> grid = np.array([[[0.2, 0.9]]], np.float32)
        >>> RleArray.paste(grid, [[1, 0, 4, 2]], (2, 6)).decode(layout="HW")
        array([[0, 0, 0, 1, 1, 0],
               [0, 0, 0, 1, 1, 0]], dtype=uint8)
        """
        array, is_bfloat16 = as_dense(scores)
        if array.dtype.kind != "f" or is_bfloat16 or array.ndim != 3:
            found = "bfloat16" if is_bfloat16 else str(array.dtype)
            raise RleError(
                f"scores are {found} of shape {array.shape}, expected floats of shape (n, h, w)"
            )
        given = as_boxes(boxes)
        if len(given) != len(array):
            raise RleError(f"there are {len(array)} grids of scores and {len(given)} boxes")
        if is_corners(format):
            given = np.hstack([given[:, :2], given[:, 2:] - given[:, :2]])
        grids = np.ascontiguousarray(array, np.float32)
        pixels = as_sizes(sizes, len(array))
        return cls._wrap(_core.paste(grids, given, pixels, float(threshold), threads))

    @classmethod
    @names_arguments
    def from_label_map(
        cls, labels: ArrayLike, *, background: int | None = 0, threads: int = 0
    ) -> tuple[RleArray, NDArray[Any]]:
        """One mask for every label of an image; each pixel is read once.

        Parameters
        ----------
        labels : array of int or bool, shape (h, w), or of uint8, shape (h, w, 3)
            In any memory order and with any strides. Three channels are red, green and blue of a
            panoptic PNG: the label is red + 256 green + 65536 blue.
        background : int, optional
            The label that gets no mask; None if all labels do.
        threads : int
            0 = as many as pay, 1 = none.

        Returns
        -------
        masks : RleArray
            n masks, each of size (h, w).
        ids : (n,) array
            Their labels, ascending, in the dtype of `labels` (uint8 for bool, uint32 for three
            channels).

        Raises
        ------
        TypeError
            For labels that are no integers.
        RleError
            For another shape, or labels beyond 64 signed bits.

        Examples
        --------
        >>> found = cocodec.RleArray.from_label_map(np.array([[0, 7], [7, 9]]))
        >>> found[0].area(), found[1]
        (array([2, 1]), array([7, 9]))
        """
        array = as_labels(labels)
        if background is not None and not -(2**63) <= background < 2**63:
            background = None  # no label is that
        runs, ids = _core.from_label_map(signed(array), background, threads)
        return cls._wrap(runs), ids.astype(np.uint32 if array.ndim == 3 else array.dtype)

    @classmethod
    @names_arguments
    def from_label_png(
        cls,
        png: bytes | bytearray | memoryview | str | os.PathLike[str],
        *,
        background: int | None = 0,
    ) -> tuple[RleArray, NDArray[np.int64]]:
        """One mask for every label of a PNG, without the image ever being made.

        Parameters
        ----------
        png : bytes or path
            Grey levels of 1 to 16 bits, indices of a palette, or red, green and blue, of which the
            label is red + 256 green + 65536 blue; alpha is not looked at. Not interlaced.
        background : int, optional
            The label that gets no mask; None if all labels do.

        Returns
        -------
        masks : RleArray
            n masks of the image's size.
        ids : (n,) array of int64
            Their labels, ascending.

        Raises
        ------
        DocumentError
            For what is no such PNG.
        RleError
            For interlaced images, colours of 16 bits and images of more pixels than the limit
            "pixels" (`cocodec.set_limits`).

        Examples
        --------
        >>> from cocodec import RleArray
        >>> masks = RleArray.from_boxes([[0, 0, 2, 2], [3, 1, 2, 2]], (4, 6))
        >>> again, ids = RleArray.from_label_png(masks.to_label_png([7, 300]))
        >>> again == masks, ids.tolist()
        (True, [7, 300])
        """
        if isinstance(png, (bytes, bytearray, memoryview)):
            content = bytes(png)
        else:
            with open(os.fspath(png), "rb") as stream:  # a number would be a descriptor
                content = stream.read()
        if background is not None and not -(2**63) <= background < 2**63:
            background = None  # no label is that
        runs, ids = _core.from_label_png(content, background)
        return cls._wrap(runs), ids

    @classmethod
    @names_arguments
    def from_arrow(cls, column: Any) -> RleArray:
        """Take a column of masks from pyarrow, polars, DuckDB or whoever else speaks Arrow.

        Parameters
        ----------
        column : object with ``__arrow_c_array__`` or ``__arrow_c_stream__``
            Structs of ``size``, a list of two integers (height, width), and ``counts``, the
            compressed counts as binary or text, in any of Arrow's layouts.

        Raises
        ------
        RleError
            For columns of other types, and naming the mask that is null or wrong.

        Examples
        --------
        >>> from cocodec.arrow import to_arrow
        >>> cocodec.RleArray.from_arrow(to_arrow(masks).storage) == masks
        True
        """
        if hasattr(column, "__arrow_c_array__"):
            return cls._wrap(_core.from_arrow_array(*column.__arrow_c_array__()))
        if hasattr(column, "__arrow_c_stream__"):
            return cls._wrap(_core.from_arrow_stream(column.__arrow_c_stream__()))
        raise TypeError(f"expected an Arrow column, not {type(column).__name__}")

    @classmethod
    @names_arguments
    def concatenate(cls, batches: Iterable[RleArray]) -> RleArray:
        """Join batches, in order.

        Examples
        --------
        >>> cocodec.RleArray.concatenate([masks, masks])
        <RleArray: 4 masks, 4x5, 12 runs>
        """
        return cls._wrap(_core.concatenate([_runs_of(batch) for batch in batches]))

    # ------------------------------------------------------------ flat arrays

    @property
    def counts(self) -> NDArray[np.uint32]:
        """Runs of all masks, shape (r,), read-only, not a copy.

        Examples
        --------
        >>> masks.counts
        array([ 5,  2, 13,  4,  4, 12], dtype=uint32)
        """
        return self._runs.counts

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Where each mask's runs start, shape (n + 1,), read-only, not a copy.

        Examples
        --------
        >>> masks.offsets
        array([0, 3, 6])
        """
        return self._runs.offsets

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Height and width of each mask in pixels, shape (n, 2), read-only, not a copy.

        Examples
        --------
        >>> masks.sizes
        array([[4, 5],
               [4, 5]])
        """
        return self._runs.sizes

    # ------------------------------------------------------------ a sequence of masks

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
        sizes = np.unique(self.sizes, axis=0)
        size = "x".join(map(str, sizes[0])) if len(sizes) == 1 else f"{len(sizes)} sizes"
        runs = how_many(len(self.counts), "run")
        return f"<RleArray: {how_many(len(self), 'mask')}, {size}, {runs}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return RleArray.from_runs, (self.counts, self.offsets, self.sizes)

    def __copy__(self) -> RleArray:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> RleArray:
        return self

    # ------------------------------------------------------------ ways out

    @names_arguments
    def decode(
        self,
        out: Any = None,
        *,
        layout: Layout = "NHW",
        dtype: DTypeLike = np.uint8,
        threads: int = 0,
    ) -> Any:
        """Decode to dense masks of 0 and 1.

        Parameters
        ----------
        out : array or tensor of bool, uint8 or int8, optional
            Written instead of a new array, and returned; any strides. A tensor of another library
            must lie on the host.
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

        Examples
        --------
        >>> masks.decode()[0]
        array([[0, 0, 0, 0, 0],
               [0, 1, 0, 0, 0],
               [0, 1, 0, 0, 0],
               [0, 0, 0, 0, 0]], dtype=uint8)
        """
        if out is None or isinstance(out, np.ndarray):
            return _core.decode(self._runs, out, layout, np.dtype(dtype), threads)
        _core.decode(self._runs, as_writable(out), layout, np.dtype(dtype), threads)
        return out

    @names_arguments
    def to_coco(self, counts: Counts = "str") -> list[dict[str, Any]]:
        """COCO's dicts ``{"size": [h, w], "counts": ...}``.

        Parameters
        ----------
        counts : {"str", "bytes", "list"}
            Compressed as str (for JSON) or as bytes (as pycocotools has it), or a list of int.

        Examples
        --------
        >>> masks.to_coco()
        [{'size': [4, 5], 'counts': '52='}, {'size': [4, 5], 'counts': '44<'}]
        """
        return _core.to_coco(self._runs, counts)

    @names_arguments
    def to_label_map(
        self,
        ids: ArrayLike | None = None,
        *,
        background: int = 0,
        overlap: Overlap = "last",
        dtype: DTypeLike | None = None,
        size: tuple[int, int] | None = None,
        threads: int = 0,
    ) -> NDArray[Any]:
        """One image whose pixels name the mask that covers them.

        Parameters
        ----------
        ids : (n,) array of int, optional
            The label of each mask; by default 1, 2, ..., n.
        background : int
            The label of pixels that no mask covers.
        overlap : {"last", "first", "error"}
            Which of several masks gets a pixel: the last one, as if they were painted in order,
            the first one, or none (an error says where).
        dtype : integer dtype, optional
            Of the result; by default that of `ids`, or int32. The byte order is the machine's.
        size : (int, int), optional
            Height and width in pixels; needed where there are no masks, else it must be theirs.
        threads : int
            0 = as many as pay, 1 = none.

        Returns
        -------
        (h, w) array, C order

        Raises
        ------
        RleError
            If the masks differ in size, a label does not fit the dtype, or masks overlap where
            they must not.

        Examples
        --------
        >>> masks.to_label_map([1, 2])
        array([[0, 2, 0, 0, 0],
               [0, 2, 0, 0, 0],
               [0, 2, 0, 0, 0],
               [0, 2, 0, 0, 0]])
        """
        n = len(self._runs)
        given = np.arange(1, n + 1, dtype=np.int32) if ids is None else np.asarray(ids)
        labels = as_integers(given, "ids")
        if labels.shape != (n,):
            raise RleError(f"ids have shape {labels.shape}, expected ({n},)")
        if dtype is None:  # an empty list is an array of floats
            dtype = given.dtype if n > 0 else np.int32
        out = allocate_map(map_shape(self._runs.sizes, size), label_dtype(dtype))
        labels = np.append(labels, as_integers(background, "background"))
        if out.dtype == np.uint64 and labels.min() < 0:
            raise RleError(f"label {labels.min()} does not fit uint64")
        _core.paint_labels(self._runs, labels, signed(out), overlap, threads)
        return out

    @names_arguments
    def to_label_png(
        self,
        ids: ArrayLike | None = None,
        *,
        background: int = 0,
        overlap: Overlap = "last",
        rgb: bool = False,
        size: tuple[int, int] | None = None,
        threads: int = 0,
    ) -> bytes:
        """Spell the label map as a PNG: the way back of `from_label_png`.

        Parameters
        ----------
        ids : (n,) array of int, optional
            The label of each mask, 0 to 2**24 - 1; by default 1, 2, ..., n.
        background, overlap, size, threads
            As for `to_label_map`.
        rgb : bool
            Store red + 256 green + 65536 blue, as panoptic PNGs have it. By default labels are grey
            levels of 8 or, above 255, 16 bits, and above 65535 colours.

        Raises
        ------
        RleError
            As for `to_label_map`; for labels out of range, and images without a pixel.

        Examples
        --------
        >>> masks.to_label_png()[1:4]
        b'PNG'
        """
        n = len(self._runs)
        labels = as_integers(np.arange(1, n + 1) if ids is None else ids, "ids")
        all_labels = np.append(labels, as_integers(background, "background"))
        if all_labels.min() < 0 or all_labels.max() >= 2**24:
            raise RleError(
                f"labels of a PNG lie in 0..16777215, not from {all_labels.min()} "
                f"to {all_labels.max()}"
            )
        in_colours = rgb or all_labels.max() > 0xFFFF
        grey = np.uint16 if all_labels.max() > 0xFF else np.uint8
        painted = self.to_label_map(
            labels,
            background=background,
            overlap=overlap,
            dtype=np.uint32 if in_colours else grey,
            size=size,
            threads=threads,
        )
        if in_colours:
            painted = painted.astype("<u4", copy=False).view(np.uint8)
            painted = painted.reshape(*painted.shape[:1], -1, 4)[:, :, :3]
        return _core.print_label_png(painted)

    @names_arguments
    def to_polygons(
        self,
        *,
        tolerance: float = 0.0,
        simplify: Simplify = "exact",
        holes: Holes = "bridge",
        connectivity: Literal[4, 8] = 4,
        min_area: float = 0.0,
        valid: Literal["coco", "ogc"] = "coco",
        threads: int = 0,
    ) -> list[list[Any]]:
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
        valid : {"coco", "ogc"}
            For whom: "ogc" gives what shapely and GEOS call valid, per part the points of its
            exterior ring and of its holes, as `to_geojson` has them; the options above it do not
            go with that, `min_area` aside.
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

        Examples
        --------
        >>> masks.to_polygons()[0]
        [[1, 1, 2, 1, 2, 3, 1, 3]]
        """
        options = as_trace_options(tolerance, simplify, holes, connectivity, min_area)
        if valid == "coco":
            return _core.to_polygons(self._runs, options, threads)
        if valid != "ogc":
            raise ValueError(f"valid is {valid!r}, expected 'coco' or 'ogc'")
        if (tolerance, simplify, holes, connectivity) != (0, "exact", "bridge", 4):
            raise ValueError('valid="ogc" goes with no other option but min_area')
        traced = self.trace(
            simplify="corners", holes="separate", min_area=min_area, threads=threads
        )
        return list(part_rings(traced))

    @names_arguments
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

        Examples
        --------
        >>> masks.trace()
        <Polygons: 2 masks, 2 rings, 8 points, 0 pixels differ>
        """
        options = as_trace_options(tolerance, simplify, holes, connectivity, min_area)
        lossless = tolerance == 0 and min_area == 0 and holes != "drop"  # by construction
        xy, rings, masks, is_hole, gained, lost, iou = _core.trace(
            self._runs, options, not lossless, threads
        )
        differ = gained.view(np.int64), lost.view(np.int64)
        return Polygons(xy, rings, masks, is_hole, *differ, iou, self._runs.sizes)

    @names_arguments
    def to_geojson(self, *, min_area: float = 0.0, threads: int = 0) -> list[dict[str, Any]]:
        """Trace the masks to GeoJSON geometries that shapely and GEOS call valid.

        Parameters
        ----------
        min_area : float
            Parts of fewer pixels are left out.
        threads : int
            0 = as many as pay, 1 = none.

        Returns
        -------
        list of dict
            Per mask a Polygon, or a MultiPolygon where it has no part or several. Rings are closed,
            in pixels, y points down; holes are interior rings; no ring touches itself; the area is
            the mask's pixels, exactly.

        Examples
        --------
        >>> from cocodec import RleArray
        >>> RleArray.from_boxes([[1, 1, 2, 1]], (3, 4)).to_geojson()[0]["coordinates"]
        [[[1.0, 1.0], [3.0, 1.0], [3.0, 2.0], [1.0, 2.0], [1.0, 1.0]]]
        """
        traced = self.trace(
            simplify="corners", holes="separate", min_area=min_area, threads=threads
        )
        return [geometry_of(parts) for parts in part_rings(traced)]

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """All masks as a GeoJSON GeometryCollection: what shapely's ``shape`` takes."""
        return {"type": "GeometryCollection", "geometries": self.to_geojson()}

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        """Arrow's protocol: capsules of structs of size and compressed counts, `cocodec.rle`."""
        return _core.to_arrow(self._runs)

    # ------------------------------------------------------------ to look at

    @names_arguments
    def overlay(
        self,
        image: Any = None,
        *,
        colors: ArrayLike | None = None,
        alpha: float = 0.5,
        edges: bool = True,
        hatched: ArrayLike | None = None,
    ) -> Any:
        """Paint the masks over an image, in their order, run by run.

        Parameters
        ----------
        image : (h, w) or (h, w, 3) array of uint8, or PIL image, optional
            Left as it is. Without one the ground is grey.
        colors : (n, 3) or (3,) array of int, optional
            Red, green and blue, 0 to 255; by default a colour of its own for each mask.
        alpha : float
            How much the colour counts inside: 0 to 1.
        edges : bool
            Whether pixels that have others beside them which are not of the mask get the full
            colour.
        hatched : (n,) array of bool, or bool
            Masks of which only every second diagonal stripe is painted, as crowds are.

        Returns
        -------
        (h, w, 3) array of uint8, or PIL image if `image` is one

        Raises
        ------
        RleError
            If a mask is not of the image's size, or without an image, if they are of several.

        Examples
        --------
        >>> from cocodec import RleArray
        >>> RleArray.from_boxes([[1, 0, 2, 1]], (2, 4)).overlay(colors=(255, 0, 0))[0].tolist()
        [[128, 128, 128], [255, 0, 0], [255, 0, 0], [128, 128, 128]]
        """
        return overlaid(self, image, colors=colors, alpha=alpha, edges=edges, hatched=hatched)

    def _repr_png_(self) -> bytes | None:
        """Return a picture for notebooks; None if the masks are of several sizes, or too large."""
        return preview(self)

    def _repr_html_(self) -> str:
        """Return what `repr` says, and a picture, for notebooks."""
        from base64 import b64encode
        from html import escape

        said = escape(repr(self))
        png = preview(self)
        if png is None:
            return f"<code>{said}</code>"
        data = b64encode(png).decode()
        return f'<code>{said}</code><br><img alt="{said}" src="data:image/png;base64,{data}">'

    # ------------------------------------------------------------ measures

    def area(self) -> NDArray[np.int64]:
        """Foreground pixels of each mask, shape (n,).

        Examples
        --------
        >>> masks.area()
        array([2, 4])
        """
        # Not uint64: that wraps in np.diff, and torch cannot compare it. 2**63 pixels would take
        # two thousand million runs.
        return _core.area(self._runs).view(np.int64)

    @names_arguments
    def bbox(self, *, format: BoxFormat = "xywh") -> NDArray[np.float64]:
        """The box around each mask in pixels, shape (n, 4); zeros for an empty mask.

        Parameters
        ----------
        format : {"xywh", "xyxy"}
            x, y, width, height as COCO has them, or the corners x1, y1, x2, y2.

        Examples
        --------
        >>> masks.bbox()
        array([[1., 1., 1., 2.],
               [1., 0., 1., 4.]])
        """
        boxes = _core.bbox(self._runs)
        if is_corners(format):
            boxes[:, 2:] += boxes[:, :2]
        return boxes

    @names_arguments
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

        Examples
        --------
        >>> masks.iou(masks)
        array([[1. , 0.5],
               [0.5, 1. ]])
        """
        truth = _runs_of(other)
        crowd = None if iscrowd is None else as_flags(iscrowd, len(truth), "iscrowd")
        return _core.iou(self._runs, truth, crowd, threads)

    # ------------------------------------------------------------ set operations

    @names_arguments
    def union(
        self,
        other: RleArray | None = None,
        *,
        groups: ArrayLike | None = None,
        threads: int = 0,
    ) -> RleArray:
        """Unite each mask with one of `other`, or masks of this batch with each other.

        Parameters
        ----------
        other : RleArray, optional
            As many masks, or one: the result has as many as the longer batch, as ``a | b`` has.
        groups : (n,) array of int, optional
            Without `other`: masks with the same number are united, and the results come in
            ascending order of the numbers. By default all masks are one group; an empty batch stays
            empty.
        threads : int
            0 = as many as pay, 1 = none.

        Raises
        ------
        RleError
            If masks that are united differ in size.

        Examples
        --------
        >>> from cocodec import RleArray
        >>> masks = RleArray.from_boxes([[0, 0, 2, 2], [1, 1, 2, 2]], (4, 4))
        >>> masks.union().area()
        array([7])
        >>> masks[0].union(masks).area()
        array([4, 7])
        """
        return self._united("union", other, groups, threads)

    @names_arguments
    def intersection(
        self,
        other: RleArray | None = None,
        *,
        groups: ArrayLike | None = None,
        threads: int = 0,
    ) -> RleArray:
        """Intersect masks; arguments as for `union`.

        Examples
        --------
        >>> masks.intersection()
        <RleArray: 1 mask, 4x5, 3 runs>
        """
        return self._united("intersection", other, groups, threads)

    @names_arguments
    def difference(self, other: RleArray) -> RleArray:
        """Pixels of each mask that are not in the mask of `other` (equal length, or length 1).

        Examples
        --------
        >>> masks.difference(masks).area()
        array([0, 0])
        """
        return self._pairwise(other, "difference")

    @names_arguments
    def symmetric_difference(self, other: RleArray) -> RleArray:
        """Pixels that are in exactly one of the two masks (lengths as for `difference`).

        Examples
        --------
        >>> masks.symmetric_difference(masks).area()
        array([0, 0])
        """
        return self._pairwise(other, "symmetric_difference")

    def complement(self) -> RleArray:
        """Foreground and background exchanged.

        Examples
        --------
        >>> masks.complement().area()
        array([18, 16])
        """
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

    def _united(
        self, operation: str, other: RleArray | None, groups: ArrayLike | None, threads: int
    ) -> RleArray:
        if other is None:
            members, offsets = as_groups(groups, len(self))
            return self._wrap(_core.combine(self._runs, members, offsets, operation, threads))
        if not isinstance(other, RleArray):
            raise TypeError(
                f"{operation} takes an RleArray, not {type(other).__name__}; "
                "the numbers of groups are given as groups="
            )
        if groups is not None:
            raise TypeError(f"{operation} takes another batch or groups, not both")
        return self._pairwise(other, operation)

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
    largest_inner_rectangle = operations.largest_inner_rectangle
    warp_affine = operations.warp_affine
    # Who overlaps with whom: `cocodec.masks.overlaps`.
    overlap = overlaps.overlap
    nms = overlaps.nms
    soft_nms = overlaps.soft_nms
    merge_nms = overlaps.merge_nms


def _is_list_of(values: Any, kinds: tuple[type, ...]) -> bool:
    return isinstance(values, (list, tuple)) and len(values) > 0 and isinstance(values[0], kinds)


def _runs_of(batch: RleArray) -> _core.Runs:
    if not isinstance(batch, RleArray):
        raise TypeError(f"expected an RleArray, not {type(batch).__name__}")
    return batch._runs
