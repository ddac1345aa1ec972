"""Values of annotations -> arrays of numbers; what is no number is named, with its row."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.errors import DocumentError
from cocodec.evaluation.annotations import ColumnValues

__all__ = [
    "ROWS",
    "Floats",
    "RowError",
    "as_boxes",
    "as_flags",
    "as_floats",
    "as_keypoints",
    "as_labelled_keypoints",
    "require_all",
]

Floats = NDArray[np.float64]


class RowError(DocumentError):
    """A row that cannot be read; whoever knows the file and the ids says which it is."""

    def __init__(self, row: int, what: str) -> None:
        super().__init__(what, row=row)


ROWS = (list, tuple, np.ndarray)  # what holds several numbers


def as_flags(values: ColumnValues) -> NDArray[np.uint8]:
    """0 for what is missing or false in any spelling, otherwise 1."""
    if isinstance(values, np.ndarray) and values.ndim == 1:
        return np.asarray(values != 0, np.uint8)
    return np.array([v not in (None, 0, "", "0", "false", "False") for v in values], np.uint8)


def require_all(present: Iterable[Any], what: str) -> None:
    """Raise an error that names the first row without something; `present` says who has it."""
    for row, is_there in enumerate(present):
        if not is_there:
            raise RowError(row, f"has no {what}")


def as_floats(values: ColumnValues, what: str) -> Floats:
    """Return numbers, one a row, as float64; an error names the row that has another value."""
    try:
        if not {str, bytes, bool, np.bool_}.isdisjoint(_types(values)):
            raise TypeError("numpy would make numbers of these")
        return np.array(values, np.float64).reshape(len(values))
    except (TypeError, ValueError):
        bad = next((row for row, value in enumerate(values) if not _is_number(value)), 0)
        raise RowError(bad, f"has {_shown(values[bad])} for {what}, expected a number") from None


def _types(values: ColumnValues) -> set[Any]:
    return {values.dtype.type} if isinstance(values, np.ndarray) else set(map(type, values))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _as_rows(values: ColumnValues, width: int, what: str) -> Floats:
    """Lists of `width` numbers each, as an array."""
    if isinstance(values, np.ndarray) and values.shape == (len(values), width):
        return np.asarray(values, np.float64)
    for row, value in enumerate(values):
        if value is not None and not isinstance(value, ROWS):
            raise RowError(row, f"has {_shown(value)} for {what}, expected {width} numbers")
        if value is None or len(value) != width:
            found = "no" if value is None else str(len(value))
            raise RowError(row, f"has {found} numbers for {what}, expected {width}")
    flat = list(chain.from_iterable(values))
    try:
        if str in _types(flat):
            raise TypeError("numpy would make numbers of these")
        array = np.fromiter(flat, np.float64, len(flat))
    except (TypeError, ValueError):
        bad = next(i for i, number in enumerate(flat) if not _is_number(number))
        raise RowError(bad // width, f"has {_shown(flat[bad])} in {what}") from None
    return array.reshape(len(values), width)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def as_boxes(values: ColumnValues) -> Floats:
    """Return rows of four numbers, shape (n, 4)."""
    return _as_rows(values, 4, "bbox")


def as_labelled_keypoints(values: ColumnValues, count: int) -> Floats:
    """Return rows of `count` triples; an empty list, as pycocotools has it, labels none."""
    if isinstance(values, np.ndarray) and values.shape == (len(values), 3 * count):
        return as_keypoints(values, count)
    none = [0.0] * (3 * count)
    filled = [none if isinstance(value, ROWS) and len(value) == 0 else value for value in values]
    return as_keypoints(filled, count)


def as_keypoints(values: ColumnValues, count: int) -> Floats:
    """Return rows of `count` triples, shape (n, 3 count)."""
    try:
        return _as_rows(values, 3 * count, f"{count} keypoints")
    except RowError as error:
        row = error.row or 0
        value = values[row]
        points, rest = divmod(len(value), 3) if isinstance(value, ROWS) else (0, 0)
        if rest or points in (0, count):
            raise
        reason = (
            f"has {points} keypoints ({3 * points} numbers), and there are {count} sigmas, as COCO "
            f"has them unless they are given: --sigmas S,S,..., or sigmas=, with {points}"
        )
        raise RowError(row, reason) from None
