"""The rows of a document, a list of results or a list of dicts, by column.

The one place of the evaluation that knows how annotations are spelled. Of files no annotation
becomes a Python object: columns of numbers and ids are read where they lie.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from operator import itemgetter
from typing import Any, TypeAlias, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.document import Document
from cocodec.documents.json_values import JsonKind, encode
from cocodec.documents.parts import DOCUMENT_KEYS, read_raw
from cocodec.documents.places import decode_value
from cocodec.documents.record_columns import RecordColumns
from cocodec.documents.sides import side_of
from cocodec.documents.table import Table
from cocodec.errors import CocodecError, DocumentError, located, shown
from cocodec.files.sources import Source, name_of
from cocodec.masks.rle_array import RleArray
from cocodec.masks.spellings import as_rle

__all__ = [
    "AnnotationColumns",
    "AnnotationSource",
    "ColumnValues",
    "Ids",
    "Sizes",
    "open_annotations",
    "require_ids",
]

AnnotationSource: TypeAlias = Source | Document | Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""What holds annotations: a file, its bytes, a Document, its content as objects, or dicts."""
Sizes: TypeAlias = Mapping[Any, tuple[int, int]]
"""Height and width of images by id."""

ColumnValues: TypeAlias = list[Any] | NDArray[Any]
Ids: TypeAlias = list[Any] | NDArray[np.int64]

_Id: TypeAlias = int | str | float | None
_TEXTS = (str, bytes, bytearray, memoryview)
_IDS = (int, str, float, np.integer, np.floating, np.str_, type(None))
_NO_IDS = (bool, np.bool_)
_ID_TYPES = {int, str, float, type(None)}
# How columns of dicts are read in one go, where all rows have them and all values are as usual.
_KINDS = {
    "id": "int",
    "image_id": "int",
    "category_id": "int",
    "score": "float",
    "area": "float",
    "bbox": "plain row",
    "keypoints": "plain row",
}


class _Image(msgspec.Struct, gc=False):
    id: _Id = None
    height: int | float | None = None
    width: int | float | None = None
    neg_category_ids: list[_Id] | None = None
    not_exhaustive_category_ids: list[_Id] | None = None
    crowd_index: float | None = msgspec.field(name="crowdIndex", default=None)


class _Category(msgspec.Struct, gc=False):
    id: _Id = None
    name: Any = None
    frequency: Any = None


class AnnotationColumns(ABC):
    """Annotations by column, and what their document says of images and categories.

    Attributes
    ----------
    images, categories : list or None
        Records with the attributes of `_Image` and `_Category`; None where there is no such list.
    is_document : bool
        Whether these are annotations of a document, not bare results.
    """

    def __init__(self, images: list[Any] | None, categories: list[Any] | None) -> None:
        self.images = images
        self.categories = categories
        self.is_document = images is not None or categories is not None

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def id_of(self, row: int) -> Any:
        """Id of a row, if it has one: for messages."""

    def prefetch(self, keys: Sequence[str]) -> None:  # noqa: B027 - most have nothing to do
        """Say which columns will be asked for: together they may be found in one pass."""

    @abstractmethod
    def column(self, key: str) -> ColumnValues:
        """Values of all rows, None where a row has none; an array where all are numbers."""

    @abstractmethod
    def ids(self, key: str) -> Ids:
        """Ids of all rows, None where a row has none; an array where all are integers."""

    @abstractmethod
    def masks(self, sizes: Sizes) -> tuple[RleArray, NDArray[np.bool_]]:
        """One mask a row, and which rows have none (theirs is of size 0 x 0).

        Parameters
        ----------
        sizes : dict
            For rings and boxes: the sizes of images that this table itself does not hold.
        """

    def sizes(self) -> dict[Any, tuple[int, int]]:
        """Height and width of every image that has them, by id."""
        sides = ((i.id, side_of(i.height), side_of(i.width)) for i in self.images or [])
        return {id_: (h, w) for id_, h, w in sides if h is not None and w is not None}


class _FileAnnotations(AnnotationColumns):
    """Annotations of a file, read where they lie."""

    def __init__(self, document: Document) -> None:
        listed = [
            _records(table, kind) if table.listed.any() else None
            for table, kind in ((document.images, _Image), (document.categories, _Category))
        ]
        super().__init__(*(listed if document.root == "document" else (None, None)))
        self._document = document
        self._rows = document.annotations
        self._columns = RecordColumns(self._rows)
        kinds = _core.value_kinds(self._rows.places().rows())
        odd = np.flatnonzero(kinds != JsonKind.OBJECT)
        if len(odd) > 0:
            row = int(odd[0])
            reason = f"is {shown(self._rows[row])}, expected an object"
            raise DocumentError(reason, table="annotations", row=row)

    def __len__(self) -> int:
        return len(self._rows)

    def id_of(self, row: int) -> Any:
        record = self._rows[row]
        return record.get("id") if isinstance(record, dict) else None

    def prefetch(self, keys: Sequence[str]) -> None:
        self._columns.find(keys)

    def column(self, key: str) -> ColumnValues:
        return self._columns.column(key)

    def ids(self, key: str) -> Ids:
        return self._columns.ids(key)

    def masks(self, sizes: Sizes) -> tuple[RleArray, NDArray[np.bool_]]:
        found = self._document.masks(on_error="skip")
        given: dict[int, RleArray] = {}
        # Rings whose image stands in the other document get another chance.
        elsewhere = len(found.refused) > 0 and len(self._document.images) == 0
        images = self.ids("image_id") if elsewhere else []
        for row, id_, reason, _ in found.refused:
            size = sizes.get(images[row]) if elsewhere else None
            if size is None:
                raise DocumentError(reason, row=row, id=id_ and decode_value(id_))
            given[row] = _one_mask(row, self._rows[row]["segmentation"], size)
        return _replaced(found.masks, given), found.kinds <= JsonKind.NULL


class _DictAnnotations(AnnotationColumns):
    """Annotations that are dicts already."""

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        images: list[Any] | None = None,
        categories: list[Any] | None = None,
    ) -> None:
        super().__init__(images, categories)
        self._rows = rows
        self._found: dict[str, ColumnValues] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def id_of(self, row: int) -> Any:
        return self._rows[row].get("id")

    def prefetch(self, keys: Sequence[str]) -> None:
        rows = self._rows
        if type(rows) is not list or set(map(type, rows)) != {dict}:
            return
        fields = [(key, _KINDS[key]) for key in keys if key in _KINDS and key in rows[0]]
        try:
            columns = _core.read_rows(rows, fields)
        except (KeyError, TypeError, ValueError, OverflowError):
            return  # something is out of the ordinary, or missing: column by column
        self._found = dict(zip([key for key, _ in fields], columns, strict=True))

    def column(self, key: str) -> ColumnValues:
        if key in self._found:
            return self._found[key]
        try:
            return list(map(itemgetter(key), self._rows))
        except KeyError:
            return [row.get(key) for row in self._rows]

    def ids(self, key: str) -> Ids:
        values = self.column(key)
        if isinstance(values, np.ndarray):
            return values
        if not set(map(type, values)) <= _ID_TYPES:
            for row, value in enumerate(values):
                if isinstance(value, _NO_IDS) or not isinstance(value, _IDS):
                    raise DocumentError(f"has {shown(value)} for {key}, expected an id", row=row)
        return values

    def masks(self, sizes: Sizes) -> tuple[RleArray, NDArray[np.bool_]]:
        values = self.column("segmentation")
        missing = np.array([value is None for value in values], bool)
        coded = [row for row, value in enumerate(values) if isinstance(value, Mapping)]
        try:
            batch = RleArray.from_coco([values[row] for row in coded])
        except (CocodecError, TypeError) as error:
            item = getattr(error, "item", None)
            if item is not None:
                raise DocumentError(str(error), row=coded[item]) from None
            for row in coded:  # the one that is of a wrong type says so
                _one_mask(row, values[row], None)
            raise
        empty = RleArray.from_runs([], [0, 0], (0, 0))
        places = np.full(len(values), len(batch))
        places[coded] = np.arange(len(coded))
        masks = RleArray.concatenate([batch, empty])[places]
        own = self.sizes() if self.images else sizes
        others = [r for r, v in enumerate(values) if v is not None and not isinstance(v, Mapping)]
        images = self.ids("image_id")
        found = {row: _one_mask(row, values[row], own.get(images[row])) for row in others}
        return _replaced(masks, found), missing


def open_annotations(source: AnnotationSource) -> AnnotationColumns:
    """Read annotations from anything that holds them.

    Raises
    ------
    DocumentError
        If it is no COCO document and no list of results, or more than one.
    OSError
        If it cannot be read.
    """
    file_: Any = _all_of(source) if isinstance(source, Document) else source
    if isinstance(source, Mapping):
        found = _of_document(source)
    else:
        found = _DictAnnotations(file_) if _are_results(source) else None
    if found is not None:
        return found
    if isinstance(source, Mapping) or _is_sequence(source):
        # What is out of the ordinary is judged as its file would be.
        file_ = encode(source, "the document")
    if hasattr(file_, "__array__"):
        raise TypeError(
            f"annotations are a {type(file_).__name__}, expected a file, a dict or a list of dicts"
        )
    with located(file=name_of(file_)):
        file = read_raw(file_)
        if len(file.parts) != 1:
            raise DocumentError(
                f"there are {len(file.parts)} documents; they are evaluated one by one"
            )
        return _FileAnnotations(Document(file))


def require_ids(table: AnnotationColumns) -> None:
    """Refuse images and categories that nothing can refer to.

    Raises
    ------
    DocumentError
        Naming the first row.
    """
    for name, records in (("images", table.images), ("categories", table.categories)):
        for row, record in enumerate(records or []):
            if record.id is None:
                raise DocumentError(
                    "has no id: give it one that its annotations name", table=name, row=row
                )


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, _TEXTS)


def _are_results(rows: Any) -> bool:
    """Whether these are objects, and no documents."""
    if not _is_sequence(rows) or not all(
        issubclass(kind, Mapping) for kind in set(map(type, rows))
    ):
        return False
    return len(rows) == 0 or DOCUMENT_KEYS.isdisjoint(rows[0])


def _of_document(source: Mapping[str, Any]) -> _DictAnnotations | None:
    """Annotations of an ordinary document: its lists are lists, and images are called that."""
    rows = source.get("annotations")
    lists = [source.get(key) for key in ("images", "categories")]
    ordinary = all(one is None or _is_sequence(one) for one in lists)
    if not ordinary or "image" in source or not _are_results(rows):
        return None
    images, categories = (
        None if found is None else _plain_records(found, key, kind)
        for found, key, kind in zip(
            lists, ("images", "categories"), (_Image, _Category), strict=True
        )
    )
    return _DictAnnotations(cast(Sequence[Mapping[str, Any]], rows), images, categories)


def _all_of(document: Document) -> bytes:
    out = BytesIO()
    document.write(out)
    return out.getvalue()


def _records(table: Table, kind: type[Any]) -> list[Any]:
    text = _core.join_values(table.places().rows())
    return _checked(lambda: msgspec.json.decode(text, type=list[kind]), table.name)  # type: ignore[valid-type]


def _plain_records(rows: Sequence[Any], name: str, kind: type[Any]) -> list[Any]:
    """Records of objects; through their JSON where values are of types that it does not have."""
    try:
        records: list[Any] = msgspec.convert(list(rows), list[kind])  # type: ignore[valid-type]
        return records
    except (msgspec.ValidationError, UnicodeEncodeError):
        text = encode(rows, name)
        return _checked(lambda: msgspec.json.decode(text, type=list[kind]), name)  # type: ignore[valid-type]


def _checked(read: Callable[[], list[Any]], name: str) -> list[Any]:
    try:
        return read()
    except msgspec.ValidationError as error:
        raise DocumentError(str(error).replace("$", name, 1)) from None


def _one_mask(row: int, segmentation: Any, size: tuple[int, int] | None) -> RleArray:
    try:
        if size is None:
            return as_rle(segmentation)
        return as_rle(segmentation, *size)
    except (CocodecError, TypeError) as error:
        raise DocumentError(str(error), row=row) from None


def _replaced(masks: RleArray, found: Mapping[int, RleArray]) -> RleArray:
    if not found:
        return masks
    places = np.arange(len(masks))
    places[list(found)] = len(masks) + np.arange(len(found))
    return RleArray.concatenate([masks, *found.values()])[places]
