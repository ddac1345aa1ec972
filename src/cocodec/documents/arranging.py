"""Rows of a table put in another order, repeated or left out, and rows of other documents taken in.

Nothing is decoded and nothing is printed: a row stays the bytes that it is, only its place changes.
"""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document, read
from cocodec.documents.edits import of_rows
from cocodec.documents.parts import TABLES
from cocodec.documents.places import Places
from cocodec.documents.table import Table

__all__ = ["adopt", "adopt_field", "arrange", "copy_document", "part_alone"]


def copy_document(document: Document) -> Document:
    """Return a document of the same rows: what is edited in one of the two, the other has not."""
    twin = Document(document._file)
    for name in TABLES:
        table, before = getattr(twin, name), getattr(document, name)
        table.__dict__.update(copy.copy(before.__dict__))
        # Edits change this in place. The log of small texts goes on growing for its first owner.
        table._texts, table._deferred = list(before._texts), list(before._deferred)
        table._shares = before._shares = True
        table._log = None
    twin._fields = [dict(fields) for fields in document._fields]
    twin._dialect = document._dialect
    twin._left_out = set(document._left_out)
    return twin


def part_alone(document: Document, part: int) -> Document:
    """Return one part as a document of its own."""
    if len(document.parts) == 1 and document.layout in ("single", "lines"):
        return copy_document(document)
    return read(b"".join(document.render(part)))


def arrange(table: Table, order: NDArray[np.int64]) -> None:
    """Make the rows of a table those of `order`: some left out, some moved, some several times.

    Parameters
    ----------
    table : Table
    order : (m,) array of int64
        Row numbers. A part's rows stay together, and parts in their order.

    Raises
    ------
    DocumentError
        If a part whose rows change has one record in the place of a list.
    """
    rows = np.arange(len(table))
    if np.array_equal(order, rows):
        return
    part = table.part[order]
    if (np.diff(part) < 0).any():
        raise ValueError("rows of one part are to stay together, and parts in their order")
    for number in _changed_parts(table, order):
        table._require_list(number)
    _move_edits(table, order)
    table._origin = table._origins()[order]
    table._part, table._which, table._spans = part, table._which[order], table._spans[order]
    table.version += 1
    table._index = None


def _move_edits(table: Table, order: NDArray[np.int64]) -> None:
    """Let edits whose texts are not made yet go with their rows."""
    if (np.diff(order) <= 0).any():
        table._settle()
        return
    moved = []
    for changes, numbers, threads in table._deferred:
        kept = np.isin(numbers, order)
        moved.append((of_rows(changes, kept), np.searchsorted(order, numbers[kept]), threads))
    table._deferred = moved


def _changed_parts(table: Table, order: NDArray[np.int64]) -> list[int]:
    """Parts that do not keep all their rows in their order."""
    count = int(table.part[-1]) + 1
    before = np.bincount(table.part, minlength=count)
    after = np.bincount(table.part[order], minlength=count)
    changed = before != after
    starts = np.cumsum(after) - after
    firsts = np.cumsum(before) - before
    part = table.part[order]
    moved = order - firsts[part] != np.arange(len(order)) - starts[part]
    changed[part[moved]] = True
    return [int(number) for number in np.flatnonzero(changed)]


def adopt(table: Table, rows: Places, *, part: int = 0) -> NDArray[np.int64]:
    """Add rows as they are spelled elsewhere, behind the others of a part; returns their numbers.

    Parameters
    ----------
    table : Table
    rows : Places
        Objects in texts of other documents, or of this one; the texts are shared, not copied.
    part : int
        Each call costs as much as the table is long.

    Raises
    ------
    DocumentError
        If the part has one record in the place of a list.
    """
    table._require_list(part)
    table._settle()
    at, n = table.rows_of(part).stop, len(rows)
    new = np.full(n, at)
    table._origin = np.insert(table._origins(), new, -1)
    table._part = np.insert(table._part, new, np.int32(part))
    table._which = np.insert(table._which, new, rows.which + np.int32(len(table._texts)))
    table._spans = np.insert(table._spans, new, rows.spans, axis=0)
    table._texts += rows.texts
    table.version += 1
    table._index = None
    return np.arange(at, at + n)


def adopt_field(document: Document, key: str, text: bytes, *, part: int = 0) -> None:
    """Write a root key as it is spelled elsewhere."""
    document._fields[part][key] = text
