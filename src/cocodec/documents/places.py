"""Values of one key in many records -> a numpy array of the type that they allow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.json_values import JsonKind
from cocodec.errors import DocumentError

__all__ = ["Places", "column_of", "decode_all", "decode_places", "decode_value"]

_BOOLS = {JsonKind.FALSE, JsonKind.TRUE}
_NUMBERS = {JsonKind.INT, JsonKind.FLOAT}
_LAST_EXACT = 2**53  # up to here every integer is a double
_SPACE = b" \t\r\n"
_END = b";"  # no byte of numbers and lists of these


class Places:
    """Where n values lie.

    Attributes
    ----------
    texts : list of bytes-like
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
        return _core.Rows(self.texts, self.which, self.spans)

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
        return memoryview(self.texts[self.which[i]])[begin:end]


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
