"""Annotations of which most stay columns: a row is a dict no sooner than somebody asks for one.

Most rows of most files are official objects, spelled as they are printed: the seven keys, rings,
four numbers for a box. A conversion changes two or three numbers in such a row, and copies the
rest; where the rest lies is all that has to be known. Whatever is otherwise in any way is decoded.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple, overload

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.dialects.kept_rings import Texts
from cocodec.documents.json_values import JsonKind
from cocodec.documents.places import Places
from cocodec.documents.table import Table

__all__ = [
    "Annotations",
    "Columns",
    "Printed",
    "PrintedRows",
    "Row",
    "compose",
    "either",
    "places_of",
    "printed_flags",
    "printed_integers",
    "read_annotations",
    "stretches_of",
]

Row = dict[str, Any]
Integers = NDArray[np.int64]
PrintedRows = tuple[bytes, Integers]  # texts one behind the other, and where each ends

_KEYS = ("id", "image_id", "category_id", "iscrowd", "area", "bbox", "segmentation")
_ID, _IMAGE, _CATEGORY, _CROWD, _AREA, _BOX, _SHAPE = range(len(_KEYS))
_CHUNK = 4096  # rows that are looked at, or decoded, in one go
_SPACE = b" \t\r\n"
_RINGS = 1  # how `plain_rings` calls a list of rings
_END = b";"  # no byte of rings, boxes and ids
_COLUMNS = (
    *("which", "spans", "orders", "ids", "images", "categories", "crowds", "areas", "boxes"),
    *("sums", "spaced", "coarse"),
)


class Printed(NamedTuple):
    """Rows that are printed already, with commas between them, and how many they are."""

    text: bytes
    rows: int


@dataclass
class Columns:
    """What is known of n rows, those that are no plain ones included, of which nothing is true.

    Attributes
    ----------
    texts : list of bytes-like
        What the rows lie in.
    which, spans : (n,) array of int32, (n, 2) array of int64
        Where each row lies.
    orders : (n,) array of uint8
        In which order its keys come: an index of `key_orders`.
    ids, images, categories : (n,) arrays of int64
    crowds : (n,) array of uint8
    areas, boxes : (n, 2) arrays of int64
        Where these values lie, in the text of the row.
    sums : (n,) array of float64
        Of the numbers of its rings.
    spaced, coarse : (n,) arrays of bool
        Whether there is white space in rings or box, and whether no number of its rings has more
        than two decimals, and every one has a point.
    rings, offsets : (m, 2) array of int64, (n + 1,) array of int64
        Where its rings lie, and which of them are whose.
    """

    texts: list[Any]
    which: NDArray[np.int32]
    spans: Integers
    orders: NDArray[np.uint8]
    ids: Integers
    images: Integers
    categories: Integers
    crowds: NDArray[np.uint8]
    areas: Integers
    boxes: Integers
    sums: NDArray[np.float64]
    spaced: NDArray[np.bool_]
    coarse: NDArray[np.bool_]
    rings: Integers
    offsets: Integers
    key_orders: list[tuple[str, ...]] = field(default_factory=list)

    def take(self, rows: Integers) -> Columns:
        """Some of the rows."""
        each = np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(each)])
        rings = self.rings[_stretches(self.offsets[:-1][rows], each)]
        some = {name: getattr(self, name)[rows] for name in _COLUMNS}
        return Columns(
            **some, texts=self.texts, rings=rings, offsets=offsets, key_orders=self.key_orders
        )

    def counts(self) -> Integers:
        """How many rings each row has."""
        return np.diff(self.offsets)

    def area_places(self, rows: Integers) -> Places:
        """Where the areas of some rows lie."""
        return Places(self.texts, self.which[rows], self.areas[rows])

    def box_places(self, rows: Integers) -> Places:
        """Where the boxes of some rows lie, without white space."""
        return _closed_up(Places(self.texts, self.which[rows], self.boxes[rows]), self.spaced[rows])

    def ring_places(self, rows: Integers) -> Places:
        """Where the rings of some rows lie, all of them, without white space."""
        each = self.counts()[rows]
        spans = self.rings[_stretches(self.offsets[:-1][rows], each)]
        which, spaced = np.repeat(self.which[rows], each), np.repeat(self.spaced[rows], each)
        return _closed_up(Places(self.texts, which, spans), spaced)

    def inner_places(self, rows: Integers, *, closed: bool = True) -> Places:
        """Where the segmentations of some rows lie, but for their outer brackets.

        `closed`: without white space.
        """
        spans = np.column_stack(
            [self.rings[self.offsets[:-1][rows], 0], self.rings[self.offsets[1:][rows] - 1, 1]]
        )
        places = Places(self.texts, self.which[rows], spans)
        return _closed_up(places, self.spaced[rows]) if closed else places

    def records(self, rows: Integers) -> Places:
        """Where some rows lie."""
        return Places(self.texts, self.which[rows], self.spans[rows])


class Annotations(Sequence[Row]):
    """Rows as a list of dicts has them; those that are plain become dicts when they are asked for.

    Attributes
    ----------
    columns : Columns or None
        What is known of the plain rows; None where there is none.
    plain : (n,) array of bool
        Which rows are not decoded yet.
    doubtful : (n,) array of bool or None
        Of rows as they were read, which masks may be far from their own bbox or area: not those of
        plain rows that were found to fit.
    """

    doubtful: NDArray[np.bool_] | None = None

    def __init__(
        self, rows: list[Row], columns: Columns | None = None, texts: Texts | None = None
    ) -> None:
        self._rows, self._texts = rows, texts
        self.columns = columns
        self.plain = np.zeros(len(rows), bool)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, i: int) -> Row: ...
    @overload
    def __getitem__(self, i: slice) -> list[Row]: ...
    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            self.decode(np.arange(len(self))[i])
        elif self.plain[i]:
            self.decode(np.arange(len(self))[[i]])
        return self._rows[i]

    def __setitem__(self, i: int, row: Row) -> None:
        self._rows[i] = row
        self.plain[i] = False

    def __iter__(self) -> Iterator[Row]:
        self.decode_all()
        return iter(self._rows)

    def decoded(self) -> Iterator[tuple[int, Row]]:
        """The rows that are decoded, and their numbers: what is not is in the common form."""
        for i in np.flatnonzero(~self.plain).tolist():
            yield i, self._rows[i]

    def decode_all(self) -> None:
        """Decode what is not decoded yet."""
        self.decode(np.arange(len(self)))

    def decode(self, rows: Integers) -> None:
        """Decode some rows; what was changed of them is changed."""
        rows = rows[self.plain[rows]]
        if len(rows) == 0 or self.columns is None or self._texts is None:
            return
        columns = self.columns
        for first in range(0, len(rows), _CHUNK):
            some = rows[first : first + _CHUNK]
            values = self._texts.read_places(columns.records(some))
            numbers = (columns.ids, columns.images, columns.categories)
            for i, row, *said in zip(
                some.tolist(), values, *(one[some].tolist() for one in numbers), strict=True
            ):
                row["id"], row["image_id"], row["category_id"] = said
                self._rows[i] = row
        self.plain[rows] = False

    def take(self, rows: Integers) -> Annotations:
        """Some of the rows, in this order."""
        if len(rows) == len(self) and (rows == np.arange(len(rows))).all():
            return self
        columns = None if self.columns is None else self.columns.take(rows)
        out = Annotations([self._rows[i] for i in rows.tolist()], columns, self._texts)
        out.plain = self.plain[rows]
        return out

    def pieces(self) -> Iterator[Row | Printed]:
        """All rows, those that are plain printed already, as many in one piece as can be."""
        for first in range(0, len(self), _CHUNK):
            some = slice(first, min(first + _CHUNK, len(self)))
            plain = self.plain[some]
            rows = first + np.flatnonzero(plain)
            text, ends = (b"", rows) if self.columns is None else printed_rows(self.columns, rows)
            ends = np.concatenate([[0], ends])
            at = np.concatenate([[0], np.cumsum(plain)])
            for begin, end in stretches_of(plain):
                if plain[begin]:
                    own = text[ends[at[begin]] : ends[at[end]] - 1]
                    yield Printed(own, end - begin)
                else:
                    yield from self._rows[first + begin : first + end]

    def plain_rows(self) -> Integers:
        """The numbers of the rows that are not decoded."""
        return np.flatnonzero(self.plain)

    def ids(self) -> Integers | None:
        """All ids; None where some are no integers of 64 bits."""
        out = np.zeros(len(self), np.int64)
        if self.columns is not None:
            out[:] = self.columns.ids
        for i, row in self.decoded():
            if type(number := row.get("id")) is not int or not -(1 << 63) <= number < 1 << 63:
                return None
            out[i] = number
        return out

    def said_ids(self, rows: Sequence[int]) -> Sequence[Any]:
        """The ids of some rows, whatever they are; small where all are integers of 64 bits."""
        if self.columns is None:
            return [self._rows[i].get("id") for i in rows]
        numbers = array("q", self.columns.ids.tobytes())
        others: list[tuple[int, Any]] = [(i, row.get("id")) for i, row in self.decoded()]
        if all(type(id_) is int and -(1 << 63) <= id_ < 1 << 63 for _, id_ in others):
            for i, id_ in others:
                numbers[i] = id_
            return numbers if len(rows) == len(numbers) else array("q", (numbers[i] for i in rows))
        known = dict(others)
        return [known[i] if i in known else numbers[i] for i in rows]

    def give_id(self, i: int, number: int) -> None:
        """Give a row an id; it comes first where there was none."""
        if self.plain[i] and self.columns is not None and number < 1 << 63:
            self.columns.ids[i] = number
            return
        row = self[i]
        if "id" in row:
            row["id"] = number
        else:
            self._rows[i] = {"id": number, **row}

    def image_ids(self) -> list[int]:
        """The image of each row."""
        ids: list[int] = [0] * len(self) if self.columns is None else self.columns.images.tolist()
        for i, row in self.decoded():
            ids[i] = row["image_id"]
        return ids

    def plain_values(self, name: str) -> Integers:
        """The distinct values of a column of the plain rows."""
        if self.columns is None:
            return np.zeros(0, np.int64)
        values: Integers = np.unique(getattr(self.columns, name)[self.plain])
        return values

    def renumber(self, name: str, new: Mapping[int, int]) -> None:
        """Give the plain rows other images or categories, by their ids."""
        if self.columns is None:
            return
        column = getattr(self.columns, name)
        values, which = np.unique(column, return_inverse=True)
        column[:] = np.array([new.get(v, v) for v in values.tolist()], np.int64)[which]

    @staticmethod
    def concatenate(several: Sequence[Annotations]) -> Annotations:
        """The rows of several, one behind the other."""
        if len(several) == 1:
            return several[0]
        if all(one.columns is None or not one.plain.any() for one in several):
            return Annotations([row for one in several for row in one._rows])
        texts = next(one._texts for one in several if one._texts is not None)
        out = Annotations([row for one in several for row in one._rows], _joined(several), texts)
        out.plain = np.concatenate([one.plain for one in several])
        return out


def _joined(several: Sequence[Annotations]) -> Columns:
    parts = [_empty_columns(len(one)) if one.columns is None else one.columns for one in several]
    texts: list[Any] = []
    orders: dict[tuple[str, ...], int] = {}
    columns: dict[str, list[Any]] = {name: [] for name in (*_COLUMNS, "rings")}
    counts = []
    for part in parts:
        which = part.which + np.int32(len(texts))
        texts += part.texts
        numbers = [orders.setdefault(order, len(orders)) for order in part.key_orders] or [0]
        for name in columns:
            columns[name].append(getattr(part, name))
        columns["which"][-1] = which
        columns["orders"][-1] = np.array(numbers, np.uint8)[part.orders]
        counts.append(part.counts())
    return Columns(
        **{name: np.concatenate(values) for name, values in columns.items()},
        texts=texts,
        offsets=np.concatenate([[0], np.cumsum(np.concatenate(counts))]),
        key_orders=list(orders),
    )


def _empty_columns(n: int) -> Columns:
    number = np.zeros(n, np.int64)
    return Columns(
        texts=[],
        which=np.zeros(n, np.int32),
        spans=np.zeros((n, 2), np.int64),
        orders=np.zeros(n, np.uint8),
        ids=number,
        images=number.copy(),
        categories=number.copy(),
        crowds=np.zeros(n, np.uint8),
        areas=np.zeros((n, 2), np.int64),
        boxes=np.zeros((n, 2), np.int64),
        sums=np.zeros(n),
        spaced=np.zeros(n, bool),
        coarse=np.zeros(n, bool),
        rings=np.zeros((0, 2), np.int64),
        offsets=np.zeros(n + 1, np.int64),
    )


# ---------------------------------------------------------------- reading


def read_annotations(
    table: Table, rows: range, texts: Texts, records: _core.Records | None = None
) -> Annotations:
    """Read rows of a table; those that are no plain ones are decoded, as `Texts.read` does it.

    `records`: what knows the images; with it the masks of plain rows are judged.
    """
    columns, flags = _empty_columns(len(rows)), np.zeros(len(rows), bool)
    out = Annotations([{}] * len(rows), columns, texts)
    rings: list[Integers] = []
    each = np.zeros(len(rows), np.int64)
    orders: dict[bytes, int] = {}
    if records is not None:
        out.doubtful = np.ones(len(rows), bool)
    for first in range(0, len(rows), _CHUNK):
        some = slice(first, min(first + _CHUNK, len(rows)))
        places = table.places(slice(rows.start + some.start, rows.start + some.stop))
        columns.texts = places.texts
        columns.which[some], columns.spans[some] = places.which, places.spans
        good, judged = _read_chunk(places, (columns, some.start), (rings, each), orders, records)
        flags[some.start + good] = True
        if out.doubtful is not None:
            out.doubtful[some.start + good] = judged
        others = np.setdiff1d(np.arange(len(places)), good, assume_unique=True)
        if len(others):
            for i, row in zip(others.tolist(), texts.read_places(places.take(others)), strict=True):
                out._rows[some.start + i] = row
    columns.rings = np.concatenate([columns.rings, *rings])
    columns.offsets = np.concatenate([[0], np.cumsum(each)])
    columns.key_orders = [_keys_of(text) for text in orders]
    out.plain = flags
    return out


def _read_chunk(
    places: Places,
    where: tuple[Columns, int],
    rings: tuple[list[Integers], Integers],
    orders: dict[bytes, int],
    records: _core.Records | None,
) -> tuple[Integers, Any]:
    """Fill in the columns of the plain rows of a chunk.

    Returns which these are, and of each whether its mask may lie far from its bbox or area.
    """
    columns, first = where
    kinds, spans = _core.find_values(places.rows(), list(_KEYS))
    fits = (kinds[[_BOX, _SHAPE]] == JsonKind.LIST).all(axis=0)
    fits &= (kinds[[_ID, _IMAGE, _CATEGORY, _CROWD]] == JsonKind.INT).all(axis=0)
    fits &= (kinds[_AREA] == JsonKind.INT) | (kinds[_AREA] == JsonKind.FLOAT)
    rows = np.flatnonzero(fits)
    values = [Places(places.texts, places.which[rows], spans[k][rows]) for k in range(len(_KEYS))]
    integers = [np.zeros(len(rows), np.int64) for _ in range(4)]
    if len(rows) == 0 or not all(
        _core.parse_numbers(values[k].rows(), out) for k, out in enumerate(integers)
    ):
        return rows[:0], True
    shapes, offsets, sums, found, habits, measures = _core.plain_rings(
        values[_SHAPE].rows(), records is not None
    )
    order = _key_orders(places.take(rows), spans[:, rows], orders)
    crowds = integers[_CROWD]
    fits = (shapes == _RINGS) & (crowds >= 0) & (crowds <= 1) & (order >= 0)
    fits &= _are_printed(values[_AREA], int | float)
    fits &= _are_printed(values[_BOX], tuple[_NUMBER, _NUMBER, _NUMBER, _NUMBER])
    good = np.flatnonzero(fits)
    at = first + rows[good]
    columns.orders[at] = order[good]
    columns.crowds[at] = crowds[good]
    columns.ids[at], columns.images[at], columns.categories[at] = (n[good] for n in integers[:3])
    columns.areas[at], columns.boxes[at] = values[_AREA].spans[good], values[_BOX].spans[good]
    columns.sums[at] = sums[good]
    count = np.diff(offsets)[good]
    own = _stretches(offsets[:-1][good], count)
    rings[0].append(found[own])
    rings[1][at] = count
    owners = np.repeat(at, count)
    columns.coarse[at] = True
    columns.coarse[owners[(habits[own, 0] > _COARSE) | (habits[own, 1] != 0)]] = False
    columns.spaced[at] = _are_spaced(values[_BOX], values[_SHAPE], good)
    if records is None or measures is None:
        return rows[good], True
    areas, boxes = measures
    said = [values[k].spans[good] for k in (_IMAGE, _BOX, _AREA)]
    which = np.repeat(values[_BOX].which[good], len(said))
    claims = _core.Rows(places.texts, which, np.stack(said, axis=1).reshape(-1, 2))
    return rows[good], records.judge_rings(areas[good], boxes[good], claims) > 0


_NUMBER = int | float
_COARSE = 2  # decimals
_FLOATS, _INTEGERS = 1, 2  # as `read_numbers` has them
_ODD_NUMBERS = (b"e", b"E", b"-0,", b"-0]")  # which printers spell each in its own way
_FARTHEST = 1e9
_SIDES = 4  # of a box


def _are_spaced(boxes: Places, shapes: Places, rows: Integers) -> NDArray[np.bool_]:
    """Whether there is white space in the box or the segmentation of each row, in doubt yes."""
    text = _core.gather(boxes.take(rows).rows()) + _core.gather(shapes.take(rows).rows())
    return np.full(len(rows), any(space in text for space in (b" ", b"\n", b"\t", b"\r")))


def _are_printed(values: Places, kind: Any) -> NDArray[np.bool_]:
    """Whether values are of a type, and spelled as they are printed, white space aside."""
    text = _core.join_values(values.rows()).translate(None, _SPACE)
    if _are_short_numbers(text, len(values), kind):
        return np.ones(len(values), bool)
    try:
        printed = msgspec.json.encode(msgspec.json.decode(text, type=list[kind]))
    except msgspec.DecodeError:
        return _each_printed(text, kind)
    if printed == text:
        return np.ones(len(values), bool)
    a, b = _core.list_elements(text), _core.list_elements(printed)
    zeros = np.zeros(len(a), np.int32)
    same = _core.equal_values(_core.Rows([text], zeros, a), _core.Rows([printed], zeros, b))
    return same.astype(bool)


def _are_short_numbers(text: bytes, count: int, kind: Any) -> bool:
    """The same of all of many values, in doubt no: numbers of a few digits, and lists of four."""
    if any(odd in text for odd in _ODD_NUMBERS):
        return False
    depth = 0 if kind == _NUMBER else 1
    whole = _core.Rows([text], np.zeros(1, np.int32), np.array([[0, len(text)]]))
    numbers, lists, _, spellings = _core.read_numbers(whole, depth + 1)
    if spellings[0] not in (_FLOATS, _INTEGERS) or (np.abs(numbers) > _FARTHEST).any():
        return False
    return len(numbers) == count if depth == 0 else bool((np.diff(lists) == _SIDES).all())


def _each_printed(text: bytes, kind: Any) -> NDArray[np.bool_]:
    """The same where some are of another type."""
    out = []
    for begin, end in _core.list_elements(text).tolist():
        one = text[begin:end]
        try:
            out.append(msgspec.json.encode(msgspec.json.decode(one, type=kind)) == one)
        except msgspec.DecodeError:
            out.append(False)
    return np.array(out, bool)


def _key_orders(places: Places, spans: Integers, orders: dict[bytes, int]) -> Integers:
    """Number the orders in which keys come; -1 for rows that have others than the seven.

    What is left of a row without its values are its keys and what stands between them.
    """
    count, marks = len(places), len(places.texts)
    cuts = np.sort(spans.transpose(1, 0, 2), axis=1, kind="stable")  # no two values overlap
    which = np.repeat(places.which[:, None], len(_KEYS) + 2, axis=1)
    which[:, -1] = marks
    where = np.empty((count, len(_KEYS) + 2, 2), np.int64)
    where[:, 0, 0] = places.spans[:, 0]
    where[:, 1:-1, 0] = cuts[:, :, 1]
    where[:, :-2, 1] = cuts[:, :, 0]
    where[:, -2, 1] = places.spans[:, 1]
    where[:, -1] = (0, 1)
    pieces = _core.Rows([*places.texts, _END], which.ravel(), where.reshape(-1, 2))
    left = _core.gather(pieces).translate(None, _SPACE).split(_END)
    if len(left) != count + 1:  # a key has the mark in it
        return np.full(count, -1, np.int64)
    known: dict[bytes, int] = {}
    for text in set(left[:-1]):
        if text not in orders and _keys_of(text) and len(orders) < 255:
            orders[text] = len(orders)
        known[text] = orders.get(text, -1)
    return np.fromiter((known[text] for text in left[:-1]), np.int64, count)


def _keys_of(text: bytes) -> tuple[str, ...]:
    """The keys of a record that has lost its values; () if they are not the seven, each once."""
    pieces = text[1:-1].split(b",")
    if not all(piece[:1] == b'"' and piece[-2:] == b'":' for piece in pieces):
        return ()
    keys = tuple(piece[1:-2].decode("ascii", "replace") for piece in pieces)
    return keys if len(keys) == len(_KEYS) and {*keys} == {*_KEYS} else ()


# ---------------------------------------------------------------- printing


def compose(pieces: Iterable[bytes | Places], count: int) -> PrintedRows:
    """Texts of `count` rows, each of the same pieces: the whole, and where each row ends in it.

    A piece is bytes, for all rows, or places, one a row.
    """
    given = list(pieces)
    texts: list[Any] = [b"".join(piece for piece in given if isinstance(piece, bytes))]
    which = np.zeros((count, len(given)), np.int32)
    spans = np.empty((count, len(given), 2), np.int64)
    at = 0
    for k, piece in enumerate(given):
        if isinstance(piece, bytes):
            spans[:, k] = (at, at + len(piece))
            at += len(piece)
        else:
            which[:, k] = piece.which + np.int32(len(texts))
            spans[:, k] = piece.spans
            texts += piece.texts
    ends = np.cumsum((spans[:, :, 1] - spans[:, :, 0]).sum(axis=1))
    return _core.gather(_core.Rows(texts, which.ravel(), spans.reshape(-1, 2))), ends


def printed_rows(columns: Columns, rows: Integers) -> PrintedRows:
    """Plain rows as they were read, but for white space and the numbers that were changed.

    Behind each stands a comma.
    """
    if len(rows) == 0:
        return b"", rows
    orders = columns.orders[rows]
    out = Places.nowhere(len(rows))
    for order in np.unique(orders).tolist():
        own = np.flatnonzero(orders == order)
        out.put(own, places_of(_printed_in_order(columns, rows[own], columns.key_orders[order])))
    text, spans = (out.texts[0], out.spans) if len(out.texts) == 1 else out.joined()
    return text, spans[:, 1]


def _printed_in_order(columns: Columns, rows: Integers, keys: tuple[str, ...]) -> PrintedRows:
    places = {
        "id": printed_integers(columns.ids[rows]),
        "image_id": printed_integers(columns.images[rows]),
        "category_id": printed_integers(columns.categories[rows]),
        "iscrowd": printed_flags(columns.crowds[rows]),
        "area": columns.area_places(rows),
        "bbox": columns.box_places(rows),
        "segmentation": columns.inner_places(rows),
    }
    pieces: list[bytes | Places] = []
    behind = b"{"
    for key in keys:
        rings = key == "segmentation"
        pieces += [behind + b'"%s":' % key.encode() + b"[" * rings, places[key]]
        behind = b"]" * rings + b","
    return compose([*pieces, behind.removesuffix(b",") + b"},"], len(rows))


def printed_integers(values: Any) -> Places:
    """The texts of integers."""
    text = msgspec.json.encode(values.tolist())
    return Places([text], np.zeros(len(values), np.int32), _core.list_elements(text))


def printed_flags(flags: NDArray[Any]) -> Places:
    """The texts of flags: 0 or 1."""
    begins = flags.astype(np.int64)
    return Places([b"01"], np.zeros(len(begins), np.int32), np.column_stack([begins, begins + 1]))


def places_of(printed: PrintedRows) -> Places:
    """Where each of some printed rows lies."""
    text, ends = printed
    spans = np.column_stack([np.concatenate([[0], ends])[:-1], ends])
    return Places([text], np.zeros(len(ends), np.int32), spans)


def either(flags: NDArray[np.bool_], those: Places, others: Places) -> Places:
    """The next one of `those` where a flag is set, and of `others` where it is not."""
    out = Places.nowhere(len(flags))
    out.put(flags, those)
    out.put(~flags, others)
    return out


def stretches_of(*columns: NDArray[Any]) -> Iterator[tuple[int, int]]:
    """Begin and end of each stretch in which no column changes its value; none of no rows."""
    count = len(columns[0])
    edges = np.zeros(max(count - 1, 0), bool)
    for column in columns:
        edges |= column[1:] != column[:-1]
    cuts = (np.flatnonzero(edges) + 1).tolist()
    yield from pairwise([0, *cuts, count] if count else [])


def _closed_up(places: Places, spaced: NDArray[np.bool_]) -> Places:
    """Values without their white space: copied, where there is any."""
    return places.closed_up() if spaced.any() else places


def _stretches(begins: Integers, counts: Integers) -> Integers:
    """begin, begin + 1, ... of each, `count` numbers."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    numbers: Integers = np.arange(total) + np.repeat(begins - (ends - counts), counts)
    return numbers
