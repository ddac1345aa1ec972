"""The rows of a document, a list of results or a list of dicts, by column.

The one place of the evaluation that knows how annotations are spelled. Of files no annotation
becomes a Python object: columns of numbers and ids are read where they lie.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.document import Document
from cocodec.documents.json_values import JsonKind
from cocodec.documents.parts import read_raw
from cocodec.documents.record_columns import RecordColumns
from cocodec.documents.table import Table
from cocodec.errors import CocodecError, DocumentError, located, shown
from cocodec.files.sources import Source, name_of
from cocodec.masks.rle_array import RleArray
from cocodec.masks.spellings import as_rle

__all__ = [
    "AnnotationColumns",
    "AnnotationSource",
    "Column",
    "Ids",
    "Sizes",
    "open_annotations",
    "require_ids",
]

AnnotationSource: TypeAlias = Source | Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""What holds annotations: a file, its bytes, its content as objects, or a list of dicts."""
Sizes: TypeAlias = Mapping[Any, tuple[int, int]]
"""Height and width of images by id."""

Column: TypeAlias = list[Any] | NDArray[Any]
Ids: TypeAlias = list[Any] | NDArray[np.int64]

_Id: TypeAlias = int | str | float | None
_ID_TYPES = (int, str, float, np.integer, np.floating, type(None))
_TEXTS = (str, bytes, bytearray, memoryview)


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
    def column(self, key: str) -> Column:
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
        known = [i for i in self.images or [] if i.height is not None and i.width is not None]
        return {image.id: (int(image.height), int(image.width)) for image in known}


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

    def __len__(self) -> int:
        return len(self._rows)

    def id_of(self, row: int) -> Any:
        record = self._rows[row]
        return record.get("id") if isinstance(record, dict) else None

    def prefetch(self, keys: Sequence[str]) -> None:
        self._columns.find(keys)

    def column(self, key: str) -> Column:
        return self._columns.column(key)

    def ids(self, key: str) -> Ids:
        return self._columns.ids(key)

    def masks(self, sizes: Sizes) -> tuple[RleArray, NDArray[np.bool_]]:
        found = self._document.masks(on_error="skip")
        given: dict[int, RleArray] = {}
        for row, id_, reason, _ in found.refused:
            # Rings whose image stands in the other document get another chance.
            size = self._size(row, sizes)
            if size is None:
                raise DocumentError(f"row {row}{'' if id_ is None else f', id {id_}'}: {reason}")
            given[row] = _one_mask(row, self._rows[row]["segmentation"], size)
        return _replaced(found.masks, given), found.kinds <= JsonKind.NULL

    def _size(self, row: int, sizes: Sizes) -> tuple[int, int] | None:
        return (
            sizes.get(self._rows[row].get("image_id")) if len(self._document.images) == 0 else None
        )


class _DictAnnotations(AnnotationColumns):
    """Annotations that are dicts already."""

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        images: list[Any] | None = None,
        categories: list[Any] | None = None,
    ) -> None:
        super().__init__(images, categories)
        _require_objects(rows, "annotations")
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def id_of(self, row: int) -> Any:
        return self._rows[row].get("id")

    def column(self, key: str) -> list[Any]:
        try:
            return list(map(itemgetter(key), self._rows))
        except KeyError:
            return [row.get(key) for row in self._rows]

    def ids(self, key: str) -> Ids:
        ids = self.column(key)
        if not all(issubclass(kind, _ID_TYPES) for kind in set(map(type, ids))):
            row = next(i for i, id_ in enumerate(ids) if not isinstance(id_, _ID_TYPES))
            raise DocumentError(
                f"is {shown(ids[row])}, expected a number or a text",
                table="annotations",
                row=row,
                key=key,
            )
        return ids

    def masks(self, sizes: Sizes) -> tuple[RleArray, NDArray[np.bool_]]:
        values = self.column("segmentation")
        missing = np.array([value is None for value in values], bool)
        coded = [row for row, value in enumerate(values) if isinstance(value, Mapping)]
        try:
            batch = RleArray.from_coco([values[row] for row in coded])
        except CocodecError as error:
            if error.item is not None:
                raise DocumentError(f"row {coded[error.item]}: {error}") from None
            raise
        empty = RleArray.from_runs([], [0, 0], (0, 0))
        places = np.full(len(values), len(batch))
        places[coded] = np.arange(len(coded))
        masks = RleArray.concatenate([batch, empty])[places]
        own = self.sizes() or sizes
        others = [r for r, v in enumerate(values) if v is not None and not isinstance(v, Mapping)]
        images = self.column("image_id")
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
    if isinstance(source, Mapping):
        images, categories = (
            None if source.get(key) is None else _objects(source[key], key, kind)
            for key, kind in (("images", _Image), ("categories", _Category))
        )
        return _DictAnnotations(source.get("annotations") or [], images, categories)
    if isinstance(source, Sequence) and not isinstance(source, _TEXTS):
        return _DictAnnotations(source)
    if hasattr(source, "__array__"):
        raise TypeError(
            f"annotations are a {type(source).__name__}, expected a file, a dict or a list of dicts"
        )
    file_: Any = source  # whatever is left
    with located(file=name_of(file_)):
        file = read_raw(file_)
        if len(file.parts) != 1:
            raise DocumentError(
                f"there are {len(file.parts)} documents; they are evaluated one by one"
            )
        return _FileAnnotations(Document(file))


def _records(table: Table, kind: type[Any]) -> list[Any]:
    text = _core.join_values(table.places().rows())
    try:
        records: list[Any] = msgspec.json.decode(text, type=list[kind])  # type: ignore[valid-type]
        return records
    except msgspec.ValidationError as error:
        raise DocumentError(str(error).replace("$", table.name, 1)) from None


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
            if not isinstance(record.id, _ID_TYPES):
                found = f"is {shown(record.id)}, expected a number or a text"
                raise DocumentError(found, table=name, row=row, key="id")


def _require_objects(rows: Any, table: str) -> None:
    if not isinstance(rows, Sequence) or isinstance(rows, _TEXTS):
        raise DocumentError(f"is {shown(rows)}, expected a list of objects", key=table)
    for row, record in enumerate(rows):
        if type(record) is not dict and not isinstance(record, Mapping):
            raise DocumentError(f"is {shown(record)}, expected an object", table=table, row=row)


def _objects(rows: Any, table: str, kind: Any) -> list[Any]:
    _require_objects(rows, table)
    return [_record(kind, row) for row in rows]


def _record(kind: Any, row: Mapping[str, Any]) -> Any:
    names = zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True)
    return kind(**{field: row[name] for field, name in names if name in row})


def _one_mask(row: int, segmentation: Any, size: tuple[int, int] | None) -> RleArray:
    try:
        if size is None:
            return as_rle(segmentation)
        return as_rle(segmentation, *size)
    except (CocodecError, TypeError) as error:
        raise DocumentError(f"row {row}: {error}") from None


def _replaced(masks: RleArray, found: Mapping[int, RleArray]) -> RleArray:
    if not found:
        return masks
    places = np.arange(len(masks))
    places[list(found)] = len(masks) + np.arange(len(found))
    return RleArray.concatenate([masks, *found.values()])[places]
