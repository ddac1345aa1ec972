"""Bringing what was written to the disk, so that a crash of the machine does not undo it.

A flush of a file costs the disk about the same whether it has one kilobyte or many megabytes, so
that 40,000 label files would take minutes. Of many files the whole file system is flushed instead,
with one effort, where the system has a call for that; what others have written goes with it.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

__all__ = ["begin_writing", "flush", "flush_file_systems", "flush_folders", "flush_tree"]

_MANY = 64  # files from which on a flush of everything costs less


def flush_tree(folder: Path) -> None:
    """Flush all files of a folder that no one else knows yet, and the names in it."""
    found = [(place, names) for place, _, names in os.walk(folder)]
    folders = [place for place, _ in found]
    if sum(len(names) for _, names in found) >= _MANY and _flush_file_systems(folders):
        return
    files = [os.path.join(place, name) for place, names in found for name in names]
    begin_writing(files)
    for file in files:
        flush(file)
    flush_folders(folders)


def flush_file_systems(files: Collection[str]) -> bool:
    """Flush the file systems that many files are on; whether everything is on the disk then.

    Nothing is done for few files, where the system has no way to do it, or if it fails: flushing
    the files one by one tells which of them was lost.
    """
    return len(files) >= _MANY and _flush_file_systems(dict.fromkeys(map(os.path.dirname, files)))


def _flush_file_systems(folders: Iterable[str]) -> bool:
    """Flush the file systems that folders are on, each once; whether that was done."""
    syncfs = _syncfs()
    if syncfs is None:
        return False
    seen: set[int] = set()
    for folder in folders:
        try:
            with _descriptor(folder) as descriptor:
                device = os.fstat(descriptor).st_dev
                if device not in seen and syncfs(descriptor) != 0:
                    return False
        except OSError:
            return False
        seen.add(device)
    return True


@functools.cache
def _syncfs() -> Callable[[int], int] | None:
    """Linux's call; Python has none for it."""
    if os.name != "posix":
        return None
    try:
        import ctypes

        call: Callable[[int], int] = ctypes.CDLL(None).syncfs
    except (ImportError, AttributeError, OSError, TypeError):
        return None
    return call


def flush_folders(folders: Iterable[str | os.PathLike[str]]) -> None:
    """Make new names durable, where the system has a way to ask for that; each folder once."""
    if os.name != "posix":
        return
    for folder in dict.fromkeys(folders):
        with contextlib.suppress(OSError):
            flush(folder)


def begin_writing(paths: Iterable[str]) -> None:
    """Have the system begin to write files: it then flushes several of them with one effort."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in paths:
        with contextlib.suppress(OSError), _descriptor(path) as descriptor:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def flush(path: str | os.PathLike[str]) -> None:
    """Flush one file, or the names in a folder."""
    with _descriptor(path) as descriptor:
        os.fsync(descriptor)


@contextlib.contextmanager
def _descriptor(path: str | os.PathLike[str]) -> Iterator[int]:
    # Windows flushes only what is open for writing; folders cannot be opened for that.
    descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
