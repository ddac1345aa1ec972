"""Files that appear whole or not at all, and are on the disk when a command has ended.

A file is written beside its place, flushed to the disk, and takes the place of the old one: so a
crash of the machine leaves the old one or the new one, too. Flushing one small file costs more than
writing it, so many are flushed together before the first of them takes its place.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cocodec.files.flushing import (
    begin_writing,
    flush,
    flush_file_systems,
    flush_folders,
    flush_tree,
)
from cocodec.files.gzipped import pack, wants_gzip
from cocodec.files.temporaries import beside, disown, locked, named_as, own, owned, will_move

__all__ = [
    "Target",
    "Waiting",
    "discard",
    "folder_beside",
    "new_folder",
    "open_whole",
    "settle",
    "together",
    "waiting",
    "written_at",
]

Target = str | os.PathLike[str] | BinaryIO


class Waiting(NamedTuple):
    """A file that is written whole, beside its place; see `waiting`. Can be pickled."""

    temporary: str
    target: str
    named: str  # as the user spelled the target
    mode: int | None  # of the file that it replaces


_WAITING: ContextVar[list[Waiting] | None] = ContextVar("waiting", default=None)


@contextlib.contextmanager
def open_whole(target: Target) -> Iterator[BinaryIO]:
    """Open `target` for writing; what was written counts only if the block ends without an error.

    What is called ``.gz`` is packed with gzip. A file is written beside its place, flushed to the
    disk and moved over the old one, which until then stays what it was; it keeps the old one's
    permissions. A link is followed. What cannot be replaced (an open file, a pipe, a device) gets
    everything at once, from a temporary file, when the block has ended. What a killed process has
    left in the folder goes. Within `waiting` and `together` a file takes its place later; within
    `new_folder`, with the folder.

    Raises
    ------
    OSError
        If the target cannot be written; names the target.
    """
    if not isinstance(target, (str, os.PathLike)):
        with _spooled(target) as stream:
            yield stream
        return
    if wants_gzip(target):
        with tempfile.TemporaryFile() as spool:
            yield spool
            spool.seek(0)
            with _opened(target) as packed:
                pack(spool, packed)
        return
    with _opened(target) as stream:
        yield stream


@contextlib.contextmanager
def _opened(target: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    found = _status(target)
    if found is None or stat.S_ISREG(found.st_mode):
        with _replacing(target, Path(os.path.realpath(target)), found) as stream:
            yield stream
        return
    with named_as(target, Path(target)), open(target, "wb") as device, _spooled(device) as stream:
        yield stream


@contextlib.contextmanager
def waiting() -> Iterator[list[Waiting]]:
    """Let the files that this thread writes in the block wait for `settle`, or for `discard`.

    Yields the list that they are added to. If the block ends with an error, they are discarded.
    """
    files: list[Waiting] = []
    before = _WAITING.set(files)
    try:
        yield files
    except BaseException:
        discard(files)
        raise
    finally:
        _WAITING.reset(before)


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Let the files that this thread writes in the block appear when it ends without an error.

    All are on the disk before the first one takes its place.

    Raises
    ------
    OSError
        If one of them cannot be written; the others are.
    """
    with waiting() as files:
        yield
    for error in settle(files):
        if error is not None:
            raise error


def written_at(target: str) -> str:
    """Where a file that this thread has written can be read now: it may still wait."""
    place = os.path.realpath(target)
    files = _WAITING.get() or ()
    return next((file.temporary for file in reversed(files) if file.target == place), target)


def settle(files: Sequence[Waiting]) -> list[OSError | None]:
    """Flush files to the disk, then put them in their places, then flush the folders.

    Returns what has gone wrong with each; those it happened to are discarded.
    """
    errors: list[OSError | None] = [None] * len(files)
    try:
        if not flush_file_systems([file.temporary for file in files]):
            begin_writing(file.temporary for file in files)
            errors = [_caught(file, _flush) for file in files]
        for i, file in enumerate(files):
            if errors[i] is None:
                errors[i] = _caught(file, _put)
        flush_folders(os.path.dirname(file.target) for file in files)
    finally:
        discard(files)  # of those in their places nothing is left
    return errors


def discard(files: Iterable[Waiting]) -> None:
    """Remove files that wait."""
    for file in files:
        with contextlib.suppress(OSError):
            os.unlink(file.temporary)
        disown(file.temporary)


def _caught(file: Waiting, step: Callable[[Waiting], None]) -> OSError | None:
    try:
        with named_as(file.named, Path(file.temporary)):
            step(file)
    except OSError as error:
        return error
    return None


@contextlib.contextmanager
def folder_beside(
    target: str | os.PathLike[str], place: Path, settle: Callable[[Path], None]
) -> Iterator[Path]:
    """Make a hidden folder beside `place`; flushed, it goes to `settle` when the block is over.

    Parameters
    ----------
    target : path
        What the user calls the folder; errors name it.
    """
    temporary = beside(place, is_folder=True)
    with named_as(target, temporary), owned(temporary):
        temporary.mkdir()
        try:
            with locked(temporary):
                yield temporary
                flush_tree(temporary)
            settle(temporary)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)  # nothing, where it was moved


@contextlib.contextmanager
def new_folder(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Make a folder that appears, with all that is put in, when the block ends without an error.

    Raises
    ------
    FileExistsError
        If there is something in its place already, but an empty folder.
    OSError
        If it cannot be made.
    """
    place = Path(target)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        message = "there is something already, expected no or an empty folder"
        raise FileExistsError(17, message, str(place))
    place = Path(os.path.realpath(place))
    place.parent.mkdir(parents=True, exist_ok=True)

    def settle(temporary: Path) -> None:
        if place.exists():
            place.rmdir()
        temporary.rename(place)

    with folder_beside(target, place, settle) as temporary:
        yield temporary
    flush_folders([place.parent])


def _status(target: str | os.PathLike[str]) -> os.stat_result | None:
    try:
        return os.stat(target)
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def _spooled(target: BinaryIO) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as spool:
        yield spool
        spool.seek(0)
        shutil.copyfileobj(spool, target, 1 << 20)
        target.flush()


@contextlib.contextmanager
def _replacing(
    named: str | os.PathLike[str], target: Path, old: os.stat_result | None
) -> Iterator[BinaryIO]:
    if old is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied", os.fspath(named))
    if not target.parent.exists():
        folder = os.path.dirname(os.fspath(named)) or target.parent
        reason = f"No such file or directory; there is no folder {folder}, make it first"
        raise FileNotFoundError(2, reason, os.fspath(named))
    temporary = beside(target)
    mode = None if old is None else stat.S_IMODE(old.st_mode)
    file = Waiting(os.fspath(temporary), os.fspath(target), os.fspath(named), mode)
    is_hidden = will_move(target)  # with its folder, which is flushed then
    files = None if is_hidden else _WAITING.get()
    own(file.temporary)
    try:
        with named_as(named, temporary):
            # "x": never somebody else's file; the process's umask sets the mode.
            with open(temporary, "xb") as stream, locked(temporary):
                yield stream
                stream.flush()
                if files is None and not is_hidden:
                    os.fsync(stream.fileno())
            if files is None:
                _put(file)
    except BaseException:
        discard([file])
        raise
    if files is not None:
        files.append(file)
        return
    disown(file.temporary)
    if not is_hidden:
        flush_folders([target.parent])


def _flush(file: Waiting) -> None:
    flush(file.temporary)


def _put(file: Waiting) -> None:
    if file.mode is not None:
        os.chmod(file.temporary, file.mode)
    os.replace(file.temporary, file.target)
