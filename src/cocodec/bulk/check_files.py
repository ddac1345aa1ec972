"""Many files, checked: each for itself, and for the images that two of them share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from cocodec.bulk.many_files import BulkInterrupt, BulkReport, one_line
from cocodec.bulk.tasks import Task, find_files
from cocodec.bulk.workers import count_jobs, run
from cocodec.documents.document import Document
from cocodec.documents.in_place import read_in_place
from cocodec.errors import CocodecError
from cocodec.files.remote import fetched, sent
from cocodec.files.sources import Source
from cocodec.inspection.batches import Inspection
from cocodec.inspection.check import check
from cocodec.inspection.findings import Example, Finding, Findings
from cocodec.inspection.repairs import Change, repair
from cocodec.inspection.rules import selected
from cocodec.inspection.rules.images import file_names, split_of

__all__ = ["Checked", "check_files", "check_one"]

_SHARED = "file-name-shared"
_EXAMPLES = 20


@dataclass(frozen=True)
class Checked:
    """What was found in a file, or why that cannot be told.

    Attributes
    ----------
    source : str
    findings : Findings or None
        Of the file as it is, or after its repair.
    changes : list of Change
        What was repaired.
    names : list of str
        The names of its image files.
    error : str or None
        Why it could not be checked, in one line.
    is_bad_data : bool
        Whether the file itself is to blame for that.
    """

    source: str
    findings: Findings | None = None
    changes: list[Change] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    error: str | None = None
    is_bad_data: bool = False


def check_one(
    source: Source,
    fix: Any = None,
    *,
    name: str = "",
    unzip_limit: int | None = None,
    **options: Any,
) -> Checked:
    """Check a file, and write it anew with its repairs if there is a place `fix` for it.

    Options are those of `cocodec.check`. What is written appears whole or not at all.
    """
    document = read_in_place(source, unzip_limit=unzip_limit)
    if fix is None:
        findings, changes = check(document, **options), []
    else:
        repaired = repair(document, **options)
        findings, changes = repaired.after, repaired.changes
    names = _names(document)
    if fix is not None:
        document.write(fix)  # perhaps over what was read
    findings.name = name
    return Checked(name, findings, changes, names)


def _names(document: Document) -> list[str]:
    return sorted(set(file_names(Inspection(document))[1]))


def check_files(
    paths: Sequence[str | os.PathLike[str]],
    out_dir: str | os.PathLike[str] | None = None,
    *,
    executor: Executor | None = None,
    jobs: int = 0,
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> list[Checked]:
    """Check many COCO files, as `cocodec.check` does.

    Parameters
    ----------
    paths : sequence of paths
        Files, folders or patterns, as `bulk.convert` takes them.
    out_dir : path, optional
        Where repaired files go, as they lie in their folder.
    executor, jobs, progress
        As for `bulk.convert`.
    **options
        As `cocodec.check` has them; what cannot be checked is reported, and the others are.

    Raises
    ------
    BulkInterrupt
        A KeyboardInterrupt.
    ValueError
        For rules that there are not.
    OSError
        For what `find_files` refuses.
    """
    rules = selected(options.get("select", ()), options.get("ignore", ()))
    tasks = find_files(paths, "" if out_dir is None else os.fspath(out_dir))
    if executor is not None or count_jobs(jobs, tasks) > 1:
        options = {"threads": 1, **options}
    found: dict[str, Checked] = {}

    def take(task: Task, result: Checked | BaseException) -> None:
        if isinstance(result, BaseException):
            result = Checked(task.source, error=one_line(task.source, result))
        found[task.source] = result

    function = partial(_check_task, options=options)
    try:
        run(function, tasks, take, executor=executor, jobs=jobs, progress=progress)
    except KeyboardInterrupt:
        raise BulkInterrupt(BulkReport[Any](len(tasks))) from None  # a check leaves nothing behind
    results = [found[task.source] for task in tasks]
    return _with_shared(results) if any(rule.code == _SHARED for rule in rules) else results


def _check_task(task: Task, options: Mapping[str, Any]) -> Checked:
    try:
        with fetched(task.source) as near:
            if not task.target:
                return check_one(near, name=task.source, **options)
            with sent(task.target) as target:
                return check_one(near, target, name=task.source, **options)
    except Exception as error:  # as in convert_shard
        bad = isinstance(error, CocodecError)
        return Checked(task.source, error=one_line(task.source, error), is_bad_data=bad)


def _with_shared(results: list[Checked]) -> list[Checked]:
    """Add what several files share: the same image in two splits leaks."""
    first: dict[str, str] = {}
    out = []
    for result in results:
        shared: dict[str, list[str]] = {}
        for name in result.names:
            before = first.setdefault(name, result.source)
            if name and split_of(before) != split_of(result.source):
                shared.setdefault(before, []).append(name)
        extra = [_shared_finding(other, names) for other, names in shared.items()]
        if extra and result.findings is not None:
            old = result.findings
            both = Findings(
                [*old.errors, *extra, *old.of("warning"), *old.of("note")],
                name=old.name,
                dialect=old.dialect,
                checked=old.checked,
            )
            result = replace(result, findings=both)
        out.append(result)
    return out


def _shared_finding(other: str, names: list[str]) -> Finding:
    count = f"{len(names):,} image{'s' * (len(names) != 1)}"
    named = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    message = f"{other} lists {count} of the same file_name: {named}"
    none = np.zeros(0, np.int64)
    examples: list[Example] = []
    return Finding(_SHARED, "warning", message, "root", "file_name", none, examples)
