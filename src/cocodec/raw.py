"""A file as it lies on the disk: its bytes, the documents in it, and where their records lie.

No annotation becomes a Python object: `msgspec` checks the JSON and splits it, and of every record
only its place is kept. What is written later is the source with new values spliced in.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocodec import _core
from cocodec.errors import DocumentError
from cocodec.json_text import decode, decode_lines, first_byte, kind_of, require_utf8, start_of

__all__ = ["NO_SPANS", "Part", "RawFile", "Source", "Spans", "read_raw"]

Source = str | os.PathLike[str] | bytes | BinaryIO
Spans = NDArray[np.int64]  # (n, 2): first byte, and the byte behind the last

NO_SPANS: Spans = np.empty((0, 2), np.int64)
NO_SPANS.flags.writeable = False

# The lists of a document that are tables of records.
TABLES = ("images", "annotations", "categories", "licenses")
# One of these makes an object an annotation or a result.
_ANNOTATION_KEYS = {"image_id", "segmentation", "bbox", "keypoints", "caption"}
_EXPECTED = "expected 'annotations', or a list of them"


@dataclass(frozen=True)
class Part:
    """One COCO document, list of results or annotation; a file has one or many.

    Attributes
    ----------
    name : str or None
        The member of an archive that it came from.
    source : bytes
        What its spans point into: the whole file, other parts included.
    span : (int, int)
        Where it lies there.
    root : str
        ``"document"`` (an object), ``"results"`` (a list of annotations) or ``"annotation"`` (a
        single one).
    fields : dict of str to (int, int)
        Of a document, where the value of each key lies, in the file's order.
    tables : dict of str to ndarray of int64, shape (n, 2)
        Where the records of its lists lie, ascending; lists that are missing or null have no entry.
        SA-1B's single ``image`` is a list of one. Results and an annotation have ``annotations``.
    """

    name: str | None
    source: bytes
    span: tuple[int, int]
    root: str
    fields: dict[str, tuple[int, int]]
    tables: dict[str, Spans]

    def table(self, name: str) -> Spans:
        """Return where the records of a list lie; none where there is no list."""
        return self.tables.get(name, NO_SPANS)

    def records(self) -> _core.Records:
        """Return what reads the annotations, the images' sizes at hand."""
        return _core.Records(self.source, self.table("images"))


@dataclass(frozen=True)
class RawFile:
    """A file, split.

    Attributes
    ----------
    source : bytes
        The file, byte for byte.
    layout : str
        ``"single"``: the file is its one part; ``"list"``: a JSON list of documents; ``"lines"``:
        one JSON value after the other, usually one a line.
    parts : list of Part
        In the file's order. Results that come one a line are one part.
    """

    source: bytes
    layout: str
    parts: list[Part]


def read_raw(source: Source) -> RawFile:
    """Read a COCO document, a list of them, a list of results, or a single annotation.

    Parameters
    ----------
    source : path, bytes or binary file
        UTF-8, with or without a byte order mark.

    Raises
    ------
    DocumentError
        If it is not JSON (says where), or none of these.
    OSError
        If it cannot be read.
    """
    data, name = _read(source)
    try:
        return _split(data)
    except DocumentError as error:
        if name is not None:
            error.args = (f"{name}: {error}",)
        raise


def _read(source: Source) -> tuple[bytes, str | None]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source), None
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as stream:
            return stream.read(), os.fspath(source)
    return source.read(), getattr(source, "name", None)


def _split(data: bytes) -> RawFile:
    require_utf8(data)
    start = start_of(data)
    first = data[start : start + 1]
    text = memoryview(data)[start:]
    if first == b"[":
        return _split_list(data, text)
    if first != b"{":
        decode(data, text, msgspec.Raw)
        raise DocumentError(f"the file holds {kind_of(first)}, expected a COCO document")
    try:
        fields = decode(data, text, dict[str, msgspec.Raw])
    except DocumentError as error:
        if "trailing characters" not in str(error):
            raise
        lines = _lines(data, text)
        if lines is None:
            raise
        return _split_lines(data, text, lines)
    whole = (start, len(data.rstrip(b" \t\r\n")))
    return RawFile(data, "single", [_split_object(data, whole, fields)])


def _split_list(data: bytes, text: memoryview) -> RawFile:
    rows = decode(data, text, list[msgspec.Raw])
    if _are_documents(data, rows, "list"):
        return RawFile(data, "list", _split_documents(data, rows))
    span = (len(data) - len(text), len(data.rstrip(b" \t\r\n")))
    tables = {"annotations": _core.view_spans(data, rows)}
    return RawFile(data, "single", [Part(None, data, span, "results", {}, tables)])


def _lines(data: bytes, text: memoryview) -> list[msgspec.Raw] | None:
    """One value after the other; None if that is not what follows."""
    try:
        return decode_lines(data, text)
    except DocumentError:
        return None


def _split_lines(data: bytes, text: memoryview, rows: list[msgspec.Raw]) -> RawFile:
    if _are_documents(data, rows, "file"):
        return RawFile(data, "lines", _split_documents(data, rows))
    span = (len(data) - len(text), len(data.rstrip(b" \t\r\n")))
    tables = {"annotations": _core.view_spans(data, rows)}
    return RawFile(data, "lines", [Part(None, data, span, "results", {}, tables)])


def _are_documents(data: bytes, rows: list[msgspec.Raw], what: str) -> bool:
    """Tell documents from results by the first row's keys."""
    if not rows:
        return False
    first = first_byte(rows[0])
    if first != b"{":
        raise DocumentError(f"the file holds a list that starts with {kind_of(first)}")
    keys = decode(data, rows[0], dict[str, msgspec.Raw])
    if "annotations" in keys or "images" in keys:
        return True
    if not _ANNOTATION_KEYS & keys.keys():
        raise DocumentError(f"the file holds a {what} of objects with {_names(keys)}; {_EXPECTED}")
    return False


def _split_documents(data: bytes, rows: list[msgspec.Raw]) -> list[Part]:
    parts = []
    for number, (row, span) in enumerate(zip(rows, _core.view_spans(data, rows), strict=True)):
        try:
            if first_byte(row) != b"{":
                raise DocumentError(f"expected a document, not {kind_of(first_byte(row))}")
            fields = decode(data, row, dict[str, msgspec.Raw])
            parts.append(_split_object(data, (int(span[0]), int(span[1])), fields))
        except DocumentError as error:
            error.args = (f"document {number}: {error}",)
            raise
    return parts


def _split_object(data: bytes, span: tuple[int, int], fields: dict[str, msgspec.Raw]) -> Part:
    if "annotations" not in fields and "segmentation" in fields:
        tables = {"annotations": np.array([span], np.int64)}
        return Part(None, data, span, "annotation", {}, tables)
    if "annotations" not in fields and "images" not in fields:
        raise DocumentError(f"the file holds an object with {_names(fields)}; {_EXPECTED}")
    places = _core.view_spans(data, list(fields.values()))
    places_of = {key: (int(a), int(b)) for key, (a, b) in zip(fields, places, strict=True)}
    tables = {}
    for key in TABLES:
        records = _list(data, fields, key)
        if records is not None:
            tables[key] = _core.view_spans(data, records)
    if "images" not in fields and first_byte(fields.get("image", b"")) == b"{":
        tables["images"] = np.array([places_of["image"]], np.int64)
    return Part(None, data, span, "document", places_of, tables)


def _list(data: bytes, fields: dict[str, msgspec.Raw], key: str) -> list[msgspec.Raw] | None:
    """Split one list of the root; None if it is missing or null."""
    raw: Any = fields.get(key, b"null")
    first = first_byte(raw)
    if first == b"n":
        return None
    if first != b"[":
        if key == "licenses":  # nothing here depends on them
            return None
        raise DocumentError(f"{key!r} is {kind_of(first)}, expected a list")
    return decode(data, raw, list[msgspec.Raw])


def _names(keys: dict[str, msgspec.Raw]) -> str:
    return ", ".join(repr(key) for key in list(keys)[:8]) or "no keys"
