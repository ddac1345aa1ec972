"""The directory of a zip: which members it lists, and where they lie.

Nothing is unpacked here. What could mislead a program that unpacks the file, or one that reads it
another way than this one, is refused: names that lead out of a folder, two members of one name,
members that overlap, a directory that is not where it is said to be.
"""

from __future__ import annotations

import posixpath
import stat
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from cocodec.errors import DocumentError
from cocodec.files.folder_names import why_unsafe

__all__ = [
    "FULL32",
    "LOCAL",
    "Directory",
    "Member",
    "checked_name",
    "read_directory",
    "without_zip64",
    "zip64_extra",
]

LOCAL = struct.Struct("<4s5H3L2H")  # the header in front of a member's bytes
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ZIP64 = 1  # the extra field that holds what does not fit into 32 bits
_FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF

_ENCRYPTED = 1 | 1 << 6 | 1 << 13
_UTF8 = 1 << 11


@dataclass(frozen=True)
class Member:
    """A file in a zip, as the directory describes it.

    Attributes
    ----------
    name : str
    flags, method, crc : int
        As in the directory.
    packed, unpacked : int
        Bytes in the zip, and bytes that it claims to unpack to.
    offset, end : int
        Where its header starts, and where the next member or the directory does.
    record : bytes
        Its record in the directory.
    """

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    unpacked: int
    offset: int
    end: int
    record: bytes

    @property
    def raw_name(self) -> bytes:
        """The name as it is spelled in the zip."""
        fields = _CENTRAL.unpack_from(self.record)
        return self.record[_CENTRAL.size : _CENTRAL.size + fields[10]]

    def render(self) -> bytes:
        """Print the record, with `flags`, `crc`, the sizes and `offset` as they are now."""
        fields = list(_CENTRAL.unpack_from(self.record))
        rest = memoryview(self.record)[_CENTRAL.size :]
        name, extra = rest[: fields[10]], bytes(rest[fields[10] : fields[10] + fields[11]])
        comment = rest[fields[10] + fields[11] :]
        values = [self.unpacked, self.packed, self.offset]
        large = [value for value in values if value >= FULL32]
        extra = (zip64_extra(large) if large else b"") + without_zip64(extra)
        if large:
            fields[2] = max(fields[2], 45)  # the version that a reader needs
        fields[3], fields[7], fields[11] = self.flags, self.crc, len(extra)
        fields[8], fields[9], fields[16] = (
            min(v, FULL32) for v in (values[1], values[0], values[2])
        )
        return b"".join((_CENTRAL.pack(*fields), name, extra, comment))


@dataclass(frozen=True)
class Directory:
    """The members of a zip in the directory's order, where it starts, and the zip's comment."""

    members: tuple[Member, ...]
    start: int
    comment: bytes
    zip64: bool

    def moved(self, members: Sequence[Member], start: int) -> Directory:
        """Return this directory with other places in it."""
        return replace(self, members=tuple(members), start=start)

    def render(self) -> Iterator[bytes]:
        """Print the directory and what ends the file."""
        size = 0
        for member in self.members:
            record = member.render()
            size += len(record)
            yield record
        count = len(self.members)
        if self.zip64 or count >= _FULL16 or size >= FULL32 or self.start >= FULL32:
            yield _END64.pack(b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, self.start)
            yield _LOCATOR.pack(b"PK\6\7", 0, self.start + size, 1)
        short = min(count, _FULL16)
        places = min(size, FULL32), min(self.start, FULL32)
        yield _END.pack(b"PK\5\6", 0, 0, short, short, *places, len(self.comment)) + self.comment


def zip64_extra(values: Sequence[int]) -> bytes:
    """Print the extra field for what does not fit into 32 bits."""
    return struct.pack(f"<2H{len(values)}Q", _ZIP64, 8 * len(values), *values)


def read_directory(stream: BinaryIO) -> Directory:
    """Read the directory of a zip and check every member's name and place.

    Memory and time are bounded by the directory's own bytes, whatever it claims.

    Raises
    ------
    DocumentError
        If the zip is broken or truncated, spans several files, or lists a member that is encrypted,
        a link, of an unsafe name, of the name of another, or overlaps another; says which.
    """
    size = stream.seek(0, 2)
    at, comment = _find_end(stream, size)
    start, end, count, zip64 = _place(stream, at)
    stream.seek(start)
    text = stream.read(end - start)
    members = [_read_member(text, *place) for place in _records(text, count)]
    _require_different_names(members)
    return Directory(tuple(_with_ends(members, start)), start, comment, zip64)


def _find_end(stream: BinaryIO, size: int) -> tuple[int, bytes]:
    """Where the record lies that ends the file, and the comment in it."""
    first = max(0, size - _END.size - _FULL16)
    stream.seek(first)
    tail = stream.read(size - first)
    at = tail.rfind(b"PK\5\6")
    while at >= 0:
        if len(tail) - at >= _END.size:
            comment = tail[at + _END.size :]
            if _END.unpack_from(tail, at)[7] == len(comment):
                return first + at, comment
        at = tail.rfind(b"PK\5\6", 0, at + 3)
    raise DocumentError("the zip ends too early: there is no directory at its end")


def _place(stream: BinaryIO, at: int) -> tuple[int, int, int, bool]:
    """Where the directory starts and ends, the number of its records, and whether it is a zip64."""
    stream.seek(max(0, at - _LOCATOR.size))
    text = stream.read(min(at, _LOCATOR.size) + _END.size)
    _, disk, first_disk, here, count, size, start, _ = _END.unpack(text[-_END.size :])
    end, zip64 = at, text.startswith(b"PK\6\7")
    if zip64:
        _, _, end, _ = _LOCATOR.unpack_from(text)
        stream.seek(min(end, at))
        text = stream.read(_END64.size)
        if len(text) < _END64.size or not text.startswith(b"PK\6\6"):
            raise DocumentError("the zip is broken: its zip64 record is not where it is said to be")
        _, _, _, _, disk, first_disk, here, count, size, start = _END64.unpack(text)
    if disk or first_disk or here != count:
        raise DocumentError("the zip is one of several files of an archive; expected a whole one")
    if start + size != end:
        raise DocumentError(
            f"the zip is broken: its directory lies at bytes {start} to {start + size}, "
            f"expected it to end at {end}"
        )
    return start, end, count, zip64


def _records(text: bytes, count: int) -> Iterator[tuple[int, int]]:
    """Yield where each record of the directory begins and ends."""
    at = 0
    for number in range(count):
        if len(text) - at < _CENTRAL.size or text[at : at + 4] != b"PK\1\2":
            raise DocumentError(f"the zip is broken: there is no member {number} of {count}")
        end = at + _CENTRAL.size + sum(_CENTRAL.unpack_from(text, at)[10:13])
        if end > len(text):
            raise DocumentError(f"the zip is broken: member {number} leaves the directory")
        yield at, end
        at = end
    if at != len(text):
        raise DocumentError(f"the zip is broken: its directory lists more than {count} members")


def _read_member(text: bytes, begin: int, end: int) -> Member:
    record = text[begin:end]
    fields = _CENTRAL.unpack_from(record)
    flags, method, crc, packed, unpacked = fields[3], fields[4], *fields[7:10]
    raw_name = record[_CENTRAL.size : _CENTRAL.size + fields[10]]
    try:
        name = raw_name.decode("utf-8" if flags & _UTF8 else "cp437")
    except UnicodeDecodeError:
        raise DocumentError(f"the zip has a member whose name {raw_name!r} is no UTF-8") from None
    checked_name(name)
    if flags & _ENCRYPTED:
        raise DocumentError("this member of the zip is encrypted", part=name)
    if stat.S_ISLNK(fields[15] >> 16):
        raise DocumentError("this member of the zip is a link, expected a file", part=name)
    extra = record[_CENTRAL.size + fields[10] :][: fields[11]]
    sizes = _large(name, extra, [unpacked, packed, fields[16]])
    return Member(name, flags, method, crc, sizes[1], sizes[0], sizes[2], 0, record)


def checked_name(name: str) -> str:
    """Return a member's name; refuse one that could lead out of the folder it is unpacked to."""
    # Of what a backslash in a zip is, its readers have several ideas.
    reason = "has a backslash" if "\\" in name else why_unsafe(name)
    if reason is not None:
        raise DocumentError(f"the zip has a member whose name {reason}: {name[:200]!r}")
    return name


def _large(name: str, extra: bytes, values: list[int]) -> list[int]:
    """Replace the values that are too large for the record by those of its extra field."""
    field = next((body for kind, body in _extras(extra) if kind == _ZIP64), b"")
    at = 0
    for i, value in enumerate(values):
        if value != FULL32:
            continue
        if len(field) - at < 8:
            raise DocumentError("this member of the zip has a broken zip64 field", part=name)
        values[i] = int.from_bytes(field[at : at + 8], "little")
        at += 8
    return values


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while len(extra) - at >= 4:
        kind, length = struct.unpack_from("<2H", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def without_zip64(extra: bytes) -> bytes:
    """Return the extra fields but that for large values."""
    kept = [(kind, body) for kind, body in _extras(extra) if kind != _ZIP64]
    if len(kept) == sum(1 for _ in _extras(extra)):
        return extra  # byte for byte, whatever it is
    return b"".join(struct.pack("<2H", kind, len(body)) + body for kind, body in kept)


def _require_different_names(members: list[Member]) -> None:
    seen: set[str] = set()
    for member in members:
        plain = posixpath.normpath(member.name)
        if plain in seen:
            raise DocumentError("the zip has two members of this name", part=member.name)
        seen.add(plain)


def _with_ends(members: list[Member], directory: int) -> list[Member]:
    """Find out where each member ends at the latest; refuse those that overlap."""
    order = sorted(range(len(members)), key=lambda i: members[i].offset)
    end = directory
    for i in reversed(order):
        member = members[i]
        least = LOCAL.size + len(member.raw_name) + member.packed
        if member.offset + least > end:
            what = "another one" if end < directory else "the directory"
            raise DocumentError(f"this member of the zip overlaps {what}", part=member.name)
        members[i] = replace(member, end=end)
        end = member.offset
    return members
