"""Records in many files at once: written to all of them in turns, and read back in any order."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np

from cocodec.documents.parts import Spans
from cocodec.documents.stream import RecordStream, Stretch

__all__ = ["ScannedShard", "ShardReader", "ShardWriter", "ids_of"]

_HELD = 64 << 20  # bytes that wait for being written, of all files together
_OPEN = 100  # files that are open at a time: systems allow a few hundred


@dataclass
class _File:
    path: Path
    digest: Any = field(default_factory=hashlib.sha256)
    held: list[bytes] = field(default_factory=list)
    in_list: int = 0  # records in the list that is open
    counts: list[int] = field(default_factory=list)  # records in the lists before


class ShardWriter:
    """Files ``shard-00000.json`` and so on that grow side by side, each a record at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[_File] = []
        self._start = b""
        self._held = 0

    def open_list(self, text: bytes) -> None:
        """Write to every file, those to come included, what stands in front of its next list."""
        self._start += text
        for file in self._files:
            file.counts.append(file.in_list)
            file.in_list = 0
            self._hold(file, text)

    def put(self, number: int, record: bytes) -> None:
        """Add a record to the list that is open in a file, which may be the next new one."""
        if number == len(self._files):
            self._files.append(_File(self._folder / f"shard-{number:05}.json"))
            self._hold(self._files[number], self._start)
        file = self._files[number]
        if file.in_list > 0:
            self._hold(file, b",\n")
        file.in_list += 1
        self._hold(file, record)
        if self._held > _HELD:
            self._flush()

    def require_one(self) -> int:
        """Make sure that there is a file; return the number of the last one."""
        if not self._files:
            self._files.append(_File(self._folder / "shard-00000.json"))
            self._hold(self._files[0], self._start)
        return len(self._files) - 1

    def close(self, text: bytes) -> list[tuple[str, str, list[int]]]:
        """Write what ends every file; return names, SHA-256 and how many records each list has."""
        self.open_list(text)
        self._flush()
        return [(file.path.name, file.digest.hexdigest(), file.counts) for file in self._files]

    def _hold(self, file: _File, text: bytes) -> None:
        file.held.append(text)
        self._held += len(text)

    def _flush(self) -> None:
        for file in self._files:
            if file.held:
                text = b"".join(file.held)
                with open(file.path, "ab", buffering=0) as stream:
                    stream.write(text)
                file.digest.update(text)
                file.held.clear()
        self._held = 0


@dataclass
class ScannedShard:
    """A shard that has been read once: its size, its hash, and where its records lie."""

    size: int
    sha256: str
    spans: dict[str, Spans]


class ShardReader:
    """Reads the records of many files, of each of them in order, of all of them in any."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths
        self._spans: dict[tuple[str, int], Spans] = {}
        self._next: dict[tuple[str, int], int] = {}
        self._open: OrderedDict[int, BinaryIO] = OrderedDict()

    def __enter__(self) -> ShardReader:
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as stack:
            for stream in self._open.values():
                stack.callback(stream.close)

    def scan(self, number: int, tables: Iterable[str]) -> ScannedShard:
        """Read a file from front to back, and find its records.

        Raises
        ------
        DocumentError
            If it is no COCO file.
        OSError
            If it cannot be read.
        """
        found: dict[str, list[Spans]] = {table: [] for table in tables}
        digest, size = hashlib.sha256(), 0
        with open(self._paths[number], "rb") as stream:
            for stretch in RecordStream(stream):
                begin, end = stretch.range
                digest.update(memoryview(stretch.source)[begin:end])
                if stretch.table in found:
                    found[stretch.table].append(stretch.spans + (size - begin))
                size += end - begin
        empty = np.empty((0, 2), np.int64)
        spans = {table: np.concatenate([empty, *parts]) for table, parts in found.items()}
        for table in spans:
            self._spans[table, number] = spans[table]
            self._next[table, number] = 0
        return ScannedShard(size, digest.hexdigest(), spans)

    def take(self, table: str, number: int) -> bytes:
        """Return the next record of a list of a file that has been scanned."""
        row = self._next[table, number]
        self._next[table, number] = row + 1
        begin, end = map(int, self._spans[table, number][row])
        stream = self._stream(number)
        stream.seek(begin)
        return stream.read(end - begin)

    def _stream(self, number: int) -> BinaryIO:
        stream = self._open.get(number)
        if stream is None:
            if len(self._open) >= _OPEN:
                self._open.popitem(last=False)[1].close()
            stream = self._open[number] = open(self._paths[number], "rb")  # noqa: SIM115
        self._open.move_to_end(number)
        return stream


class _Ids(msgspec.Struct):
    id: Any = None
    image_id: Any = None


def ids_of(stretch: Stretch, key: str) -> list[int | float | str | None]:
    """Return what the records of a stretch have as ``id`` or ``image_id``; None for none."""
    if len(stretch.spans) == 0:
        return []
    text = stretch.source[int(stretch.spans[0, 0]) : int(stretch.spans[-1, 1])]
    try:
        records = msgspec.json.decode(b"[" + text + b"]", type=list[_Ids])
    except msgspec.DecodeError:  # some are no objects, or single values
        records = [_ids_of_one(stretch.source[a:b]) for a, b in stretch.spans.tolist()]
    values = [getattr(record, key) for record in records]
    return [value if isinstance(value, (int, float, str)) else None for value in values]


def _ids_of_one(record: bytes) -> _Ids:
    try:
        return msgspec.json.decode(record, type=_Ids)
    except msgspec.DecodeError:
        return _Ids()
