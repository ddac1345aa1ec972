"""A text that stays in its file: any part of it is read when somebody asks.

So a document can be taken apart and written anew in little memory, however long it is. Whoever
reads twice must see the same both times: the file stays open, so that nothing of another that takes
its place is read, and after every reading it is asked whether somebody wrote into it meanwhile.
"""

from __future__ import annotations

import os
import stat
import time
import weakref
from typing import BinaryIO, TypeAlias, overload

from cocodec.errors import DocumentError

__all__ = ["FileText", "Text", "read_at", "view_of"]

# Two changes within one tick of the file system's clock have one time: what is younger than this
# when it is opened could still be written, unseen, so that much is waited for.
_TICK = 20_000_000  # nanoseconds


class FileText:
    """The bytes of a regular file, which do not change: sliced as `bytes` are.

    Parameters
    ----------
    path : str

    Raises
    ------
    OSError
        If it cannot be opened, or is no regular file.
    """

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        weakref.finalize(self, os.close, self._descriptor)
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            raise OSError(22, "Not a regular file", path)
        if abs(time.time_ns() - os.fstat(self._descriptor).st_mtime_ns) < _TICK:
            time.sleep(_TICK / 1e9)
        self._state = self._state_now()

    def __len__(self) -> int:
        return self._state[0]

    @overload
    def __getitem__(self, where: slice) -> bytes: ...
    @overload
    def __getitem__(self, where: int) -> int: ...
    def __getitem__(self, where: slice | int) -> bytes | int:
        if isinstance(where, int):
            return self[where : where + 1][0]
        begin, end, _ = where.indices(len(self))
        return self._read(begin, max(begin, end))

    def opened(self) -> BinaryIO:
        """Open the file once more, to be read from its start."""
        stream = open(os.dup(self._descriptor), "rb", buffering=0)  # noqa: SIM115
        stream.seek(0)
        return stream

    def require_unchanged(self) -> None:
        """Refuse to go on when somebody has written into the file.

        Raises
        ------
        DocumentError
            Saying so.
        """
        if self._state_now() != self._state:
            raise DocumentError("the file was changed while it was read; do it once more")

    def _state_now(self) -> tuple[int, int, int]:
        """Size and times; that of the inode moves even where somebody sets the other back."""
        found = os.fstat(self._descriptor)
        return found.st_size, found.st_mtime_ns, found.st_ctime_ns

    def _read(self, begin: int, end: int) -> bytes:
        found = read_at(self._descriptor, begin, end)
        self.require_unchanged()
        return found


def read_at(file: int, begin: int, end: int) -> bytes:
    """Read a stretch of a file; less where it ends before. Forked processes share its position."""
    pieces = []
    while begin < end:
        if hasattr(os, "pread"):
            piece = os.pread(file, end - begin, begin)
        else:  # where nobody forks
            os.lseek(file, begin, os.SEEK_SET)
            piece = os.read(file, end - begin)
        if not piece:
            break
        pieces.append(piece)
        begin += len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


Text: TypeAlias = bytes | FileText  # the text of a document


def view_of(text: object, begin: int, end: int) -> memoryview:
    """Return text[begin:end], of what lies in memory without a copy."""
    if isinstance(text, FileText):
        return memoryview(text[begin:end])
    return memoryview(text)[begin:end]  # type: ignore[arg-type]
