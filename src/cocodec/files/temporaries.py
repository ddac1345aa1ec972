"""Temporary files and folders beside what they will become: whose they are, and that they go.

Their names say the host and the process that writes them, and who writes holds a lock on them. What
a killed process has left is removed by the next one that writes into the same folder; what a living
one, here or elsewhere, may still write is not.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = [
    "abandon",
    "beside",
    "disown",
    "hand_over",
    "is_left",
    "locked",
    "named_as",
    "own",
    "owned",
    "sweep",
    "will_move",
]

_NAME = re.compile(r"\.(.+)\.([A-Za-z0-9-]*)\.(\d+)-[0-9a-f]{8}(\.folder)?\.tmp", re.DOTALL)
_OF_WRITING = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
_LONGEST = 120  # bytes of a target's name in that of its temporary file
_LONG_AGO = 3600  # seconds after which what another host has left is not being written any more
_open: set[str] = set()  # what this process writes now
_swept: set[str] = set()  # folders that this process has looked through
_began = time.time()  # younger files with the process's number are its own, or its helpers'


def beside(target: Path, *, is_folder: bool = False) -> Path:
    """Choose a name beside `target`; what was left there by processes that are gone goes."""
    folder = os.fspath(target.parent)
    if folder not in _swept:
        _swept.add(folder)
        sweep(folder)
    return _named(target, os.getpid(), ".folder" if is_folder else "")


def _named(target: Path, process: int, kind: str) -> Path:
    name = target.name.encode(errors="surrogateescape")[:_LONGEST].decode(errors="ignore")
    mark = f"{_host()}.{process}-{secrets.token_hex(4)}"
    return target.with_name(f".{name}.{mark}{kind}.tmp")


def hand_over(temporary: str, target: str, process: int) -> str:
    """Make a temporary file another process's, of this host, which has to call `own`."""
    if process == os.getpid():
        return temporary
    name = os.fspath(_named(Path(target), process, ""))
    os.rename(temporary, name)
    disown(temporary)
    return name


def own(path: str) -> None:
    """Make `path` this process's: `abandon` removes it."""
    _open.add(path)


def disown(path: str) -> None:
    """Undo `own`."""
    _open.discard(path)


def will_move(path: Path) -> bool:
    """Whether a file is to be in a temporary folder of this process."""
    return bool(_open) and any(os.fspath(parent) in _open for parent in path.parents)


@contextlib.contextmanager
def owned(path: Path) -> Iterator[None]:
    """While the block runs, `path` is this process's: `abandon` removes it."""
    own(os.fspath(path))
    try:
        yield
    finally:
        disown(os.fspath(path))


@contextlib.contextmanager
def named_as(target: str | os.PathLike[str], temporary: Path) -> Iterator[None]:
    """Let errors name the file that the user named, not the temporary one, or none."""
    try:
        yield
    except OSError as error:
        hidden = os.fspath(temporary)
        found = os.fspath(error.filename) if isinstance(error.filename, (str, Path)) else None
        if found is None and error.errno in _OF_WRITING:
            error.filename = os.fspath(target)
        elif found is not None and (found == hidden or found.startswith(hidden + os.sep)):
            error.filename = os.fspath(target) + found[len(hidden) :]
            error.filename2 = None
        raise


def abandon() -> None:
    """Remove what this process is writing; for one that ends at once."""
    for path in list(_open):
        _remove(path)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that tells others that a file or folder is being written."""
    descriptor = -1
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        _lock(descriptor)
    try:
        yield
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def is_left(path: str, *, helpers: bool = True) -> bool:
    """Whether a path is a temporary file or folder whose process is gone.

    `helpers`: whether processes may be at work that have handed files over to this one.
    """
    match = _NAME.fullmatch(os.path.basename(path))
    if match is None or path in _open:
        return False
    if match[2] != _host():
        is_used = _is_younger(path, time.time() - _LONG_AGO)
    elif int(match[3]) == os.getpid():  # or of one that had the same number before
        is_used = helpers and _is_younger(path, _began)
    else:
        is_used = _is_alive(int(match[3]))
    return not is_used and not _is_locked(path)


def sweep(folder: str, *, helpers: bool = True) -> None:
    """Remove what processes that are gone have left in a folder; `helpers`: see `is_left`."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".tmp") and is_left(entry.path, helpers=helpers):
                _remove(entry.path)


def _is_younger(path: str, when: float) -> bool:
    try:
        return os.stat(path).st_mtime > when
    except OSError:
        return True  # not there any more, or not to be touched


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)


def _host() -> str:
    name = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    return re.sub(r"[^A-Za-z0-9-]", "-", name)[:64]


def _is_alive(process: int) -> bool:
    if os.name != "posix":
        return False  # there, what is open cannot be removed
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return not _has_ended(process)


def _has_ended(process: int) -> bool:
    """Whether a process is over, and only its parent has not asked how it ended."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            state = file.read().rpartition(b")")[2].split()[:1]
    except OSError:
        return False  # no Linux, or gone in the meantime
    return state in ([b"Z"], [b"X"])


def _lock(descriptor: int) -> None:
    """Take the lock, or raise BlockingIOError; nothing where there are no locks."""
    try:
        import fcntl
    except ModuleNotFoundError:
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_locked(path: str) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return os.name == "posix"
    try:
        _lock(descriptor)
    except BlockingIOError:
        return True
    except OSError:  # no locks on this file system
        return False
    finally:
        os.close(descriptor)
    return False
