"""Writing the documents of a file with their masks spelled another way, nothing else changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from cocodec.archive import copy_archive
from cocodec.errors import DocumentError, RefusedRow, describe_refused
from cocodec.output import Target, open_whole
from cocodec.raw import NO_SPANS, Part, RawFile, Source, Spans, read_raw

__all__ = ["ConvertReport", "RefusedError", "RefusedRow", "convert"]

Piece = bytes | memoryview

# Source bytes that are converted, or copied, in one go: bounds the memory besides the source.
_CHUNK = 8 << 20
_NAMED = 20  # refused rows that the message of an exception spells out

# As cocodec::SegmentationKind and cocodec::Outcome have them.
_POINTS = 4
_CONVERTED, _UNCHANGED, _SKIPPED = 0, 1, 2
_IS_EMPTY, _SIZE_DIFFERS = 1, 2


@dataclass
class ConvertReport:
    """What became of the annotations of a document.

    Attributes
    ----------
    converted, unchanged : int
        Masks that were written anew, and masks that were spelled as asked before.
    skipped : int
        Rows without a segmentation (missing, null, ``[]``, ``[[]]``), left as they are.
    points : int
        Rows whose rings have fewer than three points each, left as they are.
    refused : list of RefusedRow
        Rows whose segmentation is wrong.
    empty : int
        Of the converted and unchanged, masks without a pixel.
    size_differs : int
        Of the converted and unchanged, RLEs of another size than their image.
    """

    converted: int = 0
    unchanged: int = 0
    skipped: int = 0
    points: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    empty: int = 0
    size_differs: int = 0

    def __str__(self) -> str:
        text = (
            f"{self.converted} converted, {self.unchanged} unchanged, "
            f"{self.skipped} skipped (no segmentation), {len(self.refused)} refused"
        )
        if self.points:
            text += f", {self.points} left as they are (points only)"
        if self.empty:
            text += f"; {self.empty} without a pixel"
        if self.size_differs:
            text += f"; warning: {self.size_differs} not of their image's size"
        return text

    def describe_refused(self, limit: int | None = None) -> str:
        """Name the refused rows, one a line: all of them, or the first `limit`."""
        return describe_refused(self.refused, limit)


class RefusedError(DocumentError):
    """Some annotations are wrong, so nothing was written; `report` says which and why."""

    def __init__(self, report: ConvertReport) -> None:
        super().__init__(report.describe_refused(_NAMED))
        self.report = report

    def __reduce__(self) -> tuple[type[RefusedError], tuple[ConvertReport]]:
        return type(self), (self.report,)


def convert(
    source: Source,
    target: Target,
    *,
    to: Literal["rle", "rle-list"] = "rle",
    on_error: Literal["fail", "skip"] = "fail",
    threads: int = 0,
    progress: Callable[[int, int], None] | None = None,
    unzip_limit: int | None = None,
) -> ConvertReport:
    """Write a COCO file with every mask as run lengths.

    Every byte outside of the masks stays as it is. Of a mask that is run-length encoded already
    only the counts are written anew, and not even these if they are spelled as asked. A zip stays
    one: members that are no COCO go over as they are packed.

    Parameters
    ----------
    source : path, bytes or binary file
        What to read: see `cocodec.read`. Rings and boxes take the size of their image; RLE has its
        own.
    target : path or binary file
        Where to write; may be the same file. Appears whole or not at all.
    to : {"rle", "rle-list"}
        Counts as a compressed string, or as a list of numbers.
    on_error : {"fail", "skip"}
        What a wrong segmentation means: nothing is written, or that row stays as it is.
    threads : int
        0 is automatic, 1 none.
    progress : callable, optional
        Called now and then with the bytes of JSON done and the bytes in all.
    unzip_limit : int, optional
        How many bytes the JSON of a zip may unpack to in all. By default 200 times what is packed,
        but no less than 256 MiB and no more than 4 GiB.

    Raises
    ------
    RefusedError
        With ``on_error="fail"``, if some segmentations are wrong; names them.
    DocumentError
        If the file is not a COCO document.
    OSError
        If a file cannot be read or written.
    """
    if to not in ("rle", "rle-list"):
        raise ValueError(f"to is {to!r}, expected 'rle' or 'rle-list'")
    if on_error not in ("fail", "skip"):
        raise ValueError(f"on_error is {on_error!r}, expected 'fail' or 'skip'")
    file = read_raw(source, unzip_limit=unzip_limit)
    work = _Work(to == "rle-list", threads, on_error == "fail", progress)
    texts = work.rewritten(file)
    with open_whole(target) as stream:
        if file.archive is None:
            _write(stream, texts[0])
        else:
            copy_archive(file.archive, stream, dict(zip(file.members, texts, strict=True)))
        work.report.refused.sort(key=lambda refused: refused.row)
        if on_error == "fail" and work.report.refused:
            raise RefusedError(work.report)
    return work.report


def _write(stream: BinaryIO, pieces: Iterable[Piece]) -> None:
    for piece in pieces:
        stream.write(piece)


@dataclass
class _Work:
    """Rewriting the texts of a file: what is asked, and what has become of it so far."""

    as_list: bool
    threads: int
    all_or_nothing: bool
    progress: Callable[[int, int], None] | None
    report: ConvertReport = field(default_factory=ConvertReport)
    done: int = 0
    total: int = 0

    def rewritten(self, file: RawFile) -> list[Iterator[Piece]]:
        """Return the new bytes of each text from front to back, made when they are asked for."""
        texts, labels = file.texts(), iter(file.labels())
        self.total = sum(len(text.source) for text in texts)
        row, out = 0, []
        for text in texts:
            parts = []
            for part in text.parts:
                parts.append((part, next(labels), row))
                row += len(part.table("annotations"))
            out.append(self._rewrite(text.source, parts))
        return out

    def _rewrite(self, source: bytes, parts: list[tuple[Part, str, int]]) -> Iterator[Piece]:
        """Rewrite one text. `parts`: with their labels and first rows in the whole file."""
        at = 0
        for part, label, first_row in parts:
            for pieces, end in self._rewrite_part(part, at, (label, first_row)):
                yield from self._passed(pieces, end - at)
                at = end
        for _, _, begin, end in _chunks(NO_SPANS, at, len(source)):
            yield from self._passed([memoryview(source)[begin:end]], end - begin)

    def _rewrite_part(
        self, part: Part, at: int, where: tuple[str, int]
    ) -> Iterator[tuple[list[Any], int]]:
        """Yield the new bytes from `at` to the last annotation, with where the old ones end."""
        source, spans, records = memoryview(part.source), part.table("annotations"), part.records()
        end_of_rows = int(spans[-1, 1]) if len(spans) else at
        for first, last, begin, end in _chunks(spans, at, end_of_rows):
            if first == last:
                yield [source[begin:end]], end
                continue
            pieces, kinds, outcomes, flags, refused = records.convert(
                spans[first:last], (begin, end), self.as_list, self.threads
            )
            _count(self.report, kinds, outcomes, flags)
            self._refuse([(first + row, id_, why) for row, id_, why in refused], where)
            yield pieces, end

    def _refuse(self, rows: list[tuple[int, str | None, str]], where: tuple[str, int]) -> None:
        label, first_row = where
        for row, id_, why in rows:
            name = f"{label}, row {row}" if label else ""
            self.report.refused.append(RefusedRow(first_row + row, id_, why, name))

    def _passed(self, pieces: list[Any], length: int) -> list[Any]:
        """Note that `length` bytes are done; return what of their new bytes is worth writing."""
        self.done += length
        if self.progress is not None:
            self.progress(self.done, self.total)
        return [] if self.all_or_nothing and self.report.refused else pieces


def _chunks(spans: Spans, at: int, size: int) -> Iterator[tuple[int, int, int, int]]:
    """Cut source[at:size]: (first row, row behind the last, first byte, byte behind the last)."""
    row = 0
    while row < len(spans):
        begin = int(spans[row, 0])
        while begin - at > _CHUNK:
            yield row, row, at, at + _CHUNK
            at += _CHUNK
        last = max(row + 1, int(np.searchsorted(spans[:, 1], at + _CHUNK, "right")))
        end = int(spans[last - 1, 1])
        yield row, last, at, end
        at, row = end, last
    while at < size:
        end = min(at + _CHUNK, size)
        yield row, row, at, end
        at = end


def _count(
    report: ConvertReport,
    kinds: NDArray[np.uint8],
    outcomes: NDArray[np.uint8],
    flags: NDArray[np.uint8],
) -> None:
    skipped = outcomes == _SKIPPED
    points = int(np.count_nonzero(skipped & (kinds == _POINTS)))
    report.converted += int(np.count_nonzero(outcomes == _CONVERTED))
    report.unchanged += int(np.count_nonzero(outcomes == _UNCHANGED))
    report.points += points
    report.skipped += int(np.count_nonzero(skipped)) - points
    report.empty += int(np.count_nonzero(flags & _IS_EMPTY))
    report.size_differs += int(np.count_nonzero(flags & _SIZE_DIFFERS))
