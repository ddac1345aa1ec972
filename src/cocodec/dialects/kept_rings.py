"""Rings that stay the bytes that they are: nobody decodes them unless their numbers are asked for.

Most of a file of annotations is coordinates, and most of these pass through a conversion as they
came. A ring that is plain (see `plain_rings` of the core) is therefore a tuple that says where it
lies, in the place of a list of numbers: JSON has no tuples, so nothing else is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.json_values import JsonKind
from cocodec.documents.places import Places, decode_value
from cocodec.documents.table import Table

__all__ = ["KeptRing", "Texts", "are_kept", "is_kept"]

# Its text's number, where it begins and ends there, the sum of its numbers, and its habit.
KeptRing: TypeAlias = "tuple[int, int, int, float, int]"

_CHUNK = 4096  # rows that are decoded in one go
_MARKS = b"[,0]"  # what stands between the pieces of rows, and for the rings left out
_INTEGERS, _SPACED, _DECIMALS = 1, 2, 2  # flags of a habit, and the bits to its decimals
_SPACE = b" \t\r\n"


def is_kept(ring: Any) -> bool:
    """Whether a ring is a place in a text."""
    return type(ring) is tuple


def are_kept(segmentation: Any) -> bool:
    """Whether a segmentation is kept rings: all of them are, or none."""
    return type(segmentation) is list and bool(segmentation) and type(segmentation[0]) is tuple


class Texts:
    """The texts that kept rings lie in."""

    def __init__(self) -> None:
        self._texts: list[Any] = []
        self._numbers: dict[int, int] = {}

    def _number(self, text: Any) -> int:
        if id(text) not in self._numbers:
            self._numbers[id(text)] = len(self._texts)
            self._texts.append(text)
        return self._numbers[id(text)]

    def text(self, ring: KeptRing) -> bytes:
        """The JSON of a ring, without white space."""
        number, begin, end, _, habit = ring
        found = bytes(self._texts[number][begin:end])
        return found.translate(None, _SPACE) if habit & _SPACED else found

    def numbers(self, ring: KeptRing) -> list[float]:
        """Decode a ring."""
        number, begin, end, _, _ = ring
        decoded: list[float] = msgspec.json.decode(memoryview(self._texts[number])[begin:end])
        return decoded

    def plain(self, value: Any) -> Any:
        """A segmentation with its rings as lists of numbers."""
        if is_kept(value):
            return self.numbers(value)
        return [self.numbers(ring) for ring in value] if are_kept(value) else value

    def printed(self, value: Any) -> Any:
        """A segmentation as msgspec prints it."""
        if is_kept(value):
            return msgspec.Raw(self.text(value))
        if are_kept(value):
            return [msgspec.Raw(self.text(ring)) for ring in value]
        return value

    def points(self, rings: Sequence[Any]) -> list[NDArray[np.float64]]:
        """The points of rings, kept or not, each of shape (n, 2)."""
        kept = [i for i, ring in enumerate(rings) if is_kept(ring)]
        if not kept:
            return [np.asarray(ring, np.float64).reshape(-1, 2) for ring in rings]
        which = np.array([rings[i][0] for i in kept], np.int32)
        spans = np.array([rings[i][1:3] for i in kept], np.int64)
        rows = _core.Rows(self._texts, which, spans)
        values, lists, _, _ = _core.read_numbers(rows, 1)
        found = np.split(values, lists[1:-1])
        out = [None if is_kept(r) else np.asarray(r, np.float64).reshape(-1, 2) for r in rings]
        for i, numbers in zip(kept, found, strict=True):
            out[i] = numbers.reshape(-1, 2)
        return out  # type: ignore[return-value]

    def has_decimals(self, ring: KeptRing, most: int) -> bool:
        """Whether all numbers of a ring have a point, and no more than so many digits behind it."""
        return not ring[4] & _INTEGERS and ring[4] >> _DECIMALS <= most

    def read(self, table: Table, rows: range) -> list[Any]:
        """Decode rows of a table, with their plain rings kept."""
        out: list[Any] = []
        for first in range(rows.start, rows.stop, _CHUNK):
            out += self._chunk(table.places(slice(first, min(first + _CHUNK, rows.stop))))
        return out

    def _chunk(self, places: Places) -> list[Any]:
        kinds, spans = _core.find_values(places.rows(), ["segmentation"])
        listed = np.flatnonzero(kinds[0] == JsonKind.LIST)
        values = Places(places.texts, places.which[listed], spans[0][listed])
        shapes, offsets, sums, rings, habits = _core.plain_rings(values.rows())
        good = np.flatnonzero(shapes)
        rows: list[Any] = decode_value(
            _core.gather(_without(places, listed[good], values.spans[good]).rows())
        )
        flags = habits[:, 1] * _INTEGERS + habits[:, 2] * _SPACED
        flags += habits[:, 0] << _DECIMALS
        ends, flat = rings.tolist(), flags.tolist()
        numbers = [self._number(text) for text in places.texts]
        chosen = (listed[good], values.which[good], shapes[good], sums[good])
        begins, stops = offsets[:-1][good].tolist(), offsets[1:][good].tolist()
        for row, which, shape, total, a, b in zip(
            *(column.tolist() for column in chosen), begins, stops, strict=True
        ):
            kept = [(numbers[which], *ends[k], total, flat[k]) for k in range(a, b)]
            rows[row]["segmentation"] = kept if shape == 1 else kept[0]
        return rows


def _without(places: Places, rows: NDArray[np.int64], spans: NDArray[np.int64]) -> Places:
    """The pieces of a list of records, with 0 in the place of some values in them."""
    count, marks = len(places), len(places.texts)
    which = np.full((count, 4), marks, np.int32)  # mark, before the value, 0, behind it
    where = np.zeros((count, 4, 2), np.int64)
    where[:, 0] = (1, 2)
    where[0, 0] = (0, 1)
    which[:, 1] = places.which
    where[:, 1] = places.spans
    which[rows, 3] = places.which[rows]
    where[rows, 3, 0], where[rows, 3, 1] = spans[:, 1], places.spans[rows, 1]
    where[rows, 1, 1] = spans[:, 0]
    where[rows, 2] = (2, 3)
    end = np.array([[3, 4]])
    return Places(
        [*places.texts, _MARKS],
        np.append(which.ravel(), np.int32(marks)),
        np.concatenate([where.reshape(-1, 2), end]),
    )
