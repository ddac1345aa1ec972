"""Document: what a COCO file says, whoever wrote it, and nothing lost.

A document is the bytes of its file and, for each of its lists, a table of where the rows lie in
them. What nobody touches is written as it came in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.edits import is_spaced, revised
from cocodec.documents.json_values import MISSING, encode
from cocodec.documents.parts import TABLES, Part, RawFile, Source, read_raw
from cocodec.documents.places import decode_value
from cocodec.documents.rendering import Pieces, memory_slices, render
from cocodec.documents.segmentations import ImageIndex
from cocodec.documents.table import Rows, Table
from cocodec.errors import DocumentError
from cocodec.files.archive import write_archive
from cocodec.files.output import Target, open_whole
from cocodec.panoptic.document import PanopticTables

__all__ = ["DialectHooks", "Document", "PartView", "read", "register_dialects"]


class Document(PanopticTables):
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

    licenses: Table

    def __init__(self, file: RawFile) -> None:
        self.layout = file.layout
        self._file = file
        self._numbers: dict[str | None, list[int]] = {}  # of the parts, by their names
        for number, part in enumerate(file.parts):
            self._numbers.setdefault(part.name, []).append(number)
        for name in TABLES:
            setattr(self, name, Table(name, file.parts))
        self._image_sizes = ImageIndex(self.images, file.labels())
        self._dialect: Any = None
        self._fields: list[dict[str, bytes | None]] = [{} for _ in file.parts]

    def __repr__(self) -> str:
        parts = f" in {len(self.parts)} parts" * (len(self.parts) != 1)
        counts = ", ".join(f"{len(getattr(self, name))} {name}" for name in TABLES[:3])
        return f"<Document: {counts}{parts}>"

    @property
    def root(self) -> str:
        """What the file is: "document", "documents", "results" or "annotation"."""
        root = self._file.parts[0].root
        many = self.layout != "single" and root == "document"
        return "documents" if many else root

    @property
    def parts(self) -> tuple[PartView, ...]:
        """The parts, in the file's order."""
        return tuple(PartView(self, i) for i in range(len(self._file.parts)))

    @property
    def info(self) -> Any:
        """A fresh dict of the first part's ``info``; empty where there is none."""
        return self.field("info", {})

    @property
    def dialect(self) -> Any:
        """The dialect that was asked for, or that the file looks like, with the reason."""
        if self._dialect is None:
            self._dialect = _dialects().sniff(self)
        return self._dialect

    @classmethod
    def from_rows(
        cls,
        *,
        images: Iterable[Mapping[str, Any]] = (),
        annotations: Iterable[Mapping[str, Any]] = (),
        categories: Iterable[Mapping[str, Any]] = (),
        licenses: Iterable[Mapping[str, Any]] = (),
        info: Mapping[str, Any] | None = None,
    ) -> Document:
        """Make a document of rows, in the official order of keys.

        Raises
        ------
        DocumentError
            For values that JSON does not have.
        """
        root = {
            "info": info or {},
            "licenses": list(licenses),
            "images": list(images),
            "annotations": list(annotations),
            "categories": list(categories),
        }
        members = (encode(key) + b":" + encode(value, key) for key, value in root.items())
        return cls(read_raw(b"{" + b",".join(members) + b"}"))

    def field(self, key: str, default: Any = MISSING, *, part: int = 0) -> Any:
        """Decode the value of a root key of one part; `default` if it has no such key."""
        text = self._field_text(key, part)
        return default if text is None else decode_value(text, f"the key {key!r}")

    def fields(self, part: int = 0) -> dict[str, Any]:
        """Decode all root keys of one part but its tables."""
        keys = {**self._file.parts[part].fields, **self._fields[part]}
        found = {key: self.field(key, part=part) for key in keys if not self._is_table(key, part)}
        return {key: value for key, value in found.items() if value is not MISSING}

    def set_field(self, key: str, value: Any, *, part: int = 0) -> None:
        """Write the value of a root key; `MISSING` removes it.

        Where both the old and the new value are objects, only members that differ change.

        Raises
        ------
        DocumentError
            If the key is a table's, or the part has no root keys.
        """
        raw = self._file.parts[part]
        if raw.root != "document" or self._is_table(key, part) or key in ("images", "annotations"):
            raise DocumentError(f"{key!r} is no field of part {part}; tables are edited by rows")
        old = self._field_text(key, part)
        if value is MISSING:
            if key in raw.fields:
                self._fields[part][key] = None
            else:
                self._fields[part].pop(key, None)
            return
        if old is None:
            text = encode(value, f"the key {key!r}")
            begin, end = raw.span
            if is_spaced(memoryview(raw.source)[begin:end]):
                text = _core.spaced_json(text)
            self._fields[part][key] = text
            return
        new = revised(old, value, f"the key {key!r}")
        if new is not old:
            self._fields[part][key] = new

    def _field_text(self, key: str, part: int) -> bytes | None:
        raw = self._file.parts[part]
        if key in self._fields[part]:
            return self._fields[part][key]
        if key not in raw.fields:
            return None
        begin, end = raw.fields[key]
        return raw.source[begin:end]

    def _is_table(self, key: str, part: int) -> bool:
        raw = self._file.parts[part]
        single_image = key == "image" and self.images.is_single(part)
        return key in raw.tables or key in TABLES[:3] or single_image

    def is_edited(self) -> bool:
        """Whether anything was edited, if only to be what it was before."""
        return any(self._fields) or any(self._table(name).version for name in TABLES)

    def write(self, target: Target, *, dialect: str | None = None, **options: Any) -> Any:
        """Write the document: what was not edited is written as it was read, byte for byte.

        A zip is written as one. Only members that were edited are packed anew; the others, images
        above all, go from file to file as they are packed.

        Parameters
        ----------
        target : path or binary file
            May be the file that was read. Appears whole or not at all.
        dialect : str, optional
            Convert to this dialect; `options` are its own. Returns a report of what changed.

        Raises
        ------
        DocumentError
            If a zip has changed since it was read.
        OSError
            If it cannot be written.
        """
        if dialect is not None:
            return _dialects().write(self, target, dialect, **options)
        if options:
            raise TypeError(f"without a dialect there is no option {next(iter(options))!r}")
        if self._file.archive is not None:
            edited = {
                name: self.render_source(name)
                for name in self._file.members
                if any(self._pieces(number).is_edited for number in self._numbers[name])
            }
            write_archive(self._file.archive, target, edited)
            return None
        with open_whole(target) as stream:
            for piece in self.render_source():
                stream.write(piece)
        return None

    def render(self, part: int) -> Iterator[bytes | memoryview]:
        """Yield the text of one part, edits and all, in chunks of some megabytes."""
        yield from self._pieces(part)

    def render_source(self, name: str | None = None) -> Iterator[bytes | memoryview]:
        """Yield the text of the file, or of the member of an archive that parts of `name` are in.

        That is `render` for each of its parts, with what stands before, between and behind them.
        """
        numbers = self._numbers[name]
        source, at = self._file.parts[numbers[0]].source, 0
        for number in numbers:
            begin, end = self._file.parts[number].span
            yield from memory_slices(source, at, begin)
            yield from self._pieces(number)
            at = end
        yield from memory_slices(source, at, len(source))

    def _pieces(self, part: int) -> Pieces:
        tables = {name: self._table(name) for name in TABLES}
        return render(self._file.parts[part], part, tables, self._fields[part])

    def _table(self, name: str) -> Table:
        if name not in TABLES:
            raise ValueError(f"{name!r} is no table; there are {', '.join(TABLES)}")
        table: Table = getattr(self, name)
        return table

    def set_column(
        self,
        key: str,
        values: Any,
        rows: Rows = None,
        *,
        table: str = "annotations",
        threads: int = 0,
    ) -> None:
        """Write the values of one key of a table: see `Table.set_column`."""
        self._table(table).set_column(key, values, rows, threads=threads)

    def add_annotations(
        self, rows: Iterable[Mapping[str, Any]], *, part: int = 0
    ) -> NDArray[np.int64]:
        """Add annotations behind the others of a part: see `Table.extend`."""
        return self.annotations.extend(rows, part=part)

    def add_images(self, rows: Iterable[Mapping[str, Any]], *, part: int = 0) -> NDArray[np.int64]:
        """Add images behind the others of a part: see `Table.extend`."""
        return self.images.extend(rows, part=part)

    def add_categories(
        self, rows: Iterable[Mapping[str, Any]], *, part: int = 0
    ) -> NDArray[np.int64]:
        """Add categories behind the others of a part: see `Table.extend`."""
        return self.categories.extend(rows, part=part)

    def remove(self, rows: Rows, *, table: str = "annotations") -> None:
        """Remove rows of a table; what refers to them stays."""
        self._table(table).remove(rows)


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


class DialectHooks(NamedTuple):
    """What the dialects do for documents; they stand above, and register it when imported."""

    sniff: Callable[[Document], Any]
    named: Callable[[str], Any]
    write: Callable[..., Any]


_hooks: list[DialectHooks] = []


def register_dialects(hooks: DialectHooks) -> None:
    """Let documents know the dialects; the last to register counts."""
    _hooks[:] = [hooks]


def _dialects() -> DialectHooks:
    if not _hooks:
        raise RuntimeError("no dialects are registered: import cocodec.dialects")
    return _hooks[0]


def read(source: Source, *, dialect: str = "auto", unzip_limit: int | None = None) -> Document:
    """Open a COCO file of any dialect.

    Parameters
    ----------
    source : path, bytes or binary file
        UTF-8 JSON: a document, a list of documents or of results, a single annotation, or one of
        these a line; or a zip with such files in it, whatever else it holds.
    dialect : str
        Whose habits to expect; "auto" looks at the file when it matters.
    unzip_limit : int, optional
        How many bytes the JSON of a zip may unpack to in all. By default 200 times what is packed,
        but no less than 256 MiB and no more than 4 GiB.

    Raises
    ------
    DocumentError
        If it is not JSON (says where), or none of these; if a zip is broken, not safe or too large.
    OSError
        If it cannot be read.
    """
    document = Document(read_raw(source, unzip_limit=unzip_limit))
    if dialect != "auto":
        document._dialect = _dialects().named(dialect)
    return document
