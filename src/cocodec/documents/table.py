"""Tables: the records of one list of a document, read and edited.

A table keeps of every row which text it lies in, and where. The first texts are what was read; an
edit makes new texts of the rows that it changes and points these rows at them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.edits import Changes, changed_column, is_spaced, revised, splice
from cocodec.documents.json_values import JsonKind, encode_all
from cocodec.documents.parts import Part
from cocodec.documents.places import Places
from cocodec.documents.record_list import Duplicate, RecordList, Rows
from cocodec.errors import DocumentError

__all__ = ["Duplicate", "Rows", "Table"]

_SMALL = 1 << 16  # bytes: the texts of smaller edits are gathered in one
_LOG = 1 << 26  # bytes of such a text


class Table(RecordList):
    """The rows of one list of a document, over all its parts.

    ``table[i]`` is a fresh dict: changing it changes nothing until ``table[i] = row``. Slices and
    integer arrays give lists of dicts. Rows are told by position; ids may be of any type, come
    twice, or be missing.

    Attributes
    ----------
    name : str
        The key of the list.
    version : int
        Changes with every edit.
    """

    def __init__(self, name: str, parts: Sequence[Part]) -> None:
        """Take the list `name` of each part."""
        super().__init__(name, parts)
        self._sources = len(self._texts)
        self._starts = np.cumsum([0, *(len(part.table(name)) for part in parts)])
        self._origin: NDArray[np.int64] | None = None
        self._log: int | None = None

    def __setitem__(self, i: SupportsIndex, row: Any) -> None:
        """Write a row: only the values that differ from the old row's change in its text.

        Keys stay in the old row's order, new ones come behind them.
        """
        number = self._row(i)
        old = self.raw(number)
        new = revised(old, row, f"{self.name}, row {number}")
        if new is not old:
            where = np.array([[0, len(new)]])
            self._store(np.array([number]), [new], Places([], np.zeros(1, np.int32), where))
            self._index = None

    def set_column(self, key: str, values: Any, rows: Rows = None, *, threads: int = 0) -> None:
        """Write the values of one key; a value that is there already stays as it is spelled.

        Parameters
        ----------
        key : str
        values : array or sequence
            One value a row, of any JSON type; `MISSING` removes the key. A float that is equal to
            the integer in the file leaves it an integer.
        rows : indices, flags, slice or None
            Which rows; all by default. Of a row that comes twice the last value counts.
        threads : int
            0 = as many as pay, 1 = none.

        Raises
        ------
        DocumentError
            For values that JSON does not have, and rows that are no objects.
        """

        def find() -> tuple[NDArray[np.uint8], Places]:
            (kinds,), (places,) = self.find([key], numbers, threads=threads)
            return kinds, places

        numbers = self.rows(rows)
        change = changed_column(values, f"{self.name}, {key!r}", find)
        self.splice({key: change}, numbers, threads=threads)

    def splice(self, changes: Changes, rows: Rows = None, *, threads: int = 0) -> None:
        """Write printed values into rows, many keys at once; what `set_column` is made of."""
        numbers = self.rows(rows)
        touched = np.zeros(len(numbers), bool)
        for values in changes.values():
            touched |= values.spans[:, 0] != -1
        if len(np.unique(numbers)) < len(numbers):  # the last of each counts
            _, last = np.unique(numbers[::-1], return_index=True)
            only = np.zeros(len(numbers), bool)
            only[len(numbers) - 1 - last] = True
            touched &= only
        numbers = numbers[touched]
        if len(numbers) == 0:
            return
        places = self.places(numbers)
        self._require_objects(places, numbers)
        chosen = {
            key: values._replace(spans=values.spans[touched]) for key, values in changes.items()
        }
        texts, where = splice(places, chosen, threads)
        self._store(numbers, texts, where)
        if "id" in changes:
            self._index = None

    def extend(self, rows: Iterable[Mapping[str, Any]], *, part: int = 0) -> NDArray[np.int64]:
        """Add rows behind the others of a part; returns their row numbers.

        Rows of later parts move back. Add many in one call: each call costs as much as the table
        is long.
        """
        self._require_list(part)
        given = list(rows)
        for i, row in enumerate(given):
            if not isinstance(row, Mapping):
                raise TypeError(f"new row {i} is of type {type(row).__name__}, expected a dict")
        text, spans, _ = encode_all(given, f"{self.name}, new rows")
        if given and self._is_spaced(part):
            text = _core.spaced_json(text)
            spans = _core.list_elements(text)
        at = self.rows_of(part).stop
        new = np.full(len(given), at)
        self._origin = np.insert(self._origins(), new, -1)
        self._part = np.insert(self._part, new, np.int32(part))
        self._which = np.insert(self._which, new, np.int32(0))
        self._spans = np.insert(self._spans, new, 0, axis=0)
        numbers = np.arange(at, at + len(given))
        self._store(numbers, [text], Places([], np.zeros(len(given), np.int32), spans))
        self._index = None
        return numbers

    def remove(self, rows: Rows) -> None:
        """Remove rows; those behind them move up."""
        numbers = np.unique(self.rows(rows))
        for part in np.unique(self._part[numbers]).tolist():
            self._require_list(part)
        self._origin = np.delete(self._origins(), numbers)
        self._part = np.delete(self._part, numbers)
        self._which = np.delete(self._which, numbers)
        self._spans = np.delete(self._spans, numbers, axis=0)
        self.version += 1
        self._index = None

    def state_of(self, part: int) -> tuple[Places, NDArray[np.int64], NDArray[np.bool_]]:
        """Return what became of a part's rows.

        Returns
        -------
        Places
            Where they lie now.
        (n,) array of int64
            Which of the part's rows they were; -1 for new ones.
        (n,) array of bool
            Whether their text is new.
        """
        rows = self.rows_of(part)
        places = self.places(slice(rows.start, rows.stop))
        origins = self._origins()[rows.start : rows.stop]
        origins = np.where(origins < 0, -1, origins - self._starts[part])
        return places, origins, places.which >= self._sources

    def is_single(self, part: int) -> bool:
        """Whether the part has one record in the place of a list."""
        raw = self._parts[part]
        listed = raw.root == "results" or self.name in raw.fields
        return self.name in raw.tables and not listed

    def _origins(self) -> NDArray[np.int64]:
        return np.arange(len(self)) if self._origin is None else self._origin

    def _store(self, rows: NDArray[np.int64], texts: list[bytes], where: Places) -> None:
        """Point rows at new texts."""
        which, spans = where.which, where.spans
        if len(texts) == 1 and len(texts[0]) < _SMALL:
            number, begin = self._append(texts[0])
            which, spans = np.full(len(rows), number, np.int32), spans + begin
        else:
            which = which + np.int32(len(self._texts))
            self._texts += texts
        self._which[rows] = which
        self._spans[rows] = spans
        self.version += 1
        if len(rows) > len(self) // 2:
            self._forget()

    def _append(self, text: bytes) -> tuple[int, int]:
        """Put a small text behind others: the number of the whole, and where it begins there."""
        if self._log is None or len(self._texts[self._log]) > _LOG:
            self._log = len(self._texts)
            self._texts.append(bytearray())
        log = self._texts[self._log]
        begin = len(log)
        try:
            log += text
        except BufferError:  # somebody still looks at it, perhaps a traceback
            self._log = None
            return self._append(text)
        return self._log, begin

    def _forget(self) -> None:
        """Free the texts of earlier edits that no row lies in any more."""
        used = np.bincount(self._which, minlength=len(self._texts))
        for number in np.flatnonzero(used == 0).tolist():
            if number >= self._sources and number != self._log:
                self._texts[number] = b""

    def _require_objects(self, places: Places, numbers: NDArray[np.int64]) -> None:
        others = np.flatnonzero(_core.value_kinds(places.rows()) != JsonKind.OBJECT)
        if len(others) > 0:
            i = int(others[0])
            found = bytes(places.text(i)[:40]).decode("utf-8", "replace")
            raise DocumentError(f"{self.name}, row {numbers[i]} is {found}, expected an object")

    def _require_list(self, part: int) -> None:
        if not 0 <= part < len(self._parts):
            raise IndexError(f"part {part} is out of range: there are {len(self._parts)}")
        raw = self._parts[part]
        if self.is_single(part) or (raw.root != "document" and self.name != "annotations"):
            what = "a list of results" if raw.root == "results" else f"one {raw.root}"
            raise DocumentError(f"part {part}, {what}, has no list of {self.name}")

    def _is_spaced(self, part: int) -> bool:
        begin, end = self._parts[part].span
        return is_spaced(memoryview(self._parts[part].source)[begin:end])
