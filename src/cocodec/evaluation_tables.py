"""The rows of a document, a list of results or a list of dicts, by column.

The one place of the evaluation that knows how annotations are spelled; what reads columns faster
may take its place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocodec.document import RawDocument, read_document
from cocodec.errors import CocodecError, DocumentError
from cocodec.raw import Source
from cocodec.rles import RleArray
from cocodec.spellings import as_rle

__all__ = ["Rows", "Sizes", "Table", "read_table"]

Rows: TypeAlias = Source | Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""What holds annotations: a file, its bytes, its content as objects, or a list of dicts."""
Sizes: TypeAlias = Mapping[Any, tuple[int, int]]
"""Height and width of images by id."""

_Id: TypeAlias = int | str | float | None
_Flag: TypeAlias = bool | int | float | str | None
# As cocodec::SegmentationKind has them.
_MISSING, _NULL = 0, 1


class _Annotation(msgspec.Struct, gc=False):
    id: _Id = None
    image_id: _Id = None
    category_id: _Id = None
    bbox: list[float] | None = None
    area: float | None = None
    iscrowd: _Flag = None
    ignore: _Flag = None
    score: float | None = None
    keypoints: list[float] | None = None
    num_keypoints: int | None = None


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


class _Document(msgspec.Struct):
    annotations: list[_Annotation] | None = None
    images: list[_Image] | None = None
    categories: list[_Category] | None = None


class Table:
    """Annotations by column, and what their document says of images and categories.

    Attributes
    ----------
    images, categories : list or None
        Records with the attributes of `_Image` and `_Category`; None where there is no such list.
    is_document : bool
        Whether these are annotations of a document, not bare results.
    """

    def __init__(
        self,
        rows: Sequence[Any],
        images: list[Any] | None,
        categories: list[Any] | None,
        source: bytes | None,
    ) -> None:
        self._rows = rows
        self._source = source
        self.images = images
        self.categories = categories
        self.is_document = images is not None or categories is not None

    def __len__(self) -> int:
        return len(self._rows)

    def column(self, key: str) -> list[Any]:
        """Values of all rows, None where a row has none."""
        if self._source is not None:
            return list(map(attrgetter(key), self._rows))
        try:
            return list(map(itemgetter(key), self._rows))
        except KeyError:
            return [row.get(key) for row in self._rows]

    def sizes(self) -> dict[Any, tuple[int, int]]:
        """Height and width of every image that has them, by id."""
        known = [i for i in self.images or [] if i.height is not None and i.width is not None]
        return {image.id: (int(image.height), int(image.width)) for image in known}

    def masks(self, sizes: Sizes) -> tuple[RleArray, NDArray[np.bool_]]:
        """One mask a row, and which rows have none (theirs is of size 0 x 0).

        Parameters
        ----------
        sizes : dict
            For rings and boxes: the sizes of images that this table itself does not hold.
        """
        if self._source is None:
            return self._masks_of_dicts(sizes)
        document = read_document(self._source)
        runs, kinds, refused = document.records().read(document.annotations)
        masks = RleArray._wrap(runs)
        if refused:
            masks = self._read_refused(document, masks, refused, sizes)
        return masks, kinds <= _NULL

    def _read_refused(
        self, document: RawDocument, masks: RleArray, refused: list[Any], sizes: Sizes
    ) -> RleArray:
        """Give rings whose image stands in the other document another chance."""
        found: dict[int, RleArray] = {}
        for row, id_, reason in refused:
            size = sizes.get(self._rows[row].image_id) if document.images.size == 0 else None
            if size is None:
                raise DocumentError(f"row {row}{'' if id_ is None else f', id {id_}'}: {reason}")
            begin, end = document.annotations[row].tolist()
            record = msgspec.json.decode(document.source[begin:end])
            found[row] = _one_mask(row, record["segmentation"], size)
        return _replaced(masks, found)

    def _masks_of_dicts(self, sizes: Sizes) -> tuple[RleArray, NDArray[np.bool_]]:
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


def read_table(source: Rows) -> Table:
    """Read annotations from anything that holds them.

    Raises
    ------
    DocumentError
        If it is no COCO document and no list of results.
    OSError
        If it cannot be read.
    """
    if isinstance(source, Mapping):
        images, categories = (
            None if source.get(key) is None else [_record(kind, row) for row in source[key]]
            for key, kind in (("images", _Image), ("categories", _Category))
        )
        return Table(source.get("annotations") or [], images, categories, None)
    if isinstance(source, (bytearray, memoryview)):
        source = bytes(source)
    if isinstance(source, Sequence) and not isinstance(source, (str, bytes)):
        return Table(source, None, None, None)
    data, name = _bytes_of(source)
    try:
        return _table_of(data)
    except DocumentError as error:
        if name is not None:
            error.args = (f"{name}: {error}",)
        raise


def _bytes_of(source: Source) -> tuple[bytes, str | None]:
    if isinstance(source, bytes):
        return source, None
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as stream:
            return stream.read(), os.fspath(source)
    return source.read(), getattr(source, "name", None)


def _table_of(data: bytes) -> Table:
    text = data.removeprefix(b"\xef\xbb\xbf")
    try:
        if text.lstrip(b" \t\r\n")[:1] == b"[":
            rows = msgspec.json.decode(text, type=list[_Annotation])
            return Table(rows, None, None, data)
        content = msgspec.json.decode(text, type=_Document)
    except msgspec.ValidationError as error:
        read_document(data)  # which says what kind of file it is instead
        raise DocumentError(str(error).replace("$", "the file", 1)) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        read_document(data)  # which says the place
        raise DocumentError(str(error)) from None
    if content.annotations is None and content.images is None:
        read_document(data)  # a single annotation, or no document at all
        return Table([msgspec.json.decode(text, type=_Annotation)], None, None, data)
    return Table(content.annotations or [], content.images, content.categories, data)


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
