"""What a COCO file is: its source bytes, and where its records lie in them.

No annotation becomes a Python object: `msgspec` checks the JSON and splits it, and of every record
only its place is kept. What is written later is the source with new values spliced in.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocodec import _core
from cocodec.errors import DocumentError

__all__ = ["RawDocument", "Source", "read_document"]

Source = str | os.PathLike[str] | bytes | BinaryIO
Spans = NDArray[np.int64]
T = TypeVar("T")

_BOM = b"\xef\xbb\xbf"
_WHERE = re.compile(r"\s*\(byte (\d+)\)$")
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|.)", re.DOTALL)
# One of these makes an object an annotation or a result.
_ANNOTATION_KEYS = {"image_id", "segmentation", "bbox", "keypoints", "caption"}
_EXPECTED = "expected 'annotations', or a list of them"
_NO_SPANS: Spans = np.empty((0, 2), np.int64)


@dataclass(frozen=True)
class RawDocument:
    """A COCO file, split into records.

    Attributes
    ----------
    source : bytes
        The file, byte for byte.
    root : str
        What it is: ``"document"`` (an object with annotations), ``"results"`` (a list of them) or
        ``"annotation"`` (a single one).
    annotations, images : ndarray of int64, shape (n, 2)
        First byte of each record and the byte behind it, ascending.
    categories : int or None
        How many there are; None where the file has no list of them.
    has_images : bool
        Whether the file lists images at all.
    """

    source: bytes
    root: str
    annotations: Spans
    images: Spans
    categories: int | None
    has_images: bool

    def records(self) -> _core.Records:
        """Return what reads the annotations, the images' sizes at hand."""
        return _core.Records(self.source, self.images)


def read_document(source: Source) -> RawDocument:
    """Read a COCO document, a list of results or a single annotation.

    Parameters
    ----------
    source : path, bytes or binary file
        UTF-8, with or without a byte order mark.

    Raises
    ------
    DocumentError
        If it is not JSON (says where), or none of the three.
    OSError
        If it cannot be read.
    """
    data, name = _read(source)
    try:
        return _split(data)
    except DocumentError as error:
        if name is not None:
            error.args = (f"{name}: {error}",)
        raise


def _read(source: Source) -> tuple[bytes, str | None]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source), None
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as stream:
            return stream.read(), os.fspath(source)
    return source.read(), getattr(source, "name", None)


def _split(data: bytes) -> RawDocument:
    _require_utf8(data)
    start = re.compile(rb"[ \t\r\n]*").match(data, len(_BOM) if data.startswith(_BOM) else 0)
    assert start is not None
    first = data[start.end() : start.end() + 1]
    text = memoryview(data)[start.end() :]
    if first == b"[":
        rows = _decode(data, text, list[msgspec.Raw])
        _require_results(rows)
        return RawDocument(data, "results", _core.view_spans(data, rows), _NO_SPANS, None, False)
    if first != b"{":
        _decode(data, text, msgspec.Raw)
        raise DocumentError(f"the file holds {_kind(first)}, expected a COCO document")
    fields = _decode(data, text, dict[str, msgspec.Raw])
    if "annotations" not in fields and "segmentation" in fields:
        whole = np.array([[start.end(), len(data.rstrip(b" \t\r\n"))]], np.int64)
        return RawDocument(data, "annotation", whole, _NO_SPANS, None, False)
    if "annotations" not in fields and "images" not in fields:
        raise DocumentError(f"the file holds an object with {_names(fields)}; {_EXPECTED}")
    categories = _list(data, fields, "categories")
    return RawDocument(
        data,
        "document",
        _core.view_spans(data, _list(data, fields, "annotations") or []),
        _core.view_spans(data, _list(data, fields, "images") or []),
        None if categories is None else len(categories),
        "images" in fields,
    )


def _list(data: bytes, fields: dict[str, msgspec.Raw], key: str) -> list[msgspec.Raw] | None:
    """Split one list of the root; None if it is missing or null."""
    raw = fields.get(key, msgspec.Raw(b"null"))
    first = bytes(memoryview(raw)[:1])
    if first == b"n":
        return None
    if first != b"[":
        raise DocumentError(f"{key!r} is {_kind(first)}, expected a list")
    return _decode(data, raw, list[msgspec.Raw])


def _require_results(rows: list[msgspec.Raw]) -> None:
    if not rows:
        return
    first = bytes(memoryview(rows[0])[:1])
    if first != b"{":
        raise DocumentError(f"the file holds a list that starts with {_kind(first)}")
    keys = msgspec.json.decode(rows[0], type=dict[str, msgspec.Raw])
    if "annotations" in keys or "images" in keys:
        raise DocumentError("the file holds a list of documents, expected one; split it first")
    if not _ANNOTATION_KEYS & keys.keys():
        raise DocumentError(f"the file holds a list of objects with {_names(keys)}; {_EXPECTED}")


def _names(keys: dict[str, msgspec.Raw]) -> str:
    return ", ".join(repr(key) for key in list(keys)[:8]) or "no keys"


def _kind(first: bytes) -> str:
    names = {b"{": "an object", b"[": "a list", b'"': "a string", b"n": "null"}
    return names.get(first, "true or false" if first in (b"t", b"f") else "a number")


def _require_utf8(data: bytes) -> None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError("the file is UTF-16, expected UTF-8")
    at = _core.find_invalid_utf8(data)
    if at >= 0:
        raise DocumentError(f"byte 0x{data[at]:02X} is not UTF-8 ({_place(data, at)})")


def _decode(data: bytes, text: Any, kind: type[T]) -> T:
    """Decode `text`, a part of `data`; errors say the place in `data`."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as error:
        raise DocumentError(_explain(data, len(data) - len(memoryview(text)), error)) from None
    except RecursionError:
        raise DocumentError("the JSON is nested too deeply") from None


def _explain(data: bytes, start: int, error: msgspec.DecodeError) -> str:
    message = str(error)
    lone = _lone_surrogate(data)
    if lone is not None:
        escape = data[lone : lone + 6].decode("ascii")
        return f"{escape} is half a character, the other half is missing ({_place(data, lone)})"
    where = _WHERE.search(message)
    if where is None:
        return f"not valid JSON: it ends too early ({_place(data, len(data))})"
    at = start + int(where[1])
    reason = message[: where.start()].removeprefix("JSON is malformed: ")
    if reason == "trailing characters":
        at -= 1  # here msgspec counts the first of them as read
    rest = data[at : at + 8].removeprefix(b"-")
    word = next((w for w in ("NaN", "Infinity") if rest.startswith(w.encode())), None)
    if word is not None:
        reason = f"{word} is no JSON number"
    return f"not valid JSON: {reason} ({_place(data, at)})"


def _lone_surrogate(data: bytes) -> int | None:
    """Find the first escape that stands for half a character; strings alone have backslashes."""
    for match in _ESCAPE.finditer(data):
        code = int(match[1], 16) if match[1] else 0
        if 0xDC00 <= code < 0xE000 or (0xD800 <= code < 0xDC00 and match[2] is None):
            return match.start()
    return None


def _place(data: bytes, at: int) -> str:
    line, column = data.count(b"\n", 0, at) + 1, at - data.rfind(b"\n", 0, at)
    return f"byte {at}, line {line}, column {column}"
