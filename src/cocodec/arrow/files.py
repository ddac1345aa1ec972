"""Documents as Parquet and Arrow IPC files, and back, byte for byte.

Annotations are what people query, so a single file is their table, the others ride along in its
metadata. A folder has a file for each table, or, in stretches of images, a folder of files.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import pyarrow as pa  # type: ignore[import-not-found,import-untyped,unused-ignore]
import pyarrow.ipc as ipc  # type: ignore[import-not-found,import-untyped,unused-ignore]
import pyarrow.parquet as pq  # type: ignore[import-not-found,import-untyped,unused-ignore]
from numpy.typing import NDArray

from cocodec.arrow.outline import TABLES, document_of, skeleton_of
from cocodec.arrow.records import ROW
from cocodec.arrow.tables import batches_of, tables_of
from cocodec.documents.document import Document, read
from cocodec.errors import DocumentError, located
from cocodec.files.output import Target, open_whole, together
from cocodec.files.sources import Source
from cocodec.signatures import names_arguments

__all__ = ["convert_columns", "read_columns", "write_columns"]

PathLike = str | os.PathLike[str]

_KEY = b"cocodec"  # of the metadata: what a file is but its tables
_ARROW = (".arrow", ".feather", ".ipc")
_ROW_GROUP = 1 << 16


@names_arguments
def write_columns(
    document: Document,
    target: PathLike,
    *,
    images_per_file: int | None = None,
    masks: bool = True,
    threads: int = 0,
) -> None:
    """Write a document as columns.

    Parameters
    ----------
    document : Document
    target : path
        ``*.parquet``; ``*.arrow``, ``*.feather`` or ``*.ipc`` for Arrow IPC; any other name is a
        folder with ``images.parquet``, ``annotations.parquet`` and ``categories.parquet``.
    images_per_file : int, optional
        Makes a folder in which ``images`` and ``annotations`` are folders too: the first file of
        each has this many images and their annotations, and so on. Annotations without an image
        are in the last.
    masks : bool
        Whether polygons and boxes have a mask too, rasterised.
    threads : int
        0 = as many as pay, 1 = none.

    Raises
    ------
    DocumentError
        For a zip, and a folder that has other files in it.
    OSError
        If it cannot be written.

    Examples
    --------
    >>> from cocodec.arrow import read_columns, write_columns
    >>> write_columns(document, 'columns.parquet')
    >>> read_columns('columns.parquet')
    <Document: 2 images, 3 annotations, 2 categories>
    """
    path = Path(target)
    if document.is_edited():
        document = read(b"".join(document.render_source()))
    skeleton = skeleton_of(document).encode()
    if _is_file(path):
        if images_per_file is not None:
            raise DocumentError("one file has all images; name a folder", file=path)
        metadata = {_KEY: skeleton}
        for name in ("images", "categories"):
            (*batches,) = batches_of(document, name, threads=threads)
            metadata[_KEY + b"." + name.encode()] = _packed(pa.concat_tables(batches))
        annotations = batches_of(document, "annotations", masks=masks, threads=threads)
        _write(annotations, path, metadata)
        return
    tables = tables_of(document, masks=masks, threads=threads)
    if images_per_file is not None and images_per_file < 1:
        raise ValueError(f"images_per_file is {images_per_file}, expected 1 or more")
    _require_free(path)
    with together():
        _write_folder(document, path, tables, images_per_file, skeleton)


def _write_folder(
    document: Document,
    path: Path,
    tables: dict[str, Any],
    images_per_file: int | None,
    skeleton: bytes,
) -> None:
    for name, table in tables.items():
        for part, rows in _parts(document, name, images_per_file):
            folder = path if part is None else path / name
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / (f"{name}.parquet" if part is None else f"{part:05}.parquet")
            piece = table
            if part is not None:
                piece = table.take(pa.array(rows)).append_column(ROW, pa.array(rows))
            _write(
                iter([piece]), file, {_KEY: skeleton} if name == "annotations" and not part else {}
            )


@names_arguments
def read_columns(source: PathLike, *, threads: int = 0) -> Document:
    """Read a document that `write_columns` wrote; the same bytes, unless its columns were changed.

    Files that others wrote have at least the columns that a document needs; what they lack is left
    out. Rows are put in the order of the column ``_row``, where there is one.

    Raises
    ------
    DocumentError
        For columns of types that no document has, and what is no such file.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> from cocodec.arrow import read_columns, write_columns
    >>> write_columns(document, 'columns.arrow')
    >>> read_columns('columns.arrow')
    <Document: 2 images, 3 annotations, 2 categories>
    """
    path = Path(source)
    try:
        tables = _read_file(path) if not path.is_dir() else _read_folder(path)
        for table in tables.values():
            table.validate(full=True)  # what is read below is not checked again
        given = {name: _in_order(table) for name, table in tables.items()}
    except pa.ArrowException as error:
        raise DocumentError(str(error), file=os.fspath(path)) from None
    metadata = tables["annotations"].schema.metadata or {}
    skeleton = metadata.get(_KEY)
    with located(file=os.fspath(path)):
        return document_of(given, _text_of(skeleton), threads=threads)


def _text_of(skeleton: bytes | None) -> str | None:
    if skeleton is None:
        return None
    try:
        return skeleton.decode()
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"the metadata 'cocodec' is broken: byte {error.start} is no UTF-8"
        ) from None


@names_arguments
def convert_columns(
    source: Source,
    target: Target,
    *,
    images_per_file: int | None = None,
    masks: bool = True,
    threads: int = 0,
) -> Document:
    """Convert a document to columns or back, or from one kind of columns to another.

    What is columns the name says: see `write_columns`. All else is read by `cocodec.read`, and
    written as it was. Returns the document.

    Examples
    --------
    >>> from cocodec.arrow import convert_columns
    >>> document.write('two.json')
    >>> convert_columns('two.json', 'two.parquet')
    <Document: 2 images, 3 annotations, 2 categories>
    """
    document = read_columns(source, threads=threads) if _names_columns(source) else read(source)
    if images_per_file is None and not _names_columns(target):
        document.write(target)
        return document
    if not isinstance(target, (str, os.PathLike)):
        raise DocumentError("columns go to a file or a folder, not to a stream")
    write_columns(document, target, images_per_file=images_per_file, masks=masks, threads=threads)
    return document


def _names_columns(name: Source | Target) -> TypeGuard[PathLike]:
    if not isinstance(name, (str, os.PathLike)):
        return False
    return os.fspath(name).endswith("/") or _is_file(Path(name)) or os.path.isdir(name)


def _is_file(path: Path) -> bool:
    return path.suffix == ".parquet" or path.suffix in _ARROW


def _write(tables: Iterator[Any], path: Path, metadata: dict[bytes, bytes]) -> None:
    """Write tables below each other."""
    first = next(tables)
    schema = first.schema.with_metadata(metadata)
    with open_whole(path) as stream:
        if path.suffix in _ARROW:
            options = ipc.IpcWriteOptions(compression="zstd")
            with ipc.new_file(stream, schema, options=options) as writer:
                for table in chain([first], tables):
                    writer.write_table(table, max_chunksize=_ROW_GROUP)
        else:
            with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
                for table in chain([first], tables):
                    table = table.replace_schema_metadata(metadata)
                    writer.write_table(table, row_group_size=_ROW_GROUP)


def _packed(table: Any) -> bytes:
    """A table as text that metadata can hold."""
    sink = pa.BufferOutputStream()
    options = ipc.IpcWriteOptions(compression="zstd")
    with ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return base64.b64encode(sink.getvalue())


def _unpacked(text: bytes) -> Any:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise DocumentError(f"the metadata 'cocodec' is broken: {error}") from None
    with ipc.open_stream(data) as reader:
        return reader.read_all()


def _read_file(path: Path) -> dict[str, Any]:
    table = _read(path)
    tables = {"annotations": table}
    for name in ("images", "categories"):
        packed = (table.schema.metadata or {}).get(_KEY + b"." + name.encode())
        if packed is not None:
            tables[name] = _unpacked(packed)
    return tables


def _read(path: Path) -> Any:
    if path.suffix in _ARROW:
        # Not mapped: of a file that is cut short a page that is not there ends the process.
        with pa.OSFile(os.fspath(path)) as stream, ipc.open_file(stream) as reader:
            return reader.read_all()
    with open(path, "rb") as stream:
        return pq.ParquetFile(stream).read()


def _read_folder(path: Path) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for name in TABLES:
        files = [path / f"{name}.parquet"]
        if (path / name).is_dir():
            files = sorted((path / name).glob("*.parquet"))
        elif not files[0].is_file():
            continue
        pieces = [_read(file) for file in files]
        if pieces:
            tables[name] = pa.concat_tables(pieces).replace_schema_metadata(
                pieces[0].schema.metadata
            )
    if "annotations" not in tables:
        what = "the folder has no annotations.parquet, and is no data set of a known format"
        raise DocumentError(f"{what}; if it is one, name it: --from NAME", file=path)
    return tables


def _in_order(table: Any) -> Any:
    return table.sort_by(ROW).drop_columns([ROW]) if ROW in table.column_names else table


def _require_free(path: Path) -> None:
    """Refuse a folder that has something else in it: old parts would be read with the new ones."""
    if path.is_dir() and any(path.iterdir()):
        raise DocumentError("the folder is not empty", file=path)


def _parts(
    document: Document, name: str, images_per_file: int | None
) -> Iterator[tuple[int | None, NDArray[np.int64]]]:
    """Yield the number of each file of a table, None where it has one, and its rows."""
    rows = np.arange(len(getattr(document, name)))
    if images_per_file is None or name == "categories":
        yield None, rows
        return
    count = max(1, -(-len(document.images) // images_per_file))
    if name == "images":
        part = rows // images_per_file
    else:
        image = document.image_rows()
        part = np.where(image < 0, count - 1, image // images_per_file)
    order = np.argsort(part, kind="stable")
    starts = np.searchsorted(part[order], np.arange(count + 1))
    for i in range(count):
        yield i, order[starts[i] : starts[i + 1]]
