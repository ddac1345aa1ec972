"""Which files are meant, and where what is made of each of them goes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cocodec.bulk.manifest import Entry
from cocodec.files.remote import files_below, is_address, is_folder, join, matches, size_of
from cocodec.signatures import names_arguments

__all__ = ["Task", "find_files", "is_many"]

# What is taken of a folder; files that are named are taken whatever they are called.
_TEXTS = (".json", ".jsonl", ".ndjson")
_SUFFIXES = (*_TEXTS, ".zip", *(f"{text}.gz" for text in _TEXTS))


@dataclass(frozen=True)
class Task:
    """A file to work on.

    Attributes
    ----------
    source, target : str
        Path or address to read, and to write; no target is "".
    size : int
        Bytes of the source.
    known : Entry or None
        What a former run has written down about it.

    Examples
    --------
    >>> from cocodec.bulk import Task
    >>> Task('in.json', 'out.json', 0).source
    'in.json'
    """

    source: str
    target: str
    size: int
    known: Entry | None = None


@names_arguments
def is_many(inputs: Sequence[str]) -> bool:
    """Whether inputs mean many files: several, a folder, or a pattern.

    Examples
    --------
    >>> from cocodec.bulk import is_many
    >>> is_many(['one.json']), is_many(['*.json'])
    (False, True)
    """
    if len(inputs) != 1:
        return True
    return is_folder(inputs[0]) or _is_pattern(inputs[0])


@names_arguments
def find_files(inputs: Iterable[str | os.PathLike[str]], out_dir: str = "") -> list[Task]:
    """Find the files that are meant, each with its place below `out_dir`.

    A folder stands for the .json, .jsonl, .ndjson, .zip and .json.gz files anywhere below it that
    are not hidden, and below `out_dir` they lie as they do there. Of a pattern
    (``data/**/*.json``) the folder is what stands in front of the first wild card. A file goes
    straight into `out_dir`.

    Raises
    ------
    FileNotFoundError
        If an input stands for no file at all.
    FileExistsError
        If two files would be written to one place, or one over a file that is read.

    Examples
    --------
    >>> from cocodec.bulk import find_files
    >>> document.write('two.json')
    >>> [task.source for task in find_files(['*.json'])]
    ['two.json']
    """
    tasks: dict[str, Task] = {}
    for given in (os.fspath(path) for path in inputs):
        base, names = _expand(given, out_dir)
        if not names:
            raise FileNotFoundError(2, "there is no such file, and none below it", given)
        for name in names:
            source = join(base, name) if base else name
            target = join(out_dir, name) if out_dir else ""
            _add(tasks, Task(source, target, size_of(source)))
    if out_dir:
        _require_other_files(tasks.values())
    return list(tasks.values())


def _add(tasks: dict[str, Task], task: Task) -> None:
    key = _real(task.target or task.source)
    before = tasks.setdefault(key, task)
    if _real(before.source) != _real(task.source):
        raise FileExistsError(
            17, f"{before.source} and {task.source} would both become {task.target}"
        )


def _require_other_files(tasks: Iterable[Task]) -> None:
    sources = {_real(task.source) for task in tasks}
    for task in tasks:
        if _real(task.target) in sources:
            message = f"{task.source} would be written over {task.target}, which is read"
            raise FileExistsError(17, message)


def _expand(given: str, out_dir: str) -> tuple[str, list[str]]:
    """Return a folder, and the names of the files in it that an input stands for."""
    if is_folder(given):
        if out_dir and _real(given) == _real(out_dir):
            raise FileExistsError(17, f"{given} is to be read and written, expected two folders")
        return given, [
            name
            for name in files_below(given)
            if name.lower().endswith(_SUFFIXES) and not _is_below(join(given, name), out_dir)
        ]
    if _is_pattern(given):
        base, names = matches(given)
        return base, [name for name in names if not _is_below(join(base, name), out_dir)]
    folder, _, name = given.rpartition("/") if is_address(given) else _split(given)
    return folder, [name]


def _split(path: str) -> tuple[str, str, str]:
    folder, name = os.path.split(path)
    return folder, "", name


def _is_pattern(given: str) -> bool:
    """Whether a name that no file has holds wild cards."""
    return any(c in given for c in "*?[") and (is_address(given) or not os.path.exists(given))


def _is_below(path: str, folder: str) -> bool:
    if not folder or is_address(path) != is_address(folder):
        return False
    return _real(path).startswith(_real(folder).rstrip("/" + os.sep) + os.sep)


def _real(path: str) -> str:
    return path if is_address(path) else os.path.realpath(path)
