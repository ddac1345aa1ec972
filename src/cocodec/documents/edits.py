"""Edits of single values and of columns: what differs from what is there, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.json_values import MISSING, JsonKind, PrintedValues, encode, encode_all, same
from cocodec.documents.places import Places, column_of, decode_all, decode_value
from cocodec.errors import DocumentError
from cocodec.files.file_text import Text

__all__ = [
    "Changes",
    "changed_column",
    "equal_numbers",
    "is_spaced",
    "of_rows",
    "revised",
    "splice",
]

Changes = Mapping[str, PrintedValues]  # of each key, its new values in some rows

_LAST_EXACT = 2**53  # up to here every integer is a double


def of_rows(changes: Changes, rows: slice | NDArray[np.int64] | NDArray[np.bool_]) -> Changes:
    """Of changes of some rows, those of some of these."""
    return {key: values._replace(spans=values.spans[rows]) for key, values in changes.items()}


def splice(places: Places, changes: Changes, threads: int = 0) -> Places:
    """Make the texts of records anew, with other values."""
    spans = np.stack([values.spans for values in changes.values()])
    texts = [(values.text, values.verbatim_from) for values in changes.values()]
    made, which, where = _core.edit_records(places.rows(), list(changes), texts, spans, threads)
    return Places(made, which, where)


def revised(text: bytes, value: Any, what: str) -> bytes:
    """Spell `value` in the place of `text`: of an object only the members that differ change."""
    old = decode_value(text)
    if not isinstance(old, dict) or not isinstance(value, Mapping):
        new = encode(value, what)
        if same(msgspec.json.decode(new), old):
            return text
        return _core.spaced_json(new) if is_spaced(text) else new
    changes = {}
    value = {key: item for key, item in value.items() if item is not MISSING}
    for key, item in value.items():
        if not isinstance(key, str):
            raise DocumentError(f"{what} has the key {key!r}; keys are strings")
        if key not in old or not same(item, old[key]):
            new = encode(item, f"{what}, {key!r}")
            if key not in old or not same(msgspec.json.decode(new), old[key]):
                changes[key] = PrintedValues(new, np.array([[0, len(new)]]), len(new))
    for key in old.keys() - value.keys():
        changes[key] = PrintedValues(b"", np.array([[-2, -2]]), 0)
    if not changes:
        return text
    places = Places([text], np.zeros(1, np.int32), np.array([[0, len(text)]]))
    return bytes(splice(places, changes).text(0))


def is_spaced(text: Text, begin: int = 0, end: int = 4096) -> bool:
    """Whether the writer of some JSON puts a space behind colons, or else behind commas."""
    start = text[begin : min(end, begin + 4096)]
    for mark in (b'":', b","):
        at = start.find(mark)
        if at >= 0:
            behind = at + len(mark)
            return start[behind : behind + 1] in (b" ", b"\n", b"\t", b"\r")
    return False


def changed_column(
    values: Any, what: str, find: Callable[[], tuple[NDArray[np.uint8], Places]]
) -> PrintedValues:
    """Print the values of a column; those that are there already are kept as they are spelled.

    `find` gives the kinds and places of the old values.
    """
    made = encode_all(values, what)
    text, spans, _ = made
    kinds, places = find()
    if len(kinds) != len(spans):
        raise ValueError(f"{what} has {len(spans)} values for {len(kinds)} rows")
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        kept = equal_numbers(values, kinds, places)
    else:
        new = msgspec.json.decode(text)
        old = decode_all(_core.join_values(places.rows()))
        kept = np.fromiter(map(same, new, old), bool, len(new)) & (kinds != JsonKind.MISSING)
        kept = (kept & (spans[:, 0] >= 0)) | ((kinds == JsonKind.MISSING) & (spans[:, 0] < 0))
    spans[kept] = -1
    return made


def equal_numbers(
    values: NDArray[Any], kinds: NDArray[np.uint8], places: Places
) -> NDArray[np.bool_]:
    """Where numbers are already what they are to be; an integer may be given as a float."""
    kept = np.zeros(len(kinds), bool)
    if values.dtype.kind == "b" and values.ndim == 1:
        return np.asarray(kinds == np.where(values, JsonKind.TRUE, JsonKind.FALSE))
    wanted = [JsonKind.LIST] if values.ndim == 2 else [JsonKind.INT]
    if values.dtype.kind == "f" and values.ndim == 1:
        wanted.append(JsonKind.FLOAT)
    there = np.isin(kinds, wanted)
    if values.dtype.kind not in "iuf" or not there.any():
        return kept
    old, new = column_of(places.take(there), kinds[there], MISSING), values[there]
    if old.shape != new.shape or old.dtype == object:
        kept[there] = [*map(_are_equal, old, new.tolist())]
        return kept
    alike = old == new
    if old.dtype != new.dtype:
        alike &= np.abs(new.astype(np.float64)) < _LAST_EXACT
    alike &= np.signbit(old) == np.signbit(new)
    kept[there] = alike.all(axis=1) if new.ndim == 2 else alike
    return kept


def _are_equal(old: Any, new: Any) -> bool:
    """The same, one by one, for columns of odd values."""
    if isinstance(old, (list, np.ndarray)) and isinstance(new, list):
        return len(old) == len(new) and all(map(_are_equal, old, new))
    if isinstance(old, bool) or not isinstance(old, (int, float)) or isinstance(new, list):
        return False
    return old == new and math.copysign(1, old) == math.copysign(1, new)
