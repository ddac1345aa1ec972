"""A COCO file whose dicts nobody has asked for yet: the only place that reads files and columns.

What the JSON reader of cocodec refuses (NaN, 1e400, half characters) goes to `json`, as in the
reference; so do files of an unusual build, whose dicts are then made at once.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.json_values import JsonKind
from cocodec.documents.record_columns import ListedRecords, RecordColumns
from cocodec.errors import CocodecError, DocumentError
from cocodec.pycocotools.engine.records import SECTIONS, collector_off, list_keyed
from cocodec.pycocotools.engine.unbuilt import Unbuilt

__all__ = ["Opened", "decode_json", "open_document", "read_source"]

_BOM = b"\xef\xbb\xbf"
_ZIP = b"PK"  # no JSON begins so
_FEW_BYTES = 1 << 18  # `json` reads them sooner than msgspec is imported

# What evaluations read of annotations is found when the file is opened: in the pass that looks for
# the first three, which the reference asks of every annotation.
_KEYS = ("id", "image_id", "category_id", "area", "iscrowd", "bbox", "keypoints", "num_keypoints")


class _Split(NamedTuple):
    """Where the values of a root object lie, and the rows of those that are lists of records."""

    values: dict[str, tuple[int, int]]
    rows: dict[str, NDArray[np.int64]]


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

    def __init__(self, source: bytes, split: _Split) -> None:
        """Take a file apart.

        Raises
        ------
        DocumentError
            If a record lacks what the reference asks of it.
        """
        super().__init__()
        self.source = source
        self._split: _Split | None = split
        self.image_ids, self.category_ids = (self._ids(key) for key in ("images", "categories"))
        self._annotations: RecordColumns | None = None
        self._require_keys()
        self._sections: dict[str, Any] = {}
        self.columns: dict[str, Any] = {}
        self.masks: _core.Runs | None = None

    def _ids(self, section: str) -> list[Any]:
        records = self._records(section)
        if records is None:
            return []
        ids = RecordColumns(records, ["id"]).values("id")
        return ids.tolist() if isinstance(ids, np.ndarray) else ids

    def _require_keys(self) -> None:
        places = self._places()
        if "annotations" not in places.rows:
            return
        for key in _KEYS[: 3 if "categories" in places.rows else 2]:
            if (self._annotation_columns().kinds(key) == JsonKind.MISSING).any():
                raise DocumentError(f"{key!r} is missing")

    def _places(self) -> _Split:
        if self._split is None:
            self._split = _split(self.source)
        assert self._split is not None  # it was split before
        return self._split

    def _records(self, section: str) -> ListedRecords | None:
        rows = self._places().rows.get(section)
        return None if rows is None else ListedRecords(self.source, rows)

    def image_sizes(self) -> dict[Any, tuple[Any, Any]]:
        """Height and width of the images, by id, as the file has them."""
        text = self._text("images")
        images = [] if text is None else decode_json(text)
        return {image["id"]: (image.get("height"), image.get("width")) for image in images}

    def annotations(self) -> RecordColumns:
        """Return the columns of the annotations.

        Raises
        ------
        DocumentError
            If there are no annotations, or no images.
        """
        if not {"images", "annotations"} <= self._places().rows.keys():
            raise DocumentError("expected a document with images and annotations")
        return self._annotation_columns()

    def _annotation_columns(self) -> RecordColumns:
        if self._annotations is None:
            records = self._records("annotations")
            assert records is not None
            self._annotations = RecordColumns(records, _KEYS)
        return self._annotations

    def read_masks(self) -> tuple[_core.Runs, NDArray[np.uint8], bool]:
        """Read the masks of the annotations, what each is, and whether some are wrong."""
        annotations, images = self._records("annotations"), self._records("images")
        assert annotations is not None
        assert images is not None
        sizes = _core.ImageSizes(images.rows())
        runs, kinds, _, refused = _core.read_segmentations(annotations.rows(), sizes)
        return runs, kinds, bool(refused)

    def __getstate__(self) -> dict[str, Any]:
        # Places in the source: found anew when needed.
        unread: dict[str, Any] = {
            "_split": None,
            "_annotations": None,
            "columns": {},
            "masks": None,
        }
        return {**self.__dict__, **unread}

    def _text(self, key: str) -> memoryview | None:
        """The JSON text of one value of the root."""
        place = self._places().values.get(key)
        return None if place is None else memoryview(self.source)[slice(*place)]

    def section(self, key: str) -> Any:
        """Decode one value of the root; later calls give the same object."""
        if key not in self._sections:
            text = self._text(key)
            if text is None:
                raise KeyError(key)
            with collector_off():
                self._sections[key] = decode_json(text)
        return self._sections[key]

    def dataset(self) -> dict[str, Any]:
        """Decode everything; sections that were decoded before are the same objects."""
        return {key: self.section(key) for key in self._places().values}


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
    opened = _opened(source)
    if opened is not None:
        return opened
    with collector_off():
        content = _only(decode_json(source))
    if type(content) is dict and not as_it_is:
        list_keyed(content)
    return content


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


def _opened(source: bytes) -> Opened | None:
    """A file that is built as usual; None for any other."""
    if _core.find_invalid_utf8(source) >= 0:
        return None
    split = _split(source)
    if split is None:
        return None
    try:
        return Opened(source, split)
    except CocodecError:
        return None


def _split(source: bytes) -> _Split | None:
    """Find the values of a root object; None if its sections are no lists, or it is unusual."""
    members = _core.split_object(source, list(SECTIONS))
    if members is None:
        return None
    split = _Split({}, {})
    for (begin, end), value, rows in members:
        name = source[begin + 1 : end - 1]
        if b"\\" in name:
            return None
        key = name.decode()
        split.values[key] = value
        if rows is not None:
            split.rows[key] = rows
        elif key in SECTIONS:
            return None
    return split


def decode_json(text: Any) -> Any:
    """Decode as `json` does, faster where that is the same."""
    if len(text) <= _FEW_BYTES and "msgspec" not in sys.modules:
        import json

        return json.loads(bytes(text))
    import msgspec

    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        import json

        return json.loads(bytes(text))
