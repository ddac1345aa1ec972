"""Gzip: files that are one packed stream; told by their first bytes, written by their name."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from cocodec.errors import DocumentError
from cocodec.files.limits import require_unzip_limit

__all__ = ["is_gzip", "pack", "unpacked", "wants_gzip"]

_PIECE = 1 << 20


def is_gzip(head: bytes) -> bool:
    """Whether a file that starts with these bytes is packed.

    >>> is_gzip(gzip.compress(b"{}")), is_gzip(b"{}")
    (True, False)
    """
    return head[:2] == b"\x1f\x8b"


def wants_gzip(target: str | os.PathLike[str]) -> bool:
    """Whether a file of this name is to be packed."""
    return os.fspath(target).lower().endswith(".gz")


def unpacked(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Yield what a stream unpacks to, in pieces.

    Raises
    ------
    DocumentError
        If it is broken or cut off, or unpacks to more than `limit` bytes.
    """
    total = 0
    try:
        with gzip.GzipFile(fileobj=stream, mode="rb") as source:
            while piece := source.read(_PIECE):
                total += len(piece)
                if total > limit:
                    require_unzip_limit(None, limit)
                yield piece
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DocumentError(f"the gzip file is broken: {error}") from None


def pack(source: BinaryIO, target: BinaryIO) -> None:
    """Pack a stream; the same bytes always give the same ones."""
    with gzip.GzipFile(filename="", fileobj=target, mode="wb", mtime=0, compresslevel=6) as out:
        while piece := source.read(_PIECE):
            out.write(piece)
