"""How a page comes by its images: inside it, beside it, from an address, or not at all."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from cocodec.errors import DocumentError, located
from cocodec.files.folder_names import inside

__all__ = ["ImageSource", "file_type", "image_source", "is_address"]

MOST_BYTES = 1 << 28  # of image files in one page
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_MAGIC = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"BM"), "image/bmp"),
    (re.compile(rb"....ftypavif", re.DOTALL), "image/avif"),
)


class ImageSource(NamedTuple):
    """Where a page has its images from.

    Attributes
    ----------
    policy : str
        What the page's Content-Security-Policy allows beside data: URLs.
    address : callable of (file name, what) -> str or None
        Raises `DocumentError` and `OSError` for files that cannot be shown.
    """

    policy: str
    address: Callable[[Any, str], str | None]


def is_address(images: Any) -> bool:
    """Whether the images lie at an address of the web."""
    return isinstance(images, str) and images.lower().startswith(("http://", "https://"))


def image_source(
    images: str | os.PathLike[str] | None, *, link_from: str | os.PathLike[str] | None = None
) -> ImageSource:
    """Say where a page has its images from.

    Parameters
    ----------
    images : path or address, optional
        The folder of the image files, or an address that their names are put behind.
    link_from : path, optional
        The folder of the page: it then refers to the files in place of holding them.

    Raises
    ------
    ValueError
        For an address that is none.
    """
    if images is None:
        return ImageSource("", lambda name, what: None)
    if is_address(images):
        base = os.fspath(images)
        parts = urlsplit(base)
        if not _HOST.fullmatch(parts.netloc) or parts.query or parts.fragment:
            raise ValueError(f"{base!r} is no address of a folder; expected https://host/folder/")
        folder = quote(parts.path.rstrip("/"), safe="/%")
        root = f"{parts.scheme}://{parts.netloc}{folder}"
        return ImageSource(
            f"{parts.scheme}://{parts.netloc}",
            lambda name, what: f"{root}/{_quoted(name, what)}",
        )
    folder_path = Path(images)
    if link_from is not None:
        relative = os.path.relpath(folder_path, link_from).replace(os.sep, "/")
        return ImageSource(
            "file: 'self'", lambda name, what: f"{quote(relative)}/{_quoted(name, what)}"
        )
    return ImageSource("", _Embedder(folder_path))


def _quoted(name: Any, what: str) -> str:
    with located(part=what):
        return quote(inside(Path(), name).as_posix())


class _Embedder:
    """Turns image files into data: URLs, until they are too many bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._left = folder, MOST_BYTES

    def __call__(self, name: Any, what: str) -> str:
        with located(part=what):
            path = inside(self._folder, name)
        if not path.is_file():
            raise DocumentError(f"{what}: there is no file {os.fspath(path)!r}")
        if path.stat().st_size > self._left:
            raise ValueError(
                f"{what}: the image files are more than {MOST_BYTES:,} bytes; refer to them "
                "(--link), or let them be served (--serve)"
            )
        data = path.read_bytes()
        self._left -= len(data)
        return f"data:{file_type(data, what)};base64,{b64encode(data).decode()}"


def file_type(data: bytes, what: str) -> str:
    """Return the media type of an image that browsers show, by its first bytes.

    Raises
    ------
    DocumentError
        For anything else.
    """
    for magic, found in _MAGIC:
        if magic.match(data):
            return found
    raise DocumentError(f"{what}: the file is none of PNG, JPEG, GIF, WebP, BMP and AVIF")
