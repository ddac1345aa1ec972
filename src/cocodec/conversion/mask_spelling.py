"""Writing the documents of a file with their masks spelled another way, nothing else changed."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple, get_args, overload

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec._core import Outcome, SegmentationKind
from cocodec.conversion.changes import describe_changes
from cocodec.conversion.first_changes import FirstChanges
from cocodec.documents.dialect_names import Writable
from cocodec.documents.document import Document
from cocodec.documents.mask_fits import PANOPTIC, all_crowds, describe_misfits, explain
from cocodec.documents.parts import NO_SPANS, RawFile, Spans, read_raw, split_text
from cocodec.documents.stream import OtherRootError, RecordStream, Root, Stretch, read_images
from cocodec.errors import DocumentError, RefusedRow, describe_refused, how_many, located
from cocodec.files.archive import copy_archive, is_zip
from cocodec.files.output import Target, open_whole
from cocodec.files.sources import Source, name_of, open_seekable
from cocodec.masks.operations import RunOrder
from cocodec.masks.polygons import Holes, Spellings, as_spelling
from cocodec.masks.segmentation_values import RINGS
from cocodec.signatures import names_arguments

if TYPE_CHECKING:
    from cocodec.dialects import DialectReport

__all__ = ["SPELLINGS", "ChangedMask", "ConvertReport", "RefusedError", "RefusedRow", "convert"]

Piece = bytes | memoryview

SPELLINGS = get_args(Spellings)

_NAMED = 20  # refused rows that the message of an exception spells out

_IS_EMPTY, _SIZE_DIFFERS, _IS_CROWD = 1, 2, 4  # flags of a converted row


class ChangedMask(NamedTuple):
    """A mask whose rings are not its pixels, as asked for: its row, pixels gained and lost, IoU.

    Examples
    --------
    >>> from cocodec.conversion import ChangedMask
    >>> ChangedMask(row=3, gained=80, lost=0, iou=0.9).gained
    80
    """

    row: int
    gained: int
    lost: int
    iou: float


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
    traced : int
        Of the converted, masks that were traced to polygons.
    changed : list of ChangedMask
        Of the traced, masks that lost or gained pixels, which takes an option that allows it.
    loose : int
        Of the converted, masks in a spelling that few readers take: counts in base64, rings of
        pairs, numbers as texts.
    misfits : list of RefusedRow
        Masks of the converted and unchanged whose pixels lie far from their own bbox or area, each
        with the likely reason: width and height exchanged, counts that go along the rows, two
        corners for a bbox, fractions for pixels, the size of another image.
    crowds : int
        Of the converted and unchanged, masks that `iscrowd` calls a crowd.
    broken : dict of str to str
        Members of a zip that cannot be read, and why; they stay as they are.
    panoptic : int
        Rows of a panoptic document, whose masks lie in PNG files; they stay as they are.
    by_rows, fitted : int
        RLE that was read along the rows, and that was cut to its image, as asked for.

    Examples
    --------
    >>> document.write('rings.json')
    >>> print(cocodec.convert('rings.json', 'rle.json', to='rle'))
    3 converted, 0 unchanged, 0 skipped (no segmentation), 0 refused
    """

    converted: int = 0
    unchanged: int = 0
    skipped: int = 0
    points: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    empty: int = 0
    size_differs: int = 0
    traced: int = 0
    changed: list[ChangedMask] = field(default_factory=list)
    loose: int = 0
    misfits: list[RefusedRow] = field(default_factory=list)
    crowds: int = 0
    broken: dict[str, str] = field(default_factory=dict)
    panoptic: int = 0
    by_rows: int = 0
    fitted: int = 0

    def __str__(self) -> str:
        text = (
            f"{self.converted} converted, {self.unchanged} unchanged, "
            f"{self.skipped} skipped (no segmentation), {len(self.refused)} refused"
        )
        if self.points:
            text += f", {self.points} left as they are (points only: cocodec check names them)"
        if self.empty:
            text += f"; {self.empty} without a pixel"
        if self.size_differs:
            text += f"; warning: {self.size_differs} not of their image's size"
        if self.loose:
            text += f"; note: {self.loose} were spelled as base64, pairs or texts"
        if self.by_rows:
            text += f"; {self.by_rows} read along the rows"
        if self.fitted:
            text += f"; {self.fitted} cut to their image"
        if self.misfits:
            text += f"; warning: {len(self.misfits)} far from their own bbox or area"
        return text + self._describe_loss()

    def _describe_loss(self) -> str:
        if not self.changed:
            return f"; {self.traced} traced, nothing lost" if self.traced else ""
        return f"; {self.traced} traced, {describe_changes(self.changed)}"

    @property
    def warnings(self) -> list[str]:
        """What is likely wrong in the source, and stays so: a line for each kind.

        Masks that lie far from their own bbox or area, with the cause; that all rows are crowds.

        Examples
        --------
        >>> document.write('rings.json')
        >>> cocodec.convert('rings.json', 'rle.json').warnings
        []
        """
        lines = describe_misfits(self.misfits)
        if self.crowds > 0 and self.crowds == self.converted + self.unchanged:
            lines.append(all_crowds(self.crowds))
        if self.panoptic:
            lines.append(f"{how_many(self.panoptic, 'row is', 'rows are')} panoptic: {PANOPTIC}")
        for name, why in self.broken.items():
            lines.append(f"{name} cannot be read, and stays as it is: {why}")
        return lines

    @names_arguments
    def describe_refused(self, limit: int | None = None) -> str:
        """Name the refused rows, one a line: all of them, or the first `limit`.

        Examples
        --------
        >>> document.write('rings.json')
        >>> cocodec.convert('rings.json', 'rle.json').describe_refused()
        '0 annotations are refused:'
        """
        return describe_refused(self.refused, limit)


class RefusedError(DocumentError):
    """Some annotations are wrong, so nothing was written; `report` says which and why.

    Examples
    --------
    >>> issubclass(cocodec.RefusedError, cocodec.DocumentError)
    True
    """

    def __init__(self, report: ConvertReport) -> None:
        super().__init__(report.describe_refused(_NAMED))
        self.report = report

    def __reduce__(self) -> tuple[type[RefusedError], tuple[ConvertReport]]:
        return type(self), (self.report,)


@overload
def convert(
    source: Source, target: Target, *, to: Spellings = ..., **options: Any
) -> ConvertReport: ...


@overload
def convert(source: Source, target: Target, *, to: Writable, **options: Any) -> DialectReport: ...


@names_arguments
def convert(
    source: Source,
    target: Target,
    *,
    to: Spellings | Writable = "rle",
    masks: Spellings | None = None,
    tolerance: float = 0.0,
    holes: Holes = "bridge",
    on_error: Literal["fail", "skip"] = "fail",
    crowd: str | None = None,
    coerce_ids: bool = False,
    runs: RunOrder = "columns",
    fit_sizes: bool = False,
    threads: int = 0,
    progress: Callable[[int, int], None] | None = None,
    unzip_limit: int | None = None,
    **options: Any,
) -> ConvertReport | DialectReport:
    """Write a COCO file with every mask as run lengths or as polygons, or in a tool's dialect.

    Every byte outside of the masks stays as it is, `iscrowd` included. Of a mask that is
    run-length encoded already only the counts are written anew, and not even these if they are
    spelled as asked. Polygons are the masks, bit for bit, unless an option says otherwise; those
    of the file stay as they are, and a mask without a pixel becomes ``[]``. An RLE of another
    size than its image is refused then, because rings have no size of their own. A zip stays one:
    members that are no COCO go over as they are packed.

    Parameters
    ----------
    source : path, bytes or binary file
        What to read: see `cocodec.read`. Rings and boxes take the size of their image; RLE has its
        own.
    target : path or binary file
        Where to write; may be the same file. Appears whole or not at all.
    to : {"rle", "rle-list", "polygons"} or a dialect
        Counts as a compressed string, or as a list of numbers; or rings of whole numbers. The name
        of a dialect ("official", "cvat" ...) is what `cocodec.convert_dialect` does, which says
        more of it and returns a `DialectReport`.
    masks : {"rle", "rle-list", "polygons"}, optional
        How masks are spelled where `to` is a dialect that leaves a choice.
    tolerance, holes
        Of polygons, as `RleArray.to_polygons` has them.
    on_error : {"fail", "skip"}
        What a wrong segmentation means: nothing is written, or that row stays as it is.
    crowd : {"field", "rle", "attribute", "0"} or "attribute:NAME", optional
        Set `iscrowd` anew: "0" makes nothing a crowd, which is what most trainers want of
        polygons; see `DialectOptions` for the others. The document is then read whole.
    coerce_ids : bool
        Write ``image_id`` and ``category_id`` that name nothing as the ids that they mean are
        spelled: "1" where an image has the id 1. The document is then read whole.
    runs : {"columns", "rows"}
        Which way the counts of the source's RLE go: COCO's down the columns, or along the rows, as
        writers have them that forget ``order="F"``. With "rows" the document is read whole.
    fit_sizes : bool
        Cut RLE of another size than its image to that, background added where it is smaller. The
        document is then read whole.
    threads : int
        0 is automatic, 1 none.
    progress : callable, optional
        Called now and then with the bytes of JSON done and the bytes in all.
    unzip_limit : int, optional
        How many bytes the JSON of a zip may unpack to in all, see `cocodec.read`.
    **options
        Of a dialect, as `cocodec.convert_dialect` has them.

    Raises
    ------
    RefusedError
        With ``on_error="fail"``, if some segmentations are wrong; names them.
    DocumentError
        If the file is not a COCO document.
    OSError
        If a file cannot be read or written.

    Examples
    --------
    >>> document.write('rings.json')
    >>> cocodec.convert('rings.json', 'rle.json', to='rle').converted
    3
    """
    if to not in SPELLINGS:
        if tolerance or holes != "bridge":
            raise ValueError("tolerance and holes are for to='polygons', not for a dialect")
        given = {"to": to, "masks": masks, "on_error": on_error, **options}
        if crowd is not None:
            given["crowd"] = crowd
        if coerce_ids:
            given["coerce_ids"] = True
        if runs != "columns":
            given["runs"] = runs
        if fit_sizes:
            given["fit_sizes"] = True
        return _convert_dialect(source, target, given, (threads, unzip_limit))
    if masks is not None:
        raise ValueError(f"masks is for a dialect, not for to={to!r}")
    if options:
        wrong = next(iter(options))
        raise TypeError(f"convert() got the keyword argument {wrong!r}, which to={to!r} has not")
    spelling = as_spelling(to, tolerance=tolerance, holes=holes)
    if on_error not in ("fail", "skip"):
        raise ValueError(f"on_error is {on_error!r}, expected 'fail' or 'skip'")
    work = _Work(spelling, threads, on_error == "fail", progress)
    first = FirstChanges(crowd, bool(coerce_ids), runs, bool(fit_sizes))
    mended = (0, 0)
    if first:
        source, mended = _changed(source, first, work, unzip_limit)
    with open_whole(target) as out:
        _convert(source, out, work, unzip_limit)
        if on_error == "fail" and work.report.refused:
            raise RefusedError(work.report)
    work.report.by_rows, work.report.fitted = mended
    return work.report


def _changed(
    source: Source, first: FirstChanges, work: _Work, unzip_limit: int | None
) -> tuple[io.BytesIO, tuple[int, int]]:
    """Change what is asked for, before the masks are spelled."""
    skip = not work.all_or_nothing
    document = Document(read_raw(source, unzip_limit=unzip_limit, skip_broken=skip))
    with located(file=name_of(source)):
        mended = first.make(document, work.threads)
    out = io.BytesIO()
    document.write(out)
    out.seek(0)
    return out, mended


def _convert_dialect(
    source: Source, target: Target, given: dict[str, Any], reading: tuple[int, int | None]
) -> DialectReport:
    from cocodec.conversion.dialect import convert_dialect
    from cocodec.dialects import WRITERS, DialectOptions

    threads, unzip_limit = reading
    if given["to"] not in WRITERS:
        names = ", ".join((*SPELLINGS, *WRITERS))
        raise ValueError(f"to is {given['to']!r}, expected one of: {names}")
    chosen = given.pop("options", None) or DialectOptions()
    first = ("crowd", "coerce_ids", "runs", "fit_sizes")
    asked = {name: given.pop(name) for name in first if name in given}
    options = replace(chosen, threads=threads, **asked)
    return convert_dialect(source, target, options=options, unzip_limit=unzip_limit, **given)


def _convert(source: Source, out: BinaryIO, work: _Work, unzip_limit: int | None) -> None:
    with open_seekable(source, unzip_limit=unzip_limit) as stream:
        if is_zip(_head(stream)):
            # A zip at a path stays there.
            zipped = source if isinstance(source, (str, os.PathLike)) else stream
            skip = not work.all_or_nothing
            file = read_raw(zipped, unzip_limit=unzip_limit, skip_broken=skip)
            work.report.broken = file.broken
            _convert_zip(file, out, work)
            return
        with located(file=name_of(source)):
            _convert_text(stream, out, work)


def _head(stream: BinaryIO) -> bytes:
    here = stream.tell()
    head = stream.read(4)
    stream.seek(here)
    return head


def _convert_text(stream: BinaryIO, out: BinaryIO, work: _Work) -> None:
    here = stream.tell()
    work.total = stream.seek(0, io.SEEK_END) - here
    start = out.tell()
    root: Root | None = None
    while True:
        stream.seek(here)
        try:
            _write(out, work.rewrite(stream, root))
            return
        except OtherRootError as error:  # seen at the end of what is longer than a window
            root = error.root
            out.seek(start)
            out.truncate()
            work.start_over()


def _write(stream: BinaryIO, pieces: Iterator[Piece]) -> None:
    for piece in pieces:
        stream.write(piece)


def _convert_zip(file: RawFile, out: BinaryIO, work: _Work) -> None:
    assert file.archive is not None
    work.total = sum(len(member.source) for member in file.members.values())
    replaced, row = {}, 0
    for name, member in file.members.items():
        replaced[name] = work.rewrite(io.BytesIO(member.source[:]), _root_of(member), name, row)
        row += sum(len(part.table("annotations")) for part in member.parts)
    copy_archive(file.archive, out, replaced)
    # The members lie in another order than the zip's directory has, sometimes.
    work.report.refused.sort(key=lambda refused: refused.row)
    work.report.misfits.sort(key=lambda misfit: misfit.row)
    work.report.changed.sort()


def _root_of(member: RawFile) -> Root | None:
    if member.layout == "lines":
        return "lines"
    return "annotation" if member.parts[0].root == "annotation" else None


class _Where(NamedTuple):
    """Where rows are: in which part, from which row there, and from which in the whole file."""

    name: str
    row: int
    whole_row: int
    source: bytes

    def refused(self, row: int, id_: str | None, why: str) -> RefusedRow:
        name = f"{self.name}, row {self.row + row}" if self.name else ""
        return RefusedRow(self.whole_row + row, id_, why, name)


@dataclass
class _Work:
    """Rewriting the texts of a file: what is asked, and what has become of it so far."""

    spelling: _core.Spelling
    threads: int
    all_or_nothing: bool
    progress: Callable[[int, int], None] | None
    report: ConvertReport = field(default_factory=ConvertReport)
    done: int = 0
    total: int = 0

    def start_over(self) -> None:
        """Forget what was done; the report stays the one that others hold."""
        self.done = 0
        self.report.__init__()  # type: ignore[misc]

    def rewrite(
        self, stream: BinaryIO, root: Root | None, name: str = "", first_row: int = 0
    ) -> Iterator[Piece]:
        """Yield the new bytes of one text, front to back. `first_row`: in the whole file."""
        here = stream.tell()
        images = _image_sizes(stream, root)
        stream.seek(here)
        row = first_row
        for stretch in RecordStream(stream, root=root):
            pieces: list[Any] = [memoryview(stretch.source)[slice(*stretch.range)]]
            if stretch.are_documents:
                pieces, row = self._documents(stretch, name, row)
            elif stretch.table == "annotations":
                records = _core.Records(stretch.source, images)
                where = _Where(name, stretch.first_row, row, stretch.source)
                pieces = self._converted(records, stretch.spans, stretch.range, where)
                row += len(stretch.spans)
            yield from self._passed(pieces, stretch.range[1] - stretch.range[0])

    def _documents(self, stretch: Stretch, name: str, row: int) -> tuple[list[Any], int]:
        """Rewrite whole documents; the new bytes, and the row behind the last one's."""
        at, pieces = stretch.range[0], []
        for number, (begin, end) in enumerate(stretch.spans.tolist(), stretch.first_row):
            label = f"document {number}"
            with located(part=label):
                part = split_text(stretch.source, (begin, end))
            spans = part.table("annotations")
            own_name = f"{name}, {label}" if name else label
            where = _Where(own_name, 0, row, stretch.source)
            pieces += self._converted(part.records(), spans, (at, end), where)
            at, row = end, row + len(spans)
        return pieces, row

    def _converted(
        self, records: _core.Records, spans: Spans, range_: tuple[int, int], where: _Where
    ) -> list[Any]:
        pieces, kinds, outcomes, flags, refused, changed, misfits = records.convert(
            spans, range_, self.spelling, self.threads
        )
        _count(self.report, kinds, outcomes, flags)
        self.report.panoptic += _count_panoptic(where.source, spans, kinds)
        if self.spelling.is_rings:
            traced = (outcomes == Outcome.CONVERTED) & ~np.isin(kinds, RINGS)
            self.report.traced += int(np.count_nonzero(traced))
        for row, id_, why in refused:
            self.report.refused.append(where.refused(row, id_, why))
        for row, id_, fit in misfits:
            self.report.misfits.append(where.refused(row, id_, explain(fit)))
        for row, gained, lost, iou in changed:
            self.report.changed.append(ChangedMask(where.whole_row + row, gained, lost, iou))
        return pieces

    def _passed(self, pieces: list[Any], length: int) -> list[Any]:
        """Note that `length` bytes are done; return what of their new bytes is worth writing."""
        self.done += length
        if self.progress is not None:
            self.progress(self.done, self.total)
        return [] if self.all_or_nothing and self.report.refused else pieces


def _image_sizes(stream: BinaryIO, root: Root | None) -> _core.ImageSizes:
    """Read the sizes of the images of a text that is one document."""
    try:
        text, spans = read_images(stream, root=root)
    except DocumentError:  # the second pass will say what is wrong
        text, spans = b"", NO_SPANS
    return _core.ImageSizes(_core.Rows([text], np.zeros(len(spans), np.int32), spans))


def _count_panoptic(source: bytes, spans: Spans, kinds: NDArray[np.uint8]) -> int:
    """How many rows without a segmentation have the segments of a panoptic document."""
    bare = spans[kinds == SegmentationKind.MISSING]
    if len(bare) == 0 or b'"segments_info"' not in source[slice(*bare[0].tolist())]:
        return 0
    rows = _core.Rows([source], np.zeros(len(bare), np.int32), bare)
    (found,), _ = _core.find_values(rows, ["segments_info"])
    return int(np.count_nonzero(found))


def _count(
    report: ConvertReport,
    kinds: NDArray[np.uint8],
    outcomes: NDArray[np.uint8],
    flags: NDArray[np.uint8],
) -> None:
    skipped = outcomes == Outcome.SKIPPED
    points = int(np.count_nonzero(skipped & (kinds == SegmentationKind.POINTS)))
    is_loose = np.isin(kinds, [SegmentationKind.LOOSE_RINGS, SegmentationKind.LOOSE_RLE])
    report.loose += int(np.count_nonzero(is_loose & (outcomes == Outcome.CONVERTED)))
    report.converted += int(np.count_nonzero(outcomes == Outcome.CONVERTED))
    report.unchanged += int(np.count_nonzero(outcomes == Outcome.UNCHANGED))
    report.points += points
    report.skipped += int(np.count_nonzero(skipped)) - points
    report.empty += int(np.count_nonzero(flags & _IS_EMPTY))
    report.size_differs += int(np.count_nonzero(flags & _SIZE_DIFFERS))
    report.crowds += int(np.count_nonzero(flags & _IS_CROWD))
