"""MaskDataset: the images of a document with their masks, one at a time, for a data loader.

What it holds is where the records lie in the file; an item is read from there when it is asked for.
Sending a dataset to another process sends the places alone.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator
from typing import Any, SupportsIndex

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.document import Document
from cocodec.documents.parts import Part, Spans, read_raw
from cocodec.documents.sides import size_of
from cocodec.errors import DocumentError, how_many, shown
from cocodec.files.file_text import read_at
from cocodec.files.gzipped import is_gzip
from cocodec.masks.rle_array import RleArray
from cocodec.signatures import names_arguments

__all__ = ["MaskDataset"]

_RAW_OBJECT = dict[str, msgspec.Raw]


class MaskDataset:
    """Item i is image i of a COCO file with its annotations, masks decoded when it is asked for.

    An item is a dict: ``"image"``, the record of the image; ``"annotations"``, a list of the
    records of its n annotations, in the file's order, without their ``segmentation``; ``"masks"``,
    an array of uint8 of shape (n, h, w), which torch takes without a copy, or an `RleArray`.

    For ``torch.utils.data.DataLoader`` (give it a `collate_fn`: images differ in size) with
    workers, forked or spawned: it can be pickled, and each worker decodes what it was asked for.

    Parameters
    ----------
    path : path
        A COCO document, or a list of them; no zip.
    decode : bool
        Dense masks; otherwise an `RleArray` of the image's size.
    transform : callable, optional
        Takes an item and gives what comes out instead, on the worker.

    Raises
    ------
    DocumentError
        If the file is not such a document; when an item is asked for, if one of its masks is wrong
        or has another size than its image, or if the file has changed in the meantime.

    Examples
    --------
    >>> document.write('two.json')
    >>> dataset = cocodec.MaskDataset('two.json')
    >>> dataset[0]['masks'].shape
    (2, 30, 40)
    """

    @names_arguments
    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        decode: bool = True,
        transform: Callable[[dict[str, Any]], Any] | None = None,
    ) -> None:
        self.path = os.path.abspath(path)
        self.decode = decode
        self.transform = transform
        self._stamp = _stamp(os.stat(self.path))
        file = read_raw(self.path)
        if file.layout == "zip":
            raise DocumentError(
                "a zip cannot be read item by item; unpack it first", file=self.path
            )
        with open(self.path, "rb") as stream:
            if is_gzip(stream.read(2)):
                raise DocumentError(
                    "a gzip file cannot be read item by item; unpack it first", file=self.path
                )
        image_of = Document(file).image_rows()
        self._images = _spans(file.parts, "images")
        order = np.argsort(image_of, kind="stable")
        order = order[np.searchsorted(image_of[order], 0) :]  # -1: no such image
        self._annotations = _spans(file.parts, "annotations")[order]
        self._starts = np.searchsorted(image_of[order], np.arange(len(self._images) + 1))
        self._file: int | None = None
        if _stamp(os.stat(self.path)) != self._stamp:
            raise self._changed()

    def __len__(self) -> int:
        return len(self._images)

    def __repr__(self) -> str:
        images, rows = how_many(len(self), "image"), how_many(len(self._annotations), "annotation")
        return f"<MaskDataset: {images}, {rows}, {os.path.basename(self.path)}>"

    def _repr_html_(self) -> str:
        """Return what `repr` says, for notebooks."""
        from html import escape

        return f"<code>{escape(repr(self))}</code>"

    @names_arguments
    def __getitem__(self, i: SupportsIndex) -> Any:
        number = i.__index__()
        if not -len(self) <= number < len(self):
            raise IndexError(f"image {number} is out of range: there are {len(self)}")
        number %= len(self)
        first, last = self._starts[number : number + 2]
        spans = np.concatenate([self._images[number : number + 1], self._annotations[first:last]])
        text, places = self._gather(spans)
        image = msgspec.json.decode(text[: places[0, 1]])
        if not isinstance(image, dict):
            found = f"is {shown(image)}, expected an object"
            raise DocumentError(found, file=self.path, table="images", row=number)
        records = [_without_segmentation(text[a:b]) for a, b in places[1:]]
        runs, _, has_mask, refused = _core.Records(text, places[:1]).read(places[1:], threads=1)
        for row, _, why in refused:
            raise self._wrong(number, records[row], why)
        masks = self._masks(number, RleArray._wrap(runs), has_mask, (image, records))
        item = {"image": image, "annotations": records, "masks": masks}
        return item if self.transform is None else self.transform(item)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_file": None}

    def _gather(self, spans: Spans) -> tuple[bytes, Spans]:
        """The records, one behind the other, and where they lie now."""
        if self._file is None:
            self._file = os.open(self.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            weakref.finalize(self, os.close, self._file)
        ends = np.cumsum(spans[:, 1] - spans[:, 0])
        places = np.stack([ends - (spans[:, 1] - spans[:, 0]), ends], 1)
        # Not mapped: of a file that is cut short a page that is not there ends the process.
        text = b"".join(read_at(self._file, begin, end) for begin, end in spans.tolist())
        # The stamp is looked at behind the bytes: what was changed before is seen here.
        if len(text) != ends[-1] or _stamp(os.fstat(self._file)) != self._stamp:
            raise self._changed()
        return text, places

    def _changed(self) -> DocumentError:
        return DocumentError("has changed since the dataset was made", file=self.path)

    def _masks(
        self,
        number: int,
        masks: RleArray,
        has_mask: NDArray[np.bool_],
        found: tuple[dict[str, Any], list[dict[str, Any]]],
    ) -> RleArray | NDArray[np.uint8]:
        """All masks in the image's size; a row that has none gets an empty one."""
        image, records = found
        size = size_of(image)
        if size is None:
            raise DocumentError(
                "height and width are "
                f"{shown(image.get('height'))} and {shown(image.get('width'))}, expected pixels",
                file=self.path,
                table="images",
                row=number,
                id=image.get("id"),
            )
        for row in np.flatnonzero(has_mask & (masks.sizes != size).any(1)):
            why = f"the mask has size {masks.sizes[row].tolist()}, its image {list(size)}"
            raise self._wrong(number, records[row], why)
        if not has_mask.all():
            empty = RleArray.from_boxes(np.zeros((1, 4)), size)
            rows = np.where(has_mask, np.arange(len(masks)), len(masks))
            masks = RleArray.concatenate([masks, empty])[rows]
        if not self.decode:
            return masks
        return masks.decode(threads=1) if len(masks) > 0 else np.zeros((0, *size), np.uint8)

    def _wrong(self, number: int, record: dict[str, Any], why: str) -> DocumentError:
        where = f"image {number}, annotation {shown(record.get('id'))}"
        return DocumentError(why, file=self.path, part=where)


def _spans(parts: list[Part], name: str) -> Spans:
    return np.concatenate([part.table(name) for part in parts])


def _stamp(found: os.stat_result) -> tuple[int, ...]:
    return found.st_size, found.st_mtime_ns, found.st_ino


def _without_segmentation(text: bytes) -> dict[str, Any]:
    """Decode a record but for its largest value, which the masks hold already."""
    fields = msgspec.json.decode(text, type=_RAW_OBJECT)
    fields.pop("segmentation", None)
    return {key: msgspec.json.decode(value) for key, value in fields.items()}
