"""What of a file is no record of a table, and a file made of that and of tables of pyarrow.

The text before the records of each list, between them and behind the last: JSON, which goes along
with the tables as metadata.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.arrow.cells import same_texts
from cocodec.arrow.records import PART, parts_of, records_of
from cocodec.documents.document import Document, read
from cocodec.documents.places import Places, decode_value
from cocodec.errors import DocumentError
from cocodec.signatures import names_arguments

__all__ = ["TABLES", "document_of", "skeleton_of"]

TableName: TypeAlias = Literal["images", "annotations", "categories"]
TABLES: tuple[TableName, ...] = get_args(TableName)
_VERSION = 1


class _Segment(msgspec.Struct):
    """The records of one list of one part, and the text before them and between them."""

    table: TableName
    before: str
    between: str = ","
    part: int = 0
    rows: int = -1
    odd: dict[int, str] = {}


class _Skeleton(msgspec.Struct):
    """A file without its records."""

    segments: list[_Segment]
    after: str
    version: int = _VERSION


_PLAIN = _Skeleton(
    [
        _Segment("images", '{"images":['),
        _Segment("annotations", '],"annotations":['),
        _Segment("categories", '],"categories":['),
    ],
    "]}",
)


@names_arguments
def skeleton_of(document: Document) -> str:
    """Describe what of a file is no record of a table, as JSON.

    Raises
    ------
    DocumentError
        For a zip.

    Examples
    --------
    >>> from cocodec.arrow import skeleton_of
    >>> skeleton_of(document)[:1]
    '{'
    """
    if document.layout == "zip":
        raise DocumentError("a zip has several files; unpack it and convert its documents")
    if document.is_edited():
        document = read(b"".join(document.render_source()))
    source = document._file.source[:]
    lists = [
        (name, number, part.table(name))
        for number, part in enumerate(document._file.parts)
        for name in TABLES
        if len(part.table(name)) > 0
    ]
    lists.sort(key=lambda one: int(one[2][0, 0]))
    at, segments = 0, []
    for name, part, spans in lists:
        before = source[at : int(spans[0, 0])].decode()
        between, odd = _between(source, spans)
        segments.append(_Segment(name, before, between, part, len(spans), odd))
        at = int(spans[-1, 1])
    return msgspec.json.encode(_Skeleton(segments, source[at:].decode())).decode()


def _between(source: bytes, spans: NDArray[np.int64]) -> tuple[str, dict[int, str]]:
    """What stands between records: mostly, and where it is something else."""
    places = np.stack([spans[:-1, 1], spans[1:, 0]], axis=1)
    gaps = Places([source], np.zeros(len(places), np.int32), places)
    usual = bytes(gaps.text(0)) if len(gaps) else b","
    typical = Places([usual], gaps.which, np.tile([0, len(usual)], (len(gaps), 1)))
    odd = np.flatnonzero(~same_texts(gaps, typical)).tolist()
    return usual.decode(), {i: bytes(gaps.text(i)).decode() for i in odd}


@names_arguments
def document_of(
    tables: dict[str, Any], skeleton: str | None = None, *, threads: int = 0
) -> Document:
    """Make a document of tables of pyarrow: what `tables_of` and `skeleton_of` made, or others.

    Raises
    ------
    DocumentError
        For columns of other types than `tables_of` makes, and what is no skeleton.

    Examples
    --------
    >>> from cocodec.arrow import document_of, tables_of
    >>> document_of(tables_of(document))
    <Document: 2 images, 3 annotations, 2 categories>
    """
    outline = _PLAIN if skeleton is None else _parsed(skeleton)
    records = {name: records_of(table, name, threads=threads) for name, table in tables.items()}
    pieces: list[bytes] = []
    placed = set()
    for segment in outline.segments:
        name = segment.table
        placed.add(name)
        pieces.append(segment.before.encode())
        if name in tables:
            pieces += _segment_texts(segment, tables[name], records[name])
    pieces.append(outline.after.encode())
    document = read(b"".join(pieces))
    for name in TABLES:
        if name in tables and name not in placed and len(tables[name]) > 0:
            where = records[name]
            getattr(document, name).extend([decode_value(where.text(i)) for i in range(len(where))])
    return document


def _parsed(skeleton: str) -> _Skeleton:
    try:
        found = msgspec.json.decode(skeleton, type=_Skeleton)
    except msgspec.DecodeError as error:
        raise DocumentError(f"the metadata 'cocodec' describes no document: {error}") from None
    if found.version != _VERSION:
        raise DocumentError(f"the columns have version {found.version}, expected {_VERSION}")
    return found


def _segment_texts(segment: _Segment, table: Any, records: Places) -> list[bytes]:
    """The records of one list, with what stands between them."""
    if PART in table.column_names:
        part = parts_of(table)
        records = records.take(np.flatnonzero(part == segment.part))
    n = len(records)
    if n == 0:
        return []
    odd = segment.odd if segment.rows == n else {}
    odd = {i: text for i, text in odd.items() if 0 <= i < n - 1}
    gaps = [segment.between.encode(), *(text.encode() for text in odd.values())]
    first = len(records.texts)
    which = np.full(2 * n - 1, first, np.int32)
    spans = np.tile([0, len(gaps[0])], (2 * n - 1, 1))
    which[::2], spans[::2] = records.which, records.spans
    for number, i in enumerate(odd, 1):
        which[2 * i + 1], spans[2 * i + 1] = first + number, (0, len(gaps[number]))
    return [_core.gather(_core.Rows([*records.texts, *gaps], which, spans))]
