"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cocodec.files.gzipped import pack, wants_gzip
from cocodec.files.temporaries import beside, locked, named_as, owned

__all__ = ["Target", "new_folder", "open_whole"]

Target = str | os.PathLike[str] | BinaryIO


@contextlib.contextmanager
def open_whole(target: Target) -> Iterator[BinaryIO]:
    """Open `target` for writing; what was written counts only if the block ends without an error.

    What is called ``.gz`` is packed with gzip. A file is written beside its place, flushed to the
    disk and moved over the old one, which until then stays what it was; it keeps the old one's
    permissions. A link is followed. What cannot be replaced (an open file, a pipe, a device) gets
    everything at once, from a temporary file, when the block has ended. What a killed process has
    left in the folder goes.

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
    temporary = beside(place, is_folder=True)
    with named_as(target, temporary), owned(temporary):
        temporary.mkdir()
        try:
            with locked(temporary):
                yield temporary
            if place.exists():
                place.rmdir()
            temporary.rename(place)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


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
    temporary = beside(target)
    with named_as(named, temporary), owned(temporary):
        try:
            # "x": never somebody else's file; the process's umask sets the mode.
            with open(temporary, "xb") as stream, locked(temporary):
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            if old is not None:
                os.chmod(temporary, stat.S_IMODE(old.st_mode))
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
    _flush_folder(target.parent)


def _flush_folder(folder: Path) -> None:
    """Make the new name itself durable, where the system has a way to ask for that."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
