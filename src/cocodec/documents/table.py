"""Tables: the records of one list of a document, read and edited where they lie.

A table keeps of every row which text it lies in, and where. The first texts are what was read; an
edit makes new texts of the rows that it changes and points these rows at them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple, SupportsIndex, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

import cocodec._core as _core
from cocodec.documents.edits import (
    Changes,
    changed_column,
    is_spaced,
    of_rows,
    revised,
    splice,
)
from cocodec.documents.json_values import MISSING, JsonKind, PrintedValues, encode, encode_all
from cocodec.documents.parts import NO_SPANS, Part
from cocodec.documents.places import Places, column_of, decode_value
from cocodec.documents.written_rows import Edit, WrittenRows
from cocodec.errors import DocumentError, located, shown
from cocodec.files.file_text import view_of
from cocodec.signatures import names_arguments

__all__ = ["Duplicate", "RowSelection", "Table"]

# Which rows: indices, flags, a slice, or all of them.
RowSelection: TypeAlias = ArrayLike | slice | None

_CHUNK = 4096  # rows that are decoded in one go
_SHOWN_ROWS, _SHOWN_KEYS, _SHOWN_CHARS = 8, 8, 40  # in notebooks
# Keys that rows may well lack: to ask for them is no slip.
_KNOWN = frozenset(
    [
        "id",
        "image_id",
        "category_id",
        "segmentation",
        "bbox",
        "area",
        "iscrowd",
        "score",
        "name",
        "keypoints",
        "num_keypoints",
        "attributes",
        "file_name",
        "height",
        "width",
        "caption",
        "supercategory",
        "skeleton",
        "segments_info",
        "isthing",
        "frequency",
        "is_crowd",
    ]
)
_SMALL = 1 << 16  # bytes: the texts of smaller edits are gathered in one
_LOG = 1 << 26  # bytes of such a text
_EDITED = 1 << 15  # rows whose texts are made together; of more, when somebody looks at them
_SETTLING = Lock()  # several threads may look at rows


class Duplicate(NamedTuple):
    """An id that several rows of one part have."""

    id: Any
    part: int
    rows: NDArray[np.int64]


class Table(Sequence[Any]):
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

    Examples
    --------
    >>> document.annotations
    <Table annotations: 3 rows>
    """

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
        # Zeros that nobody writes to take no memory.
        self._part = self._which = np.zeros(sum(lengths), np.int32)
        self._spans = spans[0] if len(parts) == 1 else np.concatenate([NO_SPANS, *spans])
        if len(parts) > 1:
            self._part = np.repeat(np.arange(len(parts), dtype=np.int32), lengths)
            self._which = np.asarray(texts, np.int32)[self._part]
        self._shares = True  # others may have the same arrays
        self._deferred: list[Edit] = []  # whose texts are not made yet
        self._index: _core.IdIndex | None = None
        self._sources = len(self._texts)
        self._starts = np.cumsum([0, *(len(part.table(name)) for part in parts)])
        self._origin: NDArray[np.int64] | None = None
        self._log: int | None = None
        self._columns = parts[0].columns if name == "annotations" and len(parts) == 1 else {}
        self._in_memory = self._lying(None).in_memory

    # ------------------------------------------------------------ rows

    def __len__(self) -> int:
        return len(self._which)

    def __repr__(self) -> str:
        return f"<Table {self.name}: {len(self)} row{'s' * (len(self) != 1)}>"

    def _repr_html_(self) -> str:
        """Return what `repr` says, and the first rows by their keys, for notebooks."""
        from html import escape

        keys = list(self.keys())[:_SHOWN_KEYS]
        cells = [
            [shown(row.get(key, ""), _SHOWN_CHARS) if isinstance(row, dict) else "" for key in keys]
            for row in self[:_SHOWN_ROWS]
        ]
        lines = [
            "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in line) + "</tr>"
            for tag, line in [("th", keys), *(("td", line) for line in cells)]
        ]
        return f"<code>{escape(repr(self))}</code><table>{''.join(lines)}</table>"

    @overload
    def __getitem__(self, key: SupportsIndex) -> Any: ...
    @overload
    def __getitem__(self, key: slice) -> list[Any]: ...
    @overload
    def __getitem__(self, key: ArrayLike) -> list[Any]: ...
    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, SupportsIndex) and not isinstance(key, np.ndarray):
            i = self._row(key)
            with located(table=self.name, row=i):
                return decode_value(self._text(i))
        return self._decode(self.rows(key))

    def __iter__(self) -> Iterator[Any]:
        for first in range(0, len(self), _CHUNK):
            yield from self._decode(np.arange(first, min(first + _CHUNK, len(self))))

    @names_arguments
    def raw(self, i: SupportsIndex) -> bytes:
        """Return a row's JSON text, as it is in the file.

        Examples
        --------
        >>> document.categories.raw(0)
        b'{"id":1,"name":"leaf"}'
        """
        return bytes(self._text(self._row(i)))

    @property
    def part(self) -> NDArray[np.int32]:
        """The index of the part that each row belongs to, shape (n,), ascending, read-only.

        Examples
        --------
        >>> document.annotations.part
        array([0, 0, 0], dtype=int32)
        """
        view = self._part.view()
        view.flags.writeable = False
        return view

    @property
    def listed(self) -> NDArray[np.bool_]:
        """Whether each part has such a list, if only an empty one, shape (parts,).

        Examples
        --------
        >>> document.annotations.listed
        array([ True])
        """
        return np.array([self.name in part.tables for part in self._parts], bool)

    @names_arguments
    def rows_of(self, part: int) -> range:
        """Return the rows of one part.

        Raises
        ------
        IndexError
            If there is no such part.

        Examples
        --------
        >>> document.annotations.rows_of(0)
        range(0, 3)
        """
        self._require_part(part)
        ends = np.array([part, part + 1], self._part.dtype)  # of another type, all are converted
        first, last = np.searchsorted(self._part, ends).tolist()
        return range(first, last)

    @names_arguments
    def rows(self, rows: RowSelection) -> NDArray[np.int64]:
        """Return row numbers from indices (negative ones count back), flags, a slice or None.

        Raises
        ------
        IndexError
            If one is out of range.

        Examples
        --------
        >>> document.annotations.rows([True, False, True])
        array([0, 2])
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

    @names_arguments
    def keys(self, *, threads: int = 0) -> dict[str, int]:
        """Return how many rows have each key, in the order in which keys first appear.

        Examples
        --------
        >>> document.categories.keys()
        {'id': 2, 'name': 2}
        """
        return self._lying(None).count_keys(threads)

    @names_arguments
    def column(
        self, key: str, rows: RowSelection = None, *, missing: Any = MISSING, threads: int = 0
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

        Raises
        ------
        DocumentError
            For a key that no row has, and that is a slip of one that they have.

        Examples
        --------
        >>> import cocodec
        >>> rows = [{"id": 1, "category_id": 7}, {"id": 2, "category_id": 8}]
        >>> cocodec.read({"annotations": rows}).annotations.column("category_id")
        array([7, 8])
        >>> cocodec.read({"annotations": rows}).annotations.column("catgeory_id")
        Traceback (most recent call last):
        ...
        cocodec.errors.DocumentError: annotations: no row has 'catgeory_id'; is 'category_id' meant?
        """
        (kinds,), (places,) = self.find([key], rows, threads=threads)
        if len(kinds) > 0 and not (kinds != JsonKind.MISSING).any():
            self._require_no_slip(key)
        return column_of(places, kinds, missing)

    @names_arguments
    def _require_no_slip(self, key: str) -> None:
        """Refuse a key that nobody knows and that is all but one that the rows have."""
        if key in _KNOWN:
            return
        from difflib import get_close_matches

        meant = get_close_matches(key, self.keys(), 1, 0.85)
        if meant and meant[0] != key:
            raise DocumentError(f"no row has {key!r}; is {meant[0]!r} meant?", table=self.name)

    @names_arguments
    def kinds(self, key: str, rows: RowSelection = None, *, threads: int = 0) -> NDArray[np.uint8]:
        """Return the `JsonKind` of each row's value of one key, shape (n,).

        Examples
        --------
        >>> document.annotations.kinds('area') == cocodec.JsonKind.FLOAT
        array([ True,  True,  True])
        """
        return self._lying(rows).kinds_of(key, threads)

    @names_arguments
    def find(
        self, keys: Sequence[str], rows: RowSelection = None, *, threads: int = 0
    ) -> tuple[NDArray[np.uint8], list[Places]]:
        """Find values: their `JsonKind`, shape (k, n), and where they lie, for each key.

        Examples
        --------
        >>> kinds, places = document.annotations.find(['area'])
        >>> kinds[0] == cocodec.JsonKind.FLOAT
        array([ True,  True,  True])
        """
        wanted = list(keys)
        if self.version > 0 or not wanted or not self._columns.keys() >= set(wanted):
            return self._lying(rows).find(wanted, threads)
        kinds, places = zip(*(self._columns[key] for key in wanted), strict=True)
        numbers = slice(None) if rows is None else self.rows(rows)
        return np.stack(kinds)[:, numbers], [one.take(numbers) for one in places]

    @names_arguments
    def places(self, rows: RowSelection = None) -> Places:
        """Return where rows lie; out of date with the next edit.

        Examples
        --------
        >>> len(document.annotations.places().spans)
        3
        """
        return self._lying(rows).loaded()

    def _row_kinds(self) -> NDArray[np.uint8]:
        """Return the `JsonKind` of each row, shape (n,)."""
        return self._lying(None).kinds()

    def _lying(self, rows: RowSelection) -> Places:
        """Return where rows lie, if only in a file."""
        self._settle()
        whole = Places(self._texts, self._which, self._spans)
        return whole if rows is None else whole.take(self.rows(rows))

    # ------------------------------------------------------------ ids

    @names_arguments
    def positions(self, id: Any, part: int | None = None) -> NDArray[np.int64]:
        """Return the rows that have exactly this ``id``: 1, "1" and True are three, 1.0 is 1.

        Examples
        --------
        >>> document.annotations.positions(3)
        array([2])
        """
        found = self.id_index().positions(encode(id, "the id"))
        return found if part is None else found[self._part[found] == part]

    def duplicates(self) -> list[Duplicate]:
        """Return the ids that come more than once in one part, by their first row.

        Examples
        --------
        >>> document.annotations.duplicates()
        []
        """
        out = []
        for rows in self.id_index().duplicates():
            first = int(rows[0])
            out.append(Duplicate(self[first]["id"], int(self._part[first]), rows))
        return out

    def id_index(self) -> _core.IdIndex:
        """Return the rows by id, as C++ has it.

        Examples
        --------
        >>> type(document.annotations.id_index()).__name__
        'IdIndex'
        """
        if self._index is None:
            _, (ids,) = self.find(["id"])
            self._index = _core.IdIndex(ids.rows(), self._part)
        return self._index

    # ------------------------------------------------------------ edits

    def __setitem__(self, i: SupportsIndex, row: Any) -> None:
        """Write a row: only the values that differ from the old row's change in its text.

        Keys stay in the old row's order, new ones come behind them.
        """
        number = self._row(i)
        old = self.raw(number)
        new = revised(old, row, f"{self.name}, row {number}")
        if new is not old:
            where = np.array([[0, len(new)]])
            self._store(np.array([number]), Places([new], np.zeros(1, np.int32), where))
            self._index = None

    @names_arguments
    def set_column(
        self, key: str, values: Iterable[Any], rows: RowSelection = None, *, threads: int = 0
    ) -> None:
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

        Examples
        --------
        >>> document.annotations.set_column('score', [0.1, 0.2, 0.3])
        >>> document.annotations.column('score')
        array([0.1, 0.2, 0.3])
        """
        numbers = self.rows(rows)
        change = self._changed(key, values, numbers, threads)
        self.splice({key: change}, numbers, threads=threads)

    def _changed(
        self, key: str, values: Iterable[Any], rows: NDArray[np.int64], threads: int = 0
    ) -> PrintedValues:
        """Print the values of a column that are not there already."""

        def find() -> tuple[NDArray[np.uint8], Places]:
            (kinds,), (places,) = self.find([key], rows, threads=threads)
            return kinds, places

        return changed_column(values, f"{self.name}, {key!r}", find)

    def splice(self, changes: Changes, rows: RowSelection = None, *, threads: int = 0) -> None:
        """Write printed values into rows, many keys at once; what `set_column` is made of."""
        numbers = self.rows(rows)
        touched = np.zeros(len(numbers), bool)
        for values in changes.values():
            touched |= values.spans[:, 0] != -1
        ascending = bool((np.diff(numbers) > 0).all())  # as nearly always: a look for twins is slow
        if not ascending and len(np.unique(numbers)) < len(numbers):  # the last of each counts
            _, last = np.unique(numbers[::-1], return_index=True)
            only = np.zeros(len(numbers), bool)
            only[len(numbers) - 1 - last] = True
            touched &= only
        chosen = np.flatnonzero(touched)
        for first in range(0, len(chosen), _EDITED):
            some = numbers[chosen[first : first + _EDITED]]
            self._require_objects(self._lying(some), some)
        self._settle()
        self._deferred.append((of_rows(changes, chosen), numbers[chosen], threads))
        self.version += len(chosen) > 0
        if not ascending or (len(chosen) <= _EDITED and self._in_memory):
            self._settle()
        if "id" in changes:
            self._index = None

    @names_arguments
    def extend(self, rows: Iterable[Mapping[str, Any]], *, part: int = 0) -> NDArray[np.int64]:
        """Add rows behind the others of a part; returns their row numbers.

        Rows of later parts move back. Add many in one call: each call costs as much as the table
        is long.

        Examples
        --------
        >>> document.categories.extend([{'id': 3, 'name': 'root'}])
        array([2])
        >>> len(document.categories)
        3
        """
        self._require_list(part)
        self._settle()
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
        self._store(numbers, Places([text], np.zeros(len(given), np.int32), spans))
        self._index = None
        return numbers

    @names_arguments
    def remove(self, rows: RowSelection) -> None:
        """Remove rows; those behind them move up.

        Examples
        --------
        >>> document.annotations.remove([0])
        >>> document.annotations.column('id')
        array([2, 3])
        """
        self._settle()
        numbers = np.unique(self.rows(rows))
        for part in np.unique(self._part[numbers]).tolist():
            self._require_list(part)
        self._origin = np.delete(self._origins(), numbers)
        self._part = np.delete(self._part, numbers)
        self._which = np.delete(self._which, numbers)
        self._spans = np.delete(self._spans, numbers, axis=0)
        self.version += 1
        self._index = None

    @names_arguments
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

        Examples
        --------
        >>> len(document.annotations.state_of(0)[1])
        3
        """
        self._require_part(part)
        rows = self.rows_of(part)
        places = self.places(slice(rows.start, rows.stop))
        is_new = self._which[rows.start : rows.stop] >= self._sources
        return places, self._origins_in(part, rows), is_new

    def _written_rows(self, part: int) -> tuple[WrittenRows, NDArray[np.int64], bool]:
        """Return a part's rows to be written, which they were, and whether the text of any is new.

        As `state_of`, but what was edited of many rows is made while it is written.
        """
        rows = self.rows_of(part)
        self._shares = True  # what is looked at now stays so while it is written
        which, spans = self._which[rows.start : rows.stop], self._spans[rows.start : rows.stop]
        edits = []
        for changes, numbers, threads in self._deferred:
            first, stop = np.searchsorted(numbers, [rows.start, rows.stop]).tolist()
            if stop > first:
                some = of_rows(changes, slice(first, stop))
                edits.append((some, numbers[first:stop] - rows.start, threads))
        is_edited = bool(edits) or bool((which >= self._sources).any())
        written = WrittenRows(Places([*self._texts], which, spans), edits)
        return written, self._origins_in(part, rows), is_edited

    @names_arguments
    def is_single(self, part: int) -> bool:
        """Whether the part has one record in the place of a list.

        Examples
        --------
        >>> document.images.is_single(0)
        False
        """
        self._require_part(part)
        raw = self._parts[part]
        listed = raw.root == "results" or self.name in raw.fields
        return self.name in raw.tables and not listed

    # ------------------------------------------------------------ behind these

    def _origins_in(self, part: int, rows: range) -> NDArray[np.int64]:
        origins = self._origins()[rows.start : rows.stop]
        return np.where(origins < 0, -1, origins - self._starts[part])

    def _settle(self) -> None:
        """Make the texts of rows whose edits were put off; whoever looks at rows asks for that."""
        if not self._deferred:
            return
        with _SETTLING:
            while self._deferred:
                changes, numbers, threads = self._deferred[0]
                for first in range(0, len(numbers), _EDITED):
                    part = slice(first, first + _EDITED)
                    rows = numbers[part]
                    places = Places(self._texts, self._which[rows], self._spans[rows])
                    self._put(rows, splice(places, of_rows(changes, part), threads))
                if len(numbers) > len(self) // 2:
                    self._forget()
                del self._deferred[0]  # last: others wait for it

    def _row(self, i: SupportsIndex) -> int:
        number = i.__index__()
        if not -len(self) <= number < len(self):
            raise IndexError(f"row {number} is out of range: {self.name} has {len(self)} rows")
        return number % len(self)

    def _text(self, i: int) -> memoryview:
        self._settle()
        begin, end = self._spans[i].tolist()
        return view_of(self._texts[self._which[i]], begin, end)

    def _decode(self, rows: NDArray[np.int64]) -> list[Any]:
        text = _core.join_values(self.places(rows).rows())
        decoded: list[Any] = decode_value(text)
        return decoded

    def _origins(self) -> NDArray[np.int64]:
        return np.arange(len(self)) if self._origin is None else self._origin

    def _store(self, rows: NDArray[np.int64], made: Places) -> None:
        """Point rows at new texts: an edit."""
        self._put(rows, made)
        self.version += 1

    def _put(self, rows: NDArray[np.int64], made: Places) -> None:
        if self._shares:
            self._which, self._spans = self._which.copy(), self._spans.copy()
            self._shares = False
        if len(made.texts) == 1 and len(made.texts[0]) < _SMALL:
            number, begin = self._append(made.texts[0])
            self._which[rows], self._spans[rows] = number, made.spans + begin
        else:
            Places(self._texts, self._which, self._spans).put(rows, made)
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
        others = np.flatnonzero(places.kinds() != JsonKind.OBJECT)
        if len(others) > 0:
            i = int(others[0])
            found = bytes(places.text(i)[:40]).decode("utf-8", "replace")
            reason = f"is {found}, expected an object"
            raise DocumentError(reason, table=self.name, row=int(numbers[i]))

    def _require_part(self, part: int) -> None:
        if not 0 <= part < len(self._parts):
            raise IndexError(f"part {part} is out of range: there are {len(self._parts)}")

    def _require_list(self, part: int) -> None:
        self._require_part(part)
        raw = self._parts[part]
        if self.is_single(part) or (raw.root != "document" and self.name != "annotations"):
            what = "a list of results" if raw.root == "results" else f"one {raw.root}"
            raise DocumentError(f"part {part}, {what}, has no list of {self.name}")

    def _is_spaced(self, part: int) -> bool:
        return is_spaced(self._parts[part].source, *self._parts[part].span)
