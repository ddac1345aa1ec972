"""Label maps: one image whose pixels name their object <-> one mask per object.

What `RleArray` inherits: the arguments are checked and shaped here, the work is done in
``cocodec._core``.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

import cocodec._core as _core
from cocodec.errors import RleError
from cocodec.masks.arguments import as_integers

__all__ = ["LabelMaps", "Overlap"]

Overlap: TypeAlias = Literal["last", "first", "error"]
Self = TypeVar("Self", bound="LabelMaps")

_MAX_SIDE = 2**32 - 1


class LabelMaps:
    """The way of a batch of masks from a label map, and to one."""

    __slots__ = ()

    _runs: _core.Runs

    @classmethod
    def _wrap(cls: type[Self], runs: _core.Runs) -> Self:
        raise NotImplementedError

    @classmethod
    def from_label_map(
        cls: type[Self], labels: ArrayLike, *, background: int | None = 0, threads: int = 0
    ) -> tuple[Self, NDArray[Any]]:
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
        """
        array = _as_labels(labels)
        if background is not None and not -(2**63) <= background < 2**63:
            background = None  # no label is that
        runs, ids = _core.from_label_map(_signed(array), background, threads)
        return cls._wrap(runs), ids.astype(np.uint32 if array.ndim == 3 else array.dtype)

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
        """
        n = len(self._runs)
        given = np.arange(1, n + 1, dtype=np.int32) if ids is None else np.asarray(ids)
        labels = as_integers(given, "ids")
        if labels.shape != (n,):
            raise RleError(f"ids have shape {labels.shape}, expected ({n},)")
        if dtype is None:  # an empty list is an array of floats
            dtype = given.dtype if n > 0 else np.int32
        out = _allocate(self._shape(size), _label_dtype(dtype))
        labels = np.append(labels, as_integers(background, "background"))
        if out.dtype == np.uint64 and labels.min() < 0:
            raise RleError(f"label {labels.min()} does not fit uint64")
        _core.paint_labels(self._runs, labels, _signed(out), overlap, threads)
        return out

    def _shape(self, size: tuple[int, int] | None) -> tuple[int, int]:
        sizes = self._runs.sizes
        if size is None:
            if len(sizes) == 0:
                raise RleError("there is no mask to tell the size of the map; give it as size=")
            return int(sizes[0, 0]), int(sizes[0, 1])
        height, width = size
        if not (0 <= height <= _MAX_SIDE and 0 <= width <= _MAX_SIDE):
            raise RleError(f"size is [{height}, {width}]; sides lie in 0..4294967295")
        return int(height), int(width)


def _as_labels(labels: ArrayLike) -> NDArray[Any]:
    """What the core reads: integers of at most 64 signed bits in the machine's byte order."""
    array = np.asarray(labels)
    if array.dtype.kind not in "biu":
        raise TypeError(f"labels must be integers, not {array.dtype}")
    if array.ndim != 2 and not (array.ndim == 3 and array.shape[2] == 3):
        raise RleError(f"a label map has shape (h, w) or (h, w, 3), not {array.shape}")
    if array.ndim == 3 and array.dtype != np.uint8:
        raise TypeError(f"red, green and blue must be uint8, not {array.dtype}")
    if array.dtype == bool:
        array = array.view(np.uint8)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype == np.uint64 and array.size > 0 and int(array.max()) >= 2**63:
        raise RleError(f"labels must fit 64 signed bits, {array.max()} does not")
    return array


def _signed(array: NDArray[Any]) -> NDArray[Any]:
    """Unsigned 64 bits, none of them beyond 63, as what they are to the core."""
    return array.view(np.int64) if array.dtype == np.uint64 else array


def _label_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    kind = np.dtype(dtype)
    if kind.kind not in "iu":
        raise TypeError(f"labels are integers, not {kind}")
    return kind.newbyteorder("=")


def _allocate(shape: tuple[int, int], dtype: np.dtype[Any]) -> NDArray[Any]:
    if shape[0] * shape[1] > np.iinfo(np.intp).max // dtype.itemsize:
        raise MemoryError(f"a map of size {list(shape)} is beyond any memory")
    return np.empty(shape, dtype)
