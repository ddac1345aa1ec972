"""PNG files of label maps, byte by byte: the specification. Nothing here imports cocodec."""

from __future__ import annotations

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}  # channels -> kind


def predicted(kind: int, left: int, above: int, corner: int) -> int:
    """What a filter takes away from a byte."""
    if kind == 0:
        return 0
    if kind == 1:
        return left
    if kind == 2:
        return above
    if kind == 3:
        return (left + above) // 2
    guess = left + above - corner
    distances = [abs(guess - left), abs(guess - above), abs(guess - corner)]
    return (left, above, corner)[distances.index(min(distances))]


def filtered(rows: list[bytes], step: int, kinds: list[int]) -> bytes:
    """The bytes that are compressed; `step`: bytes of a pixel; kinds of filters, row by row."""
    out = bytearray()
    above = bytes(len(rows[0])) if rows else b""
    for y, row in enumerate(rows):
        kind = kinds[y % len(kinds)]
        out.append(kind)
        for i, value in enumerate(row):
            left, corner = (row[i - step], above[i - step]) if i >= step else (0, 0)
            out.append((value - predicted(kind, left, above[i], corner)) & 0xFF)
        above = row
    return bytes(out)


def unfiltered(content: bytes, width: int, step: int) -> list[bytes]:
    """Rows of `width` bytes."""
    rows, above = [], bytearray(width)
    for start in range(0, len(content), width + 1):
        kind, row = content[start], bytearray(content[start + 1 : start + 1 + width])
        for i in range(width):
            left, corner = (row[i - step], above[i - step]) if i >= step else (0, 0)
            row[i] = (row[i] + predicted(kind, left, above[i], corner)) & 0xFF
        rows.append(bytes(row))
        above = row
    return rows


def chunk(name: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


def header(width: int, height: int, bits: int, colour: int, interlaced: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced))


def packed_rows(pixels: np.ndarray, bits: int) -> list[bytes]:
    """Rows as they are stored, before filters."""
    if bits == 16:
        return [row.astype(">u2").tobytes() for row in pixels]
    if bits == 8:
        return [row.astype(np.uint8).tobytes() for row in pixels]
    together = 8 // bits
    rows = []
    for row in pixels.tolist():
        row = row + [0] * (-len(row) % together)
        parts = [row[i : i + together] for i in range(0, len(row), together)]
        rows.append(
            bytes(sum(v << bits * (together - 1 - k) for k, v in enumerate(p)) for p in parts)
        )
    return rows


def encode(
    pixels: np.ndarray,
    bits: int = 8,
    *,
    colour: int | None = None,
    kinds: list[int] | None = None,
    level: int = 6,
    strategy: int = zlib.Z_DEFAULT_STRATEGY,
    piece: int | None = None,
) -> bytes:
    """A PNG of (h, w) or (h, w, channels), its pixels compressed into chunks of `piece` bytes."""
    height, width = pixels.shape[:2]
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    rows = packed_rows(pixels, bits)
    maker = zlib.compressobj(level, zlib.DEFLATED, 15, 9, strategy)
    step = max(1, bits * channels // 8)
    content = maker.compress(filtered(rows, step, kinds or [0])) + maker.flush()
    piece = piece or len(content)
    parts = [content[i : i + piece] for i in range(0, len(content), piece)]
    start = header(width, height, bits, COLOURS[channels] if colour is None else colour)
    ends = b"".join(chunk(b"IDAT", part) for part in parts) + chunk(b"IEND", b"")
    return SIGNATURE + start + chunk(b"tEXt", b"Comment\0of nobody's") + ends


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Names and contents; checksums are checked."""
    assert png[:8] == SIGNATURE
    at, found = 8, []
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        name, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert png[at : at + 12 + length] == chunk(name, content)
        found.append((name, content))
        at += 12 + length
    return found


def decode(png: bytes) -> np.ndarray:
    """Pixels of 8 or 16 bits as they are stored."""
    found = chunks(png)
    width, height, bits, colour, *_ = struct.unpack(">IIBBBBB", found[0][1])
    channels = {kind: n for n, kind in COLOURS.items()}[colour]
    content = zlib.decompress(b"".join(c for name, c in found if name == b"IDAT"))
    step = bits * channels // 8
    rows = unfiltered(content, width * step, step)
    pixels = np.frombuffer(b"".join(rows), ">u2" if bits == 16 else np.uint8)
    shape = (height, width) if channels == 1 else (height, width, channels)
    return pixels.reshape(shape).astype(np.uint16 if bits == 16 else np.uint8)


def labels(pixels: np.ndarray) -> np.ndarray:
    """Grey levels (alpha is not looked at), or red + 256 green + 65536 blue."""
    wide = pixels.astype(np.int64)
    if wide.ndim == 2:
        return wide
    if wide.shape[2] < 3:
        return wide[:, :, 0]
    return wide[:, :, 0] + 256 * wide[:, :, 1] + 65536 * wide[:, :, 2]
