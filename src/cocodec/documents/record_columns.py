"""Columns of a file's records, read where they lie: values by key, and ids as numbers.

What a caller does not expect is an error that names the key, or the row, and that a caller with a
slower way may take for "ask somebody else".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.json_values import JsonKind
from cocodec.documents.places import Places, column_of, decode_all
from cocodec.errors import DocumentError

__all__ = ["IdCodes", "ListedRecords", "RecordColumns", "Records", "distinct_integers"]

_NUMBERS = (JsonKind.INT, JsonKind.FLOAT)
_IDS = (JsonKind.MISSING, JsonKind.NULL, JsonKind.INT, JsonKind.FLOAT, JsonKind.STRING)
_LONGEST_TABLE = 1 << 22

_Found = tuple[NDArray[np.uint8], Places]


class Records(Protocol):
    """What keys can be looked up in: a table of a document, or a list of records."""

    def __len__(self) -> int: ...

    def find(self, keys: Sequence[str]) -> tuple[NDArray[np.uint8], list[Places]]:
        """Kinds and places of the values of keys, (k, n) and k times n."""


class ListedRecords:
    """Records of one JSON list, for whoever needs no document.

    Parameters
    ----------
    text : bytes-like
        Valid JSON.
    spans : (n, 2) array of int64
        Where the elements of the list lie in it.
    """

    def __init__(self, text: Any, spans: NDArray[np.int64]) -> None:
        self._text, self._spans = text, spans
        self._which = np.zeros(len(spans), np.int32)

    def __len__(self) -> int:
        return len(self._spans)

    def rows(self) -> _core.Rows:
        """Return them as C++ takes them; to be dropped after the call."""
        return _core.Rows([self._text], self._which, self._spans)

    def find(self, keys: Sequence[str]) -> tuple[NDArray[np.uint8], list[Places]]:
        """Kinds and places of the values of keys."""
        kinds, spans = _core.find_values(self.rows(), list(keys))
        return kinds, [Places([self._text], self._which, one) for one in spans]


class RecordColumns:
    """The values of some keys of all records.

    Each column is read once: what was found of it is forgotten then.
    """

    def __init__(self, records: Records, keys: Sequence[str] = ()) -> None:
        self._records = records
        self._found: dict[str, _Found] = {}
        self.find(keys)

    def __len__(self) -> int:
        return len(self._records)

    def find(self, keys: Sequence[str]) -> None:
        """Find keys, all in one pass, that will be asked for; those that are known are kept."""
        wanted = [key for key in keys if key not in self._found]
        if wanted:
            kinds, places = self._records.find(wanted)
            self._found |= dict(zip(wanted, zip(kinds, places, strict=True), strict=True))

    def kinds(self, key: str) -> NDArray[np.uint8]:
        """Kinds of all values, a `JsonKind` each; the column is still to be read."""
        self.find([key])
        return self._found[key][0]

    def text(self, key: str, row: int) -> bytes:
        """The text of one value; the column is still to be read."""
        self.find([key])
        return bytes(self._found[key][1].text(row))

    def _take(self, key: str) -> _Found:
        self.find([key])
        return self._found.pop(key)

    def column(self, key: str) -> NDArray[Any] | list[Any]:
        """Values of all records, None where there is none; an array where all are numbers."""
        kinds, places = self._take(key)
        if not (kinds > JsonKind.NULL).any():
            return [None] * len(kinds)
        column = column_of(places, kinds, None)
        return column.tolist() if column.dtype == object else column

    def ids(self, key: str) -> NDArray[np.int64] | list[Any]:
        """Ids of all records, None where there is none; an array where all are integers.

        Raises
        ------
        DocumentError
            For what is no number and no text; names the row.
        """
        kinds, places = self._take(key)
        odd = np.flatnonzero(~_among(kinds, _IDS))
        if len(odd) > 0:
            text = bytes(places.text(odd[0])).decode()
            raise DocumentError(f"has {text[:40]} for {key}, expected an id", row=int(odd[0]))
        return _decoded(kinds, places)

    def values(self, key: str) -> NDArray[Any] | list[Any]:
        """Values that all records have, as JSON has them: an array where all are of one kind."""
        kinds, places = self._take(key)
        if (kinds == JsonKind.MISSING).any():
            raise DocumentError(f"{key!r} is missing")
        if (kinds == JsonKind.FLOAT).all():
            return _plain(column_of(places, kinds, None))
        return _decoded(kinds, places)

    def scores(self, key: str) -> NDArray[Any] | list[Any]:
        """Numbers, as JSON has them."""
        found = self._found[key] = self._take(key)
        _require(key, found[0], _NUMBERS)
        return self.values(key)

    def numbers(self, key: str) -> NDArray[np.float64]:
        """Numbers, shape (n,)."""
        kinds, places = self._take(key)
        _require(key, kinds, _NUMBERS)
        return _floats(key, kinds, places)

    def rows(self, key: str) -> NDArray[np.float64]:
        """Lists of numbers, all as long as the first, shape (n, k)."""
        kinds, places = self._take(key)
        _require(key, kinds, (JsonKind.LIST,))
        rows = _floats(key, kinds, places)
        if rows.ndim != 2:
            raise DocumentError(f"{key!r} differs in length")
        return rows

    def flags(self, key: str) -> NDArray[np.uint8]:
        """1 where there is an integer or a truth value that is not 0, shape (n,)."""
        kinds, places = self._take(key)
        given = np.flatnonzero(kinds != JsonKind.MISSING)
        out = np.zeros(len(kinds), np.uint8)
        if len(given) > 0:
            column = column_of(places.take(given), kinds[given], None)
            if column.dtype.kind not in "bi":
                raise DocumentError(f"{key!r} is no flag")
            out[given] = column != 0
        return out


def _among(kinds: NDArray[np.uint8], wanted: Sequence[JsonKind]) -> NDArray[np.bool_]:
    table = np.zeros(256, bool)
    table[list(wanted)] = True
    return table[kinds]


def _require(key: str, kinds: NDArray[np.uint8], wanted: Sequence[JsonKind]) -> None:
    if not _among(kinds, wanted).all():
        raise DocumentError(f"{key!r} is unusual")


def _plain(column: NDArray[Any]) -> NDArray[Any] | list[Any]:
    return column.tolist() if column.dtype == object else column


def _decoded(kinds: NDArray[np.uint8], places: Places) -> NDArray[Any] | list[Any]:
    """Values as they are, of any kinds; an array where all are integers of 64 bits."""
    if (kinds == JsonKind.INT).all():
        return _plain(column_of(places, kinds, None))
    decoded: list[Any] = decode_all(_core.join_values(places.rows()))
    return decoded


def _floats(key: str, kinds: NDArray[np.uint8], places: Places) -> NDArray[np.float64]:
    column = column_of(places, kinds, None)
    if column.dtype == object and len(column) > 0:
        raise DocumentError(f"{key!r} is unusual")
    return column.astype(np.float64, copy=False)


class IdCodes:
    """Ids, each kept once, and which of them stands where.

    Attributes
    ----------
    ids : list
        The different ids: ascending where all are integers, otherwise as they come.
    codes : (n,) array of int64
        For each id its place in `ids`.
    """

    def __init__(self, ids: NDArray[Any] | Sequence[Any]) -> None:
        integers = _integers(ids)
        if integers is not None:
            distinct, self.codes = distinct_integers(integers)
            self.ids: list[Any] = distinct.tolist()
            return
        index: dict[Any, int] = {}
        listed = ids.tolist() if isinstance(ids, np.ndarray) else ids
        codes = [index.setdefault(key, len(index)) for key in listed]
        self.ids, self.codes = list(index), np.array(codes, np.int64)

    def positions(self, known: Mapping[Any, int]) -> NDArray[np.int64]:
        """What `known` says of each id; -1 where it does not know it."""
        found = np.array([known.get(key, -1) for key in self.ids], np.int64)
        return found[self.codes] if len(found) > 0 else self.codes


def _integers(ids: NDArray[Any] | Sequence[Any]) -> NDArray[np.int64] | None:
    """The ids as an array, if they are integers of 64 bits and nothing else."""
    if isinstance(ids, np.ndarray):
        return ids if ids.dtype == np.int64 else None
    if not set(map(type, ids)) <= {int}:
        return None
    try:
        return np.array(ids, np.int64)
    except OverflowError:
        return None


def distinct_integers(
    values: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Different values, ascending, and for each value its place among them.

    As `numpy.unique`, which would bring in numpy.ma: 30 ms in the middle of an evaluation.
    """
    if len(values) == 0:
        return values, np.empty(0, np.int64)
    low, high = int(values.min()), int(values.max())
    if high - low < _LONGEST_TABLE:
        present = np.zeros(high - low + 1, bool)
        present[values - low] = True
        return np.flatnonzero(present) + low, (np.cumsum(present) - 1)[values - low]
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    is_new = np.concatenate([[True], ascending[1:] != ascending[:-1]])
    places = np.empty(len(values), np.int64)
    places[order] = np.cumsum(is_new) - 1
    return ascending[is_new], places
