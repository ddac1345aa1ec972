"""What people pass as a file: a path, bytes, or something open; and its name in messages."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

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
def open_seekable(source: Source) -> Iterator[BinaryIO]:
    """Open a file that can be read twice; what comes from a pipe goes to the disk first.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        yield BytesIO(source)  # shares bytes
    elif isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as stream, _seekable(stream) as twice:
            yield twice
    else:
        require_readable(source)
        with _seekable(source) as twice:
            yield twice


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
