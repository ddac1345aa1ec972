"""Writing a document in another tool's dialect, with a list of what became of it."""

from __future__ import annotations

import contextlib
import gc
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np

from cocodec._core import MaskFit
from cocodec.conversion.folders import Home, homes_of, keep_folders
from cocodec.conversion.way_back import (
    DATA,
    Files,
    Ids,
    Written,
    beyond_official,
    goes_back,
    keep,
    name_apart,
    name_subsets,
    read_sidecar,
    restore_ids,
    sidecar_path,
)
from cocodec.dialects import (
    BESIDE,
    WRITERS,
    Canon,
    DialectOptions,
    DialectReport,
    Match,
    PlainPart,
    Work,
    broken_rule,
    canonical,
    expand_panoptic,
    find_picture,
    read_parts,
    sniff,
    spell_masks,
    task_and_subset,
)
from cocodec.dialects.kept_rings import Texts
from cocodec.dialects.made_rows import Made, SharedRows, listed
from cocodec.dialects.numbering import number_large
from cocodec.dialects.plain_rows import Annotations, Printed
from cocodec.dialects.rows import box_of
from cocodec.documents.dialect_names import Readable, Writable
from cocodec.documents.document import Document
from cocodec.documents.mask_fits import all_crowds, describe_misfits, explain, find_misfits
from cocodec.documents.parts import Source, read_raw
from cocodec.errors import DocumentError, RefusedRow, how_many, located
from cocodec.files.archive import new_archive
from cocodec.files.output import Target, new_folder, open_whole, together
from cocodec.files.sources import name_of
from cocodec.signatures import names_arguments

__all__ = ["DialectError", "convert_dialect"]

Masks = Literal["rle", "rle-list", "polygons"]

_DEFAULTS = DialectOptions()
# How the masks of a dialect can be spelled; "official" takes all, and spells them last.
_CHOICES_OF = {
    "cvat": ("rle-list", "polygons"),
    "encord": ("rle", "polygons"),
    "encord-list": ("rle", "polygons"),
    "hasty": ("rle",),
    "trainingdata": ("polygons",),
}
_NAMED = 20  # refused rows that the message of an exception spells out
_CHUNK = 1024  # rows that are printed in one go
_PIECE = 1 << 16  # bytes that are written in one go
# Options that change nothing in rows that are as the official ones are.
_HARMLESS = (
    *("boxes", "broken_rings", "attributes", "image_rows", "coerce_ids", "runs", "fit_sizes"),
    "threads",
)
_END = object()  # behind the last row


class DialectError(DocumentError):
    """Some rows are wrong, so nothing was written; `report` says which and why.

    Examples
    --------
    >>> issubclass(cocodec.DialectError, cocodec.DocumentError)
    True
    """

    def __init__(self, report: DialectReport) -> None:
        lines = report.describe_refused(_NAMED).split("\n")
        what = how_many(len(report.refused), "row is", "rows are")
        super().__init__(f"{what} refused:\n  " + "\n  ".join(lines))
        self.report = report

    def __reduce__(self) -> tuple[type[DialectError], tuple[DialectReport]]:
        return type(self), (self.report,)


@names_arguments
def convert_dialect(
    source: Source | Document | Sequence[str | os.PathLike[str]],
    target: Target,
    *,
    to: Writable,
    masks: Masks | None = None,
    dialect: Readable = "auto",
    on_error: Literal["fail", "skip"] = "fail",
    split: bool = False,
    images: str | os.PathLike[str] | None = None,
    ids: Ids | None = None,
    options: DialectOptions | None = None,
    unzip_limit: int | None = None,
) -> DialectReport:
    """Write a COCO file in another dialect, and report all that this cannot say.

    Parts of a list or of a zip, and several files, become one data set: ids that come twice are
    numbered anew, categories of one name become one. What is in the tool's dialect already is
    copied, unless an option asks for more; "official" is always made to keep its promise.

    Parameters
    ----------
    source : path, bytes, binary file, Document, or list of paths
        Files of one folder named as COCO's are (``instances_val.json``, ``captions_val.json``) are
        tasks of the same images.
    target : path or binary file
        With `split`, a folder.
    to : {"official", "cvat", "encord", "encord-list", "hasty", "trainingdata"}
        pycocotools loads what is "official"; "cvat" is a zip.
    masks : {"rle", "rle-list", "polygons"}, optional
        How masks are spelled, where the dialect has a choice; the same as
        ``options.segmentation``.
    dialect : str
        The source's.
    on_error : {"fail", "skip"}
        What a wrong row means: nothing is written, or it is left out and named.
    split : bool
        One file for each part of the source ("official" only).
    images : path, optional
        A folder, from which the zip for CVAT takes the images by their file_name, and where sizes
        that the source does not say are read from the images' headers.
    ids : {"file", "sidecar", "drop"}, optional
        Where old ids are kept: under the root key "cocodec" of the file ("official" alone, and its
        default), in ``TARGET.ids.json``, or nowhere.
    options : DialectOptions, optional
    unzip_limit : int, optional
        How many bytes the JSON of each zip may unpack to in all, see `cocodec.read`.

    Raises
    ------
    DialectError
        With ``on_error="fail"``, if some rows are wrong; names them.
    DocumentError, OSError
        If the source is not a COCO file; if a file cannot be read or written.
    ValueError
        For an unknown dialect or choice.

    Examples
    --------
    >>> cocodec.convert_dialect(document, 'out.json', to='official').annotations
    3
    """
    _check((to, on_error, split), ids, target)
    options = _with_masks(options or _DEFAULTS, masks, to)
    how = _How(to, dialect, on_error, split, images, ids)
    with _collector_paused():
        return _convert_files(source, target, how, options, unzip_limit)


class _How(NamedTuple):
    """What is asked of a conversion, beside the options of the dialect."""

    to: str
    dialect: str
    on_error: str
    split: bool
    images: str | os.PathLike[str] | None
    ids: Ids | None


def _convert_files(
    source: Any, target: Target, how: _How, options: DialectOptions, unzip_limit: int | None
) -> DialectReport:
    to, dialect, on_error, split, images, ids = how
    several = isinstance(source, (list, tuple))
    sources: list[Any] = list(source) if several else [source]
    if len(sources) == 0:
        raise ValueError("source is an empty list, expected at least one file")
    skip = on_error == "skip"
    files = [
        one
        if isinstance(one, Document)
        else Document(read_raw(one, unzip_limit=unzip_limit, skip_broken=skip))
        for one in sources
    ]
    if not (len(files) > 1 or ids or images or _asks(options)):
        copied = _copied(files[0], target, dialect, to)
        if copied is not None:
            return copied
    given = _Given(files, sources, several, (dialect, images))
    work, written = _convert_all(given, _Goal(to, split, ids), options)
    _require(work.report, on_error)
    beside = keep(written, ids, to)
    if to == "cvat":
        new_archive(target, _members(written[0].files, images, work))
    else:
        _write_texts(target, written, split, work)
    _write_beside(target, beside, work)
    return work.report


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Rows are trees: the collector of cycles would walk all of them, again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _require(report: DialectReport, on_error: str) -> None:
    if report.refused and on_error == "fail":
        raise DialectError(report)


def _with_masks(options: DialectOptions, masks: Masks | None, to: str) -> DialectOptions:
    """The options with the spelling of masks in them, if the dialect has that."""
    if masks is not None:
        options = replace(options, segmentation=masks)
    choices = _CHOICES_OF.get(to, ())
    if masks is not None and to != "official" and masks not in choices:
        names = ", ".join(map(repr, choices))
        raise ValueError(f"masks is {masks!r}, but in {to!r} they can be spelled {names} only")
    return options


def _asks(options: DialectOptions | None) -> bool:
    return replace(options or _DEFAULTS, threads=0) != _DEFAULTS


def _copied(document: Document, target: Target, dialect: str, to: str) -> DialectReport | None:
    """Copy a file that is in its target's dialect; None if it is not."""
    match = document.dialect if dialect == "auto" else sniff(document, dialect=dialect)
    layout = {"cvat": "zip", "encord-list": "list"}.get(to, "single")
    if to == "official" or match.name != to.removesuffix("-list") or document.layout != layout:
        return None
    archive = document._file.archive
    members = [] if archive is None else [member.name for member in archive.members]
    if broken_rule(read_parts(document, Texts()), to, members) is not None:
        return None
    document.write(target)
    report = DialectReport(match.name, match.reason, to)
    report.images, report.categories = len(document.images), len(document.categories)
    report.annotations = len(document.annotations)
    report.note("it is in this dialect already: copied as it is")
    report.warnings = describe_misfits(_misfits(document, match))
    return report


def _reads_columns(options: DialectOptions) -> bool:
    """Whether plain rows can stay as they are: nothing is asked that would change them all."""
    asked = {name: getattr(_DEFAULTS, name) for name in _HARMLESS}
    return replace(options, **asked) == _DEFAULTS


class _Given(NamedTuple):
    """What is converted: documents, what they were read from, and how they are taken.

    `several`: whether they are files of a data set, known by their paths; `how`: the dialect that
    they are said to be of, and the folder of the images.
    """

    documents: list[Document]
    sources: list[Any]
    several: bool
    how: tuple[str, str | os.PathLike[str] | None]


class _Goal(NamedTuple):
    """What is to be written: which dialect, whether part by part, and where old ids are kept."""

    to: str
    split: bool
    ids: Ids | None


def _convert_all(given: _Given, goal: _Goal, options: DialectOptions) -> tuple[Work, list[Written]]:
    """Bring documents into the form of a dialect."""
    dialect, images = given.how
    matches = [
        document.dialect if dialect == "auto" else sniff(document, dialect=dialect)
        for document in given.documents
    ]
    match = matches[0]
    name = " and ".join(dict.fromkeys(match.name for match in matches))
    report = DialectReport(name, match.reason, goal.to)
    folder = None if images is None else Path(images)
    corners = all(match.dialect.corners for match in matches)
    work = Work(options, report, corners, images=folder)
    parts, homes = _read_all(given, matches, work)
    given.documents.clear()  # where their rows lie is nobody's question any more
    if goal.to == "official" and not goal.split and len(parts) > 1:
        keep_folders(parts, homes, work)
    batches = [[part] for part in parts] if goal.split else [parts]
    return work, [_convert(batch, goal, work) for batch in batches]


def _read_all(
    given: _Given, matches: Sequence[Match], work: Work
) -> tuple[list[PlainPart], list[Home]]:
    """The parts of all documents, and where each of them lies."""
    parts: list[PlainPart] = []
    homes: list[Home] = []
    misfits: list[RefusedRow] = []
    for i, document in enumerate(given.documents):
        path = os.fspath(given.sources[i]) if given.several else ""
        with located(file=name_of(given.sources[i])):
            own = read_parts(document, work.texts, columns=_reads_columns(work.options))
        if work.options.runs == "columns":  # else they are not meant as the file has them
            doubtful = [part.annotations().doubtful for part in own]
            misfits += _misfits(document, matches[i], path, doubtful)
        homes += homes_of(document, path or None)
        _take_sidecar(own, given.sources[i], work)
        expand_panoptic(own, document, work, given.sources[i])
        _remark(matches[i], own, work)
        if given.several:
            _name_parts(own, os.fspath(given.sources[i]), given.sources)
        parts += own
        for name, why in document._file.broken.items():
            work.report.lose(f"{name}, which cannot be read: {why}")
    work.report.warnings = describe_misfits(misfits)
    return parts, homes


def _take_sidecar(parts: Sequence[PlainPart], source: Any, work: Work) -> None:
    """Take in what an earlier conversion put beside this file; what the file says itself holds."""
    mark = read_sidecar(source)
    if mark and parts:
        own = parts[0].fields.get("cocodec")
        parts[0].fields["cocodec"] = {**mark, **(own if isinstance(own, dict) else {})}
        work.report.note(f"old ids read from {sidecar_path(os.fspath(source))}")


def _misfits(
    document: Document, match: Match, path: str = "", doubtful: Sequence[Any] = ()
) -> list[RefusedRow]:
    """Masks far from their own bbox or area, as the file has them; none where that was edited.

    `doubtful`: as `find_misfits` takes it.
    """
    found = [] if document.is_edited() else find_misfits(document._file, doubtful=doubtful)
    if match.dialect.corners:  # which are no fault there, and are read so
        found = [row for row in found if row.reason != explain(MaskFit.CORNERS)]
    if not path:
        return found
    return [row._replace(where=f"{path}: {row.where or f'row {row.row}'}") for row in found]


def _name_parts(parts: Sequence[PlainPart], path: str, paths: Sequence[Any]) -> None:
    """Parts of one of several files: called by its path, their images their own but for tasks.

    What was written beside an official file, ``OUT.captions.json`` beside ``OUT.json``, is of the
    same images.
    """
    folder, name = os.path.split(path)
    task, subset = task_and_subset(name)
    for part in parts:
        stem, _, beside = name.removesuffix(".json").rpartition(".")
        main = os.path.join(folder, f"{stem}.json")
        if beside in BESIDE and main in map(os.fspath, paths):
            part.task, part.sharing = beside, f"{main}: {part.sharing}"
        elif task is not None and part.name is None:
            part.task, part.subset, part.sharing = task, subset, f"{folder}: {subset}"
        else:
            part.sharing = f"{path}: {part.sharing}"
        part.name = path if part.name is None else f"{path}: {part.name}"


def _convert(parts: Sequence[PlainPart], goal: _Goal, work: Work) -> Written:
    canon = canonical(parts, work)
    _warn_of_crowds(canon, work)
    to, former = goal.to, canon.mark
    if not goes_back(former, to) and to != "official":
        canon.documents = []
    if goes_back(former, to):
        canon.annotations.decode_all()  # their old ids are given back, row by row
    if to == "official":
        number_large(canon, "images", work)
        number_large(canon, "categories", work)
    if to != "cvat":  # which has subsets
        name_apart(canon, work)
    source = {"source": work.report.source} if work.report.source != "official" else {}
    mark = {**source, **{key: value for key, value in former.items() if key not in DATA}}
    mark = {**mark, **beyond_official(canon)}
    if to == "official":
        canon.mark = {**({"dialect": "official"} if source else {}), **mark}
    name_subsets(canon, to, goal.ids, work)
    if to in _CHOICES_OF:
        spell_masks(canon, work)
    files = WRITERS[to](canon, work)
    if to == "official" and canon.boxes and "source" in canon.mark:
        canon.mark["boxes"] = canon.boxes  # the root's own
    work.report.images += len(canon.images)
    work.report.categories += len(canon.categories)
    for _, root in files:
        rows = root["annotations"] if isinstance(root, dict) else ()
        if isinstance(rows, (list, Annotations)):  # others are counted as they are made
            work.report.annotations += len(rows)
    if goes_back(former, to):
        files = [(name, listed(root)) for name, root in files]
        restored = restore_ids(files, former, canon, to)
        if restored:
            work.report.change("ids that an earlier conversion changed given back", None, restored)
    return Written(parts[0].name, files, canon.ids, mark)


def _warn_of_crowds(canon: Canon, work: Work) -> None:
    """Say so if every mask is a crowd: most trainers leave these out."""
    rows = canon.annotations
    masked = np.array(canon.has_mask, bool)
    plain = rows.plain_rows()
    if rows.columns is not None and not rows.columns.crowds[plain].all():
        return
    if masked.any() and all(row.get("iscrowd") for i, row in rows.decoded() if masked[i]):
        work.report.warnings.append(all_crowds(int(masked.sum())))


def _check(choices: tuple[str, str, bool], ids: Ids | None, target: Target) -> None:
    to, on_error, split = choices
    if to not in WRITERS:
        raise ValueError(f"cannot write {to!r}, expected one of: {', '.join(WRITERS)}")
    if on_error not in ("fail", "skip"):
        raise ValueError(f"on_error is {on_error!r}, expected 'fail' or 'skip'")
    if ids not in (None, "file", "sidecar", "drop"):
        raise ValueError(f"ids is {ids!r}, expected 'file', 'sidecar' or 'drop'")
    if to != "official" and (split or ids == "file"):
        raise ValueError(f"split and ids='file' are for 'official', not for {to!r}")
    if (split or ids == "sidecar") and not isinstance(target, (str, os.PathLike)):
        raise ValueError("split and ids='sidecar' need a path to write to, not an open file")


def _remark(match: Match, parts: Sequence[PlainPart], work: Work) -> None:
    """Say what the tool means otherwise than COCO does, where that is seen."""
    if match.dialect.rings == "union" or work.options.rings != "union":
        return
    several = 0
    for part in parts:
        rows = part.annotations()
        several += sum(
            isinstance(value := row.get("segmentation"), list) and len(value) > 1
            for _, row in rows.decoded()
        )
        if rows.columns is not None:
            several += int((rows.columns.counts()[rows.plain] > 1).sum())
    if several:
        work.report.note(
            f"{how_many(several, 'annotation has', 'annotations have')} several rings; "
            f"{match.title} means all but the first as holes, COCO unites them: "
            f"rings={match.dialect.rings!r} reads them so"
        )


# ---------------------------------------------------------------- writing


def _write_texts(target: Target, written: Sequence[Written], split: bool, work: Work) -> None:
    folder = Path(_path(target)) if split else None
    if folder is None:
        with together():
            _write_files(target, written[0].files, work)
    elif folder.is_dir() and any(folder.iterdir()):  # the files go to those that are there
        with together():
            _write_folder(folder, written, work)
    else:
        with new_folder(folder) as place:
            _write_folder(place, written, work)


def _write_files(target: Target, files: Files, work: Work) -> None:
    """The first one to the target, the others beside it, where it has a path."""
    for name, root in files[1:]:
        rows = len(root["annotations"])
        if not isinstance(target, (str, os.PathLike)):
            work.report.lose(f"{name}: a file beside objects takes a path as target", None, rows)
            continue
        path = Path(_path(target))
        beside = path.with_name(f"{path.stem}.{name}")
        _write_file(beside, root, work)
        are = how_many(rows, "row that is no object is", "rows that are no objects are")
        work.report.note(f"{are} in {beside.name}")
    _write_file(target, files[0][1], work)


def _write_file(target: Target, root: Any, work: Work) -> None:
    with open_whole(target) as stream:
        for piece in _render(root, work.options, work.texts):
            stream.write(piece)


def _write_beside(target: Target, beside: dict[str, Any], work: Work) -> None:
    if beside:
        _write_file(sidecar_path(_path(target)), beside, work)


def _path(target: Target) -> str:
    assert isinstance(target, (str, os.PathLike))  # was checked
    return os.fspath(target)


def _write_folder(folder: Path, written: Sequence[Written], work: Work) -> None:
    for name, one in zip(_names_of([one.name or "" for one in written]), written, strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_files(path, one.files, work)


def _names_of(parts: Sequence[str]) -> list[str]:
    """Names of files for parts: their own, with the folders in which they differ if need be."""
    names = [Path(part).name for part in parts]
    if len(set(names)) < len(names):
        folders = [Path(part).parent.parts for part in parts]
        levels = enumerate(zip(*folders, strict=False))
        same = next((at for at, level in levels if len(set(level)) > 1), min(map(len, folders)))
        names = [str(Path(*f[same:], n)) for f, n in zip(folders, names, strict=True)]
    taken: set[str] = set()
    for number, name in enumerate(names):
        if not name.endswith(".json"):
            names[number] = f"{number}.json"
        elif name in taken:
            names[number] = str(Path(name).with_name(f"{number}_{Path(name).name}"))
        taken.add(names[number])
    return names


def _members(
    files: Files, folder: str | os.PathLike[str] | None, work: Work
) -> Iterator[tuple[str, Iterable[bytes] | Path]]:
    """The zip's members: annotations, then the images that the folder has."""
    documents: Files = []
    for name, root in files:
        if callable(root):
            yield name, _painted(root)
        else:
            documents.append((name, root))
            yield name, _render(root, work.options, work.texts)
    # Datumaro refuses an archive without a folder for images.
    for subset in dict.fromkeys(task_and_subset(name)[1] for name, _ in documents):
        yield f"images/{subset}/", ()
    if folder is not None:
        yield from _pictures(documents, Path(folder), work)


def _painted(picture: Callable[[], bytes]) -> Iterator[bytes]:
    """A PNG, which is painted no sooner than it is written."""
    yield picture()


def _pictures(documents: Files, folder: Path, work: Work) -> Iterator[tuple[str, Path]]:
    """The files of the images, each once; of images of one name and subset, none."""
    owners: dict[str, set[str]] = {}  # file name -> subsets
    members: dict[str, tuple[str, str | None]] = {}  # member -> subset, and the file's own name
    for name, root in documents:
        subset = task_and_subset(name)[1]
        for image in root["images"]:
            written = str(image["file_name"])
            file_name = work.pictures.get((subset, written), written)
            members[f"images/{subset}/{written}"] = subset, file_name
            if file_name is not None:
                owners.setdefault(file_name, set()).add(subset)
    for member, (subset, file_name) in members.items():
        if file_name is None:
            work.report.lose("pictures of several images of one name in one subset")
            continue
        path = find_picture(folder, subset, file_name, len(owners[file_name]) > 1)
        if path is not None:
            yield member, path
        else:
            work.report.lose(f"images that are not in {folder}")


def _render(root: Any, options: DialectOptions, texts: Texts) -> Iterator[bytes]:
    """Print a root; long tables in pieces."""
    if options.ensure_ascii or options.sort_keys or options.indent is not None:
        separators = (",", ":") if options.indent is None else None
        yield json.dumps(
            _decoded(listed(root), texts),
            ensure_ascii=options.ensure_ascii,
            sort_keys=options.sort_keys,
            indent=options.indent,
            separators=separators,
            allow_nan=False,
        ).encode()
    else:
        yield from _gathered(_pieces_of(root, texts))


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of some size: a document of a list may be small."""
    some: list[bytes] = []
    size = 0
    for piece in pieces:
        some.append(piece)
        size += len(piece)
        if size > _PIECE:
            yield b"".join(some)
            some, size = [], 0
    yield b"".join(some)


def _pieces_of(root: Any, texts: Texts) -> Iterator[bytes]:
    if isinstance(root, dict):
        yield from _pieces_of_document(root, b"", texts)
        return
    before = b"["
    for one in root:
        yield from _pieces_of_document(one, before, texts)
        before = b","
    yield b"]" if before == b"," else b"[]"


def _pieces_of_document(root: dict[str, Any], before: bytes, texts: Texts) -> Iterator[bytes]:
    """A document, behind what stands before it."""
    before += b"{"
    for key, value in root.items():
        before += msgspec.json.encode(key) + b":"
        if isinstance(value, SharedRows):
            value.text = value.text or msgspec.json.encode([*value])
            yield before + value.text
        elif isinstance(value, (list, Made, Annotations)):
            yield from _pieces_of_rows(value, before, texts)
        else:
            yield before + msgspec.json.encode(value)
        before = b","
    yield b"}" if root else before + b"}"


def _pieces_of_rows(value: Any, before: bytes, texts: Texts) -> Iterator[bytes]:
    if isinstance(value, list) and len(value) == 1:  # as most are, of documents one an image
        (row,) = value
        text = row.text if isinstance(row, Printed) else msgspec.json.encode(_printed(row, texts))
        yield before + b"[" + text + b"]"
        return
    yield before
    rows, before = iter(value.pieces() if isinstance(value, Annotations) else value), b"["
    some: list[Any] = []
    for row in chain(rows, (_END,)):
        if some and (isinstance(row, Printed) or row is _END or len(some) == _CHUNK):
            yield before + msgspec.json.encode(some)[1:-1]
            before, some = b",", []
        if isinstance(row, Printed):
            yield before
            yield row.text
            before = b","
        elif row is not _END:
            some.append(_printed(row, texts))
    yield b"]" if before == b"," else b"[]"


def _printed(row: Any, texts: Texts) -> Any:
    """A row as msgspec prints it: kept numbers are copied."""
    if type(row) is not dict:
        return row
    value, box = row.get("segmentation"), row.get("bbox")
    printed = texts.printed(value)
    if printed is value and type(box) is not bytes:
        return row
    out = row.copy()
    if printed is not value:
        out["segmentation"] = printed
    if type(box) is bytes:
        out["bbox"] = msgspec.Raw(box)
    return out


def _decoded(root: Any, texts: Texts) -> Any:
    """A root without kept rings, for who prints numbers in another way."""
    if isinstance(root, list):
        return [_decoded(one, texts) for one in root]
    rows = [
        {**row, "segmentation": texts.plain(row["segmentation"])} if "segmentation" in row else row
        for row in root.get("annotations", [])
    ]
    for row in rows:
        box_of(row)  # decodes it
    return {**root, "annotations": rows} if rows else root
