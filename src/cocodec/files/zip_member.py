"""One member of a zip: unpacking it, and packing other contents in its place."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from cocodec.errors import DocumentError
from cocodec.files.zip_directory import FULL32, LOCAL, Member, without_zip64, zip64_extra

__all__ = ["Pieces", "repack", "require_header", "unpack"]

Pieces = Iterable[bytes | memoryview]

_PIECE = 1 << 20
_STORED, _DEFLATED = 0, 8
_HAS_DESCRIPTOR = 1 << 3  # the flag that sizes come behind the member


def unpack(stream: BinaryIO, member: Member) -> Iterator[bytes]:
    """Yield what is in a member of the zip `stream`; at the end its size and CRC are checked.

    No piece is much larger than 1 MiB, however well it is packed.

    Raises
    ------
    DocumentError
        If it is broken, of another size than it claims, or packed in a way not known here.
    """
    size = crc = 0
    for piece in _unchecked(stream, member):
        size, crc = size + len(piece), zlib.crc32(piece, crc)
        if size > member.unpacked:
            raise DocumentError(
                f"unpacks to more than the {member.unpacked:,} bytes that the zip claims",
                part=member.name,
            )
        yield piece
    if size < member.unpacked:
        raise DocumentError(
            f"unpacks to {size:,} bytes, but the zip claims {member.unpacked:,}", part=member.name
        )
    if crc != member.crc:
        raise DocumentError("is damaged (its CRC-32 is not what the zip says)", part=member.name)


def repack(stream: BinaryIO, out: BinaryIO, old: Member, contents: Pieces) -> Member:
    """Write a member with other contents where `out` is, its header when they are known.

    Returns the member as it is now. Raises DocumentError if `old`, a member of the zip `stream`, is
    not at its place or packed in a way not known here, or the contents are too large.
    """
    _require_known(old)
    header, extra = _read_header(stream, old)
    begin = out.tell()
    # Room for large sizes has to be left before it is known whether it will be needed.
    large = old.unpacked > FULL32 // 2 or extra[:2] == b"\1\0"
    new_extra = zip64_extra([0, 0]) if large else b""
    new_extra += without_zip64(extra)
    out.write(bytes(LOCAL.size) + old.raw_name + new_extra)
    start = out.tell()
    engine = zlib.compressobj(wbits=-zlib.MAX_WBITS) if old.method == _DEFLATED else None
    size = crc = 0
    for piece in contents:
        size, crc = size + len(piece), zlib.crc32(piece, crc)
        out.write(piece if engine is None else engine.compress(piece))
    if engine is not None:
        out.write(engine.flush())
    end = out.tell()
    new = replace(
        old,
        flags=old.flags & ~_HAS_DESCRIPTOR,
        crc=crc,
        packed=end - start,
        unpacked=size,
        offset=begin,
    )
    out.seek(begin)
    out.write(_local_header(header, new, new_extra, large))
    out.seek(end)
    return new


def _local_header(old: bytes, member: Member, extra: bytes, large: bool) -> bytes:
    """Print a header with a member's new sizes, and what follows it if those lie there."""
    fields = list(LOCAL.unpack(old))
    sizes = [member.unpacked, member.packed]
    if max(sizes) >= FULL32 and not large:
        raise DocumentError(
            f"becomes {max(sizes):,} bytes; a member that was smaller than 2 GiB "
            "has no room for a size of 4 GiB",
            part=member.name,
        )
    if large:
        fields[1] = max(fields[1], 45)  # the version that a reader needs
    fields[2] &= ~_HAS_DESCRIPTOR
    fields[6] = member.crc
    fields[7:9] = (FULL32, FULL32) if large else (member.packed, member.unpacked)
    fields[10] = len(extra)
    behind = member.raw_name + zip64_extra(sizes) if large else b""
    return LOCAL.pack(*fields) + behind


def require_header(stream: BinaryIO, member: Member) -> None:
    """Refuse a member whose header is not there, or is not what the directory says.

    Raises
    ------
    DocumentError
        Naming the member.
    """
    _read_header(stream, member)


def _read_header(stream: BinaryIO, member: Member) -> tuple[bytes, bytes]:
    """The header in front of a member and its extra field; the stream is then at its bytes."""
    stream.seek(member.offset)
    header = stream.read(LOCAL.size)
    if len(header) < LOCAL.size or not header.startswith(b"PK\3\4"):
        raise DocumentError("the zip is broken: this member is not at its place", part=member.name)
    fields = LOCAL.unpack(header)
    name, extra = stream.read(fields[9]), stream.read(fields[10])
    if name != member.raw_name or fields[3] != member.method:
        raise DocumentError(
            "the zip is broken: its directory and this member contradict each other",
            part=member.name,
        )
    if member.offset + LOCAL.size + len(name) + len(extra) + member.packed > member.end:
        raise DocumentError("this member of the zip overlaps another one", part=member.name)
    return header, extra


def _unchecked(stream: BinaryIO, member: Member) -> Iterator[bytes]:
    """Yield what is packed in a member, never much more than a piece at a time."""
    _read_header(stream, member)
    if member.method == _STORED:
        yield from _packed(stream, member)
        return
    _require_known(member)
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in _packed(stream, member):
            while piece and not engine.eof:
                yield engine.decompress(piece, _PIECE)
                piece = engine.unconsumed_tail
        while rest := engine.decompress(b"", _PIECE):
            yield rest
    except zlib.error as error:
        raise DocumentError(f"is damaged ({error})", part=member.name) from None
    if not engine.eof:
        raise DocumentError("is damaged: it ends too early", part=member.name)


def _packed(stream: BinaryIO, member: Member) -> Iterator[bytes]:
    left = member.packed
    while left > 0:
        piece = stream.read(min(left, _PIECE))
        if not piece:
            raise DocumentError("the zip ends too early", part=member.name)
        left -= len(piece)
        yield piece


def _require_known(member: Member) -> None:
    if member.method not in (_STORED, _DEFLATED):
        raise DocumentError(
            f"is packed by method {member.method}, expected stored (0) or deflated (8)",
            part=member.name,
        )
