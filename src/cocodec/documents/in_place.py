"""Documents that are left where they are: rows are found in a file, and read when they are needed.

For commands that go over a document once or twice and write what is left of it. A file of another
form, or of another spelling, is read as everywhere else, and so is one with which something is
wrong: what that is, and where, `read` says.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace

import numpy as np

from cocodec.documents.document import Document, read
from cocodec.documents.parts import (
    NO_SPANS,
    TABLES,
    Part,
    RawFile,
    Source,
    Spans,
    is_keyed,
    part_of,
)
from cocodec.documents.places import KeptValues, Places
from cocodec.documents.stream import RecordStream
from cocodec.errors import CocodecError
from cocodec.files.file_text import FileText

__all__ = ["read_in_place"]

# Bytes of a file that are looked at together: what the processor's caches hold. A smaller file is
# read whole.
_WINDOW = 2 << 20


def read_in_place(
    source: Source, *, columns: Collection[str] = (), unzip_limit: int | None = None
) -> Document:
    """Open a COCO file as `read` does; the text of a long one stays in the file where it can.

    That is so of one document, and of a list of results, in a regular file. Memory is then taken
    for the places of rows and for the columns that somebody looks at. The file must stay as it is
    as long as the document is used: that it was changed is an error of whatever reads it next.

    Parameters
    ----------
    source, unzip_limit
        As for `read`.
    columns : collection of str
        Keys of annotations that will be looked at: their values are kept while the file is read.
        To look at others means to read the file once more.

    Raises
    ------
    DocumentError, OSError
        As `read`.
    """
    file = None
    if isinstance(source, (str, os.PathLike)) and _is_long(source):
        file = _split(FileText(os.fspath(source)), columns)
    return read(source, unzip_limit=unzip_limit) if file is None else Document(file)


def _is_long(path: str | os.PathLike[str]) -> bool:
    return os.path.isfile(path) and os.path.getsize(path) > _WINDOW


def _split(text: FileText, columns: Collection[str]) -> RawFile | None:
    """Find the rows of a file; None if `read` is to have a look at it."""
    found: dict[str | None, list[Spans]] = {}
    kept = KeptValues([*columns])
    try:
        with text.opened() as stream:
            stretches = RecordStream(stream, window=_WINDOW)
            for stretch in stretches:
                if stretch.are_documents:
                    return None
                if len(stretch.spans) > 0:
                    found.setdefault(stretch.table, []).append(stretch.spans + stretch.offset)
                if stretch.table == "annotations" and columns:
                    which = np.zeros(len(stretch.spans), np.int32)
                    kept.add(Places([stretch.source], which, stretch.spans))
        text.require_unchanged()
    except CocodecError:
        return None
    kept_columns = dict(zip(columns, zip(*kept.found(), strict=True), strict=True))
    span, fields = stretches.span, stretches.fields
    first = text[span[0] : span[0] + 1]
    if first == b"[":
        rows = {"annotations": _joined(found.get("annotations", []))}
        part = Part(None, text, span, "results", {}, rows, kept_columns)
        return RawFile(text, "single", [part])
    tables = [name for name in TABLES if name in fields]
    kinds = {name: text[fields[name][0] : fields[name][0] + 1] for name in tables}
    if not fields or any(is_keyed(name, kinds[name]) for name in tables):
        return None  # a value a line, a single annotation; tables that are objects
    lists = {name: _joined(found.get(name, [])) for name in tables if kinds[name] == b"["}
    part = replace(part_of((None, text, span), fields, lists), columns=kept_columns)
    return RawFile(text, "single", [part])


def _joined(spans: list[Spans]) -> Spans:
    return np.concatenate(spans) if spans else NO_SPANS
