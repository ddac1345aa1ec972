"""Which images and categories people mean: by id, by name, told apart by type."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.json_values import MISSING
from cocodec.documents.table import Table
from cocodec.errors import DocumentError

__all__ = ["FreshIds", "ids_of", "named_categories", "named_images", "spelled_id"]

_SHOWN = 5
_INTEGER = re.compile(r"-?[0-9]{1,4000}")  # Python reads no longer ones


def ids_of(table: Table) -> list[Any]:
    """Return the ids of all rows, `MISSING` where there is none."""
    values: list[Any] = table.column("id").tolist()
    return values


def named_categories(
    categories: Table, wanted: Iterable[Any], *, digits: bool = False
) -> NDArray[np.bool_]:
    """Return which categories are meant, shape (n,).

    Parameters
    ----------
    categories : Table
    wanted : iterable
        Ids and names; with `digits`, an id may be spelled as a string, as on a command line.

    Raises
    ------
    DocumentError
        If some are no category's; says which names are like them.
    """
    keys: list[Callable[[str], Any]] = [lambda text: text]
    names = _strings(categories, "name")
    return _find(categories, wanted, (names, keys, digits), "category")


def named_images(
    images: Table, wanted: Iterable[Any], *, digits: bool = False
) -> NDArray[np.bool_]:
    """Return which images are meant: by id, file name, its last part, or that without suffix.

    Parameters
    ----------
    images : Table
    wanted : iterable
        Of each the first of these that names an image counts.
    digits : bool
        Whether an id may be spelled as a string, as on a command line.

    Raises
    ------
    DocumentError
        If some are no image's.
    """
    keys: list[Callable[[str], Any]] = [lambda text: text, _last_part, _stem]
    names = _strings(images, "file_name")
    return _find(images, wanted, (names, keys, digits), "image")


def spelled_id(text: str) -> int | None:
    """Read an integer that is spelled as on a command line; None of anything else."""
    return int(text) if _INTEGER.fullmatch(text) else None


def _find(
    table: Table,
    wanted: Iterable[Any],
    by: tuple[list[str | None], Sequence[Callable[[str], Any]], bool],
    what: str,
) -> NDArray[np.bool_]:
    names, keys, digits = by
    items = list(wanted)
    spelled = {item: spelled_id(item) for item in items if isinstance(item, str) and digits}
    # Of a table of many rows those alone are listed that somebody wants.
    sought = {_typed(item) for item in [*items, *spelled.values()]}
    chosen = np.zeros(len(table), bool)
    by_id = _rows_by(ids_of(table), sought)
    by_name: list[dict[Any, list[int]]] = []

    def named(item: str) -> list[int] | None:
        for number, key in enumerate(keys):
            if number == len(by_name):
                by_name.append(_rows_by([None if n is None else key(n) for n in names], sought))
            if (rows := by_name[number].get(_typed(item))) is not None:
                return rows
        return None

    unknown = []
    for item in items:
        rows = by_id.get(_typed(item))
        if rows is None and isinstance(item, str):
            rows = named(item)
            if rows is None and spelled.get(item) is not None:
                rows = by_id.get(_typed(spelled[item]))
        if rows is None:
            unknown.append(item)
        else:
            chosen[rows] = True
    if unknown:
        raise DocumentError(_unknown(unknown, what, [n for n in names if n is not None]))
    return chosen


def _rows_by(values: Sequence[Any], sought: Collection[Any]) -> dict[Any, list[int]]:
    """Which rows have each of the values that are sought."""
    rows: dict[Any, list[int]] = {}
    for row, value in enumerate(values):
        if value is MISSING or isinstance(value, (list, dict)) or value is None:
            continue
        if (typed := _typed(value)) in sought:
            rows.setdefault(typed, []).append(row)
    return rows


def _typed(value: Any) -> Any:
    """1, "1" and true are three, 1.0 is 1."""
    if isinstance(value, np.generic):
        value = value.item()
    return (value, isinstance(value, bool)) if isinstance(value, (str, int, float)) else None


def _strings(table: Table, key: str) -> list[str | None]:
    column = table.column(key, missing=None).tolist()
    return [value if isinstance(value, str) else None for value in column]


def _unknown(items: list[Any], what: str, names: list[str]) -> str:
    shown = ", ".join(repr(item) for item in items[:_SHOWN])
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    verb = "is" if len(items) == 1 else "are"
    like = difflib.get_close_matches(str(items[0]), names[:10000], 3)
    hint = f"; did you mean {' or '.join(map(repr, like))}?" if like else ""
    if not hint and 0 < len(names) <= 20:
        hint = f"; there are {', '.join(map(repr, names))}"
    return f"{shown}{more} {verb} no {what} of the document{hint}"


def _last_part(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _stem(name: str) -> str:
    last = _last_part(name)
    return last.rpartition(".")[0] or last


class FreshIds:
    """Ids that no row has: the next integers, or, for strings, the string with a number."""

    def __init__(self, ids: Iterable[Any]) -> None:
        given = list(ids)
        numbers = [
            v for v in given if isinstance(v, int) or (isinstance(v, float) and math.isfinite(v))
        ]
        self._next = max((int(value) for value in numbers), default=0)
        self._taken = {value for value in given if isinstance(value, str)}

    def next(self, old: Any) -> Any:
        """Return a new id of the kind of an old one."""
        if not isinstance(old, str):
            self._next += 1
            return self._next
        number = 2
        while f"{old}-{number}" in self._taken:
            number += 1
        self._taken.add(f"{old}-{number}")
        return f"{old}-{number}"
