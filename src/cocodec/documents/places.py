"""Values of one key in many records -> a numpy array of the type that they allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.json_values import JsonKind
from cocodec.errors import DocumentError
from cocodec.files.file_text import FileText, view_of

__all__ = ["KeptValues", "Places", "column_of", "decode_all", "decode_places", "decode_value"]

_BOOLS = {JsonKind.FALSE, JsonKind.TRUE}
_NUMBERS = {JsonKind.INT, JsonKind.FLOAT}
_LAST_EXACT = 2**53  # up to here every integer is a double
_SPACE = b" \t\r\n"
_END = b";"  # no byte of numbers and lists of these
_WINDOW = 4 << 20  # bytes of a file that are read together


class Places:
    """Where n values lie.

    Attributes
    ----------
    texts : list of bytes-like, or of FileText
        What of a text that stays in its file is needed is read when it is.
    which : (n,) array of int32
        Index of the text of each.
    spans : (n, 2) array of int64
        Begin and end; negative where there is nothing.
    """

    __slots__ = ("spans", "texts", "which")

    def __init__(
        self, texts: list[Any], which: NDArray[np.int32], spans: NDArray[np.int64]
    ) -> None:
        self.texts, self.which, self.spans = texts, which, spans

    def __len__(self) -> int:
        return len(self.which)

    def rows(self) -> _core.Rows:
        """Return them as C++ takes them; to be dropped after the call."""
        near = self.loaded()
        return _core.Rows(near.texts, near.which, near.spans)

    def take(self, indices: NDArray[Any] | slice) -> Places:
        """Return some of them."""
        return Places(self.texts, self.which[indices], self.spans[indices])

    def put(self, rows: NDArray[Any] | slice, others: Places) -> None:
        """Point some, one by one, at where others lie: in place, the list of texts grows."""
        first = np.int32(len(self.texts))
        self.texts += others.texts
        self.which[rows] = others.which + first
        self.spans[rows] = others.spans

    def overlaid(self, rows: NDArray[Any] | slice, others: Places) -> Places:
        """Return them with some in other places; they stay as they are."""
        out = Places([*self.texts], self.which.copy(), self.spans.copy())
        out.put(rows, others)
        return out

    @staticmethod
    def nowhere(count: int) -> Places:
        """Return so many values that are nowhere yet, for `put`."""
        return Places([], np.zeros(count, np.int32), np.full((count, 2), -1, np.int64))

    def joined(self) -> tuple[bytes, NDArray[np.int64]]:
        """Return them in one text, one behind the other, and where each lies there."""
        sizes = self.spans[:, 1] - self.spans[:, 0]
        ends = np.cumsum(sizes)
        return _core.gather(self.rows()), np.stack([ends - sizes, ends], axis=1)

    def without(self) -> Places:
        """Return as many values that are nowhere."""
        return Places(self.texts, self.which, np.full_like(self.spans, -1))

    def closed_up(self) -> Places:
        """Return copies of them without white space: of values that are no texts and have none."""
        count, marks = len(self), len(self.texts)
        which = np.full((count, 2), marks, np.int32)
        spans = np.empty((count, 2, 2), np.int64)
        which[:, 0], spans[:, 0], spans[:, 1] = self.which, self.spans, (0, 1)
        pieces = _core.Rows([*self.texts, _END], which.ravel(), spans.reshape(-1, 2))
        text = _core.gather(pieces).translate(None, _SPACE)
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _END[0])
        begins = np.concatenate([[0], ends + 1])[:-1]
        return Places([text], np.zeros(count, np.int32), np.column_stack([begins, ends]))

    def same_texts(self, other: Places) -> NDArray[np.bool_]:
        """Whether as many values of two places are spelled the same, pair by pair, shape (n,)."""
        return _core.equal_values(self.rows(), other.rows()).astype(bool)

    def text(self, i: int) -> memoryview:
        """Return the text of one."""
        begin, end = self.spans[i].tolist()
        return view_of(self.texts[self.which[i]], begin, end)

    # ------------------------------------------------------------ texts that stay in their files

    @property
    def in_memory(self) -> bool:
        """Whether all texts are; else one may stay in a file."""
        return not any(isinstance(text, FileText) for text in self.texts)

    def loaded(self) -> Places:
        """Return the same values, all in memory; what of a file lies around them is not kept."""
        if self.in_memory:
            return self
        order = self._order()
        if order is not None:
            return self.take(order).loaded().take(np.argsort(order))
        windows = list(self.windows())
        if len(windows) == 1:
            return self._read()
        text = b"".join(_core.gather(self.take(window)._read().rows()) for window in windows)
        return _in_a_row(text, self.spans)

    def windows(self, most: int = 1 << 62) -> Iterator[slice]:
        """Cut them into pieces of `most` values, and of some megabytes of a file that they span.

        Values in another order than the file's are one piece.
        """
        count = len(self)
        if self.in_memory:
            yield from (slice(at, min(at + most, count)) for at in range(0, count, most))
            return
        begins, ends = self.spans.T
        if self._order() is not None:
            begins, ends = np.zeros_like(begins), np.zeros_like(ends)
        elif len(self.texts) > 1 or (begins < 0).any():  # some are elsewhere, and count as nothing
            far = self._far()
            begins, ends = (np.maximum.accumulate(np.where(far, one, 0)) for one in (begins, ends))
        at = 0
        while at < count:
            stop = int(np.searchsorted(ends, begins[at] + _WINDOW, "right"))
            stop = min(max(stop, at + 1), at + most, count)
            yield slice(at, stop)
            at = stop

    def _far(self) -> NDArray[np.bool_]:
        """Which lie in a file."""
        files = [k for k, text in enumerate(self.texts) if isinstance(text, FileText)]
        return np.isin(self.which, files) & (self.spans[:, 0] >= 0)

    def _order(self) -> NDArray[np.int64] | None:
        """The order in which they lie in a file; None if it is theirs."""
        begins = self.spans[:, 0]
        if (begins[1:] >= begins[:-1]).all():
            return None
        far = self._far()
        of_file = begins[far]
        if (of_file[1:] >= of_file[:-1]).all():
            return None
        return np.argsort(np.where(far, begins, -1), kind="stable")

    def _read(self) -> Places:
        """Return them with all that they span of a file in memory."""
        texts, spans = list(self.texts), self.spans.copy()
        there = spans[:, 0] >= 0
        for k, text in enumerate(texts):
            if isinstance(text, FileText):
                own = there & (self.which == k)
                begin, end = (spans[own].min(), spans[own].max()) if own.any() else (0, 0)
                texts[k] = text[int(begin) : int(end)]
                spans[own] -= begin
        return Places(texts, self.which, spans)

    # ------------------------------------------------------------ what records have

    def find(self, keys: Sequence[str], threads: int = 0) -> tuple[NDArray[np.uint8], list[Places]]:
        """Find the values of keys in records: their `JsonKind`, shape (k, n), and their places."""
        if self.in_memory:
            kinds, spans = _core.find_values(self.rows(), list(keys), threads)
            return kinds, [Places(self.texts, self.which, one) for one in spans]
        order = self._order()
        if order is not None:
            kinds, found = self.take(order).find(keys, threads)
            back = np.argsort(order)
            return kinds[:, back], [one.take(back) for one in found]
        windows = list(self.windows())
        if len(windows) == 1:
            return self._read().find(keys, threads)
        kept = KeptValues(keys)
        for window in windows:
            kept.add(self.take(window)._read(), threads)
        return kept.found()

    def kinds_of(self, key: str, threads: int = 0) -> NDArray[np.uint8]:
        """Find the kinds of the values of one key in records, shape (n,)."""
        kinds = np.empty(len(self), np.uint8)
        for window in [slice(None)] if self.in_memory else self.windows():
            kinds[window] = _core.find_values(self.take(window).rows(), [key], threads)[0][0]
        return kinds

    def kinds(self) -> NDArray[np.uint8]:
        """Return the `JsonKind` of each, shape (n,); 0 where there is nothing."""
        kinds = np.empty(len(self), np.uint8)
        for window in self.windows():
            kinds[window] = _core.value_kinds(self.take(window).rows())
        return kinds

    def count_keys(self, threads: int = 0) -> dict[str, int]:
        """Count the keys of records, in the order in which they first appear."""
        counts: dict[str, int] = {}
        for window in self.windows():
            for key, count in _core.count_keys(self.take(window).rows(), threads):
                counts[key] = counts.get(key, 0) + count
        return counts


class KeptValues:
    """Values of some keys of records that go: they are kept one behind the other, nothing else."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = list(keys)
        self._texts = [bytearray() for _ in keys]
        self._kinds = [np.empty((len(keys), 0), np.uint8)]
        self._spans = [np.empty((len(keys), 0, 2), np.int64)]

    def add(self, records: Places, threads: int = 0) -> None:
        """Find and keep the values of records that come behind the others."""
        kinds, spans = _core.find_values(records.rows(), self._keys, threads)
        self._kinds.append(kinds)
        self._spans.append(spans)
        for text, one in zip(self._texts, spans, strict=True):
            text += _core.gather(Places(records.texts, records.which, one).rows())

    def found(self) -> tuple[NDArray[np.uint8], list[Places]]:
        """Return kinds and places, as `Places.find` does."""
        spans = np.concatenate(self._spans, axis=1)
        kept = [_in_a_row(text, one) for text, one in zip(self._texts, spans, strict=True)]
        return np.concatenate(self._kinds, axis=1), kept


def _in_a_row(text: bytes | bytearray, spans: NDArray[np.int64]) -> Places:
    """Places of values that were put one behind the other; `spans`: where they were before."""
    there = spans[:, 0] >= 0
    ends = np.cumsum(np.where(there, spans[:, 1] - spans[:, 0], 0))
    begins = np.concatenate([[0], ends[:-1]]) if len(ends) > 0 else ends
    where = np.where(there[:, None], np.column_stack([begins, ends]), spans)
    return Places([text], np.zeros(len(spans), np.int32), where)


def column_of(places: Places, kinds: NDArray[np.uint8], missing: Any) -> NDArray[Any]:
    """Read a column; `missing` takes the place of values that are not there.

    bool, int64 or float64 where every value is such and fits; (n, k) float64 where every value is a
    list of k numbers; otherwise objects. Integers that no double is equal to are never rounded.
    """
    found = {JsonKind(int(kind)) for kind in np.flatnonzero(np.bincount(kinds, minlength=9))}
    if JsonKind.MISSING not in found:
        column = _numeric(places, kinds, found)
        return _objects(places) if column is None else column
    holes = kinds == JsonKind.MISSING
    found.discard(JsonKind.MISSING)
    if _is_number(missing) or np.ndim(missing) == 1:
        column = _numeric(places, kinds, found) if found else np.full(len(kinds), missing)
        column = None if column is None else _filled(column, holes, missing)
        if column is not None:
            return column
    column = _objects(places)
    for i in np.flatnonzero(holes):
        column[i] = missing
    return column


def decode_value(text: Any) -> Any:
    """Decode the text of a value; whoever knows its place adds it to the error."""
    import msgspec  # whoever only reads columns of numbers does without

    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise DocumentError(str(error)) from None


def decode_all(text: Any) -> Any:
    """Decode the text of values that were read already, wherever each is.

    Numbers that no double holds (1e400) are infinite, as Python's ``json`` has them.
    """
    import msgspec

    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        import json  # few need it

        return json.loads(bytes(text))


def decode_places(places: Places) -> list[Any]:
    """Decode values to look at them, as `decode_all` does; None where there is none."""
    found: list[Any] = decode_all(_core.join_values(places.rows()))
    return found


def _numeric(places: Places, kinds: NDArray[np.uint8], found: set[JsonKind]) -> NDArray[Any] | None:
    n = len(places)
    if found and found <= _BOOLS:
        return np.asarray(kinds == JsonKind.TRUE)
    if found == {JsonKind.INT}:
        integers = np.zeros(n, np.int64)
        return integers if _core.parse_numbers(places.rows(), integers) else None
    if found and found <= _NUMBERS:
        numbers = np.zeros(n, np.float64)
        return numbers if _core.parse_numbers(places.rows(), numbers) else None
    if found == {JsonKind.LIST}:
        first = int(np.argmax(kinds == JsonKind.LIST))
        width = len(_core.list_elements(places.text(first)))
        if width == 0:
            return None
        rows = np.zeros((n, width), np.float64)
        return rows if _core.parse_numbers(places.rows(), rows) else None
    return None


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, (bool, int, float, np.generic)) and np.asarray(value).dtype.kind in "bif"
    )


def _filled(column: NDArray[Any], holes: NDArray[np.bool_], missing: Any) -> NDArray[Any] | None:
    """Put `missing` into the holes; None if the column cannot hold it, not even as float64."""
    value = np.asarray(missing)
    if column.ndim == 2:
        if value.dtype.kind not in "if" or value.shape not in ((), column.shape[1:]):
            return None
    elif value.ndim != 0 or "b" in (kinds := column.dtype.kind + value.dtype.kind) != "bb":
        return None
    elif kinds == "if":
        if (np.abs(column.astype(np.float64)) >= _LAST_EXACT).any():
            return None
        column = column.astype(np.float64)
    elif kinds == "fi" and abs(int(value)) > _LAST_EXACT:
        return None
    column[holes] = value
    return column


def _objects(places: Places) -> NDArray[Any]:
    values = decode_value(_core.join_values(places.rows()))
    return np.fromiter(values, dtype=object, count=len(places))
