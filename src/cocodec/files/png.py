"""PNG files of label maps.

The core reads what label maps are stored as, and writes them; what else there is (interlaced
images, colours of 16 bits or of a palette, other formats) needs Pillow. A pixel's label is
red + 256 green + 65536 blue.
"""

from __future__ import annotations

import importlib
import io
import os
import warnings
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.errors import DocumentError
from cocodec.files.limits import require_pixels
from cocodec.files.output import open_whole

__all__ = [
    "MAX_LABEL",
    "print_png",
    "read_pixels",
    "read_png",
    "require_paintable",
    "require_pillow",
    "write_png",
]

MAX_LABEL = 2**24 - 1
_MODES = ("RGB", "RGBA", "P")  # as Pillow calls them; of others no label is made


def require_paintable(size: tuple[int, int], what: str | None = None) -> None:
    """Refuse sizes that `read_pixels` would not read again, before memory is taken for them.

    Parameters
    ----------
    size : (height, width)
    what : str, optional
        What messages call it.

    Raises
    ------
    DocumentError
    """
    require_pixels(*size, "a PNG" if what is None else what)


def require_pillow() -> Any:
    """Return ``PIL.Image``; say what to install where it is not there."""
    try:
        return importlib.import_module("PIL.Image")
    except ImportError as error:
        raise ImportError("PNG files need Pillow: pip install cocodec[draw]") from error


def read_png(
    source: Path | bytes, size: tuple[int, int] | None, name: str | None = None
) -> NDArray[np.uint8]:
    """Read an image, (h, w, 3); refuse one of another size before it is decoded.

    Parameters
    ----------
    source : Path or bytes
        A file, or what is in it.
    size : (height, width), optional
        As the document has it.
    name : str, optional
        What messages call it; by default the path.

    Raises
    ------
    DocumentError
        Naming the file.
    OSError
        If it cannot be opened.
    """
    shown = name if name is not None else "" if isinstance(source, bytes) else os.fspath(source)
    header = _header(source)
    if header is not None and header.is_plain and header.channels >= 3:
        _require_size(header.size, size, shown)
        return _plain_pixels(source, shown)[:, :, :3]
    image_of = require_pillow()
    with BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as stream:
        try:
            with image_of.open(stream) as image:
                _require_size((image.height, image.width), size, shown)
                if image.mode not in _MODES:
                    raise DocumentError(
                        f"{shown}: the image's pixels are of kind {image.mode}, "
                        f"expected one of {', '.join(_MODES)}"
                    )
                return np.asarray(image.convert("RGB"))
        except (OSError, SyntaxError, ValueError, image_of.DecompressionBombError) as error:
            if isinstance(error, DocumentError):
                raise
            raise DocumentError(f"{shown}: no image that can be read: {error}") from None


def write_png(path: Path, labels: NDArray[np.uint32]) -> None:
    """Write a label map; the file appears whole or not at all."""
    height, width = labels.shape
    channels = labels.astype("<u4").view(np.uint8).reshape(height, width, 4)[:, :, :3]
    png = _core.print_label_png(channels)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_whole(path) as stream:
        stream.write(png)


class _Header(NamedTuple):
    """What the first chunk of a PNG says."""

    height: int
    width: int
    bits: int
    channels: int
    has_palette: bool
    is_interlaced: bool

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.height, self.width

    @property
    def is_plain(self) -> bool:
        """Whether the core reads the pixels as they are stored."""
        return not self.is_interlaced and (self.bits <= 8 or self.channels == 1)


_FIRST = 33  # bytes of a PNG up to the end of its header


def _header(source: Path | bytes) -> _Header | None:
    """What a PNG says of itself; None for what is no PNG that Pillow might not read either."""
    if isinstance(source, bytes):
        first = source[:_FIRST]
    else:
        with open(source, "rb") as stream:
            first = stream.read(_FIRST)
    try:
        return _Header(*_core.png_header(first))
    except DocumentError:
        return None


def _require_size(found: tuple[int, int], size: tuple[int, int] | None, what: str) -> None:
    if size is not None and found != size:
        raise DocumentError(
            f"{what}: the image is {found[0]} x {found[1]} (height x width), the document says "
            f"{size[0]} x {size[1]}"
        )
    require_pixels(*found, what)


def _plain_pixels(source: Path | bytes, what: str) -> NDArray[Any]:
    png = source if isinstance(source, bytes) else source.read_bytes()
    try:
        return _core.png_pixels(png)
    except DocumentError as error:
        raise DocumentError(f"{what}: no image that can be read: {error}") from None


def read_pixels(source: Path | bytes, size: tuple[int, int] | None, what: str) -> NDArray[Any]:
    """Read the values of an image as they are stored.

    Parameters
    ----------
    source : path or bytes
        A PNG (or another lossless image that Pillow reads).
    size : (int, int), optional
        Height and width that it must have; checked before anything is decoded.
    what : str
        What messages call it.

    Returns
    -------
    (h, w) array of uint8, uint16, int32 or bool, or (h, w, c) of uint8
        Indices of a palette, grey levels, or channels.

    Raises
    ------
    DocumentError
        If it is no image, of another size, of more pixels than the limit "pixels" allows, or
        stored with losses.
    """
    header = _header(source)
    if header is not None and header.is_plain:
        _require_size(header.size, size, what)
        pixels = _plain_pixels(source, what)
        return pixels.astype(bool) if header.bits == 1 and not header.has_palette else pixels
    image_of = require_pillow()
    stream: Any = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", image_of.DecompressionBombWarning)
            image = image_of.open(stream)
        with image:
            _require_size((image.height, image.width), size, what)
            if image.format in ("JPEG", "WEBP", "MPO"):
                raise DocumentError(f"{what}: {image.format} smears labels; expected a PNG")
            if image.mode not in ("1", "L", "P", "I", "I;16", "I;16B", "RGB", "RGBA", "LA"):
                raise DocumentError(f"{what}: pixels of mode {image.mode} are no labels")
            return np.asarray(image)
    except (OSError, SyntaxError, ValueError, EOFError, zlib.error) as error:
        if isinstance(error, DocumentError):
            raise
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise DocumentError(f"{what}: no image that can be read: {error}") from None
    except image_of.DecompressionBombError as error:
        raise DocumentError(f"{what}: {error}") from None


def print_png(pixels: NDArray[Any], palette: bytes | None = None, *, bits: int = 8) -> bytes:
    """Spell a PNG: (h, w) of bool, uint8 or uint16, or (h, w, 3) of uint8.

    Parameters
    ----------
    pixels : array
    palette : bytes, optional
        Red, green and blue of each index: a palette image.
    bits : int
        Of an index.
    """
    if palette is None and pixels.dtype in (np.uint8, np.uint16) and pixels.size > 0:
        return _core.print_label_png(np.ascontiguousarray(pixels))
    image_of = require_pillow()
    image = image_of.fromarray(np.ascontiguousarray(pixels))
    if palette is not None:
        image.putpalette(palette)
    out = io.BytesIO()
    image.save(out, format="PNG", **({"bits": bits} if palette is not None else {}))
    return out.getvalue()
