"""Values of one key in many records <-> one column of pyarrow, and what is lost on the way.

A cell holds what a value says. How it was spelled, if that is not what printing the cell gives, is
told by what stays in the record's text: `NULL` (print it), `ZERO` (print whole numbers without a
point), or the value itself.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa  # type: ignore[import-not-found,import-untyped,unused-ignore]
import pyarrow.compute as pc  # type: ignore[import-not-found,import-untyped,unused-ignore]
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.json_values import JsonKind, PrintedValues, encode_all
from cocodec.documents.places import Places, decode_value
from cocodec.errors import DocumentError

__all__ = [
    "NULL",
    "VERBATIM",
    "ZERO",
    "Cells",
    "ListKind",
    "kind_of_lists",
    "lists_of",
    "print_cells",
    "read_cells",
    "same_texts",
    "text_array",
]

VERBATIM, NULL, ZERO = 0, 1, 2  # what stays in the place of a value
_FLOATS, _INTEGERS, _ODD = 1, 2, 3  # as cocodec::NumberSpelling has them
_LAST_EXACT = 2**53  # up to here every integer is a double
_NARROW = 2**31 - 1  # bytes of text that offsets of 32 bits can tell apart
_BOOLS = {JsonKind.FALSE, JsonKind.TRUE}
_NUMBERS = {JsonKind.INT, JsonKind.FLOAT}


class ListKind(NamedTuple):
    """What the lists of numbers of a column are, where this is known of all its rows.

    Attributes
    ----------
    is_there : bool
        Whether there are any.
    are_integers : bool
        Whether all numbers are integers, and none is spelled with a point.
    numbers : int
        How many numbers.
    """

    is_there: bool = False
    are_integers: bool = True
    numbers: int = 0

    def join(self, other: ListKind) -> ListKind:
        """Of the rows of both."""
        return ListKind(
            self.is_there or other.is_there,
            self.are_integers and other.are_integers,
            self.numbers + other.numbers,
        )


class Cells(NamedTuple):
    """A column, and of each row what stays in the place of its value."""

    array: Any
    stays: NDArray[np.uint8]


def read_cells(places: Places, kinds: NDArray[np.uint8]) -> Cells | None:
    """Read values of one type; None where they are of several, or of none that a column has."""
    found = {JsonKind(int(kind)) for kind in np.unique(kinds)} - {JsonKind.MISSING, JsonKind.NULL}
    if not found:
        return None
    there = kinds > JsonKind.NULL
    if found <= _BOOLS:
        array = pa.array(kinds == JsonKind.TRUE, mask=~there)
        return Cells(array, np.where(there, NULL, VERBATIM).astype(np.uint8))
    places = _only(places, there)
    if found == {JsonKind.INT}:
        return _integers(places, there) or lists_of(places, 0)
    if found <= _NUMBERS:
        return lists_of(places, 0)
    if found == {JsonKind.STRING}:
        return _strings(places, there)
    if found == {JsonKind.LIST}:
        for depth in (1, 2):
            cells = lists_of(places, depth)
            if cells is not None and 2 * (len(cells.array) - cells.array.null_count) > there.sum():
                return cells
    return None


def _only(places: Places, there: NDArray[np.bool_]) -> Places:
    spans = np.where(there[:, None], places.spans, -1)
    return Places(places.texts, places.which, spans)


def _integers(places: Places, there: NDArray[np.bool_]) -> Cells | None:
    values = np.zeros(len(places), np.int64)
    if not _core.parse_numbers(places.rows(), values):
        return None
    array = pa.array(values, mask=~there)
    return Cells(array, same_texts(places, _printed_integers(array)).astype(np.uint8))


def lists_of(places: Places, depth: int, kind: ListKind | None = None) -> Cells | None:
    """Read numbers (depth 0), lists of them (1) or lists of lists (2); None if there are none.

    `kind`: of the whole column, if these are some of its rows; the rows may then have none.
    """
    values, lists, rows, spellings = _core.read_numbers(places.rows(), depth)
    if kind is None and not spellings.any():
        return None
    leaves, nulls = pa.array(values), spellings == 0
    stays = np.array([VERBATIM, NULL, ZERO, VERBATIM], np.uint8)[spellings]
    if depth == 0:
        return Cells(pa.array(values, mask=nulls), stays)
    kind = kind or _kind_of(values, lists, rows if depth == 2 else None, spellings)
    if kind.are_integers and kind.numbers > 0:
        leaves = leaves.cast(pa.int64())
        stays[stays == ZERO] = NULL
    is_wide = kind.numbers > _NARROW
    if depth == 1:
        return Cells(_list_array(lists, leaves, pa.array(nulls), is_wide), stays)
    inner = _list_array(lists, leaves, None, is_wide)
    return Cells(_list_array(rows, inner, pa.array(nulls), is_wide), stays)


def kind_of_lists(places: Places) -> ListKind:
    """What lists of lists of numbers are."""
    return _kind_of(*_core.read_numbers(places.rows(), 2))


def _kind_of(
    values: NDArray[np.float64],
    lists: NDArray[np.int64],
    rows: NDArray[np.int64] | None,
    spellings: NDArray[np.uint8],
) -> ListKind:
    lengths = np.diff(lists if rows is None else lists[rows])
    are_integers = not ((spellings == _FLOATS) & (lengths > 0)).any() and _are_integers(values)
    return ListKind(bool(spellings.any()), are_integers, len(values))


def _are_integers(values: NDArray[np.float64]) -> bool:
    whole = (values == np.floor(values)) & (np.abs(values) < _LAST_EXACT)
    return bool((whole & ~(np.signbit(values) & (values == 0))).all())


def _list_array(offsets: NDArray[np.int64], values: Any, nulls: Any, is_wide: bool) -> Any:
    """Lists with offsets of 32 bits, or, where these do not do, of 64."""
    if is_wide or offsets[-1] > _NARROW:
        return pa.LargeListArray.from_arrays(pa.array(offsets), values, mask=nulls)
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), values, mask=nulls)


def _strings(places: Places, there: NDArray[np.bool_]) -> Cells | None:
    inside = places.spans + np.array([1, -1])
    inside[~there] = -1
    inner = Places(places.texts, places.which, inside)
    array = text_array(inner)
    if pc.any(pc.match_substring(array, "\\")).as_py():
        try:
            array = pa.array(decode_value(_core.join_values(places.rows())))
        except (DocumentError, UnicodeEncodeError):  # half characters
            return None
    return Cells(array, same_texts(places, _printed_strings(array)).astype(np.uint8))


def text_array(places: Places, is_wide: bool = False) -> Any:
    """Make a column of texts that lie somewhere; null where there is nothing.

    `is_wide`: whether offsets have 64 bits though 32 would do.
    """
    there = places.spans[:, 0] >= 0
    lengths = np.where(there, places.spans[:, 1] - places.spans[:, 0], 0)
    data = _core.gather(places.take(there).rows())
    wide = is_wide or len(data) > _NARROW
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64 if wide else np.int32)
    bits = pa.py_buffer(np.packbits(there, bitorder="little"))
    kind = pa.large_string() if wide else pa.string()
    buffers = [bits, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(kind, len(there), buffers)


def same_texts(a: Places, b: Places) -> NDArray[np.bool_]:
    """Tell where two rows of texts are alike, byte for byte; nothing is like nothing else."""
    alike: NDArray[np.bool_] = (a.spans[:, 0] >= 0) & (b.spans[:, 0] >= 0)
    return alike & a.same_texts(b)


# ---------------------------------------------------------------- and back


def print_cells(array: Any, stayed: NDArray[np.uint8], places: Places, what: str) -> PrintedValues:
    """Print a column as JSON; a value that stayed, and is what the cell says, is left alone.

    Parameters
    ----------
    array : pyarrow.Array
        Nulls are left alone.
    stayed : (n,) array of uint8
        The `JsonKind` of what stands in the place of each value now.
    places : Places
        Where that stands.
    what : str
        What a message calls the column.

    Raises
    ------
    DocumentError
        For columns that are no numbers, texts, booleans or lists of numbers.
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
    valid = np.asarray(array.is_valid())
    if not valid.any():
        return _values(b"", np.full((len(valid), 2), -1), valid)
    if pa.types.is_boolean(kind):
        found = np.asarray(array.fill_null(False))
        spans = np.where(found[:, None], [[0, 4]], [[4, 9]])
        kept = stayed == np.where(found, JsonKind.TRUE, JsonKind.FALSE)
        return _values(b"truefalse", spans, valid & ~kept)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view():
        return _print_strings(array.cast(pa.large_string()), valid, stayed, places)
    if pa.types.is_integer(kind):
        return _print_integers(array, valid, stayed, places)
    depth = _depth(kind, what)
    try:
        return _print_numbers(array, depth, stayed, places)
    except DocumentError as error:
        raise DocumentError(f"{what}: {error}") from None


def _values(text: bytes, spans: NDArray[np.int64], wanted: NDArray[np.bool_]) -> PrintedValues:
    return PrintedValues(text, np.where(wanted[:, None], spans, -1), len(text))


def _depth(kind: Any, what: str) -> int:
    leaf, depth = kind, 0
    while hasattr(leaf, "value_type") and depth < 3:
        leaf, depth = leaf.value_type, depth + 1
    if depth > 2 or not (pa.types.is_floating(leaf) or pa.types.is_integer(leaf)):
        raise DocumentError(
            f"{what} is of type {kind}; expected numbers, texts, booleans or lists of numbers"
        )
    return depth


def _print_strings(
    array: Any, valid: NDArray[np.bool_], stayed: NDArray[np.uint8], places: Places
) -> PrintedValues:
    values = array.to_pylist()
    wanted = valid.copy()
    for i in np.flatnonzero(valid & (stayed == JsonKind.STRING)).tolist():
        wanted[i] = decode_value(places.text(i)) != values[i]
    printed = encode_all(values)
    return _values(printed.text, printed.spans, wanted)


def _print_integers(
    array: Any, valid: NDArray[np.bool_], stayed: NDArray[np.uint8], places: Places
) -> PrintedValues:
    printed = _printed_integers(array)
    there = valid & (stayed == JsonKind.INT)
    wanted = valid & ~(there & same_texts(places, printed))
    there &= wanted
    if there.any():  # -0
        old = np.zeros(int(there.sum()), np.int64)
        if _core.parse_numbers(places.take(there).rows(), old):
            new = np.asarray(array.filter(pa.array(there)))
            wanted[np.flatnonzero(there)[old == new]] = False
    return _values(printed.texts[0], printed.spans, wanted)


def _printed_integers(array: Any) -> Places:
    return _text_places(array.cast(pa.large_string()))


def _printed_strings(array: Any) -> Places:
    printed = encode_all(array.to_pylist())
    return Places([printed.text], np.zeros(len(array), np.int32), printed.spans)


def _text_places(array: Any) -> Places:
    """Where the texts of a column lie."""
    if len(array) == 0:
        return Places([b""], np.zeros(0, np.int32), np.zeros((0, 2), np.int64))
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int64, len(array) + 1, array.offset * 8)
    spans = np.stack([ends[:-1], ends[1:]], axis=1)
    text = b"" if data is None else data.to_pybytes()
    return Places([text], np.zeros(len(array), np.int32), spans)


def _print_numbers(
    array: Any, depth: int, stayed: NDArray[np.uint8], places: Places
) -> PrintedValues:
    leaf = array.type
    for _ in range(depth):
        leaf = leaf.value_type
    kind = pa.float64()
    for _ in range(depth):
        kind = pa.large_list(kind)
    is_whole = pa.types.is_integer(leaf)
    try:
        array = array.cast(kind)
    except pa.ArrowInvalid:  # beyond 2**53: no double is that
        return _print_exactly(array, stayed, places)
    spellings = np.where((stayed == JsonKind.INT) | is_whole, _INTEGERS, _FLOATS)
    spellings[~np.asarray(array.is_valid())] = 0
    values, lists, rows = _flat(array, depth)
    old = np.isin(stayed, [JsonKind.INT, JsonKind.FLOAT] if depth == 0 else [JsonKind.LIST])
    old &= spellings > 0
    if old.any():
        spellings[_unchanged(places, (values, lists, rows), np.flatnonzero(old))] = 0
    text, spans = _core.print_numbers(values, lists, rows, spellings.astype(np.uint8))
    return PrintedValues(text, spans, len(text))


def _print_exactly(array: Any, stayed: NDArray[np.uint8], places: Places) -> PrintedValues:
    """Print lists whose whole numbers no double holds, value by value."""
    values = array.to_pylist()
    wanted = np.asarray(array.is_valid()).copy()
    for i in np.flatnonzero(wanted & (stayed == JsonKind.LIST)).tolist():
        wanted[i] = decode_value(places.text(i)) != values[i]
    printed = encode_all(values)
    return _values(printed.text, printed.spans, wanted)


_Flat = tuple[NDArray[np.float64], "NDArray[np.int64] | None", "NDArray[np.int64] | None"]


def _flat(array: Any, depth: int) -> _Flat:
    if depth == 0:
        return np.asarray(array.fill_null(0.0)), None, None
    offsets = np.asarray(array.offsets)
    if depth == 1:
        if array.values.null_count:
            raise DocumentError("a list of numbers holds a null")
        return np.asarray(array.values), offsets, None
    values, lists, _ = _flat(array.values, 1)
    return values, lists, offsets


def _unchanged(places: Places, new: _Flat, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of the rows have the numbers that stand in their places already."""
    depth = sum(offsets is not None for offsets in new[1:])
    old = _core.read_numbers(places.take(rows).rows(), depth)
    given = _core.print_numbers(new[0], new[1], new[2], _flags(len(places), rows))
    there = _core.print_numbers(
        old[0],
        old[1] if depth > 0 else None,
        old[2] if depth > 1 else None,
        np.where(old[3] > 0, _FLOATS, 0).astype(np.uint8),
    )
    zeros = np.zeros(len(rows), np.int32)
    alike = same_texts(
        Places([given[0]], zeros, given[1][rows]), Places([there[0]], zeros, there[1])
    )
    return rows[alike]


def _flags(n: int, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    flags = np.zeros(n, np.uint8)
    flags[rows] = _FLOATS
    return flags
