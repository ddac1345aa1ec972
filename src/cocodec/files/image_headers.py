"""How large an image file is, and how it is to be turned, read from its header alone.

Six formats, no decoder: PNG, JPEG, WebP, GIF, BMP and TIFF. Of a file only the blocks that say so
are read; what lies between them is skipped, never loaded.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, NamedTuple

from cocodec.errors import CocodecError

__all__ = ["ImageHeader", "ImageHeaderError", "read_image_size"]

_TURNED = range(5, 9)  # EXIF orientations that exchange height and width
_ORIENTATION = 274  # the tag, in EXIF as in TIFF
_MOST_BLOCKS = 100_000  # of one file; more is no image but a trap
_LONGEST_EXIF = 1 << 20
_SIDELESS = {0x01, *range(0xD0, 0xD8)}  # JPEG markers that nothing follows
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG markers that tell the size


class ImageHeader(NamedTuple):
    """What the header of an image file says.

    Attributes
    ----------
    height, width : int
        Pixels, as they are stored.
    orientation : int
        EXIF's: 1 is upright, 5 to 8 exchange height and width when the image is shown.
    format : str
        ``"PNG"``, ``"JPEG"``, ``"WebP"``, ``"GIF"``, ``"BMP"`` or ``"TIFF"``.
    """

    height: int
    width: int
    orientation: int
    format: str

    @property
    def shown_size(self) -> tuple[int, int]:
        """Height and width of the image as viewers show it, turned as EXIF says."""
        if self.orientation in _TURNED:
            return self.width, self.height
        return self.height, self.width


class ImageHeaderError(CocodecError):
    """A file that is no image of a known format, or whose header is broken."""


def read_image_size(source: str | os.PathLike[str] | bytes) -> ImageHeader:
    """Read the size and the orientation of an image; the pixels are not touched.

    Parameters
    ----------
    source : path or bytes
        A file, or what is in it (the beginning suffices where it holds the header).

    Raises
    ------
    ImageHeaderError
        If it is of none of the formats, or its header ends early or says nothing of use.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> from cocodec.files.image_headers import read_image_size
    >>> read_image_size(b"GIF89a" + bytes([40, 0, 30, 0, 0, 0, 0]))
    ImageHeader(height=30, width=40, orientation=1, format='GIF')
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _read(BytesIO(source))
    with open(source, "rb") as stream:
        try:
            return _read(stream)
        except ImageHeaderError as error:
            error.args = (f"{os.fspath(source)}: {error}",)
            raise


def _read(stream: BinaryIO) -> ImageHeader:
    head = stream.read(16)
    stream.seek(0)
    for starts, reader in _READERS:
        if any(head.startswith(start) for start in starts):
            found = reader(stream)
            if found.height < 1 or found.width < 1:
                raise ImageHeaderError(
                    f"the {found.format} header says {found.height} x {found.width} pixels"
                )
            return found
    what = "is empty" if not head else f"starts with {head[:8]!r}"
    raise ImageHeaderError(f"{what}, expected a PNG, JPEG, WebP, GIF, BMP or TIFF image")


def _take(stream: BinaryIO, count: int, what: str) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise ImageHeaderError(f"the {what} header ends early")
    return data


# ------------------------------------------------------------ PNG


def _read_png(stream: BinaryIO) -> ImageHeader:
    start = _take(stream, 24, "PNG")
    if start[12:16] != b"IHDR":
        raise ImageHeaderError(f"the PNG starts with the chunk {start[12:16]!r}, expected IHDR")
    width, height = struct.unpack(">II", start[16:24])
    stream.seek(8)
    orientation = 1
    for _ in range(_MOST_BLOCKS):
        chunk = stream.read(8)
        if len(chunk) < 8 or chunk[4:] == b"IEND":
            break
        (length,) = struct.unpack(">I", chunk[:4])
        if chunk[4:] == b"eXIf":
            orientation = _exif_orientation(stream.read(min(length, _LONGEST_EXIF)))
            break
        stream.seek(length + 4, os.SEEK_CUR)
    return ImageHeader(height, width, orientation, "PNG")


# ------------------------------------------------------------ JPEG


def _read_jpeg(stream: BinaryIO) -> ImageHeader:
    stream.seek(2)
    size, orientation = None, None
    for marker, length in _jpeg_segments(stream):
        begin = stream.tell()
        if marker in _FRAMES and size is None:
            _, height, width = struct.unpack(">BHH", _take(stream, 5, "JPEG"))
            if height == 0:
                raise ImageHeaderError("the JPEG gives its height only behind its pixels (DNL)")
            size = height, width
        elif marker == 0xE1 and orientation is None and length >= 6:
            data = stream.read(length)
            if data.startswith(b"Exif\0\0"):
                orientation = _exif_orientation(data[6:])
        stream.seek(begin + length)
    if size is None:
        raise ImageHeaderError("the JPEG header ends early: it does not say how large the image is")
    return ImageHeader(*size, orientation or 1, "JPEG")


def _jpeg_segments(stream: BinaryIO) -> Iterator[tuple[int, int]]:
    """Yield the marker and the length of each segment up to the pixels, the stream at its start."""
    for _ in range(_MOST_BLOCKS):
        byte = stream.read(1)
        if byte != b"\xff":
            return
        while byte == b"\xff":  # fill bytes
            byte = stream.read(1)
        if not byte or byte[0] in (0xD9, 0xDA):  # the end, or the pixels
            return
        if byte[0] in _SIDELESS:
            continue
        length = stream.read(2)
        if len(length) < 2 or length < b"\0\2":
            return
        yield byte[0], struct.unpack(">H", length)[0] - 2


# ------------------------------------------------------------ WebP


def _read_webp(stream: BinaryIO) -> ImageHeader:
    start = _take(stream, 30, "WebP")
    if start[8:12] != b"WEBP":
        raise ImageHeaderError(f"is a RIFF file of type {start[8:12]!r}, expected WEBP")
    kind, body = start[12:16], start[20:30]
    if kind == b"VP8X":
        width = int.from_bytes(body[4:7], "little") + 1
        height = int.from_bytes(body[7:10], "little") + 1
        orientation = _webp_orientation(stream) if body[0] & 8 else 1
        return ImageHeader(height, width, orientation, "WebP")
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return ImageHeader((bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1, 1, "WebP")
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", body[6:10])
        return ImageHeader(height & 0x3FFF, width & 0x3FFF, 1, "WebP")
    raise ImageHeaderError(f"the WebP starts with a broken chunk {kind!r}")


def _webp_orientation(stream: BinaryIO) -> int:
    stream.seek(12)
    for _ in range(_MOST_BLOCKS):
        chunk = stream.read(8)
        if len(chunk) < 8:
            break
        (length,) = struct.unpack("<I", chunk[4:])
        if chunk[:4] == b"EXIF":
            data = stream.read(min(length, _LONGEST_EXIF))
            return _exif_orientation(data.removeprefix(b"Exif\0\0"))
        stream.seek(length + length % 2, os.SEEK_CUR)
    return 1


# ------------------------------------------------------------ GIF, BMP


def _read_gif(stream: BinaryIO) -> ImageHeader:
    width, height = struct.unpack("<HH", _take(stream, 10, "GIF")[6:])
    return ImageHeader(height, width, 1, "GIF")


def _read_bmp(stream: BinaryIO) -> ImageHeader:
    start = _take(stream, 26, "BMP")
    (kind,) = struct.unpack("<I", start[14:18])
    if kind == 12:
        width, height = struct.unpack("<HH", start[18:22])
    else:
        width, height = struct.unpack("<ii", start[18:26])
    return ImageHeader(abs(height), width, 1, "BMP")  # a negative height: rows from the top


# ------------------------------------------------------------ TIFF, and the TIFF inside EXIF


def _read_tiff(stream: BinaryIO) -> ImageHeader:
    tags = _tiff_tags(stream, {256, 257, _ORIENTATION})
    if 256 not in tags or 257 not in tags:
        raise ImageHeaderError("the TIFF header ends early: it does not say how large the image is")
    return ImageHeader(tags[257], tags[256], _as_orientation(tags), "TIFF")


def _exif_orientation(data: bytes) -> int:
    """The orientation in a block of EXIF; upright where it is broken, as viewers take it."""
    if data[:4] not in _TIFF_STARTS:
        return 1
    try:
        return _as_orientation(_tiff_tags(BytesIO(data), {_ORIENTATION}))
    except ImageHeaderError:
        return 1


def _as_orientation(tags: dict[int, int]) -> int:
    found = tags.get(_ORIENTATION, 1)
    return found if 1 <= found <= 8 else 1


def _tiff_tags(stream: BinaryIO, wanted: set[int]) -> dict[int, int]:
    """Read whole numbers of the first directory."""
    start = _take(stream, 8, "TIFF")
    order = "<" if start[:2] == b"II" else ">"
    is_big = start[2:4] in (b"\x2b\0", b"\0\x2b")
    if is_big:
        (at,) = struct.unpack(order + "Q", _take(stream, 8, "TIFF"))
        counted, entry = "Q", "HHQ8s"
    else:
        (at,) = struct.unpack(order + "I", start[4:])
        counted, entry = "H", "HHI4s"
    if at >= 1 << 62:
        raise ImageHeaderError("the TIFF header points beyond its file")
    stream.seek(at)
    (count,) = struct.unpack(order + counted, _take(stream, 8 if is_big else 2, "TIFF"))
    found: dict[int, int] = {}
    for _ in range(min(count, _MOST_BLOCKS)):
        record = stream.read(struct.calcsize(order + entry))
        if len(record) < struct.calcsize(order + entry):
            break
        tag, kind, values, field = struct.unpack(order + entry, record)
        spelled = {1: "B", 3: "H", 4: "I", 16: "Q"}.get(kind)
        if tag in wanted and values == 1 and spelled and struct.calcsize(spelled) <= len(field):
            (found[tag],) = struct.unpack_from(order + spelled, field)
    return found


_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II\x2b\0", b"MM\0\x2b")
_READERS = (
    ((b"\x89PNG\r\n\x1a\n",), _read_png),
    ((b"\xff\xd8\xff",), _read_jpeg),
    ((b"RIFF",), _read_webp),
    ((b"GIF87a", b"GIF89a"), _read_gif),
    ((b"BM",), _read_bmp),
    (_TIFF_STARTS, _read_tiff),
)
