"""The records of one list of a document, as rows and columns, read where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, SupportsIndex, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

import cocodec._core as _core
from cocodec.documents.json_values import MISSING, encode
from cocodec.documents.parts import NO_SPANS, Part
from cocodec.documents.places import Places, column_of, decode_value

__all__ = ["Duplicate", "RecordList", "Rows"]

Rows = ArrayLike | slice | None  # which rows: indices, flags, a slice, or all of them

_CHUNK = 4096  # rows that are decoded in one go


class Duplicate(NamedTuple):
    """An id that several rows of one part have."""

    id: Any
    part: int
    rows: NDArray[np.int64]


class RecordList(Sequence[Any]):
    """What is read of a table: see `cocodec.documents.table.Table`."""

    name: str
    version: int

    def __init__(self, name: str, parts: Sequence[Part]) -> None:
        """Take the list `name` of each part."""
        self.name = name
        self.version = 0
        self._parts = parts
        numbers: dict[int, int] = {}  # sources by address: parts may share one
        texts = [numbers.setdefault(id(part.source), len(numbers)) for part in parts]
        self._texts: list[Any] = list({id(part.source): part.source for part in parts}.values())
        spans = [part.table(name) for part in parts]
        lengths = list(map(len, spans))
        self._part = np.repeat(np.arange(len(parts), dtype=np.int32), lengths)
        self._which = np.asarray(texts, np.int32)[self._part]
        self._spans = np.concatenate([NO_SPANS, *spans])
        self._index: _core.IdIndex | None = None

    # ------------------------------------------------------------ rows

    def __len__(self) -> int:
        return len(self._which)

    def __repr__(self) -> str:
        return f"<Table {self.name}: {len(self)} row{'s' * (len(self) != 1)}>"

    @overload
    def __getitem__(self, key: SupportsIndex) -> Any: ...
    @overload
    def __getitem__(self, key: slice) -> list[Any]: ...
    @overload
    def __getitem__(self, key: ArrayLike) -> list[Any]: ...
    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, SupportsIndex) and not isinstance(key, np.ndarray):
            i = self._row(key)
            return decode_value(self._text(i), f"{self.name}, row {i}")
        return self._decode(self.rows(key))

    def __iter__(self) -> Iterator[Any]:
        for first in range(0, len(self), _CHUNK):
            yield from self._decode(np.arange(first, min(first + _CHUNK, len(self))))

    def raw(self, i: SupportsIndex) -> bytes:
        """Return a row's JSON text, as it is in the file."""
        return bytes(self._text(self._row(i)))

    @property
    def part(self) -> NDArray[np.int32]:
        """The index of the part that each row belongs to, shape (n,), ascending, read-only."""
        view = self._part.view()
        view.flags.writeable = False
        return view

    @property
    def listed(self) -> NDArray[np.bool_]:
        """Whether each part has such a list, if only an empty one, shape (parts,)."""
        return np.array([self.name in part.tables for part in self._parts], bool)

    def rows_of(self, part: int) -> range:
        """Return the rows of one part."""
        first, last = np.searchsorted(self._part, [part, part + 1]).tolist()
        return range(first, last)

    def rows(self, rows: Rows) -> NDArray[np.int64]:
        """Return row numbers from indices (negative ones count back), flags, a slice or None.

        Raises
        ------
        IndexError
            If one is out of range.
        """
        n = len(self)
        if rows is None:
            return np.arange(n)
        if isinstance(rows, slice):
            return np.arange(*rows.indices(n))
        array = np.asarray(rows)
        if array.dtype.kind == "b" and array.shape == (n,):
            return np.flatnonzero(array)
        if array.size == 0 and array.ndim == 1:
            return np.zeros(0, np.int64)
        if array.dtype.kind not in "iu" or array.ndim > 1:
            raise IndexError(
                f"rows are integers, or {n} flags, not {array.dtype} of shape {array.shape}"
            )
        array = np.atleast_1d(array)
        outside = (array < -n) | (array >= n)
        if outside.any():
            raise IndexError(f"row {array[outside][0]} is out of range: {self.name} has {n} rows")
        numbers = array.astype(np.int64)
        return np.where(numbers < 0, numbers + n, numbers)

    # ------------------------------------------------------------ columns

    def keys(self, *, threads: int = 0) -> dict[str, int]:
        """Return how many rows have each key, in the order in which keys first appear."""
        return dict(_core.count_keys(self.places().rows(), threads))

    def column(
        self, key: str, rows: Rows = None, *, missing: Any = MISSING, threads: int = 0
    ) -> NDArray[Any]:
        """Read the values of one key.

        Parameters
        ----------
        key : str
        rows : indices, flags, slice or None
            Which rows; all by default.
        missing : object
            What stands for the value where the key is not there. Numbers leave the array numeric.
        threads : int
            0 = as many as pay, 1 = none.

        Returns
        -------
        (n,) array of bool, int64 or float64
            Where every value is of that type, and fits; integers and floats together are float64.
        (n, k) array of float64
            Where every value is a list of k numbers.
        (n,) array of object
            Otherwise: decoded JSON, with None for null.
        """
        (kinds,), (places,) = self.find([key], rows, threads=threads)
        return column_of(places, kinds, missing)

    def kinds(self, key: str, rows: Rows = None, *, threads: int = 0) -> NDArray[np.uint8]:
        """Return the `JsonKind` of each row's value of one key, shape (n,)."""
        kinds: NDArray[np.uint8] = self.find([key], rows, threads=threads)[0][0]
        return kinds

    def find(
        self, keys: Sequence[str], rows: Rows = None, *, threads: int = 0
    ) -> tuple[NDArray[np.uint8], list[Places]]:
        """Find values: their `JsonKind`, shape (k, n), and where they lie, for each key."""
        where = self.places(rows)
        kinds, spans = _core.find_values(where.rows(), list(keys), threads)
        return kinds, [Places(where.texts, where.which, one) for one in spans]

    def places(self, rows: Rows = None) -> Places:
        """Return where rows lie; out of date with the next edit."""
        whole = Places(self._texts, self._which, self._spans)
        return whole if rows is None else whole.take(self.rows(rows))

    # ------------------------------------------------------------ ids

    def positions(self, id: Any, part: int | None = None) -> NDArray[np.int64]:
        """Return the rows that have exactly this ``id``: 1, "1" and True are three, 1.0 is 1."""
        found = self.id_index().positions(encode(id, "the id"))
        return found if part is None else found[self._part[found] == part]

    def duplicates(self) -> list[Duplicate]:
        """Return the ids that come more than once in one part, by their first row."""
        out = []
        for rows in self.id_index().duplicates():
            first = int(rows[0])
            out.append(Duplicate(self[first]["id"], int(self._part[first]), rows))
        return out

    def id_index(self) -> _core.IdIndex:
        """Return the rows by id, as C++ has it."""
        if self._index is None:
            _, (ids,) = self.find(["id"])
            self._index = _core.IdIndex(ids.rows(), self._part)
        return self._index

    def _row(self, i: SupportsIndex) -> int:
        number = i.__index__()
        if not -len(self) <= number < len(self):
            raise IndexError(f"row {number} is out of range: {self.name} has {len(self)} rows")
        return number % len(self)

    def _text(self, i: int) -> memoryview:
        begin, end = self._spans[i].tolist()
        return memoryview(self._texts[self._which[i]])[begin:end]

    def _decode(self, rows: NDArray[np.int64]) -> list[Any]:
        text = _core.join_values(self.places(rows).rows())
        decoded: list[Any] = decode_value(text, self.name)
        return decoded
