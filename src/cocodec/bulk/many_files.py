"""Many files: converted or described by as many processes as there are, here or on a cluster.

Only paths travel. What is finished is written down in the output folder, so that a run that was
killed can be taken up where it ended.
"""

from __future__ import annotations

import io
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

from cocodec.bulk.manifest import Entry, Manifest
from cocodec.bulk.shards import INDEX, is_index
from cocodec.bulk.tasks import Task, find_files, is_many
from cocodec.bulk.workers import count_jobs, current_meter, run
from cocodec.conversion import mask_spelling
from cocodec.conversion.mask_spelling import ConvertReport, RefusedError
from cocodec.dialects import DialectReport
from cocodec.errors import CocodecError, DocumentError, how_many
from cocodec.files.output import Waiting, discard, open_whole, settle, waiting, written_at
from cocodec.files.remote import (
    Fingerprint,
    fetched,
    fingerprint,
    is_address,
    remove_leftovers,
    sent,
    size_of,
)
from cocodec.files.temporaries import hand_over, own
from cocodec.inspection.info import DocumentInfo
from cocodec.inspection.info import describe as describe_one
from cocodec.signatures import names_arguments

__all__ = [
    "BulkInterrupt",
    "BulkReport",
    "Described",
    "FileResult",
    "Task",
    "convert",
    "convert_file",
    "describe",
    "find_files",
    "is_many",
    "run",
]

Paths = Sequence[str | os.PathLike[str]]
Progress = Callable[[int, int], None]

# Files smaller than this wait for each other, so many, and from the first one on so many seconds:
# flushing each to the disk takes longer than converting it.
_SMALL, _MOST, _SECONDS = 1 << 20, 256, 1.0

# Options that change what is written.
_TELLING = (
    *("to", "masks", "tolerance", "holes", "on_error", "images", "ids"),
    *("crowd", "coerce_ids", "runs", "fit_sizes", "dialect"),
)


@dataclass(frozen=True)
class FileResult:
    """What became of a file; can be pickled.

    Attributes
    ----------
    source, target : str
        Where it was read, and where it was to be written.
    report : ConvertReport, DialectReport or None
        What became of its annotations; None where nothing was done.
    error : str or None
        Why it was not written, in one line.
    is_bad_data : bool
        Whether the file itself is to blame for that.
    source_is, target_is : Fingerprint or None
        Size and hash of what was read, and of what was written.
    was_done : bool
        A former run did it.

    Examples
    --------
    >>> from cocodec import bulk
    >>> document.write('two.json')
    >>> bulk.convert(['two.json'], 'out', jobs=1).results[0].target
    'out/two.json'
    """

    source: str
    target: str
    report: ConvertReport | DialectReport | None = None
    error: str | None = None
    is_bad_data: bool = False
    source_is: Fingerprint | None = None
    target_is: Fingerprint | None = None
    was_done: bool = False


@dataclass(frozen=True)
class Described:
    """What is in a file, or why that cannot be told.

    Examples
    --------
    >>> from cocodec import bulk
    >>> document.write('two.json')
    >>> bulk.describe(['two.json'], jobs=1).results[0].source
    'two.json'
    """

    source: str
    info: DocumentInfo | None = None
    error: str | None = None
    is_bad_data: bool = False


Result = TypeVar("Result", FileResult, Described)


@dataclass
class BulkReport(Generic[Result]):
    """What became of many files.

    Attributes
    ----------
    total : int
        How many files there are.
    results : list
        What became of each, in the order of the files; after an interrupt, of some.

    Examples
    --------
    >>> from cocodec import bulk
    >>> document.write('two.json')
    >>> bulk.describe(['two.json'], jobs=1).total
    1
    """

    total: int
    results: list[Result] = field(default_factory=list)

    @property
    def failed(self) -> list[Result]:
        """Those that could not be done.

        Examples
        --------
        >>> from cocodec import bulk
        >>> document.write('two.json')
        >>> bulk.describe(['two.json'], jobs=1).failed
        []
        """
        return [result for result in self.results if result.error is not None]

    def __str__(self) -> str:
        failed = len(self.failed)
        done = len(self.results) - failed
        text = f"{done} of {self.total} file{'s' * (self.total != 1)} done, {failed} failed"
        kept = sum(getattr(result, "was_done", False) for result in self.results)
        if kept:
            text += f", {kept} of the done from a former run"
        reports = [getattr(result, "report", None) for result in self.results]
        sums = [report for report in reports if report is not None]
        return f"{text}; annotations: {_summed(sums)}" if sums else text


class BulkInterrupt(KeyboardInterrupt):
    """An interrupt; `report` says what was done before, which stays.

    Examples
    --------
    >>> from cocodec import bulk
    >>> issubclass(bulk.BulkInterrupt, KeyboardInterrupt)
    True
    """

    def __init__(self, report: BulkReport[Any]) -> None:
        super().__init__(str(report))
        self.report = report


@names_arguments
def convert(
    paths: Paths,
    out_dir: str | os.PathLike[str],
    *,
    executor: Executor | None = None,
    jobs: int = 0,
    resume: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> BulkReport[FileResult]:
    """Write many COCO files another way, each to its own file, as `cocodec.convert` does.

    A file that cannot be converted is reported; the others are done. Each appears whole or not at
    all, also in a crash of the machine; small ones are flushed to the disk and appear some hundred
    at a time, and all have when this returns. One run at a time may write to a folder.

    Parameters
    ----------
    paths : sequence of paths
        Files, folders or patterns, see `find_files`; also addresses (``s3://bucket/folder``), for
        which fsspec is needed.
    out_dir : path
        Where the files go, and ``.cocodec-manifest.jsonl``, which says what is finished.
    executor : Executor, optional
        Who does the work: anything with `submit` as `concurrent.futures` has it, such as Dask's
        ``Client.get_executor(pure=False)``. It must see the same files.
    jobs : int
        Without an executor, how many processes to use; 0 is one a core, 1 is this one.
    resume : bool
        Whether to leave what is finished: same options, and both files as they were then.
    progress : callable, optional
        Called now and then with the bytes of the sources done and those in all.
    **options
        As `cocodec.convert` has them. ``threads`` is 1 by default if there are many processes.

    Raises
    ------
    BulkInterrupt
        A KeyboardInterrupt; comes within a second.
    ValueError
        For options that are none.
    OSError
        If the folder cannot be written to, or for what `find_files` refuses.

    Examples
    --------
    >>> from cocodec import bulk
    >>> document.write('two.json')
    >>> bulk.convert(['two.json'], 'out', jobs=1, to='rle').failed
    []
    """
    tasks = find_files(paths, os.fspath(out_dir))
    if options.get("to") == "cvat":  # whose files are zips
        tasks = [replace(task, target=_as_zip(task.target)) for task in tasks]
    if executor is not None or count_jobs(jobs, tasks) > 1:
        options = {"threads": 1, **options}
    # That an option is wrong had better not be found out in each file.
    looked_at = {key: value for key, value in options.items() if value != "sidecar"}
    mask_spelling.convert(b'{"annotations": []}', io.BytesIO(), **looked_at)
    work = _Conversion(os.fspath(out_dir), options)
    return work.run(work.known(tasks) if resume else tasks, executor, jobs, progress)


def _as_zip(target: str) -> str:
    return target if target.endswith(".zip") else f"{target.rpartition('.')[0]}.zip"


@names_arguments
def convert_file(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    options: Mapping[str, Any] | None = None,
    *,
    known: Entry | None = None,
) -> FileResult:
    """Convert one of many files: all that a worker does, on one core or on a cluster.

    Paths may be addresses. What goes wrong with the file is part of the result, not an exception.

    Parameters
    ----------
    source, target : path
        The target's folder is made.
    options : mapping, optional
        As `cocodec.convert` has them.
    known : Entry, optional
        What is written down about it; if that still holds, nothing is done.

    Examples
    --------
    >>> from cocodec import bulk
    >>> document.write('two.json')
    >>> bulk.convert_file('two.json', 'rle.json').error is None
    True
    """
    source, target = os.fspath(source), os.fspath(target)
    try:
        if known is not None and _still_holds(known, source, target):
            return FileResult(
                source, target, source_is=known.source_is, target_is=known.target_is, was_done=True
            )
        return _convert(source, target, dict(options or {}))
    except Exception as error:  # one file's trouble, whatever it is, must not end the others
        bad = isinstance(error, CocodecError)
        return FileResult(source, target, error=one_line(source, error), is_bad_data=bad)


@names_arguments
def describe(
    paths: Paths,
    *,
    executor: Executor | None = None,
    jobs: int = 0,
    progress: Progress | None = None,
    **options: Any,
) -> BulkReport[Described]:
    """Count what is in many COCO files, as `inspection.info.describe` does; see `convert`.

    Examples
    --------
    >>> from cocodec import bulk
    >>> document.write('two.json')
    >>> bulk.describe(['two.json'], jobs=1).results[0].info.annotations
    3
    """
    tasks = [task for task in find_files(paths) if not _is_index(task.source)]
    if executor is not None or count_jobs(jobs, tasks) > 1:
        options = {"threads": 1, **options}
    function = partial(_describe_task, options=options)
    collector = _Collector(tasks, _failed_description, lambda result: None)
    return collector.run(function, executor=executor, jobs=jobs, progress=progress)


class _Conversion:
    """A run of `convert`: its manifest and its options."""

    def __init__(self, out_dir: str, options: dict[str, Any]) -> None:
        self._manifest = Manifest(out_dir)
        self._options = options
        self._telling = {key: options[key] for key in _TELLING if key in options}
        if options.get("options") is not None:  # of a dialect; the number of threads tells nothing
            self._telling["options"] = repr(replace(options["options"], threads=0))

    def known(self, tasks: list[Task]) -> list[Task]:
        """Give to each task what a former run, asked for the same, has written down about it."""
        entries = (self._manifest.entries.get(self._name(task.target)) for task in tasks)
        return [
            replace(task, known=entry)
            if entry is not None and entry.options == self._telling
            else task
            for task, entry in zip(tasks, entries, strict=True)
        ]

    def run(
        self, tasks: list[Task], executor: Executor | None, jobs: int, progress: Progress | None
    ) -> BulkReport[FileResult]:
        remove_leftovers(task.target for task in tasks)
        # Elsewhere a file is in its place when its task ends: only here can one wait for others.
        owner = os.getpid() if executor is None else None
        function = partial(_convert_task, options=self._options, owner=owner)
        collector = _WrittenCollector(tasks, _failed_conversion, self._write_down)
        try:
            return collector.run(function, executor=executor, jobs=jobs, progress=progress)
        finally:
            remove_leftovers(task.target for task in tasks)
            self._manifest.close()

    def _write_down(self, result: FileResult) -> None:
        if result.source_is is None or result.target_is is None or result.was_done:
            return
        name = self._name(result.target)
        entry = Entry(result.source, result.source_is, name, result.target_is, self._telling)
        self._manifest.add(entry)

    def _name(self, target: str) -> str:
        return self._manifest.name_of(target)


class _Written(NamedTuple):
    """What became of a file that is not in its place yet."""

    result: FileResult
    files: list[Waiting]


def _convert_task(
    task: Task, options: Mapping[str, Any], owner: int | None
) -> FileResult | _Written:
    """Convert a file; a small one waits for the process `owner` to put it in its place."""
    if owner is None or task.size >= _SMALL or is_address(task.target):
        return convert_file(task.source, task.target, options, known=task.known)
    with waiting() as files:
        result = convert_file(task.source, task.target, options, known=task.known)
        if result.error is not None:
            discard(files)
            return result
        for i, file in enumerate(files):
            files[i] = file._replace(temporary=hand_over(file.temporary, file.target, owner))
    return _Written(result, files) if files else result


def _describe_task(task: Task, options: Mapping[str, Any]) -> Described:
    try:
        with fetched(task.source) as near:
            return Described(task.source, describe_one(near, **options))
    except Exception as error:  # as in convert_file
        bad = isinstance(error, CocodecError)
        return Described(task.source, None, one_line(task.source, error), bad)


def _convert(source: str, target: str, options: dict[str, Any]) -> FileResult:
    with fetched(source) as near_source, sent(target) as near_target:
        try:
            source_is = fingerprint(near_source)
            report = None
            if _is_index(source, near_source):  # of shards, which cannot be joined without
                with open(near_source, "rb") as stream, open_whole(near_target) as out:
                    shutil.copyfileobj(stream, out)
            else:
                meter = current_meter()
                report = mask_spelling.convert(near_source, near_target, progress=meter, **options)
            target_is = fingerprint(written_at(near_target))
        except DocumentError as error:
            if error.file == near_source:
                error.file = source  # people know it by its address
            raise
    return FileResult(source, target, report, source_is=source_is, target_is=target_is)


def _is_index(source: str, near: str | None = None) -> bool:
    """Whether a file is the index of shards; `near`: where it can be read, if that is known."""
    if source.replace(os.sep, "/").rpartition("/")[2] != INDEX:
        return False
    if near is not None:
        return is_index(near)
    with fetched(source) as found:
        return is_index(found)


def _still_holds(known: Entry, source: str, target: str) -> bool:
    try:
        return all(
            size_of(path) == was.size and fingerprint(path) == was
            for path, was in ((target, known.target_is), (source, known.source_is))
        )
    except FileNotFoundError:
        return False


class _Collector(Generic[Result]):
    """Gathers the results of a run, in the order of its tasks."""

    def __init__(
        self,
        tasks: list[Task],
        failed: Callable[[Task, str], Result],
        on_result: Callable[[Result], None],
    ) -> None:
        self._tasks = tasks
        self._failed: Callable[[Task, str], Result] = failed
        self._on_result: Callable[[Result], None] = on_result
        self._found: dict[tuple[str, str], Result] = {}

    def run(self, function: Callable[[Task], Any], **how: Any) -> BulkReport[Result]:
        try:
            try:
                run(function, self._tasks, self._take, on_turn=self._turn, **how)
            finally:
                self._finish()
        except KeyboardInterrupt:
            raise BulkInterrupt(self._report()) from None
        return self._report()

    def _turn(self, size: int) -> None:
        """Called now and then between results; `size`: of the task that comes next, if here."""

    def _finish(self) -> None:
        """Called when no more results come."""

    def _take(self, task: Task, result: Result | BaseException) -> None:
        if isinstance(result, BaseException):  # a worker that died, or could not be reached
            found = self._failed(task, one_line(task.source, result))
        else:
            found = result
        self._found[task.source, task.target] = found
        self._on_result(found)

    def _report(self) -> BulkReport[Result]:
        keys = [(task.source, task.target) for task in self._tasks]
        found = [self._found[key] for key in keys if key in self._found]
        return BulkReport(len(self._tasks), found)


class _WrittenCollector(_Collector[FileResult]):
    """A collector that puts files in their places, many at a time."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._waiting: list[tuple[Task, _Written]] = []
        self._since = 0.0

    def _take(self, task: Task, result: FileResult | _Written | BaseException) -> None:
        if isinstance(result, _Written):
            for file in result.files:
                own(file.temporary)
            self._since = self._since if self._waiting else time.monotonic()
            self._waiting.append((task, result))
        else:
            super()._take(task, result)
        self._turn(0)

    def _turn(self, size: int) -> None:
        is_long = size >= _SMALL or time.monotonic() - self._since > _SECONDS
        if self._waiting and (is_long or len(self._waiting) >= _MOST):
            self._finish()

    def _finish(self) -> None:
        batch, self._waiting = self._waiting, []
        errors = iter(settle([file for _, written in batch for file in written.files]))
        for task, written in batch:
            found = [
                error for _, error in zip(written.files, errors, strict=False) if error is not None
            ]
            super()._take(task, found[0] if found else written.result)


def _failed_conversion(task: Task, error: str) -> FileResult:
    return FileResult(task.source, task.target, error=error)


def _failed_description(task: Task, error: str) -> Described:
    return Described(task.source, error=error)


def one_line(source: str, error: BaseException) -> str:
    """Say what is wrong with a file, its name in front."""
    if isinstance(error, RefusedError):
        text = error.report.describe_refused(1)
    elif isinstance(error, OSError):
        text = f"{error.strerror or error}"
        if error.filename is not None and str(error.filename) != source:
            text = f"{error.filename}: {text}"
    elif isinstance(error, MemoryError):
        text = "not enough memory"
    elif isinstance(error, CocodecError):
        text = str(error)
    else:
        text = f"{type(error).__name__}: {error}".removesuffix(": ")
    text = " ".join(line.strip() for line in text.splitlines())
    return text if text.startswith(f"{source}: ") else f"{source}: {text}"


def _summed(reports: Iterable[ConvertReport | DialectReport]) -> ConvertReport | DialectReport:
    given = list(reports)
    if given and isinstance(given[0], DialectReport):
        return _summed_dialects([one for one in given if isinstance(one, DialectReport)])
    total = ConvertReport()
    for report in given:
        assert isinstance(report, ConvertReport)  # one run, one `to`
        for name in ("converted", "unchanged", "skipped", "points", "empty", "size_differs"):
            setattr(total, name, getattr(total, name) + getattr(report, name))
        total.traced += report.traced
        total.refused += report.refused
        total.changed += report.changed
    return total


def _summed_dialects(reports: list[DialectReport]) -> DialectReport:
    names = dict.fromkeys(report.source for report in reports)
    total = DialectReport(" and ".join(names), how_many(len(reports), "file"), reports[0].target)
    for report in reports:
        for name in ("images", "annotations", "categories"):
            setattr(total, name, getattr(total, name) + getattr(report, name))
        for what, found in report.changes.items():
            total.change(what, None, found.count)
        for what, found in report.lost.items():
            total.lose(what, None, found.count)
    return total
