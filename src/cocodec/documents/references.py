"""What ids in rows refer to, by exact identity, or if they differ in type only: "1" for 1."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cocodec.documents.document import Document
    from cocodec.documents.table import Table

__all__ = ["Ids", "coerce_references", "identity"]

Key = tuple[int, Hashable]  # a part, and an id in it

_LONGEST = 4000  # digits of a string that is still read as an integer


def identity(value: Any, *, coerce: bool = False) -> Hashable:
    """A key that is equal for equal ids only: 1, "1" and true are three ids; 1.0 is 1.

    With `coerce`, a string that spells an integer is that integer.
    """
    if type(value) is int:
        return value
    if isinstance(value, bool) or value is None:
        return ("constant", value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else ("float", value)
    if isinstance(value, str):
        return int(value) if coerce and _spells_integer(value) else ("string", value)
    return ("other", repr(value))


def _spells_integer(text: str) -> bool:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST):
        return False
    return digits[0] != "0" or text == "0"


class Ids:
    """What the rows of each part call something -> its index."""

    def __init__(self) -> None:
        self._exact: dict[Key, int] = {}
        self._coerced: dict[Key, int] = {}

    def add(self, part: int, value: Any, index: int) -> None:
        """Enter an id; of several that are the same the last counts, as everywhere."""
        self._exact[part, identity(value)] = index
        self._coerced[part, identity(value, coerce=True)] = index

    def find(self, part: int, value: Any, coerce: bool) -> int | None:
        """Find an id; with `coerce` also if it is a string here and a number there."""
        found = self._exact.get((part, identity(value)))
        if found is None and coerce:
            found = self._coerced.get((part, identity(value, coerce=True)))
        return found


def coerce_references(document: Document) -> int:
    """Write `image_id` and `category_id` as the rows spell their ids, in place.

    Only references that name nothing as they are change, and only where some row's id is the same
    whole number as a text, or the other way round. Everything else stays byte for byte.

    Returns
    -------
    int
        How many annotations were changed.
    """
    lost = document.dangling()
    changed = _coerce(document, "image_id", document.images, lost.images)
    changed |= _coerce(document, "category_id", document.categories, lost.categories)
    return int(np.count_nonzero(changed))


def _coerce(
    document: Document, key: str, table: Table, lost: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Write one kind of reference; tell which rows changed."""
    rows = document.annotations
    changed = np.zeros(len(rows), bool)
    if len(lost) == 0:
        return changed
    ids, named = Ids(), table.column("id", missing=None).tolist()
    for row, part in enumerate(table.part.tolist()):
        ids.add(part, named[row], row)
    parts, values = rows.part[lost].tolist(), rows.column(key, lost).tolist()
    found = [ids.find(part, value, True) for part, value in zip(parts, values, strict=True)]
    known = [(int(row), named[at]) for row, at in zip(lost, found, strict=True) if at is not None]
    where = np.array([row for row, _ in known], np.int64)
    rows.set_column(key, [id_ for _, id_ in known], where)
    changed[where] = True
    return changed
