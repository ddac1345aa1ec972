"""A document's text: what came in, with the lists and fields that were edited put in their places.

A text is described by pieces of texts that exist already, and copied together only while it is
written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.edits import is_spaced
from cocodec.documents.json_values import encode
from cocodec.documents.parts import TABLES, Part, is_keyed
from cocodec.documents.places import Places
from cocodec.documents.table import Table
from cocodec.documents.written_rows import WrittenRows
from cocodec.files.file_text import view_of

__all__ = ["Listed", "Pieces", "memory_slices", "render"]

_SPACES = (b" ", b"\t", b"\r", b"\n")
_CHUNK = 8 << 20  # bytes that are copied together
_LARGE = 1 << 20  # bytes of a piece that is passed on as it is
_TOGETHER = 1 << 14  # rows whose pieces are held at once


def memory_slices(text: object, begin: int, end: int) -> Iterator[memoryview]:
    """Yield text[begin:end], of what lies in memory without a copy, in chunks of some megabytes."""
    for at in range(begin, end, _CHUNK):
        yield view_of(text, at, min(at + _CHUNK, end))


class Listed:
    """Rows of a list with what stands before, between and behind them, made while they are written.

    Of a million rows that is as much as their places: it is made for some thousand at a time.
    """

    def __init__(self, rows: WrittenRows, gaps: Callable[[int, int], Places]) -> None:
        """Take the rows, and what makes the gaps from one up to another.

        A gap has the number of the row that it stands before; the last stands behind all.
        """
        self._rows, self._gaps = rows, gaps

    def blocks(self) -> Iterator[Places]:
        """Yield the pieces, some thousand rows' at a time."""
        count = len(self._rows)
        for window in self._rows.windows(_TOGETHER):
            first, stop = window.start, window.stop
            last = stop == count
            rows, gaps = self._rows.take(first, stop), self._gaps(first, stop + last)
            pieces = Places.nowhere(len(gaps) + len(rows))
            pieces.put(slice(0, None, 2), gaps)
            pieces.put(slice(1, None, 2), rows)
            yield pieces


Content = list[bytes | Listed | Places]  # texts, one behind the other
Replacement = tuple[int, int, Content]  # what stands in the place of these bytes of a source


class Pieces:
    """A text as pieces of others, in order.

    Attributes
    ----------
    is_edited : bool
        Whether it is anything but the one piece of its source that it was before.
    """

    def __init__(self, *, is_edited: bool = True) -> None:
        self.is_edited = is_edited
        self._pieces: list[Places | Listed] = []

    def add(self, text: Any, begin: int, end: int) -> None:
        """Add text[begin:end]."""
        self.put(Places([text], np.zeros(1, np.int32), np.array([[begin, end]])))

    def put(self, piece: bytes | Listed | Places) -> None:
        """Add a whole text, or pieces of some."""
        if isinstance(piece, (Listed, Places)):
            self._pieces.append(piece)
        else:
            self.add(piece, 0, len(piece))

    def __iter__(self) -> Iterator[bytes | memoryview]:
        """Yield the text, in chunks of some megabytes."""
        for piece in self._pieces:
            for block in piece.blocks() if isinstance(piece, Listed) else [piece]:
                yield from _gathered(block)


def _gathered(pieces: Places) -> Iterator[bytes | memoryview]:
    sizes = pieces.spans[:, 1] - pieces.spans[:, 0]
    ends = np.cumsum(sizes)
    large = np.flatnonzero(sizes > _LARGE).tolist()
    at = 0
    for stop in [*large, len(pieces)]:
        while at < stop:
            limit = ends[at] - sizes[at] + _CHUNK
            last = max(at + 1, min(stop, int(np.searchsorted(ends, limit, "right"))))
            yield _core.gather(pieces.take(slice(at, last)).rows())
            at = last
        if stop < len(pieces):
            text = pieces.texts[pieces.which[stop]]
            yield from memory_slices(text, *pieces.spans[stop].tolist())
            at = stop + 1


def render(
    part: Part, number: int, tables: Mapping[str, Table], fields: Mapping[str, bytes | None]
) -> Pieces:
    """Describe the text of one part. `fields`: new texts of root keys, None for keys that go."""
    replaced: list[Replacement] = []
    added: list[tuple[str, Content]] = []
    for name, table in tables.items():
        content = None if table.version == 0 else _table_content(part, number, table)
        if content is None:
            continue
        place = _place_of(part, name)
        if place is None:
            added.append((name, content))
        else:
            replaced.append((*place, content))
    for key, text in fields.items():
        if text is None:
            replaced += [(*cut, []) for cut in _member_cuts(part, key)]
        elif key in part.fields:
            replaced.append((*part.fields[key], [text]))
        else:
            added.append((key, [text]))
    if added:
        replaced.append(_added_members(part, added))
    out = Pieces(is_edited=bool(replaced))
    at = part.span[0]
    for begin, end, content in sorted(replaced, key=lambda one: one[:2]):
        out.add(part.source, at, begin)
        for piece in content:
            out.put(piece)
        at = end
    out.add(part.source, at, part.span[1])
    return out


def _place_of(part: Part, name: str) -> tuple[int, int] | None:
    """Where the list (or the only record) of a table lies in the source; None if it has none."""
    if part.root != "document":
        return part.span
    if name in part.fields:
        return part.fields[name]
    if name in part.tables:  # SA-1B's single image
        return part.fields["image"]
    return None


def _table_content(part: Part, number: int, table: Table) -> Content | None:
    """What stands in the place of a list; None if it is as it was."""
    rows, origins, is_edited = table._written_rows(number)
    before = part.table(table.name)
    if len(rows) == len(before) and not is_edited and (origins == np.arange(len(rows))).all():
        return None
    if table.is_single(number):
        return [rows.take(0, 1)]
    if len(rows) == 0:
        return [b"[]"]
    return [_list_pieces(part, table.name, rows, origins)]


def _list_pieces(part: Part, name: str, rows: WrittenRows, origins: NDArray[np.int64]) -> Listed:
    """Rows with what stands before, between and behind them."""
    before, place = part.table(name), _place_of(part, name)
    same = len(origins) == len(before) and (origins == np.arange(len(origins))).all()
    # What is keyed becomes a list where rows come or go: they have their ids themselves.
    keyed = _is_keyed(part, name) and not same
    lead, between, tail = _habit(part, name)
    habit = lead + between + tail
    count = len(rows)

    def gaps(first: int, stop: int) -> Places:
        which = np.ones(stop - first, np.int32)  # the habit's; 0 is the source's
        spans = np.tile(np.array([len(lead), len(lead + between)]), (stop - first, 1))
        if first == 0:
            spans[0] = 0, len(lead)
        if stop > count:
            spans[-1] = len(lead + between), len(habit)
        if len(before) > 0 and place is not None and not keyed:
            # Two neighbours that were neighbours keep what stood between them.
            inner = np.arange(max(first, 1), min(stop, count))
            follows = (origins[inner] > 0) & (origins[inner] == origins[inner - 1] + 1)
            kept = inner[follows]
            which[kept - first] = 0
            spans[kept - first, 0] = before[origins[kept] - 1, 1]
            spans[kept - first, 1] = before[origins[kept], 0]
            if first == 0:
                which[0], spans[0] = 0, (place[0], before[0, 0])
            if stop > count:
                which[-1], spans[-1] = 0, (before[-1, 1], place[1])
        return Places([part.source, habit], which, spans)

    return Listed(rows, gaps)


def _is_keyed(part: Part, name: str) -> bool:
    """Whether a table is an object, its rows by their ids."""
    begin, end = part.fields.get(name, (0, 0))
    return is_keyed(name, part.source[begin : min(begin + 1, end)])


def _habit(part: Part, name: str) -> tuple[bytes, bytes, bytes]:
    """What stands before, between and behind the records of a list, or of one like it."""
    for other in (name, *TABLES):
        before, place = part.table(other), _place_of(part, other)
        if len(before) == 0 or place is None or (part.fields and other not in part.fields):
            continue
        if _is_keyed(part, other):
            continue
        lead = part.source[place[0] : before[0, 0]]
        tail = part.source[before[-1, 1] : place[1]]
        if len(before) > 1:
            return lead, part.source[before[0, 1] : before[1, 0]], tail
        if not lead:
            return b"", b"\n", b""
        return lead, b"," + (lead[1:] or b" " * _is_spaced(part)), tail
    return b"[", b", " if _is_spaced(part) else b",", b"]"


def _is_spaced(part: Part) -> bool:
    return is_spaced(part.source, *part.span)


def _added_members(part: Part, added: Sequence[tuple[str, Content]]) -> Replacement:
    """Root keys that come behind the others, spaced as these are."""
    source, (begin, end) = part.source, part.span
    behind = end - 1
    while source[behind - 1 : behind] in _SPACES:
        behind -= 1
    (first, last), *others = sorted(part.fields.values())
    gap = source[last : others[0][0]] if others else b"," + source[begin + 1 : first]
    comma = gap[: gap.index(b'"')]
    colon = b": " if _is_spaced(part) else b":"
    content: Content = []
    for key, pieces in added:
        content += [comma + encode(key) + colon, *pieces]
    return behind, behind, content


def _member_cuts(part: Part, key: str) -> list[tuple[int, int]]:
    """What to leave out so that a root key is gone, every time that it comes."""
    begin, end = part.span
    members = _core.object_members(view_of(part.source, begin, end))
    names = [msgspec.json.decode(part.source[begin + a : begin + b]) for (a, b), _ in members]
    cuts = []
    for i, ((key_begin, _), (_, value_end)) in enumerate(members):
        if names[i] != key:
            continue
        if any(name != key for name in names[:i]):
            cuts.append((begin + members[i - 1][1][1], begin + value_end))
        else:
            cuts.append((begin + key_begin, begin + members[i + 1][0][0]))
    return cuts
