"""What is odd in a file, in words: legal or not, it reads another way than somebody may think."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.document import Document
from cocodec.documents.json_text import BOM, place
from cocodec.documents.parts import TABLES, Part, RawFile
from cocodec.documents.places import Places, decode_places
from cocodec.documents.table import Table
from cocodec.errors import how_many
from cocodec.files.file_text import FileText

__all__ = ["bad_notes", "crowd_notes", "notes_on", "repeated_keys"]

_NAMED = 3  # examples in one note


def notes_on(
    file: RawFile, document: Document, *, usual: frozenset[str] = frozenset()
) -> list[str]:
    """Find what is odd in a file.

    Parameters
    ----------
    file : RawFile
    document : Document
        The same file.
    usual : set of str
        What is no oddity in its dialect: "repeated ids", "unlisted categories".

    Returns
    -------
    list of str
        One sentence each; what may lose data comes first.
    """
    rows = _RowNames(file, document)
    notes = [note for text in file.texts() for note in repeated_keys(text)]
    for name in ("images", "annotations", "categories"):
        if name == "annotations" and "repeated ids" in usual:
            continue
        notes += _repeated_ids(getattr(document, name), rows)
    notes += _dangling(document, rows, usual)
    for text in file.texts():
        if text.source[: len(BOM)] == BOM:
            notes.append(f"{_prefix(text)}starts with a byte order mark")
    notes += [f"{name} was left alone: {why}" for name, why in file.left_alone.items()]
    return notes


def crowd_notes(file: RawFile, document: Document, unclear: NDArray[np.int64]) -> list[str]:
    """Say which rows' ``iscrowd`` is neither yes nor no; the commands that need it refuse these."""
    if len(unclear) == 0:
        return []
    table = document.annotations
    says = how_many(len(unclear), "row says", "rows say")
    first = _short(_first(table, unclear).get("iscrowd"))
    where = _RowNames(file, document).spell_all(table, unclear)
    return [f"annotations: {says} neither yes nor no of iscrowd: {first} ({where})"]


def bad_notes(document: Document, bad: NDArray[np.int64]) -> list[str]:
    """Say which rows have a segmentation that cannot be read, and why: the first of them."""
    if len(bad) == 0:
        return []
    refused = document.masks(bad[:_NAMED], on_error="skip").refused
    more = f"; and {len(bad) - _NAMED:,} more" if len(bad) > _NAMED else ""
    rows = how_many(len(bad), "segmentation cannot", "segmentations cannot")
    return [f"{rows} be read: {'; '.join(map(str, refused))}{more}"]


class _RowNames:
    """Spells rows as people find them: by their part, and their index there."""

    def __init__(self, file: RawFile, document: Document) -> None:
        self._labels, self._document = file.labels(), document

    def spell(self, table: Table, rows: NDArray[np.int64]) -> str:
        """Spell rows of one part."""
        part = int(table.part[rows[0]])
        first = table.rows_of(part).start
        label = f"{self._labels[part]}, " if self._labels[part] else ""
        numbers = [str(row) for row in (rows[:_NAMED] - first).tolist()]
        more = [f"{len(rows) - _NAMED:,} more"] if len(rows) > _NAMED else []
        return f"{label}row{'s' * (len(rows) != 1)} {_listed(numbers + more)}"

    def spell_all(self, table: Table, rows: NDArray[np.int64]) -> str:
        """Spell the rows of the first part among these, and count the others."""
        here = rows[table.part[rows] == table.part[rows[0]]]
        others = len(rows) - len(here)
        return self.spell(table, here) + (f", and {others:,} in other parts" if others else "")


def repeated_keys(text: RawFile) -> list[str]:
    """Say which keys come again in the same object: one sentence, or none."""
    source = text.source
    if isinstance(source, FileText):
        if not any(map(_repeats_keys, _pieces(source, text))):
            return []
        source = source[:]
    count, spans = _core.find_duplicate_keys(source, _NAMED)
    if count == 0:
        return []
    named = []
    for begin, end in spans.tolist():
        key = msgspec.json.decode(memoryview(source)[begin:end])
        named.append(f"{key!r} in {_around(text, begin)} ({place(source, begin)})")
    more = [f"{count - len(named):,} more"] if count > len(named) else []
    keys = how_many(count, "key comes", "keys come")
    return [f"{_prefix(text)}{keys} again in the same object: {_listed(named + more)}"]


def _pieces(source: FileText, text: RawFile) -> Iterator[bytes]:
    """Yield the rows of a text that stays in its file, some megabytes at a time, then the rest."""
    ranges = []
    for spans in map(text.parts[0].table, TABLES):
        for window in Places([source], np.zeros(len(spans), np.int32), spans).windows():
            ranges.append((int(spans[window][0, 0]), int(spans[window][-1, 1])))
    rest, at = [], 0
    for begin, end in sorted(ranges):
        rest.append(source[at:begin])
        yield source[begin:end]
        at = end
    yield b"".join([*rest, source[at:]])


def _repeats_keys(piece: bytes) -> bool:
    return _core.find_duplicate_keys(piece, 0)[0] > 0


def _around(text: RawFile, at: int) -> str:
    """Name the record, or the part, that a byte lies in."""
    for number, part in enumerate(text.parts):
        if not part.span[0] <= at < part.span[1]:
            continue
        document = f"document {number}, " if len(text.parts) > 1 else ""
        for name in TABLES:
            row = _row_at(part, name, at)
            if row is not None:
                return f"{document}{name}, row {row}"
        return f"{document}the root" if part.root == "document" else document.rstrip(", ")
    return "a list that is not read"


def _row_at(part: Part, table: str, at: int) -> int | None:
    spans = part.table(table)
    row = int(np.searchsorted(spans[:, 0], at, "right")) - 1
    return row if row >= 0 and at < spans[row, 1] else None


def _repeated_ids(table: Table, rows: _RowNames) -> list[str]:
    found = table.duplicates()
    if not found:
        return []
    named = [f"{_short(one.id)} ({rows.spell(table, one.rows)})" for one in found[:_NAMED]]
    more = [f"{len(found) - _NAMED:,} more"] if len(found) > _NAMED else []
    ids = how_many(len(found), "id comes", "ids come")
    return [f"{table.name}: {ids} more than once: {_listed(named + more)}"]


def _dangling(document: Document, rows: _RowNames, usual: frozenset[str]) -> list[str]:
    found, table, notes = document.dangling(), document.annotations, []
    for what, key, which in (
        ("image", "image_id", found.images),
        ("category", "category_id", found.categories),
    ):
        if what == "category" and "unlisted categories" in usual:
            continue
        if len(which):
            count = how_many(len(which), "row names", "rows name")
            first = _short(_first(table, which)[key])
            where = rows.spell_all(table, which)
            notes.append(f"annotations: {count} no {what} that is listed: {first} ({where})")
    return notes


def _first(table: Table, rows: NDArray[np.int64]) -> Any:
    (row,) = decode_places(table.places(rows[:1]))
    return row


def _prefix(text: RawFile) -> str:
    name = text.parts[0].name if text.parts else None
    return f"{name}: " if name else ""


def _short(value: Any, show: Callable[[Any], str] = repr) -> str:
    text = show(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _listed(items: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]]))
