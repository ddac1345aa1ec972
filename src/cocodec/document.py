"""Document: what a COCO file says, whoever wrote it, and nothing lost.

A document is the bytes of its file and, for each of its lists, a table of where the rows lie in
them. What nobody touches is written as it came in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocodec import _core
from cocodec.columns import decode_value
from cocodec.masks import ImageIndex, Masks, read_masks
from cocodec.raw import NO_SPANS, TABLES, Part, RawFile, Source, Spans, read_raw
from cocodec.tables import Rows, Table
from cocodec.values import MISSING

__all__ = ["Dangling", "Document", "PartView", "read"]


class Dangling(NamedTuple):
    """Annotations that name an image or a category that their part does not list.

    Attributes
    ----------
    images, categories : (k,) array of int64
        Their rows.
    """

    images: NDArray[np.int64]
    categories: NDArray[np.int64]


class Document:
    """A COCO file: its tables, its other fields, its masks.

    Made by `read`. A file has one part or many, each a COCO document with ids of its own; tables
    run over all of them.

    Attributes
    ----------
    images, annotations, categories, licenses : Table
    layout : str
        ``"single"``; ``"list"``: a JSON list of documents; ``"lines"``: one value a line;
        ``"zip"``.
    """

    images: Table
    annotations: Table
    categories: Table
    licenses: Table

    def __init__(self, file: RawFile) -> None:
        self.layout = file.layout
        self._file = file
        sources = [part.source for part in file.parts]
        for name in TABLES:
            spans = [part.table(name) for part in file.parts]
            setattr(self, name, Table(name, sources, spans))
        self._image_index = ImageIndex(self.images)

    def __repr__(self) -> str:
        parts = f" in {len(self.parts)} parts" * (len(self.parts) != 1)
        counts = ", ".join(f"{len(getattr(self, name))} {name}" for name in TABLES[:3])
        return f"<Document: {counts}{parts}>"

    @property
    def root(self) -> str:
        """What the file is: "document", "documents", "results" or "annotation"."""
        root = self._file.parts[0].root
        many = self.layout in ("list", "lines") and root == "document"
        return "documents" if many else root

    @property
    def parts(self) -> tuple[PartView, ...]:
        """The parts, in the file's order."""
        return tuple(PartView(self, i) for i in range(len(self._file.parts)))

    @property
    def info(self) -> Any:
        """A fresh dict of the first part's ``info``; empty where there is none."""
        return self.field("info", {})

    def field(self, key: str, default: Any = MISSING, *, part: int = 0) -> Any:
        """Decode the value of a root key of one part."""
        raw = self._file.parts[part]
        if key not in raw.fields:
            return default
        begin, end = raw.fields[key]
        return decode_value(memoryview(raw.source)[begin:end], f"the key {key!r}")

    def fields(self, part: int = 0) -> dict[str, Any]:
        """Decode all root keys of one part but its tables."""
        raw = self._file.parts[part]
        tables = {*raw.tables, *(["image"] if raw.tables.keys() - raw.fields.keys() else [])}
        return {key: self.field(key, part=part) for key in raw.fields if key not in tables}

    def image_rows(self, rows: Rows = None, *, threads: int = 0) -> NDArray[np.int64]:
        """Return the row in `images` of each annotation's image, shape (n,); -1 where none is.

        Of an id that several images of a part have, the last counts.
        """
        return self._join("image_id", self.images, rows, threads)

    def category_rows(self, rows: Rows = None, *, threads: int = 0) -> NDArray[np.int64]:
        """Return the row in `categories` of each annotation, as `image_rows` does."""
        return self._join("category_id", self.categories, rows, threads)

    def _join(self, key: str, table: Table, rows: Rows, threads: int) -> NDArray[np.int64]:
        _, (ids,) = self.annotations.find([key], rows, threads=threads)
        part = self.annotations.part if rows is None else self._parts_of(rows)
        return table.id_index().match(ids.rows(), part, threads)

    def _parts_of(self, rows: Rows) -> NDArray[np.int32]:
        return self.annotations.part[self.annotations.rows(rows)]

    def dangling(self) -> Dangling:
        """Find annotations whose ``image_id`` or ``category_id`` names nothing.

        Rows without such a key are not counted, nor are parts without such a list.
        """
        found = []
        for key, table in (("image_id", self.images), ("category_id", self.categories)):
            listed = [table.name in part.tables for part in self._file.parts]
            looked_up = self._join(key, table, None, 0) < 0
            has_key = self.annotations.kinds(key) != 0
            has_list = np.asarray(listed, bool)[self.annotations.part]
            found.append(np.flatnonzero(looked_up & has_key & has_list))
        return Dangling(*found)

    def masks(self, rows: Rows = None, *, threads: int = 0, on_error: str = "raise") -> Masks:
        """Read the masks of annotations, whatever their spelling.

        What a segmentation is, its JSON type says; ``iscrowd`` has no say. Rings and boxes take the
        size of their image, RLE has its own.

        Parameters
        ----------
        rows : indices, flags, slice or None
            Which annotations; all by default.
        threads : int
            0 = as many as pay, 1 = none.
        on_error : {"raise", "skip"}
            What a wrong segmentation means: an error that names the rows, or a row in `refused`.

        Raises
        ------
        DocumentError
            With ``on_error="raise"``, if some segmentations are wrong.
        """
        if on_error not in ("raise", "skip"):
            raise ValueError(f"on_error is {on_error!r}, expected 'raise' or 'skip'")
        return read_masks(self.annotations, self._image_index, rows, (threads, on_error == "raise"))


class PartView:
    """One part of a document.

    Attributes
    ----------
    number : int
        Its index in `Document.parts`.
    """

    __slots__ = ("_document", "number")

    def __init__(self, document: Document, number: int) -> None:
        self._document, self.number = document, number

    @property
    def _raw(self) -> Part:
        return self._document._file.parts[self.number]

    @property
    def name(self) -> str | None:
        """The member of an archive that it came from."""
        return self._raw.name

    @property
    def root(self) -> str:
        """What it is: "document", "results" or "annotation"."""
        return self._raw.root

    @property
    def info(self) -> Any:
        """A fresh dict of its ``info``; empty where there is none."""
        return self._document.field("info", {}, part=self.number)

    @property
    def fields(self) -> dict[str, Any]:
        """Its root keys but the tables, decoded."""
        return self._document.fields(self.number)

    def rows(self, table: str) -> range:
        """Return its rows of a table, "images", "annotations", "categories" or "licenses"."""
        found: Table = getattr(self._document, table)
        return found.rows_of(self.number)


def read(source: Source, *, dialect: str = "auto") -> Document:
    """Open a COCO file of any dialect.

    Parameters
    ----------
    source : path, bytes or binary file
        UTF-8 JSON: a document, a list of documents or of results, a single annotation, or one of
        these a line.
    dialect : str
        Whose habits to expect; "auto" looks at the file.

    Raises
    ------
    DocumentError
        If it is not JSON (says where), or none of these.
    OSError
        If it cannot be read.
    """
    return Document(read_raw(source))


@dataclass(frozen=True)
class RawDocument:
    """The only part of a file."""

    source: bytes
    root: str
    annotations: Spans
    images: Spans
    categories: int | None
    has_images: bool

    def records(self) -> _core.Records:
        """Return what reads the annotations."""
        return _core.Records(self.source, self.images)


def read_document(source: Source) -> RawDocument:
    """Read a file of one part."""
    file = read_raw(source)
    (part,) = file.parts
    categories = part.tables.get("categories")
    return RawDocument(
        file.source,
        part.root,
        part.table("annotations"),
        part.tables.get("images", NO_SPANS),
        None if categories is None else len(categories),
        "images" in part.tables,
    )
