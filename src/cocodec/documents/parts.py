"""A file as it lies on the disk: its bytes, the documents in it, and where their records lie.

A zip has such bytes for each of its members that is a document. No annotation becomes a Python
object: the JSON is checked and split in one pass, and of every record only its place is kept. What
is written later is the source with new values spliced in.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.json_text import (
    decode,
    decode_lines,
    end_of,
    first_byte,
    kind_of,
    line_of,
    place,
    require_utf8,
    start_of,
)
from cocodec.documents.json_values import JsonKind, encode
from cocodec.documents.places import Places
from cocodec.errors import DocumentError, located, shown
from cocodec.files.archive import Archive, is_zip, open_archive
from cocodec.files.file_text import Text, view_of
from cocodec.files.gzipped import is_gzip, unpacked
from cocodec.files.limits import default_unzip_limit, read_whole, require_within
from cocodec.files.sources import Source, name_of, require_readable
from cocodec.files.zip_directory import Member

__all__ = [
    "DOCUMENT_KEYS",
    "NO_SPANS",
    "TABLES",
    "Part",
    "RawFile",
    "Source",
    "Spans",
    "is_annotation",
    "is_keyed",
    "not_coco",
    "part_of",
    "read_raw",
    "repeated_key",
    "require_coco",
    "rows_are_documents",
    "split_text",
    "table_error",
]

Spans = NDArray[np.int64]  # (n, 2): first byte, and the byte behind the last
Objects: TypeAlias = dict[str, Any] | list[Any]  # what JSON holds

NO_SPANS: Spans = np.empty((0, 2), np.int64)
NO_SPANS.flags.writeable = False

# The lists of a document that are tables of records.
TABLES = ("images", "annotations", "categories", "licenses")
# One of these makes an object a document.
DOCUMENT_KEYS = frozenset({"annotations", "images"})
# One of these makes an object an annotation or a result.
_ANNOTATION_KEYS = {"image_id", "segmentation", "bbox", "keypoints", "caption"}
_EXPECTED = "expected 'annotations', or a list of them"
_NOT_COCO = "not_coco"
# Members of a zip whose names promise annotations: that they are broken is an error. Others, and
# whatever is no COCO, are left alone.
_PROMISING = re.compile(
    r"(^|/)(annotations/[^/]*|[^/]*\.coco|_annotations[^/]*|result|labels|instances[^/]*)\.json$"
)
_PEEK = 1 << 12
# What stands in front of a value of an object.
_MEMBER = re.compile(rb'[{,\s]*("(?:[^"\\]|\\.)*")\s*:\s*', re.DOTALL)


@dataclass(frozen=True)
class Part:
    """One COCO document, list of results or annotation; a file has one or many.

    Attributes
    ----------
    name : str or None
        The member of an archive that it came from.
    source : bytes or FileText
        What its spans point into: the whole file, other parts included.
    span : (int, int)
        Where it lies there.
    root : str
        ``"document"`` (an object), ``"results"`` (a list of annotations) or ``"annotation"`` (a
        single one).
    fields : dict of str to (int, int)
        Of a document, where the value of each key lies, in the file's order.
    tables : dict of str to ndarray of int64, shape (n, 2)
        Where the records of its lists lie, ascending; lists that are missing or null have no entry.
        SA-1B's single ``image`` is a list of one. Results and an annotation have ``annotations``.
    columns : dict of str to (kinds, Places)
        Of annotations, the values of keys that were looked up while the file was read.
    """

    name: str | None
    source: Text
    span: tuple[int, int]
    root: str
    fields: dict[str, tuple[int, int]]
    tables: dict[str, Spans]
    columns: dict[str, tuple[NDArray[np.uint8], Places]] = field(default_factory=dict)

    def table(self, name: str) -> Spans:
        """Return where the records of a list lie; none where there is no list."""
        return self.tables.get(name, NO_SPANS)

    def records(self) -> _core.Records:
        """Return what reads the annotations, the images' sizes at hand."""
        return _core.Records(self.source[:], self.table("images"))


@dataclass(frozen=True)
class RawFile:
    """A file, split.

    Attributes
    ----------
    source : bytes or FileText
        The file, byte for byte; empty of a zip, whose members have their own.
    layout : str
        ``"single"``: the file is its one part; ``"list"``: a JSON list of documents; ``"lines"``:
        one JSON value after the other, usually one a line; ``"zip"``.
    parts : list of Part
        In the file's order. Results that come one a line are one part.
    archive : Archive or None
        The zip.
    members : dict of str to RawFile
        Of a zip, the members that hold documents, in its order; their parts are `parts`.
    left_alone : dict of str to str
        Of a zip, the members that end in ``.json`` and hold none, and why.
    broken : dict of str to str
        Of these, the ones that hold no JSON: they are cut off, or otherwise spoiled.
    """

    source: Text
    layout: str
    parts: list[Part]
    archive: Archive | None = None
    members: dict[str, RawFile] = field(default_factory=dict)
    left_alone: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.source) if self.archive is None else self.archive.size

    def texts(self) -> list[RawFile]:
        """Return what is JSON: the members of a zip, else the file itself."""
        return [self] if self.archive is None else list(self.members.values())

    def labels(self) -> list[str]:
        """Name each part for people: its member, its number there; "" where it is the only one."""
        found = []
        for text in self.texts():
            many = len(text.parts) > 1
            for number, part in enumerate(text.parts):
                names = [part.name or "", f"document {number}" if many else ""]
                found.append(", ".join(filter(None, names)))
        return found


def read_raw(
    source: Source | Objects, *, unzip_limit: int | None = None, skip_broken: bool = False
) -> RawFile:
    """Read a COCO document, a list of them, a list of results, a single annotation, or a zip.

    What a file is, its first bytes say, not its name. Of a zip every member that is JSON by its
    name and COCO by its content is read, and no other. Zips at a path stay there; of others the
    bytes are kept.

    Parameters
    ----------
    source : path, bytes, binary file, dict or list
        UTF-8, with or without a byte order mark, or a zip; or what such JSON holds.
    unzip_limit : int, optional
        How many bytes the JSON of a zip may unpack to in all. By default 200 times what is packed,
        but no less than 256 MiB and no more than 4 GiB. The same goes for a gzip file. What is
        not packed may have as many bytes as the limit "document" says (`cocodec.set_limits`).
    skip_broken : bool
        Whether members of a zip that cannot be read are left alone and named, and no error.

    Raises
    ------
    DocumentError
        If it is not JSON (says where), or none of these; if a zip is broken, not safe or too large.
    OSError
        If it cannot be read.
    """
    if isinstance(source, (dict, list)):
        source = encode(source, "the document")
    name = name_of(source)
    with located(file=name):
        found = _read(source)
        if isinstance(found, bytes) and is_gzip(found):
            found = _unpack(found, unzip_limit)
        if isinstance(found, bytes):
            return _split(found, None)
        limit = found.default_limit() if unzip_limit is None else unzip_limit
        return _split_archive(found, limit, skip_broken)


def _read(source: Source) -> bytes | Archive:
    if isinstance(source, (str, os.PathLike)):
        return _read_path(os.fspath(source))
    if isinstance(source, (bytes, bytearray, memoryview)):
        source = BytesIO(source)  # shares bytes
    require_readable(source)
    data = read_whole(source)
    if not isinstance(data, bytes):
        raise TypeError("the source is an open text file, expected one that is open in binary mode")
    return open_archive(data) if is_zip(data[:4]) else data


def _read_path(path: str) -> bytes | Archive:
    # Without Python's buffer: that would hold a large file twice for a moment.
    with open(path, "rb", buffering=0) as stream:
        head = stream.read(4)
        if not stream.seekable():
            data = read_whole(stream, head)
            return open_archive(data) if is_zip(head) else data
        if is_zip(head):
            return open_archive(path)
        stream.seek(0)
        whole: bytes = read_whole(stream)
        return whole


def _unpack(data: bytes, limit: int | None) -> bytes:
    most = default_unzip_limit(len(data)) if limit is None else limit
    whole = b"".join(unpacked(BytesIO(data), most))
    require_within(len(whole), "document", "the file")
    return whole


def _split_archive(archive: Archive, limit: int, skip_broken: bool) -> RawFile:
    file = RawFile(b"", "zip", [], archive)
    for member in archive.members:
        base = member.name.rpartition("/")[2]
        if not base.lower().endswith(".json") or base.startswith("._"):  # macOS' resource forks
            continue
        if not _starts_like_json(archive, member):
            file.left_alone[member.name] = "holds no list and no object"
            continue
        data = b""
        try:
            require_within(member.unpacked, "document", member.name)
            data = archive.read(member, limit)
            limit -= len(data)
            with located(part=member.name):
                found = _split(data, member.name)
        except DocumentError as error:
            broken = error.code != _NOT_COCO
            # A member whose packed bytes are spoiled is an error by any name, but on request.
            named = _PROMISING.search(member.name) or not data
            if broken and (not skip_broken or member.unpacked > limit) and named:
                raise
            reason = ": ".join([*error.part[1:], error.reason])
            file.left_alone[member.name] = reason
            if broken:
                file.broken[member.name] = reason
            continue
        file.members[member.name] = found
        file.parts.extend(found.parts)
    if not file.parts:
        reasons = [f"{name}: {reason}" for name, reason in list(file.left_alone.items())[:5]]
        reasons.append("data sets of other formats are read from folders: unpack it")
        raise DocumentError("; ".join(["the zip holds no COCO document", *reasons]))
    return file


def _starts_like_json(archive: Archive, member: Member) -> bool:
    """Whether a member holds a list or an object, or is promised to."""
    if _PROMISING.search(member.name):
        return True
    with contextlib.closing(archive.pieces(member)) as pieces:
        head = next(iter(pieces), b"")[:_PEEK]
    return head[start_of(head) :][:1] in (b"{", b"[")


def _split(data: bytes, name: str | None) -> RawFile:
    require_utf8(data)
    start = start_of(data)
    first = data[start : start + 1]
    text = memoryview(data)[start:]
    if first == b"[":
        return _split_list(data, text, name)
    if first != b"{":
        decode(data, text, msgspec.Raw)
        raise not_coco(f"the file holds {kind_of(first)}, expected a COCO document")
    where = (name, data, (start, end_of(data)))
    members = _core.split_object(text, list(TABLES))
    if members is not None:
        return RawFile(data, "single", [_split_members(where, members, start)])
    # What is no JSON, or written as few do it: msgspec knows all of it, and what is wrong where.
    try:
        fields = decode(data, text, dict[str, msgspec.Raw])
    except DocumentError as error:
        follows = (
            data[error.offset or 0 : (error.offset or 0) + 1]
            if "trailing characters" in str(error)
            else b""
        )
        if follows != b"{":
            raise
        return _split_lines(data, text, name)
    return RawFile(data, "single", [_split_object(where, fields)])


def _split_list(data: bytes, text: memoryview, name: str | None) -> RawFile:
    spans = _core.split_list(text)
    if spans is not None and len(spans) > 0:
        first = text[slice(*spans[0].tolist())]
        if not _are_documents(data, [first], "list"):
            start = len(data) - len(text)
            tables = {"annotations": spans + start if start else spans}
            part = Part(name, data, (start, end_of(data)), "results", {}, tables)
            return RawFile(data, "single", [part])
    rows = decode(data, text, list[msgspec.Raw])
    if _are_documents(data, rows, "list"):
        return RawFile(data, "list", _split_documents(data, rows, name))
    return RawFile(data, "single", [_results(data, text, rows, name)])


def _split_lines(data: bytes, text: memoryview, name: str | None) -> RawFile:
    rows = decode_lines(data, text)
    if _are_documents(data, rows, "file"):
        return RawFile(data, "lines", _split_documents(data, rows, name))
    return RawFile(data, "lines", [_results(data, text, rows, name)])


def _results(data: bytes, text: memoryview, rows: list[msgspec.Raw], name: str | None) -> Part:
    span = (len(data) - len(text), end_of(data))
    return Part(name, data, span, "results", {}, {"annotations": _core.view_spans(data, rows)})


def _are_documents(data: bytes, rows: Sequence[Any], what: str) -> bool:
    """Tell documents from results by the first row's keys."""
    if not rows:
        return False
    first = first_byte(rows[0])
    if first != b"{":
        raise not_coco(f"the file holds a list that starts with {kind_of(first)}")
    return rows_are_documents(decode(data, rows[0], dict[str, msgspec.Raw]), what)


def rows_are_documents(keys: Collection[str], what: str) -> bool:
    """Tell documents from annotations and results by the keys of the first of them."""
    if not DOCUMENT_KEYS.isdisjoint(keys):
        return True
    if not _ANNOTATION_KEYS.intersection(keys):
        raise not_coco(f"the file holds a {what} of objects with {_names(keys)}; {_EXPECTED}")
    return False


def is_annotation(keys: Collection[str]) -> bool:
    """Whether a root object with these keys is a single annotation, and no document."""
    return "segmentation" in keys and DOCUMENT_KEYS.isdisjoint(keys)


def require_coco(keys: Collection[str]) -> None:
    """Refuse a root object whose keys are none of a COCO document."""
    if DOCUMENT_KEYS.isdisjoint(keys):
        raise not_coco(f"the file holds an object with {_names(keys)}; {_EXPECTED}")


def _split_documents(data: bytes, rows: list[msgspec.Raw], name: str | None) -> list[Part]:
    parts = []
    for number, (row, span) in enumerate(zip(rows, _core.view_spans(data, rows), strict=True)):
        begin, end = map(int, span)
        try:
            parts.append(_split_text(data, row, (begin, end), name))
        except DocumentError as error:
            error.code = None  # others of the list are COCO
            error.part = (f"document {number} (line {line_of(data, begin)})", *error.part)
            raise
    return parts


def split_text(data: bytes, span: tuple[int, int]) -> Part:
    """Split the object at `span`, a document or an annotation."""
    return _split_text(data, memoryview(data)[slice(*span)], span, None)


def _split_text(data: bytes, text: Any, span: tuple[int, int], name: str | None) -> Part:
    if first_byte(text) != b"{":
        raise DocumentError(f"expected a document, not {kind_of(first_byte(text))}")
    return _split_object((name, data, span), decode(data, text, dict[str, msgspec.Raw]))


_Where: TypeAlias = tuple[str | None, bytes, tuple[int, int]]  # a part's name, source and span


def _split_object(where: _Where, fields: dict[str, msgspec.Raw]) -> Part:
    """Split a root object that msgspec has read."""
    data = where[1]
    places = _core.view_spans(data, list(fields.values()))
    if not is_annotation(fields):
        require_coco(fields)
        _require_single_keys(data, where[2][0], places)
    places_of = {key: (int(a), int(b)) for key, (a, b) in zip(fields, places, strict=True)}
    return part_of(where, places_of, {})


def _split_members(
    where: _Where,
    members: list[tuple[tuple[int, int], tuple[int, int], Spans | None]],
    start: int,
) -> Part:
    """Split a root object whose members, from byte `start` on, the core has found."""
    data = where[1]
    places: dict[str, tuple[int, int]] = {}
    elements: dict[str, Spans] = {}
    twice = []
    for (begin, end), (first, last), spans in members:
        key = msgspec.json.decode(data[start + begin : start + end])
        if key in places and (wrong := repeated_key(key, place(data, start + begin))):
            twice.append(wrong)
        places[key] = (start + first, start + last)
        if spans is None:
            elements.pop(key, None)
        else:
            elements[key] = spans + start if start else spans
    if not is_annotation(places):
        require_coco(places)
        for wrong in twice:
            raise wrong
    return part_of(where, places, elements)


def part_of(
    where: tuple[str | None, Text, tuple[int, int]],
    places: dict[str, tuple[int, int]],
    elements: Mapping[str, Spans],
) -> Part:
    """Make the part of a root object: where the values of its keys lie, and elements of lists.

    That they are JSON was found when the root was split; elements that are not given are found.
    """
    if is_annotation(places):
        return Part(*where, "annotation", {}, {"annotations": np.array([where[2]], np.int64)})
    tables = {}
    for key in TABLES:
        records = _list(where[1], places, key, elements)
        if records is not None:
            tables[key] = records
    begin, end = places.get("image", (0, 0))
    if "images" not in places and where[1][begin : min(begin + 1, end)] == b"{":
        tables["images"] = np.array([[begin, end]], np.int64)
    return Part(*where, "document", places, tables)


def _list(
    data: Text, places: dict[str, tuple[int, int]], key: str, elements: Mapping[str, Spans]
) -> Spans | None:
    """Where the records of one list of the root lie; None if it is missing or null."""
    if key not in places:
        return None
    begin, end = places[key]
    first = data[begin : min(begin + 1, end)]
    if wrong := table_error(key, first):
        raise wrong
    if is_keyed(key, first):
        return keyed_rows(key, view_of(data, begin, end)) + begin
    if first != b"[":
        return None
    if key in elements:
        return elements[key]
    found: Spans = _core.list_elements(view_of(data, begin, end)) + begin
    return found


def table_error(key: str, first: bytes) -> DocumentError | None:
    """Say what is wrong with a root key whose value starts with this byte.

    Tables are lists, objects keyed by id, or null; nothing here depends on the licenses.
    """
    if key not in TABLES or key == "licenses" or first in (b"[", b"{", b"n", b""):
        return None
    return DocumentError(f"{key!r} is {kind_of(first)}, expected a list")


def is_keyed(key: str, first: bytes) -> bool:
    """Whether a root key's value, which starts with this byte, is a table keyed by id."""
    return key in TABLES and key != "licenses" and first == b"{"


def keyed_rows(key: str, text: Any) -> Spans:
    """Where the rows of a table lie that is no list but an object, as LIVECell has annotations.

    Its keys are the rows' own ids, so nothing is lost without them.
    """
    source = bytes(text)
    members = _core.object_members(source)
    spans = np.array([value for _, value in members], np.int64).reshape(-1, 2)
    rows = _core.Rows([source], np.zeros(len(spans), np.int32), spans)
    (kinds,), _ = _core.find_values(rows, ["id"])
    bare = np.flatnonzero(kinds == JsonKind.MISSING)
    if len(bare) > 0:
        (begin, end), (first, last) = members[int(bare[0])]
        if key == "categories" and source[first : first + 1] == b'"':
            row = source[begin + 1 : end - 1] + b', "name": ' + source[first:last]
            raise DocumentError(
                f"{key!r} is an object of names, expected a list of rows: "
                f'[{{"id": {row.decode()}}}, ...]'
            )
        raise DocumentError(
            f"{key!r} is an object, and what it has under {source[begin:end].decode()} is no row "
            'with an id; expected a list of rows, [{"id": ...}, ...], or such rows by their ids'
        )
    return spans


def repeated_key(key: str, where: str) -> DocumentError | None:
    """Refuse a table that comes twice, of which one would be lost; other keys may, the last counts.

    Parameters
    ----------
    key : str
        Of the root, that was there before.
    where : str
        Its place in the file.
    """
    if key not in TABLES and key != "image":
        return None
    return DocumentError(f"the key {key!r} comes twice ({where}); put the two lists together")


def _require_single_keys(data: bytes, begin: int, values: Spans) -> None:
    """Refuse tables that come twice in the object at `begin`.

    Of a key that does, msgspec has the last value; the others lie in the gaps between the values
    that it has, where otherwise there is nothing but a key.
    """
    seen: set[str] = set()
    at = begin
    for first, last in sorted(map(tuple, values.tolist())):
        while at < first:
            match = _MEMBER.match(data, at, first)
            assert match is not None  # JSON, as was checked
            key = msgspec.json.decode(match[1])
            if key in seen and (wrong := repeated_key(key, place(data, match.start(1)))):
                raise wrong
            seen.add(key)
            at = match.end()
            if at < first:
                at = _core.whole_value(data, at, True)
        at = last


def not_coco(message: str) -> DocumentError:
    """Make the exception for good JSON that is something else."""
    error = DocumentError(message)
    error.code = _NOT_COCO
    return error


def _names(keys: Collection[str]) -> str:
    return ", ".join(shown(key) for key in list(keys)[:8]) or "no keys"
