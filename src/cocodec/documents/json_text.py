"""JSON as bytes: decoding with msgspec, and saying where and why it is not JSON."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, TypeVar

import msgspec

import cocodec._core as _core
from cocodec.errors import DocumentError

__all__ = [
    "BOM",
    "SPACE",
    "START",
    "Before",
    "decode",
    "decode_lines",
    "end_of",
    "ends_too_early",
    "first_byte",
    "kind_of",
    "line_of",
    "place",
    "refuse_others",
    "require_utf8",
    "start_of",
]

T = TypeVar("T")

BOM = b"\xef\xbb\xbf"
SPACE = re.compile(rb"[ \t\r\n]*")
_WHERE = re.compile(r"\s*\(byte (\d+)\)$")
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|.)", re.DOTALL)


class Before(NamedTuple):
    """What of a file lies before the bytes at hand: how much, and where its last line starts."""

    size: int = 0
    lines: int = 0
    line_start: int = 0

    def plus(self, text: bytes, end: int) -> Before:
        """Return what lies behind `text`, up to byte `end` of it, too."""
        newline = text.rfind(b"\n", 0, end)
        if newline < 0:  # often, and to look for one is faster than to count them
            return self._replace(size=self.size + end)
        lines = self.lines + text.count(b"\n", 0, newline) + 1
        return Before(self.size + end, lines, self.size + newline + 1)


START = Before()


def decode(data: bytes, text: Any, kind: type[T], before: Before = START) -> T:
    """Decode `text`, a part of `data`; errors say the place in the file."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as error:
        raise _refusal(data, text, error, before) from None
    except RecursionError:
        raise DocumentError("the JSON is nested too deeply") from None


def decode_lines(data: bytes, text: Any, before: Before = START) -> list[msgspec.Raw]:
    """Decode one value after the other; errors say the place in the file."""
    try:
        return msgspec.json.Decoder(msgspec.Raw).decode_lines(text)
    except msgspec.DecodeError as error:
        raise _refusal(data, text, error, before) from None
    except RecursionError:
        raise DocumentError("the JSON is nested too deeply") from None


def start_of(data: bytes) -> int:
    """Where the JSON starts: behind a byte order mark and white space."""
    match = SPACE.match(data, len(BOM) if data.startswith(BOM) else 0)
    assert match is not None
    return match.end()


def end_of(data: bytes) -> int:
    """Where the JSON ends: before white space."""
    end = len(data)
    while end > 0 and data[end - 1] in b" \t\r\n":
        end -= 1
    return end


def first_byte(raw: Any) -> bytes:
    """Return the byte that tells what a value is; b"" of nothing."""
    return bytes(memoryview(raw)[:1])


def kind_of(first: bytes) -> str:
    """Name what a value that starts with this byte is, for a message."""
    names = {b"{": "an object", b"[": "a list", b'"': "a string", b"n": "null"}
    return names.get(first, "true or false" if first in (b"t", b"f") else "a number")


_ARCHIVE = "archive, expected JSON, or a zip or gzip file of it: unpack it, and give what was in it"
_OTHERS = {
    b"7z\xbc\xaf\x27\x1c": f"a 7z {_ARCHIVE}",
    b"Rar!\x1a\x07": f"a rar {_ARCHIVE}",
    b"\xfd7zXZ\x00": f"an xz {_ARCHIVE}",
    b"BZh": f"a bzip2 {_ARCHIVE}",
    b"\x28\xb5\x2f\xfd": f"a zstandard {_ARCHIVE}",
    b"\x89PNG": "a PNG picture; convert --from label-map (or instance-png, binary-png) reads masks "
    "from pictures",
    b"\xff\xd8\xff": "a JPEG picture, expected a COCO document",
    b"PAR1": "a Parquet file, which is called *.parquet",
    b"\x80\x04\x95": "a pickle of Python's, expected a COCO document",
}


def refuse_others(head: bytes) -> None:
    """Refuse files that are no text by what they begin with, and say what they are."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError("the file is UTF-16, expected UTF-8")
    for start, what in _OTHERS.items():
        if head.startswith(start):
            raise DocumentError(f"the file is {what}")
    if head[257:262] == b"ustar":  # what comes before is the name of its first file
        raise DocumentError(f"the file is a tar {_ARCHIVE}")


def require_utf8(data: bytes, before: Before = START) -> None:
    """Refuse what is not UTF-8, and say where."""
    if before.size == 0:
        refuse_others(data)
    at = _core.find_invalid_utf8(data)
    if at >= 0:
        raise DocumentError(f"byte 0x{data[at]:02X} is not UTF-8 ({place(data, at, before)})")


def ends_too_early(data: bytes, before: Before = START) -> str:
    """Say of a text that ends that there should be more."""
    if before.size == 0 and not data.removeprefix(BOM).strip():
        return "the file is empty, expected JSON"
    return "not valid JSON: it ends too early"


def place(data: bytes, at: int, before: Before = START) -> str:
    """Spell a byte's place in the file as people look for it."""
    here = before.plus(data, at)
    return f"byte {here.size}, line {here.lines + 1}, column {here.size - here.line_start + 1}"


def line_of(data: bytes, at: int) -> int:
    """Return the number of a byte's line; the first is 1."""
    return data.count(b"\n", 0, at) + 1


def _offset(data: bytes, text: Any) -> int:
    if text is data:
        return 0
    return int(_core.view_spans(data, [text])[0, 0])


def _refusal(data: bytes, text: Any, error: msgspec.DecodeError, before: Before) -> DocumentError:
    """Make the exception that says what is wrong in `text`, a part of `data`, and where."""
    reason, at = _explain(data, _offset(data, text), error, before)
    refusal = DocumentError(f"{reason} ({place(data, at, before)})")
    refusal.offset = before.size + at
    return refusal


def _explain(
    data: bytes, start: int, error: msgspec.DecodeError, before: Before
) -> tuple[str, int]:
    message = str(error)
    where = _WHERE.search(message)
    if where is None or "surrogate" in message:  # so msgspec calls half a character, too
        lone = _lone_surrogate(data)
        # Of a file that was cut off in between, the other half may have been there.
        if lone is not None and data.find(b'"', lone) >= 0:
            escape = data[lone : lone + 6].decode("ascii")
            return f"{escape} is half a character, the other half is missing", lone
    if where is None:
        return ends_too_early(data, before), len(data)
    at = start + int(where[1])
    reason = message[: where.start()].removeprefix("JSON is malformed: ")
    if reason == "trailing characters":
        at -= 1  # here msgspec counts the first of them as read
    rest = data[at : at + 8].removeprefix(b"-")
    word = next((w for w in ("NaN", "Infinity") if rest.startswith(w.encode())), None)
    if word is not None:
        reason = f"{word} is no JSON number"
    return f"not valid JSON: {reason}", at


def _lone_surrogate(data: bytes) -> int | None:
    """Find the first escape that stands for half a character; strings alone have backslashes."""
    for match in _ESCAPE.finditer(data):
        code = int(match[1], 16) if match[1] else 0
        if 0xDC00 <= code < 0xE000 or (0xD800 <= code < 0xDC00 and match[2] is None):
            return match.start()
    return None
