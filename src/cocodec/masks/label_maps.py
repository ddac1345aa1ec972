"""Label maps, images whose pixels name their object: what may be one, and what is made of masks.

The methods that read and paint them are `RleArray.from_label_map` and `RleArray.to_label_map`.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from cocodec.errors import RleError

__all__ = ["Overlap", "allocate_map", "as_labels", "label_dtype", "map_shape", "signed"]

Overlap: TypeAlias = Literal["last", "first", "error"]

_MAX_SIDE = 2**32 - 1


def as_labels(labels: ArrayLike) -> NDArray[Any]:
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


def signed(array: NDArray[Any]) -> NDArray[Any]:
    """Unsigned 64 bits, none of them beyond 63, as what they are to the core."""
    return array.view(np.int64) if array.dtype == np.uint64 else array


def label_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """Return a dtype for labels, in the machine's byte order; what is no integer is refused."""
    kind = np.dtype(dtype)
    if kind.kind not in "iu":
        raise TypeError(f"labels are integers, not {kind}")
    return kind.newbyteorder("=")


def allocate_map(shape: tuple[int, int], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return an array for a map, not filled; sizes beyond any memory are refused before."""
    if shape[0] * shape[1] > np.iinfo(np.intp).max // dtype.itemsize:
        raise MemoryError(f"a map of size {list(shape)} is beyond any memory")
    return np.empty(shape, dtype)


def map_shape(sizes: NDArray[np.int64], size: tuple[int, int] | None) -> tuple[int, int]:
    """Return height and width of the map of masks of these sizes; `size` where there are none."""
    if size is None:
        if len(sizes) == 0:
            raise RleError("there is no mask to tell the size of the map; give it as size=")
        return int(sizes[0, 0]), int(sizes[0, 1])
    height, width = size
    if not (0 <= height <= _MAX_SIDE and 0 <= width <= _MAX_SIDE):
        raise RleError(f"size is [{height}, {width}]; sides lie in 0..4294967295")
    return int(height), int(width)
