"""What one file may ask for: the limits of the process (`cocodec.set_limits`), said in one way.

And how much a packed file may unpack to, which a call says for itself (`unzip_limit`).
"""

from __future__ import annotations

from io import BytesIO, FileIO
from typing import Any, BinaryIO

import cocodec._core as _core
from cocodec.errors import DocumentError

__all__ = [
    "default_unzip_limit",
    "limit",
    "raise_it",
    "read_whole",
    "require_pixels",
    "require_unzip_limit",
    "require_within",
]

_RATIO, _ALWAYS, _AT_MOST = 200, 256 << 20, 4 << 30
_PIECE = 1 << 20


def limit(name: str) -> int:
    """Return one of the process's limits."""
    return _core.get_limits()[name]


def raise_it(name: str) -> str:
    """Say which limit it is, and how it is raised."""
    return f'(the limit "{name}": raise it with cocodec.set_limits or COCODEC_LIMITS)'


def require_within(count: int, name: str, what: str, unit: str = "bytes") -> None:
    """Refuse more than a limit of the process allows; `what` is what has so many.

    Raises
    ------
    DocumentError
    """
    most = limit(name)
    if count > most:
        raise DocumentError(f"{what} has {count:,} {unit}, more than {most:,} {raise_it(name)}")


def require_pixels(height: int, width: int, what: str) -> None:
    """Refuse a picture that is too large, before memory is taken for it.

    Raises
    ------
    DocumentError
    """
    most = limit("pixels")
    if height * width > most:
        raise DocumentError(
            f"{what}: {height} x {width} pixels (height x width) are more than {most} "
            f"{raise_it('pixels')}"
        )


def default_unzip_limit(packed: int) -> int:
    """How many bytes so many may unpack to when nobody says otherwise.

    200 times what is packed, which JSON does not come near, but no less than 256 MiB and no more
    than 4 GiB.
    """
    return min(max(_RATIO * packed, _ALWAYS), _AT_MOST)


def require_unzip_limit(size: int | None, allowed: int, part: str | None = None) -> None:
    """Refuse what unpacks to more than is allowed; `size` is None where its end was not reached.

    Raises
    ------
    DocumentError
    """
    if size is None:
        said = f"unpacks to more than {allowed:,} bytes"
    elif size > allowed:
        said = f"unpacks to {size:,} bytes, of which {allowed:,} are allowed"
    else:
        return
    raise DocumentError(f"{said}; --unzip-limit (or unzip_limit=) allows more", part=part)


def read_whole(stream: BinaryIO, head: bytes = b"") -> Any:
    """Read a document to its end; `head` was read already.

    Raises
    ------
    DocumentError
        If it is larger than the limit "document"; of a file, before it is read.
    """
    size = _rest(stream)
    if size is not None:
        require_within(len(head) + size, "document", "the file")
        return head + stream.read() if head else stream.read()
    most = limit("document")
    piece = stream.read(_PIECE)
    if not isinstance(piece, bytes):
        return piece  # text: whoever asked says what is wrong
    whole = BytesIO()  # grows in place, and hands its bytes over without a copy
    whole.write(head)
    while piece:
        whole.write(piece)
        if whole.tell() > most:
            raise DocumentError(f"the stream has more than {most:,} bytes {raise_it('document')}")
        piece = stream.read(_PIECE)
    return whole.getvalue()


def _rest(stream: Any) -> int | None:
    """How many bytes a file has left; None for what must be read to know."""
    raw = getattr(stream, "raw", stream)
    if not isinstance(raw, (BytesIO, FileIO)) or not stream.seekable():
        return None
    here = stream.tell()
    end = stream.seek(0, 2)
    stream.seek(here)
    return max(0, int(end) - int(here))
