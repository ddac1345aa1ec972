"""One large document as many small ones, and back, byte for byte.

A shard is a document of its own: some images, their annotations, and everything else of the root.
What they do not tell of the whole (the order of the annotations, the white space, the root's own
text) is in the index beside them, so a shard's records may be rewritten, but not moved.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain, groupby, pairwise, repeat
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, TypeVar

import msgspec

from cocodec.bulk.shard_files import ScannedShard, ShardReader, ShardWriter, ids_of
from cocodec.documents.stream import RecordStream, Stretch
from cocodec.errors import DocumentError, located
from cocodec.files.output import Target, new_folder, open_whole
from cocodec.files.sources import open_seekable

__all__ = ["INDEX", "Index", "ListOrder", "ShardEntry", "is_index", "join", "read_index", "shard"]

INDEX = "shards.json"
_FORMAT = "cocodec shards 1"
_SPLIT = ("images", "annotations")
_PIECE = 1 << 20
_NO_DOCUMENT = "expected a document with a list of images and a list of annotations"

T = TypeVar("T")
# Values, and how often each comes in a row.
Runs: TypeAlias = list[tuple[T, int]]
Progress = Callable[[int, int], None]


@dataclass
class ListOrder:
    """Where the records of a list go, in the order of the whole document.

    Attributes
    ----------
    table : str
        The list.
    shards : list of (int, int)
        Numbers of shards, and how many records in a row go there.
    separators : list of (str, int)
        What stands between records, and how often in a row; one less than records.
    """

    table: str
    shards: Runs[int] = field(default_factory=list)
    separators: Runs[str] = field(default_factory=list)


@dataclass
class ShardEntry:
    """A shard as it was written: its file name, its hash, and how many records it has."""

    name: str
    sha256: str
    images: int
    annotations: int


@dataclass
class Index:
    """What the shards do not tell of the whole.

    Attributes
    ----------
    format : str
        What this file is.
    sha256 : str
        Of the whole.
    images_per_shard : int
    pieces : list of str or ListOrder
        The text of the whole, its images and annotations left out where the tables stand.
    shards : list of ShardEntry
    """

    format: str
    sha256: str
    images_per_shard: int
    pieces: list[str | ListOrder]
    shards: list[ShardEntry]


def is_index(path: str) -> bool:
    """Whether a file is the index of shards, and no document."""
    with open(path, "rb") as stream:
        return _FORMAT.encode() in stream.read(64)


def read_index(folder: str | os.PathLike[str]) -> Index:
    """Read the index of a folder of shards.

    Raises
    ------
    DocumentError
        If it is broken, or not one.
    OSError
        If it cannot be read.
    """
    path = Path(folder, INDEX)
    data = path.read_bytes()
    try:
        index = msgspec.json.decode(data, type=Index)
    except msgspec.DecodeError as error:
        raise DocumentError(f"not the index of shards: {error}", file=path) from None
    if index.format != _FORMAT:
        raise DocumentError(f"the format is {index.format!r}, expected {_FORMAT!r}", file=path)
    return index


def shard(
    source: str | os.PathLike[str],
    out_dir: str | os.PathLike[str],
    *,
    images_per_shard: int,
    progress: Progress | None = None,
) -> Index:
    """Split a document into shards: files ``shard-00000.json`` and so on, and their index.

    Shard i has the images from i * `images_per_shard` on, with their annotations. Annotations of
    images that are not listed go to the last one. The folder appears whole or not at all. Memory
    is needed for the ids of the images, some numbers for each annotation, and the root's other
    lists.

    Parameters
    ----------
    source : path
        A COCO document, uncompressed.
    out_dir : path
        Must not exist, or be an empty folder.
    images_per_shard : int
        At least 1.
    progress : callable, optional
        Called now and then with the bytes done and the bytes in all.

    Raises
    ------
    DocumentError
        If it is not a document with a list of images and a list of annotations, at most.
    OSError
        If something cannot be read or written; FileExistsError if there are files in `out_dir`.
    """
    if images_per_shard < 1:
        raise ValueError(f"images_per_shard is {images_per_shard}, expected at least 1")
    with new_folder(out_dir) as folder, open_seekable(source) as stream:
        bar = _Bar(progress, 2 * stream.seek(0, os.SEEK_END))
        with located(file=os.fspath(source)):
            index = _Sharding(ShardWriter(folder), images_per_shard, bar).run(stream)
        with open_whole(folder / INDEX) as out:
            out.write(msgspec.json.encode(index))
    return index


def join(
    folder: str | os.PathLike[str],
    target: Target,
    *,
    progress: Progress | None = None,
) -> bool:
    """Put shards together: the bytes that were split, or, of records rewritten since, new ones.

    Returns
    -------
    same : bool
        Whether the shards are as they were written, and so the whole as it was.

    Raises
    ------
    DocumentError
        If a shard has more or fewer records than it had, or is none; if the whole is not the same
        though its shards are.
    OSError
        If something cannot be read or written.
    """
    index = read_index(folder)
    paths = [Path(folder, item.name) for item in index.shards]
    bar = _Bar(progress, 2 * sum(path.stat().st_size for path in paths))
    with ShardReader(paths) as reader, open_whole(target) as out:
        same = True
        for number, item in enumerate(index.shards):
            with located(file=str(paths[number])):
                found = reader.scan(number, _SPLIT)
                _require_counts(found, item)
            same = same and found.sha256 == item.sha256
            bar.advance(found.size)
        digest = sha256()
        for piece in _whole(index, reader):
            digest.update(piece)
            out.write(piece)
            bar.advance(len(piece))
        if same and digest.hexdigest() != index.sha256:
            raise DocumentError(f"not what was split comes out; is {INDEX} damaged?", file=folder)
    return same


def _require_counts(found: ScannedShard, item: ShardEntry) -> None:
    for table in _SPLIT:
        count, was = len(found.spans[table]), getattr(item, table)
        if count != was:
            raise DocumentError(f"{count} {table}, expected {was} as they were split")


def _whole(index: Index, reader: ShardReader) -> Iterator[bytes]:
    """Yield the text of the whole, in pieces of about a megabyte."""
    for piece in index.pieces:
        if isinstance(piece, str):
            yield piece.encode()
            continue
        separators = _spread((text.encode(), count) for text, count in piece.separators)
        held, size = list[bytes](), 0
        for row, number in enumerate(_spread(piece.shards)):
            if row > 0:
                held.append(next(separators))
            held.append(reader.take(piece.table, number))
            size += len(held[-1])
            if size > _PIECE:
                yield b"".join(held)
                held, size = [], 0
        yield b"".join(held)


def _spread(runs: Iterable[tuple[T, int]]) -> Iterator[T]:
    return chain.from_iterable(repeat(value, count) for value, count in runs)


def _add_runs(runs: Runs[Any], values: Iterable[Any]) -> None:
    for value, group in groupby(values):
        count = sum(1 for _ in group)
        if runs and runs[-1][0] == value:
            runs[-1] = (value, runs[-1][1] + count)
        else:
            runs.append((value, count))


class _Bar:
    """Sums up progress."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def advance(self, size: int) -> None:
        self._done = min(self._done + size, self._total)
        if self._progress is not None:
            self._progress(self._done, self._total)


class _Sharding:
    """Splitting one document, in two passes: all but the annotations, then these."""

    def __init__(self, writer: ShardWriter, images_per_shard: int, bar: _Bar) -> None:
        self._writer = writer
        self._images_per_shard = images_per_shard
        self._bar = bar
        self._tables: dict[str, ListOrder] = {}
        self._shard_of: dict[Any, int] = {}  # image ids
        self._pieces: list[str | ListOrder] = []
        self._text: list[bytes] = []  # since the last record
        self._single = False  # whether there is an ``image`` in place of a list

    def run(self, stream: BinaryIO) -> Index:
        stream.seek(0)
        digest = sha256()
        self._writer.open_list(b'{"images": [')
        stretches = RecordStream(stream)
        for stretch in stretches:
            text = memoryview(stretch.source)[slice(*stretch.range)]
            digest.update(text)
            self._take(stretch, bytes(text) if stretch.table not in _SPLIT else b"")
            self._bar.advance(len(text))
        if self._single and "images" not in stretches.keys:
            raise DocumentError(_NO_DOCUMENT)
        self._pieces.append(self._pending())
        last = self._writer.require_one()
        self._writer.open_list(b"], " + self._others() + b'"annotations": [')
        stream.seek(0)
        for stretch in RecordStream(stream, check=False):
            if stretch.table == "annotations":
                self._put_annotations(stretch, last)
            self._bar.advance(stretch.range[1] - stretch.range[0])
        shards = [
            ShardEntry(name, hash_, images=counts[0], annotations=counts[1])
            for name, hash_, counts in self._writer.close(b"]}\n")
        ]
        per_shard = self._images_per_shard
        return Index(_FORMAT, digest.hexdigest(), per_shard, self._pieces, shards)

    def _take(self, stretch: Stretch, text: bytes) -> None:
        """Take what the first pass finds. `text`: of what is not split."""
        if stretch.table not in _SPLIT:
            if stretch.are_documents:
                raise DocumentError("the file holds many documents, expected one")
            self._single = self._single or stretch.table == "image"
            self._text.append(text)
            return
        table = self._tables.get(stretch.table)
        if table is None:
            self._pieces.append(_require_list(self._pending()))
            table = self._tables[stretch.table] = ListOrder(stretch.table)
            self._pieces.append(table)
        else:
            _add_runs(table.separators, [self._pending()])
        spans = stretch.spans.tolist()
        gaps = (stretch.source[a:b].decode() for (_, a), (b, _) in pairwise(spans))
        _add_runs(table.separators, gaps)
        if stretch.table == "images":
            self._put_images(stretch, table)

    def _pending(self) -> str:
        text = b"".join(self._text).decode()
        self._text.clear()
        return text

    def _put_images(self, stretch: Stretch, table: ListOrder) -> None:
        ids = ids_of(stretch, "id")
        for row, (begin, end) in enumerate(stretch.spans.tolist()):
            number = (stretch.first_row + row) // self._images_per_shard
            if ids[row] is not None:
                self._shard_of.setdefault(ids[row], number)
            self._writer.put(number, stretch.source[begin:end])
            _add_runs(table.shards, [number])

    def _put_annotations(self, stretch: Stretch, last: int) -> None:
        numbers = [self._shard_of.get(id_, last) for id_ in ids_of(stretch, "image_id")]
        for number, (begin, end) in zip(numbers, stretch.spans.tolist(), strict=True):
            self._writer.put(number, stretch.source[begin:end])
        _add_runs(self._tables["annotations"].shards, numbers)

    def _others(self) -> bytes:
        """Return the members of the root that every shard has, each with a comma behind it."""
        skeleton = "".join(piece for piece in self._pieces if isinstance(piece, str))
        skeleton = skeleton.removeprefix("\ufeff")
        try:
            fields = msgspec.json.decode(skeleton.encode(), type=dict[str, msgspec.Raw])
        except msgspec.DecodeError:
            raise DocumentError(_NO_DOCUMENT) from None
        members = [
            msgspec.json.encode(key) + b": " + bytes(value) + b", "
            for key, value in fields.items()
            if key not in _SPLIT
        ]
        return b"".join(members)


def _require_list(before: str) -> str:
    """Refuse records that stand in no list of a document; `before`: the text in front of them."""
    if not before.rstrip().endswith("["):
        raise DocumentError(_NO_DOCUMENT)
    return before
