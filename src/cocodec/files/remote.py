"""Files by path or by address: `out/a.json`, `s3://bucket/a.json`; addresses go through fsspec.

What is far away is worked on in a copy nearby: it is fetched once, and sent when it is whole.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cocodec.files.output import open_whole
from cocodec.files.temporaries import sweep

__all__ = [
    "Fingerprint",
    "base_of",
    "fetched",
    "files_below",
    "fingerprint",
    "is_address",
    "is_folder",
    "join",
    "matches",
    "read_bytes",
    "remove_leftovers",
    "sent",
    "size_of",
    "write_bytes",
]

_BLOCK = 1 << 20
_WILD = re.compile(r"[*?[]")
# Stores in which a file appears when its upload is complete, and moving it means copying it.
_WHOLE_UPLOADS = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "oci"}


class Fingerprint(NamedTuple):
    """What tells a file's bytes: how many, and their SHA-256 in hexadecimal digits."""

    size: int
    sha256: str


def is_address(path: str) -> bool:
    """Whether fsspec is to open it."""
    return "://" in path


def fingerprint(path: str) -> Fingerprint:
    """Read a file and return its size and hash.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with _open(path) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return Fingerprint(size, digest.hexdigest())


def size_of(path: str) -> int:
    """Return a file's bytes; OSError if there is none."""
    if is_address(path):
        system, place = _system(path)
        return int(system.size(place) or 0)
    return os.stat(path).st_size


def is_folder(path: str) -> bool:
    """Whether there is a folder of this name."""
    if is_address(path):
        system, place = _system(path)
        return bool(system.isdir(place))
    return os.path.isdir(path)


def join(folder: str, name: str) -> str:
    """Name a file below a folder; `name` has slashes."""
    if is_address(folder):
        return f"{folder.rstrip('/')}/{name}"
    return os.path.join(folder, *name.split("/"))


def files_below(folder: str) -> list[str]:
    """List the files below a folder, sorted, relative to it and with slashes.

    Hidden files and folders are left out.
    """
    if is_address(folder):
        system, place = _system(folder)
        names = [found[len(place.rstrip("/")) + 1 :] for found in system.find(place)]
    else:
        names = [
            Path(root, file).relative_to(folder).as_posix()
            for root, _, files in os.walk(folder, onerror=_raise)
            for file in files
        ]
    return sorted(name for name in names if not any(p.startswith(".") for p in name.split("/")))


def matches(pattern: str) -> tuple[str, list[str]]:
    """Find what a pattern with ``*``, ``?``, ``[]`` or ``**`` matches.

    Returns
    -------
    base : str
        The folder in front of the first wild card; "" is the current one.
    files : list of str
        Relative to `base`, with slashes, sorted.
    """
    base = base_of(pattern)
    if is_address(pattern):
        system, place = _system(pattern)
        start = len(_system(base)[1].rstrip("/")) + 1
        return base, sorted(found[start:] for found in system.glob(place) if system.isfile(found))
    found = [path for path in glob.glob(pattern, recursive=True) if os.path.isfile(path)]
    return base, sorted(Path(os.path.relpath(path, base or ".")).as_posix() for path in found)


def base_of(pattern: str) -> str:
    """Return the folder in front of the first wild card of a pattern."""
    wild = _WILD.search(pattern)
    fixed = pattern if wild is None else pattern[: wild.start()]
    return fixed[: max(fixed.rfind("/"), fixed.rfind(os.sep)) + 1]


@contextlib.contextmanager
def fetched(path: str) -> Iterator[str]:
    """Give a path at which the file can be read: its own, or that of a copy."""
    if not is_address(path):
        yield path
        return
    system, place = _system(path)
    with tempfile.TemporaryDirectory() as folder:
        near = os.path.join(folder, "source")
        system.get_file(place, near)
        yield near


@contextlib.contextmanager
def sent(path: str) -> Iterator[str]:
    """Give a path to write to; what is there when the block ends well goes to its place, whole."""
    if not is_address(path):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        near = os.path.join(folder, "target")
        yield near
        _send(near, path)


def read_bytes(path: str) -> bytes:
    """Return a file's bytes; b"" if there is none."""
    try:
        with _open(path) as stream:
            return stream.read()
    except FileNotFoundError:
        return b""


def write_bytes(path: str, data: bytes) -> None:
    """Write a file, whole or not at all."""
    with sent(path) as near, open_whole(near) as stream:
        stream.write(data)


def remove_leftovers(targets: Iterable[str]) -> None:
    """Remove the temporary files that killed processes have left beside these targets.

    Of this process's own helpers none may be at work there.
    """
    folders = {
        os.path.dirname(os.path.realpath(target)) for target in targets if not is_address(target)
    }
    for folder in folders:
        sweep(folder, helpers=False)


def _send(near: str, path: str) -> None:
    system, place = _system(path)
    system.makedirs(place.rpartition("/")[0], exist_ok=True)
    protocols = {system.protocol} if isinstance(system.protocol, str) else set(system.protocol)
    if protocols & _WHOLE_UPLOADS:
        system.put_file(near, place)
        return
    folder, _, name = place.rpartition("/")
    temporary = f"{folder}/.{name[:100]}.{secrets.token_hex(6)}.tmp"
    try:
        system.put_file(near, temporary)
        system.mv(temporary, place)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            system.rm_file(temporary)
        raise


@contextlib.contextmanager
def _open(path: str) -> Iterator[BinaryIO]:
    if not is_address(path):
        with open(path, "rb") as stream:
            yield stream
        return
    system, place = _system(path)
    with system.open(place, "rb") as far:
        yield far


def _system(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the place in it."""
    try:
        fsspec: Any = import_module("fsspec")
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            f"{address} needs fsspec: pip install 'cocodec[remote]'", name="fsspec"
        ) from None
    system, place = fsspec.core.url_to_fs(address)
    return system, str(place)


def _raise(error: OSError) -> None:
    raise error
