"""A file of any size, front to back in bounded memory: what is copied, and records in stretches.

A file comes as stretches whose texts, one behind the other, are the file. Some hold records of one
of the lists (or whole documents, where the file is a list of these); everything else is text that
is only carried along. What a file is, and which lists it has, is decided by the functions of
`cocodec.documents.parts`, as for a file that is read whole. The JSON is checked as it passes: an
error may come when much has been read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal, TypeAlias, TypeVar

import msgspec
import numpy as np

import cocodec._core as _core
from cocodec.documents.json_text import (
    BOM,
    SPACE,
    START,
    decode,
    decode_lines,
    ends_too_early,
    first_byte,
    kind_of,
    place,
    refuse_others,
    require_utf8,
)
from cocodec.documents.parts import (
    DOCUMENT_KEYS,
    NO_SPANS,
    TABLES,
    Spans,
    is_annotation,
    is_keyed,
    keyed_rows,
    not_coco,
    repeated_key,
    require_coco,
    rows_are_documents,
    table_error,
)
from cocodec.errors import CocodecError, DocumentError

__all__ = ["OtherRootError", "RecordStream", "Root", "Stretch", "read_images"]

T = TypeVar("T")
Root: TypeAlias = Literal["lines", "annotation"]

# Bytes that are read in one go. A value that is longer makes its own window grow.
WINDOW = 16 << 20


@dataclass(frozen=True)
class Stretch:
    """A part of a file.

    Attributes
    ----------
    source : bytes
        What the spans point into: a window of the file.
    range : (int, int)
        The stretch: first byte in `source`, and the byte behind the last.
    table : str or None
        The list that its records are of, one of `TABLES`, or ``"image"``: a document's single image
        of this key, which counts where it has no ``images``. None where it has no such records.
    spans : ndarray of int64, shape (n, 2)
        Where the records lie in `source`.
    first_row : int
        How many records of this list came before.
    offset : int
        Where `source` begins in the file.
    are_documents : bool
        Whether the records are whole documents, and of no table.
    """

    source: bytes
    range: tuple[int, int]
    table: str | None
    spans: Spans
    first_row: int
    offset: int
    are_documents: bool = False


class OtherRootError(DocumentError):
    """The file, read as one document, turned out at its end to be something else.

    Attributes
    ----------
    root : str
        What a `RecordStream` must be told to read it.
    """

    def __init__(self, root: Root, reason: str = "") -> None:
        super().__init__(reason)
        self.root = root


class RecordStream:
    """Reads a COCO file in stretches; iterate once.

    Parameters
    ----------
    stream : binary file
        Read from where it stands to its end.
    window : int
        Bytes to read in one go.
    check : bool
        Whether the JSON is checked. Without, only brackets and commas are looked at: for a first
        pass over what a second one checks.
    root : {"lines", "annotation"}, optional
        That the file has one value a line, or a single annotation. Else the first window shows it;
        where that is too short, `OtherRootError` says at the end that it was not one document.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        window: int = WINDOW,
        check: bool = True,
        root: Root | None = None,
    ) -> None:
        self._root = root
        self._stream = stream
        self._window = window
        self._check = check
        self._before = START  # what has left the window
        self._text = b""  # the window
        self._done = 0  # in the window: up to here it has been handed out,
        self._at = 0  # and up to here it has been looked at
        self._last = False  # nothing comes behind the window
        self._fields: dict[str, tuple[int, int]] = {}  # of the root, in order
        self._span = (0, 0)
        self._wrong: DocumentError | None = None  # if it is a document

    @property
    def keys(self) -> Collection[str]:
        """The keys of the root that have been read."""
        return self._fields

    @property
    def fields(self) -> dict[str, tuple[int, int]]:
        """Where in the file the value of each key of the root lies, as far as it has been read."""
        return self._fields

    @property
    def span(self) -> tuple[int, int]:
        """Where in the file its root lies, when all of it has been read."""
        return self._span

    def __iter__(self) -> Iterator[Stretch]:
        while len(self._text) < len(BOM) and not self._last:
            self._more()
        refuse_others(self._text)
        if self._text.startswith(BOM):
            self._at = len(BOM)
        first, begin = self._peek(), self._place()
        if first == b"[":
            yield from self._root_list()
        elif first == b"{" and self._is("lines", self._is_lines):
            yield from self._records(*self._kind_of_first("file"), lines=True)
        elif first == b"{" and self._is("annotation", self._is_annotation):
            yield from self._single("annotations")
        elif first == b"{":
            yield from self._root_object()
        else:
            self._take_value(msgspec.Raw)
            raise not_coco(f"the file holds {kind_of(first)}, expected a COCO document")
        self._span = begin, self._place()
        if self._peek():
            raise self._error("not valid JSON: trailing characters", self._at)
        yield from self._carried()

    # ------------------------------------------------------------ the root

    def _is(self, root: Root, look: Callable[[], bool]) -> bool:
        return look() if self._root is None else self._root == root

    def _root_list(self) -> Iterator[Stretch]:
        self._at += 1
        if self._peek() == b"]":
            yield from self._records("annotations")
        else:
            yield from self._records(*self._kind_of_first("list"))

    def _root_object(self) -> Iterator[Stretch]:
        self._at += 1
        more = not self._accept(b"}")
        while more:
            key = self._key()
            first, begin = self._peek(), self._place()
            if first == b"[":
                self._at += 1
                yield from self._records(key if key in TABLES else None)
            elif is_keyed(key, first):
                yield from self._keyed(key)
            elif key == "image" and first == b"{":
                yield from self._single("image")
            else:
                self._note(table_error(key, first))
                self._take_value(msgspec.Raw)
            self._fields[key] = begin, self._place()
            yield from self._carried()
            more = self._accept(b",")
            if not more and not self._accept(b"}"):
                raise self._error("not valid JSON: expected ',' or '}'", self._at)
        self._judge()
        yield from self._carried()

    def _judge(self) -> None:
        """Look at what was read as a document when all of it has been seen."""
        if self._root is None and self._peek() == b"{":
            raise OtherRootError("lines", "the file holds one value after the other")
        if is_annotation(self._fields):
            raise OtherRootError("annotation", "the file holds a single annotation")
        require_coco(self._fields)
        if self._wrong is not None:
            raise self._wrong

    def _note(self, wrong: DocumentError | None) -> None:
        """Keep what is wrong if this is a document, which its keys may show later."""
        if self._wrong is None:
            self._wrong = wrong
        if self._wrong is not None and not self._fields.keys().isdisjoint(DOCUMENT_KEYS):
            raise self._wrong

    def _key(self) -> str:
        if self._peek() != b'"':
            raise self._error("not valid JSON: expected a key", self._at)
        self._whole()  # so that the window stays where it is
        where = place(self._text, self._at, self._before)
        key = self._take_value(str)
        if not self._accept(b":"):
            raise self._error("not valid JSON: expected ':'", self._at)
        repeated = key in self._fields
        self._fields.setdefault(key, (0, 0))
        self._note(repeated_key(key, where) if repeated else None)
        return key

    def _is_lines(self) -> bool:
        """Whether another object follows the first, as far as the window shows."""
        end = _core.whole_value(self._text, self._at, self._last)
        after = _behind_space(self._text, end)
        return end > 0 and self._text[after : after + 1] == b"{"

    def _is_annotation(self) -> bool:
        """Whether the whole file, as far as the window shows, is a single annotation."""
        end = _core.whole_value(self._text, self._at, self._last)
        if end == 0:
            return False
        keys = self._decode(self._text[self._at : end], dict[str, msgspec.Raw])
        return is_annotation(keys)

    def _kind_of_first(self, what: str) -> tuple[str | None, bool]:
        """Whether the elements are of a table, or documents, which the first one shows."""
        value = self._whole()
        if first_byte(value) != b"{":
            raise not_coco(f"the file holds a list that starts with {kind_of(value[:1])}")
        keys = self._decode(value, dict[str, msgspec.Raw])
        return (None, True) if rows_are_documents(keys, what) else ("annotations", False)

    # ------------------------------------------------------------ lists

    def _records(
        self, table: str | None, are_documents: bool = False, *, lines: bool = False
    ) -> Iterator[Stretch]:
        """Hand out the elements of a list whose bracket has been taken."""
        row, closed = 0, False
        while not closed:
            spans, at, closed = self._split(row == 0, lines)
            if len(spans) > 0:
                begin, end = int(spans[0, 0]), int(spans[-1, 1])
                yield from self._carried(begin)
                yield self._stretch((begin, end), table, spans, row, are_documents)
                self._done, row = end, row + len(spans)
            self._at = at
            # One pass may end before the window does: there is more to be read only where nothing
            # more was found.
            if not closed and len(spans) == 0:
                self._more()

    def _split(self, first: bool, lines: bool) -> tuple[Spans, int, bool]:
        """Split what the window has of a list, and check it."""
        if self._check and not lines:
            # Nearly everything is checked and split in one pass; where that ends, there is more to
            # be read, or to be looked at with care.
            spans, at, closed = _core.split_sure_values(self._text, self._at, first)
            if closed or len(spans) > 0:
                self._require_utf8(self._at, at)
                return spans, at, closed
        try:
            spans, at, closed = _core.split_values(self._text, self._at, first, self._last, lines)
        except CocodecError as error:
            raise self._error(f"not valid JSON: {error}", error.offset or 0) from None
        if len(spans) > 0:
            self._require_values(int(spans[0, 0]), int(spans[-1, 1]), lines)
        return spans, at, closed

    def _require_utf8(self, begin: int, end: int) -> None:
        if _core.find_invalid_utf8(memoryview(self._text)[begin:end]) >= 0:
            require_utf8(self._text[begin:end], self._before.plus(self._text, begin))

    def _require_values(self, begin: int, end: int, lines: bool) -> None:
        """Check the records of a stretch, and what separates them."""
        if not self._check:
            return
        text = self._text[begin:end]
        before = self._before.plus(self._text, begin)
        require_utf8(text, before)
        if lines:
            decode_lines(text, text, before)
            return
        # Wrapped they are a list; the bracket in front is one byte that the file does not have.
        wrapped = b"[" + text + b"]"
        if _core.split_list(wrapped) is not None:
            return
        decode(wrapped, wrapped, list[msgspec.Raw], before._replace(size=before.size - 1))

    # ------------------------------------------------------------ single values

    def _whole(self) -> bytes:
        """Return the text of the next value, read to its end but not taken."""
        self._peek()
        while True:
            try:
                end = _core.whole_value(self._text, self._at, self._last)
            except CocodecError as error:
                raise self._error(f"not valid JSON: {error}", error.offset or 0) from None
            if end > 0:
                return self._text[self._at : end]
            self._more()

    def _take_value(self, kind: type[T]) -> T:
        """Take the next value, whole, and check it."""
        value = self._whole()
        decoded = self._decode(value, kind)
        self._at += len(value)
        return decoded

    def _single(self, table: str) -> Iterator[Stretch]:
        """Hand out the next value as the only record of a table."""
        value = self._whole()
        self._decode(value, msgspec.Raw)
        yield from self._carried()
        span = (self._at, self._at + len(value))
        yield self._stretch(span, table, np.array([span], np.int64), 0)
        self._done = self._at = span[1]

    def _keyed(self, table: str) -> Iterator[Stretch]:
        """Hand out the values of an object as the records of a table."""
        value = self._whole()
        self._decode(value, dict[str, msgspec.Raw])
        try:
            spans = keyed_rows(table, value) + self._at
        except DocumentError as error:
            self._note(error)
            spans = NO_SPANS
        if len(spans) > 0:
            begin, end = int(spans[0, 0]), int(spans[-1, 1])
            yield from self._carried(begin)
            yield self._stretch((begin, end), table, spans, 0)
            self._done = end
        self._at += len(value)

    def _decode(self, value: bytes, kind: type[T]) -> T:
        """Decode what starts where the window has been looked at."""
        before = self._before.plus(self._text, self._at)
        require_utf8(value, before)
        return decode(value, value, kind, before)

    def _place(self) -> int:
        """How far the file has been looked at."""
        return self._before.size + self._at

    def _accept(self, char: bytes) -> bool:
        if self._peek() != char:
            return False
        self._at += 1
        return True

    def _peek(self) -> bytes:
        """Step over white space; the next byte, b"" at the end of the file."""
        while True:
            self._at = _behind_space(self._text, self._at)
            if self._at < len(self._text) or self._last:
                return self._text[self._at : self._at + 1]
            self._more()

    # ------------------------------------------------------------ the window

    def _more(self) -> None:
        """Read on; what has been handed out goes."""
        if self._last:
            raise self._error(ends_too_early(self._text, self._before), len(self._text))
        self._before = self._before.plus(self._text, self._done)
        rest = self._text[self._done :]
        # A value longer than the window doubles it, so that it is not looked at too often.
        read = self._stream.read(max(self._window, len(rest)))
        self._last = not read
        self._text = rest + read
        self._at -= self._done
        self._done = 0

    def _carried(self, end: int | None = None) -> Iterator[Stretch]:
        """Hand out what has been looked at and holds no records."""
        end = self._at if end is None else end
        if end > self._done:
            yield self._stretch((self._done, end), None, NO_SPANS, 0)
            self._done = end

    def _stretch(
        self,
        range: tuple[int, int],
        table: str | None,
        spans: Spans,
        row: int,
        are_documents: bool = False,
    ) -> Stretch:
        return Stretch(self._text, range, table, spans, row, self._before.size, are_documents)

    def _error(self, message: str, at: int) -> DocumentError:
        return DocumentError(f"{message} ({place(self._text, at, self._before)})")


def _behind_space(text: bytes, at: int) -> int:
    match = SPACE.match(text, at)
    assert match is not None
    return match.end()


def read_images(
    stream: BinaryIO, *, window: int = WINDOW, root: Root | None = None
) -> tuple[bytes, Spans]:
    """Find the images of the one document in a file, without checking it.

    Stops behind the list of images; where that comes last the whole file is read.

    Returns
    -------
    records : bytes
        What is needed to know the images' sizes, in few bytes.
    spans : ndarray of int64, shape (n, 2)
        Where each image's record lies in `records`.
    """
    found: dict[str | None, list[bytes]] = {"images": [], "image": []}
    stretches = RecordStream(stream, window=window, check=False, root=root)
    for stretch in stretches:
        if stretch.table in found:
            sizes = [_size_of(stretch.source[a:b]) for a, b in stretch.spans.tolist()]
            found[stretch.table] += sizes
        elif len(stretch.spans) and (stretch.are_documents or found["images"]):
            break
    records = found["images" if "images" in stretches.keys else "image"]
    ends = np.cumsum([len(record) for record in records], dtype=np.int64)
    starts = np.concatenate([[0], ends[:-1]]) if records else ends
    return b"".join(records), np.stack([starts, ends], axis=1).astype(np.int64)


def _size_of(image: bytes) -> bytes:
    """Only what tells an image's id and size; what cannot be read, whole."""
    try:
        members = msgspec.json.decode(image, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):  # the second pass says what is wrong
        return image
    return msgspec.json.encode({k: members[k] for k in ("id", "height", "width") if k in members})
