"""Numbers that stay the bytes that they are: nobody decodes them unless they are asked for.

Most of a file of annotations is coordinates and counts, and most of these pass through a conversion
as they came. A ring that is plain (see `plain_rings` of the core), and a list of whole counts, is
therefore a `Kept`, which says where it lies, in the place of a list of numbers. The box of such a
row is its text, bytes: a third of what a list of four numbers takes; `box_of` decodes it.
"""

from __future__ import annotations

import re
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

_CHUNK = 1024  # rows that are decoded in one go
_MARKS = b"[,0]"  # what stands between the pieces of rows, and for the rings left out
_INTEGERS, _SPACED, _DECIMALS = 1, 2, 2  # flags of a habit, and the bits to its decimals
_WHOLE = 2  # how `read_numbers` calls whole numbers without a point
_SPACE = b" \t\r\n"
# A number as it is printed, whatever prints it: no exponent, no digit too many, 15 of them at most.
_NUMBER = rb"(?:0|-?(?:[1-9]\d{0,5}(?:\.(?:0|\d{0,8}[1-9]))?|0\.(?:0|\d{0,3}[1-9])))"
_PLAIN_BOX = re.compile(rb"\[" + _NUMBER + (rb"," + _NUMBER) * 3 + rb"\]")


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
        text = self._texts[self._which[ring]]
        found = text[self._begins[ring] : self._ends[ring]]
        if type(found) is not bytes:
            found = bytes(found)
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
        """Decode rows of a table, but for plain rings, their plain boxes, and whole counts."""
        return self.read_places(table.places(slice(rows.start, rows.stop)))

    def read_places(self, places: Places) -> list[Any]:
        """The same of rows that lie anywhere."""
        out: list[Any] = []
        images: dict[int, int] = {}  # one object for all rows of an image
        for first in range(0, len(places), _CHUNK):
            out += self._chunk(places.take(slice(first, first + _CHUNK)), images)
        return out

    def _chunk(self, places: Places, images: dict[int, int]) -> list[Any]:
        kinds, (shapes_at, boxes_at) = _core.find_values(places.rows(), ["segmentation", "bbox"])
        listed = np.flatnonzero(kinds[0] == JsonKind.LIST)
        shapes, offsets, rings = self._keep_rings(_some(places, listed, shapes_at))
        good = np.flatnonzero(shapes)
        ringed = listed[good]
        boxed = ringed[kinds[1][ringed] == JsonKind.LIST]
        boxes = _plain_boxes(_some(places, boxed, boxes_at))
        objects = np.flatnonzero(kinds[0] == JsonKind.OBJECT)
        runs, where, counts = self._keep_counts(_some(places, objects, shapes_at))
        cuts = np.full((len(places), 2, 2), -1, np.int64)
        cuts[ringed, 0] = shapes_at[ringed]
        cuts[objects[runs], 0] = where
        boxed, boxes = boxed[boxes != b""], boxes[boxes != b""]
        cuts[boxed, 1] = boxes_at[boxed]
        rows: list[Any] = decode_value(_core.gather(_without(places, cuts).rows()))
        begins, stops = offsets[:-1][good].tolist(), offsets[1:][good].tolist()
        for row, shape, a, b in zip(
            ringed.tolist(), shapes[good].tolist(), begins, stops, strict=True
        ):
            values = rows[row]
            values["segmentation"] = rings[a:b] if shape == 1 else rings[a]
            if type(image := values.get("image_id")) is int:
                values["image_id"] = images.setdefault(image, image)
        for row, box in zip(boxed.tolist(), boxes.tolist(), strict=True):
            rows[row]["bbox"] = box
        for row, kept in zip(objects[runs].tolist(), counts, strict=True):
            rows[row]["segmentation"]["counts"] = kept
        return rows

    def _keep_rings(self, values: Places) -> tuple[NDArray[Any], NDArray[Any], list[Kept]]:
        """Keep the rings of plain values: what each value is, offsets of its rings, and these."""
        shapes, offsets, sums, spans, habits, _ = _core.plain_rings(values.rows(), False)
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


def _plain_boxes(values: Places) -> NDArray[Any]:
    """The texts of boxes whose four numbers are spelled as they are printed; b"" for others."""
    out = np.full(len(values), b"", object)
    texts = [memoryview(text) for text in values.texts]
    spans = values.spans.tolist()
    for i, (which, (begin, end)) in enumerate(zip(values.which.tolist(), spans, strict=True)):
        text = bytes(texts[which][begin:end]).translate(None, _SPACE)
        if _PLAIN_BOX.fullmatch(text):
            out[i] = text
    return out


def _without(places: Places, cuts: NDArray[np.int64]) -> Places:
    """The pieces of a list of records, with 0 in the place of some values in them.

    `cuts`: of each record, up to two spans; negative ones are none.
    """
    count, marks = len(places), len(places.texts)
    # Of two values the one that comes first in its record; one that is none lies at its end.
    ends = places.spans[:, 1]
    cuts = np.where(cuts < 0, ends[:, None, None], cuts)
    swapped = cuts[:, 0, 0] > cuts[:, 1, 0]
    cuts[swapped] = cuts[swapped, ::-1]
    which = np.full((count, 6), marks, np.int32)  # mark, piece, 0, piece, 0, piece
    where = np.zeros((count, 6, 2), np.int64)
    where[:, 0] = (1, 2)
    where[0, 0] = (0, 1)
    which[:, 1::2] = places.which[:, None]
    where[:, 1::2, 0] = np.column_stack([places.spans[:, 0], cuts[:, :, 1]])
    where[:, 1::2, 1] = np.column_stack([cuts[:, :, 0], ends])
    where[:, 2::2][cuts[:, :, 0] < ends[:, None]] = (2, 3)
    end = np.array([[3, 4]])
    return Places(
        [*places.texts, _MARKS],
        np.append(which.ravel(), np.int32(marks)),
        np.concatenate([where.reshape(-1, 2), end]),
    )
