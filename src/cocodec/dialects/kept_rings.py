"""Numbers that stay the bytes that they are: nobody decodes them unless they are asked for.

Most of a file of annotations is coordinates and counts, and most of these pass through a conversion
as they came. A ring that is plain (see `plain_rings` of the core), and a list of whole counts, is
therefore a `Kept`, which says where it lies, in the place of a list of numbers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.json_values import JsonKind
from cocodec.documents.places import Places, decode_value
from cocodec.documents.table import Table

__all__ = ["Kept", "Texts", "are_kept", "is_kept"]

_CHUNK = 4096  # rows that are decoded in one go
_MARKS = b"[,0]"  # what stands between the pieces of rows, and for the rings left out
_INTEGERS, _SPACED, _DECIMALS = 1, 2, 2  # flags of a habit, and the bits to its decimals
_WHOLE = 2  # how `read_numbers` calls whole numbers without a point
_SPACE = b" \t\r\n"


class Kept(int):
    """A list of numbers that is not decoded: its number in `Texts`.

    As small as can be, for there is one for every ring of a file. No printer takes it by mistake.
    """

    __slots__ = ()


def is_kept(ring: Any) -> bool:
    """Whether a ring, or the counts of an RLE, are a place in a text."""
    return type(ring) is Kept


def are_kept(segmentation: Any) -> bool:
    """Whether a segmentation is kept rings: all of them are, or none."""
    return type(segmentation) is list and bool(segmentation) and type(segmentation[0]) is Kept


def _has_kept_counts(segmentation: Any) -> bool:
    return type(segmentation) is dict and type(segmentation.get("counts")) is Kept


class Texts:
    """The texts that kept lists lie in, and where."""

    def __init__(self) -> None:
        self._texts: list[Any] = []
        self._numbers: dict[int, int] = {}
        # Of each kept list its text, where it begins and ends there, its sum, and its habit.
        self._which, self._habits = array("i"), array("B")
        self._begins, self._ends, self._sums = array("q"), array("q"), array("d")

    def _number(self, text: Any) -> int:
        if id(text) not in self._numbers:
            self._numbers[id(text)] = len(self._texts)
            self._texts.append(text)
        return self._numbers[id(text)]

    def text(self, ring: Kept) -> bytes:
        """The JSON of a kept list, without white space."""
        found = bytes(self._text_of(ring))
        return found.translate(None, _SPACE) if self._habits[ring] & _SPACED else found

    def _text_of(self, ring: Kept) -> memoryview:
        text = memoryview(self._texts[self._which[ring]])
        return text[self._begins[ring] : self._ends[ring]]

    def numbers(self, ring: Kept) -> list[float]:
        """Decode a kept list."""
        decoded: list[float] = msgspec.json.decode(self._text_of(ring))
        return decoded

    def keep(self, lists: Iterable[Sequence[Any]]) -> list[Kept]:
        """Keep lists of numbers that were made, as they are printed: a fifth of what they take."""
        text, ends = bytearray(), [0]
        for one in lists:
            text += msgspec.json.encode(one)
            ends.append(len(text))
        spans = np.stack([ends[:-1], ends[1:]], axis=1).astype(np.int64)
        count = len(spans)
        flags = np.full(count, _INTEGERS, np.uint8)  # or so: nobody looked
        return self._keep([bytes(text)], np.zeros(count, np.int64), spans, np.zeros(count), flags)

    def sum(self, ring: Kept) -> float:
        """The sum of a ring's numbers, as far as doubles say it; of counts, 0."""
        return self._sums[ring]

    def plain(self, value: Any) -> Any:
        """A segmentation with its rings or counts as lists of numbers."""
        if is_kept(value):
            return self.numbers(value)
        if are_kept(value):
            return [self.numbers(ring) for ring in value]
        if _has_kept_counts(value):
            return {**value, "counts": self.numbers(value["counts"])}
        return value

    def printed(self, value: Any) -> Any:
        """A segmentation as msgspec prints it."""
        if is_kept(value):
            return msgspec.Raw(self.text(value))
        if are_kept(value):
            return [msgspec.Raw(self.text(ring)) for ring in value]
        if _has_kept_counts(value):
            return {**value, "counts": msgspec.Raw(self.text(value["counts"]))}
        return value

    def points(self, rings: Sequence[Any]) -> list[NDArray[np.float64]]:
        """The points of rings, kept or not, each of shape (n, 2)."""
        kept = [i for i, ring in enumerate(rings) if is_kept(ring)]
        if not kept:
            return [np.asarray(ring, np.float64).reshape(-1, 2) for ring in rings]
        chosen = [rings[i] for i in kept]
        which = np.array([self._which[ring] for ring in chosen], np.int32)
        spans = np.array([(self._begins[ring], self._ends[ring]) for ring in chosen], np.int64)
        rows = _core.Rows(self._texts, which, spans)
        values, lists, _, _ = _core.read_numbers(rows, 1)
        found = np.split(values, lists[1:-1])
        out = [None if is_kept(r) else np.asarray(r, np.float64).reshape(-1, 2) for r in rings]
        for i, numbers in zip(kept, found, strict=True):
            out[i] = numbers.reshape(-1, 2)
        return out  # type: ignore[return-value]

    def has_decimals(self, ring: Kept, most: int) -> bool:
        """Whether all numbers of a ring have a point, and no more than so many digits behind it."""
        habit = self._habits[ring]
        return not habit & _INTEGERS and habit >> _DECIMALS <= most

    def read(self, table: Table, rows: range) -> list[Any]:
        """Decode rows of a table, but for plain rings and whole counts."""
        out: list[Any] = []
        for first in range(rows.start, rows.stop, _CHUNK):
            out += self._chunk(table.places(slice(first, min(first + _CHUNK, rows.stop))))
        return out

    def _chunk(self, places: Places) -> list[Any]:
        kinds, spans = _core.find_values(places.rows(), ["segmentation"])
        listed = np.flatnonzero(kinds[0] == JsonKind.LIST)
        shapes, offsets, rings = self._keep_rings(_some(places, listed, spans[0]))
        good = np.flatnonzero(shapes)
        objects = np.flatnonzero(kinds[0] == JsonKind.OBJECT)
        runs, where, counts = self._keep_counts(_some(places, objects, spans[0]))
        chosen = np.concatenate([listed[good], objects[runs]])
        left_out = np.concatenate([spans[0][listed[good]], where])
        rows: list[Any] = decode_value(_core.gather(_without(places, chosen, left_out).rows()))
        begins, stops = offsets[:-1][good].tolist(), offsets[1:][good].tolist()
        for row, shape, a, b in zip(
            listed[good].tolist(), shapes[good].tolist(), begins, stops, strict=True
        ):
            rows[row]["segmentation"] = rings[a:b] if shape == 1 else rings[a]
        for row, kept in zip(objects[runs].tolist(), counts, strict=True):
            rows[row]["segmentation"]["counts"] = kept
        return rows

    def _keep_rings(self, values: Places) -> tuple[NDArray[Any], NDArray[Any], list[Kept]]:
        """Keep the rings of plain values: what each value is, offsets of its rings, and these."""
        shapes, offsets, sums, spans, habits = _core.plain_rings(values.rows())
        flags = habits[:, 0] << _DECIMALS
        flags += habits[:, 1] * _INTEGERS + habits[:, 2] * _SPACED
        each = np.diff(offsets)
        which = np.repeat(values.which, each)
        return shapes, offsets, self._keep(values.texts, which, spans, np.repeat(sums, each), flags)

    def _keep_counts(self, values: Places) -> tuple[NDArray[Any], NDArray[Any], list[Kept]]:
        """Keep the counts of RLEs that are lists of whole numbers: of which, where, and these."""
        kinds, spans = _core.find_values(values.rows(), ["counts"])
        listed = np.flatnonzero(kinds[0] == JsonKind.LIST)
        counts = _some(values, listed, spans[0])
        numbers, ends, _, spellings = _core.read_numbers(counts.rows(), 1)
        minus = np.concatenate([[0], np.cumsum(np.signbit(numbers))])[ends]  # -0 is read as 0
        good = np.flatnonzero((spellings == _WHOLE) & (np.diff(minus) == 0))
        which, where = counts.which[good], counts.spans[good]
        flags = np.full(len(good), _SPACED, np.uint8)
        kept = self._keep(values.texts, which, where, np.zeros(len(good)), flags)
        return listed[good], where, kept

    def _keep(
        self,
        texts: list[Any],
        which: NDArray[Any],
        spans: NDArray[Any],
        sums: NDArray[Any],
        flags: NDArray[Any],
    ) -> list[Kept]:
        first = len(self._which)
        numbers = np.array([self._number(text) for text in texts], np.int32)
        self._which.frombytes(numbers[which].astype("i").tobytes())
        self._begins.frombytes(spans[:, 0].astype("q").tobytes())
        self._ends.frombytes(spans[:, 1].astype("q").tobytes())
        self._sums.frombytes(sums.astype("d").tobytes())
        self._habits.frombytes(flags.astype("B").tobytes())
        return [Kept(n) for n in range(first, len(self._which))]


def _some(places: Places, rows: NDArray[np.int64], spans: NDArray[np.int64]) -> Places:
    """Values of some rows."""
    return Places(places.texts, places.which[rows], spans[rows])


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
