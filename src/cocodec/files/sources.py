"""What people pass as a file: a path, bytes, or something open; and its name in messages."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from cocodec.errors import located
from cocodec.files.gzipped import is_gzip, unpacked
from cocodec.files.limits import default_unzip_limit

__all__ = ["Source", "name_of", "open_seekable", "require_readable"]

Source = str | os.PathLike[str] | bytes | BinaryIO


def name_of(source: Source) -> str | None:
    """Return the name that people know a file by; None if it has none."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return None
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else None


def require_readable(source: object) -> None:
    """Refuse what is neither a path nor bytes, and cannot be read from.

    Raises
    ------
    TypeError
        Saying what was given.
    """
    if not hasattr(source, "read"):
        kind = type(source).__name__
        raise TypeError(f"the source is of type {kind}, expected a path, bytes or a binary file")


@contextlib.contextmanager
def open_seekable(source: Source, *, unzip_limit: int | None = None) -> Iterator[BinaryIO]:
    """Open a file that can be read twice; what comes from a pipe goes to the disk first.

    So does what a gzip file unpacks to, at most `unzip_limit` bytes of it.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with contextlib.ExitStack() as stack:
        if isinstance(source, (bytes, bytearray, memoryview)):
            twice: BinaryIO = BytesIO(source)  # shares bytes
        elif isinstance(source, (str, os.PathLike)):
            twice = stack.enter_context(_seekable(stack.enter_context(open(source, "rb"))))
        else:
            require_readable(source)
            twice = stack.enter_context(_seekable(source))
        here = twice.tell()
        head = twice.read(2)
        twice.seek(here)
        if is_gzip(head):
            with located(file=name_of(source)):
                twice = stack.enter_context(_unpacked(twice, unzip_limit))
        yield twice


@contextlib.contextmanager
def _unpacked(stream: BinaryIO, limit: int | None) -> Iterator[BinaryIO]:
    here = stream.tell()
    packed = stream.seek(0, os.SEEK_END) - here
    stream.seek(here)
    with tempfile.TemporaryFile() as spool:
        for piece in unpacked(stream, default_unzip_limit(packed) if limit is None else limit):
            spool.write(piece)
        spool.seek(0)
        yield spool


@contextlib.contextmanager
def _seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    # Things that are merely read from need not have the method.
    if getattr(stream, "seekable", lambda: False)():
        yield stream
        return
    with tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(stream, spool, 1 << 20)
        spool.seek(0)
        yield spool
