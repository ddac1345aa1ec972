"""`strip` and `set_columns`: keys taken out of rows, and values written into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.documents.json_values import JsonKind, PrintedValues
from cocodec.documents.table import Table
from cocodec.errors import DocumentError
from cocodec.reshaping.evaluating import evaluate, select
from cocodec.reshaping.opening import Input, opened
from cocodec.signatures import names_arguments

__all__ = ["set_columns", "strip"]

_TABLES = ("images", "annotations", "categories", "licenses")


@names_arguments
def strip(
    source: Input, keys: Iterable[str], *, table: str = "annotations", where: str | None = None
) -> Document:
    """Take keys out of the rows of a table; everything else stays the same bytes.

    Parameters
    ----------
    source : path, bytes, binary file or Document
    keys : iterable of str
        ``attributes.occluded`` takes a key out of the objects of ``attributes``.
    table : {"images", "annotations", "categories", "licenses"}
    where : str, optional
        An expression: of rows for which it holds.

    Raises
    ------
    DocumentError
        If the file cannot be read, or no row has such a key.

    Examples
    --------
    >>> import cocodec
    >>> document = cocodec.Document.from_rows(annotations=[{"id": 1, "score": 0.5}])
    >>> strip(document, ["score"]).annotations[:]
    [{'id': 1}]
    """
    document = opened(source)
    rows = _table(document, table)
    chosen = _chosen(document, table, where)
    gone: dict[str, NDArray[np.bool_]] = {}
    for key in keys:
        kinds = rows.kinds(key)
        if (kinds != JsonKind.MISSING).any():
            gone[key] = kinds[chosen] != JsonKind.MISSING
        elif not _take_out_inside(rows, key, chosen):
            names = ", ".join(rows.keys()) or "none"
            raise DocumentError(f"no row of {table} has the key {key!r}; there are: {names}")
    # Not `set_column`, which would look at each value that goes; and all at once.
    none = {True: np.array([-2, -2]), False: np.array([-1, -1])}  # it goes, or stays away
    spans = {key: np.where(has[:, None], none[True], none[False]) for key, has in gone.items()}
    rows.splice({key: PrintedValues(b"", one, 0) for key, one in spans.items()}, chosen)
    return document


@names_arguments
def set_columns(
    source: Input,
    values: Mapping[str, str],
    *,
    table: str = "annotations",
    where: str | None = None,
) -> Document:
    """Write values into the rows of a table; what is there already stays as it is spelled.

    Parameters
    ----------
    source : path, bytes, binary file or Document
    values : mapping of str to str
        Keys, and expressions that say what their values are to be, such as ``"0"``,
        ``"'unknown'"`` or ``"bbox[2] * bbox[3]"``. All are read before any is written.
        ``attributes.checked`` writes into the objects of ``attributes``.
    table : {"images", "annotations", "categories", "licenses"}
    where : str, optional
        An expression: into rows for which it holds.

    Raises
    ------
    ExpressionError, DocumentError
        If the file or an expression cannot be read, or do not suit each other.

    Examples
    --------
    >>> import cocodec
    >>> document = cocodec.Document.from_rows(annotations=[{"id": 1, "bbox": [0, 0, 2, 3]}])
    >>> set_columns(document, {"area": "bbox[2] * bbox[3]"}).annotations[:]
    [{'id': 1, 'bbox': [0, 0, 2, 3], 'area': 6.0}]
    """
    document = opened(source)
    rows = _table(document, table)
    chosen = _chosen(document, table, where)
    found = [(key, evaluate(document, table, text)[chosen]) for key, text in values.items()]
    known = rows.keys()
    changes: dict[str, PrintedValues] = {}
    for key, column in found:
        outer, _, inner = key.partition(".")
        is_inside = bool(inner) and key not in known
        changed: Any = column
        if (outer if is_inside else key) in changes:
            rows.splice(changes, chosen)
            changes = {}
        if is_inside:
            key, changed = outer, _put_inside(rows, (outer, inner), column.tolist(), chosen)
        changes[key] = rows._changed(key, changed, chosen)
    rows.splice(changes, chosen)  # at once: each time rows are made anew
    return document


def _table(document: Document, name: str) -> Table:
    if name not in _TABLES:
        raise ValueError(f"table is {name!r}, expected one of {', '.join(_TABLES)}")
    table: Table = getattr(document, name)
    return table


def _chosen(document: Document, table: str, where: str | None) -> NDArray[np.int64]:
    if where is None:
        return np.arange(len(getattr(document, table)))
    return np.flatnonzero(select(document, table, where))


def _take_out_inside(table: Table, key: str, rows: NDArray[np.int64]) -> bool:
    """Take a key out of objects in rows; whether any has it, chosen or not."""
    outer, _, inner = key.partition(".")
    objects = np.flatnonzero(table.kinds(outer) == JsonKind.OBJECT) if inner else rows[:0]
    found = False
    changed, values = [], []
    for row, value in zip(objects.tolist(), table.column(outer, objects).tolist(), strict=True):
        if inner in value:
            found = True
            changed.append(row)
            values.append({k: v for k, v in value.items() if k != inner})
    wanted = set(rows.tolist())
    kept = [i for i, row in enumerate(changed) if row in wanted]
    if kept:
        table.set_column(outer, [values[i] for i in kept], [changed[i] for i in kept])
    return found


def _put_inside(
    table: Table, keys: tuple[str, str], values: list[Any], rows: NDArray[np.int64]
) -> list[Any]:
    """The objects that rows have under the outer key, with new values under the inner one."""
    outer, inner = keys
    old = table.column(outer, rows, missing=None).tolist()
    new = []
    for row, before, value in zip(rows.tolist(), old, values, strict=True):
        if before is not None and not isinstance(before, dict):
            raise DocumentError("is no object", table=table.name, row=row, key=outer)
        new.append({**(before or {}), inner: value})
    return new
