"""A COCO file whose dicts nobody has asked for yet: the only place that reads files and columns.

What the JSON reader of cocodec refuses (NaN, 1e400, half characters) goes to `json`, as in the
reference; so do files of an unusual build, whose dicts are then made at once.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec

import cocodec._core as _core
from cocodec.documents.record_columns import ListedRecords
from cocodec.errors import DocumentError
from cocodec.pycocotools.engine.records import MissingKeyError, collector_off, list_keyed
from cocodec.pycocotools.engine.unbuilt import Unbuilt

if TYPE_CHECKING:
    from cocodec.documents.document import Document
    from cocodec.masks.rle_array import RleArray

__all__ = ["Opened", "decode_json", "open_document", "read_source"]

_BOM = b"\xef\xbb\xbf"
_ZIP = b"PK"  # no JSON begins so


class _Head(msgspec.Struct, gc=False):
    """What the reference asks of every annotation when it opens a file."""

    id: Any = msgspec.UNSET
    image_id: Any = msgspec.UNSET
    category_id: Any = msgspec.UNSET


class _Named(msgspec.Struct, gc=False):
    id: Any = msgspec.UNSET


class _WholeHead(msgspec.Struct, gc=False):
    id: Any
    image_id: Any
    category_id: Any


class _WholeNamed(msgspec.Struct, gc=False):
    id: Any


class _Image(msgspec.Struct, gc=False):
    id: Any
    height: Any = None
    width: Any = None


class _Root(msgspec.Struct):
    annotations: list[_Head] | msgspec.UnsetType = msgspec.UNSET
    images: list[_Named] | msgspec.UnsetType = msgspec.UNSET
    categories: list[_Named] | msgspec.UnsetType = msgspec.UNSET


class _WholeRoot(msgspec.Struct):
    """A root whose records all have what the reference asks for: nobody need look at each."""

    annotations: list[_WholeHead] | msgspec.UnsetType = msgspec.UNSET
    images: list[_WholeNamed] | msgspec.UnsetType = msgspec.UNSET
    categories: list[_WholeNamed] | msgspec.UnsetType = msgspec.UNSET


class Opened(Unbuilt):
    """The bytes of a file, split as far as somebody needed it.

    Attributes
    ----------
    source : bytes
        The file without a byte order mark.
    image_ids, category_ids : list
        One for each record, as the file has them.
    columns, masks
        What evaluations have read of the annotations, by kind of evaluation, for the next one.
    """

    def __init__(self, source: bytes, root: _Root | _WholeRoot) -> None:
        super().__init__()
        self.source = source
        self.image_ids = [image.id for image in _rows(root.images)]
        self.category_ids = [category.id for category in _rows(root.categories)]
        self._raw: dict[str, msgspec.Raw] | None = None
        self._document: Document | None = None
        self._sections: dict[str, Any] = {}
        self.columns: dict[str, Any] = {}
        self.masks: RleArray | None = None

    def image_sizes(self) -> dict[Any, tuple[Any, Any]]:
        """Height and width of the images, by id."""
        raw = self.raw("images")
        images = [] if raw is None else msgspec.json.decode(raw, type=list[_Image])
        return {image.id: (image.height, image.width) for image in images}

    def annotations(self) -> ListedRecords:
        """Return the annotations as records, for columns of numbers.

        Raises
        ------
        DocumentError
            If there are none.
        """
        raw = self.raw("annotations")
        if raw is None or self.raw("images") is None:
            raise DocumentError("expected a document with images and annotations")
        return ListedRecords(memoryview(raw))

    def document(self) -> Document:
        """Return the records as columns.

        Raises
        ------
        DocumentError
            If the file is not built as cocodec's documents are.
        """
        if self._document is None:
            from cocodec.documents.document import Document
            from cocodec.documents.parts import read_raw

            file = read_raw(self.source)
            if (
                file.layout != "single"
                or not {"images", "annotations"} <= file.parts[0].fields.keys()
            ):
                raise DocumentError("expected a document with images and annotations")
            self._document = Document(file)
        return self._document

    def __getstate__(self) -> dict[str, Any]:
        # Slices of the source: split anew when needed.
        return {**self.__dict__, "_raw": None, "_document": None, "columns": {}, "masks": None}

    def raw(self, key: str) -> msgspec.Raw | None:
        """Return the JSON text of one value of the root."""
        if self._raw is None:
            self._raw = msgspec.json.decode(self.source, type=dict[str, msgspec.Raw])
        return self._raw.get(key)

    def section(self, key: str) -> Any:
        """Decode one value of the root; later calls give the same object."""
        if key not in self._sections:
            raw = self.raw(key)
            if raw is None:
                raise KeyError(key)
            with collector_off():
                self._sections[key] = decode_json(memoryview(raw))
        return self._sections[key]

    def dataset(self) -> dict[str, Any]:
        """Decode everything; sections that were decoded before are the same objects."""
        self.raw("")
        assert self._raw is not None
        return {key: self.section(key) for key in self._raw}


def _rows(rows: list[Any] | msgspec.UnsetType) -> list[Any]:
    return [] if isinstance(rows, msgspec.UnsetType) else rows


def open_document(path: str | os.PathLike[str], *, as_it_is: bool = False) -> Opened | Any:
    """Read a file: an `Opened`, or what `json` makes of a file that is not built as usual.

    Parameters
    ----------
    as_it_is : bool
        Require nothing of the records: their index is somebody else's, for panoptic files, videos
        and whatever else is JSON.

    Raises
    ------
    MissingKeyError
        If a record has no id, or an annotation no image_id or category_id; says which.
    DocumentError
        If a section is an object of what are no rows.
    json.JSONDecodeError
        If it is not JSON.
    """
    source = read_source(path)
    try:
        with collector_off():
            root = _split(source)
    except (msgspec.DecodeError, RecursionError):
        import json  # few need it

        content = _only(json.loads(source))
        if type(content) is dict and not as_it_is:
            list_keyed(content)
        return content
    try:
        if isinstance(root, _Root):
            _require_keys(root)
    except MissingKeyError:
        if not as_it_is:
            raise
        with collector_off():
            return decode_json(source)
    return Opened(source, root)


def read_source(path: str | os.PathLike[str]) -> bytes:
    """Read a file; of a zip, the one document or list of results in it.

    Raises
    ------
    DocumentError
        If a zip holds none, or several, or is broken.
    """
    with open(path, "rb") as stream:
        source = stream.read()
    if not source.startswith(_ZIP):
        return source.removeprefix(_BOM)
    from cocodec.documents.parts import read_raw

    parts = read_raw(path).parts
    if len(parts) != 1:
        raise DocumentError(
            f"{os.fspath(path)}: the zip holds {len(parts)} documents, expected one"
        )
    return parts[0].source[:].removeprefix(_BOM)


def _only(content: Any) -> Any:
    """The document in a list of one; anything else as it is."""
    if type(content) is list and len(content) == 1 and type(content[0]) is dict:
        document = content[0]
        # Label Studio's tasks have annotations too.
        return document if {"annotations", "images"} <= document.keys() else content
    return content


def _split(source: bytes) -> _Root | _WholeRoot:
    if _core.find_invalid_utf8(source) >= 0:
        raise msgspec.DecodeError("not UTF-8")
    try:
        return msgspec.json.decode(source, type=_WholeRoot)
    except msgspec.ValidationError:
        return msgspec.json.decode(source, type=_Root)


def decode_json(text: Any) -> Any:
    """Decode as `json` does, faster where that is the same."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        import json

        return json.loads(bytes(text))


def _require_keys(root: _Root) -> None:
    unset = msgspec.UNSET
    for section in ("images", "categories", "annotations"):
        for row, record in enumerate(_rows(getattr(root, section))):
            if record.id is unset:
                raise MissingKeyError(f"{section}[{row}] has no 'id'")
    keys = ["image_id"] + ["category_id"] * (root.categories is not unset)
    for row, head in enumerate(_rows(root.annotations)):
        for key in keys:
            if getattr(head, key) is unset:
                raise MissingKeyError(f"annotations[{row}] (id {head.id!r}) has no {key!r}")
