"""Zips: reading members in pieces, and writing the file anew with a few of them replaced.

Members that are not asked for are neither unpacked nor held: images of any number and size go from
file to file as they are.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import zipfile
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import BinaryIO

from cocodec.errors import DocumentError
from cocodec.files.limits import default_unzip_limit, require_unzip_limit
from cocodec.files.output import Target, open_whole
from cocodec.files.zip_directory import Directory, Member, checked_name, read_directory
from cocodec.files.zip_member import Pieces, repack, require_header, unpack

__all__ = [
    "Archive",
    "Pieces",
    "copy_archive",
    "is_zip",
    "new_archive",
    "open_archive",
    "write_archive",
]

_PIECE = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TEXTS = (".json", ".txt", ".xml", ".yaml", ".yml", ".csv")


def is_zip(head: bytes) -> bool:
    """Whether a file that starts with these four bytes is a zip."""
    return head[:4] in (b"PK\3\4", b"PK\5\6")


@dataclass(frozen=True)
class Archive:
    """A zip that was looked into.

    Attributes
    ----------
    origin : str or bytes
        The file's path, or all of its bytes.
    directory : Directory
        What is in it, and where.
    stamp : tuple of int
        What tells whether the file at that path is still the same.
    """

    origin: str | bytes
    directory: Directory
    stamp: tuple[int, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        """Its members, in the directory's order."""
        return self.directory.members

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.stamp[0]

    def default_limit(self) -> int:
        """How many bytes its documents may unpack to when nobody says otherwise."""
        return default_unzip_limit(sum(member.packed for member in self.members))

    @contextlib.contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the file for reading.

        Raises
        ------
        DocumentError
            If it is not the file any more that was looked into.
        OSError
            If it cannot be opened.
        """
        if isinstance(self.origin, bytes):
            yield BytesIO(self.origin)
            return
        with open(self.origin, "rb") as stream:
            if _stamp(stream) != self.stamp:
                raise DocumentError("the zip has changed since it was read", file=self.origin)
            yield stream

    def pieces(self, member: Member) -> Generator[bytes, None, None]:
        """Unpack a member, piece by piece; the last one has passed the check of size and CRC.

        Raises
        ------
        DocumentError
            If it is broken, of another size than it claims, or packed in a way not known here.
        """
        with self.open() as stream:
            yield from unpack(stream, member)

    def read(self, member: Member, limit: int) -> bytes:
        """Unpack a member of at most `limit` bytes.

        Raises
        ------
        DocumentError
            If it is larger, or as `pieces` says.
        """
        require_unzip_limit(member.unpacked, limit, member.name)
        text = BytesIO()  # grows in place, and hands its bytes over without a copy
        for piece in self.pieces(member):
            text.write(piece)
        return text.getvalue()


def open_archive(origin: str | bytes) -> Archive:
    """Look into a zip: a path, or its bytes.

    Raises
    ------
    DocumentError
        If it is broken, or has members that are not safe; see `read_directory`.
    OSError
        If it cannot be read.
    """
    if isinstance(origin, bytes):
        return Archive(origin, read_directory(BytesIO(origin)), (len(origin),))
    with open(origin, "rb") as stream:
        return Archive(origin, read_directory(stream), _stamp(stream))


def write_archive(
    source: Archive,
    target: Target,
    replaced: Mapping[str, Pieces],
    left_out: Collection[str] = frozenset(),
) -> None:
    """Write a zip with other contents in some of its members, and without some of the others.

    Names, order, dates, attributes, comments and the ways of packing stay; all other members are
    copied as they are packed. With nothing replaced or left out the file is copied byte for byte.

    Parameters
    ----------
    source : Archive
    target : path or binary file
        May be the file of `source`. Appears whole or not at all.
    replaced : mapping of str to iterable of bytes-like
        The new contents of members, in pieces. Each is asked for once, in the zip's order.
    left_out : collection of str
        Members that go.

    Raises
    ------
    DocumentError
        If `source` has changed or is broken, or a member is packed in a way not known here.
    KeyError
        If there is no such member.
    OSError
        If the target cannot be written.
    """
    with open_whole(target) as out:
        copy_archive(source, out, replaced, left_out)


def copy_archive(
    source: Archive,
    out: BinaryIO,
    replaced: Mapping[str, Pieces],
    left_out: Collection[str] = frozenset(),
) -> None:
    """Do what `write_archive` does, to a stream that can seek and is at its start."""
    missing = {*replaced, *left_out} - {member.name for member in source.members}
    if missing:
        raise KeyError(f"the zip has no member {min(missing)!r}")
    with source.open() as stream:
        for member in sorted(source.members, key=lambda member: member.offset):
            require_header(stream, member)  # what is only copied is read by others, too
        stream.seek(0)
        if not replaced and not left_out:
            shutil.copyfileobj(stream, out, _PIECE)
            return
        _copy(stream, out, 0, min(member.offset for member in source.members))
        members = [member for member in source.members if member.name not in left_out]
        order = sorted(range(len(members)), key=lambda i: members[i].offset)
        for i in order:
            member, begin = members[i], out.tell()
            if member.name in replaced:
                members[i] = repack(stream, out, member, replaced[member.name])
            else:
                _copy(stream, out, member.offset, member.end)
                members[i] = replace(member, offset=begin)
        for piece in source.directory.moved(members, out.tell()).render():
            out.write(piece)


def new_archive(
    target: Target,
    members: Iterable[tuple[str, Pieces | str | os.PathLike[str]]],
    *,
    date: tuple[int, int, int, int, int, int] = _EPOCH,
) -> None:
    """Write a zip. The same members give the same bytes: no clock and no user is asked.

    Parameters
    ----------
    target : path or binary file
        Appears whole or not at all.
    members : iterable of (name, contents)
        In the zip's order. Contents are a file's path, or bytes in pieces. Text (by the name) is
        deflated, everything else, images above all, is stored.
    date : tuple of int
        Year, month, day, hour, minute and second of every member.

    Raises
    ------
    DocumentError
        If a name is not safe or comes twice.
    OSError
        If a file cannot be read or the target not be written.
    """
    names: set[str] = set()
    with open_whole(target) as out, zipfile.ZipFile(out, "w") as file:
        for name, contents in members:
            if checked_name(name) in names:
                raise DocumentError("the zip has two members of this name", part=name)
            names.add(name)
            entry = zipfile.ZipInfo(name, date)
            entry.create_system = 3  # Unix, wherever this runs
            is_folder = name.endswith("/")
            entry.external_attr = 0o40755 << 16 | 0x10 if is_folder else 0o100644 << 16
            is_text = name.lower().endswith(_TEXTS)
            entry.compress_type = zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED
            # Packing is most of the work; the usual level takes 4 times as long for a tenth less.
            entry._compresslevel = 1  # type: ignore[attr-defined,unused-ignore]
            with file.open(entry, "w", force_zip64=True) as stream:
                for piece in _contents(contents):
                    stream.write(piece)


def _contents(contents: Pieces | str | os.PathLike[str]) -> Pieces:
    if not isinstance(contents, (str, os.PathLike)):
        yield from contents
        return
    with open(contents, "rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _stamp(stream: BinaryIO) -> tuple[int, ...]:
    status = os.fstat(stream.fileno())
    return status.st_size, status.st_mtime_ns, status.st_ino


def _copy(stream: BinaryIO, out: BinaryIO, begin: int, end: int) -> None:
    stream.seek(begin)
    while begin < end:
        piece = stream.read(min(end - begin, _PIECE))
        if not piece:
            raise DocumentError("the zip ends too early")
        out.write(piece)
        begin += len(piece)
