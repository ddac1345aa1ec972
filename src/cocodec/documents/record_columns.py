"""Columns of a file's records, read where they lie; whatever is unusual is a ValueError."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.json_values import JsonKind
from cocodec.documents.places import Places, column_of
from cocodec.documents.table import Table as Records

__all__ = ["Codes", "FileColumns"]

_NUMBERS = (JsonKind.INT, JsonKind.FLOAT)
_LONGEST_TABLE = 1 << 22


class FileColumns:
    """The values of some keys of all records."""

    def __init__(self, records: Records, keys: Sequence[str]) -> None:
        kinds, places = records.find(keys)
        self._found = dict(zip(keys, zip(kinds, places, strict=True), strict=True))

    def values(self, key: str) -> NDArray[Any] | list[Any]:
        """Values that all records have, as JSON has them: an array where all are of one kind."""
        kinds, places = self._all(key)
        if (kinds == JsonKind.INT).all() or (kinds == JsonKind.FLOAT).all():
            column = column_of(places, kinds, None)
            return column if column.dtype != object else column.tolist()
        decoded: list[Any] = msgspec.json.decode(_core.join_values(places.rows()))
        return decoded

    def scores(self, key: str) -> NDArray[Any] | list[Any]:
        """Numbers, as JSON has them."""
        self._require(key, _NUMBERS)
        return self.values(key)

    def numbers(self, key: str) -> NDArray[np.float64]:
        """Numbers, shape (n,)."""
        self._require(key, _NUMBERS)
        return self._floats(key)

    def rows(self, key: str) -> NDArray[np.float64]:
        """Lists of numbers, all as long as the first, shape (n, k)."""
        self._require(key, (JsonKind.LIST,))
        rows = self._floats(key)
        if rows.ndim != 2:
            raise ValueError(f"{key!r} differs in length")
        return rows

    def flags(self, key: str) -> NDArray[np.uint8]:
        """1 where there is an integer or a truth value that is not 0, shape (n,)."""
        kinds, places = self._found[key]
        given = np.flatnonzero(kinds != JsonKind.MISSING)
        out = np.zeros(len(kinds), np.uint8)
        if len(given) > 0:
            column = column_of(places.take(given), kinds[given], None)
            if column.dtype.kind not in "bi":
                raise ValueError(f"{key!r} is no flag")
            out[given] = column != 0
        return out

    def _require(self, key: str, wanted: Sequence[JsonKind]) -> None:
        kinds, _ = self._found[key]
        if not np.isin(kinds, wanted).all():
            raise ValueError(f"{key!r} is unusual")

    def _all(self, key: str) -> tuple[NDArray[np.uint8], Places]:
        kinds, places = self._found[key]
        if (kinds == JsonKind.MISSING).any():
            raise ValueError(f"{key!r} is missing")
        return kinds, places

    def _floats(self, key: str) -> NDArray[np.float64]:
        kinds, places = self._found[key]
        column = column_of(places, kinds, None)
        if column.dtype == object and len(column) > 0:
            raise ValueError(f"{key!r} is unusual")
        return column.astype(np.float64, copy=False)


class Codes:
    """Ids, each kept once, and which of them stands where.

    Attributes
    ----------
    ids : list
        The different ids.
    """

    def __init__(self, ids: NDArray[Any] | list[Any]) -> None:
        if isinstance(ids, np.ndarray) and ids.dtype == np.int64 and len(ids) > 0:
            low, high = int(ids.min()), int(ids.max())
            if high - low < _LONGEST_TABLE:
                self.ids, self._codes = _numbered(ids - low, low)
                return
        index: dict[Any, int] = {}
        listed = ids if isinstance(ids, list) else ids.tolist()
        codes = [index.setdefault(key, len(index)) for key in listed]
        self.ids, self._codes = list(index), np.array(codes, np.int64)

    def places(self, index: dict[Any, int]) -> NDArray[np.int64]:
        """Where `index` says that each id stands; -1 if it does not know it."""
        found = np.array([index.get(key, -1) for key in self.ids], np.int64)
        return found[self._codes] if len(found) > 0 else self._codes


def _numbered(offsets: NDArray[np.int64], low: int) -> tuple[list[Any], NDArray[np.int64]]:
    present = np.zeros(int(offsets.max()) + 1, bool)
    present[offsets] = True
    return (np.flatnonzero(present) + low).tolist(), (np.cumsum(present) - 1)[offsets]
