"""MaskDataset: the images of a document with their masks, one at a time, for a data loader.

What it holds is where the records lie in the file, and the file mapped into memory: processes share
its pages, and sending a dataset to another process sends the places alone.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterator
from typing import Any, SupportsIndex

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.document import Document
from cocodec.documents.parts import Part, Spans, read_raw
from cocodec.errors import DocumentError
from cocodec.masks.rle_array import RleArray

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
    """

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
        self._stamp = _stamp(self.path)
        file = read_raw(self.path)
        if file.layout == "zip":
            raise DocumentError(f"{self.path}: a zip cannot be mapped; unpack it first")
        image_of = Document(file).image_rows()
        self._images = _spans(file.parts, "images")
        order = np.argsort(image_of, kind="stable")
        order = order[np.searchsorted(image_of[order], 0) :]  # -1: no such image
        self._annotations = _spans(file.parts, "annotations")[order]
        self._starts = np.searchsorted(image_of[order], np.arange(len(self._images) + 1))
        self._map: mmap.mmap | None = None

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, i: SupportsIndex) -> Any:
        number = range(len(self))[i]
        first, last = self._starts[number : number + 2]
        spans = np.concatenate([self._images[number : number + 1], self._annotations[first:last]])
        text, places = self._gather(spans)
        image = msgspec.json.decode(text[: places[0, 1]])
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
        return {**self.__dict__, "_map": None}

    def _gather(self, spans: Spans) -> tuple[bytes, Spans]:
        """The records, one behind the other, and where they lie now."""
        if self._map is None:
            if _stamp(self.path) != self._stamp:
                raise DocumentError(f"{self.path}: has changed since the dataset was made")
            with open(self.path, "rb") as stream:
                self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        source = self._map
        ends = np.cumsum(spans[:, 1] - spans[:, 0])
        places = np.stack([ends - (spans[:, 1] - spans[:, 0]), ends], 1)
        return b"".join(source[a:b] for a, b in spans), places

    def _masks(
        self,
        number: int,
        masks: RleArray,
        has_mask: NDArray[np.bool_],
        found: tuple[dict[str, Any], list[dict[str, Any]]],
    ) -> RleArray | NDArray[np.uint8]:
        """All masks in the image's size; a row that has none gets an empty one."""
        image, records = found
        size = (int(image["height"]), int(image["width"]))
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
        where = f"{self.path}: image {number}, annotation {record.get('id')!r}"
        return DocumentError(f"{where}: {why}")


def _spans(parts: list[Part], name: str) -> Spans:
    return np.concatenate([part.table(name) for part in parts])


def _stamp(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns


def _without_segmentation(text: bytes) -> dict[str, Any]:
    """Decode a record but for its largest value, which the masks hold already."""
    fields = msgspec.json.decode(text, type=_RAW_OBJECT)
    fields.pop("segmentation", None)
    return {key: msgspec.json.decode(value) for key, value in fields.items()}
