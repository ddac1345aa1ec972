"""What users pass, as the arrays that the core reads: sizes, boxes, runs, indices, groups.

Each function takes anything array-like and either gives an array of the right dtype and shape, or
says what is wrong with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import cocodec._core as _core
from cocodec.errors import RleError

__all__ = [
    "as_boxes",
    "as_choice",
    "as_dense",
    "as_flags",
    "as_groups",
    "as_indices",
    "as_integers",
    "as_runs",
    "as_sizes",
    "as_threshold",
    "as_writable",
    "is_corners",
]

_MAX_INT64 = np.iinfo(np.int64).max


def as_dense(masks: Any) -> tuple[NDArray[Any], bool]:
    """The memory of dense masks as an array, and whether that holds the bits of bfloat16.

    Anything that numpy reads (arrays, buffers, ``__array_interface__``, nested lists) and any
    producer of DLPack (torch, jax, ...) on the host. Of bfloat16, which numpy lacks, the array
    holds the bits as uint16.
    """
    if type(masks) is np.ndarray and masks.dtype.kind != "V":  # nothing else to ask for
        return masks, False
    if not isinstance(masks, np.ndarray) and hasattr(masks, "__dlpack__"):
        return _core.from_dlpack(masks)
    if hasattr(masks, "__cuda_array_interface__"):
        raise TypeError("masks lie on a GPU; copy them to the host first, with .cpu() or .get()")
    array = np.asarray(masks)
    if array.dtype.name == "bfloat16":  # of ml_dtypes
        return array.view(np.uint16), True
    return array, False


def as_writable(out: Any) -> NDArray[Any]:
    """The memory of a tensor on the host as an array that can be written; no copy."""
    array = np.asarray(out)
    if not np.shares_memory(array, np.asarray(out)):
        raise TypeError(
            f"out, a {type(out).__name__}, gives numpy a copy of its memory: pass a numpy array, "
            "or a tensor that lies on the host and needs no gradient"
        )
    return array


def as_choice(value: Any, what: str, choices: tuple[str, ...]) -> str:
    """One of several names."""
    if isinstance(value, str) and value in choices:
        return value
    names = " or ".join(f'"{choice}"' for choice in choices)
    raise ValueError(f"{what} is {value!r}; it must be {names}")


def is_corners(format: str) -> bool:
    """Whether boxes are corners; a format that is not known is refused."""
    if format not in ("xywh", "xyxy"):
        raise ValueError(f"format is {format!r}, expected 'xywh' or 'xyxy'")
    return format == "xyxy"


def as_threshold(threshold: float) -> float:
    """A number that scores can lie above."""
    value = float(threshold)
    if value != value:
        raise ValueError("threshold is NaN; no score lies above it")
    return value


def as_integers(values: ArrayLike, what: str) -> NDArray[np.int64]:
    """An int64 array; anything but integers is refused."""
    array = np.asarray(values)
    if array.dtype.kind in "iu":
        if array.dtype == np.uint64 and (array > _MAX_INT64).any():
            raise RleError(f"{what} must fit 64 signed bits, {array.max()} does not")
        return array.astype(np.int64)
    if array.size == 0 and array.dtype.kind == "f":  # what numpy makes of an empty list
        return np.zeros(array.shape, np.int64)
    raise TypeError(f"{what} must be integers, not {array.dtype}")


def as_runs(counts: ArrayLike) -> NDArray[np.uint32]:
    """A uint32 array; a run that does not fit is named."""
    array = np.asarray(counts)
    if array.dtype == np.uint32 and array.ndim == 1:
        return array
    if array.ndim != 1:
        raise RleError(f"counts must be one-dimensional, not of shape {array.shape}")
    if array.dtype.kind not in "iu" and array.size > 0:
        raise TypeError(f"counts must be integers, not {array.dtype}")
    outside = np.flatnonzero((array < 0) | (array > 0xFFFFFFFF))
    if len(outside) > 0:
        index = int(outside[0])
        raise RleError(f"run {index} is {array[index]}; runs lie in 0..4294967295")
    return array.astype(np.uint32)


def as_sizes(sizes: ArrayLike, n: int) -> NDArray[np.int64]:
    """The (n, 2) array of heights and widths; one pair serves all."""
    array = as_integers(sizes, "sizes")
    if array.shape == (2,):
        return np.tile(array, (n, 1))
    if array.shape == (n, 2) or (n == 0 and array.size == 0):
        return array.reshape(n, 2)
    raise RleError(f"sizes have shape {array.shape}, expected (2,) or ({n}, 2)")


def as_boxes(boxes: ArrayLike) -> NDArray[np.float64]:
    """The (n, 4) array of x, y, width, height."""
    array = np.asarray(boxes)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"boxes must be numbers, not {array.dtype}")
    array = array.astype(np.float64)
    if array.size == 0:
        return array.reshape(0, 4)
    if array.ndim != 2 or array.shape[1] != 4:
        raise RleError(f"boxes have shape {array.shape}, expected (n, 4): x, y, width, height")
    return array


def as_indices(key: Any, n: int) -> NDArray[np.int64]:
    """Positions from an integer, an integer array or a boolean array; negative ones count back."""
    if isinstance(key, tuple):
        raise TypeError("a batch has one axis; index it with one integer, slice or array")
    array = np.asarray(key)
    if array.dtype.kind == "b":
        if array.shape != (n,):
            raise IndexError(f"boolean index has shape {array.shape}, expected ({n},)")
        return np.flatnonzero(array)
    if array.dtype.kind not in "iu" and not (array.size == 0 and array.dtype.kind == "f"):
        raise TypeError(f"masks are indexed by integers, slices and arrays, not by {array.dtype}")
    if array.ndim > 1:
        raise IndexError(f"index has {array.ndim} dimensions, expected at most 1")
    array = np.atleast_1d(array)
    outside = (array < -n) | (array >= n)
    if outside.any():
        raise IndexError(f"index {array[outside][0]} is out of range for {n} masks")
    indices = array.astype(np.int64)
    return np.where(indices < 0, indices + n, indices)


def as_flags(flags: ArrayLike, n: int, what: str) -> NDArray[np.uint8]:
    """An (n,) array of 0 and 1 from booleans or numbers; all but zero is 1."""
    array = np.asarray(flags)
    if array.size == 0:
        array = array.astype(bool)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{what} must be booleans or numbers, not {array.dtype}")
    if array.shape != (n,):
        raise RleError(f"{what} has shape {array.shape}, expected ({n},)")
    return np.asarray(array != 0, dtype=np.uint8)


def as_groups(groups: ArrayLike | None, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Members in group order, and where each group starts."""
    if groups is None:
        return np.arange(n), np.array([0, n] if n > 0 else [0])
    numbers = as_integers(groups, "groups")
    if numbers.shape != (n,):
        raise RleError(f"groups have shape {numbers.shape}, expected ({n},)")
    members = np.argsort(numbers, kind="stable")
    starts = np.flatnonzero(np.diff(numbers[members])) + 1
    offsets = np.concatenate([[0], starts, [n]] if n > 0 else [[0]])
    return members.astype(np.int64), offsets.astype(np.int64)
